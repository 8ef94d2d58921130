"""The loop: read some pairs, ask the reference once, and make the choices less surprising."""

import time
from functools import partial
from inspect import unwrap
from itertools import islice

import torch

from pedagogy import require
from pedagogy.dpo.pairs import may_share, pair_logps
from pedagogy.dpo.run import Run, Step
from pedagogy.maths.preference_losses import dpo_loss, metrics
from pedagogy.policy.network import require_same_vocabulary
from pedagogy.policy.pairs import pair_ids, pair_lengths
from pedagogy.training import LossGuard, batches, uninterrupted
from pedagogy.training.rows import enough_memory
from pedagogy.training.run import require_run

MAX_NORM = 1.0  # of the gradient


def fit(run: Run, preferences, *, beta, steps, batch_size=32, max_new_tokens=None, loss=dpo_loss):
    """Train run.policy until the choices surprise it less, yielding each Step: minimise the loss.

    preferences: list[Preference]; a step reads batch_size of them, and each is read once before
    any is read again. beta: above zero; larger: stay nearer to the reference, which answers once
    for each pair, when that is first read. max_new_tokens: cut responses after so many tokens,
    for answers of one word, say. loss: () from the four log-probabilities and beta, as dpo_loss
    has them. Dropout is off. A step that is interrupted or fails leaves the run as it was before
    that step; one that fails while it moves the weights, back where it did best. Calling fit again
    with the same pairs resumes.

    ValueError: what pair_ids cannot use, responses that are the same once they are cut, a
    reference with another vocabulary; or a loss that explodes, and then the run is back where it
    did best. Rafailov et al. 2023.
    """
    require_run(run)
    require.function(loss=loss)
    require.positive(beta=beta)
    require.count(steps=steps, batch_size=batch_size)
    require_same_vocabulary(policy=run.policy, reference=run.reference)
    pairs = _cut(pair_ids(run.policy, preferences), max_new_tokens)
    plan = batches(pair_lengths(pairs), batch_size, run.seed)
    done = len(run.steps)
    formula = partial(unwrap(dpo_loss) if loss is dpo_loss else loss, beta=beta)
    return _train(run, pairs, islice(plan, done, done + steps), beta, formula)


def _train(run, pairs, plan, beta, formula):
    run.policy.model.eval()
    ask = _both(run, pairs)
    guard = LossGuard("policy", run.optimiser, run.learning_rate, run.steps)
    for rows in plan:
        start = time.perf_counter()
        # Gradients on, whatever a cell before this has left.
        with torch.enable_grad(), enough_memory(batch_size=len(rows)):
            found = _gradient(run, guard, ask(rows), formula, beta)
            with uninterrupted(), guard.undoing():
                run.optimiser.step()
                seconds = time.perf_counter() - start
                run.steps.append(Step(len(run.steps) + 1, **found, seconds=seconds))
        yield run.steps[-1]
    with torch.no_grad():  # the last step, too, may have been the one too many
        logps = ask(rows)
        number = len(run.steps) + 1
        _measures(guard, number, guard.loss(number, formula, logps), logps, beta)


def _gradient(run, guard, logps, formula, beta):
    """Leave the gradient of the loss with the weights; what a Step keeps of loss and logps."""
    number = len(run.steps) + 1
    loss = _checked(guard.loss(number, formula, logps))
    run.optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(run.policy.model.parameters(), MAX_NORM)
    return _measures(guard, number, loss, logps, beta)


def _both(run, pairs):
    """A function that gives the log-probabilities of some pairs, as dpo_loss takes them, (4, R)."""
    shared = may_share(run.policy, pairs)
    exact = torch.promote_types(run.policy.model.dtype, torch.float32)
    reference_logps = torch.zeros((2, len(pairs)), dtype=exact, device=run.policy.device)
    unread = torch.ones(len(pairs), dtype=torch.bool)

    def ask(rows):
        batch = [pairs[i] for i in rows.tolist()]
        if unread[rows].any():
            with torch.no_grad():
                found = torch.stack(pair_logps(run.reference, batch, shared))
            reference_logps[:, rows] = found.to(reference_logps)
            unread[rows] = False
        logps = torch.stack(pair_logps(run.policy, batch, shared)).to(exact)
        return torch.cat([logps, reference_logps[:, rows]])

    return ask


def _measures(guard, number, loss, logps, beta):
    """What a Step keeps of its loss and log-probabilities, once the guard has let them pass."""
    numbers = torch.cat([loss.detach()[None], logps.detach().flatten()]).cpu()  # one look
    guard.check(number, *numbers.tolist())
    return unwrap(metrics)(*numbers[1:].view(4, -1), beta) | {"loss": numbers[0].item()}


def _checked(loss):
    if not isinstance(loss, torch.Tensor) or loss.shape != () or not loss.requires_grad:
        raise TypeError(
            f"loss gave {loss!r:.60}, but it must give one number, of shape (), with a gradient."
        )
    return loss


def _cut(pairs, max_new_tokens):
    """The pairs with shorter responses; ValueError that names the first pair that became one."""
    if max_new_tokens is None:
        return pairs
    end = require.count(max_new_tokens=max_new_tokens)
    pairs = [(prompt, chosen[:end], rejected[:end]) for prompt, chosen, rejected in pairs]
    twins = [number for number, (_, chosen, rejected) in enumerate(pairs) if chosen == rejected]
    if twins:
        raise ValueError(
            f"max_new_tokens is {end}, but so short, both responses of preferences[{twins[0]}] "
            "are the same."
        )
    return pairs
