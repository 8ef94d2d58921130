"""Write responses, word after word, many at a time."""

from collections import OrderedDict
from dataclasses import dataclass

import torch
from torch.utils.hooks import RemovableHandle

from pedagogy import require
from pedagogy.locale import _
from pedagogy.maths.language_model import next_word_distribution
from pedagogy.policy.logps import Batch, forward, pad, positions
from pedagogy.policy.model import is_small
from pedagogy.policy.network import at_least_float32, require_policy, takes, without_dropout
from pedagogy.policy.next_word import prompts_to_ids
from pedagogy.progress import counted
from pedagogy.tokenizer import ids_to_text

MOST = 256  # tokens that nobody asked for: a context of 128,000 would look like a hang
WHOLE_BOOK = 1_000_000  # tokens, where a network has no longest context
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

    @property
    def first_tokens(self):
        """True at the first token of each response, (B, T)."""
        mask = self.completion_mask.bool()
        return mask & (mask.cumsum(1) == 1)

    @property
    def last_tokens(self):
        """True at the last token of each response, END where it has one, (B, T)."""
        mask = self.completion_mask.bool()
        return mask & (mask.flip(1).cumsum(1).flip(1) == 1)


@torch.no_grad()
def sample(policy, prompts, *, temperature=1.0, max_new_tokens=None, generator=None):
    """One response for each prompt: y_t ~ softmax(z_t / T) until END, or until there is no room.

    Responses are as they follow the prompts, spaces and all: read again, they have the tokens
    that were drawn, wherever the tokenizer allows. Dropout is off.
    generator: a torch.Generator, or a seed, for the same responses again; one on the CPU draws the
    same for every device, though not at the speed of a GPU's own.
    max_new_tokens: by default as many as the context leaves beside the longest prompt, but no
    more than MOST. ValueError: no prompt, an unknown word, a prompt too long, or a temperature
    not above zero.
    """
    require_policy(policy)
    require.texts(prompts=prompts)
    require.positive(temperature=temperature)
    generator = generator if generator is None else require.generator(generator=generator)
    rows = prompts_to_ids(policy, prompts)
    steps = _room(policy, rows, max_new_tokens)
    ids = pad(rows, policy.pad_id, policy.device, side="left")  # (B, P)
    mask = pad([[1] * len(row) for row in rows], 0, policy.device, side="left")  # (B, P)
    length, cache = ids.shape[1], None
    writing = torch.ones(len(rows), dtype=torch.bool, device=policy.device)  # (B,)
    words = range(steps)
    if not is_small(policy.model):
        words = counted(words, _("writing token {done} of at most {total}"), steps)
    with without_dropout(policy.model):
        for _word in words:
            logits, cache = _read_on(policy, ids, mask, cache)
            chances = next_word_distribution(logits, temperature)  # (B, V)
            news = torch.where(writing, _draw(chances, generator), policy.pad_id)[:, None]  # (B, 1)
            ids, mask = torch.cat([ids, news], 1), torch.cat([mask, writing[:, None].long()], 1)
            writing = writing & ~_is_end(policy, news[:, 0])
            if not writing.any():
                break
    completion_mask = mask.clone()
    completion_mask[:, :length] = 0
    responses = [
        ids_to_text(policy.tokenizer, row[kept.bool()].tolist(), before)
        for row, kept, before in zip(ids, completion_mask, rows, strict=True)
    ]
    samples = Samples(ids, mask, completion_mask, list(prompts), responses)
    for watcher in list(_WATCHERS.values()):
        watcher(samples)
    return samples


def finished(policy, samples):
    """Whether each response came to its end, (B,) bool; the others were cut off."""
    return (_is_end(policy, samples.input_ids) & samples.completion_mask.bool()).any(-1)


def sample_in_turn(policy, prompts, generator=None, **settings):
    """Yield the Samples of many prompts, some prompts at a time; settings as for sample."""
    if generator is not None:  # a seed begins once, not anew with each part
        generator = require.generator(generator=generator)
    for start in range(0, len(prompts), ROWS):
        yield sample(policy, prompts[start : start + ROWS], generator=generator, **settings)


def watch_samples(watcher):
    """Have all Samples told to `watcher`, whoever draws them; a handle whose remove() ends it.

    As torch's own hooks for all networks and all optimisers, and for the same use: counting.
    """
    handle = RemovableHandle(_WATCHERS)
    _WATCHERS[handle.id] = watcher
    return handle


def _read_on(policy, ids, mask, cache):
    """Logits after the last token of each row, (B, V), and the cache for the next word.

    With the cache a network reads only what is new: the prompt first, then word by word. One that
    has another kind of memory, or counts its places by itself, reads everything anew.
    """
    names = [name for name in ("cache", "past_key_values") if takes(policy.model, name)]
    if not names or not takes(policy.model, "position_ids"):
        return forward(policy, Batch(ids, mask, mask)).logits[:, -1], None
    news = ids if cache is None else ids[:, -1:]
    output = policy.model(
        input_ids=news,
        attention_mask=mask,
        position_ids=positions(mask)[:, -news.shape[1] :],
        use_cache=True,
        **{names[0]: cache},
    )
    return at_least_float32(output.logits[:, -1]), output.get(names[0])


def _is_end(policy, ids):
    return torch.isin(ids, torch.tensor(policy.end_ids, device=ids.device))


def _room(policy, rows, max_new_tokens):
    room = policy.context - max(map(len, rows))
    if max_new_tokens is None:
        return min(room, MOST)
    require.count(max_new_tokens=max_new_tokens)
    if max_new_tokens > min(room, WHOLE_BOOK):
        raise ValueError(
            f"max_new_tokens is {max_new_tokens}, but beside the longest prompt "
            f"the context has room for {min(room, WHOLE_BOOK)}."
        )
    return max_new_tokens


def _draw(chances, generator):
    """One token id for each row of probabilities, (B, V) -> (B,)."""
    device = chances.device if generator is None else generator.device
    return torch.multinomial(chances.to(device), 1, generator=generator)[:, 0].to(chances.device)
