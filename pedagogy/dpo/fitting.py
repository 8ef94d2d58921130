"""The loop: read some pairs, ask the reference once, and make the choices less surprising."""

import time
from functools import partial
from itertools import islice

import torch

from pedagogy import require
from pedagogy.dpo.pairs import may_share, pair_logps
from pedagogy.dpo.run import Run, Step
from pedagogy.maths.preference_losses import dpo_loss, metrics
from pedagogy.policy.model import require_same_vocabulary
from pedagogy.policy.pairs import pair_ids, pair_lengths
from pedagogy.training import BestSoFar, reading_plan


def fit(run: Run, preferences, *, beta, steps, batch_size=32, max_new_tokens=None):
    """Train run.policy until the choices surprise it less, yielding each Step: minimise dpo_loss.

    preferences: list[Preference]; a step reads batch_size of them, and each is read once before
    any is read again. beta: above zero; larger: stay nearer to the reference, which answers once
    for each pair, when that is first read. max_new_tokens: cut responses after so many tokens,
    for answers of one word, say. Dropout is off. It may be stopped at any time: the policy, and
    the record in run.steps, stay usable; who goes on with the same pairs goes on where it was.

    ValueError: what pair_ids cannot use, responses that are the same once they are cut, a
    reference with another vocabulary; or a loss that explodes, and then the best weights so far
    are put back. Rafailov et al. 2023.
    """
    require.positive(beta=beta)
    require.count(steps=steps, batch_size=batch_size)
    require_same_vocabulary(policy=run.policy, reference=run.reference)
    pairs = _cut(pair_ids(run.policy, preferences), max_new_tokens)
    plan = reading_plan(pair_lengths(pairs), batch_size, run.seed)
    done = len(run.steps)
    return _train(run, pairs, islice(plan, done, done + steps), beta)


def _train(run, pairs, plan, beta):
    policy, reference = run.policy, run.reference
    policy.model.eval()
    shared = may_share(policy, pairs)
    known = torch.full((2, len(pairs)), torch.nan, device=policy.device)  # chosen, rejected
    best = BestSoFar("policy", policy.model.parameters(), run.learning_rate)
    for rows in plan:
        start = time.perf_counter()
        batch = [pairs[i] for i in rows.tolist()]
        if known[:, rows].isnan().any():
            with torch.no_grad():
                known[:, rows] = torch.stack(pair_logps(reference, batch, shared))
        fixed = {
            "reference_chosen_logps": known[0, rows],
            "reference_rejected_logps": known[1, rows],
            "beta": beta,
        }
        logps = pair_logps(policy, batch, shared)  # chosen, rejected, (B,) both
        loss = best.watch(len(run.steps) + 1, partial(dpo_loss, **fixed), *logps)
        run.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(policy.model.parameters(), 1.0)
        run.optimiser.step()

        told = metrics(*(numbers.detach() for numbers in logps), **fixed)
        seconds = time.perf_counter() - start
        run.steps.append(Step(len(run.steps) + 1, **told, seconds=seconds))
        yield run.steps[-1]
    with torch.no_grad():  # the last step, too, may have been the one too many
        best.watch(
            len(run.steps) + 1, partial(dpo_loss, **fixed), *pair_logps(policy, batch, shared)
        )


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
