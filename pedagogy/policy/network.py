"""In what networks differ, and what they must not: arguments, exactness, dropout, padding."""

import inspect
from contextlib import contextmanager
from functools import lru_cache

import torch

from pedagogy import require


def takes(model, name):
    """Whether the network's forward has an argument of this name, a bool."""
    return name in _arguments(type(model))


@lru_cache
def _arguments(network):
    return frozenset(inspect.signature(network.forward).parameters)


def at_least_float32(tensor):
    """The tensor; in half precision as float32, since sums over words need the digits."""
    return tensor.to(torch.promote_types(tensor.dtype, torch.float32))


def is_full(error):
    """Whether a RuntimeError says that a device has no room left, a bool."""
    said = ("out of memory", "ALLOC_FAILED", "DefaultCPUAllocator")  # CUDA, its libraries, torch
    return any(words in str(error) for words in said)


@contextmanager
def without_dropout(model):
    """The network as it is when not in training; afterwards each part is in its mode again.

    What is sampled, scored, compared and trained must come from one and the same distribution.
    """
    parts = [part for part in model.modules() if part.training]
    for part in parts:
        part.training = False
    try:
        yield
    finally:
        for part in parts:
            part.training = True


def turned(tensor, steps):
    """Each row turned to the left by so many steps, (B, T, …) and (B,) -> (B, T, …)."""
    width = tensor.shape[1]
    places = (torch.arange(width, device=tensor.device) + steps[:, None]) % width  # (B, T)
    return tensor[torch.arange(len(tensor), device=tensor.device)[:, None], places]


def require_batch(batch):
    """TypeError unless it has rows to read."""
    require.parts("a Batch or Samples", "input_ids", "attention_mask", batch=batch)


def require_policy(policy):
    """TypeError unless it has a network that bets and a tokenizer.

    By their names, not by class: a class is another one after its module was reloaded.
    """
    parts = vars(policy) if hasattr(policy, "__dict__") else {}
    if not {"model", "tokenizer"} <= set(parts) or "head" in parts:
        raise TypeError(f"policy is a {type(policy).__name__}, but it must be a Policy.")


def require_same_vocabulary(**policies):
    """All must know the same words by the same numbers, or their bets can't be compared."""
    require.parts("a Policy", "model", "tokenizer", **policies)
    (first, one), *others = ((name, who.tokenizer.get_vocab()) for name, who in policies.items())
    for name, other in others:
        if other != one:
            raise ValueError(
                f"{name} has a vocabulary of {len(other)} tokens, {first} another of {len(one)}, "
                "but they must be the same, or their bets can't be compared."
            )
