"""The exercise of notebook 05, second part: learn from good tokens, but not too hastily."""

import torch

from pedagogy.checks.engine import Exercise, Mistake, judge
from pedagogy.maths.policy_losses import clipped_surrogate_loss

BOTH_SIGNS = (
    "draw ratio · A and clip(ratio) · A over the ratio, once for A = 1 and once for A = -1. "
    "Which of the two should the objective follow on each side of the band?"
)
WHAT_TRAINING_DOES = (
    "training makes the loss small. What would it do to a token with A above zero here?"
)
ONE_NUMBER = "a loss is one number for all tokens, however many. How is it formed?"
CHANGE_OLD = "change old_logps: the answer should change."


def _whitened(a, ddof, small):
    variance = (a - a.mean()).square().sum() / (len(a) - ddof)
    return (a - a.mean()) / (variance.sqrt() + small)


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
    ),
    edges=(
        (torch.tensor([-1.0, -3.0]), torch.tensor([-2.0, -2.5]), torch.tensor([0.0, 0.0]), 0.2),
        (torch.tensor([-200.0]), torch.tensor([-200.1]), torch.tensor([1.0]), 0.2),
    ),
    mistakes=(
        Mistake(
            "min and max are confused",
            _surrogate(end=lambda plain, clipped: -torch.maximum(plain, clipped).mean()),
            "the objective takes one of the two products, and a loss is the objective turned "
            "round: " + BOTH_SIGNS,
        ),
        Mistake(
            "the minus is forgotten: this is the objective",
            _surrogate(end=lambda plain, clipped: torch.minimum(plain, clipped).mean()),
            WHAT_TRAINING_DOES,
        ),
        Mistake(
            "the minus is forgotten, and min and max are confused",
            _surrogate(end=lambda plain, clipped: torch.maximum(plain, clipped).mean()),
            f"two things: {WHAT_TRAINING_DOES} And {BOTH_SIGNS}",
        ),
        Mistake(
            "it is clipped without the min",
            _surrogate(end=lambda plain, clipped: -clipped.mean()),
            "a token that moved the wrong way must still be pulled back: " + BOTH_SIGNS,
        ),
        Mistake(
            "nothing is clipped",
            _surrogate(clip=lambda r, e: r),
            "change clip_epsilon: where the ratio is far from 1, the answer should change.",
        ),
        Mistake(
            "the min is taken of the ratios, before the advantage",
            _surrogate(
                clip=lambda r, e: r.clamp(max=1 + e), end=lambda plain, clipped: -clipped.mean()
            ),
            "a negative advantage turns larger and smaller round: " + BOTH_SIGNS,
        ),
        Mistake(
            "one of the two products is without its advantage",
            lambda n, o, a, e: (
                -torch.minimum((n - o).exp(), (n - o).exp().clamp(1 - e, 1 + e) * a).mean()
            ),
            "the min compares ratio · A with clip(ratio) · A. Is A in both?",
        ),
        Mistake(
            "it is clipped only above",
            _surrogate(clip=lambda r, e: r.clamp(max=1 + e)),
            "a token with A below zero may become rarer only so far: " + BOTH_SIGNS,
        ),
        Mistake(
            "it is clipped only below",
            _surrogate(clip=lambda r, e: r.clamp(min=1 - e)),
            "a token with A above zero may become likelier only so far: " + BOTH_SIGNS,
        ),
        Mistake(
            "the ratio is inverted",
            _surrogate(ratio=lambda new, old: (old - new).exp()),
            "a token that the new policy finds likelier than the old one did has a ratio above 1.",
        ),
        Mistake(
            "this is the log-ratio: the exp is forgotten",
            _surrogate(ratio=lambda new, old: new - old),
            "when nothing has changed yet, the ratio is exactly 1. Is it?",
        ),
        Mistake(
            "the log-probabilities are divided",
            _surrogate(ratio=lambda new, old: new / old),
            "the ratio is one of probabilities. What becomes of a quotient under the logarithm?",
        ),
        Mistake(
            "the exponentials are taken one by one, and round to 0 for unlikely tokens",
            _surrogate(ratio=lambda new, old: new.exp() / old.exp()),
            "the formula is right, but e^-200 is too small for a computer, and 0/0 is nan. Only "
            "the difference of the logarithms matters: can it be taken first?",
        ),
        Mistake(
            "the ratio is clipped around 0, not around 1",
            _surrogate(clip=lambda r, e: r.clamp(-e, e)),
            "when nothing has changed yet, the ratio is exactly 1. Where does the band lie?",
        ),
        Mistake(
            "the log-ratio is clipped, not the ratio",
            _surrogate(clip=lambda r, e: r.log().clamp(-e, e).exp()),
            "the band reaches from 1 - epsilon to 1 + epsilon. Where do the ends of yours lie?",
        ),
        Mistake(
            "the product is clipped, not the ratio",
            lambda n, o, a, e: (
                -torch.minimum((n - o).exp() * a, ((n - o).exp() * a).clamp(1 - e, 1 + e)).mean()
            ),
            "the band is one for the ratio. A large advantage should not count as a large step.",
        ),
        Mistake(
            "the sum is taken, not the mean",
            _surrogate(end=lambda plain, clipped: -torch.minimum(plain, clipped).sum()),
            ONE_NUMBER,
        ),
        Mistake(
            "nothing is averaged yet",
            _surrogate(end=lambda plain, clipped: -torch.minimum(plain, clipped)),
            ONE_NUMBER,
        ),
        Mistake(
            "the min is taken of the means",
            _surrogate(end=lambda plain, clipped: -torch.minimum(plain.mean(), clipped.mean())),
            "the clip holds or frees each token for itself.",
        ),
        *(
            Mistake(
                "the advantages are whitened here",
                _surrogate(advantage=lambda a, how=how: _whitened(a, *how)),
                "the loss takes the advantages as they come: whitening is a step of its own.",
            )
            for how in ((0, 0), (0, 1e-8), (1, 0))
        ),
        Mistake(
            "the sign of the advantage is lost",
            _surrogate(advantage=torch.abs),
            "a token with A below zero should become less likely.",
        ),
        Mistake(
            "the advantages are not used",
            _surrogate(advantage=torch.ones_like),
            "change the advantages: the answer should change.",
        ),
        Mistake(
            "this is the plain policy gradient, without the ratio",
            lambda n, o, a, e: -(n * a).mean(),
            CHANGE_OLD,
        ),
        Mistake(
            "the old policy is not used",
            _surrogate(ratio=lambda new, old: new.exp()),
            CHANGE_OLD,
        ),
    ),
)


def check_clipped_surrogate_loss(clipped_surrogate_loss):
    """Return the Verdict on a clipped_surrogate_loss of your own.

    Its arguments: (logps, old_logps, advantages, clip_epsilon).
    """
    return judge(EXERCISE, clipped_surrogate_loss)
