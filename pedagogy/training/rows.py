"""A few rows at a time: what a large vocabulary needs, for logits are the largest of all tensors.

The helpers take and give Samples or anything with its five fields.
"""

import dataclasses
import traceback
from contextlib import contextmanager

import torch

from pedagogy.policy.network import is_full

AT_ONCE = 2**24  # logits: 64 MB in float32, and a handful of tensors of this size
ON_A_GPU = 2**26  # where each pass has its price, however few rows it reads


@contextmanager
def enough_memory(**size):
    """MemoryError that names the size, such as batch_size=8, if the device has no room for it.

    What the block's functions held is let go: a notebook keeps errors, and all that hangs on them.
    """
    ((name, value),) = size.items()
    try:
        yield
    except RuntimeError as error:
        if not is_full(error):
            raise
        traceback.clear_frames(error.__traceback__)
        raise MemoryError(
            f"{name} is {value}, but the device has no memory for so many at once: try half of it. "
            "What was half done is undone."
        ) from None


def few_rows(policy, samples, rows=None):
    """Yield (rows, their part of samples), with AT_ONCE logits at most, or ON_A_GPU.

    rows: numbers of rows, by default all.
    """
    rows = list(range(len(samples.input_ids)) if rows is None else rows)
    logits = AT_ONCE if policy.device.type == "cpu" else ON_A_GPU
    at_once = max(1, logits // (samples.input_ids.shape[1] * policy.vocabulary))
    for start in range(0, len(rows), at_once):
        some = rows[start : start + at_once]
        yield some, rows_of(samples, some)


def rows_of(samples, rows):
    """Some of the Samples, as a smaller batch; rows: a list of numbers."""
    index = torch.tensor(rows, device=samples.input_ids.device)
    return dataclasses.replace(
        samples,
        **{
            name: value[index] if isinstance(value, torch.Tensor) else [value[i] for i in rows]
            for name, value in vars(samples).items()
        },
    )
