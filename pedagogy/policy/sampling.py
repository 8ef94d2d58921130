"""Write responses, word after word, many at a time."""

from collections import OrderedDict
from dataclasses import dataclass

import torch
from torch.utils.hooks import RemovableHandle

from pedagogy import require
from pedagogy.maths.language_model import next_word_distribution
from pedagogy.policy.logps import pad, positions, require_texts
from pedagogy.policy.next_word import prompt_to_ids

ROWS = 128  # written at once: as quick as it gets on a CPU
_WATCHERS = OrderedDict()  # a plain dict has no weak references, which handles need


@dataclass
class Samples:
    """Prompts with sampled responses; tensors (B, T), prompts padded left, responses right."""

    input_ids: torch.Tensor
    attention_mask: torch.Tensor  # 1 on real tokens, 0 on padding
    completion_mask: torch.Tensor  # 1 on the response and its END, 0 on prompt and padding
    prompts: list[str]
    responses: list[str]


@torch.no_grad()
def sample(policy, prompts, *, temperature=1.0, max_new_tokens=None, generator=None):
    """One response for each prompt: y_t ~ softmax(z_t / T) until END, or until there is no room.

    generator: a torch.Generator makes it repeatable; one on the CPU serves every device.
    max_new_tokens: by default as many as the context leaves beside the longest prompt.
    ValueError: no prompt, an unknown word, a prompt too long, or a temperature not above zero.
    """
    require_texts(prompts=prompts)
    require.positive(temperature=temperature)
    rows = [prompt_to_ids(policy, prompt) for prompt in prompts]
    steps = _room(policy, rows, max_new_tokens)
    ids = pad(rows, policy.pad_id, policy.device, side="left")  # (B, P)
    mask = pad([[1] * len(row) for row in rows], 0, policy.device, side="left")  # (B, P)
    length, cache, news = ids.shape[1], None, ids
    writing = torch.ones(len(rows), dtype=torch.bool, device=policy.device)  # (B,)
    for _ in range(steps):
        # With the cache the model reads only what is new: the prompt first, then word by word.
        output = policy.model(
            input_ids=news,
            attention_mask=mask,
            past_key_values=cache,
            position_ids=positions(mask)[:, -news.shape[1] :],
            use_cache=True,
        )
        cache = output.past_key_values
        chances = next_word_distribution(output.logits[:, -1], temperature)  # (B, V)
        news = torch.where(writing, _draw(chances, generator), policy.pad_id)[:, None]  # (B, 1)
        ids, mask = torch.cat([ids, news], 1), torch.cat([mask, writing[:, None].long()], 1)
        writing = writing & (news[:, 0] != policy.end_id)
        if not writing.any():
            break
    completion_mask = mask.clone()
    completion_mask[:, :length] = 0
    responses = policy.tokenizer.batch_decode(
        [row[keep.bool()] for row, keep in zip(ids, completion_mask, strict=True)],
        skip_special_tokens=True,
    )
    responses = [text.strip() for text in responses]
    samples = Samples(ids, mask, completion_mask, list(prompts), responses)
    for watcher in list(_WATCHERS.values()):
        watcher(samples)
    return samples


def sample_in_turn(policy, prompts, **settings):
    """Yield the Samples of many prompts, some prompts at a time; settings as for sample."""
    for start in range(0, len(prompts), ROWS):
        yield sample(policy, prompts[start : start + ROWS], **settings)


def watch_samples(watcher):
    """Have all Samples told to `watcher`, whoever draws them; a handle whose remove() ends it.

    As torch's own hooks for all networks and all optimisers, and for the same use: counting.
    """
    handle = RemovableHandle(_WATCHERS)
    _WATCHERS[handle.id] = watcher
    return handle


def _room(policy, rows, max_new_tokens):
    room = policy.context - max(map(len, rows))
    if max_new_tokens is None:
        return room
    require.count(max_new_tokens=max_new_tokens)
    if max_new_tokens > room:
        raise ValueError(
            f"max_new_tokens is {max_new_tokens}, but beside the longest prompt "
            f"the context has room for {room}."
        )
    return max_new_tokens


def _draw(chances, generator):
    """One token id for each row of probabilities, (B, V) -> (B,)."""
    device = chances.device if generator is None else generator.device
    return torch.multinomial(chances.to(device), 1, generator=generator)[:, 0].to(chances.device)
