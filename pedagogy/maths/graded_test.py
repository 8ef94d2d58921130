"""The graded test: how different are two tests, and what should a difference cost?

A better grade must pay for its divergence from the original, as a policy will have to.
"""

from dataclasses import dataclass

from torch import Tensor

from pedagogy import require
from pedagogy.require import Numbers


@dataclass(frozen=True)
class GradedTest:
    """Ten questions, three attempts at them, and how far apart two answers may naturally lie."""

    questions: tuple[str, ...]
    original: tuple[float, ...]
    improved_1: tuple[float, ...]
    improved_2: tuple[float, ...]
    corrected: int  # the position of the one question that should be corrected
    right_answer: float  # to that question
    spread: float  # standard deviation of an answer, in units of the answers


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
    spread=2,
)  # fmt: skip


@require.tensors("(…), (…)")
def grade(answer: Numbers, right_answer: Numbers) -> Tensor:
    """Return the points for one answer: 10, less one for each unit it is off, never below 0.

    answer, right_answer: finite, shapes (…,) that broadcast. Returns (…,).

    >>> grade(18, right_answer=24)
    tensor(4.)
    """
    return (10 - (answer - right_answer).abs()).clamp(min=0)


@require.tensors("(…), (…), spread > 0")
def graded_test_divergence(answers: Numbers, original: Numbers, spread: float) -> Tensor:
    """Return how far a test has moved from the original: a KL divergence, in nats.

        KL = Σ_i (answers_i - original_i)² / (2 spread²)

    Each written answer stands for a normal distribution around it with standard deviation spread,
    independent of the others; this is the KL of all of them together.

    answers, original: finite (…, N), shapes that broadcast.
    spread: above zero.
    Returns (…,).

    By hand: two answers off by 3 and 1, spread 2: (9 + 1) / 8 = 1.25.

    >>> graded_test_divergence([10, 21], [7, 20], spread=2)
    tensor(1.2500)
    """
    difference = (answers - original) / spread  # (…, N)
    return difference.square().sum(-1) / 2  # (…,)


@require.tensors("(…), (…), (…) >= 0")
def modified_grade(grade: Numbers, divergence: Numbers, beta: Numbers) -> Tensor:
    """Return the grade after paying for the divergence from the original test.

        modified grade = grade - beta * divergence

    grade, divergence: finite, numbers or shapes (…,) that broadcast.
    beta: not below zero, one number or several; larger: stay nearer to the original; 0: changes
        are free.
    Returns (…,).

    >>> modified_grade(6, divergence=1, beta=0.5)
    tensor(5.5000)
    """
    return grade - beta * divergence


@require.tensors("(…), (…), (…), (…)")
def flip_beta(
    grade_1: Numbers, divergence_1: Numbers, grade_2: Numbers, divergence_2: Numbers
) -> Tensor:
    """Return the beta at which two tests have the same modified grade.

        beta = (grade_2 - grade_1) / (divergence_2 - divergence_1)

    Below it the test with the better grade is preferred, above it the one that changed less.
    All finite, numbers or shapes (…,) that broadcast. Returns (…,).
    Raises ValueError when one test is at least as good in both respects: then it is preferred at
        every beta above zero.

    >>> flip_beta(6, 1, 10, 41)
    tensor(0.1000)
    """
    more_points, more_change = grade_2 - grade_1, divergence_2 - divergence_1
    if not (more_points * more_change > 0).all():
        raise ValueError(
            f"grade_2 - grade_1 is {require.said(more_points.tolist())} and divergence_2 - "
            f"divergence_1 {require.said(more_change.tolist())}: they never flip: that takes "
            "a better grade with a larger divergence."
        )
    return more_points / more_change
