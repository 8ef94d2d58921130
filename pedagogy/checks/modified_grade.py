"""The exercise of notebook 03, second part: a better grade pays for its divergence."""

import torch

from pedagogy.checks.engine import Exercise, Mistake, judge
from pedagogy.maths.graded_test import modified_grade

EXERCISE = Exercise(
    reference=modified_grade,
    gradient_of=("grade", "divergence"),
    cases=(
        (6.0, 3.0, 0.25),
        (10.0, 41.0, 0.1),
        (torch.tensor([6.0, 10.0, -2.0]), torch.tensor([1.0, 41.0, 0.5]), 2.0),
    ),
    edges=((6.0, 3.0, 0.0), (4.0, 0.0, 2.0)),
    mistakes=(
        Mistake(
            "the divergence is added as a bonus",
            lambda grade, divergence, beta: grade + beta * divergence,
            "should a test that changed more be worth more, or less?",
        ),
        Mistake(
            "beta is not used",
            lambda grade, divergence, beta: grade - divergence,
            "try two values of beta: the answers should differ.",
        ),
        Mistake(
            "the divergence is not used",
            lambda grade, divergence, beta: grade,
            "try two divergences with the same grade: the answers should differ.",
        ),
        Mistake(
            "the divergence is not used",
            lambda grade, divergence, beta: grade - beta,
            "try two divergences with the same grade: the answers should differ.",
        ),
        Mistake(
            "beta weighs the grade",
            lambda grade, divergence, beta: beta * grade - divergence,
            "which of the two should beta make more important when it grows?",
        ),
        Mistake(
            "beta weighs the grade as well",
            lambda grade, divergence, beta: beta * (grade - divergence),
            "with divergence 0 the modified grade should be the grade itself, for any beta.",
        ),
        Mistake(
            "beta shares out the weight between grade and divergence",
            lambda grade, divergence, beta: (1 - beta) * grade - beta * divergence,
            "with divergence 0 the modified grade should be the grade itself, for any beta.",
        ),
        Mistake(
            "the divergence is divided by beta",
            lambda grade, divergence, beta: grade - divergence / beta,
            "a larger beta should make changes cost more. Does it?",
        ),
        Mistake(
            "the sign of the whole is turned round",
            lambda grade, divergence, beta: beta * divergence - grade,
            "a better grade should be worth more.",
        ),
        Mistake(
            "beta is subtracted, not multiplied",
            lambda grade, divergence, beta: grade - (beta + divergence),
            "at beta 0 changes should be free.",
        ),
        Mistake(
            "the divergence is squared",
            lambda grade, divergence, beta: grade - beta * divergence**2,
            "the divergence is subtracted as it is, times beta.",
        ),
    ),
)


def check_modified_grade(modified_grade):
    """Return the Verdict on a modified_grade(grade, divergence, beta) of your own."""
    return judge(EXERCISE, modified_grade)
