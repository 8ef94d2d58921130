"""What a learner can move, and the values it takes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np
import traitlets


@dataclass
class Control:
    """One thing to move: numbers make a slider, texts a menu, None a line to type in."""

    name: str
    values: Sequence[float] | Sequence[str] | None
    start: float | str
    label: str
    format: str = "{}"

    def __post_init__(self):
        if self.values is not None:
            self.values = np.asarray(self.values).tolist()  # plain numbers, as JSON knows them

    @property
    def kind(self) -> str:
        if self.values is None:
            return "typed"
        return "choice" if isinstance(self.values[0], str) else "range"

    def place(self, value):
        """Where a value stands in the row of values; a number takes the nearest place."""
        if self.kind == "typed":
            return str(value)
        if self.kind == "range" and isinstance(value, Real) and math.isfinite(value):
            return min(range(len(self.values)), key=lambda i: abs(self.values[i] - value))
        if value not in self.values:
            wanted = "a number" if self.kind == "range" else " or ".join(map(repr, self.values))
            raise ValueError(f"{self.name} is {value!r}, but it must be {wanted}.")
        return self.values.index(value)

    def value(self, place):
        return place if self.kind == "typed" else self.values[place]


class Value(traitlets.TraitType):
    """A control's value as a trait: what Python sets moves to a place the slider has."""

    def __init__(self, control: Control):
        self.control = control
        super().__init__(default_value=control.value(control.place(control.start)))

    def validate(self, _explorer, value):
        return self.control.value(self.control.place(value))
