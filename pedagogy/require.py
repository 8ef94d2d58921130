"""One sentence for bad input: which argument, what came, what is wanted.

Every validator takes keyword arguments, so that the name in the sentence comes for free,
and gives back what it was given, checked: one value for one argument, a tuple for several.

    p, q = require.probabilities(p=p, q=q)

Python numbers, lists and numpy arrays become float32 tensors on the way; tensors keep their
dtype, device and graph (whole numbers become float32).
"""

import re

import numpy as np
import torch


def finite(**values):
    """Return the values as tensors; every number must be finite. ValueError, TypeError."""
    return _each(_finite, values)


def one_per(thing, letter, /, **values):
    """Return the values as tensors: one finite number per thing, and at least one thing.

    logps, old_logps = require.one_per("token", "N", logps=logps, old_logps=old_logps)  # (N,)
    """
    tensors = {name: _finite(name, value) for name, value in values.items()}
    shape(f"({letter},)", **tensors)
    name, first = next(iter(tensors.items()))
    if not len(first):
        raise ValueError(f"{name} is empty, but there must be at least one {thing}.")
    return _one_or_all(tensors.values())


def probabilities(**values):
    """Return the values as tensors (…, K) that are >= 0 and sum to 1 in the last axis.

    Several are compared outcome by outcome: they must agree in K, and broadcast.
    """
    tensors = _each(_probabilities, values)
    if len(values) > 1:
        sizes = {name: tensor.shape[-1] for name, tensor in zip(values, tensors, strict=True)}
        if len(set(sizes.values())) > 1:
            listed = " and ".join(f"{name} has {size}" for name, size in sizes.items())
            raise ValueError(f"{listed} outcomes in the last axis, but they must have the same.")
        broadcastable(**dict(zip(values, tensors, strict=True)))
    return tensors


def positive(**values):
    """Return the values as they came; each must be finite and above zero."""
    return _each(lambda name, value: _signed(name, value, "above zero", torch.gt), values)


def non_negative(**values):
    """Return the values as they came; each must be finite and not below zero."""
    return _each(lambda name, value: _signed(name, value, "not below zero", torch.ge), values)


def count(**values):
    """Return the values as they came; each must be a whole number (int), 1 or more."""
    return _each(_count, values)


def tokens_in_each_row(**masks):
    """Return the masks (B, T) as booleans; each row must mark at least one token."""
    return _each(_tokens_in_each_row, masks)


def same_shape(**values):
    """Return the values as tensors; all must have the same shape."""
    tensors = {name: _tensor(name, value) for name, value in values.items()}
    if len({tensor.shape for tensor in tensors.values()}) > 1:
        raise ValueError(f"{_shapes(tensors)}, but their shapes must be the same.")
    return _one_or_all(tensors.values())


def broadcastable(**values):
    """Return the values as tensors; their shapes must broadcast, as (3,) and (2, 3) do."""
    tensors = {name: _tensor(name, value) for name, value in values.items()}
    try:
        # numpy's, because torch's own loads sympy at its first call, which takes a second.
        np.broadcast_shapes(*(tensor.shape for tensor in tensors.values()))
    except ValueError:
        raise ValueError(
            f"{_shapes(tensors)}, but their shapes must be the same or broadcast."
        ) from None
    return _one_or_all(tensors.values())


def shape(wanted, **tensors):
    """Return the tensors as they came; each must have the shape that `wanted` spells out.

    One shape for all, or one for each in order. A letter stands for the same size everywhere:

        require.shape("(B, T, V), (B, T)", logits=logits, input_ids=input_ids)
    """
    shapes = [re.findall(r"\w+", one) for one in re.findall(r"\(.*?\)", wanted)]
    shapes = shapes * len(tensors) if len(shapes) == 1 else shapes
    sizes = {}  # letter -> (size, the argument that fixed it)
    for (name, tensor), letters in zip(tensors.items(), shapes, strict=True):
        _one_shape(name, tensor, letters, sizes)
    return _one_or_all(tensors.values())


def _one_shape(name, tensor, letters, sizes):
    spelled = f"({letters[0]},)" if len(letters) == 1 else f"({', '.join(letters)})"
    if not isinstance(tensor, torch.Tensor):
        raise TypeError(f"{name} is {_said(tensor)}, but it must be a tensor of shape {spelled}.")
    if tensor.dim() != len(letters):
        raise ValueError(f"{name} has shape {tuple(tensor.shape)}, but it must be {spelled}.")
    for letter, size in zip(letters, tensor.shape, strict=True):
        known, source = sizes.setdefault(letter, (size, name))
        if size != known:
            raise ValueError(
                f"{name} has shape {tuple(tensor.shape)}, but it must be {spelled} "
                f"with {letter} = {known}, as in {source}."
            )


def _finite(name, value):
    tensor = _tensor(name, value)
    bad = tensor[~torch.isfinite(tensor)]
    if bad.numel():
        raise ValueError(f"{name} {_is_or_holds(tensor)} {bad[0].item()}, but it must be finite.")
    return tensor


def _probabilities(name, value):
    tensor = _finite(name, value)
    if tensor.dim() == 0:
        raise ValueError(f"{name} is the single number {tensor.item():.6g}, but it must be a list.")
    if (tensor < 0).any():
        raise ValueError(
            f"{name} holds {tensor.min().item():.6g}, but probabilities must not be negative."
        )
    sums = tensor.sum(-1)
    wrong = sums[(sums - 1).abs() > 1e-4]
    if wrong.numel():
        raise ValueError(
            f"{name} sums to {wrong[0].item():.6g} in its last axis, "
            "but probabilities must sum to 1."
        )
    return tensor


def _signed(name, value, wanted, compare):
    tensor = _tensor(name, value)
    bad = tensor[~(torch.isfinite(tensor) & compare(tensor, 0))]
    if bad.numel():
        raise ValueError(
            f"{name} {_is_or_holds(tensor)} {bad[0].item():.6g}, "
            f"but it must be a finite number {wanted}."
        )
    return value


def _count(name, value):
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} is {_said(value)}, but it must be a whole number.")
    if value < 1:
        raise ValueError(f"{name} is {value}, but it must be 1 or more.")
    return value


def _tokens_in_each_row(name, mask):
    mask = mask.bool()
    empty = ~mask.any(-1)  # (B,)
    if empty.any():
        raise ValueError(
            f"{name} marks no token in row {empty.nonzero()[0].item()}, "
            "but it must mark at least one in each row."
        )
    return mask


def _tensor(name, value):
    try:
        tensor = torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"{name} is {_said(value)}, but it must be numbers.") from None
    if tensor.is_complex():
        raise TypeError(f"{name} is complex, but it must be real numbers.")
    stays = isinstance(value, torch.Tensor) and value.is_floating_point()
    return tensor if stays else tensor.to(torch.float32)


def _each(check, values):
    return _one_or_all(check(name, value) for name, value in values.items())


def _one_or_all(values):
    values = tuple(values)
    return values[0] if len(values) == 1 else values


def _is_or_holds(tensor):
    return "holds" if tensor.dim() else "is"


def _said(value):
    """The value itself when it is short, else its type."""
    text = repr(value)
    return text if len(text) <= 40 and "\n" not in text else f"a {type(value).__name__}"


def _shapes(tensors):
    return " and ".join(f"{name} has shape {tuple(t.shape)}" for name, t in tensors.items())
