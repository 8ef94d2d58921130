"""A table of texts that a notebook shows as one, and that is aligned everywhere else."""

import html
from dataclasses import dataclass


@dataclass
class Table:
    """Rows of texts, all of the same length; the first row and the first column are heads."""

    rows: list[list[str]]
    align: str = "right"  # numbers; texts are better read from the left

    def __repr__(self):
        widths = [max(map(len, column)) for column in zip(*self.rows, strict=True)]
        return "\n".join(
            "  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)).rstrip()
            for row in self.rows
        )

    def _repr_html_(self):
        lines = (self._line(number, row) for number, row in enumerate(self.rows))
        return f"<table>{''.join(lines)}</table>"

    def _line(self, number, row):
        """One row as HTML, escaped."""
        marks = ["th" if number == 0 or column == 0 else "td" for column in range(len(row))]
        cells = (
            f'<{mark} style="text-align: {self.align}">{html.escape(text)}</{mark}>'
            for mark, text in zip(marks, row, strict=True)
        )
        return f"<tr>{''.join(cells)}</tr>"
