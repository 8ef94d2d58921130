"""Oracles: numbers worked by hand, scipy, the sums that recursions abbreviate, an enumerated world,
finite differences."""

import doctest
import math
from fractions import Fraction

import pytest
import scipy.stats
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import tensor

from pedagogy.maths import advantages, masks, policy_losses, shaped_rewards
from pedagogy.maths.advantages import (
    gae,
    response_gae,
    whiten,
)
from pedagogy.maths.masks import (
    masked_mean,
)
from pedagogy.maths.policy_losses import (
    clip_fraction,
    clipped_surrogate_loss,
    clipped_value_loss,
    entropy,
)
from pedagogy.maths.shaped_rewards import (
    kl_shaped_rewards,
)

numbers = st.integers(-10_000, 10_000).map(lambda n: n / 1000)
fractions = st.floats(0, 1)


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("module", [masks, shaped_rewards, advantages, policy_losses])
def test_the_numbers_in_the_docstrings(module):
    assert doctest.testmod(module).failed == 0


# Masks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.bool, torch.int64, torch.float32])
def test_masked_mean_is_the_mean_of_what_counts(dtype):
    """Of two ragged rows 1, 2 and 6 count: 9 / 3 = 3; the mean of the row means would be 3.75."""
    values = tensor([[1.0, 2.0, math.nan], [6.0, math.inf, 99.0]])
    mask = tensor([[1, 1, 0], [1, 0, 0]], dtype=dtype)
    assert masked_mean(values, mask).item() == 3


def test_the_padding_gets_no_gradient_and_no_nan():
    values = tensor([1.0, 2.0, math.nan], requires_grad=True)
    masked_mean(values, [1, 1, 0]).backward()
    assert values.grad.tolist() == [0.5, 0.5, 0]


@pytest.mark.parametrize(
    "values, mask, sentence",
    [
        ([1, 2], [0, 0], "mask marks no token, but it must mark at least one"),
        ([1, 2], [1, 0.5], "mask holds 0.5, but it must hold only 0 and 1"),
        ([1, 2], [1], r"values has shape \(2,\) and mask has shape \(1,\)"),
        ([], [], "mask marks no token"),
    ],
)
def test_masks_that_make_no_sense_are_refused(values, mask, sentence):
    with pytest.raises(ValueError, match=sentence):
        masked_mean(values, mask)


# Shaped rewards --------------------------------------------------------------------------------

SCORES = tensor([2.0, -1.0])
POLICY = tensor([[-9.0, -1.0, -2.0, -9.0], [-9.0, -0.5, -1.5, -3.0]])
REFERENCE = tensor([[-1.0, -1.5, -1.0, -2.0], [-3.0, -2.5, -1.0, -1.0]])
MASK = tensor([[0, 1, 1, 0], [0, 1, 1, 1]])


def test_shaped_rewards_by_hand():
    """Log-ratios (0.5, -1) and (2, -0.5, -2), times -0.1, with the score on the last of each."""
    expected = tensor([[0, -0.05, 0.1 + 2, 0], [0, -0.2, 0.05, 0.2 - 1]])
    found = kl_shaped_rewards(SCORES, POLICY, REFERENCE, MASK, beta=0.1)
    torch.testing.assert_close(found, expected)


def test_at_beta_0_only_the_score_is_left():
    found = kl_shaped_rewards(SCORES, POLICY, REFERENCE, MASK, beta=0)
    assert found.tolist() == [[0, 0, 2, 0], [0, 0, 0, -1]]


def test_a_response_of_one_token_gets_score_and_price_at_once():
    found = kl_shaped_rewards(SCORES[:1], POLICY[:1], REFERENCE[:1], tensor([[0, 0, 1, 0]]), 0.1)
    torch.testing.assert_close(found, tensor([[0, 0, 2.1, 0]]))


@given(st.floats(0, 100), st.integers(0, 99))
def test_shaped_rewards_add_up_to_the_objective(beta, seed):
    """The sum of a row is r(x, y) - beta log(π(y|x) / π_ref(y|x))."""
    scores, policy, reference = random(2, seed=seed), random(2, 4, seed=seed + 1), random(2, 4)
    found = kl_shaped_rewards(scores, policy, reference, MASK, beta)
    log_ratios = [policy[i][MASK[i] == 1].sum() - reference[i][MASK[i] == 1].sum() for i in (0, 1)]
    torch.testing.assert_close(found.sum(-1), scores - beta * torch.stack(log_ratios))


def test_a_larger_beta_makes_the_same_departure_dearer():
    moved = REFERENCE + 0.5  # likelier than under the reference, token by token
    totals = [
        kl_shaped_rewards(SCORES, moved, REFERENCE, MASK, b).sum().item() for b in (0, 0.1, 1)
    ]
    assert totals == sorted(totals, reverse=True) and len(set(totals)) == 3


@pytest.mark.parametrize("dtype", [torch.bool, torch.float32])
def test_any_dtype_of_the_mask_will_do(dtype):
    found = kl_shaped_rewards(SCORES, POLICY, REFERENCE, MASK.to(dtype), beta=0.1)
    expected = kl_shaped_rewards(SCORES, POLICY, REFERENCE, MASK, beta=0.1)
    assert found.equal(expected)


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"scores": tensor([math.nan, 0.0])}, "scores holds nan, but it must be finite"),
        ({"scores": tensor([1.0])}, "with B = 1, as in scores"),
        ({"policy_logps": POLICY[:, :3]}, "with T = 3, as in policy_logps"),
        ({"reference_logps": -math.inf * MASK}, "reference_logps holds -inf"),
        ({"completion_mask": MASK * tensor([[1], [0]])}, "completion_mask marks no token in row 1"),
        ({"completion_mask": 2 * MASK}, "completion_mask holds 2"),
        ({"beta": -0.1}, "beta is -0.1, but it must be a finite number not below zero"),
    ],
)
def test_rewards_that_cannot_be_shaped_are_refused(change, sentence):
    arguments = {
        "scores": SCORES,
        "policy_logps": POLICY,
        "reference_logps": REFERENCE,
        "completion_mask": MASK,
        "beta": 0.1,
    }
    with pytest.raises(ValueError, match=sentence):
        kl_shaped_rewards(**{**arguments, **change})


# Advantages ------------------------------------------------------------------------------------

rollouts = st.integers(1, 6).flatmap(
    lambda n: st.tuples(
        st.lists(numbers, min_size=n, max_size=n),
        st.lists(numbers, min_size=n, max_size=n),
        numbers,
        st.lists(st.integers(0, 1), min_size=n, max_size=n),
    )
)


def in_double(rewards, values, next_value, dones):
    rewards, values, next_value = (
        tensor(x, dtype=torch.float64) for x in (rewards, values, next_value)
    )
    return rewards, values, next_value, tensor(dones)


def gae_as_a_sum(rewards, values, next_value, dones, gamma, lam):
    """A_t = sum over l of (gamma lam)^l delta_{t+l}, as far as the episode goes: no recursion."""
    following = [*values[1:], next_value]
    found = []
    for t in range(len(rewards)):
        total = 0.0
        for step in range(t, len(rewards)):
            after = 0.0 if dones[step] else following[step]
            delta = rewards[step] + gamma * after - values[step]
            total += (gamma * lam) ** (step - t) * delta
            if dones[step]:
                break
        found.append(total)
    return found


@given(rollouts, fractions, fractions)
def test_gae_is_the_weighted_sum_of_the_errors_to_come(rollout, gamma, lam):
    found = gae(*in_double(*rollout), gamma, lam)
    assert found.tolist() == pytest.approx(gae_as_a_sum(*rollout, gamma, lam), abs=1e-9)


@given(rollouts, fractions)
def test_at_lam_0_gae_is_the_error_of_one_step(rollout, gamma):
    rewards, values, next_value, dones = in_double(*rollout)
    following = torch.cat([values[1:], next_value[None]])
    error = rewards + gamma * following * (1 - dones) - values
    torch.testing.assert_close(gae(rewards, values, next_value, dones, gamma, lam=0), error)


@given(rollouts, fractions)
def test_at_lam_1_gae_is_the_return_minus_the_value(rollout, gamma):
    rewards, values, next_value, dones = in_double(*rollout)
    returns, coming = [], next_value.item()
    for reward, done in zip(rollout[0][::-1], rollout[3][::-1], strict=True):
        coming = reward + gamma * (0 if done else coming)
        returns.insert(0, coming)
    found = gae(rewards, values, next_value, dones, gamma, lam=1)
    assert (found + values).tolist() == pytest.approx(returns, abs=1e-9)


def test_nothing_leaks_through_a_done_in_mid_rollout():
    """gamma 0.9, lam 0.8. Step 2: 3 + 0.9·10 - 1000 = -988. Step 1 ended: 2 - 1 = 1.
    Step 0: 1 + 0.9·1 - 0.5 = 1.4, plus 0.72·1 = 2.12. The 1000 after the end is not felt."""
    found = gae([1, 2, 3], [0.5, 1, 1000], 10, [0, 1, 0], gamma=0.9, lam=0.8)
    torch.testing.assert_close(found, tensor([2.12, 1, -988]))


def test_a_done_at_the_end_silences_the_value_after_it():
    assert gae([1], [0.25], 1000, [1], gamma=0.9, lam=0.8).tolist() == [0.75]
    assert gae([1], [0.25], 1000, [0], gamma=0.9, lam=0.8).tolist() == [900.75]


@pytest.mark.parametrize("dtype", [torch.bool, torch.int64, torch.float32])
def test_dones_of_any_dtype_will_do(dtype):
    found = gae([1, 2], [2, 3], 4, tensor([1, 0], dtype=dtype), gamma=0.9, lam=0.5)
    torch.testing.assert_close(found, tensor([-1, 2.6]))


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"rewards": []}, "rewards is empty, but there must be at least one step"),
        ({"rewards": [], "values": [], "dones": []}, "rewards is empty"),
        ({"values": [1.0]}, r"values has shape \(1,\)"),
        ({"next_value": [1.0]}, r"next_value has shape \(1,\), but it must be \(\)"),
        ({"dones": [0, 0.5]}, "dones holds 0.5, but it must hold only 0 and 1"),
        ({"values": [0, math.inf]}, "values holds inf"),
        ({"gamma": 1.1}, "gamma is 1.1, but it must be between 0 and 1"),
        ({"lam": -0.1}, "lam is -0.1, but it must be between 0 and 1"),
        ({"lam": math.nan}, "lam is nan"),
    ],
)
def test_rollouts_that_make_no_sense_are_refused(change, sentence):
    arguments = {
        "rewards": [1, 2],
        "values": [2, 3],
        "next_value": 4,
        "dones": [0, 0],
        "gamma": 0.9,
        "lam": 0.5,
    }
    with pytest.raises(ValueError, match=sentence):
        gae(**{**arguments, **change})


RAGGED = tensor(
    [
        [0, 0, 1, 1, 1, 0, 0],
        [1, 1, 1, 1, 1, 1, 1],
        [0, 0, 0, 0, 0, 0, 1],
        [1, 1, 0, 0, 1, 0, 0],  # a gap is passed over like the padding
    ]
)


@given(fractions, fractions, st.integers(0, 99))
def test_response_gae_is_gae_row_by_row(gamma, lam, seed):
    rewards, values = random(4, 7, seed=seed), random(4, 7, seed=seed + 1)
    found = response_gae(rewards, values, RAGGED, gamma, lam)
    for i, mask in enumerate(RAGGED.bool()):
        r, v = rewards[i, mask], values[i, mask]
        ends = tensor([0] * (len(r) - 1) + [1])
        torch.testing.assert_close(found[i, mask], gae(r, v, 1e6, ends, gamma, lam))
    assert (found[RAGGED == 0] == 0).all()


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"values": torch.zeros(4, 6)}, "with T = 7, as in rewards"),
        ({"values": math.nan * RAGGED}, "values holds nan"),
        ({"completion_mask": 0 * RAGGED}, "completion_mask marks no token in row 0"),
        ({"gamma": 99}, "gamma is 99, but it must be between 0 and 1"),
    ],
)
def test_responses_that_make_no_sense_are_refused(change, sentence):
    arguments = {
        "rewards": torch.zeros(4, 7),
        "values": torch.zeros(4, 7),
        "completion_mask": RAGGED,
        "gamma": 0.9,
        "lam": 0.5,
    }
    with pytest.raises(ValueError, match=sentence):
        response_gae(**{**arguments, **change})


def test_whole_rewards_make_broken_advantages():
    """gamma 0.9, lam 0.5: the last is 1 - 0.5 = 0.5, before it 0.9 · 0.5 - 0.5 + 0.45 · 0.5."""
    found = response_gae(
        tensor([[0, 0, 1]]), tensor([[9.0, 0.5, 0.5]]), tensor([[0, 1, 1]]), 0.9, 0.5
    )
    torch.testing.assert_close(found, tensor([[0, 0.175, 0.5]]))


@pytest.mark.parametrize("name", ["gamma", "lam"])
@pytest.mark.parametrize("bad", [tensor([]), [0.5], math.nan, 1.5, -0.5, "1", None])
def test_gamma_and_lam_are_one_number_from_0_to_1(name, bad):
    numbers = {"gamma": 1, "lam": 1, name: bad}
    for call in (
        lambda: gae([1.0], [1.0], 0.0, [1], **numbers),
        lambda: response_gae(tensor([[1.0]]), tensor([[1.0]]), tensor([[1]]), **numbers),
    ):
        with pytest.raises((ValueError, TypeError), match=f"^{name} "):
            call()


@given(st.lists(numbers, min_size=2, max_size=9).filter(lambda x: max(x) - min(x) > 0.01))
def test_whitened_advantages_are_scipys_z_scores(values):
    found = whiten(tensor([99.0, *values, -99.0], dtype=torch.float64), [0, *[1] * len(values), 0])
    assert found[1:-1].tolist() == pytest.approx(scipy.stats.zscore(values), abs=1e-6)
    assert found[0] == found[-1] == 0


@pytest.mark.parametrize("alike", [[5.0], [0.0, 0.0], [0.1] * 7, [-1e6] * 3])
def test_advantages_that_are_all_alike_give_zeros(alike):
    assert whiten(tensor(alike), torch.ones(len(alike))).tolist() == [0] * len(alike)


def test_small_advantages_are_whitened_as_well_as_large_ones():
    assert whiten([-1e-9, 1e-9], [1, 1]).tolist() == pytest.approx([-1, 1])


def test_an_advantage_that_is_not_finite_is_refused_only_where_it_counts():
    assert whiten([-1.0, 1.0, math.nan], [1, 1, 0]).tolist() == [-1, 1, 0]
    with pytest.raises(ValueError, match="advantages holds nan"):
        whiten([-1.0, 1.0, math.nan], [1, 1, 1])


def test_returns_formed_after_whitening_would_be_no_returns():
    """One step, reward 7, value 2: the target of the critic is 7. Whitened first, it would be 2."""
    advantage = response_gae(tensor([[7.0]]), tensor([[2.0]]), tensor([[1]]), gamma=1, lam=1)
    assert (advantage + 2).item() == 7
    assert (whiten(advantage, [[1]]) + 2).item() == 2


# Padding ---------------------------------------------------------------------------------------


@given(st.integers(0, 3), st.integers(0, 3), st.sampled_from([0.0, -50.0, math.nan, math.inf]))
def test_more_padding_or_another_padding_changes_nothing(left, right, filler):
    def padded(x, value=filler):
        return torch.nn.functional.pad(x, (left, right), value=value)

    def inner(x):
        return x[:, left : left + MASK.shape[1]]

    shaped = kl_shaped_rewards(SCORES, POLICY, REFERENCE, MASK, 0.1)
    mask = padded(MASK, 0)
    again = kl_shaped_rewards(SCORES, padded(POLICY), padded(REFERENCE), mask, 0.1)
    assert inner(again).equal(shaped)
    advantage = response_gae(shaped, POLICY, MASK, 0.9, 0.8)
    again = response_gae(padded(shaped), padded(POLICY), mask, 0.9, 0.8)
    assert inner(again).equal(advantage)
    assert inner(whiten(padded(advantage), mask)).equal(whiten(advantage, MASK))
    assert masked_mean(padded(advantage), mask).equal(masked_mean(advantage, MASK))


# The policy's loss -----------------------------------------------------------------------------

# epsilon 0.2. The loss is -min(ratio A, clip(ratio) A); its slope by logps is -ratio A where the
# min picks the plain product, since d ratio / d logps = ratio, and 0 where it picks the clipped.
TABLE = [  # ratio, A, loss, slope, held by the clip
    (0.5, 2.0, -1.0, -1.0, False),  # min(1.0, 1.6)
    (1.0, 2.0, -2.0, -2.0, False),  # min(2.0, 2.0)
    (1.5, 2.0, -2.4, 0.0, True),  # min(3.0, 2.4)
    (0.5, -2.0, 1.6, 0.0, True),  # min(-1.0, -1.6)
    (1.0, -2.0, 2.0, 2.0, False),  # min(-2.0, -2.0)
    (1.5, -2.0, 3.0, 3.0, False),  # min(-3.0, -2.4)
    (1.5, 0.0, 0.0, 0.0, False),  # no advantage, nothing to hold
]


@pytest.mark.parametrize("old", [0.0, -3.0])
@pytest.mark.parametrize("ratio, advantage, loss, slope, held", TABLE)
def test_the_clipped_loss_by_hand(ratio, advantage, loss, slope, held, old):
    logps = tensor([old + math.log(ratio)], dtype=torch.float64, requires_grad=True)
    found = clipped_surrogate_loss(logps, [old], [advantage], clip_epsilon=0.2)
    found.backward()
    assert found.item() == pytest.approx(loss, abs=1e-6)
    assert logps.grad.item() == pytest.approx(slope, abs=1e-6)
    assert clip_fraction(logps, [old], [advantage], clip_epsilon=0.2).item() == held


def test_the_loss_is_the_mean_of_the_table_and_the_fraction_its_share():
    ratios, signs, values, _, held = (tensor(column) for column in zip(*TABLE, strict=True))
    old = torch.zeros(7)
    assert clipped_surrogate_loss(ratios.log(), old, signs, 0.2).item() == pytest.approx(
        values.mean().item()
    )
    assert clip_fraction(ratios.log(), old, signs, 0.2).item() == pytest.approx(
        held.float().mean().item()
    )


@given(st.lists(st.tuples(st.floats(-2, 2), numbers), min_size=1, max_size=9), st.floats(0.05, 0.9))
def test_clipped_are_the_tokens_that_no_longer_pull(pairs, epsilon):
    """Oracle: the gradient of each token, which is zero where the clip holds it (or A is 0)."""
    logps, advantage = tensor(pairs, dtype=torch.float64).T
    logps = logps.clone().requires_grad_()
    old = torch.zeros_like(logps)
    clipped_surrogate_loss(logps, old, advantage, epsilon).backward()
    still = (logps.grad == 0) & (advantage != 0)
    found = clip_fraction(logps, old, advantage, epsilon)
    assert found.item() == pytest.approx(still.double().mean().item())


@given(st.lists(st.tuples(st.floats(-2, 2), numbers), min_size=1, max_size=9))
def test_the_clipped_loss_is_never_below_the_unclipped(pairs):
    logps, advantage = tensor(pairs, dtype=torch.float64).T
    old = torch.zeros_like(logps)
    plain = -(logps.exp() * advantage).mean()
    assert clipped_surrogate_loss(logps, old, advantage, 0.2) >= plain - 1e-9
    torch.testing.assert_close(clipped_surrogate_loss(logps, old, advantage, 1e6), plain)


def test_at_ratio_1_the_gradient_is_that_of_the_exact_objective():
    """A world of one-word answers with π = (1/2, 1/4, 1/4): the batch 0, 0, 1, 2 holds each as
    often as it is said, so the mean loss is an exact expectation. Its gradient is minus that of
    sum_y π(y) A(y); by hand -π_y (A_y - mean A) with mean A = 1/2 - 1 + 1/4 · 8 = 1.5."""
    advantage = tensor([1.0, -4.0, 8.0], dtype=torch.float64)
    logits = tensor([0.5, 0.25, 0.25], dtype=torch.float64).log().requires_grad_()
    said = tensor([0, 0, 1, 2])
    logps = logits.log_softmax(-1)[said]
    loss = clipped_surrogate_loss(logps, logps.detach(), advantage[said], clip_epsilon=0.2)
    (sampled,) = torch.autograd.grad(loss, logits)
    (exact,) = torch.autograd.grad((logits.softmax(-1) * advantage).sum(), logits)
    torch.testing.assert_close(sampled, -exact)
    assert sampled.tolist() == pytest.approx([0.25, 1.375, -1.625])


@pytest.mark.parametrize("loss", [clipped_surrogate_loss, clipped_value_loss])
def test_gradients_are_those_of_finite_differences(loss):
    new, old, third = random(9, seed=1), random(9, seed=2), random(9, seed=3)
    assert torch.autograd.gradcheck(lambda x: loss(x, old, third, 0.2), new.requires_grad_())


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
@pytest.mark.parametrize("log_ratio", [-1000.0, 89.0, 1000.0])
def test_however_far_the_policy_went_loss_and_gradient_are_finite(log_ratio, dtype):
    """exp(89) is inf in float32, and inf · 0 nan: the loss at A = 0, and the gradient at A = 1,
    where the clip holds the token. At A = -1 it is not held, and still pulls back."""
    for advantage in (1.0, 0.0, -1.0):
        logps = tensor([log_ratio], dtype=dtype, requires_grad=True)
        loss = clipped_surrogate_loss(logps, [0.0], [advantage], 0.2)
        loss.backward()
        assert loss.isfinite() and logps.grad.isfinite().all()
        pulls = advantage < 0 and log_ratio > 0
        assert (logps.grad > 0).item() == pulls and (loss > 100).item() == pulls
        if log_ratio > 0 and advantage > 0:
            assert loss.item() == pytest.approx(-1.2, abs=1e-3)


def test_below_overflow_nothing_is_held_back():
    """e^40 = 2.3538527e17; half of float32's range ends at 44.36."""
    loss = clipped_surrogate_loss(tensor([40.0]), [0.0], [-1.0], 0.2)
    assert loss.item() == pytest.approx(2.3538527e17)
    more = clipped_surrogate_loss(tensor([44.0, 60.0]), [0.0, 0.0], [-1.0, -1.0], 0.2)
    assert more.item() == pytest.approx((math.exp(44) + math.exp(44.3614)) / 2, rel=1e-3)


@pytest.mark.parametrize("loss", [clipped_surrogate_loss, clipped_value_loss])
def test_only_what_is_in_training_gets_a_gradient(loss):
    """The rest is constant: with the very same tensor as old_logps, the slope is still -A."""
    rows = [random(5, seed=seed).requires_grad_() for seed in range(3)]
    loss(*rows, 0.2).backward()
    assert rows[0].grad is not None and rows[1].grad is None and rows[2].grad is None
    logps = tensor([-1.0], requires_grad=True)
    clipped_surrogate_loss(logps, logps, [2.0], 0.2).backward()
    assert logps.grad.item() == -2


def test_the_share_of_float64_is_float64():
    found = clip_fraction(random(7), random(7, seed=1), random(7, seed=2), 0.2)
    assert found.dtype == torch.float64


def test_epsilon_may_be_any_kind_of_one_number_and_nothing_else():
    for loss in (clipped_surrogate_loss, clip_fraction, clipped_value_loss):
        found = [loss([0.5], [0.0], [1.0], e).item() for e in (0.25, tensor(0.25), Fraction(1, 4))]
        assert len(set(found)) == 1
        for bad in (0, -0.1, math.nan, tensor([]), [0.2], tensor([[0.2]]), "0.2"):
            with pytest.raises((ValueError, TypeError), match="clip_epsilon"):
                loss([0.5], [0.0], [1.0], bad)


@pytest.mark.parametrize("loss", [clipped_surrogate_loss, clip_fraction])
@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"advantages": tensor([1.0])}, "with N = 2, as in logps"),
        ({"logps": tensor([[0.0, 0.0]])}, r"logps has shape \(1, 2\), but it must be \(N,\)"),
        ({"logps": tensor([math.nan, 0.0])}, "logps holds nan"),
        ({"old_logps": tensor([-math.inf, 0.0])}, "old_logps holds -inf"),
        ({"clip_epsilon": 0.0}, "clip_epsilon is 0, but it must be a finite number above zero"),
        (
            {"logps": torch.ones(0), "old_logps": torch.ones(0), "advantages": torch.ones(0)},
            "logps is empty, but there must be at least one token",
        ),
    ],
)
def test_tokens_that_make_no_loss_are_refused(loss, change, sentence):
    arguments = {
        "logps": torch.zeros(2),
        "old_logps": torch.zeros(2),
        "advantages": torch.ones(2),
        "clip_epsilon": 0.2,
    }
    with pytest.raises(ValueError, match=sentence):
        loss(**{**arguments, **change})


# The critic's loss, entropy --------------------------------------------------------------------


@pytest.mark.parametrize(
    "value, loss, slope",
    [  # Vold 1, R 3, epsilon 0.5: the clipped value lies in 0.5 … 1.5
        (0.0, 4.5, -3.0),  # (0 - 3)² = 9 beats (0.5 - 3)² = 6.25: a step away still pulls back
        (1.25, 1.53125, -1.75),  # inside the band both are 1.75²
        (2.0, 1.125, 0.0),  # (1.5 - 3)² = 2.25 beats (2 - 3)² = 1: held
        (5.0, 2.0, 2.0),  # (5 - 3)² = 4 beats 2.25: far beyond the target, it pulls back
    ],
)
def test_the_value_loss_by_hand(value, loss, slope):
    values = tensor([value], requires_grad=True)
    found = clipped_value_loss(values, [1.0], [3.0], clip_epsilon=0.5)
    found.backward()
    assert found.item() == pytest.approx(loss)
    assert values.grad.item() == pytest.approx(slope)


def test_the_value_loss_is_a_mean_and_without_a_clip_half_the_squared_error():
    """Errors 1, -2, 3: (1 + 4 + 9) / 3 / 2 = 2.3333."""
    found = clipped_value_loss([1.0, 0.0, 5.0], [0.0, 0.0, 0.0], [0.0, 2.0, 2.0], clip_epsilon=1e6)
    assert found.item() == pytest.approx(7 / 3)


def test_the_value_loss_when_the_critic_moves_down():
    """V 0.3, Vold 1, R 0, epsilon 0.5: max(0.3², 0.5²) / 2 = 0.125."""
    assert clipped_value_loss([0.3], [1.0], [0.0], clip_epsilon=0.5).item() == 0.125


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"old_values": [1.0]}, "old_values has shape .1,., .* with N = 2, as in values"),
        ({"returns": [1.0]}, "returns has shape .1,., .* with N = 2, as in values"),
        ({"values": [math.nan, 0.0]}, "values holds nan"),
        ({"returns": [math.inf, 0.0]}, "returns holds inf"),
    ],
)
def test_values_that_make_no_loss_are_refused(change, sentence):
    arguments = {"values": [0.0, 0.0], "old_values": [0.0, 0.0], "returns": [0.0, 0.0]}
    with pytest.raises(ValueError, match=sentence):
        clipped_value_loss(**{**arguments, **change}, clip_epsilon=0.2)


def test_a_value_loss_of_nothing_is_refused():
    with pytest.raises(ValueError, match="values is empty"):
        clipped_value_loss([], [], [], clip_epsilon=0.2)


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=6))
def test_entropy_is_scipys(logits):
    logits = tensor(logits, dtype=torch.float64)
    expected = scipy.stats.entropy(logits.softmax(-1))
    assert entropy(logits).item() == pytest.approx(expected, abs=1e-9)


def test_entropy_of_each_position_and_at_the_extremes():
    found = entropy(tensor([[[0.0, 0.0, 0.0, 0.0], [1000.0, 0.0, 0.0, 0.0]]]))
    torch.testing.assert_close(found, tensor([[math.log(4), 0.0]]))
    with pytest.raises(ValueError, match="logits holds nan"):
        entropy([0.0, math.nan])
    with pytest.raises(ValueError, match=r"logits has shape \(\)"):
        entropy(1.0)
