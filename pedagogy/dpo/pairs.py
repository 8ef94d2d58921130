"""Log-probabilities of judged pairs, with no token read twice that need be read only once.

Both responses of a pair follow the same prompt. Laid out in one row, prompt, chosen, rejected,
the prompt is read once; a mask keeps the rejected response from seeing the chosen one, and its
positions go on from the prompt. Attention then spans the longer row: for short prompts and long
responses two rows, each with its own prompt, are cheaper.

Left out: sliding windows. A model that has one may look back over the whole row here.
"""

import math
from dataclasses import dataclass

import torch

from pedagogy.policy.logps import pad

PROMPT, CHOSEN, REJECTED, PADDING = range(4)
AT_ONCE = 32  # pairs


@dataclass
class PairBatch:
    """B pairs as rows of tokens (R, T), and for each of N response tokens where its bet stands."""

    input_ids: torch.Tensor
    attention_mask: torch.Tensor  # (R, 1, T, T), True where a token may look
    position_ids: torch.Tensor
    rows: torch.Tensor  # (N,)
    bets: torch.Tensor  # (N,), the place in the row of the token that bets on this one
    words: torch.Tensor  # (N,), the token that was bet on
    responses: torch.Tensor  # (N,): pair i has its chosen response at i, its rejected at B + i


def shared_prompts_pay(pairs, width):
    """Whether one row for both responses takes fewer operations than two, a bool.

    A prompt of P tokens that is not read again saves about 24 P H² in each layer; attention over
    P + 2 R instead of twice P + R tokens costs 4 H (2 R² - P²) more. pairs: (prompt, chosen,
    rejected) token ids; width: H.
    """
    prompt = sum(len(pair[0]) for pair in pairs) / len(pairs)
    response = sum(len(pair[1]) + len(pair[2]) for pair in pairs) / len(pairs) / 2
    return 24 * prompt * width**2 > 4 * width * (2 * response**2 - prompt**2)


def lay_out(pairs, shared, pad_id, device):
    """PairBatch of pairs, each (prompt, chosen, rejected) as lists of token ids.

    shared: one row for each pair, or one for each response.
    """
    chosen = [[(PROMPT, prompt), (CHOSEN, response)] for prompt, response, _ in pairs]
    rejected = [[(PROMPT, prompt), (REJECTED, response)] for prompt, _, response in pairs]
    if shared:
        laid = [one + other[1:] for one, other in zip(chosen, rejected, strict=True)]
    else:
        laid = chosen + rejected
    ids = pad([[t for _, part in row for t in part] for row in laid], pad_id, device)
    kinds = pad([[kind for kind, part in row for _ in part] for row in laid], PADDING, device)
    places = torch.arange(ids.shape[1], device=device).expand_as(ids)  # (R, T)
    prompts = (kinds == PROMPT).sum(-1, keepdim=True)  # (R, 1)
    first = (kinds == REJECTED).int().argmax(-1, keepdim=True)  # (R, 1), of the rejected tokens
    positions = torch.where(kinds == REJECTED, places - first + prompts, places)
    may_look = (kinds[:, None, :] == PROMPT) | (kinds[:, None, :] == kinds[:, :, None])
    rows, here = ((kinds == CHOSEN) | (kinds == REJECTED)).nonzero(as_tuple=True)  # (N,)
    begins = positions[rows, here] == prompts[rows, 0]  # the last word of the prompt bets on it
    return PairBatch(
        ids,
        (may_look & (places[:, None, :] <= places[:, :, None]))[:, None],
        positions.where(kinds != PADDING, 0),
        rows,
        torch.where(begins, prompts[rows, 0], here) - 1,
        ids[rows, here],
        rows % len(pairs) + len(pairs) * (kinds[rows, here] == REJECTED),
    )


def pair_logps(policy, pairs, shared):
    """log π(y | x) of the chosen and of the rejected responses, (B,) each; keeps the graph.

    pairs, shared: as for lay_out. On a CPU a few pairs of like length at a time: less of a batch
    is padding, and what is at work stays near the processor.
    """
    at_once = AT_ONCE if policy.device.type == "cpu" else len(pairs)
    order = torch.tensor([sum(map(len, pair)) for pair in pairs]).argsort()
    told = []
    for rows in order.tensor_split(math.ceil(len(pairs) / at_once)):
        batch = lay_out([pairs[i] for i in rows.tolist()], shared, policy.pad_id, policy.device)
        told.append(batch_logps(policy, batch))
    back = order.argsort()
    return tuple(torch.cat(logps)[back] for logps in zip(*told, strict=True))


def batch_logps(policy, batch):
    """log π(y | x) of the chosen and of the rejected responses of a PairBatch, (B,) each.

    What all rows have of prompts before the first bet does not go through the last layer, the
    widest of all.
    """
    first = int(batch.bets.min())
    # Added to the attention's scores, as every implementation of it understands a mask.
    mask = torch.zeros_like(batch.attention_mask, dtype=policy.model.dtype).masked_fill(
        ~batch.attention_mask, torch.finfo(policy.model.dtype).min
    )
    logits = policy.model(
        input_ids=batch.input_ids,
        attention_mask=mask,
        position_ids=batch.position_ids,
        use_cache=False,
        logits_to_keep=batch.input_ids.shape[1] - first,
    ).logits  # (R, T - first, V)
    bets = logits[batch.rows, batch.bets - first]  # (N, V)
    logps = -torch.nn.functional.cross_entropy(bets, batch.words, reduction="none")  # (N,)
    sums = logps.new_zeros(int(batch.responses.max()) + 1).index_add(0, batch.responses, logps)
    return sums.chunk(2)
