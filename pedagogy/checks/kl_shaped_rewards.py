"""The exercise of notebook 06: one score and many prices become a reward per token."""

import torch

from pedagogy.checks.engine import check
from pedagogy.checks.exercise import Exercise, mistake
from pedagogy.checks.inputs import flags, numbers, spans
from pedagogy.checks.shaped_parts import (
    CHARGED,
    ONE_SCORE,
    PLACES,
    PRICES,
    WHERE_IT_ENDS,
    WHO_PAYS,
    at,
    last,
)

NO_BONUS = "should a token that the policy likes better than the reference earn more, or less?"
BETTER_IS_MORE = "these are rewards: a better score should be worth more."


def _shaped(score_at=lambda m: at(last(m), m), charged=lambda m: m, price=torch.sub):
    """Return the right function with one of its parts exchanged."""

    def rewards(s, p, q, m, b):
        return s[:, None] * score_at(m) - b * price(p, q) * charged(m)

    return rewards


def _to_all_rows(s, p, q, m, b):
    """Return what `rewards[:, last] += scores` makes: the rows are not paired with the columns."""
    rewards = -b * (p - q) * m
    rewards[:, last(m)] += s
    return rewards


def kl_shaped_rewards(scores, policy_logps, reference_logps, completion_mask, beta):
    return _shaped()(scores, policy_logps, reference_logps, completion_mask, beta)


def _responses(scores, policy_logps, reference_logps, masks, beta):
    tensors = (torch.tensor(x) for x in (scores, policy_logps, reference_logps))
    return *tensors, flags(*masks), beta


EXERCISE = Exercise(
    reference=kl_shaped_rewards,
    # No gradient_of: PPO takes the rewards as numbers, so a learner may well cut the gradient.
    cases=(
        _responses([2.0], [[-1.0, -0.5, -0.9]], [[-1.4, -0.3, -2.0]], ["110"], beta=0.5),
        _responses(  # one token only
            [1.5],
            [[-0.6, -1.1, -0.4, -2.3]],
            [[-1.2, -0.7, -0.9, -1.3]],
            ["0010"],
            beta=0.5,
        ),
        _responses(
            [-1.5],
            [[-2.0, -1.0, -3.0, -0.5, -0.7]],
            [[-1.0, -1.5, -1.8, -2.5, -1.9]],
            ["01100"],
            beta=0.1,
        ),
        _responses(  # padded on the right, on the left, and not at all
            [3.0, -0.7, 1.2],
            [
                [-0.4, -1.9, -2.2, -0.6, -3.1],
                [-5.0, -0.2, -1.1, -2.7, -0.9],
                [-1.3, -0.8, -2.4, -0.1, -1.6],
            ],
            [
                [-1.1, -1.2, -2.9, -1.6, -0.3],
                [-0.5, -1.7, -0.6, -3.0, -1.4],
                [-2.0, -0.9, -1.5, -0.7, -2.6],
            ],
            ["01100", "00111", "01111"],
            beta=0.2,
        ),
        (numbers(6, seed=0), *(numbers(2, 6, 14, seed=1) - 2), spans(14), 0.3),
    ),
    edges=(
        _responses(
            [2.0, -1.0],
            [[-1.0, -0.5, -2.0], [-0.3, -1.2, -0.8]],
            [[-1.4, -0.3, -1.0], [-0.9, -0.2, -1.1]],
            ["010", "011"],
            beta=0.0,
        ),
    ),
    mistakes=(
        *(m.within(lambda f: _shaped(score_at=f)) for m in PLACES),
        *(m.within(lambda f: _shaped(charged=f)) for m in CHARGED),
        *(m.within(lambda f: _shaped(price=f)) for m in PRICES),
        mistake(
            "the KL is paid as a bonus",
            NO_BONUS,
            lambda s, p, q, m, b: kl_shaped_rewards(s, q, p, m, b),
        ),
        mistake(
            "the score is given to every token, and the KL is left on prompt and padding",
            f"two things: {WHO_PAYS} And {ONE_SCORE}",
            _shaped(score_at=torch.ones_like, charged=torch.ones_like),
        ),
        mistake(
            "the score is in the last column, and the KL is left on prompt and padding",
            f"two things: {WHO_PAYS} And {WHERE_IT_ENDS}",
            _shaped(score_at=lambda m: at(0 * last(m) + m.shape[1], m), charged=torch.ones_like),
        ),
        mistake(
            "each response also gets the scores of the others, where those end",
            "row i gets one score, at its own end. Which rows does your assignment reach?",
            _to_all_rows,
        ),
        mistake(
            "the whole KL is paid on the last token",
            "the sum of a row is right, but each token should pay for itself.",
            lambda s, p, q, m, b: at(last(m), m) * (s - (b * (p - q) * m).sum(-1))[:, None],
        ),
        mistake(
            "beta is not used",
            "try two values of beta: the answers should differ.",
            lambda s, p, q, m, b: kl_shaped_rewards(s, p, q, m, 1.0),
        ),
        mistake(
            "beta weighs the score as well",
            "at beta 0 the score should still be there.",
            lambda s, p, q, m, b: kl_shaped_rewards(b * s, p, q, m, b),
        ),
        mistake(
            "beta weighs the score, not the KL",
            "at beta 0 leaving the reference should be free.",
            lambda s, p, q, m, b: kl_shaped_rewards(b * s, p, q, m, 1.0),
        ),
        mistake(
            "the KL is divided by beta",
            "with a larger beta, leaving the reference should cost more. Does it?",
            lambda s, p, q, m, b: kl_shaped_rewards(s, p, q, m, 1 / b),
        ),
        mistake(
            "no KL is paid",
            "keep the score and change policy_logps: the answer should change.",
            lambda s, p, q, m, b: kl_shaped_rewards(s, p, q, m, 0.0),
        ),
        mistake(
            "the score is not used",
            "change the scores: the answer should change.",
            lambda s, p, q, m, b: kl_shaped_rewards(0 * s, p, q, m, b),
        ),
        mistake(
            "the whole answer has the wrong sign",
            BETTER_IS_MORE,
            lambda s, p, q, m, b: -kl_shaped_rewards(s, p, q, m, b),
        ),
        mistake(
            "the score is subtracted",
            BETTER_IS_MORE,
            lambda s, p, q, m, b: kl_shaped_rewards(-s, p, q, m, b),
        ),
        mistake(
            "the tokens are summed",
            "one reward for each token is asked for.",
            lambda s, p, q, m, b: kl_shaped_rewards(s, p, q, m, b).sum(-1),
        ),
    ),
)


def check_kl_shaped_rewards(kl_shaped_rewards):
    """Return the Verdict on a kl_shaped_rewards of your own.

    Its arguments: (scores, policy_logps, reference_logps, completion_mask, beta).
    """
    return check(EXERCISE, kl_shaped_rewards)
