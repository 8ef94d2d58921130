"""Judged pairs as tokens: what the reward model and DPO learn from."""

import torch

from pedagogy.policy.logps import encode


def encode_pairs(policy, preferences):
    """One Batch of 2N rows: the N chosen ones, then the N rejected ones in the same order.

    ValueError that names the pair by its number: chosen and rejected are the same, an unknown
    word, a row longer than the context. TypeError: not a Preference.
    """
    if not len(preferences):
        raise ValueError("preferences is empty, but there must be at least one.")
    for number, pair in enumerate(preferences):
        _require_choice(number, pair)
    try:
        return _encode(policy, preferences)
    except ValueError:
        for number, pair in enumerate(preferences):
            try:
                _encode(policy, [pair])
            except ValueError as error:
                raise ValueError(f"preferences[{number}]: {error}") from None
        raise


def _encode(policy, pairs):
    responses = [pair.chosen for pair in pairs] + [pair.rejected for pair in pairs]
    return encode(policy, [pair.prompt for pair in pairs] * 2, responses)


def _require_choice(number, pair):
    if not all(hasattr(pair, field) for field in ("prompt", "chosen", "rejected")):
        raise TypeError(f"preferences[{number}] is {pair!r}, but it must be a Preference.")
    if pair.chosen.split() == pair.rejected.split():
        raise ValueError(
            f"preferences[{number}] has {pair.chosen!r} as chosen and as rejected, "
            "but a choice must be between two different responses."
        )


def pair_lengths(pairs):
    """Tokens of the longer row of each pair, prompt included, (N,)."""
    return torch.stack(pairs.attention_mask.sum(-1).chunk(2)).amax(0)
