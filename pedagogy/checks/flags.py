"""Exercises with masks: zeros and ones may be whole numbers, booleans or floats."""

from dataclasses import replace

import torch

from pedagogy.checks.engine import judge

# Whole numbers first: so the package's own masks come, and so they read best in a verdict.
DTYPES = (torch.int64, torch.bool, torch.float32)


def judge_flags(exercise, learner):
    """Return the Verdict on the learner's function; the mask's dtype that suits it best counts.

    `mask * x` wants numbers, `torch.where(mask, x, 0)` booleans, and both are right.
    """
    verdicts = []
    for dtype in DTYPES:
        verdicts.append(judge(_with_flags(exercise, dtype), learner))
        if verdicts[-1].passed:
            return verdicts[-1]
    return next((v for v in verdicts if v.misconception), verdicts[0])


def _with_flags(exercise, dtype):
    cases, edges = (
        tuple(tuple(_cast(arg, dtype) for arg in args) for args in inputs)
        for inputs in (exercise.cases, exercise.edges)
    )
    return replace(exercise, cases=cases, edges=edges)


def _cast(arg, dtype):
    is_flags = isinstance(arg, torch.Tensor) and arg.dtype == torch.bool
    return arg.to(dtype) if is_flags else arg


def flags(*rows):
    """Return flags("011", "110") as booleans (2, 3)."""
    return torch.tensor([[letter == "1" for letter in row] for row in rows])
