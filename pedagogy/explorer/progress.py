"""A line that says how far a slow drawing is, and vanishes when it is done."""

import html
import time
from collections.abc import Iterator, Sequence

from IPython import get_ipython
from IPython.display import HTML, DisplayHandle

from pedagogy.locale import _

PATIENCE = 1.0  # seconds without a word
EVERY = 0.25  # seconds between two counts


def counted(things: Sequence) -> Iterator:
    """Yield the things; in a notebook a line counts them, if they take longer than a second."""
    line, due = None, time.monotonic() + PATIENCE
    for done, thing in enumerate(things):
        if time.monotonic() > due and hasattr(get_ipython(), "kernel"):
            due = time.monotonic() + EVERY
            text = _("drawing {done} of {total}").format(done=done, total=len(things))
            line = tell(line, f"<small>{html.escape(text)} …</small>")
        yield thing
    if line:
        tell(line, "")


def tell(line: DisplayHandle | None, text: str) -> DisplayHandle:
    """The line with a new text; the first text makes the line."""
    if line:
        line.update(HTML(text))
        return line
    line = DisplayHandle()
    line.display(HTML(text))
    return line
