"""How every exercise is checked: the learner's function and the right one on the same inputs.

Values first, then gradients. A wrong answer is compared with what known mistakes compute, so
that the verdict can name the mistake. Inputs are copied for each call, and whatever the
learner's function does ends in a sentence, never in a traceback, within a few seconds.
"""

import torch

from pedagogy.checks import problems
from pedagogy.checks.answers import (
    differentiated,
    get_gradient,
    get_value,
    get_value_and_gradient,
    require_function,
    require_inputs_untouched,
)
from pedagogy.checks.inputs import variants
from pedagogy.checks.limits import Overtime, Stop, calls_noted, state_put_back, within
from pedagogy.checks.problems import Problem
from pedagogy.checks.verdict import Verdict, listed, shown, wrong_answer, wrong_gradient

SECONDS = 10.0  # for all calls of the learner's function together; a check takes 0.1 or less


def check(exercise, learner):
    """Return the Verdict on the learner's function; raises nothing, but Ctrl-C still stops it."""
    tried = [exercise.cases[0]]  # the inputs so far
    try:
        with state_put_back():
            return within(SECONDS, _check, exercise, learner, tried)
    except Overtime as late:
        rest = "." if late.stopped else problems.GOES_ON
        inputs = listed(exercise.named(tried[-1]))
        words = problems.TOO_LONG.format(inputs=inputs, seconds=SECONDS, rest=rest)
        return Verdict(False, None, words)


def _check(exercise, learner, tried):
    """Return the first Verdict that passes, or else the most telling, over the masks' dtypes."""
    verdicts = []
    for variant in variants(exercise):
        try:
            require_function(learner)
            verdict = _check_values(variant, learner, tried)
            verdict = _check_gradients(variant, learner, tried) if verdict is None else verdict
        except Problem as problem:
            verdict = Verdict(False, None, str(problem))
        except Stop:
            raise
        except BaseException as error:  # an answer that does not let itself be looked at
            words = problems.BEYOND_WORDS.format(kind=type(error).__name__)
            verdict = Verdict(False, None, words)
        if verdict:
            return verdict
        verdicts.append(verdict)
    return next((v for v in verdicts if v.misconception), verdicts[0])


def _check_values(exercise, learner, tried):
    """Return the verdict on the smallest input with a wrong value, None when all are right."""
    for i, args in enumerate(exercise.cases + exercise.edges):
        tried.append(args)
        expected = get_value(exercise, exercise.reference, args)
        came, again = (_ask(get_value, exercise, learner, args) for _ in range(2))
        if not _alike(came, again):
            raise Problem(_not_repeated(exercise.named(args), *came, *again))
        if not _alike(expected, came):
            scope = exercise.cases if i < len(exercise.cases) else exercise.cases + exercise.edges
            known = _recognise(exercise, learner, scope, get_value)
            known = known or _recognise_here(exercise, args, expected, came)
            hint = problems.DEAF if not known and _is_deaf(exercise, learner) else None
            return wrong_answer(exercise.named(args), *expected, *came, known, hint)
    return None


def _check_gradients(exercise, learner, tried):
    """Return the verdict on inputs left alone and on gradients; the values are right."""
    for args in exercise.cases:
        tried.append(args)
        _ask(require_inputs_untouched, exercise, learner, args)
        expected = get_gradient(exercise, exercise.reference, args)
        came = _ask(get_gradient, exercise, learner, args)
        if not _alike(expected, came):
            known = _recognise(exercise, learner, exercise.cases, get_value_and_gradient)
            names = [name for name, _ in differentiated(exercise, args)]
            return wrong_gradient(exercise.named(args), names, expected, came, known)
    return _passed(exercise, learner)


def _passed(exercise, learner):
    inputs = len(exercise.cases + exercise.edges)
    words = problems.PASSED_GRADIENTS if exercise.gradient_of else problems.PASSED
    hint = exercise.nan_hint if _has_nan_gradient(exercise, learner) else ""
    return Verdict(True, None, words.format(inputs=inputs) + hint)


def _has_nan_gradient(exercise, learner):
    """Whether the answer's gradient is nan on an edge where the right one is not."""
    if not exercise.nan_hint:
        return False
    return any(
        came.isnan().any() and not expected.isnan().any()
        for args in exercise.edges
        for expected, came in zip(
            get_gradient(exercise, exercise.reference, args),
            _ask(get_gradient, exercise, learner, args),
            strict=True,
        )
    )


def _ask(measure, exercise, learner, args):
    """Return what is measured of the learner's function; Problem when it asks the package."""
    names = exercise.solutions or (exercise.reference.__name__,)
    with calls_noted(names) as called:
        try:
            return measure(exercise, learner, args)
        finally:
            if called:
                raise Problem(problems.ASKED_THE_PACKAGE.format(called=called[0])) from None


def _not_repeated(inputs, came, again):
    first, second = shown(came, again)
    return problems.NOT_REPEATED.format(inputs=listed(inputs), first=first, second=second)


def _is_deaf(exercise, learner):
    """Whether all inputs get one answer, as where names of the notebook are used for arguments.

    Not where that is nan: then the question is which step makes it.
    """
    try:
        first, *others = (_ask(get_value, exercise, learner, args) for args in exercise.cases)
    except Problem:
        return False
    told = first[0].numel() and not first[0].isnan().all()
    return bool(told) and all(_alike(first, other) for other in others)


def _recognise(exercise, learner, scope, measure):
    """Return the first mistake that gives what the learner's function gives, or None."""
    answers = []
    for args in scope:
        try:
            answers.append((args, _ask(measure, exercise, learner, args)))
        except Problem:  # no answer here: the other inputs have to tell
            continue
    return next(_explaining(exercise, answers, measure), None)


def _recognise_here(exercise, args, expected, came):
    """Return the mistake that explains this input alone: a learner may have made two at once.

    Three numbers and more seldom agree by chance; and only one mistake may explain them.
    """
    if len(came[0].flatten()) < 3:
        return None
    found = list(_explaining(exercise, [(args, came)], get_value))
    return found[0] if len({known.name for known in found}) == 1 else None


def _explaining(exercise, answers, measure):
    """Yield the mistakes of which one form gives these answers."""
    for known in exercise.mistakes:
        if any(_explains(exercise, form, answers, measure) for form in known.functions):
            yield known


def _explains(exercise, form, answers, measure):
    try:
        return all(_alike(measure(exercise, form, args), came) for args, came in answers)
    except Problem:  # the mistake has no answer where the learner's function has one
        return False


def _alike(expected, came):
    return all(
        e.shape == c.shape and torch.allclose(e, c, rtol=1e-4, atol=1e-6, equal_nan=True)
        for e, c in zip(expected, came, strict=True)
    )
