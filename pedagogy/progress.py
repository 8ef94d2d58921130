"""A line that says how far slow work is, and vanishes when it is done."""

import html
import sys
import time
from collections.abc import Iterable, Iterator

from IPython import get_ipython
from IPython.display import HTML, DisplayHandle

PATIENCE = 1.0  # seconds without a word
EVERY = 0.25  # seconds between two counts


def counted(things: Iterable, text: str, total: int, each: int = 1) -> Iterator:
    """Yield the things; in a notebook a line counts them, if they take longer than a second.

    text: with the fields {done} and {total}; each: for how many a thing counts.
    """
    line, due = None, time.monotonic() + PATIENCE
    try:
        for done, thing in enumerate(things):
            if time.monotonic() > due and hasattr(get_ipython(), "kernel"):
                due = time.monotonic() + EVERY
                line = tell(line, text.format(done=done * each, total=total))
            yield thing
    finally:  # also where nobody wants the rest
        if line:
            tell(line, "")


def while_loading(text: str) -> None:
    """In a notebook that has not loaded torch yet, show the text until the cell has run."""
    shell = get_ipython()
    if not hasattr(shell, "kernel") or "torch" in sys.modules:
        return
    line = tell(None, text)

    def clear(_result):
        shell.events.unregister("post_run_cell", clear)
        tell(line, "")

    shell.events.register("post_run_cell", clear)


def tell(line: DisplayHandle | None, text: str) -> DisplayHandle:
    """The line with a new text; the first text makes the line, and an empty one empties it."""
    shown = HTML(f"<small>{html.escape(text)} …</small>" if text else "")
    if line:
        line.update(shown)
        return line
    line = DisplayHandle()
    line.display(shown)
    return line
