"""The exercise of notebook 02: two scores become one probability."""

import torch

from pedagogy.checks.engine import Exercise, Mistake, judge
from pedagogy.maths.bradley_terry import bradley_terry_probability, proportional_probability

EXERCISE = Exercise(
    reference=bradley_terry_probability,
    gradient_of=("score_a", "score_b"),
    cases=(
        (torch.tensor(5.0), torch.tensor(2.0)),
        (torch.tensor([-1.0, 0.5]), torch.tensor([2.0, -0.25])),
        (torch.tensor([[3.0, -2.0], [0.2, 1.5]]), torch.tensor([[1.0, -0.5], [4.0, 0.3]])),
    ),
    edges=(
        (torch.tensor(0.0), torch.tensor(0.0)),
        (torch.tensor(1000.0), torch.tensor(999.0)),
        (torch.tensor([-1000.0, 500.0]), torch.tensor([1000.0, -500.0])),
    ),
    mistakes=(
        Mistake(
            "this is the ratio of the raw scores",
            proportional_probability,
            "try scores of -1 and 2. Which function makes any score positive before they "
            "are compared?",
        ),
        Mistake(
            "the difference is reversed",
            lambda a, b: torch.sigmoid(b - a),
            "whose probability is asked for? With 5 against 2 it should be above one half.",
        ),
        Mistake(
            "e to the score overflows for large scores",
            lambda a, b: a.exp() / (a.exp() + b.exp()),
            "the formula is right, but e^1000 is too large for a computer. Only the difference "
            "of the scores matters: can it be taken first?",
        ),
        Mistake(
            "this is the difference itself, not yet a probability",
            lambda a, b: a - b,
            "a probability lies between 0 and 1. Which curve brings any number there?",
        ),
        Mistake(
            "this is the logarithm of the probability",
            lambda a, b: torch.nn.functional.logsigmoid(a - b),
            "probabilities are asked for here, and they are never negative.",
        ),
        Mistake(
            "this counts as certain what is only likely",
            lambda a, b: (a > b).float(),
            "the better one does not always win: the answer should grow smoothly with the gap.",
        ),
        Mistake(
            "the scores are added, not compared",
            lambda a, b: torch.sigmoid(a + b),
            "with two equal scores of any size the answer should be one half.",
        ),
        Mistake(
            "one of the two scores is not used",
            lambda a, b: torch.sigmoid(a),
            "keep a as it is and change b: the answer should change.",
        ),
        Mistake(
            "each score went through the sigmoid on its own",
            lambda a, b: a.sigmoid() / (a.sigmoid() + b.sigmoid()),
            "adding 10 to both scores should change nothing. Where do the two meet?",
        ),
        Mistake(
            "the scores are divided, not subtracted",
            lambda a, b: torch.sigmoid(a / b),
            "with two equal scores the answer should be one half. What is their ratio then?",
        ),
        Mistake(
            "this is the chess players' scale (Elo: base 10, steps of 400)",
            lambda a, b: 1 / (1 + 10 ** ((b - a) / 400)),
            "the idea is the same, but here the base is e and the scores are not divided by 400.",
        ),
        Mistake(
            "the base of the powers is 2",
            lambda a, b: 1 / (1 + 2 ** (b - a)),
            "here the powers are those of e, as torch.exp computes them.",
        ),
    ),
)


def check_bradley_terry_probability(bradley_terry_probability):
    """Return the Verdict on a bradley_terry_probability(score_a, score_b) of your own."""
    return judge(EXERCISE, bradley_terry_probability)
