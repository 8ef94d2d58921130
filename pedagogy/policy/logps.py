"""How likely is this response? Log-probabilities of tokens, and of whole responses."""

from dataclasses import dataclass

import torch

from pedagogy.maths.language_model import sequence_logps
from pedagogy.policy.next_word import prompt_to_ids
from pedagogy.tokenizer import text_to_ids


@dataclass
class Batch:
    """Prompts and responses as rows of tokens, all (B, T)."""

    input_ids: torch.Tensor
    attention_mask: torch.Tensor  # 1 on real tokens, 0 on padding
    completion_mask: torch.Tensor  # 1 on the response and its END, 0 on prompt and padding


def encode(policy, prompts, responses):
    """Batch of prompt, response, END; shorter rows padded on the right.

    ValueError: nothing to encode, an unknown word, or a row longer than the context.
    """
    require_texts(prompts=prompts, responses=responses)
    if len(prompts) != len(responses):
        raise ValueError(
            f"prompts has {len(prompts)} and responses has {len(responses)} texts, "
            "but there must be one response for each prompt."
        )
    return to_batch(policy, [row_ids(policy, *row) for row in zip(prompts, responses, strict=True)])


def row_ids(policy, prompt, response):
    """Token ids of a prompt, and of a response with its END: two list[int].

    ValueError: an unknown word, no prompt, or more tokens than the context has room for.
    """
    asked = prompt_to_ids(policy, prompt)
    # The space belongs to the response: tokenizers of real models tell " time" from "time".
    said = text_to_ids(policy.tokenizer, f" {response}", special=False) + [policy.end_id]
    if len(asked) + len(said) > policy.context:
        raise ValueError(
            f"prompt and response have {len(asked) + len(said)} tokens with END, "
            f"but the policy can read {policy.context}."
        )
    return asked, said


def to_batch(policy, rows):
    """Batch of rows, each two lists of token ids: prompt, response."""
    return Batch(
        pad([asked + said for asked, said in rows], policy.pad_id, policy.device),
        pad([[1] * len(asked + said) for asked, said in rows], 0, policy.device),
        pad([[0] * len(asked) + [1] * len(said) for asked, said in rows], 0, policy.device),
    )


def batch_logits(policy, batch):
    """Logits (B, T, V) of a Batch or of Samples; padding on either side changes nothing."""
    return read(policy, batch).logits


def read(policy, batch, **more):
    """What the model says to a Batch or to Samples, each row read at once, with a graph."""
    return policy.model(
        input_ids=batch.input_ids,
        attention_mask=batch.attention_mask,
        position_ids=positions(batch.attention_mask),
        use_cache=False,
        **more,
    )


def response_logps(policy, prompts, responses):
    """log π(response | prompt) in nats, END included, (B,); keeps the graph for training."""
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


def require_texts(**lists):
    """Each argument must be a list (or tuple) of at least one str."""
    for name, texts in lists.items():
        if isinstance(texts, str) or not hasattr(texts, "__len__"):
            raise TypeError(f"{name} is {texts!r}, but it must be a list of texts.")
        if not len(texts):
            raise ValueError(f"{name} is empty, but it must have at least one text.")
