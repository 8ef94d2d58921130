"""Oracles: all n-fold draws listed, all ways to pick n of a pool listed, the enumerated optimum."""

import itertools
import math
import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pedagogy.compare import best_of_n
from pedagogy.maths.best_of_n import best_of_n_distribution, best_of_n_kl_bound, best_of_n_mean
from pedagogy.maths.divergence import kl_divergence
from pedagogy.maths.optimum import log_partition, optimal_policy
from pedagogy.maths.sampled_optimum import sampled_optimum
from pedagogy.policy import load_policy, sample
from pedagogy.stories import FIRST_PROMPT, openings

weights = st.lists(st.integers(1, 9), min_size=2, max_size=4)
with_zeros = st.lists(st.integers(0, 9), min_size=2, max_size=4).filter(any)


def by_listing(reference, scores, n):
    """P(y) from all n-fold draws: the best is kept, and ties share evenly among the draws."""
    kept = [0.0] * len(reference)
    for draws in itertools.product(range(len(reference)), repeat=n):
        best = max(scores[y] for y in draws)
        winners = [y for y in draws if scores[y] == best]
        for y in winners:
            kept[y] += math.prod(reference[d] for d in draws) / len(winners)
    return torch.tensor(kept)


@given(with_zeros, st.integers(1, 4), st.data())
def test_the_law_is_that_of_all_draws(weights, n, data):
    reference = [w / sum(weights) for w in weights]
    ties = st.integers(-2, 2).map(float)
    scores = data.draw(st.lists(ties, min_size=len(weights), max_size=len(weights)))
    law = best_of_n_distribution(torch.tensor(reference), scores, n)
    assert torch.allclose(law, by_listing(reference, scores, n), atol=1e-6)


@given(weights, st.integers(1, 64))
def test_the_divergence_is_below_the_bound(weights, n):
    reference = torch.tensor(weights, dtype=torch.float64) / sum(weights)
    law = best_of_n_distribution(reference, torch.arange(float(len(weights))), n)
    assert kl_divergence(law, reference).item() <= best_of_n_kl_bound(n) + 1e-9


def test_many_equal_chances_come_near_the_bound():
    even = torch.full((10_000,), 1e-4, dtype=torch.float64)
    law = best_of_n_distribution(even, torch.arange(10_000.0), 8)
    assert kl_divergence(law, even).item() == pytest.approx(best_of_n_kl_bound(8), abs=2e-3)


def test_what_a_sum_is_off_does_not_grow_with_n():
    """1.00005, within the tolerance, to the power of ten million would be inf."""
    law = best_of_n_distribution([0.5, 0.50005], [0.0, 1.0], 10_000_000)
    assert law.tolist() == [0, pytest.approx(1)]


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_the_mean_is_that_of_all_ways_to_pick(n):
    generator = torch.Generator().manual_seed(0)
    scores, values = torch.randn(2, 2, 5, generator=generator, dtype=torch.float64)
    picks = list(itertools.combinations(range(5), n))
    for row in range(2):
        best = [max(pick, key=lambda i: scores[row, i]) for pick in picks]
        expected = sum(values[row, i].item() for i in best) / len(best)
        assert best_of_n_mean(scores, values, n)[row].item() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    "call",
    [
        lambda n: best_of_n_distribution([0.5, 0.5], [0.0, 1.0], n),
        best_of_n_kl_bound,
        lambda n: best_of_n_mean([[1.0, 2.0]], [[1.0, 2.0]], n),
    ],
)
@pytest.mark.parametrize("n, sentence", [(0, "n is 0, but it must be 1"), (10**9, "n is 1000000")])
def test_n_is_a_count(call, n, sentence):
    with pytest.raises(ValueError, match=sentence):
        call(n)


def test_more_than_the_pool_holds_is_refused():
    with pytest.raises(ValueError, match="n is 3, but each prompt has only 2 answers"):
        best_of_n_mean([[1.0, 2.0]], [[1.0, 2.0]], 3)


# --- tales --------------------------------------------------------------------------------------


def letters(samples):
    return torch.tensor([float(len(response)) for response in samples.responses])


def test_the_longest_of_three_is_kept_for_each_prompt(monkeypatch):
    """By hand, from the same draws: two prompts, three answers each, written four rows at once."""
    monkeypatch.setattr("pedagogy.policy.sampling.ROWS", 4)
    policy, prompts = load_policy("cpu"), openings(2, seed=1)
    dice = torch.Generator().manual_seed(0)
    short = {"max_new_tokens": 6}
    asked = [prompts[0]] * 3 + [prompts[1]] * 3
    drawn = [sample(policy, some, generator=dice, **short).responses
             for some in (asked[:4], asked[4:])]  # fmt: skip
    drawn = drawn[0] + drawn[1]
    dice = torch.Generator().manual_seed(0)
    kept = best_of_n(policy, prompts, letters, 3, generator=dice, **short)
    assert kept == [max(drawn[:3], key=len), max(drawn[3:], key=len)]


def test_one_answer_is_simply_a_sample():
    policy, dice = load_policy("cpu"), torch.Generator()
    kept = best_of_n(policy, [FIRST_PROMPT], letters, 1, max_new_tokens=3,
                     generator=dice.manual_seed(3))  # fmt: skip
    drawn = sample(policy, [FIRST_PROMPT], max_new_tokens=3, generator=dice.manual_seed(3))
    assert kept == drawn.responses
    with pytest.raises(ValueError, match="n is 0"):
        best_of_n(policy, [FIRST_PROMPT], letters, 0)


# --- the optimum from samples -------------------------------------------------------------------

REFERENCE = torch.tensor([0.6, 0.3, 0.1])
REWARDS = torch.tensor([0.0, 1.0, 2.0])


def drawn(prompts, n):
    generator = torch.Generator().manual_seed(0)
    return torch.multinomial(REFERENCE, prompts * n, True, generator=generator).view(prompts, n)


@pytest.mark.parametrize("beta", [0.5, 1.0, 3.0])
def test_samples_agree_with_the_enumerated_optimum(beta):
    words = drawn(64, 512)
    found = sampled_optimum(REWARDS[words], beta)
    best = optimal_policy(REFERENCE, REWARDS, beta)
    log_z = log_partition(REFERENCE, REWARDS, beta).item()
    reward, kl = (best * REWARDS).sum().item(), kl_divergence(best, REFERENCE).item()
    for seen, error, exact in (
        (found.reward, found.reward_error, reward),
        (found.kl, found.kl_error, kl),
        (found.log_z, found.log_z_error, log_z),
    ):
        assert 0 < error < 0.02 and abs(seen - exact) < 4 * error
    share, error = found.mean((words == 2).double())
    assert abs(share - best[2].item()) < 4 * error


def test_objective_of_the_optimum_is_beta_log_z():
    found = sampled_optimum(torch.randn(4, 256, generator=torch.Generator().manual_seed(1)), 0.7)
    assert found.reward - 0.7 * found.kl == pytest.approx(0.7 * found.log_z, abs=1e-9)


def test_equal_rewards_leave_the_reference():
    found = sampled_optimum(torch.full((2, 50), 3.0), 0.1)
    assert (found.reward, found.effective_share) == pytest.approx((3.0, 1.0))
    assert found.kl == pytest.approx(0.0, abs=1e-9)


def test_the_weights_of_a_hand_worked_prompt():
    found = sampled_optimum(torch.tensor([[0.0, math.log(4.0)] * 20]), 1.0)
    assert found.reward == pytest.approx(0.8 * math.log(4), abs=1e-6)
    assert found.kl == pytest.approx(0.8 * math.log(4) - math.log(2.5), abs=1e-6)
    # Weights 1/100 and 4/100, twenty of each: 1 / (20 (1 + 16) / 10,000) = 29.4 of 40.
    assert found.effective_share == pytest.approx(1 / 0.034 / 40)
    with warnings.catch_warnings(action="error"):
        one = sampled_optimum(torch.tensor([[0.0, math.log(4.0)] * 20]), 1.0)
    assert math.isnan(one.reward_error) and math.isnan(one.kl_error)  # of one prompt
    two = sampled_optimum(torch.tensor([[0.0, math.log(4.0)] * 20, [0.0] * 40]), 1.0)
    assert two.reward_error == pytest.approx(0.8 * math.log(4) / 2)  # half of how far they differ


def test_twenty_effective_samples_are_enough():
    assert sampled_optimum(torch.zeros(1, 20), 1.0).effective_share == pytest.approx(1)
    with pytest.raises(ValueError, match="of 19 samples a prompt only 19.0"):
        sampled_optimum(torch.zeros(1, 19), 1.0)


def test_too_few_effective_samples_are_refused():
    rewards = torch.randn(8, 512, generator=torch.Generator().manual_seed(0))
    with pytest.raises(ValueError, match="beta is 0.01, and of 512 samples a prompt only"):
        sampled_optimum(rewards, 0.01)
