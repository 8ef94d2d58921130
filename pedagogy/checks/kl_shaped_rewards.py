"""The exercise of notebook 06: one score and many prices become a reward per token."""

import torch
from torch.nn.functional import one_hot

from pedagogy.checks.engine import check
from pedagogy.checks.exercise import Exercise, mistake
from pedagogy.checks.inputs import flags, numbers, spans

NO_BONUS = "should a token that the policy likes better than the reference earn more, or less?"
ONE_SCORE = "the reward model read the whole response and gave one score. When is it earned?"
WHERE_IT_ENDS = (
    "mark the last token of each response in the mask by hand, and see where your score stands. "
    "The prompt comes before the response, and padding may come after it."
)
WHO_PAYS = "which tokens did the policy choose? Only these can cost anything."
LOG_RATIO = "the price is beta times the log-ratio of that token as it is, and may be negative."
BETTER_IS_MORE = "these are rewards: a better score should be worth more."


def _at(index, m):
    """Return 1.0 at one position of each row, 0.0 elsewhere, (B, T)."""
    return one_hot(index.clamp(max=m.shape[1] - 1), m.shape[1]).float()


def _first(m):
    return m.float().argmax(-1)  # (B,)


def _last(m):
    return m.shape[1] - 1 - _first(m.flip(-1))  # (B,)


def _from_first_on(m):
    return m.float().cumsum(-1).clamp(max=1)  # (B, T)


def _shaped(score_at=lambda m: _at(_last(m), m), charged=lambda m: m, price=torch.sub):
    """Return the right function with one of its parts exchanged."""

    def rewards(s, p, q, m, b):
        return s[:, None] * score_at(m) - b * price(p, q) * charged(m)

    return rewards


def _to_all_rows(s, p, q, m, b):
    """Return what `rewards[:, last] += scores` makes: the rows are not paired with the columns."""
    rewards = -b * (p - q) * m
    rewards[:, _last(m)] += s
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
        mistake(
            "the KL is paid as a bonus",
            NO_BONUS,
            lambda s, p, q, m, b: kl_shaped_rewards(s, q, p, m, b),
        ),
        mistake("the score is given to every token", ONE_SCORE, _shaped(score_at=lambda m: m)),
        mistake(
            "the score is given to every token, prompt and padding too",
            ONE_SCORE,
            _shaped(score_at=torch.ones_like),
        ),
        mistake(
            "the score is given to every token, and the KL is left on prompt and padding",
            f"two things: {WHO_PAYS} And {ONE_SCORE}",
            _shaped(score_at=torch.ones_like, charged=torch.ones_like),
        ),
        mistake(
            "the score is split among the tokens",
            ONE_SCORE,
            _shaped(score_at=lambda m: m / m.sum(-1, keepdim=True)),
        ),
        mistake(
            "the score is in the last column, which may be padding",
            WHERE_IT_ENDS,
            _shaped(score_at=lambda m: _at(0 * _last(m) + m.shape[1], m)),
        ),
        mistake(
            "the score is in the last column, and the KL is left on prompt and padding",
            f"two things: {WHO_PAYS} And {WHERE_IT_ENDS}",
            _shaped(score_at=lambda m: _at(0 * _last(m) + m.shape[1], m), charged=torch.ones_like),
        ),
        mistake(
            "the score is added in the last column, and the mask wipes it out where it is padding",
            WHERE_IT_ENDS,
            _shaped(score_at=lambda m: m * _at(0 * _last(m) + m.shape[1], m)),
        ),
        mistake(
            "the longest response says where every response ends",
            "each row has an end of its own. Along which axis do you look for the last 1?",
            _shaped(score_at=lambda m: _at(_last(m).max().expand(len(m)), m)),
            _shaped(score_at=lambda m: m * _at(_last(m).max().expand(len(m)), m)),
        ),
        mistake(
            "the score comes one token after the end",
            WHERE_IT_ENDS,
            _shaped(score_at=lambda m: _at(_last(m) + 1, m)),
        ),
        mistake(
            "the score is placed by the length of the response, as if there were no prompt",
            WHERE_IT_ENDS,
            _shaped(score_at=lambda m: _at(m.long().sum(-1) - 1, m)),
            _shaped(score_at=lambda m: _at(m.long().sum(-1), m)),
        ),
        mistake(
            "the score comes at the first token of the response",
            ONE_SCORE,
            _shaped(score_at=lambda m: _at(_first(m), m)),
        ),
        mistake(
            "each response also gets the scores of the others, where those end",
            "row i gets one score, at its own end. Which rows does your assignment reach?",
            _to_all_rows,
        ),
        mistake("the KL is left on prompt and padding", WHO_PAYS, _shaped(charged=torch.ones_like)),
        mistake("the KL is left on the padding", WHO_PAYS, _shaped(charged=_from_first_on)),
        mistake(
            "the KL is left on the prompt",
            WHO_PAYS,
            _shaped(charged=lambda m: _from_first_on(m.flip(-1)).flip(-1)),
        ),
        mistake(
            "the last token pays no KL",
            "the last token was chosen like any other. Does the score replace its price?",
            _shaped(charged=lambda m: m * (1 - _at(_last(m), m))),
        ),
        mistake(
            "the whole KL is paid on the last token",
            "the sum of a row is right, but each token should pay for itself.",
            lambda s, p, q, m, b: _at(_last(m), m) * (s - (b * (p - q) * m).sum(-1))[:, None],
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
            "the reference is not used",
            "keep policy_logps and change reference_logps: the answer should change.",
            _shaped(price=lambda p, q: p),
        ),
        mistake(
            "the price is the estimator k3",
            LOG_RATIO,
            _shaped(price=lambda p, q: torch.expm1(q - p) + p - q),
        ),
        mistake(
            "the price is the estimator k2", LOG_RATIO, _shaped(price=lambda p, q: (p - q) ** 2 / 2)
        ),
        mistake("the price is made positive", LOG_RATIO, _shaped(price=lambda p, q: (p - q).abs())),
        mistake(
            "negative prices are set to zero",
            LOG_RATIO,
            _shaped(price=lambda p, q: (p - q).clamp(min=0)),
        ),
        mistake(
            "the price is weighted by the probability",
            "the tokens were drawn from the policy, so likely ones come often already. What "
            "would a second weight do?",
            _shaped(price=lambda p, q: p.exp() * (p - q)),
        ),
        mistake(
            "the price is the ratio, not its logarithm",
            "where policy and reference agree, nothing should be paid.",
            _shaped(price=lambda p, q: (p - q).exp()),
        ),
        mistake(
            "the price is the difference of probabilities",
            "the inputs are log-probabilities, and the formula subtracts them as they are.",
            _shaped(price=lambda p, q: p.exp() - q.exp()),
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
