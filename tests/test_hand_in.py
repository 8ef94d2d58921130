"""python -m pedagogy.checks: which mistake is in which notebook, whatever else is in it."""

import json

import pytest

from pedagogy.checks import check_modified_grade, hand_in
from pedagogy.checks.__main__ import main

RIGHT = """\
def modified_grade(grade, divergence, beta):
    return grade - beta * divergence"""
BONUS = RIGHT.replace("-", "+")


@pytest.fixture
def save(tmp_path):
    def save(*cells):
        document = {"cells": [{"cell_type": "markdown", "source": "def gae(): prose"}]}
        document["cells"] += [{"cell_type": "code", "source": cell} for cell in cells]
        (tmp_path / "theirs.ipynb").write_text(json.dumps(document), "utf-8")
        return str(tmp_path / "theirs.ipynb")

    return save


def answer(path, name="modified_grade"):
    """The learner's function, made of what it needs and nothing else."""
    space = {}
    for statement in hand_in.needed(name, hand_in.code_cells(path)):
        exec(statement, space)
    return space[name]


@pytest.mark.slow
def test_a_line_for_each_exercise_names_the_mistake(save, capsys):
    bits = "def kl_divergence(p, q):\n    return torch.xlogy(p, p / q).sum(-1) / log(2)"
    path = save("import torch\nfrom math import *", RIGHT, "print('hi')\n" + bits)
    assert main([path]) == 1
    modified, divergence = sorted(capsys.readouterr().out.splitlines(), reverse=True)
    assert modified.startswith("modified_grade: Passed: right on all ")
    assert divergence == "kl_divergence: Not yet: this is in bits."


def test_what_never_ends_is_ended_and_what_ends_python_is_named(save, capsys, monkeypatch):
    monkeypatch.setattr(hand_in, "SECONDS", 0.5)
    endless = "def forever():\n    while True:\n        pass"
    ends = "import os\ndef gae(rewards, values, next_value, dones, gamma, lam):\n    os._exit(7)"
    path = save(endless, "price = forever()", RIGHT.replace("beta *", "price *"), ends)
    assert main([path, path + ".lost"]) == 2
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        f"{path}: gae: Not yet: it ended Python itself (exit status 7).",
        f"{path}: modified_grade: Not yet: it was still at work after 0.5 seconds, and was ended.",
    ]
    assert said.err == f"{path}.lost cannot be read: No such file or directory.\n"


@pytest.mark.parametrize(
    "cells",
    [
        (RIGHT,),
        (BONUS, RIGHT),  # the last attempt counts
        (RIGHT, "from pedagogy.maths import modified_grade"),  # and no import does
        (RIGHT, "from pedagogy.maths import *"),
        (
            "half = 1 / 2",
            "twice = lambda x: x / half / 2",
            RIGHT.replace("beta *", "twice(beta) *"),
        ),
        ("%matplotlib inline\n!ls", "broken (", "1 / 0\nraise SystemExit", RIGHT),
        ("modified_grade = lambda g, d, b: g - b * d",),
        ("if True:\n    " + RIGHT.replace("\n", "\n    "),),
    ],
)
def test_an_answer_is_taken_with_what_it_uses(save, cells):
    assert check_modified_grade(answer(save(*cells)))


def test_what_the_package_answers_is_no_answer(save):
    path = save("from pedagogy.maths import modified_grade", "check_modified_grade(modified_grade)")
    assert list(hand_in.verdicts(path)) == [("modified_grade", False, hand_in.NO_CELL)]


def test_a_cell_that_python_cannot_read_is_named(save):
    ((name, passed, line),) = hand_in.verdicts(save(RIGHT + ")"))
    assert (name, passed) == ("modified_grade", False)
    assert line == "Not yet: Python cannot read the cell that defines it: unmatched ')'."


@pytest.mark.parametrize(
    "content, sentence",
    [
        (None, "cannot be read: No such file or directory."),
        ("def gae", "is no notebook: JSON with a list of cells"),
        ("[1]", "is no notebook"),
        ('{"cells": [{"cell_type": "code", "source": "1 + 1"}]}', "has none of our exercises: br"),
    ],
)
def test_what_is_no_hand_in_gets_a_sentence(tmp_path, capsys, content, sentence):
    path = tmp_path / "theirs.ipynb"
    if content:
        path.write_text(content)
    assert main([str(path)]) == 2
    said = capsys.readouterr()
    assert said.err.startswith(f"{path} {sentence}") and not said.out
