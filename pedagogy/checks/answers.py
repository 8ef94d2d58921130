"""What a function answers on one input: its value, its gradient, or the words why there is none."""

import inspect
from numbers import Real

import torch

from pedagogy.checks import problems
from pedagogy.checks.limits import Stop
from pedagogy.checks.problems import Problem


def get_value(exercise, function, args):
    """Return [the answer as a plain float64 tensor]; Problem when it is nothing of the kind."""
    answer = _call(exercise, function, args, _copies(args))
    if isinstance(answer, torch.Tensor):
        return [_numbers(exercise, args, answer)]
    if isinstance(answer, Real) and not any(isinstance(a, torch.Tensor) for a in args):
        return [torch.tensor(float(answer), dtype=torch.float64)]
    raise problems.no_tensor(exercise.named(args), answer)


def get_gradient(exercise, function, args):
    """Return the gradients of a weighted sum of the answer; Problem when none flows back."""
    leaves = _copies(args)
    wanted = [leaf.requires_grad_() for _, leaf in differentiated(exercise, leaves)]
    if not wanted:
        return []
    try:
        with torch.enable_grad():
            answer = function(*_copies(leaves))
        answer = _plain(answer).flatten().cpu()
        # Unequal weights: the plain sum of probabilities is 1 and has no gradient at all.
        weighted = (answer / torch.arange(1, len(answer) + 1)).sum()
        found = torch.autograd.grad(weighted, wanted, allow_unused=True, materialize_grads=True)
    except Stop:
        raise
    except BaseException:
        raise Problem(problems.NO_GRADIENT) from None
    if exercise.simplex:
        found = [g - g.mean(-1, keepdim=True) for g in found]
    return [g.double() for g in found]


def get_value_and_gradient(exercise, function, args):
    return get_value(exercise, function, args) + get_gradient(exercise, function, args)


def require_function(learner):
    if not callable(learner):
        raise Problem(problems.NO_FUNCTION.format(kind=type(learner).__name__))


def require_inputs_untouched(exercise, learner, args):
    copies = _copies(args)
    _call(exercise, learner, args, copies)
    for (name, before), after in zip(exercise.named(args), copies, strict=True):
        if isinstance(before, torch.Tensor) and not _same(before, _plain(after)):
            raise Problem(problems.INPUT_CHANGED.format(name=name))


def differentiated(exercise, args):
    """Return the pairs (name, tensor) whose gradients are compared."""
    return [
        (name, value)
        for name, value in exercise.named(args)
        if name in exercise.gradient_of and isinstance(value, torch.Tensor)
    ]


def _call(exercise, function, args, copies):
    """Return the function's answer on the copies; Problem when it stops, whatever it raises."""
    _require_fitting_signature(exercise, function, args)
    try:
        with torch.enable_grad():  # and afterwards the mode is what it was, whatever it did
            return function(*copies)
    except Stop:
        raise
    except BaseException as error:
        raise problems.stopped(exercise.named(args), error, exercise.errors) from None


def _numbers(exercise, args, answer):
    """Return the numbers of a tensor, detached and on the CPU, as float64."""
    plain = _plain(answer)
    if plain.is_complex() or plain.layout != torch.strided or plain.numel() > 1_000_000:
        raise problems.odd_tensor(exercise.named(args), plain)
    try:
        return torch.from_numpy(plain.detach().to("cpu", torch.float64).clone().numpy())
    except Exception:
        raise problems.odd_tensor(exercise.named(args), plain) from None


def _plain(tensor):
    """Return the tensor as torch's own class: a subclass could answer any comparison itself."""
    if type(tensor) is torch.Tensor:
        return tensor
    with torch._C.DisableTorchFunctionSubclass():
        return torch.Tensor.as_subclass(tensor, torch.Tensor)


def _require_fitting_signature(exercise, function, args):
    try:
        signature = inspect.signature(function)
    except Stop:
        raise
    except BaseException:  # some functions do not tell theirs, and an object may refuse to
        return
    try:
        signature.bind(*args)
    except TypeError:
        names = ", ".join(name for name, _ in exercise.named(args))
        raise Problem(problems.WRONG_SIGNATURE.format(signature=signature, names=names)) from None


def _same(before, after):
    return before.dtype == after.dtype and torch.equal(before, after)


def _copies(args):
    return [a.clone() if isinstance(a, torch.Tensor) else a for a in args]
