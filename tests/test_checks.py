"""Learners' functions, right and wrong, written here as a learner would write them."""

import math
import subprocess
import sys

import numpy as np
import pytest
import scipy.special
import torch
import torch.nn.functional as F
from torch.distributions import Categorical
from torch.distributions import kl_divergence as torch_kl
from verdicts import CHECKERS, assert_gradient_lost, assert_named, assert_passed, copied

from pedagogy.checks import (
    Verdict,
    check_bradley_terry_probability,
    check_kl_divergence,
    check_modified_grade,
    check_next_word_distribution,
    check_reward_model_loss,
)
from pedagogy.checks.engine import check
from pedagogy.checks.exercise import Exercise, mistake
from pedagogy.checks.verdict import wrong_answer


def named(checker):
    return checker.__name__


# Right answers -------------------------------------------------------------------------------


@pytest.mark.parametrize("check", CHECKERS, ids=named)
def test_a_copy_of_the_packages_own_function_passes(check):
    verdict = check(CHECKERS[check])
    assert verdict.passed and verdict.misconception is None
    assert verdict.message.startswith("Passed")


def loop_softmax(logits, temperature=1.0):
    top = max(logits)
    powers = [torch.exp((z - top) / temperature) for z in logits]
    return torch.stack([power / sum(powers) for power in powers])


def loop_kl(p, q):
    if p.dim() > 1:
        return torch.stack([loop_kl(row_p, row_q) for row_p, row_q in zip(p, q, strict=True)])
    total = torch.tensor(0.0)
    for p_y, q_y in zip(p, q, strict=True):
        if p_y > 0:
            total = total + p_y * (torch.log(p_y) - torch.log(q_y))
    return total


def kl_by_the_library(p, q):
    """Right wherever it is defined; the library itself gives nan where p and q are both 0."""
    return torch.nan_to_num(F.kl_div(q.log(), p, reduction="none"), nan=0, posinf=math.inf).sum(-1)


RIGHT = [
    (check_next_word_distribution, lambda z, t=1.0: F.softmax(z / t, dim=0)),
    (
        check_next_word_distribution,
        lambda z, temperature=1: F.log_softmax(z / temperature, -1).exp(),
    ),
    (check_next_word_distribution, lambda z, t=1.0: torch.exp(z / t - torch.logsumexp(z / t, 0))),
    (check_next_word_distribution, lambda z, t=1.0: torch.softmax(z.double() / t, -1)),
    (check_next_word_distribution, lambda z, t=1.0: Categorical(logits=z / t).probs),
    (check_next_word_distribution, loop_softmax),
    (check_bradley_terry_probability, lambda a, b: 1 / (1 + torch.exp(b - a))),
    (check_bradley_terry_probability, lambda a, b: 1 - torch.sigmoid(b - a)),
    (check_bradley_terry_probability, lambda a, b: torch.stack([a, b]).softmax(0)[0]),
    (check_bradley_terry_probability, lambda a, b: torch.stack([a, b]).log_softmax(0)[0].exp()),
    (check_bradley_terry_probability, lambda a, b: torch.exp(a - torch.logaddexp(a, b))),
    (check_bradley_terry_probability, lambda a, b: F.logsigmoid(a - b).exp()),
    (check_bradley_terry_probability, lambda a, b: (1 + torch.tanh((a - b) / 2)) / 2),
    (check_bradley_terry_probability, lambda a, b: torch.sigmoid(a.double() - b.double())),
    (
        check_bradley_terry_probability,
        lambda a, b: torch.exp(
            -F.binary_cross_entropy_with_logits(a - b, torch.ones_like(a), reduction="none")
        ),
    ),
    (check_kl_divergence, loop_kl),
    (check_kl_divergence, kl_by_the_library),
    (check_kl_divergence, lambda p, q: torch_kl(Categorical(p), Categorical(q))),
    (check_kl_divergence, lambda p, q: (torch.xlogy(p, p) - torch.xlogy(p, q)).sum(dim=-1)),
    (check_kl_divergence, lambda p, q: torch.where(p > 0, p * torch.log(p / q), 0.0).sum(-1)),
    (check_kl_divergence, lambda p, q: -torch.where(p > 0, p * torch.log(q / p), 0.0).sum(-1)),
    (
        check_kl_divergence,
        lambda p, q: (p * (p / q).log()).nan_to_num(0, math.inf).sum(-1).double(),
    ),
    (check_modified_grade, lambda grade, divergence, beta: -(beta * divergence - grade)),
    (
        check_modified_grade,
        lambda g, d, b: np.float64(g - b * d) if isinstance(g, float) else g - b * d,
    ),
    (check_modified_grade, lambda g, d, b: torch.as_tensor(g) - b * torch.as_tensor(d)),
]


@pytest.mark.parametrize("check, learner", RIGHT)
def test_right_answers_in_another_form_pass(check, learner):
    assert_passed(check, learner)


# Known mistakes ------------------------------------------------------------------------------


def sum_of_positive_terms(p, q):
    total = 0
    for i in range(p.shape[-1]):
        total = total + torch.clamp(p[..., i] * torch.log(p[..., i] / q[..., i]), min=0)
    return total


MISTAKES = [
    # those of other people, found in public
    (check_next_word_distribution, lambda z, t=1: (z * t).softmax(0), "the temperature multiplies"),
    (
        check_next_word_distribution,
        lambda z, t=1: z.softmax(0) ** (1 / t),
        "the temperature comes after the softmax, and the sum is no longer 1",
    ),
    (
        check_bradley_terry_probability,
        lambda a, b: a / (a + b),
        "this is the ratio of the raw scores",
    ),
    (
        check_bradley_terry_probability,
        lambda a, b: torch.exp(b) / (torch.exp(a) + torch.exp(b)),
        "the difference is reversed",
    ),
    (
        check_bradley_terry_probability,
        lambda a, b: math.e**a / (math.e**a + math.e**b),
        "e to the score overflows for large scores",
    ),
    (check_kl_divergence, lambda p, q: (q * (q / p).log()).sum(-1), "the arguments are swapped"),
    (
        check_kl_divergence,
        lambda p, q: F.kl_div(p.log(), q, reduction="none").sum(-1),
        "the arguments are swapped",
    ),
    (
        check_kl_divergence,
        lambda p, q: (p * (p / q).log()).mean(-1),
        "averaged over the outcomes instead of summed",
    ),
    (check_kl_divergence, sum_of_positive_terms, "negative terms are set to zero"),
    (
        check_kl_divergence,
        lambda p, q: (p * (p / q).log().abs()).sum(-1),
        "negative terms are made positive",
    ),
    (check_kl_divergence, lambda p, q: (p * (p / q).log2()).sum(-1), "this is in bits"),
    (check_kl_divergence, lambda p, q: (p * (p / q).log()).sum(-1), "nan where p is 0"),
    (check_modified_grade, lambda g, d, b: g + b * d, "the divergence is added as a bonus"),
    # and those that a first try easily makes
    (check_next_word_distribution, lambda z, t=1: z.softmax(0), "the temperature has no effect"),
    (
        check_next_word_distribution,
        lambda z, t=1: (z.exp() / t) / (z.exp() / t).sum(),
        "the temperature has no effect",
    ),
    (
        check_next_word_distribution,
        lambda z, t=1: (z / t).exp() / sum((z / t).exp()),
        "e to the logit overflows for large logits",
    ),
    (
        check_bradley_terry_probability,
        lambda a, b: torch.where(a > b, 1.0, 0.0),
        "the likely winner is taken for the certain winner",
    ),
    (
        check_kl_divergence,
        lambda p, q: F.kl_div(q.log(), p, reduction="none").sum(-1),
        "nan where p and q are both 0",
    ),
    (
        check_kl_divergence,
        lambda p, q: (p * torch.log((p + 1e-8) / (q + 1e-8))).sum(-1),
        "a small number is added, and an infinite divergence becomes finite",
    ),
    (
        check_kl_divergence,
        lambda p, q: (p * (p.clamp(min=1e-10).log() - q.clamp(min=1e-10).log())).sum(-1),
        "a small number is added, and an infinite divergence becomes finite",
    ),
    (check_kl_divergence, lambda p, q: -(p * q.log()).sum(-1), "this is the cross-entropy"),
    (
        check_kl_divergence,
        lambda p, q: F.kl_div(q.log(), p, reduction="sum"),
        "the rows are summed as well",
    ),
    (
        check_kl_divergence,
        lambda p, q: torch.nan_to_num(p * torch.log(p / q), nan=0.0).sum(-1),
        "an infinite divergence becomes a large number",
    ),
    (
        check_bradley_terry_probability,
        lambda a, b: 1 / (1 + torch.exp(b) / torch.exp(a)),
        "e to the score overflows for large scores",
    ),
    (check_modified_grade, lambda g, d, b: g - d, "beta is not used"),
    (check_modified_grade, lambda g, d, b: b * g - d, "beta weighs the grade"),
    (check_modified_grade, lambda g, d, b: g - d / b, "the divergence is divided by beta"),
]


@pytest.mark.parametrize("check, learner, name", MISTAKES, ids=[name for _, _, name in MISTAKES])
def test_known_mistakes_are_named(check, learner, name):
    assert_named(check, learner, name)


EVERY_MISTAKE = [
    (check, known, form)
    for check in CHECKERS
    for known in copied(sys.modules[check.__module__]).EXERCISE.mistakes
    for form in known.functions
]


@pytest.mark.parametrize(
    "check, known, form", EVERY_MISTAKE, ids=[known.name for _, known, _ in EVERY_MISTAKE]
)
def test_no_mistake_is_taken_for_another(check, known, form):
    verdict = check(form)
    assert verdict.misconception == known.name, verdict
    assert known.hint in verdict.message


def test_a_wrong_answer_shows_the_smallest_input_what_was_expected_and_what_came():
    """KL((.5, .5), (.9, .1)) is 0.5108 by hand; the other way round it is 0.3681."""
    assert str(check_kl_divergence(lambda p, q: (q * (q / p).log()).sum(-1))) == (
        "Not yet: the arguments are swapped.\n"
        "  input     p = [0.5, 0.5], q = [0.9, 0.1]\n"
        "  expected  0.5108\n"
        "  yours     0.3681\n"
        "Where to look: which of the two weighs the sum? KL(p, q) and KL(q, p) differ."
    )


def test_a_mistake_shown_by_the_cases_is_named_though_the_edges_stop():
    def swapped(p, q):
        if (p == 0).any():
            raise ValueError("no zeros please")
        return (q * (q / p).log()).sum(-1)

    assert check_kl_divergence(swapped).misconception == "the arguments are swapped"


# Unknown mistakes ----------------------------------------------------------------------------


@pytest.mark.parametrize("check", CHECKERS, ids=named)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda right: right * 1.01,
        lambda right: right + 0.01,
        lambda right: right.unsqueeze(0),
        lambda right: right * math.nan,
        lambda right: right.round(),
        lambda right: torch.zeros_like(right),
        lambda right: right.long(),
        lambda right: right.float().half() + 0.01,
    ],
)
def test_unknown_mistakes_are_rejected_with_the_numbers(check, spoil):
    right = CHECKERS[check]
    verdict = check(lambda *args: spoil(right(*args)))
    assert not verdict.passed
    assert all(word in verdict.message for word in ("input", "expected", "yours", "Where to look"))


def test_a_minus_before_0_is_not_shown():
    minus_0 = torch.tensor([-0.0, 1.0])
    assert "[0, 1]" in str(wrong_answer([], minus_0, minus_0 + 1, mistake=None))


def test_a_wrong_shape_is_shown():
    verdict = check_bradley_terry_probability(lambda a, b: torch.sigmoid(a - b).reshape(-1))
    assert "expected  0.9526, shape ()" in str(verdict)
    assert "yours     [0.9526], shape (1,)" in str(verdict)


def test_many_numbers_where_one_is_asked_for_are_said():
    verdict = check_reward_model_loss(lambda c, r: torch.stack([c, r]))
    assert "one number is asked for. What makes one number of many" in str(verdict)


def test_a_difference_in_the_fifth_digit_is_shown():
    verdict = wrong_answer([], torch.tensor(0.25), torch.tensor(0.25001), mistake=None)
    assert "0.25001" in verdict.message


# Gradients -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cut",
    [
        lambda a, b: torch.sigmoid(a - b).detach(),
        lambda a, b: torch.no_grad()(torch.sigmoid)(a - b),
        lambda a, b: torch.tensor(scipy.special.expit(a.numpy() - b.numpy())),
    ],
)
def test_a_lost_gradient_is_noticed(cut):
    assert_gradient_lost(check_bradley_terry_probability, cut)


def test_half_a_gradient_is_noticed():
    verdict = check_bradley_terry_probability(lambda a, b: torch.sigmoid(a - b.detach()))
    assert not verdict.passed
    assert "yours     gradient by score_a: 0.04518, score_b: 0\n" in verdict.message


def test_gradients_are_checked_where_the_learner_switched_them_off():
    with torch.no_grad():
        assert check_kl_divergence(loop_kl).passed


def test_a_mistake_that_only_the_gradient_shows_is_named():
    exercise = Exercise(
        reference=lambda x: x**3,
        cases=((torch.tensor([2.0, -1.5]),),),
        mistakes=(mistake("one factor is held", "look at x.", lambda x: x.detach() * x**2),),
        gradient_of=("x",),
    )
    verdict = check(exercise, lambda x: x * x * x.detach())
    assert verdict.misconception == "one factor is held"
    assert verdict.message.startswith("Almost: one factor is held. Only the gradient shows it.")


# The verdict ---------------------------------------------------------------------------------


def test_the_verdict_reads_well_as_text_and_escapes_in_a_notebook():
    verdict = Verdict(False, "a & b", "Not yet: a & b <script>.\nsecond line")
    assert str(verdict) == repr(verdict) == verdict.message
    shown = verdict._repr_html_()
    assert "<b>Not yet: a &amp; b &lt;script&gt;.</b>" in shown
    assert "<script>" not in shown and "second line" in shown


def test_a_verdict_is_true_if_the_answer_passed():
    """So that `assert check_x(f)`, as one writes it for a grader, means what it says."""
    assert check_kl_divergence(loop_kl)
    assert not check_kl_divergence(lambda p, q: loop_kl(q, p))


@pytest.mark.slow
def test_importing_the_checkers_does_not_load_the_models_library():
    code = "import sys, pedagogy.checks; sys.exit('transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
