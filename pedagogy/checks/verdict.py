"""What the learner reads: the verdict, and the words and numbers in it."""

import html
from dataclasses import dataclass

import torch

LONG = 32  # numbers: a tensor with more is not written out


@dataclass(frozen=True, repr=False)
class Verdict:
    """What a checker found: did it pass, which known mistake was it, and the words to read.

    It counts as true if the answer passed, so that `assert check_x(f)` means what it says.

    >>> bool(Verdict(False, None, "Not yet: this answer is not right."))
    False
    """

    passed: bool
    misconception: str | None
    message: str

    def __bool__(self):
        return self.passed

    def __str__(self):
        return self.message

    __repr__ = __str__

    def _repr_html_(self):
        first, _, rest = html.escape(self.message).partition("\n")
        colour = "#0072b2" if self.passed else "#e69f00"
        return (
            f'<div style="border-left: 4px solid {colour}; padding-left: 12px; '
            f'font-family: monospace; white-space: pre-wrap"><b>{first}</b>\n{rest}</div>'
        )


def wrong_answer(inputs, expected, came, mistake, hint=None):
    """Return the verdict on an answer with wrong values. inputs: pairs (name, value)."""
    if mistake:
        first, hint = f"Not yet: {mistake.name}.", mistake.hint
    else:
        first = "Not yet: this answer is not right."
        hint = hint or _where_to_look(inputs, expected, came)
    return _compared(first, inputs, shown(expected, came), mistake, hint)


def wrong_gradient(inputs, names, expected, came, mistake):
    """Return the verdict on an answer with right values that has wrong gradients by `names`."""
    if mistake:
        first, hint = f"Almost: {mistake.name}. Only the gradient shows it.", mistake.hint
    else:
        first = "Almost: the numbers are right, but their gradient is not."
        hint = "a step that is cut off (.detach(), torch.no_grad()) or that bends (clamp, round)."
    triples = [(n, *shown(e, c)) for n, e, c in zip(names, expected, came, strict=True)]
    sides = (
        "gradient by " + ", ".join(f"{name}: {side}" for name, side, _ in triples),
        "gradient by " + ", ".join(f"{name}: {side}" for name, _, side in triples),
    )
    return _compared(first, inputs, sides, mistake, hint)


def listed(inputs):
    """Return 'p = [0.5, 0.5], q = [0.9, 0.1]' for pairs (name, value)."""
    return ", ".join(f"{name} = {_show(value, digits=4)}" for name, value in inputs)


def _compared(first, inputs, sides, mistake, hint):
    message = (
        f"{first}\n"
        f"  input     {listed(inputs)}\n"
        f"  expected  {sides[0]}\n"
        f"  yours     {sides[1]}\n"
        f"Where to look: {hint}"
    )
    return Verdict(False, mistake.name if mistake else None, message)


def _where_to_look(inputs, expected, came):
    if came.dim() and not expected.dim():
        return "one number is asked for. What makes one number of many: a mean, or a sum?"
    if came.shape != expected.shape:
        return "which axis is to be summed over, and which ones are to stay?"
    if came.isnan().any() and not expected.isnan().any():
        return (
            "nan comes from 0/0, 0 · inf, inf - inf or the logarithm of a number below 0. Which "
            "step makes it on this input?"
        )
    if any(isinstance(x, torch.Tensor) and x.numel() > LONG for _, x in inputs):
        return "smaller inputs come out right. Does one of your lines count on their size?"
    return "work this input out by hand, and print each step of your function beside it."


def shown(expected, came):
    """Return both as text: of long ones the first place where they differ, else all.

    More digits where four do not show the difference.
    """
    if expected.shape != came.shape:
        sides = zip((expected, came), _texts(expected, came), strict=True)
        return tuple(f"{text}, shape {tuple(tensor.shape)}" for tensor, text in sides)
    if expected.numel() <= LONG:
        return _texts(expected, came)
    apart = ~torch.isclose(expected, came, rtol=1e-4, atol=1e-6, equal_nan=True)
    place = apart.nonzero()[0].tolist() if apart.any() else [0] * expected.dim()
    texts = _texts(expected[tuple(place)], came[tuple(place)])
    return tuple(f"{text} at {place}, and others" for text in texts)


def _texts(expected, came):
    digits = 9 if _show(expected, 4) == _show(came, 4) and not expected.equal(came) else 4
    return _show(expected, digits), _show(came, digits)


def _show(value, digits):
    if isinstance(value, torch.Tensor):
        if value.numel() > LONG:
            return f"a tensor of shape {tuple(value.shape)}"
        value = value.tolist()
    if isinstance(value, list):
        return "[" + ", ".join(_show(v, digits) for v in value) + "]"
    return f"{value + 0.0:.{digits}g}" if isinstance(value, float) else str(value)  # no -0
