"""What the heads of the notebooks say: titles, promises, minutes, seconds, exercises."""

import re
from typing import NamedTuple

HEAD = re.compile(
    r"# (?P<title>.+)\n\n\*\*(?P<promise>.+)\*\*\n\n"
    r"About (?P<minutes>\d+) minutes to read and play(?:.*?, (?P<more>\d+) more for the \w+)?; "
    r"(?P<seconds>\d+ to \d+) seconds to compute"
)


class Notebook(NamedTuple):
    """What the head of a notebook promises."""

    page: str
    title: str
    promise: str  # Markdown
    minutes: int
    more: int  # minutes for the exercises
    seconds: str  # "10 to 25"
    exercises: list[str]  # the functions that the learner writes


def read(name: str, document) -> Notebook:
    head = HEAD.match(document.cells[0].source)
    if not head:
        raise ValueError(f"{name}: its first cell is not title, promise, minutes and seconds.")
    return Notebook(
        page=f"{name}.html",
        title=head["title"],
        promise=head["promise"],
        minutes=int(head["minutes"]),
        more=int(head["more"] or 0),
        seconds=head["seconds"],
        exercises=[stub for cell in document.cells for stub in stubs(cell)],
    )


def stubs(cell) -> list[str]:
    """The functions of a cell that wait for an answer."""
    if cell.cell_type != "code" or "raise NotImplementedError" not in cell.source:
        return []
    return re.findall(r"^def (\w+)", cell.source, re.MULTILINE)


def plain(markdown: str) -> str:
    """Markdown without its stars and backticks."""
    return re.sub(r"[*`]", "", markdown)
