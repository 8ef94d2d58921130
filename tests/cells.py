"""A notebook's code cells, run here without Jupyter."""

import ast
import contextlib
import json
import tempfile
from pathlib import Path

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def run_cells(name, shown=None):
    """All names that the notebook's cells leave behind.

    shown: a list, which gets the value of each cell that ends in an expression, as a notebook
    would show it. Files that the cells write are thrown away.
    """
    cells = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    names, shown = {"__name__": name}, [] if shown is None else shown
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for cell in cells:
            if cell["cell_type"] != "code":
                continue
            body = ast.parse("".join(cell["source"])).body
            if isinstance(body[-1], ast.Expr):
                last = ast.Expression(body.pop().value)
                exec(compile(ast.Module(body, []), name, "exec"), names)
                shown.append(eval(compile(last, name, "eval"), names))
            else:
                exec(compile(ast.Module(body, []), name, "exec"), names)
    return names
