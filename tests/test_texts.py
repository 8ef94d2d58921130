"""Texts, paths and seeds that cannot be used are said in one sentence, with the argument's name."""

import numpy as np
import pytest
import torch

from pedagogy import require

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
    assert require.said(value) == said


def test_what_is_right_comes_back(tmp_path):
    assert require.text(one="naïve ☂ 🐺", other="") == ("naïve ☂ 🐺", "")
    assert (
        require.texts(0, prompts=("a", "b"))
        == require.texts(0, prompts=np.array(["a", "b"]))
        == ["a", "b"]
    )
    assert require.path(path=str(tmp_path)) == require.path(path=tmp_path) == tmp_path
    assert (
        require.path(path="a\udcff").name == "a\udcff"
    )  # a byte that is no UTF-8, as Python has it
    assert require.seed(seed=np.int64(3)) == require.seed(seed=torch.tensor(3)) == 3
