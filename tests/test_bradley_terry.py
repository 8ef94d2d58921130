"""Oracles: numbers worked by hand, scipy's softmax, finite differences, a search by brute force."""

import doctest
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from pedagogy.maths import bradley_terry
from pedagogy.maths.bradley_terry import (
    bradley_terry_probability,
    choice_probabilities,
    fit_scores,
    proportional_probability,
    simulate_comparisons,
)

scores = st.floats(-50, 50, width=32)


def test_the_numbers_in_the_docstrings():
    assert doctest.testmod(bradley_terry) == (0, 4)


def test_the_story_of_five_and_two():
    """e^5 = 148.413, e^2 = 7.389: 148.413 / 155.802 = 0.95257."""
    assert bradley_terry_probability(5, 2).item() == pytest.approx(0.95257, abs=1e-5)
    assert proportional_probability(5, 2).item() == pytest.approx(5 / 7)


@given(scores, scores)
def test_it_is_the_softmax_of_two_scores(a, b):
    expected = softmax([a, b])
    assert bradley_terry_probability(a, b).item() == pytest.approx(expected[0], abs=1e-6)
    np.testing.assert_allclose(choice_probabilities([a, b]), expected, atol=1e-6)


@given(scores, scores)
def test_the_two_probabilities_sum_to_one(a, b):
    both = bradley_terry_probability(a, b) + bradley_terry_probability(b, a)
    assert both.item() == pytest.approx(1)


@given(scores, scores, scores)
def test_only_the_difference_counts(a, b, shift):
    a, b = torch.tensor(a).double(), torch.tensor(b).double()
    moved = bradley_terry_probability(a + shift, b + shift)
    assert moved.item() == pytest.approx(bradley_terry_probability(a, b).item(), abs=1e-9)


def test_scale_matters():
    """sigmoid(3) = 0.95257 but sigmoid(0.3) = 0.57444."""
    assert bradley_terry_probability(0.5, 0.2).item() == pytest.approx(0.57444, abs=1e-5)


def test_stable_at_any_size():
    """1000 against 999 is sigmoid(1) = 0.73106; e^1000 alone would overflow."""
    assert bradley_terry_probability(1000, 999).item() == pytest.approx(0.73106, abs=1e-5)
    assert bradley_terry_probability([1e30, -1e30], [-1e30, 1e30]).tolist() == [1, 0]


def test_choices_row_by_row_are_scipys_softmax():
    rows = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0))
    np.testing.assert_allclose(choice_probabilities(rows), softmax(rows.numpy(), -1), atol=1e-6)


@pytest.mark.parametrize("a", [np.array([1.0, 2.0])[::-1], [torch.tensor(2.0), torch.tensor(1.0)]])
def test_reversed_arrays_and_lists_of_tensors_will_do(a):
    assert bradley_terry_probability(a, [2.0, 0.0]).tolist() == pytest.approx([0.5, 0.731059])


def test_gradient_is_that_of_finite_differences():
    a = torch.tensor([0.3, -2.0], dtype=torch.float64, requires_grad=True)
    b = torch.tensor([1.0, 1.5], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(bradley_terry_probability, (a, b))


def test_the_proportional_rule_shows_its_failures():
    assert proportional_probability(7, -2).item() == pytest.approx(1.4)
    assert proportional_probability(-2, 7).item() == pytest.approx(-0.4)
    assert math.isinf(proportional_probability(1, -1).item())
    assert math.isnan(proportional_probability(0, 0).item())


@pytest.mark.parametrize("rule", [bradley_terry_probability, proportional_probability])
def test_scores_must_be_finite_and_broadcast(rule):
    with pytest.raises(ValueError, match="score_b is nan, but it must be finite"):
        rule(1.0, math.nan)
    with pytest.raises(ValueError, match=r"score_a has shape \(2,\) and score_b has shape \(3,\)"):
        rule([1.0, 2.0], [1.0, 2.0, 3.0])


def test_simulated_comparisons_follow_the_rule():
    """Every pair comes up equally often, and its winner as often as the sigmoid says."""
    true, n = torch.tensor([1.0, 0.0, -0.5]), 60_000
    winners, losers = simulate_comparisons(true, n, seed=1)
    for a, b in [(0, 1), (0, 2), (1, 2)]:
        won = ((winners == a) & (losers == b)).sum().item()
        lost = ((winners == b) & (losers == a)).sum().item()
        p = 1 / (1 + math.exp(true[b] - true[a]))
        games = won + lost
        assert abs(games - n / 3) < 4 * math.sqrt(n * 2 / 9)
        assert abs(won - games * p) < 4 * math.sqrt(games * p * (1 - p))


def test_all_pairs_are_drawn_alike_of_two_items_too():
    winners, losers = simulate_comparisons([0.0] * 4, n := 6000, seed=0)
    pairs = 4 * torch.minimum(winners, losers) + torch.maximum(winners, losers)
    counts = pairs.unique(return_counts=True)[1]
    assert len(counts) == 6 and (counts - n / 6).abs().max() < 4 * math.sqrt(n * 5 / 36)
    winners, losers = simulate_comparisons([0.0, 0.0], 50, seed=0)
    assert (winners + losers == 1).all() and 0 < winners.sum() < 50


def test_the_same_seed_gives_the_same_comparisons():
    scores = [0.0, 1.0, 0.5, 2.0]
    one, two, other = (simulate_comparisons(scores, 50, seed=s) for s in (3, 3, 4))
    assert torch.equal(one[0], two[0]) and torch.equal(one[1], two[1])
    assert not torch.equal(one[0], other[0])


@given(st.integers(1, 10_000), st.integers(1, 10_000))
def test_two_items_differ_by_the_log_of_the_odds(wins, losses):
    """w log sigmoid(d) + l log sigmoid(-d) is largest at d = log(w / l)."""
    counts = [0] * wins + [1] * losses, [1] * wins + [0] * losses
    fitted = fit_scores(*counts, n_items=2)
    assert (fitted[0] - fitted[1]).item() == pytest.approx(math.log(wins / losses), abs=1e-4)
    assert fitted.sum().item() == pytest.approx(0, abs=1e-5)


def test_three_items_against_brute_force():
    """No point of a fine grid of score differences is more likely than the fit."""
    winners, losers = [0, 0, 1, 1, 2, 0, 1], [1, 1, 0, 2, 0, 2, 2]
    fitted = fit_scores(winners, losers, n_items=3).double()

    def loglik(s):  # (…, 3) -> (…,)
        gaps = s[..., winners] - s[..., losers]
        return -torch.log1p(torch.exp(-gaps)).sum(-1)

    axis = torch.linspace(-3, 3, 301, dtype=torch.float64)
    x, y = torch.meshgrid(axis, axis, indexing="ij")
    grid = torch.stack([x, y, -x - y], dim=-1)
    best = grid.reshape(-1, 3)[loglik(grid).argmax()]
    assert loglik(fitted) >= loglik(grid).max()
    assert (fitted - best).abs().max() < 0.02


@given(st.integers(0, 10_000))
def test_at_the_maximum_each_item_wins_as_often_as_expected(seed):
    rng = np.random.default_rng(seed)
    n_items = int(rng.integers(2, 8))
    ring = np.arange(n_items)  # everybody beats the next one once: a maximum exists
    winners = np.concatenate([ring, rng.integers(0, n_items, 40)])
    step = rng.integers(1, n_items, 40)
    losers = np.concatenate([(ring + 1) % n_items, (winners[n_items:] + step) % n_items])
    s = fit_scores(winners, losers, n_items).double().numpy()
    p = 1 / (1 + np.exp(s[losers] - s[winners]))  # of what did happen
    expected = np.bincount(winners, p, n_items) + np.bincount(losers, 1 - p, n_items)
    np.testing.assert_allclose(expected, np.bincount(winners, minlength=n_items), atol=1e-4)


def test_a_long_chain_of_lopsided_matches():
    """Each beats the next 999 to 1 and nobody else meets: gaps of log 999 = 6.9068."""
    winners, losers = [], []
    for i in range(5):
        winners += [i] * 999 + [i + 1]
        losers += [i + 1] * 999 + [i]
    gaps = -fit_scores(winners, losers, n_items=6).diff()
    np.testing.assert_allclose(gaps, math.log(999), atol=1e-3)


def test_more_comparisons_recover_the_scores_better():
    true = torch.tensor([1.5, 0.5, 0.0, -0.5, -1.5])

    def error(n):
        fits = [fit_scores(*simulate_comparisons(true, n, seed), 5, prior=0.1) for seed in range(8)]
        return (torch.stack(fits) - true).square().mean().sqrt().item()

    few, some, many = error(30), error(300), error(3000)
    assert few > 2 * some > 4 * many
    assert many < 0.1


@pytest.mark.parametrize(
    "winners, losers, n_items, sentence",
    [
        ([0, 0, 1, 2], [1, 2, 2, 1], 3, r"items \[0\] never lost to any of the others"),
        ([0, 1, 0], [1, 0, 2], 3, r"items \[2\] never beat any of the others"),
        ([0, 1], [1, 0], 3, r"items \[2\] never met any of the others"),
        ([0, 0, 1, 2, 3, 4], [1, 1, 2, 3, 2, 0], 5, r"items \[4\] never lost to any"),
        ([0, 1, 2, 3, 4, 0], [1, 0, 3, 4, 2, 2], 5, r"items \[0, 1\] never lost to any of"),
        ([1, 0, 3, 4, 2, 2], [0, 1, 2, 3, 4, 0], 5, r"items \[0, 1\] never beat any of"),
    ],
)
def test_without_a_finite_maximum_it_says_so_and_a_prior_helps(winners, losers, n_items, sentence):
    with pytest.raises(ValueError, match=sentence + ".*, so no finite scores are best: .*prior"):
        fit_scores(winners, losers, n_items)
    assert torch.isfinite(fit_scores(winners, losers, n_items, prior=1.0)).all()


def test_a_prior_by_hand():
    """One win of 0 over 1, prior 1: s = (x, -x) with x = sigmoid(-2x), so x = 0.3022."""
    x = 0.5
    for _ in range(200):
        x = 0.5 * x + 0.5 / (1 + math.exp(2 * x))
    np.testing.assert_allclose(fit_scores([0], [1], 2, prior=1.0), [x, -x], atol=1e-5)


@pytest.mark.parametrize(
    "call, sentence",
    [
        (lambda: fit_scores([0], [2], 2), "losers holds item 2, but items go from 0 to 1."),
        (lambda: fit_scores([-1], [0], 2), "winners holds item -1"),
        (lambda: fit_scores([], [], 2), r"winners has shape \(0,\), but it must be \(N,\)"),
        (lambda: fit_scores([[0, 1]], [[1, 0]], 2), r"winners has shape \(1, 2\), but it must"),
        (lambda: fit_scores([0, 1], [1], 2), "their shapes must be the same"),
        (lambda: fit_scores([1], [1], 2), "item 1 is compared with itself"),
        (lambda: fit_scores([0.5], [1], 2), "winners holds float64, but it must hold whole"),
        (lambda: fit_scores([0], [1], 2, prior=-1), "prior is -1, but"),
        (lambda: fit_scores([0], [1], 0), "n_items is 0, but it must be 1 or more"),
        (lambda: simulate_comparisons([1.0], 5, 0), r"scores has shape \(1,\), but"),
        (lambda: simulate_comparisons([1.0, 2.0], 0, 0), "n is 0, but it must be 1 or more"),
        (lambda: choice_probabilities([math.inf, 0]), "scores holds inf"),
        (lambda: choice_probabilities(3.0), r"scores has shape \(\), but it must be \(…, K\)"),
        (lambda: simulate_comparisons([[0.0, 1.0]], 5, 0), r"scores has shape \(1, 2\), but"),
        (lambda: simulate_comparisons([0.0, 1.0], 10**9, 0), "n is 1000000000, but it must be 10"),
        (lambda: simulate_comparisons([0.0, 1.0], 5, math.nan), "seed is nan, but it must be a"),
        (lambda: simulate_comparisons([0.0, 1.0], 5, 2**70), "seed is 11805916207174"),
        (lambda: fit_scores([0], [1], 10**9), "n_items is 1000000000, but it must be 5,000 at"),
        (lambda: fit_scores([0, 1, 0], [1, 1, 1], 2), "item 1 is compared with itself"),
        (lambda: fit_scores([0], [1], 2, prior=[1.0]), "prior has shape .1,., but it must be one"),
    ],
)
def test_refusals(call, sentence):
    with pytest.raises((ValueError, TypeError), match=sentence):
        call()
