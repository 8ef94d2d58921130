"""The exercise of notebook 02: two scores become one probability."""

import torch

from pedagogy.checks.engine import check
from pedagogy.checks.exercise import Exercise, mistake
from pedagogy.checks.inputs import numbers


def bradley_terry_probability(score_a, score_b):
    return torch.sigmoid(score_a - score_b)


EXERCISE = Exercise(
    reference=bradley_terry_probability,
    gradient_of=("score_a", "score_b"),
    cases=(
        (torch.tensor(5.0), torch.tensor(2.0)),
        (torch.tensor([-1.0, 0.5]), torch.tensor([2.0, -0.25])),
        (torch.tensor([[3.0, -2.0], [0.2, 1.5]]), torch.tensor([[1.0, -0.5], [4.0, 0.3]])),
        (numbers(100, seed=0), numbers(100, seed=1)),
    ),
    edges=(
        (torch.tensor(0.0), torch.tensor(0.0)),
        (torch.tensor(1000.0), torch.tensor(999.0)),
        (torch.tensor([-1000.0, 500.0]), torch.tensor([1000.0, -500.0])),
    ),
    mistakes=(
        mistake(
            "this is the ratio of the raw scores",
            "try scores of -1 and 2. Which function makes any score positive before they "
            "are compared?",
            lambda a, b: a / (a + b),
        ),
        mistake(
            "the difference is reversed",
            "whose probability is asked for? With 5 against 2 it should be above one half.",
            lambda a, b: torch.sigmoid(b - a),
        ),
        mistake(
            "e to the score overflows for large scores",
            "the formula is right, but e^1000 is too large for a computer. Only the difference "
            "of the scores matters: can it be taken first?",
            lambda a, b: a.exp() / (a.exp() + b.exp()),
            lambda a, b: 1 / (1 + b.exp() / a.exp()),
        ),
        mistake(
            "this is the difference itself, not yet a probability",
            "a probability lies between 0 and 1. Which curve takes any number there?",
            lambda a, b: a - b,
        ),
        mistake(
            "this is the logarithm of the probability",
            "probabilities are asked for here, and they are never negative.",
            lambda a, b: torch.nn.functional.logsigmoid(a - b),
        ),
        mistake(
            "the likely winner is taken for the certain winner",
            "the better one does not always win: the answer should grow smoothly with the gap.",
            lambda a, b: (a > b).float(),
        ),
        mistake(
            "the scores are added, not compared",
            "with two equal scores of any size the answer should be one half.",
            lambda a, b: torch.sigmoid(a + b),
        ),
        mistake(
            "one of the two scores is not used",
            "keep a as it is and change b: the answer should change.",
            lambda a, b: torch.sigmoid(a),
        ),
        mistake(
            "each score went through the sigmoid on its own",
            "adding 10 to both scores should change nothing. Where do the two meet?",
            lambda a, b: a.sigmoid() / (a.sigmoid() + b.sigmoid()),
        ),
        mistake(
            "the scores are divided, not subtracted",
            "with two equal scores the answer should be one half. What is their ratio then?",
            lambda a, b: torch.sigmoid(a / b),
        ),
        mistake(
            "this is the chess players' scale (Elo: base 10, steps of 400)",
            "the idea is the same, but here the base is e and the scores are not divided by 400.",
            lambda a, b: 1 / (1 + 10 ** ((b - a) / 400)),
        ),
        mistake(
            "these are powers of 2, not of e",
            "here they are powers of e, as torch.exp computes them.",
            lambda a, b: 1 / (1 + 2 ** (b - a)),
        ),
    ),
)


def check_bradley_terry_probability(bradley_terry_probability):
    """Return the Verdict on a bradley_terry_probability(score_a, score_b) of your own."""
    return check(EXERCISE, bradley_terry_probability)
