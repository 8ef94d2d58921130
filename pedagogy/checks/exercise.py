"""What an exercise is: the right function, inputs to try it on, and the mistakes to recognise."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Mistake:
    """A known mistake: its name, the words that say where to look, and what it computes.

    functions: the forms in which it is met, each a wrong function. kind: what the words speak
    of, for an exercise that takes over the mistakes of another.
    """

    name: str
    hint: str
    functions: tuple[Callable, ...]
    kind: str = ""

    def within(self, change):
        """Return this mistake made inside a larger function: change(form) for each form."""
        return replace(self, functions=tuple(map(change, self.functions)))


def mistake(name, hint, *functions, kind=""):
    """Return one Mistake in one form or several."""
    return Mistake(name, hint, functions, kind)


@dataclass(frozen=True)
class Exercise:
    """The right function, the inputs to try it on, and the mistakes to recognise.

    reference: written here once more, and not imported, because a learner may put a function
    of their own into the package. Its parameters' names are those that a verdict uses.
    cases, edges: tuples of arguments, the smallest first. Edges are extreme (zeros, huge
    numbers): only values are compared there, and a mistake that shows in the cases already need
    not agree with the learner's function on the edges. Booleans may come as other numbers.
    gradient_of: names of the arguments whose gradients are compared. simplex: these are
    probabilities, and a gradient that would only change their sum does not count.
    nan_hint: what to add where an answer passes, but has nan for a gradient on the edges.
    solutions: names of the package's functions that a learner's answer must not call.
    errors: pairs (a piece of an error's message, what to look at where it stops with that).
    """

    reference: Callable
    cases: tuple
    mistakes: tuple
    edges: tuple = ()
    gradient_of: tuple = ()
    simplex: bool = False
    nan_hint: str = ""
    solutions: tuple = ()
    errors: tuple = ()

    def named(self, args):
        """Return pairs (name, argument), with the names that the right function uses."""
        return list(zip(inspect.signature(self.reference).parameters, args, strict=False))
