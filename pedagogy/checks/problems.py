"""The sentences for an answer that cannot be compared, and for one that passes."""

import inspect

import torch

from pedagogy.checks.advice import first_line, on_error, on_type
from pedagogy.checks.verdict import listed

PASSED = "Passed: right on all {inputs} inputs."
PASSED_GRADIENTS = (
    "Passed: right on all {inputs} inputs, and so are the gradients, which training will need."
)
NO_FUNCTION = (
    "Not yet: a function is wanted here, but a value of type {kind} came.\n"
    "Where to look: give the checker the function's name, without brackets after it."
)
WRONG_SIGNATURE = (
    "Not yet: your function takes {signature}, but it is called with ({names}).\n"
    "Where to look: the line that starts with `def`."
)
STUB = (
    "Not yet: your function still raises NotImplementedError. {text}\n"
    "Where to look: put your own lines in its place, run that cell, then check again."
)
STOPPED = "Not yet: on {inputs}, your function stopped with {error}\nWhere to look: {advice}"
NO_TENSOR = (
    "Not yet: on {inputs}, your function gave back {what}, but a tensor of real numbers is "
    "wanted.\nWhere to look: {advice}"
)
NOTHING = (
    "Not yet: on {inputs}, your function gave back nothing (None).\n"
    "Where to look: does every way through it end in `return`?"
)
NO_GRADIENT = (
    "Almost: the numbers are right, but no gradient flows back to the inputs.\n"
    "Where to look: .item(), .detach(), .numpy(), float(...), torch.tensor(...) and "
    "torch.no_grad() cut the path from the inputs to the answer."
)
INPUT_CHANGED = (
    "Almost: the numbers are right, but your function changes {name} itself.\n"
    "Where to look: an operation in place, such as `/=`, `-=` or one ending in `_`."
)
NOT_REPEATED = (
    "Not yet: called twice on the same input, your function gave two different answers.\n"
    "  input     {inputs}\n"
    "  first     {first}\n"
    "  second    {second}\n"
    "Where to look: what lives on from one call to the next? A default such as `out=[]` is made "
    "only once, a global variable keeps its value, and random numbers are never the same."
)
DEAF = (
    "your function gives the same answer whatever it is given. Does it use its own arguments? A "
    "name from a cell above stands for the tensor of that cell."
)
ASKED_THE_PACKAGE = (
    "Not yet: your function asks the package for the answer: it calls {called}.\n"
    "Where to look: the exercise is to write these lines yourself. You may copy them from the "
    "solution, once you have read them."
)
TOO_LONG = (
    "Not yet: on {inputs}, your function was still at work after {seconds:g} seconds{rest}\n"
    "Where to look: a loop that never ends. What does it wait for, and does that ever change?"
)
GOES_ON = (
    ", and could not be stopped: it goes on behind the scenes, until you restart the kernel (in "
    "the menu Kernel)."
)
BEYOND_WORDS = (
    "Not yet: what your function gave back cannot be looked at: it raises an error of its own "
    "({kind}).\nWhere to look: return a plain tensor."
)


class Problem(Exception):
    """The words for an answer that cannot be compared."""


def stopped(inputs, error, known=()):
    """Return the Problem of a function that raised the error; known: see on_error."""
    text = first_line(error)
    if type(error) is NotImplementedError and "implemented for" not in text:  # a stub
        return Problem(STUB.format(text=text))
    said = f"{type(error).__name__}: {text}" if text else f"{type(error).__name__}."
    advice = on_error(error, text, known)
    return Problem(STOPPED.format(inputs=listed(inputs), error=said, advice=advice))


def no_tensor(inputs, answer):
    """Return the Problem of an answer that is no tensor."""
    if answer is None:
        return Problem(NOTHING.format(inputs=listed(inputs)))
    what, advice = on_type(answer)
    if inspect.iscoroutine(answer):
        answer.close()  # else Python warns that nobody awaited it
    return Problem(NO_TENSOR.format(inputs=listed(inputs), what=what, advice=advice))


def odd_tensor(inputs, tensor):
    """Return the Problem of a tensor that is complex, sparse, without numbers or enormous."""
    if tensor.is_complex():
        what, advice = "a value of type Tensor", "it is complex. Where did the root of -1 come in?"
    elif tensor.is_meta:
        what, advice = "a tensor without numbers", "the device 'meta' keeps only their shape."
    elif tensor.layout != torch.strided:
        what, advice = "a sparse tensor", "x.to_dense() makes an ordinary tensor of it."
    else:
        what = f"{tensor.numel():,} numbers"
        advice = "that is far more than is asked for. Which shapes meet in your lines?"
    return Problem(NO_TENSOR.format(inputs=listed(inputs), what=what, advice=advice))
