"""Which pairs each step reads: pairs of like length, so that little of a batch is padding."""

import math

import torch


def reading_plan(lengths, batch_size, seed):
    """Yield the numbers of the pairs that each step reads, (R,), for ever.

    lengths (N,). One reading of all pairs after the other, in batches whose order is chance; no
    batch has more than batch_size pairs, and none two fewer than another.
    """
    lengths = torch.as_tensor(lengths)
    dice = torch.Generator().manual_seed(seed)
    while True:
        order = torch.randperm(len(lengths), generator=dice)
        order = order[lengths[order].argsort(stable=True)]
        batches = order.tensor_split(steps_a_reading(len(lengths), batch_size))
        yield from (batches[i] for i in torch.randperm(len(batches), generator=dice))


def steps_a_reading(pairs, batch_size):
    return math.ceil(pairs / batch_size)
