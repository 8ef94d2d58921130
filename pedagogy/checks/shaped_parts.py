"""The parts of a reward per token that go wrong: where the score stands, who pays, and how much."""

import torch
from torch.nn.functional import one_hot

from pedagogy.checks.exercise import mistake

ONE_SCORE = "the reward model read the whole response and gave one score. When is it earned?"
WHERE_IT_ENDS = (
    "mark the last token of each response in the mask by hand, and see where your score stands. "
    "The prompt comes before the response, and padding may come after it."
)
WHO_PAYS = "which tokens did the policy choose? Only these can cost anything."
LOG_RATIO = "the price is beta times the log-ratio of that token as it is, and may be negative."


def at(index, m):
    """Return 1.0 at one position of each row, 0.0 elsewhere, (B, T)."""
    return one_hot(index.clamp(max=m.shape[1] - 1), m.shape[1]).float()


def first(m):
    return m.float().argmax(-1)  # (B,)


def last(m):
    return m.shape[1] - 1 - first(m.flip(-1))  # (B,)


def from_first_on(m):
    return m.float().cumsum(-1).clamp(max=1)  # (B, T)


PLACES = (  # of the score, as weights (B, T) from the mask
    mistake("the score is given to every token", ONE_SCORE, lambda m: m),
    mistake(
        "the score is given to every token, prompt and padding too", ONE_SCORE, torch.ones_like
    ),
    mistake(
        "the score is split among the tokens", ONE_SCORE, lambda m: m / m.sum(-1, keepdim=True)
    ),
    mistake(
        "the score is in the last column, which may be padding",
        WHERE_IT_ENDS,
        lambda m: at(0 * last(m) + m.shape[1], m),
    ),
    mistake(
        "the score is added in the last column, and the mask wipes it out where it is padding",
        WHERE_IT_ENDS,
        lambda m: m * at(0 * last(m) + m.shape[1], m),
    ),
    mistake(
        "the longest response says where every response ends",
        "each row has an end of its own. Along which axis do you look for the last 1?",
        lambda m: at(last(m).max().expand(len(m)), m),
        lambda m: m * at(last(m).max().expand(len(m)), m),
    ),
    mistake(
        "the score is given to the padding after the end too",
        WHERE_IT_ENDS,
        lambda m: (m.cumsum(-1) == m.sum(-1, keepdim=True)).float(),
    ),
    mistake(
        "before a response of one token, the prompt gets the score too",
        "in the mask 0 0 1 0, from how many places on is just one 1 left?",
        lambda m: (m.flip(-1).cumsum(-1).flip(-1) == 1).float(),
    ),
    mistake("the score comes one token after the end", WHERE_IT_ENDS, lambda m: at(last(m) + 1, m)),
    mistake(
        "the score is placed by the length of the response, as if there were no prompt",
        WHERE_IT_ENDS,
        lambda m: at(m.long().sum(-1) - 1, m),
        lambda m: at(m.long().sum(-1), m),
    ),
    mistake(
        "the score comes at the first token of the response", ONE_SCORE, lambda m: at(first(m), m)
    ),
)
CHARGED = (  # which tokens pay
    mistake("the KL is left on prompt and padding", WHO_PAYS, torch.ones_like),
    mistake("the KL is left on the padding", WHO_PAYS, from_first_on),
    mistake("the KL is left on the prompt", WHO_PAYS, lambda m: from_first_on(m.flip(-1)).flip(-1)),
    mistake(
        "the last token pays no KL",
        "the last token was chosen like any other. Does the score replace its price?",
        lambda m: m * (1 - at(last(m), m)),
    ),
)
QUOTIENT = "these are logarithms already. What becomes of a quotient under the logarithm?"
PRICES = (  # of a token
    mistake(
        "the reference is not used",
        "keep policy_logps and change reference_logps: the answer should change.",
        lambda p, q: p,
    ),
    mistake("the price is the estimator k3", LOG_RATIO, lambda p, q: torch.expm1(q - p) + p - q),
    mistake("the price is the estimator k2", LOG_RATIO, lambda p, q: (p - q) ** 2 / 2),
    mistake("the price is made positive", LOG_RATIO, lambda p, q: (p - q).abs()),
    mistake("negative prices are set to zero", LOG_RATIO, lambda p, q: (p - q).clamp(min=0)),
    mistake(
        "the price is weighted by the probability",
        "the tokens were drawn from the policy, so likely ones come often already. What "
        "would a second weight do?",
        lambda p, q: p.exp() * (p - q),
    ),
    mistake(
        "the price is the ratio, not its logarithm",
        "where policy and reference agree, nothing should be paid.",
        lambda p, q: (p - q).exp(),
    ),
    mistake(
        "the price is the difference of probabilities",
        "the inputs are log-probabilities, and the formula subtracts them as they are.",
        lambda p, q: p.exp() - q.exp(),
    ),
    mistake("a logarithm is taken of log-probabilities", QUOTIENT, lambda p, q: (p / q).log()),
    mistake("the log-probabilities are divided", QUOTIENT, lambda p, q: p / q),
)
