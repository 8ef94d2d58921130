"""The slides: reveal.js decks of the same cells, by rule.

A second-level heading or an explorer begins a slide. Under a heading stand the first sentences,
formulas, tables, lists and quotations, what is in bold, and what the hall is asked. What is said
after a picture belongs to it; its formulas, tables and questions get a slide of their own. The
whole text is in the speaker's notes.
"""

import re
import shutil
from html import escape
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader

from pages import course
from pages.cells import for_pages
from pages.exporter import HERE, html
from pages.site import write_scripts

PICTURES = ("explorer", "live", "watched")
BLOCK = re.compile(r"\$\$|\||> ")  # how a paragraph begins that the hall must see
POINTS = re.compile(r"[-*] |\d+\. |!\[|```")  # and one that it sees under a heading
ASKED = re.compile(r"\*\*Predict.*", re.DOTALL)
SHORT = 240  # letters that one reads while somebody speaks
LINES, WIDTH = 11, 80  # of letters, under a heading
LIVE = '<p class="note">In a running notebook this picture has sliders.</p>'
FIFTY = "fifty_minutes"
TOUR = [  # minutes, what to ask the hall, and the cells that follow
    ("0 to 6", "How would you finish “once upon a …”?", "01_once_upon_a_banana", "cell-03"),
    ("6 to 10", "Time has 5 points, banana 2. How often is time chosen?",
     "02_bradley_terry", "cell-11"),
    ("10 to 13", "And if the human gives 10 and 4?", "02_bradley_terry", "cell-21"),
    ("13 to 17", "Which test would you trust?", "03_kl_graded_test", "cell-05"),
    ("17 to 24", "At which beta does the preferred test flip?", "03_kl_graded_test", "cell-13"),
    ("24 to 28", "Why is the first loss 0.69, and not 0?", "04_reward_model", "cell-23"),
    ("28 to 32", "Beta is 0: the judge’s score goes up. And the human’s?", "06_rlhf", "cell-21"),
    ("32 to 37", "Which beta is best?", "06_rlhf", "cell-26"),
    ("37 to 41", "DPO has no judge. Which way does beta pull?", "08_dpo", "cell-32"),
    ("41 to 45", "The loss falls. Are the tales better?", "08_dpo", "cell-41"),
    ("45 to 50", "Who gets further, and who is faster?", "09_rlhf_vs_dpo", "cell-21"),
]  # fmt: skip


class Slide(NamedTuple):
    """What stands on a slide, and what the speaker reads."""

    body: str
    notes: str = ""
    kind: str = "text"


def write_slides(executed: dict, folder: Path) -> None:
    """Write a deck for each of these executed notebooks, one of fifty minutes, and a list."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_scripts(folder)
    shutil.copytree(HERE / "reveal", folder / "reveal")
    templates = Environment(loader=FileSystemLoader(HERE / "templates" / "deck"), autoescape=True)
    documents = {name: for_pages(document) for name, document in executed.items()}
    decks = {}
    if all(name in documents for *_, name, _ in TOUR):
        decks[FIFTY] = ("The whole story in fifty minutes", tour(documents))
    for name, document in documents.items():
        decks[name] = (course.read(name, document).title, slides(document))
    for name, (title, deck) in decks.items():
        text = templates.get_template("deck.html.j2").render(title=title, slides=deck)
        (folder / f"{name}.html").write_text(text, "utf-8")
    text = templates.get_template("list.html.j2").render(decks=decks)
    (folder / "index.html").write_text(text, "utf-8")


def slides(document) -> list[Slide]:
    """The slides of a notebook."""
    head, *cells = document.cells
    title, promise, *rest = paragraphs(head.source)
    deck = [Slide(html(f"{title}\n\n{promise}"), html("\n\n".join(rest)), "title")]
    before = ""
    for (heading, drawn), run in groupby(pieces(cells), key=lambda piece: piece[:2]):
        contents = [content for *_, content in run]
        if drawn:
            above = f"<h3>{escape(heading)}</h3>"
            deck += [Slide(f"{above}{shown}", kind="picture") for shown in contents]
            continue
        text, begins, before = "\n\n".join(contents), heading != before, heading
        said, spoken = paragraphs(text), notes(text)
        if not begins:
            deck[-1] = deck[-1]._replace(notes=deck[-1].notes + spoken)
        parts = in_parts(on_slide(said, begins)) or ([[]] if begins and said else [])
        deck += [Slide(html("\n\n".join([f"## {heading}", *part])), spoken) for part in parts]
    return deck


def pieces(cells):
    """What follows what, under which heading: (heading, whether it is drawn, picture or text)."""
    heading = ""
    for cell in cells:
        if cell.cell_type == "code":
            if drawn := picture(cell):
                yield heading, True, drawn
            continue
        for source in re.split(r"^(?=## )", cell.source, flags=re.MULTILINE):
            if source.startswith("## "):
                first, _, source = source.partition("\n")
                heading = course.plain(first.removeprefix("## "))
            yield heading, False, source


def tour(documents) -> list[Slide]:
    """The slides of fifty minutes: a question, then the picture that answers it."""
    deck = [Slide(html("# Once upon a banana\n\n**RLHF and DPO in fifty minutes**"), kind="title")]
    for minutes, question, name, wanted in TOUR:
        cells = documents[name].cells
        place = next(i for i, cell in enumerate(cells) if cell.id == wanted)
        before, after = (c.source for c in (cells[place - 1], cells[place + 1]))
        deck.append(Slide(f"<h2>{question}</h2>", f"<p>{minutes} min</p>{notes(before)}", "ask"))
        deck.append(Slide(f"<h3>{question}</h3>{picture(cells[place])}", notes(after), "picture"))
    return deck


def picture(cell) -> str:
    """What a cell shows that is a picture; without its sliders where they would need a kernel."""
    if cell.metadata.kind not in PICTURES:
        return ""
    pages = (output.get("data", {}).get("text/html", "") for output in cell.outputs)
    shown = "".join(page for page in pages if "<img" in page or "<figure" in page)
    return f'<div class="live">{shown}{LIVE}</div>' if cell.metadata.kind == "live" else shown


def on_slide(said: list[str], begins: bool) -> list[str]:
    """What of these paragraphs the hall sees; begins: they stand under a heading."""
    shown = []
    for before, text in zip(["", *said], said, strict=False):
        question = ASKED.search(text)
        text = text[: question.start()].strip() if question else text
        if BLOCK.match(text) or begins and POINTS.match(text):
            lead = sentences(before)[-1]
            if not lead.endswith(":") and not text.startswith("$$"):
                lead = ""
            if lead and shown and shown[-1].endswith(lead):
                lead = shown.pop()
            shown.append(f"{lead}\n\n{text}".strip())
        elif text and begins and (not before or text.startswith("**")):
            shown.append(beginning(text))
        if question:
            shown.append(question[0])
    return [re.sub(":$", ".", text) for text in shown]  # what it leads to is not shown


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.?!])\s+(?=[A-Z“*$])", text)


def beginning(text: str) -> str:
    """As many of the first sentences as are short together, but one at the least."""
    first, *rest = sentences(text)
    for sentence in rest:
        if len(first) + len(sentence) > SHORT:
            break
        first += " " + sentence
    return first


def in_parts(shown: list[str]) -> list[list[str]]:
    """The paragraphs slide by slide: no more on one than it holds."""
    parts, room = [], 0
    for text in shown:
        room -= height(text)
        if room < 0 or not parts:
            parts.append([])
            room = LINES - height(text)
        parts[-1].append(text)
    return parts


def height(text: str) -> float:
    """About so many lines are taken by paragraphs."""
    rows = [re.sub(r"\\[A-Za-z]+|[{}$*]", "", row) for row in text.splitlines()]
    lines = sum(1 + len(row) // WIDTH for row in rows if row)
    return lines + 0.7 * (1 + rows.count("")) + 1.5 * text.count("$$") / 2


def paragraphs(source: str) -> list[str]:
    """The paragraphs of a text without its folded hints and answers."""
    source = re.sub(r"<details>.*?</details>", "", source, flags=re.DOTALL)
    return [text for text in re.split(r"\n\s*\n", source.strip()) if text]


def notes(source: str) -> str:
    return html("\n\n".join(paragraphs(source)))
