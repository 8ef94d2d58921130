"""The inputs of an exercise: flags in every dtype, and more numbers than can be told by hand."""

from dataclasses import replace

import torch

# Whole numbers first: so the package's own masks come, and so they read best in a verdict.
DTYPES = (torch.int64, torch.bool, torch.float32)


def numbers(*shape, seed=0):
    """Return random numbers around 0, of size 1, the same everywhere: for the larger inputs."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def probabilities(*shape, seed=0):
    """Return random probabilities, which sum to 1 in the last axis."""
    return numbers(*shape, seed=seed).softmax(-1)


def flags(*rows):
    """Return flags("011", "110") as booleans (2, 3)."""
    return torch.tensor([[letter == "1" for letter in row] for row in rows])


def spans(columns):
    """Return flags (6, columns), each True from one column to another: none reaches the last."""
    positions = torch.arange(columns)
    ends = ((1, 10), (2, 9), (5, 5), (3, 7), (6, 10), (4, 8))
    return torch.stack([(positions >= first) & (positions <= last) for first, last in ends])


def variants(exercise):
    """Return the exercise once for each dtype in which its flags may come.

    `mask * x` wants numbers, `torch.where(mask, x, 0)` booleans, and both are right.
    """
    if not any(_is_flags(arg) for args in exercise.cases for arg in args):
        return [exercise]
    return [_with_flags(exercise, dtype) for dtype in DTYPES]


def _with_flags(exercise, dtype):
    cases, edges = (
        tuple(tuple(arg.to(dtype) if _is_flags(arg) else arg for arg in args) for args in inputs)
        for inputs in (exercise.cases, exercise.edges)
    )
    return replace(exercise, cases=cases, edges=edges)


def _is_flags(arg):
    return isinstance(arg, torch.Tensor) and arg.dtype == torch.bool
