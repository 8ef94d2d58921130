"""Teach the tiny transformer to tell tales: next-word prediction on tales of the grammar."""

import math
import time
from dataclasses import dataclass

import torch

from pedagogy.maths.language_model import sequence_logps
from pedagogy.policy.logps import batch_logits, encode
from pedagogy.stories import TALES, write_stories

STEPS = 1_500
BATCH = 32
PEAK_RATE = 6e-3
HELD_OUT_SEED = 1_000_003  # tales the training never draws from the same seed


@dataclass
class Progress:
    """Where the training stands: loss in nats per word, of the last batch."""

    step: int
    loss: float
    seconds: float


def pretrain(policy, *, seed=0, steps=STEPS, grammar=TALES):
    """Train in place on tales of a grammar, yielding Progress every step.

    Minimises -mean log p(word | words before), END included; each tale drawn is read once.
    The same weights from the same seed.
    """
    rows = encode_tales(policy, write_stories(steps * BATCH, seed, grammar))  # (N, T)
    optimiser = torch.optim.AdamW(
        policy.model.parameters(), lr=PEAK_RATE, betas=(0.9, 0.98), weight_decay=0.01
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, steps))
    start = time.perf_counter()
    policy.model.train()
    for step, batch in enumerate(rows.split(BATCH), start=1):
        loss = next_word_loss(policy, batch)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(policy.model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        yield Progress(step, loss.item(), time.perf_counter() - start)
    policy.model.eval()


def _rate(step, steps):
    """Up in a straight line for the first 5 %, then down along a cosine."""
    warm = 0.05 * steps
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / (steps - warm)))


def encode_tales(policy, tales):
    """Whole tales with END as rows, (N, T), padded on the right."""
    ends = f" {policy.tokenizer.eos_token}"
    rows = policy.tokenizer(
        [tale + ends for tale in tales], padding=True, padding_side="right", return_tensors="pt"
    )
    return rows.input_ids.to(policy.device)


def next_word_loss(policy, rows):
    """Cross-entropy per word, (); rows (B, T)."""
    real = rows != policy.pad_id  # (B, T)
    longest = real.sum(-1).max()
    rows, real = rows[:, :longest], real[:, :longest]
    logits = policy.model(input_ids=rows, attention_mask=real.long()).logits[:, :-1]
    said = real[:, 1:]
    return torch.nn.functional.cross_entropy(logits[said], rows[:, 1:][said])


@torch.no_grad()
def held_out_cross_entropy(policy, tales=2_000, seed=HELD_OUT_SEED):
    """Mean -log p(tale) in nats per tale, END included, on tales the training has not seen.

    No model can be better than entropy() of the grammar, but for the luck of the draw.
    """
    total = 0.0
    stories = write_stories(tales, seed)
    for start in range(0, tales, 200):
        few = stories[start : start + 200]
        firsts = [tale.partition(" ")[0] for tale in few]
        rests = [tale.removeprefix(first) for tale, first in zip(few, firsts, strict=True)]
        batch = encode(policy, firsts, rests)
        total -= (
            sequence_logps(batch_logits(policy, batch), batch.input_ids, batch.completion_mask)
            .sum()
            .item()
        )
    return total / tales
