"""How every exercise is checked: the learner's function and the right one on the same inputs.

Values first, then gradients. A wrong answer is compared with what known mistakes compute, so
that the verdict can name the mistake. Inputs are copied for each call, and whatever the
learner's function does ends in a sentence, never in a traceback.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import torch

from pedagogy.checks.answers import (
    Problem,
    differentiated,
    get_gradient,
    get_value,
    get_value_and_gradient,
    require_inputs_untouched,
)
from pedagogy.checks.verdict import Verdict, wrong_answer, wrong_gradient


@dataclass(frozen=True)
class Mistake:
    """A known wrong function, its name, and the words that say where to look."""

    name: str
    function: Callable
    hint: str


def forms(name, hint, *functions):
    """Return one mistake in several forms: wrong functions that deserve the same words."""
    return [Mistake(name, function, hint) for function in functions]


@dataclass(frozen=True)
class Exercise:
    """The right function, the inputs to try it on, and the mistakes to recognise.

    cases, edges: tuples of arguments, the smallest first. Edges are extreme (zeros, huge
    numbers): only values are compared there, and a mistake that shows in the cases already need
    not agree with the learner's function on the edges.
    gradient_of: names of the arguments whose gradients are compared. simplex: these are
    probabilities, and a gradient that would only change their sum does not count.
    """

    reference: Callable
    cases: tuple
    mistakes: tuple
    edges: tuple = ()
    gradient_of: tuple = ()
    simplex: bool = False

    def named(self, args):
        """Return pairs (name, argument), with the names that the right function uses."""
        return list(zip(inspect.signature(self.reference).parameters, args, strict=False))


def judge(exercise, learner):
    """Return the Verdict on the learner's function; raises nothing, but Ctrl-C still stops it."""
    if not callable(learner):
        kind = type(learner).__name__
        return Verdict(
            False,
            None,
            f"Not yet: a function is wanted here, but a value of type {kind} came.\n"
            "Where to look: give the checker the function's name, without brackets after it.",
        )
    try:
        return _judge_values(exercise, learner) or _judge_gradients(exercise, learner)
    except Problem as problem:
        return Verdict(False, None, str(problem))


def _judge_values(exercise, learner):
    """Return the verdict on the smallest input with a wrong value, None when all are right."""
    for i, args in enumerate(exercise.cases + exercise.edges):
        expected, came = (get_value(exercise, f, args) for f in (exercise.reference, learner))
        if not _alike(expected, came):
            scope = exercise.cases if i < len(exercise.cases) else exercise.cases + exercise.edges
            mistake = _recognise(exercise, learner, scope, get_value)
            return wrong_answer(exercise.named(args), *expected, *came, mistake)
    return None


def _judge_gradients(exercise, learner):
    """Return the verdict on inputs left alone and on gradients; the values are right."""
    for args in exercise.cases:
        require_inputs_untouched(exercise, learner, args)
        expected, came = (get_gradient(exercise, f, args) for f in (exercise.reference, learner))
        if not _alike(expected, came):
            mistake = _recognise(exercise, learner, exercise.cases, get_value_and_gradient)
            names = [name for name, _ in differentiated(exercise, args)]
            return wrong_gradient(exercise.named(args), names, expected, came, mistake)
    inputs = len(exercise.cases + exercise.edges)
    gradients = ", and the gradients too" if exercise.gradient_of else ""
    return Verdict(True, None, f"Passed: right on all {inputs} inputs{gradients}.")


def _recognise(exercise, learner, scope, measure):
    """Return the first mistake that gives what the learner's function gives, or None."""
    answers = []
    for args in scope:
        try:
            answers.append((args, measure(exercise, learner, args)))
        except Problem:  # no answer here: the other inputs have to tell
            continue
    return next((m for m in exercise.mistakes if _explains(exercise, m, answers, measure)), None)


def _explains(exercise, mistake, answers, measure):
    try:
        return all(
            _alike(measure(exercise, mistake.function, args), came) for args, came in answers
        )
    except Problem:  # the mistake has no answer where the learner's function has one
        return False


def _alike(expected, came):
    return all(
        e.shape == c.shape and torch.allclose(e, c, rtol=1e-4, atol=1e-6, equal_nan=True)
        for e, c in zip(expected, came, strict=True)
    )
