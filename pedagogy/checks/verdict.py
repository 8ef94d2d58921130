"""What the learner reads: the verdict, and the words and numbers in it."""

import html
from dataclasses import dataclass

import torch


@dataclass(frozen=True, repr=False)
class Verdict:
    """What a checker found: did it pass, which known mistake was it, and the words to read."""

    passed: bool
    misconception: str | None
    message: str

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


def wrong_answer(inputs, expected, came, mistake):
    """Return the verdict on an answer with wrong values. inputs: pairs (name, value)."""
    if mistake:
        first, hint = f"Not yet: {mistake.name}.", mistake.hint
    else:
        first, hint = "Not yet: this answer is not right.", _where_to_look(expected, came)
    return _compared(first, inputs, _both(expected, came), mistake, hint)


def wrong_gradient(inputs, names, expected, came, mistake):
    """Return the verdict on an answer with right values that has wrong gradients by `names`."""
    if mistake:
        first, hint = f"Almost: {mistake.name}. Only the gradient shows it.", mistake.hint
    else:
        first = "Almost: the numbers are right, but their gradient is not."
        hint = "a step that is cut off (.detach(), torch.no_grad()) or that bends (clamp, round)."
    triples = [(n, *_both(e, c)) for n, e, c in zip(names, expected, came, strict=True)]
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


def _where_to_look(expected, came):
    if came.shape != expected.shape:
        return "which axis is to be summed over, and which ones are to stay?"
    if came.isnan().any() and not expected.isnan().any():
        return "nan comes from 0/0, 0 · inf or inf - inf. Which step makes it on this input?"
    return "work this input out by hand, and print each step of your function beside it."


def _both(expected, came):
    """Return both as text, with more digits where four do not show the difference."""
    digits = 9 if _show(expected, 4) == _show(came, 4) and not expected.equal(came) else 4
    sides = _show(expected, digits), _show(came, digits)
    if expected.shape != came.shape:
        pairs = zip(sides, (expected, came), strict=True)
        return tuple(f"{side}, shape {tuple(tensor.shape)}" for side, tensor in pairs)
    return sides


def _show(value, digits):
    if isinstance(value, torch.Tensor):
        if value.numel() > 32:
            return f"a tensor of shape {tuple(value.shape)}"
        value = value.tolist()
    if isinstance(value, list):
        return "[" + ", ".join(_show(v, digits) for v in value) + "]"
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)
