"""Generators from whatever serves as a seed."""

import torch

LARGEST = 2**63 - 1  # torch's, numpy's and Python's generators all take these


def new_generator(seed):
    """A torch.Generator on the CPU that starts from seed, a whole number of any library."""
    return torch.Generator().manual_seed(whole_seed(seed))


def whole_seed(seed):
    """The seed as an int. TypeError: no whole number. ValueError: one too large for torch."""
    if isinstance(seed, bool) or not hasattr(seed, "__index__"):
        raise TypeError(f"seed is {seed!r}, but it must be a whole number.")
    if not 0 <= seed <= LARGEST:
        raise ValueError(f"seed is {seed}, but it must be from 0 to {LARGEST}.")
    return int(seed)
