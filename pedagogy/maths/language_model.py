"""How likely is the next word, and how likely a whole response?"""

import torch
from torch import Tensor

from pedagogy import require
from pedagogy.require import Numbers


@require.tensors("(…, V), temperature > 0")
def next_word_distribution(logits: Numbers, temperature: float = 1.0) -> Tensor:
    """Return the probability of each word to be the next.

        p_i = exp(z_i / T) / Σ_j exp(z_j / T)

    Small T: bold; large T: every word alike.

    logits: (…, V), finite.
    temperature: above zero.
    Returns (…, V), probabilities.
    Raises ValueError for logits that are not finite, or a temperature that is not above zero.

    By hand: logits (ln 4, 0) give (4/5, 1/5) at T = 1, and (2/3, 1/3) at T = 2.

    >>> next_word_distribution([1.386294, 0.0])
    tensor([0.8000, 0.2000])
    """
    # A shift changes no probability, and with the largest logit at zero a tiny T cannot overflow.
    return torch.softmax((logits - logits.amax(-1, keepdim=True)) / temperature, dim=-1)


@require.tensors("logits (B, T, V), ids (B, T)")
def per_token_logps(logits: Numbers, input_ids: Numbers) -> Tensor:
    """Return log p(token t | tokens before t), in nats; 0 for the first, which nothing predicts.

        log p(y_t) = z_t[y_t] - log Σ_v exp(z_t[v])

    logits: (B, T, V); logits[:, t] predict token t+1. -inf stands for a token that cannot come,
        and is its log-probability, too.
    input_ids: (B, T), token ids.
    Returns (B, T); float32 at least, even of float16 or bfloat16 logits.
    Raises ValueError for shapes that do not match, an id out of range, and logits that are nan
        or inf, wherever they predict a token: that of padding, too.

    By hand: logits (0, log 3) are probabilities 1/4, 3/4, and log 3/4 = -0.2877.

    >>> per_token_logps([[[0.0, 1.098612], [0.0, 0.0]]], [[0, 1]])
    tensor([[ 0.0000, -0.2877]])
    """
    # In float32 at least: 16 bits would lose digits.
    logits = logits[:, :-1].to(torch.promote_types(logits.dtype, torch.float32))  # (B, T-1, V)
    # Not log_softmax: it would keep a number for each of the V, and one of them is wanted.
    chosen = logits.gather(-1, input_ids[:, 1:, None]).squeeze(-1)  # (B, T-1)
    return torch.nn.functional.pad(chosen - logits.logsumexp(-1), (1, 0))  # (B, T)


@require.tensors("logits (B, T, V), ids (B, T), mask (B, T)")
def sequence_logps(logits: Numbers, input_ids: Numbers, completion_mask: Numbers) -> Tensor:
    """Return how likely each response is: the sum over its tokens, never the mean.

        log π(y | x) = Σ_t log p(y_t | x, y_<t)

    logits: (B, T, V); logits[:, t] predict token t+1. -inf stands for a token that cannot come.
    input_ids: (B, T), token ids.
    completion_mask: (B, T), 1 on the tokens of the response, else 0.
    Returns (B,), in nats; -inf for a response with a token that cannot come.
    Raises ValueError for shapes that do not match, an id out of range, a row without response, a
        response at token 0, which nothing predicts, and logits of the response that are nan or inf.

    By hand: two tokens predicted with 1/2 and 1/4 give log 1/8 = -2.079.

    >>> sequence_logps([[[0.0, 0.0], [0.0, 1.098612], [0.0, 0.0]]], [[0, 1, 0]], [[0, 1, 1]])
    tensor([-2.0794])
    """
    # __wrapped__ is per_token_logps without its checks: nan may stand where nothing counts.
    logps = per_token_logps.__wrapped__(logits, input_ids)  # (B, T)
    # where, not times: 0 · (-inf) on a masked token would be nan.
    return torch.where(completion_mask, logps, 0.0).sum(-1)  # (B,)
