"""What a learner can move, and the values it takes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from keyword import iskeyword
from numbers import Real

import numpy as np
import traitlets

from pedagogy import require


@dataclass
class Control:
    """One thing to move: numbers make a slider, texts a menu, None a line to type in.

    resets: moving it puts all other controls back to their starts.
    TypeError, ValueError: a name that Python could not set, a label that is no text, values that
    are neither numbers nor texts, none of them or one twice, a start not among them, a format that
    doesn't take them.
    """

    name: str
    values: Sequence[float] | Sequence[str] | None
    start: float | str
    label: str
    format: str = "{}"
    resets: bool = False

    def __post_init__(self):
        require.text(name=self.name, label=self.label, format=self.format)
        if not self.name.isidentifier() or self.name.startswith("_") or iskeyword(self.name):
            raise ValueError(f"name is {self.name!r}, but it must be one that Python can set.")
        if self.values is not None:
            self.values = _plain(self.name, self.values)
        self.index(self.start)
        try:
            self.format.format(self.start if self.values is None else self.values[0])
        except (ValueError, IndexError, KeyError):
            raise ValueError(
                f"format is {self.format!r}, but it must take one value of {self.name}, as "
                "'{:.1f}' does."
            ) from None

    @property
    def kind(self) -> str:
        if self.values is None:
            return "typed"
        return "choice" if isinstance(self.values[0], str) else "range"

    def index(self, value):
        """Where a value stands in the row of values; a number takes the nearest place."""
        if self.kind == "typed":
            return str(value)
        if self.kind == "range" and all_finite([value]):
            return min(range(len(self.values)), key=lambda i: abs(self.values[i] - value))
        if not isinstance(value, str) or value not in self.values:
            wanted = "a number" if self.kind == "range" else " or ".join(map(repr, self.values))
            raise ValueError(f"{self.name} is {require.said(value)}, but it must be {wanted}.")
        return self.values.index(value)

    def value(self, index):
        return index if self.kind == "typed" else self.values[index]


def _plain(name, values):
    """A row of values as plain numbers, which JSON knows, or texts: list."""
    try:
        plain = np.asarray(values).tolist()
    except (TypeError, ValueError):  # rows of different lengths, tensors without numbers
        plain = None
    usable = isinstance(plain, list) and plain and (all_finite(plain) or all_texts(list(values)))
    if not usable or any(isinstance(value, bool) for value in plain):
        raise ValueError(
            f"values of {name} are {require.said(values)}, "
            "but they must be finite numbers or texts, and at least one."
        )
    if len(set(plain)) < len(plain):
        raise ValueError(f"values of {name} are {require.said(values)}, but none may come twice.")
    return plain


def all_texts(values):
    return all(isinstance(value, str) for value in values)


def all_finite(values):
    return all(isinstance(value, Real) and math.isfinite(value) for value in values)


class Value(traitlets.TraitType):
    """A control's value as a trait: what Python sets moves to an index the slider has."""

    def __init__(self, control: Control):
        self.control = control
        super().__init__(default_value=control.value(control.index(control.start)))

    def validate(self, _explorer, value):
        return self.control.value(self.control.index(value))
