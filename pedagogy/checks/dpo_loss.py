"""The exercise of notebook 08: one loss, and no reward model beside it."""

import math

import torch
from torch.nn.functional import logsigmoid

from pedagogy.checks import reward_model_loss
from pedagogy.checks.engine import check
from pedagogy.checks.exercise import Exercise, mistake
from pedagogy.checks.implicit_reward import LOG_RATIOS
from pedagogy.checks.inputs import numbers

AT_THE_START = "a policy that is still the reference should cost log 2 = 0.6931, for any beta."
RAISE_CHOSEN = "make the chosen response likelier under the policy: the loss should fall. Does it?"
RAISE_REJECTED = "make the rejected response likelier under the policy: the loss should rise."
USE_ALL = "change each of the four log-probabilities in turn: the loss should change every time."


def _pairs(*logps, beta):
    return (*map(torch.tensor, logps), beta)


def _loss(gaps):
    return -logsigmoid(gaps).mean()


def _signs(name, hint, *signs):
    """Return a mistake in the signs of the policy's chosen and rejected, and the reference's."""
    forms = (
        lambda *args, s=s: _loss(args[4] * (torch.stack(args[:4], 1) @ s.float()))
        for s in torch.tensor(signs)
    )
    return mistake(name, hint, *forms)


def _of_chosen(f):
    return lambda pc, pr, rc, rr, b: _loss(b * (f(pc, rc) - f(pr, rr)))


def _of_policy(f):
    return lambda pc, pr, rc, rr, b: _loss(b * (f(pc, pr) - f(rc, rr)))


def _of_rewards(f):
    """Return f of the implicit rewards, chosen and rejected, which are right."""
    return lambda pc, pr, rc, rr, b: f(b * (pc - rc), b * (pr - rr))


def _rewards(name, hint, *losses):
    return mistake(name, hint, *losses).within(_of_rewards)


def dpo_loss(
    policy_chosen_logps,
    policy_rejected_logps,
    reference_chosen_logps,
    reference_rejected_logps,
    beta,
):
    policy_gap = policy_chosen_logps - policy_rejected_logps
    return _loss(beta * (policy_gap - (reference_chosen_logps - reference_rejected_logps)))


EXERCISE = Exercise(
    reference=dpo_loss,
    gradient_of=("policy_chosen_logps", "policy_rejected_logps"),  # the reference is a constant
    cases=(
        _pairs([-2.0], [-3.0], [-2.5], [-2.2], beta=0.3),
        _pairs([-1.0, -3.5], [-2.8, -2.5], [-2.0, -3.0], [-2.3, -3.4], beta=0.3),
        _pairs(
            [-1.0, -3.2, -2.1, -3.0, -0.5],
            [-2.5, -1.4, -2.9, -2.2, -3.4],
            [-1.8, -2.0, -2.6, -2.3, -1.1],
            [-2.0, -1.9, -1.7, -3.3, -2.6],
            beta=1.2,
        ),
        (*(numbers(100, seed=seed) - 3 for seed in range(4)), 0.5),
    ),
    edges=(
        _pairs([-12.0, -7.0], [-9.0, -8.0], [-12.0, -7.0], [-9.0, -8.0], beta=0.3),
        _pairs([-200.0], [-203.0], [-210.0], [-206.0], beta=0.3),
        _pairs([-200.0], [-320.0], [-300.0], [-419.5], beta=5.0),
        _pairs([-200.0, -400.0], [-400.0, -200.0], [-300.0] * 2, [-300.0] * 2, beta=5.0),
    ),
    mistakes=(
        _signs(
            "the gap is reversed, as if chosen and rejected were swapped",
            RAISE_CHOSEN,
            (-1, 1, 1, -1),
        ),
        _signs(
            "the policy's part is reversed, as if its chosen and rejected were swapped",
            RAISE_CHOSEN,
            (-1, 1, -1, 1),
        ),
        _signs(
            "the reference's part is reversed, as if its chosen and rejected were swapped",
            AT_THE_START,
            (1, -1, 1, -1),
        ),
        _signs("the two responses are added, not compared", RAISE_REJECTED, (1, 1, -1, -1)),
        _signs("the reference is not used", USE_ALL, (1, -1, 0, 0)),
        _signs("the policy is not used", USE_ALL, (0, 0, 1, -1), (0, 0, -1, 1)),
        _signs("the rejected responses are not used", USE_ALL, (1, 0, -1, 0)),
        _signs("the chosen responses are not used", USE_ALL, (0, -1, 0, 1), (0, 1, 0, -1)),
        _signs("one of the four is not used", USE_ALL, (1, -1, -1, 0), (1, -1, 0, 1)),
        _signs("one sign is wrong, as without brackets", AT_THE_START, (1, -1, -1, -1)),
        # This is the reward model's loss on implicit rewards, and so are many of its mistakes.
        *(
            m.within(_of_rewards)
            for m in reward_model_loss.EXERCISE.mistakes
            if m.kind != "scores"  # there are none here
        ),
        *(m.within(side) for m in LOG_RATIOS for side in (_of_chosen, _of_policy)),
        _rewards(
            "e to the reward overflows for large rewards",
            "the formula is right, but e^500 is too large for a computer. Only the difference of "
            "the rewards matters: can it be taken first?",
            lambda c, r: -(c.exp() / (c.exp() + r.exp())).log().mean(),
            lambda c, r: ((c.exp() + r.exp()).log() - c).mean(),
        ),
        _rewards(
            "each response is used on its own",
            "raise both rewards by the same: nothing should change. Where should they meet?",
            lambda c, r: _loss(c) + _loss(-r),
            lambda c, r: (_loss(c) + _loss(-r)) / 2,
            lambda c, r: _loss(c) - _loss(r),
        ),
        _rewards(
            "labels are smoothed: each pair counts a little the other way round",
            "here every pair counts in full, as our human chose. Is there a second term?",
            *(
                lambda c, r, share=share: (1 - share) * _loss(c - r) + share * _loss(r - c)
                for share in (0.05, 0.1, 0.2)
            ),
        ),
        _rewards(
            "the logarithm is not the natural one",
            AT_THE_START,
            *(lambda c, r, base=base: _loss(c - r) / math.log(base) for base in (2, 10)),
        ),
        _rewards("this is half of the loss", AT_THE_START, lambda c, r: _loss(c - r) / 2),
        _rewards(
            "one of the two responses is cut off",
            "training should push the chosen response up and the rejected one down. Does "
            ".detach() or torch.no_grad() stop one of them?",
            lambda c, r: _loss(c - r.detach()),
            lambda c, r: _loss(c.detach() - r),
        ),
        mistake(
            "beta is not used",
            "try two values of beta: the losses should differ.",
            lambda pc, pr, rc, rr, b: _loss((pc - rc) - (pr - rr)),
        ),
        mistake(
            "it is divided by beta",
            "double beta: a pair in the right order should cost less. Does it?",
            lambda pc, pr, rc, rr, b: _loss(((pc - rc) - (pr - rr)) / b),
        ),
        mistake(
            "beta is outside the log-sigmoid",
            AT_THE_START,
            lambda pc, pr, rc, rr, b: b * _loss((pc - rc) - (pr - rr)),
            lambda pc, pr, rc, rr, b: b * _loss(b * ((pc - rc) - (pr - rr))),
        ),
        mistake(
            "beta weighs only a part, as without brackets",
            "which part of the formula does beta multiply? Count the brackets.",
            lambda pc, pr, rc, rr, b: _loss(b * (pc - pr) - (rc - rr)),
            lambda pc, pr, rc, rr, b: _loss((pc - pr) - b * (rc - rr)),
            lambda pc, pr, rc, rr, b: _loss(b * (pc - rc) - (pr - rr)),
        ),
        mistake(
            "this is IPO's loss: it squares the distance of the log-ratio from 1 / (2 beta)",
            "a larger gap should never cost more. Does it here?",
            lambda pc, pr, rc, rr, b: ((pc - rc) - (pr - rr) - 1 / (2 * b)).square().mean(),
        ),
    ),
)


def check_dpo_loss(dpo_loss):
    """Return the Verdict on a dpo_loss of your own.

    Its arguments: (policy_chosen_logps, policy_rejected_logps, reference_chosen_logps,
    reference_rejected_logps, beta).
    """
    return check(EXERCISE, dpo_loss)
