"""Teach the judge from choices: make what people chose score higher than what they left."""

import math
import time
import warnings
from dataclasses import dataclass
from inspect import unwrap
from itertools import islice

import torch

from pedagogy import require
from pedagogy.maths.measures import pair_accuracy
from pedagogy.maths.preference_losses import reward_model_loss
from pedagogy.policy.pairs import pair_ids, pair_lengths, to_pair_batch
from pedagogy.reward_model.model import require_judge, scores
from pedagogy.training import LossGuard, batches, steps_per_epoch, uninterrupted
from pedagogy.training.rows import enough_memory

BATCH = 8  # pairs
STEPS = 40  # at the least; with many more, few pairs are only learnt by heart
HEAD_START = 10  # the head starts at zero and knows nothing: it may move so many times as fast
MAX_NORM = 1.0  # of the gradient


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
    is trained before the first step is asked for; stop when you like, and the judge keeps what
    the steps so far have taught it. Dropout is off. The same judge from the same seed.

    ValueError: what pair_ids cannot use; or a loss that explodes, and then the judge is back
    where it did best. A warning: pairs that all share their prompt, chosen or rejected text.
    """
    require_judge(reward_model)
    require.count(batch_size=batch_size)
    require.positive(learning_rate=learning_rate)
    pairs = pair_ids(reward_model, preferences)
    _warn_if_one_sided(preferences)
    if epochs is None:
        epochs = max(1, math.ceil(STEPS * batch_size / len(preferences)))
    steps = require.count(epochs=epochs) * steps_per_epoch(len(preferences), batch_size)
    plan = batches(pair_lengths(pairs), batch_size, require.seed(seed=seed))
    reward_model.model.eval()
    return _train(reward_model, pairs, list(islice(plan, steps)), float(learning_rate))


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
    guard = LossGuard("reward_model", optimiser, learning_rate)
    start = time.perf_counter()
    for step, rows in enumerate(plan, start=1):
        # Gradients on, whatever a cell before this has left.
        with torch.enable_grad(), enough_memory(batch_size=len(rows)):
            found = _gradient(reward_model, optimiser, guard, pairs, rows, step)
            with uninterrupted(), guard.undoing():
                optimiser.step()
                schedule.step()
        yield Progress(step, len(plan), *found, time.perf_counter() - start)
    with torch.no_grad():  # the last step, too, may have been the one too many
        both = _scores(reward_model, pairs, rows)
        loss = guard.loss(step + 1, unwrap(reward_model_loss), both)
        _measures(guard, step + 1, loss, both)


def _gradient(reward_model, optimiser, guard, pairs, rows, step):
    """Leave the gradient of the loss with the weights; loss and accuracy, floats."""
    both = _scores(reward_model, pairs, rows)
    loss = guard.loss(step, unwrap(reward_model_loss), both)
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(reward_model.parameters(), MAX_NORM)
    return _measures(guard, step, loss, both)


def _scores(reward_model, pairs, rows):
    """Scores of the chosen and of the rejected, (2, R), in one pass for both."""
    batch = to_pair_batch(reward_model, [pairs[i] for i in rows])
    return scores(reward_model, batch).view(2, -1)


def _measures(guard, step, loss, both):
    """Loss and accuracy, once the guard has let them pass: floats."""
    numbers = torch.cat([loss.detach()[None], both.detach().flatten()]).cpu()  # one look
    guard.check(step, *numbers.tolist())
    return numbers[0].item(), pair_accuracy(*numbers[1:].view(2, -1))


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
