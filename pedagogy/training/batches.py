"""Which pairs each step reads: pairs of like length, so that little of a batch is padding."""

import math

import torch

from pedagogy import require

SORTED = 256  # batches: of more pairs, so many as chance has put together are sorted by length


def batches(lengths, batch_size, seed):
    """Yield the numbers of the pairs that each step reads, (R,), for ever.

    lengths (N,). All pairs are read once before any is read again, in batches of at most
    batch_size whose order is chance; of up to 256 batches, sizes differ by at most one. So
    few are sorted strictly: pairs meet others of their own length again, epoch after epoch.
    """
    lengths = require.checked("(N pairs,)", lengths=lengths)
    batch_size = require.count(batch_size=batch_size)
    generator = torch.Generator().manual_seed(require.seed(seed=seed))
    while True:
        order = torch.randperm(len(lengths), generator=generator)
        epoch = [
            rows
            for some in order.split(SORTED * batch_size)
            for rows in some[lengths[some].argsort(stable=True)].tensor_split(
                steps_per_epoch(len(some), batch_size)
            )
        ]
        yield from (epoch[i] for i in torch.randperm(len(epoch), generator=generator))


def steps_per_epoch(pairs, batch_size):
    pairs, batch_size = require.count(pairs=pairs, batch_size=batch_size)
    return math.ceil(pairs / batch_size)
