"""What beta does: the whole cycle of RLHF, from labels to a tuned policy, for each beta and seed.

A seed decides the pairs, the choices, the judge and PPO's generator; all betas of a seed share
one judge. Nothing differs between two runs of a seed but beta.
"""

from pedagogy.human import label_pairs, true_reward
from pedagogy.policy import load_policy
from pedagogy.reward_model import (
    centre,
    collect_pairs,
    fit,
    new_reward_model,
    scores,
)
from pedagogy.rlhf import new_run, rlhf
from pedagogy.stories import openings

BETAS = (0.0, 0.03, 0.1, 0.3, 1.0, 3.0)
SEEDS = (0, 1, 2, 3, 4)
LABELS = 1000
ITERATIONS = 30
MEASURES = ("proxy_reward", "true_reward", "kl", "entropy")
TALES = 3  # kept of the last iteration


def measure():
    """All runs: {"betas", "seeds", "runs": [run, …]}."""
    runs = []
    for seed in SEEDS:
        reward_model = taught_judge(seed)
        for beta in BETAS:
            runs.append(one_run(reward_model, beta, seed))
            print(beta, seed, {name: runs[-1][name][-1] for name in MEASURES})
    return {"betas": BETAS, "seeds": SEEDS, "runs": runs}


def taught_judge(seed, labels=LABELS):
    """A reward model from choices between pairs of the storyteller's; 0 is its average tale."""
    policy = load_policy("cpu")
    return teach_judge(policy, *judged_pairs(policy, seed, labels), seed)


def teach_judge(policy, pairs, choices, seed):
    """A reward model from choices between pairs of the policy's."""
    prompts, responses_a, _ = pairs
    reward_model = new_reward_model(policy)
    for _ in fit(reward_model, choices, seed=seed):
        pass
    centre(reward_model, prompts, responses_a)
    return reward_model


def judged_pairs(policy, seed, labels=LABELS):
    """Pairs of the storyteller's, (prompts, responses_a, responses_b), and our human's choices."""
    pairs = collect_pairs(policy, openings(labels, seed), seed)
    return pairs, label_pairs(*pairs, seed)


def one_run(reward_model, beta, seed, iterations=ITERATIONS):
    """Train one policy; its measures at each iteration, and some tales of the last one."""
    run = new_run(load_policy("cpu"), seed=seed)
    done = list(
        rlhf(
            run,
            lambda samples: scores(reward_model, samples),
            openings(1000, seed=1000 + seed),
            beta=beta,
            iterations=iterations,
            true_reward=true_reward,
        )
    )
    tales = ["".join(story) for story in done[-1].samples[:TALES]]
    record = {name: [round(getattr(r, name), 3) for r in done] for name in MEASURES}
    return {"beta": beta, "seed": seed, "tales": tales} | record
