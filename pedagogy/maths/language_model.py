"""Bets on the next word, and how likely they make a whole response."""

import torch

from pedagogy import require


def next_word_distribution(logits, temperature=1.0):
    """Bets from logits: p_i = exp(z_i / T) / Σ_j exp(z_j / T).

    logits (…, V) -> probabilities (…, V). Small T: bold; large T: every word alike.
    By hand: logits (ln 4, 0) give (4/5, 1/5) at T = 1, and (2/3, 1/3) at T = 2.
    ValueError: logits that are not finite, or a temperature that is not above zero.
    """
    logits = require.finite(logits=logits)
    require.positive(temperature=temperature)
    # A shift changes no bet, and with the largest logit at zero a tiny T cannot overflow.
    return torch.softmax((logits - logits.amax(-1, keepdim=True)) / temperature, dim=-1)


def per_token_logps(logits, input_ids):
    """log p(token t | tokens before t), (B, T); 0 for the first token, which nothing predicts.

    logits (B, T, V), input_ids (B, T); logits[:, t] predict token t+1, hence the shift by one.
    """
    require.shape("(B, T, V), (B, T)", logits=logits, input_ids=input_ids)
    logps = torch.log_softmax(logits[:, :-1], dim=-1)  # (B, T-1, V)
    logps = logps.gather(-1, input_ids[:, 1:, None]).squeeze(-1)  # (B, T-1)
    return torch.nn.functional.pad(logps, (1, 0))  # (B, T)


def sequence_logps(logits, input_ids, completion_mask):
    """log π(y | x) = Σ_t log p(y_t | x, y_<t), (B,): the sum over the response, never the mean.

    logits (B, T, V), input_ids (B, T), completion_mask (B, T) with 1 on the response's tokens.
    By hand: two tokens bet on with 1/2 and 1/4 give log 1/8 = -2.079.
    ValueError: shapes that do not match, a row without response, or a response at token 0.
    """
    require.shape(
        "(B, T, V), (B, T), (B, T)",
        logits=logits,
        input_ids=input_ids,
        completion_mask=completion_mask,
    )
    mask = require.tokens_in_each_row(completion_mask=completion_mask)
    if mask[:, 0].any():
        raise ValueError("completion_mask marks the first token, but nothing predicts that one.")
    logps = per_token_logps(logits, input_ids)
    # where, not times: 0 · (-inf) on a masked token would be nan.
    return torch.where(mask, logps, 0.0).sum(-1)
