"""The exercise of notebook 03, second part: a better grade pays for its divergence."""

import torch

from pedagogy.checks.engine import check
from pedagogy.checks.exercise import Exercise, mistake
from pedagogy.checks.inputs import numbers


def modified_grade(grade, divergence, beta):
    return grade - beta * divergence


EXERCISE = Exercise(
    reference=modified_grade,
    gradient_of=("grade", "divergence"),
    cases=(
        (6.0, 3.0, 0.25),
        (10.0, 41.0, 0.1),
        (torch.tensor([6.0, 10.0, -2.0]), torch.tensor([1.0, 41.0, 0.5]), 2.0),
        (numbers(100, seed=0), numbers(100, seed=1).abs(), 0.5),
    ),
    edges=((6.0, 3.0, 0.0), (4.0, 0.0, 2.0)),
    mistakes=(
        mistake(
            "the divergence is added as a bonus",
            "should a test that changed more be worth more, or less?",
            lambda grade, divergence, beta: grade + beta * divergence,
        ),
        mistake(
            "beta is not used",
            "try two values of beta: the answers should differ.",
            lambda grade, divergence, beta: grade - divergence,
        ),
        mistake(
            "the divergence is not used",
            "try two divergences with the same grade: the answers should differ.",
            lambda grade, divergence, beta: grade,
            lambda grade, divergence, beta: grade - beta,
        ),
        mistake(
            "beta weighs the grade",
            "which of the two should beta make more important when it grows?",
            lambda grade, divergence, beta: beta * grade - divergence,
        ),
        mistake(
            "beta weighs the grade as well",
            "with divergence 0 the modified grade should be the grade itself, for any beta.",
            lambda grade, divergence, beta: beta * (grade - divergence),
        ),
        mistake(
            "beta splits the weight between grade and divergence",
            "with divergence 0 the modified grade should be the grade itself, for any beta.",
            lambda grade, divergence, beta: (1 - beta) * grade - beta * divergence,
        ),
        mistake(
            "the divergence is divided by beta",
            "a larger beta should make changes cost more. Does it?",
            lambda grade, divergence, beta: grade - divergence / beta,
        ),
        mistake(
            "the whole answer has the wrong sign",
            "a better grade should be worth more.",
            lambda grade, divergence, beta: beta * divergence - grade,
        ),
        mistake(
            "beta is subtracted, not multiplied",
            "at beta 0 changes should be free.",
            lambda grade, divergence, beta: grade - (beta + divergence),
        ),
        mistake(
            "the divergence is squared",
            "the divergence is subtracted as it is, times beta.",
            lambda grade, divergence, beta: grade - beta * divergence**2,
        ),
    ),
)


def check_modified_grade(modified_grade):
    """Return the Verdict on a modified_grade(grade, divergence, beta) of your own."""
    return check(EXERCISE, modified_grade)
