"""The cell of docs/teaching.md gives points in nbgrader's own autograder."""

import os
import re
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from traitlets.config import Config

GUIDE = Path(__file__).parents[1] / "docs" / "teaching.md"
ANSWER = """\
import torch

def dpo_loss(policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta):
    gap = policy_chosen - policy_rejected{reference}
    return -torch.nn.functional.logsigmoid(beta * gap).mean()
"""
ANSWERS = {
    "right": ANSWER.format(reference=" - reference_chosen + reference_rejected"),
    "wrong": ANSWER.format(reference=""),
}


def save(path, answers, test):
    """A notebook of nbgrader's: each answer, and below it a test that gives two points."""
    path.parent.mkdir(parents=True)
    cells = []
    for name, answer in answers.items():
        cells.append(new_code_cell(answer, metadata=marked(name, solution=True)))
        cells.append(new_code_cell(test, metadata=marked(f"test_{name}", grade=True, points=2)))
    nbformat.write(new_notebook(cells=cells), path)


def marked(name, grade=False, solution=False, **more):
    kind = {"grade": grade, "solution": solution, "locked": grade, "schema_version": 3}
    return {"nbgrader": {**kind, **more, "grade_id": name, "cell_type": "code", "task": False}}


@pytest.mark.notebook
def test_the_cell_for_nbgrader(tmp_path, monkeypatch):
    from nbgrader.api import Gradebook  # after seconds, which `make check` need not wait
    from nbgrader.apps import NbGraderAPI

    monkeypatch.chdir(tmp_path)
    scripts = str(Path(sys.executable).parent)  # nbgrader calls alembic by its name
    monkeypatch.setenv("PATH", scripts, prepend=os.pathsep)
    (test,) = re.findall(r"```python\n(.*?assert.*?)```", GUIDE.read_text("utf-8"), flags=re.S)
    save(tmp_path / "source/hall/dpo.ipynb", dict.fromkeys(ANSWERS, "raise SystemExit"), test)
    save(tmp_path / "submitted/anna/hall/dpo.ipynb", ANSWERS, "pass")  # the test is put back
    course = NbGraderAPI(config=Config(CourseDirectory={"root": str(tmp_path)}))
    made = course.generate_assignment("hall")
    assert made["success"], made["log"]
    graded = course.autograde("hall", "anna")
    assert graded["success"], graded["log"]
    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db") as book:
        found = [book.find_grade(f"test_{name}", "dpo", "hall", "anna") for name in ANSWERS]
        assert [grade.auto_score for grade in found] == [2, 0]
    returned = (tmp_path / "autograded/anna/hall/dpo.ipynb").read_text("utf-8")
    assert "Not yet: the reference is not used." in returned
