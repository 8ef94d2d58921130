"""Show in a notebook what is to be read: the package's own source, and tales."""

import inspect
import textwrap
from html import escape

from IPython.display import display
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

COLORS = {  # of the style "vs": what stands there, on white and on black
    "#008000": "light-dark(#008000, #6a9955)",  # comments
    "#00F": "light-dark(#0000ff, #569cd6)",  # keywords
    "#2B91AF": "light-dark(#1f7187, #4ec9b0)",  # names of classes
    "#A31515": "light-dark(#a31515, #ce9178)",  # texts
}
WIDTH = 88  # characters of a told line: as many as half a screen shows
BOX = "padding: 0 1em; border-left: 3px solid #8888; overflow-x: auto; white-space: pre"
FORMATTER = HtmlFormatter(
    style="vs", noclasses=True, nobackground=True, cssclass="pedagogy-source", prestyles=BOX
)
# JupyterLab says what its theme is; any other page, by its own color-scheme.
DARK = '<style>[data-jp-theme-light="false"] .pedagogy-source { color-scheme: dark; }</style>'


class Source:
    """A piece of source that is highlighted in a notebook and plain text everywhere else."""

    def __init__(self, text, title, folded):
        self.text, self.title, self.folded = text, title, folded

    def __repr__(self):
        return f"# {self.title}\n{self.text}"

    def _repr_html_(self):
        title = escape(self.title)
        code = highlight(self.text, PythonLexer(), FORMATTER)
        for given, both in COLORS.items():  # in the text, the quote before it would be escaped
            code = code.replace(f'style="color: {given}"', f'style="color: {both}"')
        code = DARK + code
        if self.folded:
            return f"<details><summary>Show the {self.folded}: {title}</summary>{code}</details>"
        return f"<div><small>{title}</small>{code}</div>"


def show(fn, folded=False):
    """Display the source of a function or class, its docstring included.

    folded=True hides it in a notebook behind "Show the solution", for the end of an exercise, and
    folded="source" behind "Show the source".

    Raises TypeError for what is neither a function nor a class written in Python.
    """
    if not (inspect.isroutine(fn) or inspect.isclass(fn)):
        raise TypeError(f"fn is {fn!r}, but show wants a function or a class.")
    try:
        text = textwrap.dedent(inspect.getsource(fn)).rstrip()
    except (OSError, TypeError):
        raise TypeError(f"fn is {fn!r}, which has no Python source to show.") from None
    place = "this notebook" if fn.__module__ == "__main__" else fn.__module__
    folded = "solution" if folded is True else folded
    display(Source(text, f"{fn.__qualname__}, from {place}", folded))


def tell(*texts):
    """Print texts, each with an empty line after it, in lines that break at spaces.

    (JupyterLab breaks a printed line wherever it reaches the edge, also inside a word.)
    """
    for text in texts:
        print(textwrap.fill(text.strip(), WIDTH, break_on_hyphens=False), end="\n\n")
