"""Where a beginner should look, after the errors and the wrong types that beginners meet."""

import difflib
import inspect
from numbers import Number

import numpy as np
import torch

from pedagogy.checks.limits import Stop

UNKNOWN_NAME = "Python does not know this name: is it imported, or spelled in another way?"
STEP_BY_STEP = "call your function on this input yourself, one step at a time."
BEYOND_THE_END = "an index goes beyond the end: the largest is one less than the length."

ADVICE = (  # for the errors that beginners meet: a piece of the message, and what to look at
    ("xor", "in Python a power is written **; ^ is something else."),
    ("for ^", "in Python a power is written **; ^ is something else."),
    (
        "builtin_function_or_method",
        "are the brackets missing after a function's name, as in `x.max` for `x.max()`?",
    ),
    (
        "Boolean value of Tensor",
        "`if`, `max` and `min` want one number; torch.where, clamp and maximum take tensors.",
    ),
    (
        "converted to Python scalars",
        "functions of the math module want one number; torch has the same ones for tensors.",
    ),
    (
        "must be real number",
        "functions of the math module want one number; torch has the same ones for tensors.",
    ),
    (
        "Dimension out of range",
        "this input has fewer axes than your line names. The last axis is -1, however many "
        "there are.",
    ),
    (
        'positional arguments: "dim"',
        "cumsum, cumprod and others want the axis along which they work: x.cumsum(-1).",
    ),
    ("out of bounds", BEYOND_THE_END),
    ("index out of range", BEYOND_THE_END),
)

TYPES = (  # what came instead of a tensor, how to call it, and what to look at
    (inspect.iscoroutine, "a coroutine", "write `def`, not `async def`."),
    (
        inspect.isgenerator,
        "a generator",
        "`yield` gives values one at a time. Collect them in a list, and return "
        "torch.stack(the_list).",
    ),
    (
        lambda a: isinstance(a, tuple) and len(a) == 1,
        "a tuple of one value",
        "a comma after the value makes a tuple of it, as in `return loss,`.",
    ),
    (
        lambda a: isinstance(a, tuple),
        "{length} things (a tuple)",
        "only the first is asked for, if that is the answer: return it alone. If these are the "
        "parts of one answer, torch.stack makes one tensor of them.",
    ),
    (
        lambda a: isinstance(a, list),
        "a value of type list",
        "torch.stack(the_list) makes one tensor of a list of tensors, torch.tensor(the_list) one "
        "of plain numbers.",
    ),
    (
        lambda a: isinstance(a, dict),
        "a value of type dict",
        "return the one tensor that is asked for, without its name.",
    ),
    (
        lambda a: isinstance(a, str),
        "a value of type str",
        "that is text. `print` shows text; `return` should give back the numbers themselves.",
    ),
    (
        lambda a: isinstance(a, np.ndarray | np.generic),
        "a value of type {kind}",
        "that comes from numpy. Use the torch functions of the same names: they keep the gradient.",
    ),
    (
        lambda a: isinstance(a, Number),
        "a value of type {kind}",
        "stay with torch operations from the inputs to the answer; math.exp(x) and float(x) give "
        "plain numbers, torch.exp(x) or x.exp() a tensor.",
    ),
    (
        callable,
        "a value of type {kind}",
        "that is a function, not its answer. Are the brackets missing, as in `x.sum` for "
        "`x.sum()`?",
    ),
)
ANYTHING_ELSE = ("a value of type {kind}", "return the tensor itself.")


def on_error(error, text, known=()):
    """Return what to look at after this error, whose first line is `text`.

    known: what the exercise says of errors, as in ADVICE, which stands behind it.
    """
    if isinstance(error, NameError | AttributeError):
        return _like_names(error) or (
            UNKNOWN_NAME if isinstance(error, NameError) else STEP_BY_STEP
        )
    return next((advice for piece, advice in (*known, *ADVICE) if piece in text), STEP_BY_STEP)


def on_type(answer):
    """Return what came instead of a tensor, and what to look at."""
    what, advice = next((words for fits, *words in TYPES if fits(answer)), ANYTHING_ELSE)
    length = len(answer) if isinstance(answer, tuple) else 1
    return what.format(kind=type(answer).__name__, length=length), advice


def _like_names(error):
    """Return where a name that Python does not know may be found: 'is torch.clip meant?'"""
    name = error.name or ""
    if name == "torch":
        return "`import torch` is missing: put it at the top of your cell."
    if name == "F":
        return "`import torch.nn.functional as F` is missing: put it at the top of your cell."
    rooms = {"torch": torch, "torch.nn.functional": torch.nn.functional}
    if isinstance(error, AttributeError):
        rooms = {"": error.obj}
    for room, owner in rooms.items():
        for like in difflib.get_close_matches(name, dir(owner), n=1, cutoff=0.85):
            return f"there is no `{name}`. Is `{room + '.' if room else ''}{like}` meant?"
    return None


def first_line(error):
    """Return the first line of what the error says, whatever its own code does."""
    try:
        return str(error).partition("\n")[0][:200]
    except Stop:
        raise
    except BaseException as unsaid:
        return f"(its message cannot be read: {type(unsaid).__name__})"
