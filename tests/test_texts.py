"""Texts, paths and seeds that cannot be used are said in one sentence, with the argument's name."""

import numpy as np
import pytest
import torch

from pedagogy import texts

DEEP = []
for _ in range(10_000):
    DEEP = [DEEP]


class Mute:
    def __repr__(self):
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    "value, said",
    [
        ("time", "'time'"),
        ("time " * 20, "a str"),
        ("one\ntwo", r"'one\ntwo'"),
        (DEEP, "a list"),
        (Mute(), "a Mute"),
        (torch.zeros(2, 2), "a Tensor"),
    ],
)
def test_a_value_is_shown_short(value, said):
    assert texts.shown(value) == said


def test_what_is_right_comes_back(tmp_path):
    assert texts.text(one="naïve ☂ 🐺", other="") == ["naïve ☂ 🐺", ""]
    assert (
        texts.texts(prompts=("a", "b")) == texts.texts(prompts=np.array(["a", "b"])) == ["a", "b"]
    )
    assert texts.path(path=str(tmp_path)) == texts.path(path=tmp_path) == tmp_path
    assert texts.path(path="a\udcff").name == "a\udcff"  # a byte that is no UTF-8, as Python has it
    assert texts.seed(seed=np.int64(3)) == texts.seed(seed=torch.tensor(3)) == 3
    assert texts.seed(seed=-(2**70)) == -(2**70)
