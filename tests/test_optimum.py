"""The exact optimum against scipy, and every line of the derivation in worlds drawn by chance."""

import doctest
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.mathtext import MathTextParser
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logsumexp, rel_entr, softmax

from pedagogy.dpo import dpo_loss, implicit_reward
from pedagogy.maths import derivation, optimum
from pedagogy.maths.derivation import (
    DERIVATION,
    TWO_PROMPTS,
    likelihood,
)
from pedagogy.maths.optimum import (
    log_partition,
    optimal_logps,
    optimal_policy,
    reward_from_policies,
    rlhf_objective,
)
from pedagogy.maths.small_world import (
    World,
)

LINES = {line.name: line for line in DERIVATION}
each_line = pytest.mark.parametrize("name", LINES)


@st.composite
def worlds(draw, size=None):
    """A world of 2 to 6 answers, as float64: any reference, rewards, beta, pair and policy."""
    size = size or draw(st.integers(2, 6))

    def numbers(low, high):
        row = st.lists(st.floats(low, high), min_size=size, max_size=size)
        return torch.tensor(draw(row), dtype=torch.float64)

    beta = math.exp(draw(st.floats(-4, 4)))
    pair = tuple(draw(st.permutations(range(size)))[:2])
    reference, policy = (numbers(-5, 5).softmax(-1) for _ in range(2))
    return World(reference, numbers(-10, 10), beta, pair, policy)


def arrays(world):
    return world.reference.numpy(), world.rewards.numpy(), world.beta, world.policy.numpy()


def log_weights(world):
    """What scipy's logsumexp makes log Z of, and its softmax the optimum."""
    reference, rewards, beta, _ = arrays(world)
    return np.log(reference) + rewards / beta


def close(value, wanted, world):
    """Equal but for the last digits of the largest number on the way."""
    largest = 1 + world.beta * 25 + float(world.rewards.abs().max())
    return np.allclose(value, wanted, rtol=1e-9, atol=1e-13 * largest * (1 + largest / world.beta))


def test_the_numbers_in_the_docstrings():
    assert doctest.testmod(optimum).failed == doctest.testmod(derivation).failed == 0


# --- the exact answer ---------------------------------------------------------------------------


@given(worlds())
def test_optimum_and_partition_are_what_scipy_says(world):
    weights = log_weights(world)
    assert close(optimal_policy(*world.known), softmax(weights), world)
    assert close(optimal_logps(*world.known), weights - logsumexp(weights), world)
    assert close(log_partition(*world.known), logsumexp(weights), world)


@given(worlds())
def test_what_a_policy_earns_is_what_scipy_says(world):
    reference, rewards, beta, policy = arrays(world)
    wanted = policy @ rewards - beta * rel_entr(policy, reference).sum()
    assert close(rlhf_objective(world.policy, *world.known), wanted, world)


@given(worlds())
def test_no_policy_earns_more_than_the_optimum(world):
    best = rlhf_objective(optimal_policy(*world.known), *world.known)
    earned = rlhf_objective(world.policy, *world.known)
    assert earned <= best or close(earned, best, world)
    assert close(best, world.beta * log_partition(*world.known), world)


@pytest.mark.parametrize("beta", [0.3, 2.0])
def test_a_search_over_all_policies_ends_at_the_optimum(beta):
    reference, rewards = np.array([0.66, 0.12, 0.22]), np.array([1.0, -0.5, 1.5])

    def lost(logits):
        policy = softmax(logits)
        return beta * rel_entr(policy, reference).sum() - policy @ rewards

    found = softmax(minimize(lost, np.zeros(3), tol=1e-12).x)
    best = optimal_policy(torch.tensor(reference), torch.tensor(rewards), beta)
    assert found == pytest.approx(best.numpy(), abs=1e-5)


def test_an_optimum_by_hand():
    """Weights 0.5 e^0 = 0.5, 0.3 e^(log 2) = 0.6, 0.2 e^(log 4.5) = 0.9: Z is 2."""
    rewards = 3 * torch.tensor([1, 2, 4.5]).log()
    optimum = optimal_policy([0.5, 0.3, 0.2], rewards, beta=3)
    assert optimum.tolist() == pytest.approx([0.25, 0.3, 0.45])
    assert log_partition([0.5, 0.3, 0.2], rewards, beta=3).item() == pytest.approx(math.log(2))


def test_beta_leads_from_the_best_answer_to_the_reference():
    reference, rewards = [0.6, 0.3, 0.1], [1.0, 2.0, 2.5]
    assert optimal_policy(reference, rewards, 1e5).tolist() == pytest.approx(reference, abs=1e-4)
    assert optimal_policy(reference, rewards, 1e-3).tolist() == pytest.approx([0, 0, 1])
    moved = [optimal_policy(reference, rewards, beta)[2] for beta in (0.2, 0.5, 1, 3, 10)]
    assert moved == sorted(moved, reverse=True)


def test_a_constant_added_to_the_rewards_moves_no_policy():
    reference, rewards = torch.tensor([0.6, 0.3, 0.1]), torch.tensor([1.0, 2.0, -2.5])
    before, after = (optimal_policy(reference, rewards + c, 0.5) for c in (0, 64))
    assert torch.equal(before, after)
    gained = [log_partition(reference, rewards + c, 0.5).item() for c in (0, 64)]
    assert gained[1] - gained[0] == pytest.approx(64 / 0.5)


def test_float32_keeps_its_digits_where_r_over_beta_is_ten_thousand():
    reference = torch.tensor([0.5, 0.3, 0.2])
    rewards = torch.tensor([10.0, 10.001, -10.0])
    optimum = optimal_policy(reference, rewards, 1e-3)
    assert optimum.sum() == pytest.approx(1) and optimum[2] == 0
    # By hand: the ratio is 0.3 e^1 / 0.5; the rewards themselves have four decimals in float32.
    assert optimum[1] / optimum[0] == pytest.approx(0.6 * math.e, rel=2e-3)
    assert log_partition(reference, rewards, 1e-3) == pytest.approx(10000.3, abs=0.3)


def test_what_the_reference_never_gives_the_optimum_never_gives():
    reference = torch.tensor([0.75, 0.0, 0.25], requires_grad=True)
    rewards = torch.tensor([0.0, 1e30, 0.0], requires_grad=True)
    optimum = optimal_policy(reference, rewards, 0.1)
    assert optimum.tolist() == pytest.approx([0.75, 0, 0.25], rel=1e-6, abs=0)
    assert log_partition(reference, rewards, 0.1).item() == pytest.approx(0, abs=1e-6)
    optimum[0].backward()
    assert torch.isfinite(reference.grad).all() and torch.isfinite(rewards.grad).all()
    assert rlhf_objective([0.5, 0.5, 0.0], [0.75, 0.0, 0.25], [0.0, 9.0, 0.0], 0.1) == -math.inf


def test_prompts_are_rows():
    references = torch.tensor([[0.5, 0.5], [0.9, 0.1]])
    rewards = [0.0, 3.0]  # the same for both
    policies = optimal_policy(references, rewards, 2.0)
    assert torch.equal(policies[1], optimal_policy(references[1], rewards, 2.0))
    log_z = log_partition(references, rewards, 2.0)
    assert log_z.shape == rlhf_objective(policies, references, rewards, 2.0).shape == (2,)
    assert torch.allclose(rlhf_objective(policies, references, rewards, 2.0), 2 * log_z)
    again = reward_from_policies(policies.log(), references.log(), 2.0, log_z)
    assert torch.allclose(again, torch.tensor([rewards, rewards]), atol=1e-5)


def by_rows(function, *arguments):
    """A function of (2, 3, K) must say of each row what it says of that row alone."""
    *tables, beta = arguments
    found = function(*tables, beta)
    for i in range(2):
        for j in range(3):
            alone = function(*(table[i, j] for table in tables), beta)
            torch.testing.assert_close(found[i, j], alone)
    return found


def test_every_row_is_a_prompt_of_its_own():
    generator = torch.Generator().manual_seed(0)
    rows = torch.randn(3, 2, 3, 4, generator=generator, dtype=torch.float64)
    policy, reference, rewards = rows[0].softmax(-1), rows[1].softmax(-1), rows[2]
    assert by_rows(optimal_policy, reference, rewards, 0.5).shape == (2, 3, 4)
    assert by_rows(optimal_logps, reference, rewards, 0.5).shape == (2, 3, 4)
    log_z = by_rows(log_partition, reference, rewards, 0.5)
    assert by_rows(rlhf_objective, policy, reference, rewards, 0.5).shape == log_z.shape == (2, 3)
    best = optimal_logps(reference, rewards, 0.5)
    found = reward_from_policies(best, reference.log(), 0.5, log_z)
    torch.testing.assert_close(found, rewards)
    torch.testing.assert_close(reward_from_policies(best, reference.log()[0, 0], 0.5)[0, 0],
                               rewards[0, 0] - 0.5 * log_z[0, 0])  # fmt: skip


def test_a_world_is_kept_in_float64():
    tenths = torch.full((10,), 0.1)  # in float32 they sum to 1.0000000149
    world = World(tenths, torch.arange(10.0), 1.0, (0, 1), tenths)
    for chances in (world.reference, world.policy):
        assert chances.dtype == torch.float64
        assert chances.sum().item() == pytest.approx(1, abs=1e-14)
    assert world.rewards.dtype == torch.float64


@pytest.mark.parametrize("bad", [0, -1, math.nan, torch.tensor([]), [0.5], "1", None])
def test_beta_is_one_number_above_zero(bad):
    even, rewards = [0.5, 0.5], [0.0, 1.0]
    for call in (
        lambda: optimal_policy(even, rewards, bad),
        lambda: optimal_logps(even, rewards, bad),
        lambda: log_partition(even, rewards, bad),
        lambda: rlhf_objective(even, even, rewards, bad),
        lambda: reward_from_policies(rewards, rewards, bad),
        lambda: World(even, rewards, bad, (0, 1), even),
    ):
        with pytest.raises((ValueError, TypeError), match="^beta "):
            call()


@pytest.mark.parametrize(
    "function",
    [
        lambda p, r: optimal_policy(p.softmax(-1), r, 0.7),
        lambda p, r: log_partition(p.softmax(-1), r, 0.7),
        lambda p, r: rlhf_objective(r.softmax(-1), p.softmax(-1), r, 0.7),
        lambda p, r: reward_from_policies(p, r, 0.7, p.sum(-1)),
    ],
)
def test_gradients_are_those_of_finite_differences(function):
    rows = torch.randn(2, 2, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert torch.autograd.gradcheck(function, tuple(rows.requires_grad_()))


def test_without_z_the_reward_is_the_implicit_reward():
    policy, reference = torch.tensor([-1.0, -2.0, -0.1]), torch.tensor([-2.0, -1.5, -0.3])
    wanted = implicit_reward(policy, reference, 0.3)
    assert torch.equal(reward_from_policies(policy, reference, 0.3), wanted)


@pytest.mark.parametrize(
    "function, arguments, sentence",
    [
        (optimal_policy, ([0.5, 0.6], [0, 1], 1), "reference sums to 1.1"),
        (optimal_policy, ([0.5, 0.5], [0, math.nan], 1), "rewards holds nan"),
        (optimal_policy, ([0.5, 0.5], [0, 1], 0), "beta is 0, but it must be .* above zero"),
        (optimal_policy, ([0.5, 0.5], [0, 1, 2], 1), "rewards has shape .3,., .* K = 2, as in ref"),
        (optimal_policy, ([1.0], [0, 1, 2], 1), "with K = 1, as in reference"),
        (optimal_policy, ([0.5, 0.5], 3, 1), "rewards has shape ()"),
        (optimal_policy, ([[1.0, 0.0]] * 2, [[0, 1]] * 3, 1), "the same or broadcast"),
        (log_partition, ([-0.5, 1.5], [0, 1], 1), "reference holds -0.5"),
        (rlhf_objective, ([0.5, 0.6], [0.5, 0.5], [0, 1], 1), "policy sums to 1.1"),
        (rlhf_objective, ([0.5, 0.5], [1.0], [0, 1], 1), "reference has .* K = 2, as in policy"),
        (reward_from_policies, ([0, -math.inf], [-1, -1], 1), "policy_logps holds -inf"),
        (reward_from_policies, ([0, -1], [-1, -1, -1], 1), "K = 2, as in policy_logps"),
        (reward_from_policies, ([[0, -1]] * 2, [-1, -1], 1, [0, 1, 2]), "the same or broadcast"),
        (reward_from_policies, ([0, -1], [-1, -1], 1, math.nan), "log_z is nan"),
        (rlhf_objective, ([0.5, 0.5], [0.5, 0.6], [0, 1], 1), "reference sums to 1.1"),
        (World, ([0.5, 0.6], [0, 1], 1, (0, 1), [0.5, 0.5]), "reference sums to 1.1"),
        (World, ([0.5, 0.5], [0, 1], 1, (0, 1), [0.5, 0.6]), "policy sums to 1.1"),
        (World, ([0.5, 0.5], [0, 1], 1, (0, 1), [0.0, 1.0]), "policy holds 0"),
        (World, ([0.5, 0.5], [0, 1], 1, None, [0.5, 0.5]), "pair is None, but"),
        (World, ([0.5, 0.5], [0, 1], 1, (0, 1, 0), [0.5, 0.5]), "pair is .0, 1, 0., but"),
        (World, ([0.5, 0.5], [0, 1], 1, ([0], [1]), [0.5, 0.5]), "pair is .*, but"),
        (World, ([0.5, 0.5], [0, 1], 1, (0, 2), [0.5, 0.5]), "pair is .0, 2., but"),
        (World, ([0.5, 0.5], [0, 1], 1, (0, 0), [0.5, 0.5]), "pair is .0, 0., but"),
        (World, ([1.0, 0.0], [0, 1], 1, (0, 1), [0.5, 0.5]), "reference holds 0"),
        (World, ([0.5, 0.5], [0, 1, 2], 1, (0, 1), [0.5, 0.5]), "rewards has shape .3,."),
        (likelihood, ([],), "margins is empty"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence(function, arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        function(*arguments)


# --- the derivation -----------------------------------------------------------------------------


@each_line
@given(world=worlds())
def test_both_sides_of_every_line_are_equal(name, world):
    left, right = LINES[name].left(world), LINES[name].right(world)
    assert left.shape == right.shape and left.dtype == right.dtype == torch.float64
    assert close(left, right, world)


@each_line
def test_a_line_says_something_of_its_world(name):
    """Both sides change with what the line speaks of: no line is true because it is empty."""
    first = World([0.7, 0.2, 0.1], [5.0, 2.0, 4.0], 0.5, (0, 1), [0.3, 0.3, 0.4])
    second = World([0.4, 0.4, 0.2], [3.0, 1.0, 4.5], 2.0, (0, 1), [0.1, 0.5, 0.4])
    for side in (LINES[name].left, LINES[name].right):
        assert not torch.allclose(side(first), side(second), rtol=0.05)


@pytest.mark.parametrize("name, wanted", [("choice", 1.0), ("loss", 0.9241), ("optimum", 2000.0)])
def test_a_large_reward_over_a_small_beta_breaks_nothing(name, wanted):
    """By hand: 0.1 (log(0.1 / 0.8) - log(0.9 / 0.2)) = -0.3584, log(1 + e^0.3584) = 0.8883, …"""
    world = World([0.8, 0.2], [2000.0, -2000.0], 0.1, (0, 1), [0.1, 0.9])
    wanted = math.log1p(math.exp(0.35836)) if name == "loss" else wanted
    for side in (LINES[name].left, LINES[name].right):
        assert side(world).item() == pytest.approx(wanted, rel=1e-4)


@given(worlds())
def test_the_lines_against_numpy(world):
    """Each line's left side once more, from the equation alone."""
    reference, rewards, beta, policy = arrays(world)
    won, lost = world.pair
    log_z = logsumexp(log_weights(world))
    optimum_logs = log_weights(world) - log_z
    margin = beta * (np.log(policy[won] / reference[won]) - np.log(policy[lost] / reference[lost]))
    direction = np.eye(len(policy))[lost] - np.eye(len(policy))[won]
    wanted = {
        "aim": policy @ rewards - beta * rel_entr(policy, reference).sum(),
        "divergence": beta * log_z - beta * policy @ (np.log(policy) - optimum_logs),
        "optimum": beta * log_z,
        "reward": beta * (optimum_logs - np.log(reference) + log_z),
        "choice": expit(rewards[won] - rewards[lost]),
        "loss": -log_expit(margin),
        "gradient": beta * expit(-margin) * direction,
    }
    assert wanted.keys() == LINES.keys()
    for name, line in LINES.items():
        assert close(line.left(world), wanted[name], world), name


@given(worlds())
def test_the_loss_is_the_loss_of_dpo(world):
    places = [[place] for place in world.pair]
    logps = [p.log()[place] for p in (world.policy, world.reference) for place in places]
    loss = dpo_loss(*logps, world.beta)
    assert close(LINES["loss"].right(world), loss, world)


@given(st.integers(2, 5).flatmap(lambda size: st.tuples(worlds(size), worlds())))
def test_between_two_prompts_z_does_not_cancel(two):
    first, second = two
    gap = [world.beta * logsumexp(log_weights(world)) for world in two]
    off = TWO_PROMPTS.left(first, second) - TWO_PROMPTS.right(first, second)
    assert np.allclose(off, gap[0] - gap[1], atol=1e-9)
    same = [side(first, first) for side in (TWO_PROMPTS.left, TWO_PROMPTS.right)]
    assert close(*same, first)


def test_two_prompts_by_hand():
    """Z is 0.5 · 1 + 0.5 · 3 = 2 for the first, 0.5 · 3 + 0.5 · 9 = 6 for the second prompt."""
    rewards = torch.tensor([1.0, 3.0, 9.0], dtype=torch.float64).log()
    first = World([0.5, 0.5], rewards[:2], 1.0, (1, 0), [0.5, 0.5])
    second = World([0.5, 0.5], rewards[1:], 1.0, (1, 0), [0.5, 0.5])
    assert TWO_PROMPTS.left(first, second).item() == pytest.approx(0)  # log 3 - log 3
    assert TWO_PROMPTS.right(first, second).item() == pytest.approx(math.log(3))


@pytest.mark.parametrize("line", [*DERIVATION, TWO_PROMPTS], ids=lambda line: line.name)
def test_the_formula_of_every_line_can_be_set(line):
    assert MathTextParser("path").parse(f"${line.latex}$").width > 0
    assert line.sentence.endswith(".") and len(line.sentence) < 100


@given(st.lists(st.floats(-30, 30), min_size=1, max_size=20))
def test_the_product_of_all_choices_says_what_the_loss_says(margins):
    read = likelihood(torch.tensor(margins, dtype=torch.float64))
    chances = [1 / (1 + math.exp(-margin)) for margin in margins]
    assert read.probabilities.tolist() == pytest.approx(chances)
    assert read.product.item() == pytest.approx(math.prod(chances))
    assert read.log_product.item() == pytest.approx(sum(map(math.log, chances)), abs=1e-9)
    assert math.exp(-len(margins) * read.loss.item()) == pytest.approx(math.prod(chances))


def test_the_log_survives_where_the_product_is_rounded_to_zero():
    read = likelihood(torch.zeros(5000))
    assert read.product == 0 and read.loss == pytest.approx(math.log(2))
    assert read.log_product == pytest.approx(-5000 * math.log(2), rel=1e-4)
