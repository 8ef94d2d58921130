"""Shapes as they are written, such as (B, T): read once, matched at every call."""

import numpy as np

BROADCAST, SAME = "…", "*S"


class Shapes:
    """The shapes of several arguments; a letter is the same size, `least` or more, in all."""

    def __init__(self, wanted, least=1):
        """wanted: {name: the inside of the parentheses}, as "B, T", "N tokens,", "…, K", "*S"."""
        self.least = least
        axes = {
            name: [axis.split() for axis in inside.split(",") if axis.strip()]
            for name, inside in wanted.items()
        }
        self.letters = {name: tuple(axis[0] for axis in row) for name, row in axes.items()}
        self.things = {axis[0]: axis[1] for row in axes.values() for axis in row if axis[1:]}

    def match(self, tensors):
        """ValueError that names the first of these tensors, {name: tensor}, that does not fit."""
        sizes = {}  # letter -> (size, the argument that fixed it)
        free = {}  # what stands for … or *S, argument by argument
        for name, letters in self.letters.items():
            shape = tensors[name].shape
            if letters and letters[0] in (BROADCAST, SAME):
                at = len(shape) - len(letters) + 1
                if at < 0:
                    raise self._error(name, tensors)
                free[name] = shape[:at]
                shape, letters = shape[at:], letters[1:]
            self._fixed(name, shape, letters, sizes, tensors)
        if len(set(free.values())) > 1:
            self._free(free, tensors)

    def _fixed(self, name, shape, letters, sizes, tensors):
        if len(shape) != len(letters):
            raise self._error(name, tensors)
        for letter, size in zip(letters, shape, strict=True):
            if letter not in sizes:
                sizes[letter] = size, name
                if size < self.least:
                    thing = self.things.get(letter, letter).removesuffix("s")
                    raise ValueError(f"{name} is empty, but there must be at least one {thing}.")
            elif size != sizes[letter][0]:
                known, source = sizes[letter]
                raise self._error(name, tensors, f" with {letter} = {known}, as in {source}")

    def _error(self, name, tensors, more=""):
        shape, letters = tuple(tensors[name].shape), self.letters[name]
        return ValueError(f"{name} has shape {shape}, but it must be {_spelled(letters)}{more}.")

    def _free(self, free, tensors):
        same = any(SAME in self.letters[name] for name in free)
        if not same and _broadcast(free.values()):
            return
        listed = " and ".join(f"{name} has shape {tuple(tensors[name].shape)}" for name in free)
        raise ValueError(
            f"{listed}, but their shapes must be the same{'' if same else ' or broadcast'}."
        )


def _broadcast(shapes):
    try:
        # numpy's, because torch's own loads sympy at its first call, which takes a second.
        np.broadcast_shapes(*shapes)
    except ValueError:
        return False
    return True


def _spelled(letters):
    return f"({letters[0]},)" if len(letters) == 1 else f"({', '.join(letters)})"
