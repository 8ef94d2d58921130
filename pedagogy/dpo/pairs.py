"""Log-probabilities of judged pairs, with no token read twice that need be read only once.

Both responses of a pair follow the same prompt. Laid out in one row, prompt, chosen, rejected,
the prompt is read once; a mask keeps the rejected response from seeing the chosen one, and its
positions go on from the prompt. Attention then spans the longer row: for short prompts and long
responses two rows, each with its own prompt, are cheaper.

A mask keeps them apart where the network is plain attention over all that came before, and
nothing else: convolutions and recurrent states do not look at it, and a sliding window is lost
with it. All others read two rows, with the mask that is their own.
"""

import math
import warnings
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from pedagogy.maths.language_model import sequence_logps
from pedagogy.policy.logps import forward, pad, to_batch
from pedagogy.policy.network import at_least_float32, takes, without_dropout
from pedagogy.policy.pairs import to_pair_batch

PROMPT, CHOSEN, REJECTED, PADDING = range(4)
AT_ONCE, TOKENS = 32, 1500  # pairs; where they are short, as many as have so many tokens
TOLERANCE = 1e-3  # nats between two readings of a response, in float32


@dataclass
class PairBatch:
    """B pairs as rows of tokens (B, T), and for each of N response tokens where its bet stands."""

    input_ids: torch.Tensor
    attention_mask: torch.Tensor  # (B, 1, T, T), True where a token may look
    position_ids: torch.Tensor
    rows: torch.Tensor  # (N,)
    logit_positions: torch.Tensor  # (N,), in the row, of the token that bets on this one
    targets: torch.Tensor  # (N,), the token that was bet on
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


def may_share(policy, pairs):
    """Whether pair_logps may read the pairs of a fit in one row each, a bool.

    If that pays, if the config names full attention only, and if the longest pair, read so, has
    the log-probabilities that each of its responses has alone. In half precision such a test says
    nothing: two rows. A warning: a network to which two rows side by side are not what they are
    alone, either.
    """
    longest = max(pairs, key=lambda pair: len(pair[0]) + max(map(len, pair[1:])))
    shortest = min(pairs, key=lambda pair: sum(map(len, pair)))
    exact = torch.finfo(policy.model.dtype).eps < TOLERANCE
    with torch.no_grad():
        alone = [_alone(policy, pair) for pair in (longest, shortest)]
        together = torch.stack(pair_logps(policy, [longest, shortest], shared=False), dim=1)
        if exact and not _close(together, torch.stack(alone)):
            warnings.warn(
                f"{type(policy.model).__name__} reads responses side by side otherwise than each "
                f"alone, by {(together - torch.stack(alone)).abs().max():.2g} nats: what it "
                "learns from them may be wrong.",
                stacklevel=3,
            )
        if not (
            exact
            and full_attention(policy, len(longest[0]) + max(map(len, longest[1:])))
            and shared_prompts_pay(pairs, policy.model.get_output_embeddings().in_features)
        ):
            return False
        return _close(torch.cat(pair_logps(policy, [longest], shared=True)), alone[0])


def full_attention(policy, length):
    """Whether each token of a row of this length sees all before it, by attention alone, a bool.

    As far as the config tells: kinds of layers, sliding windows, positions from the mask.
    """
    config = policy.model.config.get_text_config()
    layers = [*(getattr(config, "layer_types", None) or ()),
              *(getattr(config, "attention_layers", None) or ())]  # fmt: skip
    windows = (getattr(config, name, None) for name in ("sliding_window", "attention_chunk_size"))
    return (
        takes(policy.model, "position_ids")
        and set(layers) <= {"full_attention", "global"}
        and all(window is None or window >= length for window in windows)
    )


def lay_out(pairs, pad_id, device):
    """PairBatch of pairs, each (prompt, chosen, rejected) as lists of token ids, in a row each."""
    kinds = (PROMPT, CHOSEN, REJECTED)
    laid = [list(zip(kinds, pair, strict=True)) for pair in pairs]
    ids = pad([[t for _, part in row for t in part] for row in laid], pad_id, device)
    kinds = pad([[kind for kind, part in row for _ in part] for row in laid], PADDING, device)
    places = torch.arange(ids.shape[1], device=device).expand_as(ids)  # (B, T)
    prompts = (kinds == PROMPT).sum(-1, keepdim=True)  # (B, 1)
    first = (kinds == REJECTED).int().argmax(-1, keepdim=True)  # (B, 1), of the rejected tokens
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
        rows + len(pairs) * (kinds[rows, here] == REJECTED),
    )


def pair_logps(policy, pairs, shared):
    """log π(y | x) of the chosen and of the rejected responses, (B,) each; keeps the graph.

    pairs: as for lay_out. shared: one row for each pair, or one for each response. On a CPU a few
    pairs of like length at a time: less of a batch is padding, and what is at work stays near the
    processor.
    """
    lengths = torch.tensor([sum(map(len, pair)) for pair in pairs])
    order, at_once = lengths.argsort(), len(pairs)
    if policy.device.type == "cpu":
        at_once = max(AT_ONCE, TOKENS // int(lengths.max()))
    logps = []
    for rows in order.tensor_split(math.ceil(len(pairs) / at_once)):
        some = [pairs[i] for i in rows.tolist()]
        if shared:
            logps.append(batch_logps(policy, lay_out(some, policy.pad_id, policy.device)))
        else:
            logps.append(two_row_logps(policy, to_pair_batch(policy, some)))
    back = order.argsort()
    return tuple(torch.cat(side)[back] for side in zip(*logps, strict=True))


def two_row_logps(policy, batch):
    """log π(y | x) of the chosen and of the rejected responses of to_pair_batch, (B,) each."""
    if not takes(policy.model, "position_ids"):  # its rows and logits may be turned
        logits = forward(policy, batch).logits
        return sequence_logps(logits, batch.input_ids, batch.completion_mask).chunk(2)
    rows, here = batch.completion_mask.nonzero(as_tuple=True)  # (N,)
    with _bets_only_at(policy, rows, here - 1):
        logits = forward(policy, batch).logits
    targets = batch.input_ids[rows, here]
    return _summed(_picked(logits, rows, here - 1), targets, rows, len(batch.input_ids)).chunk(2)


def batch_logps(policy, batch):
    """log π(y | x) of the chosen and of the rejected responses of a PairBatch, (B,) each."""
    # Added to the attention's scores, as every implementation of it understands a mask.
    mask = torch.zeros_like(batch.attention_mask, dtype=policy.model.dtype).masked_fill(
        ~batch.attention_mask, torch.finfo(policy.model.dtype).min
    )
    places = batch.rows, batch.logit_positions
    with without_dropout(policy.model), _bets_only_at(policy, *places):
        logits = policy.model(
            input_ids=batch.input_ids,
            attention_mask=mask,
            position_ids=batch.position_ids,
            use_cache=False,
        ).logits
    bets = at_least_float32(_picked(logits, *places))  # (N, V)
    return _summed(bets, batch.targets, batch.responses, 2 * len(batch.input_ids)).chunk(2)


@contextmanager
def _bets_only_at(policy, rows, places):
    """Only what stands at these places, (N,), goes through the last layer, the widest of all.

    It is then given (1, N, H) instead of (B, T, H).
    """
    head = policy.model.get_output_embeddings()
    hook = head.register_forward_pre_hook(lambda _, hidden: hidden[0][rows, places][None])
    try:
        yield
    finally:
        hook.remove()


def _picked(logits, rows, places):
    """The bets at these places, (N, V), from a network that may have made them only there."""
    return logits[0] if logits.shape[:2] == (1, len(rows)) else logits[rows, places]


def _summed(bets, targets, responses, count):
    """Log-probabilities of the targets, added up by response: (N, V), (N,), (N,) -> (count,)."""
    # Not log_softmax or cross_entropy: either would keep a number for each of the V.
    logps = bets.gather(-1, targets[:, None])[:, 0] - bets.logsumexp(-1)  # (N,)
    return logps.new_zeros(count).index_add(0, responses, logps)


def _alone(policy, pair):
    """The log-probabilities of both responses, (2,), each in a row without company or padding."""
    rows = [to_batch(policy, [(pair[0], response)]) for response in pair[1:]]
    return torch.cat(
        [sequence_logps(forward(policy, row).logits, row.input_ids, row.completion_mask)
         for row in rows]
    )  # fmt: skip


def _close(found, wanted):
    return torch.allclose(found, wanted, rtol=1e-4, atol=TOLERANCE, equal_nan=True)
