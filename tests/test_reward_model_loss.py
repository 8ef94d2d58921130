"""Oracles: numbers worked by hand, Bradley-Terry counted by torch's cross-entropy, differences."""

import doctest
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import tensor

from pedagogy.maths import preference_losses
from pedagogy.reward_model import reward_model_loss

pairs = st.lists(st.tuples(st.floats(-1000, 1000), st.floats(-1000, 1000)), min_size=1, max_size=9)


def test_the_numbers_in_the_docstrings():
    assert doctest.testmod(preference_losses) == (0, 5)


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


# The rewards inside a policy ---------------------------------------------------------------------


def test_metrics_by_hand():
    """beta 0.5. Pair 1: rewards 0.5 (2 - 1) = 0.5 and 0.5 (-1 - 2) = -1.5, margin 2. Pair 2: -1 and
    -0.5, margin -0.5. Losses log(1 + e^-2) = 0.1269, log(1 + e^0.5) = 0.9741."""
    found = preference_losses.metrics([2, -2], [-1, 0], [1, 0], [2, 1], 0.5)
    wanted = {
        "loss": (0.126928 + 0.974077) / 2,
        "chosen_reward": -0.25,
        "rejected_reward": -1.0,
        "margin": 0.75,
        "accuracy": 0.5,
        "chosen_logp": 0.0,
        "rejected_logp": -0.5,
    }
    assert found == pytest.approx(wanted, abs=1e-6) and list(found) == list(wanted)
    loss = preference_losses.dpo_loss([2, -2], [-1, 0], [1, 0], [2, 1], 0.5)
    assert loss.item() == pytest.approx(wanted["loss"], abs=1e-6)


def test_accuracy_asks_which_is_larger_whatever_their_sum():
    """Rewards 3 and 4 are a mistake though both, and their sum, are above zero; -4 and -3 alike."""
    both = preference_losses.metrics([3.0, -4.0], [4.0, -3.0], [0.0, 0.0], [0.0, 0.0], 1.0)
    assert both["accuracy"] == 0
    assert preference_losses.metrics([-3.0], [-4.0], [0.0], [0.0], 1.0)["accuracy"] == 1


@pytest.mark.parametrize("whole", [int, torch.tensor, np.array])
def test_whole_numbers_will_do(whole):
    rows = ([-1, -2] if whole is int else whole([-1, -2]) for _ in range(4))
    assert preference_losses.metrics(*rows, 1)["chosen_logp"] == -1.5


def test_scores_from_a_loop_teach_as_stacked_ones_do():
    """Gaps w and 2w at w = 0: the slope is -(1 + 2) / 2 / 2."""
    w = tensor(0.0, requires_grad=True)
    reward_model_loss([w * 2, w * 3], [w, w]).backward()
    assert w.grad.item() == -0.75


def test_the_weight_by_hand_and_as_the_slope_of_the_loss():
    rewards = tensor([[1.0, -2.0], [0.5, 3.0]], dtype=torch.float64, requires_grad=True)
    found = preference_losses.gradient_weight(*rewards)
    assert found.tolist() == pytest.approx([1 / (1 + math.exp(0.5)), 1 / (1 + math.exp(-5))])
    reward_model_loss(*rewards).backward()
    torch.testing.assert_close(rewards.grad[0], -found.detach() / 2)


@pytest.mark.parametrize("function", ["implicit_reward", "gradient_weight"])
def test_shapes_that_differ_are_not_broadcast(function):
    more = {"beta": 1.0} if function == "implicit_reward" else {}
    for one, other in (([1.0, 2.0], [1.0]), ([1.0], 1.0), ([[1.0, 2.0]], [1.0, 2.0])):
        with pytest.raises(ValueError, match="their shapes must be the same"):
            getattr(preference_losses, function)(one, other, **more)
    with pytest.raises(ValueError, match="holds nan"):
        getattr(preference_losses, function)([1.0], [math.nan], **more)


@pytest.mark.parametrize("bad", [0, -1, math.nan, tensor([]), tensor([[0.1], [5.0]]), [0.1], "1"])
def test_beta_is_one_number_above_zero(bad):
    row = [-1.0, -2.0]
    for call in (
        lambda: preference_losses.dpo_loss(row, row, row, row, bad),
        lambda: preference_losses.metrics(row, row, row, row, bad),
        lambda: preference_losses.implicit_reward(row, row, bad),
    ):
        with pytest.raises((ValueError, TypeError), match="^beta "):
            call()


def test_beta_may_be_learned():
    """At margin 2 beta, beta 0.5: d/dbeta -log σ(2 beta) = -2 σ(-1)."""
    beta = tensor(0.5, requires_grad=True)
    preference_losses.dpo_loss([2.0], [0.0], [0.0], [0.0], beta).backward()
    assert beta.grad.item() == pytest.approx(-2 / (1 + math.e))
