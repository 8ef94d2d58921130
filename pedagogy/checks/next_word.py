"""The exercise of notebook 01: logits and a temperature become a bet on the next word."""

import torch

from pedagogy.checks.engine import check
from pedagogy.checks.exercise import Exercise, mistake
from pedagogy.checks.inputs import numbers


def next_word_distribution(logits, temperature=1.0):
    return torch.softmax(logits / temperature, -1)


EXERCISE = Exercise(
    reference=next_word_distribution,
    gradient_of=("logits",),
    cases=(
        (torch.tensor([2.0, 0.5]), 2.0),
        (torch.tensor([1.0, -1.0, 0.5]), 0.5),
        (torch.tensor([0.3, 2.0, -1.5, 0.0, 1.2]), 1.5),
        (torch.tensor([1.0, -0.5, 2.0]),),
        (numbers(70), 0.8),
    ),
    edges=((torch.tensor([1000.0, 999.0, 0.0]), 0.5), (torch.tensor([-1000.0, -1001.0]), 2.0)),
    mistakes=(
        mistake(
            "the temperature multiplies",
            "a higher temperature should make the bets more equal. Does it?",
            lambda z, t=1.0: torch.softmax(z * t, -1),
        ),
        mistake(
            "the temperature comes after the softmax, and the sum is no longer 1",
            "add up your probabilities. At which step should the temperature enter?",
            lambda z, t=1.0: torch.exp(torch.log_softmax(z, -1) / t),
        ),
        mistake(
            "the temperature has no effect",
            "two temperatures on the same logits should give different answers. Is it used, and is "
            "it not divided out again?",
            lambda z, t=1.0: torch.softmax(z, -1),
        ),
        mistake(
            "the probabilities are divided by the temperature",
            "add up your probabilities. At which step should the temperature enter?",
            lambda z, t=1.0: torch.softmax(z, -1) / t,
        ),
        mistake(
            "e to the logit overflows for large logits",
            "the formula is right, but e^2000 is too large for a computer. Adding the same "
            "number to all logits changes nothing: which one keeps them small?",
            lambda z, t=1.0: (z / t).exp() / (z / t).exp().sum(-1, keepdim=True),
        ),
        mistake(
            "the powers of e are not divided by their sum",
            "probabilities must add up to 1.",
            lambda z, t=1.0: (z / t).exp(),
        ),
        mistake(
            "these are logarithms of probabilities",
            "probabilities are asked for, and they are never negative.",
            lambda z, t=1.0: torch.log_softmax(z / t, -1),
        ),
        mistake(
            "the raw logits are divided by their sum",
            "a negative logit should not become a negative probability.",
            lambda z, t=1.0: (z / t) / (z / t).sum(-1, keepdim=True),
        ),
        mistake(
            "these are still logits",
            "one step is missing: the one that makes them positive and lets them add up to 1.",
            lambda z, t=1.0: z / t,
        ),
        mistake(
            "each logit went through a sigmoid on its own",
            "the words compete for one bet: their probabilities must add up to 1.",
            lambda z, t=1.0: torch.sigmoid(z / t),
        ),
        mistake(
            "the whole bet goes to the best word",
            "the other words keep a chance too, and the temperature says how much.",
            lambda z, t=1.0: torch.nn.functional.one_hot(z.argmax(-1), z.shape[-1]).float(),
        ),
        mistake(
            "the softmax is taken twice",
            "what goes into a softmax: logits or probabilities?",
            lambda z, t=1.0: torch.softmax(torch.softmax(z, -1) / t, -1),
        ),
    ),
)


def check_next_word_distribution(next_word_distribution):
    """Return the Verdict on a next_word_distribution(logits, temperature=1.0) of your own."""
    return check(EXERCISE, next_word_distribution)
