"""Oracles: scipy's entropy, torch's own divergences, exact enumeration, finite differences."""

import doctest
import math

import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import Categorical, Normal
from torch.distributions import kl_divergence as torch_kl

from pedagogy.maths import divergence, graded_test
from pedagogy.maths.divergence import kl_divergence, kl_estimates
from pedagogy.maths.graded_test import GRADED_TEST, flip_beta, grade, modified_grade

weights = st.lists(st.floats(0.01, 1), min_size=4, max_size=4)


def normalised(values):
    values = torch.tensor(values, dtype=torch.float64)
    return values / values.sum()


def test_the_numbers_in_the_docstrings():
    assert doctest.testmod(divergence) == (0, 4) and doctest.testmod(graded_test) == (0, 4)


# KL --------------------------------------------------------------------------------------------


@given(weights, weights)
def test_kl_is_scipys_relative_entropy(p, q):
    p, q = normalised(p), normalised(q)
    assert kl_divergence(p, q).item() == pytest.approx(scipy.stats.entropy(p, q), abs=1e-12)


def test_kl_is_torchs_for_each_row():
    p = torch.softmax(torch.randn(3, 5, 7, generator=torch.Generator().manual_seed(0)), -1)
    q = torch.softmax(torch.randn(3, 5, 7, generator=torch.Generator().manual_seed(1)), -1)
    expected = torch_kl(Categorical(p), Categorical(q))
    torch.testing.assert_close(kl_divergence(p, q), expected)
    torch.testing.assert_close(kl_divergence(p, q[0, 0])[0, 0], expected[0, 0])


@given(weights)
def test_kl_of_a_distribution_with_itself_is_zero(p):
    assert kl_divergence(normalised(p), normalised(p)).item() == 0


def test_kl_has_a_direction_and_counts_nats():
    """All on one outcome against a fair coin is log 2 nats; the other way round is infinite."""
    assert kl_divergence([1, 0], [0.5, 0.5]).item() == pytest.approx(math.log(2))
    assert kl_divergence([0.5, 0.5], [1, 0]).item() == math.inf


def test_an_outcome_impossible_for_both_changes_nothing():
    with_it = kl_divergence([0.5, 0.5, 0], [0.9, 0.1, 0])
    assert with_it.item() == pytest.approx(0.5108256, abs=1e-6)


def test_kl_gradient_is_that_of_finite_differences():
    p_logits = torch.tensor([[0.3, -1.0, 0.5]], dtype=torch.float64, requires_grad=True)
    q_logits = torch.tensor([0.1, 0.4, -2.0], dtype=torch.float64, requires_grad=True)

    def by_logits(a, b):
        return kl_divergence(a.softmax(-1), b.softmax(-1))

    assert torch.autograd.gradcheck(by_logits, (p_logits, q_logits))


def test_kl_gradient_holds_no_nan_where_probabilities_are_zero():
    p = torch.tensor([0.5, 0.5, 0.0, 0.0], requires_grad=True)
    q = torch.tensor([0.25, 0.5, 0.25, 0.0], requires_grad=True)
    kl_divergence(p, q).backward()
    # d/dp = log(p/q) + 1 and d/dq = -p/q where p > 0
    np.testing.assert_allclose(p.grad, [math.log(2) + 1, 1, 0, 0], atol=1e-6)
    np.testing.assert_allclose(q.grad, [-2, -1, 0, 0])


@pytest.mark.parametrize(
    "p, q, sentence",
    [
        ([0.7, 0.5], [0.5, 0.5], "p sums to 1.2 in its last axis"),
        ([0.5, 0.5], [1.5, -0.5], "q holds -0.5, but probabilities must not be negative"),
        ([math.nan, 1], [0.5, 0.5], "p holds nan"),
        ([0.5, 0.5], [1.0], "q has shape .1,., .* with K = 2, as in p"),
    ],
)
def test_kl_refuses_what_is_no_distribution(p, q, sentence):
    with pytest.raises(ValueError, match=sentence):
        kl_divergence(p, q)


def test_kl_of_rows_is_that_of_each_row():
    p, q = (torch.rand(2, 3, 4, generator=torch.Generator().manual_seed(s)) for s in (0, 1))
    p, q = p / p.sum(-1, keepdim=True), q / q.sum(-1, keepdim=True)
    wanted = scipy.stats.entropy(p.numpy(), q.numpy(), axis=-1)
    np.testing.assert_allclose(kl_divergence(p, q), wanted, rtol=1e-4)
    assert kl_divergence(torch.ones(0, 3), [0.5, 0.25, 0.25]).shape == (0,)


def test_graded_tests_may_be_rows():
    """Off by (3, 1) and (0, 2), spread 2: 10/8 and 4/8."""
    found = graded_test.graded_test_divergence([[10, 21], [7, 18]], [7, 20], spread=2)
    assert found.tolist() == [1.25, 0.5]
    assert flip_beta([6, 1], 1, [10, 2], [41, 3]).tolist() == pytest.approx([0.1, 0.5])


def test_a_python_number_is_not_rounded_beside_float64():
    six = torch.tensor(6.0, dtype=torch.float64)
    assert modified_grade(six, 1, beta=0.1).item() == 6 - 0.1
    assert modified_grade(six, 1, beta=[0.1, 0.2]).tolist() == [6 - 0.1, 6 - 0.2]


# Estimates -------------------------------------------------------------------------------------


@given(weights, weights)
def test_k1_and_k3_are_unbiased_and_k2_is_not(p, q):
    """The expectation over p, outcome by outcome, is the exact divergence."""
    p, q = normalised(p), normalised(q)
    k1, k2, k3 = ((p * k).sum().item() for k in kl_estimates(p.log() - q.log()))
    exact = scipy.stats.entropy(p, q)
    assert k1 == pytest.approx(exact, abs=1e-12)
    assert k3 == pytest.approx(exact, abs=1e-12)
    assert k2 == pytest.approx((p * (p / q).log() ** 2).sum().item() / 2, abs=1e-12)


def test_the_bias_of_k2_by_hand():
    """p = (1/2, 1/2), q = (9/10, 1/10): (0.5878² + 1.6094²) / 4 = 0.7339, KL is 0.5108."""
    p, q = torch.tensor([0.5, 0.5]), torch.tensor([0.9, 0.1])
    assert (p * kl_estimates(p.log() - q.log()).k2).sum().item() == pytest.approx(0.7339, abs=1e-4)


@given(st.floats(-20, 20, width=32))
def test_k2_and_k3_are_never_negative(log_ratio):
    k1, k2, k3 = kl_estimates(log_ratio)
    assert k1.item() == log_ratio
    assert k2.item() >= 0 and k3.item() >= 0


def test_the_sign_of_the_log_ratio():
    """k3 is steep where the policy is less likely than the reference: d = -1 gives e - 2."""
    assert kl_estimates(-1.0).k3.item() == pytest.approx(math.e - 2, abs=1e-6)
    assert kl_estimates(1.0).k3.item() == pytest.approx(1 / math.e, abs=1e-6)


def test_k3_varies_less_than_k1_when_the_two_are_close():
    p = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
    q = torch.tensor([0.45, 0.33, 0.22], dtype=torch.float64)
    k1, _, k3 = kl_estimates(p.log() - q.log())

    def variance(k):
        return (p * k**2).sum() - (p * k).sum() ** 2

    assert variance(k3) < variance(k1) / 100


# The graded test -------------------------------------------------------------------------------


def attempt(answers):
    points = grade(answers[GRADED_TEST.corrected], GRADED_TEST.right_answer).item()
    moved = graded_test.graded_test_divergence(answers, GRADED_TEST.original, GRADED_TEST.spread)
    return points, moved.item()


def test_the_story_of_the_graded_test():
    """Squared changes: 2² + 4 × 1² = 8, over 2 × 2² is 1; 328 over 8 is 41."""
    assert attempt(GRADED_TEST.original) == (4, 0)
    assert attempt(GRADED_TEST.improved_1) == (6, 1)
    assert attempt(GRADED_TEST.improved_2) == (10, 41)


def test_only_question_7_was_wrong_and_only_improved_test_2_changes_every_answer():
    right = (7, 12, 18, 15, 14, 11, 24, 8, 10, 9)
    wrong = [i for i, (a, b) in enumerate(zip(GRADED_TEST.original, right, strict=True)) if a != b]
    assert wrong == [GRADED_TEST.corrected] == [6]
    assert GRADED_TEST.right_answer == right[6]
    changes = np.subtract(GRADED_TEST.improved_2, GRADED_TEST.original)
    assert (np.abs(changes) >= 3).all()
    assert len(GRADED_TEST.questions) == len(right)


def test_the_preference_flips_at_one_tenth():
    """6 - 1 beta = 10 - 41 beta at beta = 4 / 40."""
    beta = flip_beta(6, 1, 10, 41).item()
    assert beta == pytest.approx(0.1)
    below, at, above = (modified_grade([6, 10], [1, 41], b) for b in (0.09, beta, 0.11))
    assert below[1] > below[0] and above[0] > above[1]
    assert at[0].item() == pytest.approx(at[1].item(), abs=1e-5)


@given(st.lists(st.floats(-30, 30, width=32), min_size=3, max_size=3), st.floats(0.5, 5))
def test_the_divergence_of_tests_is_a_real_kl(answers, spread):
    original = torch.tensor([7.0, 12.0, 18.0])
    expected = torch_kl(Normal(torch.tensor(answers), spread), Normal(original, spread)).sum()
    moved = graded_test.graded_test_divergence(answers, original, spread)
    assert moved.item() == pytest.approx(expected.item(), rel=1e-5)


def test_grades_are_points_from_ten_to_zero():
    assert grade([24.0, 18.5, 30.0, 90.0], 24).tolist() == [10, 4.5, 4, 0]


def test_with_beta_zero_only_the_grade_counts():
    assert modified_grade([6.0, 10.0], [1.0, 41.0], 0).tolist() == [6, 10]


numbers = st.floats(-100, 100)


@given(numbers, numbers, st.floats(0.01, 100), st.floats(0.01, 100))
def test_at_the_flip_both_are_worth_the_same(grade_1, divergence_1, points, change):
    grade_2, divergence_2 = np.float32(grade_1 + points), np.float32(divergence_1 + change)
    values = [torch.tensor(x).double() for x in (grade_1, divergence_1, grade_2, divergence_2)]
    beta = flip_beta(*values)
    one, two = modified_grade(*values[:2], beta), modified_grade(*values[2:], beta)
    assert one.item() == pytest.approx(two.item(), rel=1e-6, abs=1e-6)
    assert flip_beta(*values[2:], *values[:2]).item() == pytest.approx(beta.item())


@pytest.mark.parametrize("tests", [(6, 1, 10, 1), (6, 1, 6, 41), (10, 1, 6, 41), (6, 1, 6, 1)])
def test_no_flip_says_so(tests):
    with pytest.raises(ValueError, match="never flip: that takes a better grade with a larger"):
        flip_beta(*tests)


@pytest.mark.parametrize(
    "call, sentence",
    [
        (lambda: modified_grade(6, 1, -0.1), "beta is -0.1, but it must be a finite number not"),
        (lambda: modified_grade(6, 1, math.nan), "beta is nan, but"),
        (lambda: modified_grade(6, 1, [0.1, -0.1]), "beta holds -0.1, but it must be a finite"),
        (lambda: modified_grade([1, 2], 1, [1, 2, 3]), "grade has shape .2,. and divergence has"),
        (lambda: graded_test.graded_test_divergence([1], [1], [0.5]), "spread has shape .1,."),
        (lambda: flip_beta([6, 6], 1, [10, 10], [41, 1]), "never flip"),
        (lambda: flip_beta([1, 2], 1, [1, 2, 3], 2), "their shapes must be the same or"),
        (lambda: modified_grade(math.inf, 1, 1), "grade is inf, but it must be finite"),
        (lambda: modified_grade([1, 2], [1, 2, 3], 1), "their shapes must be the same or"),
        (lambda: graded_test.graded_test_divergence([1], [1], 0), "spread is 0, but"),
        (lambda: graded_test.graded_test_divergence([1, 2], [1, 2, 3], 1), "answers has shape"),
        (lambda: kl_estimates(-math.inf), "log_ratio is -inf, but it must be finite"),
        (lambda: grade("12", 24), "answer is '12', but it must be numbers"),
    ],
)
def test_refusals(call, sentence):
    with pytest.raises((ValueError, TypeError), match=sentence):
        call()
