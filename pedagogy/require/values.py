"""What the numbers of one tensor must be. Each check waits for the device once, if all is well."""

import functools
import math
import operator

import torch

from pedagogy.require.convert import to_tensor


def all_finite(tensors):
    """ValueError that names the first of the tensors, {name: tensor}, with a nan or an inf."""
    # A sum is finite only if all its numbers are: one pass, and one number to wait for. It may
    # overflow though all are finite, and then each number is looked at.
    totals = [tensor.detach().sum() for tensor in tensors.values()]
    if not totals or math.isfinite(functools.reduce(operator.add, totals)):
        return
    for name, tensor in tensors.items():
        bad = tensor[~tensor.isfinite()]
        if bad.numel():
            verb = "holds" if tensor.dim() else "is"
            raise ValueError(f"{name} {verb} {bad[0].item()}, but it must be finite.")


def all_are(name, tensor, allowed, wanted):
    """ValueError unless every number is allowed."""
    right = allowed(tensor)
    if not right.all():
        verb = "holds" if tensor.dim() else "is"
        bad = tensor[~right][0].item()
        raise ValueError(f"{name} {verb} {bad:.6g}, but it must be {wanted}.")


def probabilities(name, tensor):
    """ValueError unless all are >= 0 and sum to 1 in the last axis."""
    if not tensor.numel():
        return
    tensor = tensor.detach()
    sums = tensor.sum(-1)
    lowest, off = tensor.min().item(), (sums - 1).abs().max().item()
    if lowest >= 0 and off <= 1e-4:
        return
    all_finite({name: tensor})
    if lowest < 0:
        raise ValueError(f"{name} holds {lowest:.6g}, but probabilities must not be negative.")
    wrong = sums[(sums - 1).abs() > 1e-4][0].item()
    raise ValueError(
        f"{name} sums to {wrong:.6g} in its last axis, but probabilities must sum to 1."
    )


def flags(name, value):
    """Zeros and ones, of any dtype, as booleans."""
    tensor = to_tensor(name, value)
    if tensor.dtype == torch.bool:
        return tensor
    ones = tensor.bool()
    if not (ones == tensor).all():
        odd = tensor[ones != tensor][0].item()
        raise ValueError(f"{name} holds {odd:.6g}, but it must hold only 0 and 1.")
    return ones


def marks_some(name, mask):
    """ValueError unless a mask of any shape marks a token."""
    if not mask.any():
        raise ValueError(f"{name} marks no token, but it must mark at least one.")


def marks_each_row(name, mask):
    """ValueError unless a mask (B, T) marks a token in each row."""
    marked = mask.any(-1)  # (B,)
    if not marked.all():
        raise ValueError(
            f"{name} marks no token in row {(~marked).nonzero()[0].item()}, "
            "but it must mark at least one in each row."
        )


def marks_no_first(name, mask):
    """ValueError if a mask (B, T) marks the first token of a row."""
    if mask[:, 0].any():
        raise ValueError(f"{name} marks the first token, but nothing predicts that one.")


def token_ids(name, value, size):
    """Whole numbers from 0 to size - 1, as int64."""
    tensor = to_tensor(name, value)
    if tensor.is_floating_point():
        raise TypeError(f"{name} holds {tensor.dtype}, but it must hold whole numbers: token ids.")
    low, high = (end.item() for end in tensor.aminmax())
    if low < 0 or high >= size:
        raise ValueError(
            f"{name} holds {low if low < 0 else high}, but token ids go from 0 to {size - 1}."
        )
    return tensor.long()


def logits(name, tensor, mask):
    """ValueError if nan or inf stands where a token is predicted; -inf is a token that can't come.

    tensor (B, T, V), at t of token t+1. mask: (B, T) of the tokens that count, or None for all.
    """
    largest = tensor.detach()[:, :-1].amax(-1)  # (B, T-1): nan, or inf, if one of the V is
    if mask is not None:
        largest = largest.where(mask[:, 1:], 0.0)
    if not largest.isfinite().all():
        bad = largest[~largest.isfinite()][0].item()
        what = "nothing but -inf" if bad == -math.inf else bad
        raise ValueError(
            f"{name} holds {what} for a token, but must be finite, or -inf for what cannot come."
        )
