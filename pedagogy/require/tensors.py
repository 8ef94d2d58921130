"""What a formula takes, declared in one line: shapes, numbers, masks, and what is above zero.

    @require.tensors("(B pairs,), (B,), beta > 0")

One entry for each argument, in order:

    (B, T)                  finite numbers, of any kind that convert.py can read
    (B pairs,)              the same; "at least one pair" is what an empty one is told
    counted (B, T)          numbers that must be finite where the mask is 1
    probabilities (…, K)    not negative, and 1 in sum
    logits (B, T, V)        at t of token t+1: no nan where a token counts; -inf cannot come
    ids (B, T)              token ids, 0 to V - 1
    mask (B, T)             0 and 1, of any dtype, 1 in every row where a token counts, and never
                            on the first token if there are logits, for nothing predicts that one
    flags (T,)              0 and 1
    beta > 0, x >= 0, 0 <= gamma <= 1      one number
    (…) >= 0                finite numbers, none below zero
    _                       not looked at

A letter stands for the same size, 1 or more, wherever it comes; … may be any shape that
broadcasts, *S any shape, the same everywhere. The formula gets floating tensors of one dtype and
device, masks and flags as booleans, ids as int64.
"""

import collections
import functools
import inspect
import re
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import torch

from pedagogy.require import scalars, values
from pedagogy.require.convert import to_floats, to_one_device, to_tensor
from pedagogy.require.shapes import Shapes
from pedagogy.require.words import each, said

ENTRY = r"(\w*) ?\((.*)\)( >= 0)?"
P, R = ParamSpec("P"), TypeVar("R")
CONDITIONS = {
    "x > 0": scalars.ABOVE_ZERO,
    "x >= 0": scalars.NOT_BELOW_ZERO,
    "0 <= x <= 1": scalars.FRACTION,
}


def tensors(declared: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate a formula with what it takes; ValueError or TypeError for anything else."""

    def decorate(formula):
        signature = inspect.signature(formula)
        names = signature.parameters.keys()
        door = Door(declared, names)

        @functools.wraps(formula)
        def checked(*args, **kwargs):
            given = dict(zip(names, args, strict=False), **kwargs)
            if len(args) + len(kwargs) != len(names) or given.keys() != names:
                given = _bind(formula.__name__, signature, args, kwargs)
            return formula(**door.check(given))

        return checked

    return decorate


def _bind(name, signature, args, kwargs):
    """{name: value} with the defaults; TypeError for arguments too few, too many or unknown."""
    try:
        given = signature.bind(*args, **kwargs)
    except TypeError as error:
        raise TypeError(f"{name}: {error}.") from None
    given.apply_defaults()
    return given.arguments


class Door:
    """What the arguments of one formula must be."""

    def __init__(self, declared, names):
        entries = map(str.strip, re.findall(r"(?:[^,(]|\([^)]*\))+", declared))
        self.scalars, self.bounds, shapes = {}, {}, {}
        self.of = collections.defaultdict(list)  # kind -> names
        for name, entry in zip(names, entries, strict=True):
            if "(" in entry:
                kind, shapes[name], least = re.fullmatch(ENTRY, entry).groups()
                self.of[kind].append(name)
                self.bounds |= {name: scalars.NOT_BELOW_ZERO} if least else {}
            elif entry != "_":
                self.scalars[name] = CONDITIONS[entry.replace(name, "x")]
        self.shapes = Shapes(shapes)
        self.raw = self.of["mask"] + self.of["flags"] + self.of["ids"]
        self.floats = [name for name in shapes if name not in self.raw]

    def check(self, given):
        """Return {name: value} as the formula wants them; ValueError, TypeError."""
        for name, condition in self.scalars.items():
            given[name] = scalars.scalar(name, given[name], *condition)
        came = {name: given[name] for name in self.floats + self.raw}
        found = to_floats({name: came[name] for name in self.floats})
        found |= {name: to_tensor(name, came[name]) for name in self.raw}
        given |= to_one_device(came, found)
        self.shapes.match(given)
        mask = self._mask(given)
        for name in self.of["flags"]:
            given[name] = values.flags(name, given[name])
        for name in self.of["logits"]:
            values.logits(name, given[name], mask)
        for name in self.of["ids"]:
            (logits,) = self.of["logits"]
            given[name] = values.token_ids(name, given[name], given[logits].shape[-1])
        for name in self.of["probabilities"]:
            values.probabilities(name, given[name])
        finite = {name: given[name] for name in self.of[""]}
        finite |= {name: given[name].where(mask, 0) for name in self.of["counted"]}
        values.all_finite(finite)
        for name, condition in self.bounds.items():
            values.all_are(name, given[name], *condition)
        return given

    def _mask(self, given):
        """The mask among the arguments, made boolean; None if there is none."""
        for name in self.of["mask"]:
            given[name] = mask = values.flags(name, given[name])
            if self.shapes.letters[name] == ("B", "T"):
                values.marks_each_row(name, mask)
            else:
                values.marks_some(name, mask)
            if self.of["logits"]:
                values.marks_no_first(name, mask)
            return mask
        return None


def checked(declared, /, **arguments):
    """Return the values as a formula that declares this would get them: for checks in mid-body.

    chosen, rejected = require.checked("(N pairs,), (N,)", chosen=chosen, rejected=rejected)
    """
    found = Door(declared, arguments).check(dict(arguments))
    return each(lambda name, value: found[name], arguments)


def finite(**arguments):
    """Return the values as tensors; every number must be finite. ValueError, TypeError."""
    found = to_floats(arguments)
    values.all_finite(found)
    return each(lambda name, value: found[name], arguments)


def tokens_in_each_row(**masks):
    """Return the masks (B, T) as booleans; each row must mark at least one token."""
    masks = {name: values.flags(name, mask) for name, mask in masks.items()}
    for name, mask in masks.items():
        values.marks_each_row(name, mask)
    return each(lambda name, mask: mask, masks)


def shape(wanted, **arguments):
    """Return the tensors as they came; all must have the shape that `wanted` spells out.

    A letter stands for the same size, or none: require.shape("(V,)", probabilities=p).
    """
    for name, value in arguments.items():
        if not isinstance(value, torch.Tensor):
            raise TypeError(f"{name} is {said(value)}, but it must be a tensor of shape {wanted}.")
    Shapes(dict.fromkeys(arguments, wanted.strip("()")), least=0).match(arguments)
    return each(lambda name, value: value, arguments)
