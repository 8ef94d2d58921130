"""The exercise of notebook 05, second part: learn from good tokens, but not too hastily."""

import torch

from pedagogy.checks.engine import check
from pedagogy.checks.exercise import Exercise, mistake
from pedagogy.checks.inputs import numbers
from pedagogy.checks.whitened import WHITENED

BOTH_SIGNS = (
    "draw ratio · A and clip(ratio) · A over the ratio, once for A = 1 and once for A = -1. "
    "Which of the two should the objective follow on each side of the band?"
)
WHAT_TRAINING_DOES = (
    "training makes the loss small. What would it do to a token with A above zero here?"
)
ONE_NUMBER = "a loss is one number, however many tokens there are. What makes one number of many?"
CHANGE_OLD = "change old_logps: the answer should change."


def _surrogate(
    ratio=lambda new, old: (new - old).exp(),
    clip=lambda r, e: r.clamp(1 - e, 1 + e),
    advantage=lambda a: a,
    end=lambda plain, clipped: -torch.minimum(plain, clipped).mean(),
):
    """Return the right loss with one of its parts exchanged."""

    def loss(logps, old_logps, advantages, clip_epsilon):
        r, a = ratio(logps, old_logps), advantage(advantages)
        return end(r * a, clip(r, clip_epsilon) * a)

    return loss


def clipped_surrogate_loss(logps, old_logps, advantages, clip_epsilon):
    return _surrogate()(logps, old_logps, advantages, clip_epsilon)


EXERCISE = Exercise(
    reference=clipped_surrogate_loss,
    gradient_of=("logps",),  # old_logps and advantages are constants, and may be cut off
    cases=(
        (torch.tensor([-1.0]), torch.tensor([-1.1]), torch.tensor([2.0]), 0.2),  # in the band
        (torch.tensor([-1.0, -1.0]), torch.tensor([-1.5, -1.5]), torch.tensor([1.0, -2.0]), 0.2),
        (torch.tensor([-2.0, -2.0]), torch.tensor([-1.5, -1.5]), torch.tensor([1.5, -1.0]), 0.2),
        (
            torch.tensor([-1.0, -0.7, -2.0, -0.9, -1.8, -1.2, -0.4]),
            torch.tensor([-1.3, -0.75, -1.6, -1.4, -1.75, -0.7, -0.4]),
            torch.tensor([0.8, -1.5, 2.2, -0.6, 1.1, -2.4, 0.5]),
            0.1,
        ),
        (numbers(100, seed=0) / 3 - 2, numbers(100, seed=1) / 3 - 2, numbers(100, seed=2), 0.2),
    ),
    edges=(
        (torch.tensor([-1.0, -3.0]), torch.tensor([-2.0, -2.5]), torch.tensor([0.0, 0.0]), 0.2),
        (torch.tensor([-200.0]), torch.tensor([-200.1]), torch.tensor([1.0]), 0.2),
    ),
    mistakes=(
        mistake(
            "min and max are confused",
            "the objective takes one of the two products, and a loss is minus the objective: "
            + BOTH_SIGNS,
            _surrogate(end=lambda plain, clipped: -torch.maximum(plain, clipped).mean()),
        ),
        mistake(
            "the minus is forgotten: this is the objective",
            WHAT_TRAINING_DOES,
            _surrogate(end=lambda plain, clipped: torch.minimum(plain, clipped).mean()),
        ),
        mistake(
            "the minus is forgotten, and min and max are confused",
            f"two things: {WHAT_TRAINING_DOES} And {BOTH_SIGNS}",
            _surrogate(end=lambda plain, clipped: torch.maximum(plain, clipped).mean()),
        ),
        mistake(
            "it is clipped without the min",
            "a token that moved the wrong way must still be pulled back: " + BOTH_SIGNS,
            _surrogate(end=lambda plain, clipped: -clipped.mean()),
        ),
        mistake(
            "nothing is clipped",
            "change clip_epsilon: where the ratio is far from 1, the answer should change.",
            _surrogate(clip=lambda r, e: r),
        ),
        mistake(
            "clip_epsilon is not used",
            "change clip_epsilon: the ends of the band should move.",
            _surrogate(clip=lambda r, e: r.clamp(0.8, 1.2)),
        ),
        mistake(
            "the min is taken of the ratios, before the advantage",
            "a negative advantage swaps larger and smaller: " + BOTH_SIGNS,
            _surrogate(
                clip=lambda r, e: r.clamp(max=1 + e), end=lambda plain, clipped: -clipped.mean()
            ),
        ),
        mistake(
            "one of the two products is without its advantage",
            "the min compares ratio · A with clip(ratio) · A. Is A in both?",
            lambda n, o, a, e: (
                -torch.minimum((n - o).exp(), (n - o).exp().clamp(1 - e, 1 + e) * a).mean()
            ),
        ),
        mistake(
            "it is clipped only above",
            "a token with A below zero may become rarer only so far: " + BOTH_SIGNS,
            _surrogate(clip=lambda r, e: r.clamp(max=1 + e)),
        ),
        mistake(
            "it is clipped only below",
            "a token with A above zero may become likelier only so far: " + BOTH_SIGNS,
            _surrogate(clip=lambda r, e: r.clamp(min=1 - e)),
        ),
        mistake(
            "the ratio is inverted",
            "a token that the new policy finds likelier than the old one did has a ratio above 1.",
            _surrogate(ratio=lambda new, old: (old - new).exp()),
        ),
        mistake(
            "this is the log-ratio: the exp is forgotten",
            "when nothing has changed yet, the ratio is exactly 1. Is it?",
            _surrogate(ratio=lambda new, old: new - old),
        ),
        mistake(
            "the log-probabilities are divided",
            "this is a ratio of probabilities. What becomes of a quotient under the logarithm?",
            _surrogate(ratio=lambda new, old: new / old),
        ),
        mistake(
            "the exponentials are taken one by one, and round to 0 for unlikely tokens",
            "the formula is right, but e^-200 is too small for a computer, and 0/0 is nan. Only "
            "the difference of the logarithms matters: can it be taken first?",
            _surrogate(ratio=lambda new, old: new.exp() / old.exp()),
        ),
        mistake(
            "the ratio is clipped around 0, not around 1",
            "when nothing has changed yet, the ratio is exactly 1. Where does the band lie?",
            _surrogate(clip=lambda r, e: r.clamp(-e, e)),
        ),
        mistake(
            "the log-ratio is clipped, not the ratio",
            "the band reaches from 1 - epsilon to 1 + epsilon. Where do the ends of yours lie?",
            _surrogate(clip=lambda r, e: r.log().clamp(-e, e).exp()),
        ),
        mistake(
            "the product is clipped, not the ratio",
            "the band is for the ratio alone. A large advantage should not count as a large step.",
            lambda n, o, a, e: (
                -torch.minimum((n - o).exp() * a, ((n - o).exp() * a).clamp(1 - e, 1 + e)).mean()
            ),
        ),
        mistake(
            "the sum is taken, not the mean",
            ONE_NUMBER,
            _surrogate(end=lambda plain, clipped: -torch.minimum(plain, clipped).sum()),
        ),
        mistake(
            "nothing is averaged yet",
            ONE_NUMBER,
            _surrogate(end=lambda plain, clipped: -torch.minimum(plain, clipped)),
        ),
        mistake(
            "nothing is averaged yet, and the minus is forgotten",
            ONE_NUMBER,
            _surrogate(end=torch.minimum),
        ),
        mistake(
            "the min is taken of the means",
            "the clip decides for each token on its own.",
            _surrogate(end=lambda plain, clipped: -torch.minimum(plain.mean(), clipped.mean())),
        ),
        mistake(
            "the advantages are whitened here",
            "the loss takes the advantages as they come: whitening is a step of its own.",
            *(_surrogate(advantage=whitened) for whitened in WHITENED),
        ),
        mistake(
            "the sign of the advantage is lost",
            "a token with A below zero should become less likely.",
            _surrogate(advantage=torch.abs),
        ),
        mistake(
            "the advantages are not used",
            "change the advantages: the answer should change.",
            _surrogate(advantage=torch.ones_like),
        ),
        mistake(
            "this is the plain policy gradient, without the ratio",
            CHANGE_OLD,
            lambda n, o, a, e: -(n * a).mean(),
        ),
        mistake(
            "the old policy is not used", CHANGE_OLD, _surrogate(ratio=lambda new, old: new.exp())
        ),
    ),
)


def check_clipped_surrogate_loss(clipped_surrogate_loss):
    """Return the Verdict on a clipped_surrogate_loss of your own.

    Its arguments: (logps, old_logps, advantages, clip_epsilon).
    """
    return check(EXERCISE, clipped_surrogate_loss)
