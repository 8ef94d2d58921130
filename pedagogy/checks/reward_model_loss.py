"""The exercise of notebook 04, first part: learn scores from what people chose."""

import torch
from torch.nn.functional import binary_cross_entropy, logsigmoid

from pedagogy.checks.engine import Exercise, Mistake, judge
from pedagogy.maths.preference_losses import reward_model_loss

EPSILONS = (1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5)
EXPLODES = (
    "the formula is right, but the computer rounds the probability of a hopeless pair to 0, and "
    "log 0 is -inf. Can probability and logarithm be taken in one step?"
)
FLAT = (
    "the formula is right, but at a gap of -1000 the loss should be 1000. Can probability and "
    "logarithm be taken in one step?"
)
ONE_NUMBER = "a loss is one number for the whole batch, whatever its size. How is it formed?"


EXERCISE = Exercise(
    reference=reward_model_loss,
    gradient_of=("chosen_scores", "rejected_scores"),
    cases=(
        (torch.tensor([2.0]), torch.tensor([0.5])),
        (torch.tensor([1.0, -0.5]), torch.tensor([-1.0, 0.75])),
        (torch.tensor([3.0, 0.2, -2.0, 1.5, 0.0]), torch.tensor([1.0, 0.7, -2.5, 4.0, 0.3])),
    ),
    edges=(
        (torch.tensor([0.0, 0.0]), torch.tensor([0.0, 0.0])),
        (torch.tensor([-50.0, 1.0]), torch.tensor([50.0, 2.0])),
        (torch.tensor([1000.0, 500.0]), torch.tensor([999.0, 501.0])),
        (torch.tensor([-500.0, 500.0]), torch.tensor([500.0, -500.0])),
    ),
    mistakes=(
        Mistake(
            "chosen and rejected are swapped",
            lambda c, r: -logsigmoid(r - c).mean(),
            "raise the score of the chosen response: the loss should fall. Does it?",
        ),
        Mistake(
            "log of sigmoid in two steps: inf where the gap is large",
            lambda c, r: -torch.sigmoid(c - r).log().mean(),
            EXPLODES,
        ),
        Mistake(
            "log of sigmoid in two steps: inf where the gap is large",
            lambda c, r: -torch.stack([c, r]).softmax(0)[0].log().mean(),
            EXPLODES,
        ),
        Mistake(
            "e to the score overflows for large scores",
            lambda c, r: -(c.exp() / (c.exp() + r.exp())).log().mean(),
            "the formula is right, but e^1000 is too large for a computer. Only the difference "
            "of the scores matters: can it be taken first?",
        ),
        Mistake(
            "e to the score overflows for large scores",
            lambda c, r: ((c.exp() + r.exp()).log() - c).mean(),
            "the formula is right, but e^1000 is too large for a computer. torch has this very "
            "sum of powers as one careful function.",
        ),
        *(
            Mistake(
                "a small number keeps the log finite, and a hopeless pair costs too little",
                lambda c, r, small=small: -(torch.sigmoid(c - r) + small).log().mean(),
                FLAT,
            )
            for small in EPSILONS
        ),
        Mistake(
            "the log is cut off at -100, and a hopeless pair costs too little",
            lambda c, r: binary_cross_entropy(torch.sigmoid(c - r), torch.ones_like(c)),
            FLAT,
        ),
        Mistake(
            "the logarithm is forgotten",
            lambda c, r: -torch.sigmoid(c - r).mean(),
            "this is minus the probability. How surprising is a choice of probability 1/2, in "
            "nats?",
        ),
        Mistake(
            "this is the probability that the rejected one wins",
            lambda c, r: torch.sigmoid(r - c).mean(),
            "the loss of a hopeless pair should grow without bound, and no probability does.",
        ),
        Mistake(
            "the minus is forgotten",
            lambda c, r: logsigmoid(c - r).mean(),
            "training makes the loss small. What would it do to the chosen response here?",
        ),
        Mistake(
            "the sum is taken, not the mean", lambda c, r: -logsigmoid(c - r).sum(), ONE_NUMBER
        ),
        Mistake("nothing is averaged yet", lambda c, r: -logsigmoid(c - r), ONE_NUMBER),
        Mistake(
            "nothing is averaged yet, and the minus is forgotten",
            lambda c, r: logsigmoid(c - r),
            ONE_NUMBER,
        ),
        Mistake(
            "the gaps are averaged before the surprise is taken",
            lambda c, r: -logsigmoid((c - r).mean()),
            "one pair right and one wrong by the same gap: each pair has a surprise of its own.",
        ),
        Mistake(
            "the probabilities are averaged before the logarithm",
            lambda c, r: -torch.sigmoid(c - r).mean().log(),
            "each pair has a surprise of its own, and the mean is over surprises.",
        ),
        Mistake(
            "this is only the gap",
            lambda c, r: (r - c).mean(),
            "a gap already large should not be rewarded for ever. Which curve flattens it?",
        ),
        Mistake(
            "the scores are shared out like points",
            lambda c, r: -(c / (c + r)).log().mean(),
            "adding 10 to both scores should change nothing. Which rule of notebook 02 has that?",
        ),
        Mistake(
            "this squares the distance of the probability from 1",
            lambda c, r: (1 - torch.sigmoid(c - r)).square().mean(),
            "the surprise of a choice is minus the logarithm of its probability.",
        ),
        Mistake(
            "this is a hinge: the pull ends at a gap of 1",
            lambda c, r: torch.relu(1 - (c - r)).mean(),
            "the surprise that Bradley and Terry give falls smoothly, and is never quite 0.",
        ),
        Mistake(
            "this squares the distance of the gap from 1",
            lambda c, r: (1 - (c - r)).square().mean(),
            "a pair that is told apart better than by 1 should not cost more. Does it here?",
        ),
        Mistake(
            "each score is judged on its own",
            lambda c, r: -(logsigmoid(c) + logsigmoid(-r)).mean(),
            "adding 10 to both scores should change nothing. Where do the two meet?",
        ),
        Mistake(
            "each score is judged on its own",
            lambda c, r: -(logsigmoid(c) + logsigmoid(-r)).mean() / 2,
            "adding 10 to both scores should change nothing. Where do the two meet?",
        ),
        Mistake(
            "the rejected score is not used",
            lambda c, r: -logsigmoid(c).mean(),
            "keep the chosen score and change the rejected one: the loss should change.",
        ),
        Mistake(
            "the scores went through a sigmoid before they were compared",
            lambda c, r: -logsigmoid(c.sigmoid() - r.sigmoid()).mean(),
            "one sigmoid is enough: it turns the gap into a probability.",
        ),
        Mistake(
            "the sigmoid is taken twice",
            lambda c, r: -logsigmoid(torch.sigmoid(c - r)).mean(),
            "does the function that you call last begin with a sigmoid of its own?",
        ),
        Mistake(
            "the scores are added, not compared",
            lambda c, r: -logsigmoid(c + r).mean(),
            "adding 10 to both scores should change nothing.",
        ),
        Mistake(
            "this is in bits",
            lambda c, r: -(logsigmoid(c - r) / torch.tensor(2.0).log()).mean(),
            "here the logarithm is the natural one: two equal scores cost log 2 = 0.6931.",
        ),
        Mistake(
            "this is half of the loss",
            lambda c, r: -logsigmoid(c - r).mean() / 2,
            "two equal scores should cost log 2 = 0.6931.",
        ),
        Mistake(
            "every response is compared with those of other pairs",
            lambda c, r: -logsigmoid(c[:, None] - r[None, :]).mean(),
            "pair i is chosen i against rejected i. Which shapes meet in your difference?",
        ),
    ),
)


def check_reward_model_loss(reward_model_loss):
    """Return the Verdict on a reward_model_loss(chosen_scores, rejected_scores) of your own."""
    return judge(EXERCISE, reward_model_loss)
