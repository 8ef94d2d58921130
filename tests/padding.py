"""More padding than a batch needs: it must change nothing."""

from torch.nn.functional import pad

from pedagogy.policy import Batch

WIDER = [(3, 0, 0), (0, 4, 0), (2, 5, 1), (1, 1, 77)]  # left, right, and the id that fills


def widened(batch, left, right, filler):
    return Batch(
        pad(batch.input_ids, (left, right), value=filler),
        pad(batch.attention_mask, (left, right)),
        pad(batch.completion_mask, (left, right)),
    )
