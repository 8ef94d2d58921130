"""Every refusal is one sentence that names the argument, what came and what is wanted."""

import numpy as np
import pytest
import torch

from pedagogy import require

NAN = float("nan")


@pytest.mark.parametrize("value", [3, 3.0, True, np.float64(3), [3, 4], np.array([3, 4])])
def test_numbers_lists_and_arrays_become_float32_tensors(value):
    tensor = require.finite(score_a=value)
    assert tensor.dtype == torch.float32
    np.testing.assert_array_equal(tensor.numpy(), np.asarray(value, dtype=np.float32))


def test_tensors_keep_dtype_and_graph():
    score = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    assert require.finite(score_a=score) is score
    assert require.finite(score_a=torch.tensor([1, 2])).dtype == torch.float32


def test_several_arguments_come_back_in_order():
    a, b = require.finite(score_a=1, score_b=2)
    assert (a.item(), b.item()) == (1.0, 2.0)


def test_one_per_thing():
    chosen, rejected = require.one_per("pair", "B", chosen_scores=[1, 2], rejected_scores=[0.5, 3])
    assert (chosen.tolist(), rejected.tolist()) == ([1.0, 2.0], [0.5, 3.0])


def test_positive_and_count_give_back_what_came():
    assert require.positive(beta=1) == 1 and isinstance(require.positive(beta=1), int)
    assert require.positive(beta=0.1, gamma=0.9) == (0.1, 0.9)
    assert require.non_negative(beta=0.0) == 0.0
    assert require.count(n=np.int64(3)) == 3


def test_probabilities_may_be_slightly_off_and_broadcast():
    p, q = require.probabilities(p=[1 / 3, 1 / 3, 1 / 3], q=torch.full((4, 3), 1 / 3))
    assert (p.shape, q.shape) == ((3,), (4, 3))


def test_shape_accepts_what_it_spells():
    logits, ids = torch.zeros(2, 3, 5), torch.zeros(2, 3, dtype=torch.long)
    assert require.shape("(B, T, V), (B, T)", logits=logits, input_ids=ids) == (logits, ids)
    assert require.shape("()", next_value=torch.tensor(1.0)) == 1.0
    assert require.shape("(B,)", a=torch.ones(2), b=torch.zeros(2))[1].sum() == 0


def test_masks_come_back_as_booleans():
    mask = require.tokens_in_each_row(completion_mask=torch.tensor([[0, 1, 1], [1, 0, 0]]))
    assert mask.tolist() == [[False, True, True], [True, False, False]]


REFUSALS = [
    (lambda: require.finite(score_a=NAN), "score_a is nan, but it must be finite."),
    (lambda: require.finite(s=[1.0, -float("inf")]), "s holds -inf, but it must be finite."),
    (lambda: require.finite(score_a="five"), "score_a is 'five', but it must be numbers."),
    (lambda: require.finite(score_a=None), "score_a is None, but it must be numbers."),
    (lambda: require.finite(a=[[1.0], [1.0, 2.0]]), "a is [[1.0], [1.0, 2.0]], but it must be"),
    (lambda: require.finite(a={i: i for i in range(99)}), "a is a dict, but it must be numbers."),
    (lambda: require.finite(a=1j), "a is complex, but it must be real numbers."),
    (
        lambda: require.one_per("token", "N", logps=[], old_logps=[]),
        "logps is empty, but there must be at least one token.",
    ),
    (
        lambda: require.one_per("pair", "B", margins=[NAN]),
        "margins holds nan, but it must be finite.",
    ),
    (lambda: require.one_per("pair", "B", a=1.0), "a has shape (), but it must be (B,)."),
    (
        lambda: require.one_per("pair", "B", a=[1.0], b=[1.0, 2.0]),
        "b has shape (2,), but it must be (B,) with B = 1, as in a.",
    ),
    (
        lambda: require.probabilities(p=[0.7, 0.5]),
        "p sums to 1.2 in its last axis, but probabilities must sum to 1.",
    ),
    (
        lambda: require.probabilities(p=[[0.5, 0.5], [1.5, -0.5]]),
        "p holds -0.5, but probabilities must not be negative.",
    ),
    (lambda: require.probabilities(p=[NAN, 1.0]), "p holds nan, but it must be finite."),
    (lambda: require.probabilities(p=0.5), "p is the single number 0.5, but it must be a list."),
    (lambda: require.probabilities(p=[]), "p sums to 0 in its last axis"),
    (
        lambda: require.probabilities(p=[1.0], q=[0.5, 0.5]),
        "p has 1 and q has 2 outcomes in the last axis, but they must have the same.",
    ),
    (
        lambda: require.probabilities(p=torch.ones(2, 1), q=torch.ones(3, 1)),
        "p has shape (2, 1) and q has shape (3, 1), but their shapes must be the same or",
    ),
    (
        lambda: require.positive(beta=0.0),
        "beta is 0, but it must be a finite number above zero.",
    ),
    (lambda: require.positive(beta=-1), "beta is -1, but it must be a finite number above zero."),
    (lambda: require.positive(beta=NAN), "beta is nan, but it must be"),
    (lambda: require.positive(beta=float("inf")), "beta is inf, but it must be"),
    (lambda: require.positive(beta="big"), "beta is 'big', but it must be numbers."),
    (
        lambda: require.non_negative(beta=-0.5),
        "beta is -0.5, but it must be a finite number not below zero.",
    ),
    (lambda: require.count(n=0), "n is 0, but it must be 1 or more."),
    (lambda: require.count(n=2.5), "n is 2.5, but it must be a whole number."),
    (lambda: require.count(n=True), "n is True, but it must be a whole number."),
    (
        lambda: require.tokens_in_each_row(completion_mask=torch.tensor([[0, 1], [0, 0]])),
        "completion_mask marks no token in row 1, but it must mark at least one in each row.",
    ),
    (
        lambda: require.same_shape(a=[1, 2], b=[1, 2, 3]),
        "a has shape (2,) and b has shape (3,), but their shapes must be the same.",
    ),
    (
        lambda: require.broadcastable(a=[1, 2], b=[1, 2, 3]),
        "a has shape (2,) and b has shape (3,), but their shapes must be the same or broadcast.",
    ),
    (
        lambda: require.shape("(V,)", logits=[1.0]),
        "logits is [1.0], but it must be a tensor of shape (V,).",
    ),
    (
        lambda: require.shape("(B, T)", input_ids=torch.zeros(3)),
        "input_ids has shape (3,), but it must be (B, T).",
    ),
    (
        lambda: require.shape("(B, T)", input_ids=torch.zeros(2, 3), mask=torch.zeros(2, 4)),
        "mask has shape (2, 4), but it must be (B, T) with T = 3, as in input_ids.",
    ),
]


@pytest.mark.parametrize("call, sentence", REFUSALS, ids=[words for _, words in REFUSALS])
def test_refusals(call, sentence):
    with pytest.raises((ValueError, TypeError)) as refusal:
        call()
    assert str(refusal.value).startswith(sentence)


def test_a_wrong_type_is_a_type_error_and_a_wrong_number_a_value_error():
    with pytest.raises(TypeError):
        require.positive(beta="big")
    with pytest.raises(ValueError):
        require.positive(beta=0)
