"""Oracles: numbers worked by hand, Bradley-Terry counted by torch's cross-entropy, differences."""

import doctest
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import tensor

from pedagogy.maths import preference_losses
from pedagogy.reward_model import reward_model_loss

pairs = st.lists(st.tuples(st.floats(-1000, 1000), st.floats(-1000, 1000)), min_size=1, max_size=9)


def test_the_number_in_the_docstring():
    assert doctest.testmod(preference_losses).failed == 0


def test_the_loss_by_hand():
    """Gap log 3 wins with 3/4, gap -log 3 with 1/4: -(log 3/4 + log 1/4) / 2 = 0.8370."""
    found = reward_model_loss(tensor([1 + math.log(3), 0.0]), tensor([1.0, math.log(3)]))
    assert found.item() == pytest.approx(0.8369882)


def test_scores_that_tell_nothing_apart_cost_log_2():
    assert reward_model_loss([5.0, -1.0], [5.0, -1.0]).item() == pytest.approx(math.log(2))


@given(pairs)
def test_the_loss_is_torchs_cross_entropy_of_two_classes(pairs):
    scores = tensor(pairs, dtype=torch.float64)  # (B, 2), the chosen is class 0
    expected = torch.nn.functional.cross_entropy(scores, torch.zeros(len(scores)).long())
    torch.testing.assert_close(reward_model_loss(*scores.T), expected)


@given(pairs, st.integers(-100, 100))
def test_adding_a_constant_to_every_score_changes_nothing(pairs, constant):
    chosen, rejected = tensor(pairs, dtype=torch.float64).T
    torch.testing.assert_close(
        reward_model_loss(chosen + constant, rejected + constant),
        reward_model_loss(chosen, rejected),
        rtol=1e-7,
        atol=1e-9,
    )


def test_a_hopeless_gap_stays_finite_and_still_pulls():
    """At a gap of -1000 the loss is 1000, and each score is pulled with strength 1."""
    chosen, rejected = tensor([-500.0], requires_grad=True), tensor([500.0], requires_grad=True)
    found = reward_model_loss(chosen, rejected)
    found.backward()
    assert found.item() == 1000
    assert (chosen.grad.item(), rejected.grad.item()) == (-1, 1)


def test_the_gradient_is_that_of_finite_differences():
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(2, 7, generator=generator, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda s: reward_model_loss(s[0], s[1]), scores)


@pytest.mark.parametrize(
    "chosen, rejected, sentence",
    [
        ([], [], "chosen_scores is empty, but there must be at least one pair"),
        ([1.0, 2.0], [1.0], "with B = 2, as in chosen_scores"),
        ([[1.0]], [[2.0]], r"chosen_scores has shape \(1, 1\), but it must be \(B,\)"),
        ([1.0], [math.nan], "rejected_scores holds nan, but it must be finite"),
    ],
)
def test_scores_that_make_no_loss_are_refused(chosen, rejected, sentence):
    with pytest.raises(ValueError, match=sentence):
        reward_model_loss(chosen, rejected)
