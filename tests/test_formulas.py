"""Every formula, one argument at a time: rows stand alone, and what does not fit is refused."""

import inspect
import math

import pytest
import torch
from torch import tensor

from pedagogy import maths
from pedagogy.maths import best_of_n, sampled_optimum

GENERATOR = torch.Generator().manual_seed(0)


def numbers(*shape):
    return torch.randn(shape, generator=GENERATOR, dtype=torch.float64)


def chances(*shape):
    return numbers(*shape).softmax(-1)


def pairs(*names):
    return {name: numbers(3) for name in names}


def rows(*names):
    return {name: numbers(3, 3, 4) for name in names}


MASK = tensor([[0, 1, 1, 0], [0, 0, 1, 1], [0, 1, 0, 0]])  # (B, T)
TEXT = {"logits": numbers(3, 4, 5), "input_ids": tensor([[0, 1, 2, 3], [1, 1, 4, 0], [2, 0, 0, 1]])}
LOGPS = {"policy_logps": numbers(3, 4), "reference_logps": numbers(3, 4), "completion_mask": MASK}
WORLD = {"reference": chances(3, 3, 4), "rewards": numbers(3, 3, 4), "beta": 0.5}
FOUR = pairs(
    "policy_chosen_logps",
    "policy_rejected_logps",
    "reference_chosen_logps",
    "reference_rejected_logps",
)
TOKENS = {**pairs("logps", "old_logps", "advantages"), "clip_epsilon": 0.2}

# What each takes, as its docstring says. Leading axes (…) are rows, each a question of its own.
BY_ROWS = [
    (maths.bradley_terry_probability, rows("score_a", "score_b")),
    (maths.proportional_probability, rows("score_a", "score_b")),
    (maths.choice_probabilities, rows("scores")),
    (maths.grade, rows("answer", "right_answer")),
    (maths.graded_test_divergence, {**rows("answers", "original"), "spread": 2.0}),
    (maths.modified_grade, {**rows("grade", "divergence"), "beta": numbers(3, 3, 4).abs()}),
    (
        maths.flip_beta,
        {**rows("grade_1", "divergence_1"), "grade_2": numbers(3, 3, 4) + 20}
        | {"divergence_2": numbers(3, 3, 4) + 20},
    ),
    (maths.kl_divergence, {"p": chances(3, 3, 4), "q": chances(3, 3, 4)}),
    (maths.logits_divergence, rows("logits", "reference_logits")),
    (maths.kl_estimates, rows("log_ratio")),
    (maths.next_word_distribution, {**rows("logits"), "temperature": 0.5}),
    (maths.optimal_policy, WORLD),
    (maths.optimal_logps, WORLD),
    (maths.log_partition, WORLD),
    (maths.rlhf_objective, {"policy": chances(3, 3, 4), **WORLD}),
    (
        maths.reward_from_policies,
        {**rows("policy_logps", "reference_logps"), "beta": 0.5, "log_z": numbers(3, 3)},
    ),
    (maths.entropy, rows("logits")),
    (maths.implicit_reward, {**rows("policy_logps", "reference_logps"), "beta": 0.5}),
    (maths.gradient_weight, rows("chosen_rewards", "rejected_rewards")),
]
AT_ONCE = [
    (maths.simulate_comparisons, {"scores": numbers(3), "n": 5, "seed": 0}),
    (maths.sequence_divergence, {"logits": numbers(3, 4, 5), "reference_logits": numbers(3, 4, 5)}
     | {"completion_mask": MASK}),
    (maths.per_token_logps, TEXT),
    (maths.sequence_logps, {**TEXT, "completion_mask": MASK}),
    (maths.masked_mean, {"values": numbers(3, 4), "mask": MASK}),
    (maths.pair_accuracy, pairs("chosen_scores", "rejected_scores")),
    (maths.reward_model_loss, pairs("chosen_scores", "rejected_scores")),
    (maths.bayes_accuracy, pairs("rewards_a", "rewards_b")),
    (maths.correlation, pairs("scores", "rewards")),
    (maths.calibration, {**pairs("chosen_scores", "rejected_scores"), "bins": 2}),
    (maths.clip_fraction, TOKENS),
    (maths.clipped_surrogate_loss, TOKENS),
    (maths.clipped_value_loss, {**pairs("values", "old_values", "returns"), "clip_epsilon": 0.2}),
    (maths.dpo_loss, {**FOUR, "beta": 0.5}),
    (maths.metrics, {**FOUR, "beta": 0.5}),
    (maths.kl_shaped_rewards, {"scores": numbers(3), **LOGPS, "beta": 0.5}),
    (
        maths.gae,
        {**pairs("rewards", "values"), "next_value": numbers(), "dones": tensor([0, 1, 0])}
        | {"gamma": 0.9, "lam": 0.5},
    ),
    (
        maths.response_gae,
        {"rewards": numbers(3, 4), "values": numbers(3, 4), "completion_mask": MASK}
        | {"gamma": 0.9, "lam": 0.5},
    ),
    (maths.whiten, {"advantages": numbers(3, 4), "mask": MASK}),
    (maths.likelihood, {"margins": numbers(3)}),
    (best_of_n.best_of_n_distribution, {"reference": chances(3), "scores": numbers(3), "n": 2}),
    (best_of_n.best_of_n_mean, {"scores": numbers(3, 4), "values": numbers(3, 4), "n": 2}),
    (sampled_optimum.sampled_optimum, {"rewards": numbers(3, 40) / 1e6, "beta": 5.0}),
]  # fmt: skip
CHANCES = {"p", "q", "policy", "reference"}
SAME = {maths.logits_divergence, maths.implicit_reward, maths.gradient_weight}  # no broadcasting
ABOVE, FREE = (1e-3, math.inf), (0, math.inf)
BOUNDS = dict.fromkeys(("spread", "temperature", "beta", "clip_epsilon"), ABOVE)
BOUNDS |= dict.fromkeys(("gamma", "lam"), (0, 1))
ZERO_IS_FREE = dict.fromkeys((maths.kl_shaped_rewards, maths.modified_grade), FREE)
WITHOUT = {maths.fit_scores}  # takes item numbers, and has a test file of its own


def each(formulas):
    named = [pytest.param(function, call, id=function.__name__) for function, call in formulas]
    return pytest.mark.parametrize("function, call", named)


def tensors(call):
    return {name: value for name, value in call.items() if isinstance(value, torch.Tensor)}


def results(found):
    return found if isinstance(found, tuple) else (found,)


def refused(function, call, name, value, *sentence):
    """It must be a sentence that names this argument, or one that it does not fit."""
    with pytest.raises(ValueError) as refusal:
        function(**{**call, name: value})
    said = str(refusal.value)
    assert said.endswith(".") and any(f"{one} " in said for one in (name, *sentence)), said


def test_no_formula_is_forgotten():
    known = {function for function, _ in BY_ROWS + AT_ONCE} | WITHOUT
    named = {getattr(maths, name) for name in maths.__all__}
    assert {f for f in named if inspect.isfunction(f)} <= known


@each(BY_ROWS)
def test_each_row_is_a_question_of_its_own(function, call):
    found = results(function(**call))
    for i, j in [(0, 0), (0, 2), (2, 1)]:
        alone = results(function(**call | {k: x[i, j] for k, x in tensors(call).items()}))
        for all_rows, row in zip(found, alone, strict=True):
            torch.testing.assert_close(all_rows[i, j], row)


@each(BY_ROWS)
def test_one_row_serves_them_all_if_shapes_may_broadcast(function, call):
    given = tensors(call)
    for name, value in given.items() if len(given) > 1 else ():
        one = {**call, name: value[0, 0]}
        if function in SAME:
            refused(function, one, name, value[0, 0], *given)
        else:
            filled = {**call, name: value[0, 0].expand_as(value)}
            for a, b in zip(results(function(**one)), results(function(**filled)), strict=True):
                torch.testing.assert_close(a, b)


@each(BY_ROWS + AT_ONCE)
def test_sizes_that_differ_are_refused(function, call):
    given = tensors(call)
    for name, value in given.items() if len(given) > 1 else ():
        for axis in range(value.dim()):
            short = value.narrow(axis, 0, value.shape[axis] - 1)
            chance = torch.allclose(value.double().sum(-1), torch.ones(()).double())
            short = short / short.sum(-1, keepdim=True) if chance else short
            refused(function, call, name, short, *given)


@each(AT_ONCE)
def test_more_or_fewer_axes_are_refused(function, call):
    for name, value in tensors(call).items():
        refused(function, call, name, value[None], *tensors(call))
        if value.dim():
            refused(function, call, name, value[0], *tensors(call))


@each(AT_ONCE)
def test_nothing_at_all_is_refused(function, call):
    empty = {name: x[:0] if x.dim() else x for name, x in tensors(call).items()}
    with pytest.raises(ValueError, match=" is empty, but | marks no token, but "):
        function(**call | empty)


@each([row for row in BY_ROWS + AT_ONCE if row[1].keys() & CHANCES])
def test_probabilities_must_sum_to_1(function, call):
    for name in call.keys() & CHANCES:
        refused(function, call, name, 1.1 * call[name])


@each(BY_ROWS + AT_ONCE)
def test_a_nan_is_refused_by_the_name_of_its_argument(function, call):
    for name, value in tensors(call).items():
        if value.is_floating_point():
            value = value.clone()
            value[(0, 1, 1)[: value.dim()]] = math.nan  # of a token that counts
            refused(function, call, name, value)


@each([row for row in BY_ROWS + AT_ONCE if row[1].keys() & BOUNDS.keys()])
def test_single_numbers_have_bounds(function, call):
    for name in call.keys() & BOUNDS.keys():
        lowest, highest = ZERO_IS_FREE.get(function, BOUNDS[name])
        for good in {lowest, 1, min(highest, 100)}:
            function(**{**call, name: good})
        below = 0 if lowest else -0.1
        for bad in (below, math.nan, math.inf, *([1.1] if highest == 1 else [])):
            refused(function, call, name, bad)
