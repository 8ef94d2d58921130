"""The exercise of notebook 01: logits and a temperature become a bet on the next word."""

import torch

from pedagogy.checks.engine import Exercise, Mistake, judge
from pedagogy.maths.language_model import next_word_distribution

EXERCISE = Exercise(
    reference=next_word_distribution,
    gradient_of=("logits",),
    cases=(
        (torch.tensor([2.0, 0.5]), 2.0),
        (torch.tensor([1.0, -1.0, 0.5]), 0.5),
        (torch.tensor([0.3, 2.0, -1.5, 0.0, 1.2]), 1.5),
        (torch.tensor([1.0, -0.5, 2.0]),),
    ),
    edges=((torch.tensor([1000.0, 999.0, 0.0]), 0.5), (torch.tensor([-1000.0, -1001.0]), 2.0)),
    mistakes=(
        Mistake(
            "the temperature multiplies",
            lambda z, t=1.0: torch.softmax(z * t, -1),
            "a higher temperature should make the bets more equal. Does it?",
        ),
        Mistake(
            "the temperature comes after the softmax, and the sum is no longer 1",
            lambda z, t=1.0: torch.exp(torch.log_softmax(z, -1) / t),
            "add up your probabilities. At which step should the temperature enter?",
        ),
        Mistake(
            "the temperature is not used",
            lambda z, t=1.0: torch.softmax(z, -1),
            "try two temperatures on the same logits: the answers should differ.",
        ),
        Mistake(
            "the probabilities are divided by the temperature",
            lambda z, t=1.0: torch.softmax(z, -1) / t,
            "add up your probabilities. At which step should the temperature enter?",
        ),
        Mistake(
            "e to the logit overflows for large logits",
            lambda z, t=1.0: (z / t).exp() / (z / t).exp().sum(-1, keepdim=True),
            "the formula is right, but e^2000 is too large for a computer. Adding the same "
            "number to all logits changes nothing: which one keeps them small?",
        ),
        Mistake(
            "the powers of e are not divided by their sum",
            lambda z, t=1.0: (z / t).exp(),
            "probabilities must add up to 1.",
        ),
        Mistake(
            "these are logarithms of probabilities",
            lambda z, t=1.0: torch.log_softmax(z / t, -1),
            "probabilities are asked for, and they are never negative.",
        ),
        Mistake(
            "the raw logits are divided by their sum",
            lambda z, t=1.0: (z / t) / (z / t).sum(-1, keepdim=True),
            "a negative logit should not become a negative probability.",
        ),
        Mistake(
            "these are still logits",
            lambda z, t=1.0: z / t,
            "one step is missing: the one that makes them positive and lets them add up to 1.",
        ),
        Mistake(
            "each logit went through a sigmoid on its own",
            lambda z, t=1.0: torch.sigmoid(z / t),
            "the words compete for one bet: their probabilities must add up to 1.",
        ),
        Mistake(
            "the whole bet goes to the best word",
            lambda z, t=1.0: torch.nn.functional.one_hot(z.argmax(-1), z.shape[-1]).float(),
            "the other words keep a chance too, and the temperature says how much.",
        ),
        Mistake(
            "the softmax is taken twice",
            lambda z, t=1.0: torch.softmax(torch.softmax(z, -1) / t, -1),
            "what goes into a softmax: logits or probabilities?",
        ),
    ),
)


def check_next_word_distribution(next_word_distribution):
    """Return the Verdict on a next_word_distribution(logits, temperature=1.0) of your own."""
    return judge(EXERCISE, next_word_distribution)
