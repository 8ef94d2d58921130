"""What beta and the learning rate do to DPO: each run measured a few times on its way.

A seed decides the pairs, the choices and their order. They are those of betas.py, which trains
a judge and PPO with them; held-out pairs and prompts are the same in all runs.
"""

from itertools import islice, pairwise

import torch

from pedagogy.compare import evaluate
from pedagogy.dpo import fit, new_run
from pedagogy.explore.runs.betas import judged_pairs
from pedagogy.maths.preference_losses import metrics
from pedagogy.policy import load_policy, response_logps
from pedagogy.stories import openings

BETAS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
LEARNING_RATE = 5e-4
OTHER_RATES = (1e-4, 2e-3)  # of the first seed only, and not at the largest beta: it explodes
SEEDS = (0, 1, 2, 3, 4)
STEPS = (0, 8, 16, 32, 64, 96, 128)  # of 32 pairs: the last is the end of the fourth epoch
ASKED = 128  # pairs that are taught, pairs that are held out, and prompts
PROMPTS = openings(ASKED, seed=2000)
MEASURES = ("loss", "accuracy", "margin", "chosen_logp", "rejected_logp")  # on taught pairs


def measure():
    """All runs: {"betas", "learning_rate", "learning_rates", "seeds", "steps", "runs"}."""
    wanted = [(LEARNING_RATE, seed, BETAS) for seed in SEEDS]
    wanted += [(rate, SEEDS[0], BETAS[:-1]) for rate in OTHER_RATES]
    held_out = held_out_choices()
    runs = []
    for learning_rate, seed, betas in wanted:
        _, choices = judged_pairs(load_policy("cpu"), seed)
        for beta in betas:
            runs.append(one_run(choices, held_out, beta, learning_rate, seed))
            print({name: value for name, value in runs[-1].items() if name != "tales"})
    return {
        "betas": BETAS,
        "learning_rate": LEARNING_RATE,
        "learning_rates": sorted([LEARNING_RATE, *OTHER_RATES]),
        "seeds": SEEDS,
        "steps": STEPS,
        "runs": runs,
    }


def held_out_choices():
    """Choices that no run learns from."""
    return judged_pairs(load_policy("cpu"), seed=1000, labels=ASKED)[1]


def one_run(choices, held_out, beta, learning_rate, seed, steps=STEPS):
    """Train one policy, and measure it after each number of steps; a list for each measure.

    MEASURES, on the first pairs it is taught with; held_out_accuracy and held_out_loss (the
    shipped file has the loss at beta 0.03 only, where notebook 09 shows it); true_reward and kl
    of tales to the same prompts, written anew from the same seed; of these tales, the one that
    is neither better nor worse than most.
    """
    run = new_run(load_policy("cpu"), learning_rate=learning_rate, seed=seed)
    pairs = [*choices[:ASKED], *held_out]
    reference_logps = logps_of(run.reference, pairs)
    going = fit(run, choices, beta=beta, steps=steps[-1])
    looks = []
    for before, number in pairwise((0, *steps)):
        for _ in islice(going, number - before):
            pass
        looks.append(look(run, pairs, reference_logps, beta))
    record = {"beta": beta, "learning_rate": learning_rate, "seed": seed, "steps": steps}
    return record | {name: [one[name] for one in looks] for name in looks[0]}


def look(run, pairs, reference_logps, beta):
    """One entry of each of a run's lists; pairs: half taught, half held out."""
    four = torch.stack([*logps_of(run.policy, pairs), *reference_logps])  # (4, N)
    taught, held_out = four.chunk(2, dim=1)
    found, unseen = metrics(*taught, beta), metrics(*held_out, beta)
    generator = torch.Generator().manual_seed(0)
    written = evaluate(run.policy, PROMPTS, reference=run.reference, generator=generator)
    numbers = {name: found[name] for name in MEASURES} | {
        "held_out_accuracy": unseen["accuracy"],
        "held_out_loss": unseen["loss"],
        "true_reward": written.true_reward,
        "kl": written.kl,
    }
    middle = written.true_rewards.argsort(stable=True)[ASKED // 2]
    tale = written.prompts[middle] + written.responses[middle]
    return {name: round(number, 3) for name, number in numbers.items()} | {"tales": tale}


@torch.no_grad()
def logps_of(policy, pairs):
    """Log-probabilities of the chosen and of the rejected responses, two (N,)."""
    prompts = [pair.prompt for pair in pairs]
    sides = [pair.chosen for pair in pairs], [pair.rejected for pair in pairs]
    return tuple(response_logps(policy, prompts, responses) for responses in sides)
