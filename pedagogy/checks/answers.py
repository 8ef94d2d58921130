"""What a function answers on one input: its value, its gradient, or the words why there is none."""

import inspect
from numbers import Real

import torch

from pedagogy.checks.verdict import listed


class Problem(Exception):
    """The words for an answer that cannot be compared."""


def get_value(exercise, function, args):
    """Return [the answer as a float64 tensor]; Problem when it is nothing of the kind."""
    answer = _call(exercise, function, args, _copies(args))
    if isinstance(answer, torch.Tensor) and not answer.is_complex():
        return [answer]
    if isinstance(answer, Real) and not any(isinstance(a, torch.Tensor) for a in args):
        return [torch.tensor(float(answer), dtype=torch.float64)]
    called = f"on {listed(exercise.named(args))}"
    if answer is None:
        raise Problem(
            f"Not yet: {called}, your function gave back nothing (None).\n"
            "Where to look: does every way through it end in `return`?"
        )
    raise Problem(
        f"Not yet: {called}, your function gave back a value of type {type(answer).__name__}, "
        "but a tensor of real numbers is wanted.\n"
        "Where to look: stay with torch operations from the inputs to the answer; "
        "math.exp(x) and float(x) give plain numbers, torch.exp(x) or x.exp() a tensor."
    )


def get_gradient(exercise, function, args):
    """Return the gradients of a weighted sum of the answer; Problem when none flows back."""
    leaves = _copies(args)
    wanted = [leaf.requires_grad_() for _, leaf in differentiated(exercise, leaves)]
    if not wanted:
        return []
    try:
        with torch.enable_grad():
            answer = function(*_copies(leaves)).flatten()
            # Unequal weights: the plain sum of probabilities is 1 and has no gradient at all.
            weighted = (answer / torch.arange(1, len(answer) + 1)).sum()
        found = torch.autograd.grad(weighted, wanted, allow_unused=True, materialize_grads=True)
    except (Exception, SystemExit):
        raise Problem(
            "Almost: the numbers are right, but no gradient flows back to the inputs.\n"
            "Where to look: .item(), .detach(), .numpy(), float(...), torch.tensor(...) and "
            "torch.no_grad() cut the path from the inputs to the answer."
        ) from None
    if exercise.simplex:
        found = [g - g.mean(-1, keepdim=True) for g in found]
    return [g.double() for g in found]


def get_value_and_gradient(exercise, function, args):
    return get_value(exercise, function, args) + get_gradient(exercise, function, args)


def _call(exercise, function, args, copies):
    """Return the function's answer on the copies, a tensor as float64; Problem when it stops."""
    _require_fitting_signature(exercise, function, args)
    try:
        answer = function(*copies)
        if isinstance(answer, torch.Tensor) and not answer.is_complex():
            answer = answer.detach().to("cpu", torch.float64).to_dense()
        return answer
    except (Exception, SystemExit) as error:
        if type(error) is NotImplementedError and "implemented for" not in str(error):  # a stub
            raise Problem(
                f"Not yet: your function still raises NotImplementedError. {_first_line(error)}\n"
                "Where to look: put your own lines in its place, run that cell, then check again."
            ) from None
        raise Problem(
            f"Not yet: on {listed(exercise.named(args))}, your function stopped with "
            f"{type(error).__name__}: {_first_line(error)}\n"
            f"Where to look: {_advice(error)}"
        ) from None


def _advice(error):
    """What a beginner should look at, for the errors that beginners meet."""
    text = str(error)
    if isinstance(error, NameError):
        return "Python does not know this name: is it imported, or spelled in another way?"
    if "xor" in text or "for ^" in text:
        return "in Python a power is written **; ^ is something else."
    if "Boolean value of Tensor" in text:
        return "`if`, `max` and `min` want one number; torch.where, clamp and maximum take tensors."
    if "converted to Python scalars" in text or "must be real number" in text:
        return "functions of the math module want one number; torch has the same ones for tensors."
    return "call your function on this input yourself, one step at a time."


def _require_fitting_signature(exercise, function, args):
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some built-in functions do not tell theirs
        return
    try:
        signature.bind(*args)
    except TypeError:
        names = ", ".join(name for name, _ in exercise.named(args))
        raise Problem(
            f"Not yet: your function takes {signature}, but it is called with ({names}).\n"
            "Where to look: the line that starts with `def`."
        ) from None


def require_inputs_untouched(exercise, learner, args):
    copies = _copies(args)
    _call(exercise, learner, args, copies)
    for (name, before), after in zip(exercise.named(args), copies, strict=True):
        if isinstance(before, torch.Tensor) and not torch.equal(before, after):
            raise Problem(
                f"Almost: the numbers are right, but your function changes {name} itself.\n"
                "Where to look: an operation in place, such as `/=`, `-=` or one ending in `_`."
            )


def differentiated(exercise, args):
    """Return the pairs (name, tensor) whose gradients are compared."""
    return [
        (name, value)
        for name, value in exercise.named(args)
        if name in exercise.gradient_of and isinstance(value, torch.Tensor)
    ]


def _copies(args):
    return [a.clone() if isinstance(a, torch.Tensor) else a for a in args]


def _first_line(error):
    return str(error).partition("\n")[0][:200]
