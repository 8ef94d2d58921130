"""Pairs of responses: written by a policy to be judged, and scored once they are."""

import torch

from pedagogy.policy import encode, sample
from pedagogy.policy.logps import require_texts
from pedagogy.reward_model.model import score_batch

ROWS = 128  # written at once: as quick as it gets on a CPU
TRIES = 10  # for two responses that can be judged


def collect_pairs(policy, prompts, seed, temperature=1.0):
    """(prompts, responses_a, responses_b), three lists: two different responses to each prompt.

    Both are drawn from the policy, and drawn again while they are the same or one was cut off
    where the context ends; after ten tries the prompt is left out. The same pairs from the same
    seed. ValueError: no prompt, or none that gets a pair.
    """
    require_texts(prompts=prompts)
    generator = torch.Generator().manual_seed(seed)
    found, missing = {}, range(len(prompts))  # {number of the prompt: pair}, and numbers
    for _ in range(TRIES):
        asked = [prompts[number] for number in missing]
        both = [_write(policy, asked, temperature, generator) for _ in "ab"]
        for number, a, b in zip(missing, *both, strict=True):
            if a != b and None not in (a, b):
                found[number] = prompts[number], a, b
        missing = [number for number in missing if number not in found]
    if not found:
        raise ValueError(
            f"policy wrote no two different, finished responses to any of {len(prompts)} prompts "
            f"in {TRIES} tries, but a human can only choose between such."
        )
    return tuple(map(list, zip(*(found[number] for number in sorted(found)), strict=True)))


def score_pairs(reward_model, preferences):
    """(chosen_scores, rejected_scores), both (N,): what the measures and the loss ask for."""
    return score_batch(reward_model, encode_pairs(reward_model, preferences)).chunk(2)


def encode_pairs(reward_model, preferences):
    """One Batch of 2N rows: the N chosen ones, then the N rejected ones in the same order.

    ValueError that names the pair by its number: chosen and rejected are the same, an unknown
    word, a row longer than the context. TypeError: not a Preference.
    """
    if not len(preferences):
        raise ValueError("preferences is empty, but there must be at least one.")
    for number, pair in enumerate(preferences):
        _require_choice(number, pair)
    try:
        return _encode(reward_model, preferences)
    except ValueError:
        for number, pair in enumerate(preferences):
            try:
                _encode(reward_model, [pair])
            except ValueError as error:
                raise ValueError(f"preferences[{number}]: {error}") from None
        raise


def _encode(reward_model, pairs):
    responses = [pair.chosen for pair in pairs] + [pair.rejected for pair in pairs]
    return encode(reward_model, [pair.prompt for pair in pairs] * 2, responses)


def _require_choice(number, pair):
    if not all(hasattr(pair, field) for field in ("prompt", "chosen", "rejected")):
        raise TypeError(f"preferences[{number}] is {pair!r}, but it must be a Preference.")
    if pair.chosen.split() == pair.rejected.split():
        raise ValueError(
            f"preferences[{number}] has {pair.chosen!r} as chosen and as rejected, "
            "but a choice must be between two different responses."
        )


def _write(policy, prompts, temperature, generator):
    """One response to each prompt, list[str]; None for one without END."""
    responses = []
    for start in range(0, len(prompts), ROWS):
        written = sample(
            policy, prompts[start : start + ROWS], temperature=temperature, generator=generator
        )
        ends = (written.input_ids == policy.end_id) & written.completion_mask.bool()  # (B, T)
        finished = zip(written.responses, ends.any(-1).tolist(), strict=True)
        responses += [text if end else None for text, end in finished]
    return responses
