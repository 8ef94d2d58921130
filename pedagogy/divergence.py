"""How different are two distributions - two tests, or two models?

The Kullback-Leibler divergence: exact where all outcomes can be listed, estimated from samples
where they cannot. And the graded test, where a better grade must pay for its divergence.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch

from pedagogy import require


def kl_divergence(p, q):
    """Return how far p has moved from q, in nats, exactly.

        KL(p || q) = sum_y p(y) (log p(y) - log q(y))

    p, q: probabilities (…, K), shapes that broadcast. Returns (…,). An outcome that p never
    gives costs nothing (0 log 0 = 0); one that p gives and q never does costs inf.
    ValueError when p or q is negative or does not sum to 1. Kullback & Leibler 1951.

    By hand: 0.5 log(0.5 / 0.9) + 0.5 log(0.5 / 0.1) = -0.2939 + 0.8047 = 0.5108.

    >>> kl_divergence([0.5, 0.5], [0.9, 0.1])
    tensor(0.5108)
    >>> kl_divergence([0.9, 0.1], [0.5, 0.5])
    tensor(0.3681)
    """
    p, q = require.probabilities(p=p, q=q)
    # Where p is 0, the logs are taken of 1 instead: 0 log 0 would be nan, its gradient too.
    log_p = torch.where(p > 0, p, 1).log()  # (…, K)
    log_q = torch.where(p > 0, q, 1).log()  # (…, K)
    return (p * (log_p - log_q)).sum(-1)  # (…,)


def logits_divergence(logits, reference_logits):
    """Return KL(softmax(logits) || softmax(reference_logits)), in nats, exactly.

    As kl_divergence, but straight from logits (…, K): no bet is too small to be told from 0.
    Returns (…,). ValueError when the shapes differ or a logit is not finite.

    By hand, as above: logits 0, 0 are the bets 0.5, 0.5, and log 9, 0 are 0.9, 0.1.

    >>> logits_divergence([0.0, 0.0], [2.197225, 0.0])
    tensor(0.5108)
    """
    both = require.finite(logits=logits, reference_logits=reference_logits)
    logits, reference_logits = require.same_shape(logits=both[0], reference_logits=both[1])
    log_p, log_q = logits.log_softmax(-1), reference_logits.log_softmax(-1)  # (…, K)
    return (log_p.exp() * (log_p - log_q)).sum(-1)  # (…,)


def sequence_divergence(logits, reference_logits, completion_mask):
    """Return what each response paid for moving away: its words' divergences, summed, in nats.

        sum_t KL(π(· | x, y_<t) || π_ref(· | x, y_<t)),  t over the tokens of the response

    logits, reference_logits: (B, T, V), at t the bets on token t+1; completion_mask: (B, T), 1 on
    the tokens of the response. Returns (B,), never negative. Over responses that the policy
    wrote, the mean estimates the KL of whole responses, and without error for those of one word:
    each word is weighed against all that might have been said, not only against itself.
    ValueError: shapes that do not match, or a logit of the response that is not finite.
    """
    require.shape(
        "(B, T, V), (B, T, V), (B, T)",
        logits=logits,
        reference_logits=reference_logits,
        completion_mask=completion_mask,
    )
    mask = completion_mask.bool()[:, 1:]  # nothing bets on the first token
    words = logits_divergence(logits[:, :-1][mask], reference_logits[:, :-1][mask])  # (N,)
    return words.new_zeros(mask.shape).masked_scatter(mask, words).sum(-1)  # (B,)


class KLEstimates(NamedTuple):
    """One number per sample from each of three estimators of KL(policy || reference)."""

    k1: torch.Tensor
    k2: torch.Tensor
    k3: torch.Tensor


def kl_estimates(log_ratio):
    """Return k1, k2, k3: estimates of KL(policy || reference), one per sample, in nats.

        k1 = d                    unbiased; single samples may be negative
        k2 = d² / 2               never negative; biased, little when the two are close
        k3 = exp(-d) - 1 + d      unbiased and never negative

    log_ratio: d = policy_logps - reference_logps, finite, (…,), of samples drawn from the policy.
    Their means over many samples estimate the divergence. Schulman, "Approximating KL divergence".

    By hand, d = log 2: k1 = 0.6931, k2 = 0.2402, k3 = 1/2 - 1 + 0.6931 = 0.1931.

    >>> kl_estimates(0.693147)
    KLEstimates(k1=tensor(0.6931), k2=tensor(0.2402), k3=tensor(0.1931))
    """
    d = require.finite(log_ratio=log_ratio)
    return KLEstimates(k1=d, k2=d.square() / 2, k3=torch.expm1(-d) + d)


@dataclass(frozen=True)
class GradedTest:
    """Ten questions, three attempts at them, and how far apart two answers may naturally lie."""

    questions: tuple[str, ...]
    original: tuple[float, ...]
    improved_1: tuple[float, ...]
    improved_2: tuple[float, ...]
    corrected: int  # the position of the one question that should be corrected
    right_answer: float  # to that question
    sigma: float  # standard deviation of an answer, in units of the answers


# A friend studied well and has one mistake, in question 7; only that one is to be corrected.
# Improved test 1 gets nearer there and hardly touches the rest; improved test 2 gets it right
# and changes everything. The sums come out whole: divergences 1 and 41, grades 4, 6 and 10.
GRADED_TEST = GradedTest(
    questions=(
        "3 + 4", "20 - 8", "6 × 3", "30 ÷ 2", "days in two weeks",
        "5 + 6", "4 × 6", "half of 16", "25 - 15", "3 × 3",
    ),
    original=(7, 12, 18, 15, 14, 11, 18, 8, 10, 9),
    improved_1=(7, 13, 17, 15, 13, 11, 20, 8, 11, 9),
    improved_2=(11, 5, 27, 11, 9, 15, 24, 16, 6, 12),
    corrected=6,
    right_answer=24,
    sigma=2,
)  # fmt: skip


def grade(answer, right_answer):
    """Return the points for one answer: 10, less one for each unit it is off, never below 0.

    answer, right_answer: finite, shapes (…,) that broadcast. Returns (…,).

    >>> grade(18, right_answer=24)
    tensor(4.)
    """
    answer, right_answer = require.finite(answer=answer, right_answer=right_answer)
    require.broadcastable(answer=answer, right_answer=right_answer)
    return (10 - (answer - right_answer).abs()).clamp(min=0)


def graded_test_divergence(answers, original, sigma):
    """Return how far a test has moved from the original: a KL divergence, in nats.

        KL = sum_i (answers_i - original_i)² / (2 sigma²)

    Each written answer stands for a normal distribution around it with standard deviation sigma,
    independent of the others; this is the KL of all of them together.

    answers, original: finite (…, N), shapes that broadcast; sigma above zero. Returns (…,).

    By hand: two answers off by 3 and 1, sigma 2: (9 + 1) / 8 = 1.25.

    >>> graded_test_divergence([10, 21], [7, 20], sigma=2)
    tensor(1.2500)
    """
    answers, original = require.finite(answers=answers, original=original)
    answers, original = require.broadcastable(answers=answers, original=original)
    difference = (answers - original) / require.positive(sigma=sigma)  # (…, N)
    return difference.square().sum(-1) / 2  # (…,)


def modified_grade(grade, divergence, beta):
    """Return the grade after paying for the divergence from the original test.

        modified grade = grade - beta * divergence

    grade, divergence: finite; beta: finite, not below zero (0: changes are free). Numbers or
    shapes (…,) that broadcast. Returns (…,). Larger beta: stay nearer to the original.

    >>> modified_grade(6, divergence=1, beta=0.5)
    tensor(5.5000)
    """
    require.non_negative(beta=beta)
    grade, divergence, beta = require.finite(grade=grade, divergence=divergence, beta=beta)
    require.broadcastable(grade=grade, divergence=divergence, beta=beta)
    return grade - beta * divergence


def flip_beta(grade_1, divergence_1, grade_2, divergence_2):
    """Return the beta at which two tests have the same modified grade.

        beta = (grade_2 - grade_1) / (divergence_2 - divergence_1)

    Below it the test with the better grade is preferred, above it the one that changed less.
    All finite numbers. ValueError when one test is at least as good in both respects: then it is
    preferred at every beta above zero.

    >>> flip_beta(6, 1, 10, 41)
    tensor(0.1000)
    """
    grade_1, grade_2 = require.finite(grade_1=grade_1, grade_2=grade_2)
    divergence_1, divergence_2 = require.finite(
        divergence_1=divergence_1, divergence_2=divergence_2
    )
    more_points, more_change = grade_2 - grade_1, divergence_2 - divergence_1
    if not (more_points * more_change > 0).all():
        raise ValueError(
            f"grades {grade_1.tolist()} and {grade_2.tolist()} with divergences "
            f"{divergence_1.tolist()} and {divergence_2.tolist()} never flip: that takes "
            "a better grade with a larger divergence."
        )
    return more_points / more_change
