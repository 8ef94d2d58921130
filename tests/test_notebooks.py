"""Every notebook runs offline from top to bottom, twice, and keeps the rules of the house."""

import json
import re
import statistics
from itertools import groupby

import nbformat
import pytest
from executed import NAMES, NOTEBOOKS, REAL, run_twice, wants
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from pages.course import stubs

import pedagogy.dpo

# --- running ------------------------------------------------------------------------------------

PROMISE = r"(\d+) to (\d+) seconds to compute"
FASTER, SLOWER = 4, 20  # than promised: a quick machine, and one with much else to do


@wants(*NAMES)
def test_runs_twice_offline(notebook, record_property):
    first, second = notebook.seconds
    when = " (some time ago; nothing has changed since)" if notebook.is_kept else ""
    record_property("seconds", f"{first:.1f} s in a fresh kernel, {second:.1f} s again{when}")
    head = notebook.document.cells[0].source
    low, high = map(int, re.search(PROMISE, head).groups())
    assert first < high * SLOWER
    assert low / FASTER < first or notebook.name == REAL  # which was run with few steps


def notebook_of(*sources):
    return new_notebook(cells=[new_code_cell(source) for source in sources])


@pytest.mark.slow
def test_a_failing_cell_is_caught():
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        run_twice(notebook_of("1 / 0"))


@pytest.mark.slow
def test_a_cell_that_works_only_once_is_caught():
    with pytest.raises(CellExecutionError, match="IndexError"):
        run_twice(notebook_of("x = globals().get('x', [1])", "x.pop()"))


@pytest.mark.slow
def test_a_warning_is_caught():
    with pytest.raises(AssertionError, match="cell 0 shows:(.|\n)*careful"):
        run_twice(notebook_of("import warnings; warnings.warn('careful')"))


@pytest.mark.slow
def test_an_error_in_a_widget_is_caught():
    cell = "import ipywidgets as w\nout = w.Output()\nwith out:\n    1 / 0"
    with pytest.raises(AssertionError, match="output_type"):
        run_twice(notebook_of(cell, "out"))


@pytest.mark.slow
def test_a_swallowed_try_at_the_network_is_caught():
    cell = """\
from urllib.request import urlopen
try:
    urlopen("http://example.invalid")
except OSError:
    pass"""
    with pytest.raises(AssertionError, match="asked for:\nexample.invalid\nexample.invalid\n"):
        run_twice(notebook_of(cell))


@pytest.mark.parametrize("name, trains", [("06_rlhf", "rlhf"), ("08_dpo", "fit")])
def test_an_experiment_keeps_a_run_only_once_it_is_trained(name, trains):
    """With a training that refuses a beta of 0, as theirs do."""

    def refusing(_run, *_given, beta, **_settings):
        if not beta:
            raise ValueError("beta is 0")
        yield "a step"

    space = dict.fromkeys(("load_policy", "openings", "new_run"), lambda *_, **__: "made")
    space |= {trains: refusing, "mine": [], "my_taste": None, "pedagogy": pedagogy}
    cells = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4).cells
    exec(next(cell.source for cell in cells if "def train(" in cell.source), space)
    with pytest.raises(ValueError, match="beta is 0"):
        list(space["train"]("foolish", beta=0))
    assert list(space["train"]("wise")) == ["a step"] and space["runs"] == {"wise": "made"}


# --- rules --------------------------------------------------------------------------------------

FIRST_CELL = {
    "a title": r"^# \S",
    "the minutes to read": r"\d\D{0,20}minutes",
    "the seconds to run": r"\d\D{0,20}seconds",
    "what the reader needs": r"\bneed",
}
NEVER_IN_CODE = {
    "an absolute path": r"""["'](/\w|[A-Z]:\\)""",
    "an address": r"https?://",
    "an installation": r"pip3? install|conda install",
}


def lines_of(cell):
    return len([line for line in cell["source"].splitlines() if line.strip()])


def complaints(notebook):
    """What breaks the rules of the house, one sentence each."""
    cells = notebook.cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    found = list(complaints_of_cells(cells))
    first = cells[0].source
    found += [f"first cell: lacks {x}" for x, p in FIRST_CELL.items() if not re.search(p, first)]
    if cells[0].cell_type != "markdown" or cells[-1].cell_type != "markdown":
        found.append("first and last cell must be prose")
    for is_code, run in groupby(cells, lambda cell: cell.cell_type == "code"):
        if is_code and len(list(run)) > 2:
            found.append("more than two code cells in a row")
    if code and statistics.median(map(lines_of, code)) > 5:
        found.append("the median code cell is longer than 5 lines")
    for name in [name for cell in code for name in stubs(cell)]:
        if any(re.search(rf"^from .+ import .*\b{name}\b", cell.source, re.M) for cell in code):
            found.append(f"{name} is imported, and would take the place of the learner's own")
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        found.append("the kernel is not called python3")
    return found


def complaints_of_cells(cells):
    for number, cell in enumerate(cells):
        if not cell.get("id"):
            yield f"cell {number} has no id"
        if cell.cell_type == "markdown":
            if "![](" in cell.source:
                yield f"cell {number} has a picture without alt text"
            continue
        if cell.outputs or cell.execution_count is not None:
            yield f"cell {number} has outputs or a count kept in it"
        if lines_of(cell) > 15:
            yield f"cell {number} is longer than 15 lines"
        for what, pattern in NEVER_IN_CODE.items():
            if re.search(pattern, cell.source):
                yield f"cell {number} has {what}"


@pytest.mark.parametrize("name", NAMES)
def test_keeps_the_rules(name):
    path = NOTEBOOKS / f"{name}.ipynb"
    notebook = nbformat.from_dict(json.loads(path.read_text(encoding="utf-8")))
    for cell in notebook.cells:
        cell.source = "".join(cell.source)
    nbformat.validate(nbformat.read(path, as_version=4))
    assert complaints(notebook) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_minutes_promised_are_those_of_words_pictures_and_exercises(name):
    """200 words and one explorer a minute at the least; exercises say their own minutes."""
    cells = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    prose = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    minutes = int(re.search(r"About (\d+) minutes to read and play", prose[0])[1])
    words = sum(len(text.split()) for text in prose)
    explorers = sum(len(re.findall(r"(?m)^explore_|= watch", text)) for text in code)
    assert minutes >= words / 200 + explorers
    more = re.search(r"(\d+) more for the exercise", prose[0])
    exercises = re.findall(r"\*[A-Z][a-z ]+, (\d+) minutes\.", "\n".join(prose))
    assert (int(more[1]) if more else 0) == sum(map(int, exercises))


def good_notebook():
    first = "# Bets\n10 minutes to read, 5 seconds to run. You need: nothing."
    kernel = {"name": "python3", "display_name": "Python 3"}
    cells = [new_markdown_cell(first), new_code_cell("1 + 1"), new_markdown_cell("Two.")]
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def test_a_good_notebook_raises_no_complaint():
    assert complaints(good_notebook()) == []


@pytest.mark.parametrize(
    "cell, source, complaint",
    [
        (0, "Bets, 10 minutes, 5 seconds, you need nothing", "first cell: lacks a title"),
        (0, "# Bets\n5 seconds, you need nothing", "first cell: lacks the minutes to read"),
        (0, "# Bets\n10 minutes, you need nothing", "first cell: lacks the seconds to run"),
        (0, "# Bets\n10 minutes, 5 seconds", "first cell: lacks what the reader needs"),
        (1, "open('/etc/passwd')", "cell 1 has an absolute path"),
        (1, "open('C:\\\\stories')", "cell 1 has an absolute path"),
        (1, "get('https://example.org')", "cell 1 has an address"),
        (1, "%pip install torch", "cell 1 has an installation"),
        (1, "x = 1\n" * 16, "cell 1 is longer than 15 lines"),
        (1, "x = 1\n" * 6, "the median code cell is longer than 5 lines"),
        (2, "![](picture.png)", "cell 2 has a picture without alt text"),
    ],
)
def test_a_bad_cell_is_named(cell, source, complaint):
    notebook = good_notebook()
    notebook.cells[cell].source = source
    assert complaint in complaints(notebook)


def test_other_bad_things_are_named():
    notebook = good_notebook()
    notebook.cells[1].execution_count = 3
    del notebook.cells[1]["id"]
    notebook.cells += [new_code_cell("1"), new_code_cell("2"), new_code_cell("3")]
    notebook.metadata.kernelspec.name = "venv"
    assert complaints(notebook) == [
        "cell 1 has no id",
        "cell 1 has outputs or a count kept in it",
        "first and last cell must be prose",
        "more than two code cells in a row",
        "the kernel is not called python3",
    ]


def test_an_exercise_that_a_rerun_would_overwrite_is_named():
    notebook = good_notebook()
    notebook.cells[1].source = "from bets import all_bets, bet"
    notebook.cells.insert(2, new_code_cell("def bet(word):\n    raise NotImplementedError"))
    (complaint,) = complaints(notebook)
    assert complaint == "bet is imported, and would take the place of the learner's own"
