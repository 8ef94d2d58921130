"""Teach the judge from choices: make what people chose score higher than what they left."""

import math
import time
import warnings
from dataclasses import dataclass

import torch

from pedagogy import require
from pedagogy.reward_model.loss import reward_model_loss
from pedagogy.reward_model.measure import pair_accuracy
from pedagogy.reward_model.model import scores, some_rows
from pedagogy.reward_model.pairs import encode_pairs

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

    ValueError: what encode_pairs cannot use; or a loss that explodes, and then the best weights
    so far are put back. A warning: pairs that all share their prompt, chosen or rejected text.
    """
    require.count(batch_size=batch_size)
    require.positive(learning_rate=learning_rate)
    pairs = encode_pairs(reward_model, preferences)
    _warn_if_one_sided(preferences)
    if epochs is None:
        epochs = max(1, math.ceil(STEPS * batch_size / len(preferences)))
    lengths = torch.stack(pairs.attention_mask.sum(-1).chunk(2)).amax(0).cpu()  # (N,)
    plan = _plan(lengths, batch_size, require.count(epochs=epochs), seed)
    return _train(reward_model, pairs, plan, learning_rate)


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
    best = BestSoFar(reward_model.parameters(), learning_rate)
    start = time.perf_counter()
    for step, rows in enumerate(plan, start=1):
        chosen, rejected = _score(reward_model, pairs, rows)
        loss = best.watch(step, chosen, rejected)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(reward_model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        seconds = time.perf_counter() - start
        yield Progress(step, len(plan), loss.item(), pair_accuracy(chosen, rejected), seconds)
    with torch.no_grad():  # the last step, too, may have been the one too many
        best.watch(step + 1, *_score(reward_model, pairs, rows))


def _score(reward_model, pairs, rows):
    """Scores of the chosen and of the rejected, (R,) each, in one pass for both."""
    both = torch.cat([rows, rows + len(pairs.input_ids) // 2]).to(reward_model.device)
    return scores(reward_model, some_rows(pairs, both)).chunk(2)


def _rate(step, steps):
    """Up in a straight line for the first 10 %, then down in one."""
    warm = 0.1 * steps
    return min(1.0, (step + 1) / warm, (steps - step) / (steps - warm))


def _plan(lengths, batch_size, epochs, seed):
    """Which pairs each step reads, list[(R,)]: pairs of like length, so that little is padding."""
    generator = torch.Generator().manual_seed(seed)
    plan = []
    for _ in range(epochs):
        order = torch.randperm(len(lengths), generator=generator)
        order = order[lengths[order].argsort(stable=True)]
        batches = order.tensor_split(math.ceil(len(order) / batch_size))
        plan += [batches[i] for i in torch.randperm(len(batches), generator=generator)]
    return plan


class BestSoFar:
    """Watches the loss, and keeps the weights that it was lowest with, to come back to them."""

    def __init__(self, parameters, learning_rate):
        self.parameters = parameters
        self.learning_rate = learning_rate
        self.lately = None  # the loss, averaged over about ten steps
        self.lowest = math.inf

    def watch(self, step, chosen, rejected):
        """The loss. ValueError, and the best weights again, when it is not finite or hopeless."""
        if not (chosen.isfinite().all() and rejected.isfinite().all()):
            self._give_up(step, "nan or inf among the scores")
        loss = reward_model_loss(chosen, rejected)
        if self.lately is None:  # a judge of another taste may begin with more than log 2
            self.lately, self.hopeless = loss.item(), 2 * max(math.log(2), loss.item())
        self.lately = 0.9 * self.lately + 0.1 * loss.item()
        if self.lately > self.hopeless:
            self._give_up(step, f"a loss of {self.lately:.3g}, and knowing nothing gives 0.693")
        if self.lately < self.lowest:
            self.lowest, self.step = self.lately, step
            self.weights = [weights.detach().clone() for weights in self.parameters]
        return loss

    @torch.no_grad()
    def _give_up(self, step, sign):
        if self.lowest == math.inf:
            raise ValueError(f"reward_model gives {sign}, before any training.")
        for weights, good in zip(self.parameters, self.weights, strict=True):
            weights.copy_(good)
        raise ValueError(
            f"learning_rate is {self.learning_rate}, but by step {step} it led to {sign}: "
            f"the weights from before step {self.step} are back, and a smaller rate may help."
        )


def _warn_if_one_sided(preferences):
    """Pairs that agree in a text cannot show what makes one tale better than another."""
    for field in ("prompt", "chosen", "rejected"):
        if len(preferences) > 1 and len({getattr(pair, field) for pair in preferences}) == 1:
            warnings.warn(
                f"all {len(preferences)} preferences have the same {field} text: "
                "the judge gets to know that text, but little about others.",
                stacklevel=3,
            )
