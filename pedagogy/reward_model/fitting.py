"""Teach the judge from choices: make what people chose score higher than what they left."""

import math
import time
import warnings
from dataclasses import dataclass
from itertools import islice

import torch

from pedagogy import require
from pedagogy.maths.measures import pair_accuracy
from pedagogy.maths.preference_losses import reward_model_loss
from pedagogy.policy.pairs import pair_ids, pair_lengths, to_pair_batch
from pedagogy.reward_model.model import scores
from pedagogy.training import BestSoFar, reading_plan, steps_a_reading

BATCH = 8  # pairs
STEPS = 40  # at the least; with many more, few pairs are only learnt by heart
HEAD_START = 10  # the head starts at zero and knows nothing: it may move so many times as fast


@dataclass
class Progress:
    """Where the training stands: loss (nats) and accuracy on the pairs of this step, before it."""

    step: int
    steps: int
    loss: float
    accuracy: float
    seconds: float


def fit(reward_model, preferences, *, epochs=None, batch_size=BATCH, learning_rate=1.5e-3, seed=0):
    """Train in place, yielding Progress every step: minimise -mean log σ(r(x, y_w) - r(x, y_l)).

    epochs: how often each pair is read; by default once, and more where pairs are few. Nothing
    is trained before the first step is asked for; stop when you like, and the judge is what it
    has become by then. The same judge from the same seed.

    ValueError: what pair_ids cannot use; or a loss that explodes, and then the best weights
    so far are put back. A warning: pairs that all share their prompt, chosen or rejected text.
    """
    require.count(batch_size=batch_size)
    require.positive(learning_rate=learning_rate)
    pairs = pair_ids(reward_model, preferences)
    _warn_if_one_sided(preferences)
    if epochs is None:
        epochs = max(1, math.ceil(STEPS * batch_size / len(preferences)))
    steps = require.count(epochs=epochs) * steps_a_reading(len(preferences), batch_size)
    plan = reading_plan(pair_lengths(pairs), batch_size, seed)
    return _train(reward_model, pairs, list(islice(plan, steps)), learning_rate)


def _train(reward_model, pairs, plan, learning_rate):
    optimiser = torch.optim.AdamW(
        [
            {"params": reward_model.model.parameters()},
            {"params": reward_model.head.parameters(), "lr": HEAD_START * learning_rate},
        ],
        lr=learning_rate,
        betas=(0.9, 0.98),
        weight_decay=0.0,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, len(plan)))
    best = BestSoFar("reward_model", reward_model.parameters(), learning_rate)
    start = time.perf_counter()
    for step, rows in enumerate(plan, start=1):
        chosen, rejected = _score(reward_model, pairs, rows)
        loss = best.watch(step, reward_model_loss, chosen, rejected)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(reward_model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        seconds = time.perf_counter() - start
        yield Progress(step, len(plan), loss.item(), pair_accuracy(chosen, rejected), seconds)
    with torch.no_grad():  # the last step, too, may have been the one too many
        best.watch(step + 1, reward_model_loss, *_score(reward_model, pairs, rows))


def _score(reward_model, pairs, rows):
    """Scores of the chosen and of the rejected, (R,) each, in one pass for both."""
    batch = to_pair_batch(reward_model, [pairs[i] for i in rows])
    return scores(reward_model, batch).chunk(2)


def _rate(step, steps):
    """Up in a straight line for the first 10 %, then down in one."""
    warm = 0.1 * steps
    return min(1.0, (step + 1) / warm, (steps - step) / (steps - warm))


def _warn_if_one_sided(preferences):
    """Pairs that agree in a text cannot show what makes one tale better than another."""
    for field in ("prompt", "chosen", "rejected"):
        if len(preferences) > 1 and len({getattr(pair, field) for pair in preferences}) == 1:
            warnings.warn(
                f"all {len(preferences)} preferences have the same {field} text: "
                "the judge gets to know that text, but little about others.",
                stacklevel=3,
            )
