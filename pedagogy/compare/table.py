"""A table of texts that a notebook shows as one, and that is aligned everywhere else."""

import html
from dataclasses import dataclass


@dataclass
class Table:
    """Rows of texts, all of the same length; the first row and the first column are heads."""

    rows: list[list[str]]

    def __repr__(self):
        widths = [max(map(len, column)) for column in zip(*self.rows, strict=True)]
        return "\n".join(
            "  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)).rstrip()
            for row in self.rows
        )

    def _repr_html_(self):
        return f"<table>{''.join(map(_line, range(len(self.rows)), self.rows))}</table>"


def _line(number, row):
    """One row as HTML, escaped."""
    marks = ["th" if number == 0 or column == 0 else "td" for column in range(len(row))]
    cells = (f"<{m}>{html.escape(text)}</{m}>" for m, text in zip(marks, row, strict=True))
    return f"<tr>{''.join(cells)}</tr>"
