"""SmolLM2 taught by DPO with LoRA to write plainly, with one setting changed at a time."""

import torch

from pedagogy import dpo
from pedagogy.compare import evaluate
from pedagogy.dpo.pairs import pair_logps
from pedagogy.explore.runs import write_runs
from pedagogy.human import plain_pairs
from pedagogy.policy import add_lora
from pedagogy.policy.pairs import pair_ids
from pedagogy.pretrained import load_pretrained

USUAL = {"beta": 0.1, "learning_rate": 3e-4, "pairs": 160}
CHANGED = {"beta": (0.02, 0.5), "learning_rate": (3e-5, 3e-3), "pairs": (8, 40)}
BATCH, LOOKS = 4, (0, 8, 16, 32)  # pairs a step; steps after which the held-out pairs are asked
WRITTEN, LENGTH = 8, 24  # held-out prompts that are written to, and tokens at most


def measure():
    """One run for each setting, written as soon as it is there: each takes some minutes."""
    runs = []
    for settings in settings_of_all():
        runs.append(settings | train(**settings))
        write_runs("real", runs)
    return runs


def settings_of_all():
    """The usual settings, and then each other value of each, list[dict]."""
    others = [USUAL | {name: value} for name, values in CHANGED.items() for value in values]
    return [USUAL, *others]


def train(beta, learning_rate, pairs):
    """The record of one run: each step, looks at the held-out pairs, and what it writes then."""
    train_pairs, held_out = plain_pairs()
    run = dpo.new_run(add_lora(load_pretrained(device="cpu")), learning_rate=learning_rate)
    prompts = [pair.prompt for pair in held_out[:WRITTEN]]
    looks = [look(run, held_out, beta)]
    for begin, end in zip(LOOKS, LOOKS[1:], strict=False):
        settings = {"beta": beta, "steps": end - begin, "batch_size": BATCH}
        list(dpo.fit(run, train_pairs[:pairs], **settings))
        looks.append(look(run, held_out, beta))
    written = evaluate(
        run.policy, prompts, reference=run.reference, true_reward=None, max_new_tokens=LENGTH,
        generator=torch.Generator().manual_seed(0),
    )  # fmt: skip
    return {
        "losses": [round(step.loss, 4) for step in run.steps],
        "accuracies": [step.accuracy for step in run.steps],
        "looks": dict(zip(LOOKS, looks, strict=True)),
        "kl": round(written.kl, 2),
        "written": list(zip(prompts, written.responses, strict=True)),
    }


@torch.no_grad()
def look(run, pairs, beta):
    """Means over pairs: loss, margin, accuracy, and by how much each side has moved, nats."""
    ids = pair_ids(run.policy, pairs)
    now, then = (pair_logps(policy, ids, shared=True) for policy in (run.policy, run.reference))
    found = dpo.metrics(*now, *then, beta)
    return {
        "loss": round(dpo.dpo_loss(*now, *then, beta).item(), 4),
        "margin": round(found["margin"], 3),
        "accuracy": round(found["accuracy"], 4),
        "chosen": round((now[0] - then[0]).mean().item(), 2),
        "rejected": round((now[1] - then[1]).mean().item(), 2),
    }
