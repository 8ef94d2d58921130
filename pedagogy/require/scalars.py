"""Single numbers: beta, a rate, how many, a seed. Each is converted once and used as checked."""

import math
import operator

import numpy as np
import torch

from pedagogy.require.convert import to_tensor
from pedagogy.require.words import each, said

MOST = 10_000_000  # what a count may be: more would be tried for hours, or not fit the memory
LARGEST = 10**18  # of a beta or a rate: in any dtype it can be reckoned with
MOST_SEED = 2**63 - 1  # torch's, numpy's and Python's generators all take these

ANY = (lambda x: True, "a finite number")
ABOVE_ZERO = (lambda x: x > 0, "a finite number above zero")
NOT_BELOW_ZERO = (lambda x: x >= 0, "a finite number not below zero")
FRACTION = (lambda x: 0 <= x <= 1, "between 0 and 1")


def number(**values):
    """Return the values as floats; each must be one finite number."""
    return each(lambda name, value: float(scalar(name, value, *ANY)), values)


def positive(**values):
    """Return the values as they came; each must be one finite number above zero."""
    return each(lambda name, value: scalar(name, value, *ABOVE_ZERO), values)


def non_negative(**values):
    """Return the values as they came; each must be one finite number not below zero."""
    return each(lambda name, value: scalar(name, value, *NOT_BELOW_ZERO), values)


def count(most=MOST, /, **values):
    """Return the values as ints; each must be a whole number, from 1 to `most`."""
    return each(lambda name, value: _count(name, value, most), values)


def seed(**values):
    """Return the values as ints; each must be a whole number, 0 or more, below 2^63."""
    return each(_seed, values)


def generator(**values):
    """Return torch.Generators: each value must be one, or a seed to make one from."""
    return each(_generator, values)


def scalar(name, value, allowed, wanted):
    """Return one number: as it came (int, float, a tensor with a graph), or made a float."""
    if type(value) not in (float, int):
        value = _one_number(name, value)
    plain = value.item() if isinstance(value, torch.Tensor) else value
    if not (-math.inf < plain < math.inf and allowed(plain)):
        raise ValueError(f"{name} is {_short(plain)}, but it must be {wanted}.")
    if abs(plain) > LARGEST:
        raise ValueError(f"{name} is {_short(plain)}, but it must be {LARGEST:.0e} at most.")
    return value


def _one_number(name, value):
    tensor = to_tensor(name, value)
    if tensor.dim():
        raise TypeError(
            f"{name} has shape {tuple(tensor.shape)}, but it must be one number, of shape ()."
        )
    return tensor if tensor.requires_grad else tensor.item()


def _short(plain):
    return f"{plain:.6g}" if isinstance(plain, float) else said(plain)


def _whole(name, value):
    try:
        if isinstance(value, bool | np.bool_) or getattr(value, "dtype", None) == torch.bool:
            raise TypeError
        return operator.index(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} is {said(value)}, but it must be a whole number.") from None


def _count(name, value, most):
    whole = _whole(name, value)
    if whole < 1:
        raise ValueError(f"{name} is {whole}, but it must be 1 or more.")
    if whole > most:
        raise ValueError(f"{name} is {said(whole)}, but it must be {most:,} at most.")
    return whole


def _seed(name, value):
    whole = _whole(name, value)
    if not 0 <= whole <= MOST_SEED:
        raise ValueError(f"{name} is {said(whole)}, but it must be from 0 to {MOST_SEED}.")
    return whole


def _generator(name, value):
    if isinstance(value, torch.Generator):
        return value
    return torch.Generator().manual_seed(_seed(name, value))
