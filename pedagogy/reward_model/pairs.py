"""Pairs of responses: written by a policy to be judged, and scored once they are."""

from pedagogy import require
from pedagogy.locale import _
from pedagogy.policy.pairs import pair_ids, to_pair_batch
from pedagogy.policy.sampling import ROWS, finished, sample_in_turn
from pedagogy.progress import counted
from pedagogy.reward_model.model import require_judge, score_batch

TRIES = 10  # for two responses that can be judged


def collect_pairs(policy, prompts, seed, temperature=1.0, max_new_tokens=None):
    """(prompts, responses_a, responses_b), three lists: two different responses to each prompt.

    Both are drawn from the policy, and drawn again while they are the same, or one is empty or
    was cut off; after ten tries the prompt is left out. max_new_tokens as for sample. The same
    pairs from the same seed. ValueError: no prompt, or none that gets a pair.
    """
    require.texts(prompts=prompts)
    generator = require.generator(seed=seed)
    settings = {
        "temperature": temperature, "max_new_tokens": max_new_tokens, "generator": generator
    }  # fmt: skip
    found, missing = {}, range(len(prompts))  # {number of the prompt: pair}, and numbers
    for _try in range(TRIES):
        asked = [prompts[number] for number in missing]
        both = [_write(policy, asked, **settings) for _ in "ab"]
        for number, a, b in zip(missing, *both, strict=True):
            if a and b and a.split() and b.split() and a.split() != b.split():
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
    require_judge(reward_model)
    batch = to_pair_batch(reward_model, pair_ids(reward_model, preferences))
    return score_batch(reward_model, batch).chunk(2)


def _write(policy, prompts, **settings):
    """One response to each prompt, list[str]; None for one without END."""
    responses, writing = [], sample_in_turn(policy, prompts, **settings)
    told = _("writing {done} of {total} responses")
    for written in counted(writing, told, len(prompts), each=ROWS):
        ends = finished(policy, written).tolist()
        responses += [
            text if end else None for text, end in zip(written.responses, ends, strict=True)
        ]
    return responses
