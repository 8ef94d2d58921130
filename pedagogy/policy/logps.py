"""How likely is this response? Log-probabilities of tokens, and of whole responses."""

from dataclasses import dataclass, replace

import torch

from pedagogy import require
from pedagogy.maths.language_model import sequence_logps
from pedagogy.policy.network import (
    at_least_float32,
    require_batch,
    require_policy,
    takes,
    turned,
    without_dropout,
)
from pedagogy.policy.next_word import prompts_to_ids
from pedagogy.stories import known_words
from pedagogy.tokenizer import speaks_in_words, texts_to_ids


@dataclass
class Batch:
    """Prompts and responses as rows of tokens, all (B, T)."""

    input_ids: torch.Tensor
    attention_mask: torch.Tensor  # 1 on real tokens, 0 on padding
    completion_mask: torch.Tensor  # 1 on the response and its END, 0 on prompt and padding


def encode(policy, prompts, responses):
    """Batch of prompt, response, END; shorter rows padded on the right.

    Responses as they follow the prompts: normally with a space at their front. END is added where
    the text does not end with it.

    ValueError: nothing to encode, an unknown word, or a row longer than the context.
    """
    require.parts("a Policy or a RewardModel", "tokenizer", "known_ids", policy=policy)
    prompts, responses = require.texts(prompts=prompts, responses=responses)
    return to_batch(policy, token_rows(policy, prompts, responses))


def token_rows(policy, prompts, *responses):
    """Token ids of each prompt, and of each response to it with its END: tuples of list[int].

    responses: one list, or several, each with a response to every prompt. Tokenized is prompt +
    response as they stand. Tokens may reach over the border between them: the response begins
    where the ids of the prompt alone and those of the whole part, with several responses at the
    first such place, as in trl's DPOTrainer.

    ValueError: an unknown word, no prompt, a response without the space that begins a word, or
    more tokens than the context has room for.
    """
    begins = prompts_to_ids(policy, prompts)
    wholes = [_whole_rows(policy, prompts, each) for each in responses]
    return [_parted(*row) for row in zip(prompts, begins, *wholes, strict=True)]


def _whole_rows(policy, prompts, responses):
    """Token ids of prompt, response and END in one row each, list[list[int]]."""
    words, context, ends = speaks_in_words(policy.tokenizer), policy.context, policy.end_ids
    for prompt, response in zip(prompts, responses, strict=True):
        if not isinstance(response, str):
            raise TypeError(f"response is {response!r}, but it must be words in one str.")
        if words and response:
            known_words(response)
            if not (prompt[-1:].isspace() or response[0].isspace()):
                raise ValueError(
                    f"response is {response!r}, but it must begin with a space, as "
                    f"{f' {response}'!r} does: it follows the prompt as it stands."
                )
    texts = [prompt + response for prompt, response in zip(prompts, responses, strict=True)]
    rows = policy.known_ids(texts_to_ids(policy.tokenizer, texts))
    rows = [
        ids if response and ids[-1] in ends else [*ids, policy.end_id]
        for ids, response in zip(rows, responses, strict=True)
    ]
    longest = max(map(len, rows))
    if longest > context:
        raise ValueError(
            f"prompt and response have {longest} tokens with END, "
            f"but the policy can read {context}."
        )
    return rows


def _parted(prompt, prompt_ids, *rows):
    """The ids of a prompt and those of what follows it, parted where all rows agree so far."""
    border = min(common_prefix(prompt_ids, row) for row in rows)
    if not border:
        raise ValueError(
            f"prompt is {prompt!r}, but its first token changes with the response after it: "
            "a space or a line break must part them."
        )
    return prompt_ids[:border], *(row[border:] for row in rows)


def common_prefix(one, other):
    """How many tokens two lists begin with in common, an int."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def to_batch(policy, rows):
    """Batch of rows, each two lists of token ids: prompt, response."""
    return Batch(
        pad([prompt + response for prompt, response in rows], policy.pad_id, policy.device),
        pad([[1] * len(prompt + response) for prompt, response in rows], 0, policy.device),
        pad(
            [[0] * len(prompt) + [1] * len(response) for prompt, response in rows], 0, policy.device
        ),
    )


def on_device(batch, device):
    """A Batch or Samples on this device; itself, if it is there."""
    if batch.input_ids.device == device:
        return batch
    tensors = {name: x for name, x in vars(batch).items() if isinstance(x, torch.Tensor)}
    return replace(batch, **{name: tensor.to(device) for name, tensor in tensors.items()})


def batch_logits(policy, batch):
    """Logits (B, T, V) of a Batch or of Samples; padding on either side changes nothing."""
    require_policy(policy)
    require_batch(batch)
    return forward(policy, on_device(batch, policy.device)).logits


def forward(policy, batch, **more):
    """What the network says to a Batch or to Samples, each row read at once, with a graph.

    Dropout is off, whatever the mode; logits come in float32 at least.
    """
    ids, mask, left = batch.input_ids, batch.attention_mask, None
    if takes(policy.model, "position_ids"):
        more["position_ids"] = positions(mask)
    else:  # such a network counts from the begin of the row: no padding may stand there
        left = (mask.cumsum(-1) == 0).sum(-1)  # (B,)
        ids, mask = turned(ids, left), turned(mask, left)
    with without_dropout(policy.model):
        output = policy.model(input_ids=ids, attention_mask=mask, use_cache=False, **more)
    if left is not None:
        for name in output.keys() & {"logits", "last_hidden_state"}:
            output[name] = turned(output[name], -left)
        if "hidden_states" in output:
            output["hidden_states"] = tuple(turned(h, -left) for h in output["hidden_states"])
    if "logits" in output:
        output["logits"] = at_least_float32(output["logits"])
    return output


def response_logps(policy, prompts, responses):
    """log π(response | prompt) in nats, END included, (B,); keeps the graph for training."""
    require_policy(policy)
    batch = encode(policy, prompts, responses)
    return sequence_logps(batch_logits(policy, batch), batch.input_ids, batch.completion_mask)


def positions(attention_mask):
    """Places 0, 1, 2 … of the real tokens in each row, (B, T); padding gets 0 or the last one."""
    return (attention_mask.cumsum(-1) - 1).clamp(min=0)


def pad(rows, filler, device, side="right"):
    """Rows of numbers, list[list[int]], as one tensor (B, T) filled up at one side."""
    longest = max(map(len, rows))
    fill = [[filler] * (longest - len(row)) for row in rows]
    rows = [
        row + more if side == "right" else more + row for row, more in zip(rows, fill, strict=True)
    ]
    return torch.tensor(rows, device=device)
