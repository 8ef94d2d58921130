"""How good a judge becomes: by the number of labels, and by how sharp the human's choices are.

Every run teaches a new judge from pairs that the storyteller wrote, and measures it on the same
pairs and tales that no judge has been taught with. `seed` decides pairs and choices.
"""

import torch

from pedagogy.human import label_pairs, true_reward
from pedagogy.maths.bradley_terry import bradley_terry_probability
from pedagogy.maths.measures import bayes_accuracy, correlation
from pedagogy.policy import load_policy
from pedagogy.reward_model import collect_pairs, fit, new_reward_model, score_responses
from pedagogy.stories import openings

COUNTS = (10, 20, 50, 100, 200, 400, 800, 1600)
SHARPNESS = (0.25, 0.5, 1.0, 2.0, 4.0)  # 1: the human as they are; 4: a human who hardly ever errs
AMONG = 400  # labels in the runs over sharpness
SEEDS = (1, 2, 3, 4)
HELD_OUT = 512  # pairs, of seed 0
HANDFUL = 128  # pairs
SHOWN = 80  # tales in a picture


def measure():
    """All runs: {"counts", "sharpness", "among", "ceilings", "rewards", "runs": [run, …]}."""
    policy = load_policy("cpu")
    held_out = written(policy, HELD_OUT, seed=0)
    runs = []
    for seed in SEEDS:
        pairs = written(policy, COUNTS[-1], seed)
        wanted = {(n, 1.0) for n in COUNTS} | {(AMONG, sharpness) for sharpness in SHARPNESS}
        for n, sharpness in sorted(wanted):
            runs.append(one_run(policy, pairs, held_out, n, sharpness, seed))
            print({name: value for name, value in runs[-1].items() if name != "scores"})
    rewards_a, rewards_b = rewards_of(held_out)
    ceilings = [float(bayes_accuracy(s * rewards_a, s * rewards_b)) for s in SHARPNESS]
    return {
        "counts": COUNTS,
        "sharpness": SHARPNESS,
        "among": AMONG,
        "ceilings": [round(ceiling, 4) for ceiling in ceilings],  # of the accuracy, by sharpness
        "rewards": [round(reward, 3) for reward in rewards_a[:SHOWN].tolist()],
        "runs": runs,
    }


def one_run(policy, pairs, held_out, n, sharpness, seed):
    """Teach a judge from the first n pairs, and measure it on the held-out ones.

    accuracy: the expected one, over all choices that this human could make
    correlation: of scores with true rewards;  scores: of the tales in the picture
    """
    reward_model = new_reward_model(policy)
    for _ in fit(reward_model, label_pairs(*pairs, seed, sharpness=sharpness)[:n]):
        pass
    prompts, responses_a, responses_b = held_out
    scores_a = score_responses(reward_model, prompts, responses_a)
    scores_b = score_responses(reward_model, prompts, responses_b)
    rewards_a, rewards_b = rewards_of(held_out)
    agrees = bradley_terry_probability(sharpness * rewards_a, sharpness * rewards_b)
    agrees = torch.where(scores_a > scores_b, agrees, 1 - agrees)  # a tie hardly ever happens
    both = torch.cat([scores_a, scores_b]), torch.cat([rewards_a, rewards_b])
    return {
        "n": n,
        "sharpness": sharpness,
        "seed": seed,
        "accuracy": round(agrees.mean().item(), 4),
        "correlation": round(correlation(*both), 4),
        "scores": [round(score, 2) for score in scores_a[:SHOWN].tolist()],
    }


def written(policy, n, seed):
    """Pairs to judge, (prompts, responses_a, responses_b): n or a few more, always beginning alike.

    They are written by the handful, so that nobody who wants only the first must wait for all.
    """
    seeds = [10_000 * seed + start for start in range(0, n, HANDFUL)]
    handfuls = [collect_pairs(policy, openings(HANDFUL, each), each) for each in seeds]
    return tuple(sum(texts, []) for texts in zip(*handfuls, strict=True))


def rewards_of(pairs):
    """True rewards of both responses, two (N,)."""
    prompts, *both = pairs
    return [torch.tensor([true_reward(x, y) for x, y in zip(prompts, ys, strict=True)])
            for ys in both]  # fmt: skip
