"""SmolLM2 taught by DPO with LoRA to write plainly: for notebook 10, one setting changed at a time.

Each finished run goes to real.journal at once, as in race.py: three to six minutes each on two
cores, after `make real`.
"""

import torch

from pedagogy import dpo
from pedagogy.compare import evaluate
from pedagogy.dpo.pairs import pair_logps
from pedagogy.explore.runs import note, noted
from pedagogy.human import crossed_pairs, plain_pairs
from pedagogy.policy import add_lora
from pedagogy.policy.pairs import pair_ids
from pedagogy.pretrained import load_pretrained

USUAL = {"beta": 0.1, "learning_rate": 3e-4, "pairs": 160}
CHANGED = {"beta": (0.02, 0.5), "learning_rate": (3e-5, 3e-3), "pairs": (8, 40)}
BATCH, STEPS = 4, (0, 4, 8, 16, 40)  # pairs a step; and after which steps we look
WRITTEN, LENGTH = 8, 24  # held-out prompts that are written to, and tokens at most


def measure():
    """All that real.json holds, measured as far as the journal does not have it yet."""
    torch.set_num_threads(2)  # a real model, and nothing beside it
    for settings in settings_of_all():
        if not any(record.items() >= settings.items() for record in noted("real")):
            note("real", settings | train(**settings))
    prompts = [pair.prompt for pair in plain_pairs()[1][:WRITTEN]]
    return {"usual": USUAL, "steps": STEPS, "prompts": prompts, "runs": noted("real")}


def settings_of_all():
    """The usual settings, and then each other value of each, list[dict]."""
    others = [USUAL | {name: value} for name, values in CHANGED.items() for value in values]
    return [USUAL, *others]


def train(beta, learning_rate, pairs):
    """The record of one run, each measure a list over STEPS, or shorter: its loss exploded."""
    torch.manual_seed(0)
    taught, held_out = plain_pairs()
    run = dpo.new_run(add_lora(load_pretrained(device="cpu")), learning_rate=learning_rate)
    looks = []
    for done, steps in zip((0, *STEPS), STEPS, strict=False):
        try:
            if steps:
                settings = {"beta": beta, "steps": steps - done, "batch_size": BATCH}
                list(dpo.fit(run, taught[:pairs], **settings))
        except ValueError:
            break
        looks.append(look(run, taught[:pairs][: len(held_out)], held_out, beta))
    return {name: [one[name] for one in looks] for name in looks[0]}


@torch.no_grad()
def look(run, taught, held_out, beta):
    """What pairs of each kind say of a policy, and what it writes: dict of numbers and texts."""
    found = {}
    for name, pairs in {"": taught, "held_out_": held_out, "crossed_": crossed_pairs()}.items():
        ids = pair_ids(run.policy, pairs)
        now, then = (pair_logps(policy, ids, shared=True) for policy in (run.policy, run.reference))
        measures = dpo.metrics(*now, *then, beta)
        found |= {
            f"{name}loss": round(dpo.dpo_loss(*now, *then, beta).item(), 4),
            f"{name}accuracy": round(measures["accuracy"], 4),
            f"{name}chosen": round((now[0] - then[0]).mean().item(), 2),  # nats that were gained
            f"{name}rejected": round((now[1] - then[1]).mean().item(), 2),
        }
    written = evaluate(
        run.policy, [pair.prompt for pair in held_out[:WRITTEN]], reference=run.reference,
        true_reward=None, max_new_tokens=LENGTH, generator=torch.Generator().manual_seed(0),
    )  # fmt: skip
    return found | {"kl": round(written.kl, 2), "written": written.responses}
