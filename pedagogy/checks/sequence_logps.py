"""The exercise of notebook 04, second part: how likely is a whole response?"""

import torch

from pedagogy.checks.engine import check
from pedagogy.checks.exercise import Exercise, mistake
from pedagogy.checks.inputs import flags, spans

WHOSE_TURN = (
    "the logits at position t were computed from the tokens up to t. Which token do they bet on? "
    "And the mask marks tokens, so it must stay with them."
)
WHICH_TOKENS = "print the tokens that are added up, beside the mask."
ONE_COLUMN_LESS = (
    "tables of different width meet. Have logits, tokens and mask all lost one column?"
)
EACH_ROW = "each row is a response of its own, and needs a number of its own."


def _waves(*shape):
    """Return numbers without a pattern in them, the same everywhere."""
    return 3 * torch.sin(torch.arange(torch.Size(shape).numel()).float() ** 2).reshape(shape)


def _pick(x, ids):
    """Return the entry of x (B, T, V) that belongs to each id (B, T)."""
    return x.gather(-1, ids[..., None])[..., 0]


def _logps(z, ids):
    """Return the log-probability of every token but the first, (B, T-1): the mistakes' start."""
    return _pick(z[:, :-1].log_softmax(-1), ids[:, 1:])


def _from_first_on(m):
    return m.float().cumsum(-1).clamp(max=1)


def _up_to_last(m):
    return _from_first_on(m.flip(-1)).flip(-1)


def _but_first(m):
    return m.float() * (m.float().cumsum(-1) > 1)


def _but_last(m):
    return _but_first(m.flip(-1)).flip(-1)


def sequence_logps(logits, input_ids, completion_mask):
    return (_logps(logits, input_ids) * completion_mask[:, 1:]).sum(-1)


EXERCISE = Exercise(
    reference=sequence_logps,
    solutions=("sequence_logps", "per_token_logps"),
    errors=(
        ("must match the size", ONE_COLUMN_LESS),
        ("Size does not match at dimension 1", ONE_COLUMN_LESS),
        (
            "out of bounds",
            "the logits at position t were computed from the tokens up to t. Which token do those "
            "of the last column bet on?",
        ),
        (
            "Index tensor must have the same number of dimensions",
            "gather wants its index with as many axes as the table: ids[..., None]. Notebook 01 "
            "shows it.",
        ),
    ),
    gradient_of=("logits",),
    cases=(
        (
            torch.tensor([[[1.0, 0.0], [0.0, 2.0], [0.5, -1.0]]]),
            torch.tensor([[0, 1, 0]]),
            flags("011"),
        ),
        (_waves(1, 4, 3), torch.tensor([[2, 0, 1, 0]]), flags("0110")),
        (  # padded on the left, on the right, and not at all
            _waves(3, 5, 4),
            torch.tensor([[0, 3, 1, 2, 1], [2, 1, 3, 0, 0], [1, 2, 2, 3, 1]]),
            flags("00111", "01100", "01111"),
        ),
        (  # and on both sides
            _waves(2, 6, 5),
            torch.tensor([[0, 2, 4, 1, 3, 0], [0, 0, 3, 1, 0, 0]]),
            flags("000110", "000100"),
        ),
        (_waves(6, 12, 20), torch.arange(72).reshape(6, 12) * 7 % 20, spans(12)),
    ),
    edges=(
        (
            torch.tensor([[[1000.0, 999.0, 0.0], [-1000.0, -999.0, -1001.0], [5.0, 1.0, 2.0]]]),
            torch.tensor([[0, 1, 2]]),
            flags("011"),
        ),
        (
            torch.tensor([[[0.0, -500.0, -1.0], [-2.0, 3.0, -200.0], [1.0, 0.0, 2.0]]]),
            torch.tensor([[0, 1, 2]]),
            flags("011"),
        ),
    ),
    mistakes=(
        mistake(
            "logits and tokens are not shifted against each other",
            WHOSE_TURN,
            lambda z, ids, m: (_pick(z.log_softmax(-1), ids) * m).sum(-1),
        ),
        mistake(
            "logits and tokens are shifted the wrong way",
            WHOSE_TURN,
            lambda z, ids, m: (_pick(z[:, 1:].log_softmax(-1), ids[:, :-1]) * m[:, :-1]).sum(-1),
            lambda z, ids, m: (_pick(z[:, 1:].log_softmax(-1), ids[:, :-1]) * m[:, 1:]).sum(-1),
        ),
        mistake(
            "the mask is not shifted with the tokens",
            WHOSE_TURN,
            lambda z, ids, m: (_logps(z, ids) * m[:, :-1]).sum(-1),
            lambda z, ids, m: (_pick(z.log_softmax(-1), ids.roll(-1, 1)) * m).sum(-1),
        ),
        mistake(
            "this is the mean over the response, not the sum",
            "the probability of a response is a product over its tokens. What becomes of a "
            "product under the logarithm?",
            lambda z, ids, m: sequence_logps(z, ids, m) / m[:, 1:].sum(-1),
        ),
        mistake(
            "this is the mean over all positions, not the sum",
            "more padding should change nothing. Does it?",
            lambda z, ids, m: (_logps(z, ids) * m[:, 1:]).mean(-1),
            lambda z, ids, m: sequence_logps(z, ids, m) / z.shape[1],
        ),
        mistake(
            "the mask is not used: the prompt and the padding are counted",
            WHICH_TOKENS,
            lambda z, ids, m: _logps(z, ids).sum(-1),
        ),
        mistake(
            "the padding is counted",
            WHICH_TOKENS,
            lambda z, ids, m: (_logps(z, ids) * _from_first_on(m)[:, 1:]).sum(-1),
        ),
        mistake(
            "the prompt is counted",
            WHICH_TOKENS,
            lambda z, ids, m: (_logps(z, ids) * _up_to_last(m)[:, 1:]).sum(-1),
        ),
        mistake(
            "the last token of the response is not counted",
            "the response ends with its end-of-story token, which was a choice like any other.",
            lambda z, ids, m: (_logps(z, ids) * _but_last(m)[:, 1:]).sum(-1),
        ),
        mistake(
            "the first token of the response is not counted",
            "the first word of the response is predicted by the last position of the prompt.",
            lambda z, ids, m: (_logps(z, ids) * _but_first(m)[:, 1:]).sum(-1),
        ),
        mistake(
            "raw logits are added",
            "adding 10 to all the logits of a position should change nothing. Does it?",
            lambda z, ids, m: (_pick(z[:, :-1], ids[:, 1:]) * m[:, 1:]).sum(-1),
        ),
        mistake(
            "raw logits are added, not shifted against the tokens",
            "two things: what turns logits into log-probabilities? And which token do the "
            "logits at position t bet on?",
            lambda z, ids, m: (_pick(z, ids) * m).sum(-1),
        ),
        mistake(
            "probabilities are added, not their logarithms",
            "the probability of a response is a product over its tokens, and only logarithms "
            "turn a product into a sum.",
            lambda z, ids, m: (_logps(z, ids).exp() * m[:, 1:]).sum(-1),
        ),
        mistake(
            "this is the probability, not its logarithm",
            "a long response is so unlikely that a computer rounds it to 0. What is asked for?",
            lambda z, ids, m: sequence_logps(z, ids, m).exp(),
        ),
        mistake(
            "this is the minus of the log-probability",
            "a loss has this sign. What is the sign of the logarithm of a probability?",
            lambda z, ids, m: -sequence_logps(z, ids, m),
        ),
        mistake(
            "log of softmax in two steps: -inf where a word is very unlikely",
            "the formula is right, but the computer rounds a tiny probability to 0, and log 0 "
            "is -inf. Can both be taken in one step?",
            lambda z, ids, m: (_pick(z[:, :-1].softmax(-1).log(), ids[:, 1:]) * m[:, 1:]).sum(-1),
        ),
        mistake(
            "e to the logit overflows for large logits",
            "the formula is right, but e^1000 is too large for a computer. torch has this very "
            "sum of powers as one careful function.",
            lambda z, ids, m: (
                (_pick(z[:, :-1], ids[:, 1:]) - z[:, :-1].exp().sum(-1).log()) * m[:, 1:]
            ).sum(-1),
        ),
        mistake(
            "the words compete along the wrong axis",
            "at each position the probabilities of the V words must add up to 1. Which axis is V?",
            lambda z, ids, m: (_pick(z[:, :-1].log_softmax(1), ids[:, 1:]) * m[:, 1:]).sum(-1),
            lambda z, ids, m: (_pick(z.log_softmax(1)[:, :-1], ids[:, 1:]) * m[:, 1:]).sum(-1),
            lambda z, ids, m: (_pick(z.log_softmax(0)[:, :-1], ids[:, 1:]) * m[:, 1:]).sum(-1),
        ),
        mistake(
            "the softmax is taken twice",
            "what goes into a softmax: logits or probabilities?",
            lambda z, ids, m: (
                _pick(z[:, :-1].softmax(-1).log_softmax(-1), ids[:, 1:]) * m[:, 1:]
            ).sum(-1),
        ),
        mistake(
            "the likeliest words are counted, not the written ones",
            "how likely was the token that stands there? Where do input_ids enter?",
            lambda z, ids, m: (z[:, :-1].log_softmax(-1).amax(-1) * m[:, 1:]).sum(-1),
        ),
        mistake(
            "nothing is summed yet",
            "these are the tokens' log-probabilities. One number for each response is asked for.",
            lambda z, ids, m: _logps(z, ids) * m[:, 1:],
            lambda z, ids, m: torch.nn.functional.pad(_logps(z, ids), (1, 0)) * m,
        ),
        mistake(
            "the rows are summed as well",
            EACH_ROW,
            lambda z, ids, m: sequence_logps(z, ids, m).sum(),
        ),
        mistake(
            "the rows are averaged as well",
            EACH_ROW,
            lambda z, ids, m: sequence_logps(z, ids, m).mean(),
        ),
    ),
)


def check_sequence_logps(sequence_logps):
    """Return the Verdict on a sequence_logps(logits, input_ids, completion_mask) of your own."""
    return check(EXERCISE, sequence_logps)
