"""Show in a notebook what is to be read: the package's own source, and tales."""

import inspect
import textwrap
from html import escape

from IPython.display import display
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

# Colours in the tags themselves and a background of their own: readable in a dark theme too.
STYLE = "padding: 0.6em 1em; background: #fff; color: #000; overflow-x: auto"
WIDTH = 88  # characters of a told line: as many as half a screen shows
FORMATTER = HtmlFormatter(style="vs", noclasses=True, nobackground=True, prestyles=STYLE)


class Source:
    """A piece of source that is highlighted in a notebook and plain text everywhere else."""

    def __init__(self, text, title, folded):
        self.text, self.title, self.folded = text, title, folded

    def __repr__(self):
        return f"# {self.title}\n{self.text}"

    def _repr_html_(self):
        title = escape(self.title)
        code = highlight(self.text, PythonLexer(), FORMATTER)
        if self.folded:
            return f"<details><summary>Show the solution: {title}</summary>{code}</details>"
        return f"<div><small>{title}</small>{code}</div>"


def show(fn, folded=False):
    """Display the source of a function or class, its docstring included.

    folded=True hides it in a notebook behind "Show the solution", for the end of an exercise.

    Raises TypeError for what is neither a function nor a class written in Python.
    """
    if not (inspect.isroutine(fn) or inspect.isclass(fn)):
        raise TypeError(f"fn is {fn!r}, but show wants a function or a class.")
    try:
        text = textwrap.dedent(inspect.getsource(fn)).rstrip()
    except (OSError, TypeError):
        raise TypeError(f"fn is {fn!r}, which has no Python source to show.") from None
    place = "this notebook" if fn.__module__ == "__main__" else fn.__module__
    display(Source(text, f"{fn.__qualname__}, from {place}", folded))


def tell(*texts):
    """Print texts, each with an empty line after it, in lines that break at spaces.

    (JupyterLab breaks a printed line wherever it reaches the edge, also inside a word.)
    """
    for text in texts:
        print(textwrap.fill(text.strip(), WIDTH, break_on_hyphens=False), end="\n\n")
