"""Whatever holds numbers, as tensors that can be reckoned with: value, precision, graph kept."""

import functools
import numbers

import numpy as np
import torch
from numpy.typing import ArrayLike

from pedagogy.require.words import said

Numbers = torch.Tensor | ArrayLike  # what a formula takes: tensors, numbers, lists, arrays


def to_floats(values):
    """{name: value} as {name: tensor}, all of one floating dtype.

    Floating tensors keep their dtype, or promote each other as in torch. All the rest, such as
    Python numbers, arrays and whole-number tensors, follow them, or become float32.
    """
    tensors = {name: to_tensor(name, value) for name, value in values.items()}
    given = [t for name, t in tensors.items() if _decides(values[name], t)]
    if len(given) == len(values) and len({t.dtype for t in given}) <= 1:
        return tensors  # the usual case, and nothing to do
    dtype = _promoted([t for t in given if t.dim()] or given)
    return {name: tensor.to(dtype) for name, tensor in tensors.items()}


def to_one_device(values, tensors):
    """{name: tensor}, all on the device of those whose values were tensors; the others follow.

    A single number on the CPU follows too, as in torch. ValueError: tensors of two devices.
    """
    if len({tensor.device for tensor in tensors.values()}) <= 1:
        return tensors  # the usual case
    found = {
        tensor.device: name
        for name, tensor in tensors.items()
        if _is_of_tensors(values[name]) and (tensor.dim() or tensor.device.type != "cpu")
    }
    if len(found) > 1:
        (here, one), (there, other), *_ = found.items()
        raise ValueError(f"{one} is on {here}, but {other} on {there}: they must be on one device.")
    return {name: _moved(tensor, *found) for name, tensor in tensors.items()}


def _moved(tensor, device):
    narrow = device.type == "mps" and tensor.dtype == torch.float64  # which it has not
    return (tensor.float() if narrow else tensor).to(device)


def to_tensor(name, value):
    """One value as a tensor: itself, if it is one; a list of tensors is stacked with its graph."""
    try:
        tensor = value if isinstance(value, torch.Tensor) else _from_python(name, value)
    except RecursionError:
        raise TypeError(f"{name} is {said(value)}, but it must be numbers.") from None
    if tensor.is_complex():
        raise TypeError(f"{name} is complex, but it must be real numbers.")
    if tensor.layout != torch.strided or tensor.is_meta:
        raise TypeError(f"{name} is sparse or has no data, but it must be an ordinary tensor.")
    return tensor


def _from_python(name, value):
    if _holds_tensors(value):
        named = {f"{name}[{i}]": part for i, part in enumerate(value)}
        parts = to_one_device(named, {one: to_tensor(name, part) for one, part in named.items()})
        if len({part.shape for part in parts.values()}) > 1:
            raise ValueError(f"{name} holds tensors of several shapes, but they must have one.")
        dtype = _promoted([part for one, part in parts.items() if _decides(named[one], part)])
        return torch.stack([part.to(dtype) for part in parts.values()])
    try:
        array = np.asarray(value)
        if array.dtype.kind == "c":
            return torch.zeros((), dtype=torch.complex64)
        if array.dtype.kind not in "fiubO" or not all(map(_is_number, _objects(array))):
            raise TypeError
        # A copy: torch wants the machine's byte order, and no negative strides.
        whole = array.dtype.kind in "iu" and np.can_cast(array.dtype, np.int64)
        return torch.from_numpy(np.array(array, dtype=np.int64 if whole else np.float64))
    except (TypeError, ValueError, OverflowError, RuntimeError):
        raise TypeError(f"{name} is {said(value)}, but it must be numbers.") from None


def _holds_tensors(value):
    return isinstance(value, list | tuple) and any(
        isinstance(part, torch.Tensor) or _holds_tensors(part) for part in value
    )


def _is_of_tensors(value):
    return isinstance(value, torch.Tensor) or _holds_tensors(value)


def _decides(value, tensor):
    """Whether a value has a dtype that the others follow."""
    return tensor.is_floating_point() and _is_of_tensors(value)


def _promoted(tensors):
    dtypes = [tensor.dtype for tensor in tensors]
    return functools.reduce(torch.promote_types, dtypes) if dtypes else torch.float32


def _objects(array):
    return array.flat if array.dtype.kind == "O" else ()


def _is_number(value):
    return isinstance(value, numbers.Number)
