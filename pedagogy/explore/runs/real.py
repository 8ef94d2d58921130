"""SmolLM2 taught by DPO with LoRA to write plainly: for notebook 10, one setting changed at a time.

Each finished run goes to real.journal at once, as in race.py: six minutes each of one core, after
`make real`.
"""

import torch

from pedagogy import dpo
from pedagogy.compare import evaluate
from pedagogy.dpo.pairs import pair_logps
from pedagogy.explore.runs import note, noted
from pedagogy.human import crossed_pairs, plain_pairs
from pedagogy.policy import add_lora, next_word_logits
from pedagogy.policy.pairs import pair_ids
from pedagogy.pretrained import load_pretrained

USUAL = {"beta": 0.1, "learning_rate": 3e-4, "pairs": 160}
CHANGED = {"beta": (0.02, 0.5), "learning_rate": (3e-5, 3e-3), "pairs": (8, 40)}
BATCH, STEPS = 4, (0, 4, 8, 16, 40)  # pairs a step; and after which steps we look
ASKED = 12  # of the pairs that a run reads
WRITTEN, LENGTH = 8, 24  # held-out prompts that are written to, and tokens at most
SHOWN = 3  # of what is written: a model that has read the web says what is said there
CAPITALS = {
    "England": " London", "France": " Paris", "Germany": " Berlin", "Italy": " Rome",
    "Japan": " Tokyo", "Russia": " Moscow", "Spain": " Madrid",
}  # fmt: skip


def measure():
    """All that real.json holds, measured as far as the journal does not have it yet."""
    known, runs = noted("real"), []
    for settings in settings_of_all():
        run = next((run for run in known if run.items() >= settings.items()), None)
        if run is None:
            run = settings | train(**settings)
            note("real", run)
        runs.append(run)
    prompts = [pair.prompt for pair in plain_pairs()[1][:SHOWN]]
    return {"usual": USUAL, "steps": STEPS, "prompts": prompts, "runs": runs}


def settings_of_all():
    """The usual settings, and then each other value of each, list[dict]."""
    others = [USUAL | {name: value} for name, values in CHANGED.items() for value in values]
    return [USUAL, *others]


def train(beta, learning_rate, pairs):
    """The record of one run, each measure a list over STEPS, or shorter: its loss exploded."""
    torch.manual_seed(0)
    taught, held_out = plain_pairs()
    run = dpo.new_run(add_lora(load_pretrained(device="cpu")), learning_rate=learning_rate)
    kinds = {"": taught[:pairs][:ASKED], "held_out_": held_out, "crossed_": crossed_pairs()}
    ids = {name: pair_ids(run.policy, some) for name, some in kinds.items()}
    then = {name: logps(run.reference, some) for name, some in ids.items()}
    prompts, looks = [pair.prompt for pair in held_out[:WRITTEN]], []
    for done, steps in zip((0, *STEPS), STEPS, strict=False):
        try:
            if steps:
                settings = {"beta": beta, "steps": steps - done, "batch_size": BATCH}
                list(dpo.fit(run, taught[:pairs], **settings))
        except ValueError:
            break
        looks.append(look(run, ids, then, prompts, beta))
    return {name: [one[name] for one in looks] for name in looks[0]}


def look(run, ids, then, prompts, beta):
    """What pairs of each kind say of a policy, and what it writes: dict of numbers and texts."""
    found = {}
    for name, some in ids.items():
        now = logps(run.policy, some)
        found |= {
            f"{name}loss": round(dpo.dpo_loss(*now, *then[name], beta).item(), 4),
            f"{name}accuracy": round(dpo.metrics(*now, *then[name], beta)["accuracy"], 4),
            f"{name}chosen": round((now[0] - then[name][0]).mean().item(), 2),  # nats gained
            f"{name}rejected": round((now[1] - then[name][1]).mean().item(), 2),
        }
    found["capitals"] = round(capitals_known(run.policy), 4)
    written = evaluate(
        run.policy, prompts, reference=run.reference, true_reward=None, max_new_tokens=LENGTH,
        generator=torch.Generator().manual_seed(0),
    )  # fmt: skip
    return found | {"kl": round(written.kl, 2), "written": written.responses[:SHOWN]}


@torch.no_grad()
def logps(policy, ids):
    """log π of the chosen and of the rejected responses, (B,) each."""
    return pair_logps(policy, ids, shared=True)


def capitals_known(policy):
    """The mean probability of the right word after "The capital of … is", a float."""
    chances = []
    for country, capital in CAPITALS.items():
        bets = next_word_logits(policy, f"The capital of {country} is").softmax(-1)
        chances.append(bets[policy.tokenizer(capital).input_ids[0]].item())
    return sum(chances) / len(chances)
