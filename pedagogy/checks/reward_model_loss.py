"""The exercise of notebook 04, first part: learn scores from what people chose."""

import torch
from torch.nn.functional import binary_cross_entropy, logsigmoid

from pedagogy.checks.engine import check
from pedagogy.checks.exercise import Exercise, mistake
from pedagogy.checks.inputs import numbers

EPSILONS = (1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5)
EXPLODES = (
    "the formula is right, but to a computer e^1000 is inf, the probability of a hopeless pair 0, "
    "and log 0 is -inf. Can all be done in one step?"
)
FLAT = (
    "the formula is right, but at a gap of -1000 the loss should be 1000. Can probability and "
    "logarithm be taken in one step?"
)
ONE_NUMBER = "a loss is one number, however many pairs there are. What makes one number of many?"


def reward_model_loss(chosen_scores, rejected_scores):
    return -logsigmoid(chosen_scores - rejected_scores).mean()


EXERCISE = Exercise(
    reference=reward_model_loss,
    gradient_of=("chosen_scores", "rejected_scores"),
    cases=(
        (torch.tensor([2.0]), torch.tensor([0.5])),
        (torch.tensor([1.0, -0.5]), torch.tensor([-1.0, 0.75])),
        (torch.tensor([3.0, 0.2, -2.0, 1.5, 0.0]), torch.tensor([1.0, 0.7, -2.5, 4.0, 0.3])),
        (numbers(100, seed=0), numbers(100, seed=1)),
    ),
    edges=(
        (torch.tensor([0.0, 0.0]), torch.tensor([0.0, 0.0])),
        (torch.tensor([-40.0, 1.0]), torch.tensor([40.0, 2.0])),  # float32 still holds e^-80
        (torch.tensor([1000.0, 500.0]), torch.tensor([999.0, 501.0])),
        (torch.tensor([-500.0, 500.0]), torch.tensor([500.0, -500.0])),
    ),
    mistakes=(
        mistake(
            "chosen and rejected are swapped",
            "raise the score of the chosen response: the loss should fall. Does it?",
            lambda c, r: -logsigmoid(r - c).mean(),
            kind="scores",
        ),
        mistake(
            "log of sigmoid in several steps: inf where the gap is large",
            EXPLODES,
            lambda c, r: -torch.sigmoid(c - r).log().mean(),
            lambda c, r: -torch.stack([c, r]).softmax(0)[0].log().mean(),
        ),
        mistake(
            "e to the score overflows for large scores",
            "the formula is right, but e^1000 is too large for a computer. Only the difference "
            "of the scores matters: can it be taken first?",
            lambda c, r: -(c.exp() / (c.exp() + r.exp())).log().mean(),
            kind="scores",
        ),
        mistake(
            "e to the score overflows for large scores",
            "the formula is right, but e^1000 is too large for a computer. torch has this very "
            "sum of powers as one careful function.",
            lambda c, r: ((c.exp() + r.exp()).log() - c).mean(),
            kind="scores",
        ),
        mistake(
            "a small number keeps the log finite, and a hopeless pair costs too little",
            FLAT,
            *(lambda c, r, e=e: -(torch.sigmoid(c - r) + e).log().mean() for e in EPSILONS),
        ),
        mistake(
            "the log is cut off at -100, and a hopeless pair costs too little",
            FLAT,
            lambda c, r: binary_cross_entropy(torch.sigmoid(c - r), torch.ones_like(c)),
        ),
        mistake(
            "nan everywhere, as where the logarithm is taken twice",
            "logsigmoid is a logarithm already, and below 0. Must one more be taken of it?",
            lambda c, r: -logsigmoid(c - r).log().mean(),
            kind="scores",  # that of log-probabilities says it of the others
        ),
        mistake(
            "the logarithm is forgotten",
            "this is minus the probability. How surprising is a choice of probability 1/2, in "
            "nats?",
            lambda c, r: -torch.sigmoid(c - r).mean(),
        ),
        mistake(
            "this is the probability that the rejected one wins",
            "the loss of a hopeless pair should grow without bound, and no probability does.",
            lambda c, r: torch.sigmoid(r - c).mean(),
        ),
        mistake(
            "the minus is forgotten",
            "training makes the loss small. What would it do to the chosen response here?",
            lambda c, r: logsigmoid(c - r).mean(),
        ),
        mistake(
            "the sum is taken, not the mean", ONE_NUMBER, lambda c, r: -logsigmoid(c - r).sum()
        ),
        mistake("nothing is averaged yet", ONE_NUMBER, lambda c, r: -logsigmoid(c - r)),
        mistake(
            "nothing is averaged yet, and the minus is forgotten",
            ONE_NUMBER,
            lambda c, r: logsigmoid(c - r),
        ),
        mistake(
            "the gaps are averaged before the surprise is taken",
            "one pair right and one wrong by the same gap: each pair has a surprise of its own.",
            lambda c, r: -logsigmoid((c - r).mean()),
        ),
        mistake(
            "the probabilities are averaged before the logarithm",
            "each pair has a surprise of its own, and the mean is over surprises.",
            lambda c, r: -torch.sigmoid(c - r).mean().log(),
        ),
        mistake(
            "this is only the gap",
            "a gap that is already large should earn less and less. Which curve is flat there?",
            lambda c, r: (r - c).mean(),
        ),
        mistake(
            "each score is taken as a share of their sum",
            "adding 10 to both scores should change nothing. Which rule of notebook 02 has that?",
            lambda c, r: -(c / (c + r)).log().mean(),
            kind="scores",
        ),
        mistake(
            "this squares the distance of the probability from 1",
            "the surprise of a choice is minus the logarithm of its probability.",
            lambda c, r: (1 - torch.sigmoid(c - r)).square().mean(),
        ),
        mistake(
            "this is a hinge: the pull ends at a gap of 1",
            "the surprise of Bradley and Terry falls smoothly, and is never quite 0.",
            lambda c, r: torch.relu(1 - (c - r)).mean(),
        ),
        mistake(
            "this squares the distance of the gap from 1",
            "a gap above 1 should not cost more than a gap of 1. Does it here?",
            lambda c, r: (1 - (c - r)).square().mean(),
        ),
        mistake(
            "each score is used on its own",
            "adding 10 to both scores should change nothing. Where do the two meet?",
            lambda c, r: -(logsigmoid(c) + logsigmoid(-r)).mean(),
            lambda c, r: -(logsigmoid(c) + logsigmoid(-r)).mean() / 2,
            kind="scores",
        ),
        mistake(
            "the rejected score is not used",
            "keep the chosen score and change the rejected one: the loss should change.",
            lambda c, r: -logsigmoid(c).mean(),
            kind="scores",
        ),
        mistake(
            "the scores went through a sigmoid before they were compared",
            "one sigmoid is enough: it turns the gap into a probability.",
            lambda c, r: -logsigmoid(c.sigmoid() - r.sigmoid()).mean(),
            kind="scores",
        ),
        mistake(
            "the sigmoid is taken twice",
            "does the function that you call last begin with a sigmoid of its own?",
            lambda c, r: -logsigmoid(torch.sigmoid(c - r)).mean(),
        ),
        mistake(
            "the scores are added, not compared",
            "adding 10 to both scores should change nothing.",
            lambda c, r: -logsigmoid(c + r).mean(),
            kind="scores",
        ),
        mistake(
            "this is in bits",
            "here the logarithm is the natural one: two equal scores cost log 2 = 0.6931.",
            lambda c, r: -(logsigmoid(c - r) / torch.tensor(2.0).log()).mean(),
            kind="scores",
        ),
        mistake(
            "this is half of the loss",
            "two equal scores should cost log 2 = 0.6931.",
            lambda c, r: -logsigmoid(c - r).mean() / 2,
            kind="scores",
        ),
        mistake(
            "every response is compared with those of other pairs",
            "pair i is chosen i against rejected i. Which shapes meet in your difference?",
            lambda c, r: -logsigmoid(c[:, None] - r[None, :]).mean(),
        ),
    ),
)


def check_reward_model_loss(reward_model_loss):
    """Return the Verdict on a reward_model_loss(chosen_scores, rejected_scores) of your own."""
    return check(EXERCISE, reward_model_loss)
