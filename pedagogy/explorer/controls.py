"""What a learner can move, and the values it takes."""

import math
import reprlib
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np
import traitlets


@dataclass
class Control:
    """One thing to move: numbers make a slider, texts a menu, None a line to type in.

    resets: moving it puts all other controls back to their starts.
    ValueError: values that are neither numbers nor texts, none of them, a start not among them.
    """

    name: str
    values: Sequence[float] | Sequence[str] | None
    start: float | str
    label: str
    format: str = "{}"
    resets: bool = False

    def __post_init__(self):
        if self.values is None:
            return
        values = np.asarray(self.values).tolist()  # plain numbers, as JSON knows them
        if not (isinstance(values, list) and values and (all_texts(values) or all_finite(values))):
            raise ValueError(
                f"values of {self.name} are {reprlib.repr(self.values)}, "
                "but they must be finite numbers or texts, and at least one."
            )
        self.values = values

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
            raise ValueError(f"{self.name} is {value!r}, but it must be {wanted}.")
        return self.values.index(value)

    def value(self, index):
        return index if self.kind == "typed" else self.values[index]


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
