"""Judged pairs as tokens: what the reward model and DPO learn from."""

from collections.abc import Sequence
from functools import partial

from pedagogy import require
from pedagogy.policy.logps import to_batch, token_rows
from pedagogy.policy.next_word import one_by_one


def pair_ids(policy, preferences):
    """Token ids of each pair: list[(prompt, chosen, rejected)], both responses with their END.

    ValueError that names the pair by its number: an empty response, chosen and rejected the
    same, an unknown word, a row longer than the context. TypeError: not a Preference.
    """
    if not isinstance(preferences, Sequence):
        raise TypeError(
            f"preferences is {require.said(preferences)}, but it must be a list of Preferences."
        )
    if not len(preferences):
        raise ValueError("preferences is empty, but there must be at least one.")
    for number, pair in enumerate(preferences):
        _require_choice(f"preferences[{number}]", pair)
    texts = zip(*((pair.prompt, pair.chosen, pair.rejected) for pair in preferences), strict=True)
    return one_by_one("preferences", partial(token_rows, policy), *map(list, texts))


def to_pair_batch(policy, pairs):
    """One Batch of 2N rows: the N chosen ones, then the N rejected ones; pairs as in pair_ids."""
    return to_batch(policy, [pair[:2] for pair in pairs] + [pair[::2] for pair in pairs])


def pair_lengths(pairs):
    """Tokens of the longer row of each pair, prompt included, list[int]; pairs as in pair_ids."""
    return [len(prompt) + max(len(a), len(b)) for prompt, a, b in pairs]


def _require_choice(name, pair):
    if not all(hasattr(pair, field) for field in ("prompt", "chosen", "rejected")):
        raise TypeError(f"{name} is {require.said(pair)}, but it must be a Preference.")
    for field in ("chosen", "rejected"):
        if not getattr(pair, field).strip():
            raise ValueError(f"{name} has an empty {field} response, but it must have words.")
    if pair.chosen.split() == pair.rejected.split():
        raise ValueError(
            f"{name} has {pair.chosen!r} as chosen and as rejected, "
            "but a choice must be between two different responses."
        )
