"""Many tales of the storyteller, judged: best of n, and the optimum that can be had from them."""

from functools import cache

import torch

from pedagogy.explore.runs._race_run import TEST, labels_and_judge
from pedagogy.human import true_reward
from pedagogy.maths.best_of_n import best_of_n_mean
from pedagogy.maths.sampled_optimum import sampled_optimum
from pedagogy.policy import load_policy
from pedagogy.policy.sampling import sample_in_turn

POOL, READ = 512, 256  # tales of the storyteller to each prompt of TEST; those that judges read
NS = (1, 2, 4, 8, 16, 32, 64)
FRONTIER = (0.03, 0.1, 0.3, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0)  # betas of the exact optimum


@cache
def pool(n):
    """n tales of the storyteller to each prompt of TEST, list[Samples], and their true rewards."""
    generator = torch.Generator().manual_seed(0)
    prompts = [prompt for prompt in TEST for _ in range(n)]
    tales = list(sample_in_turn(load_policy("cpu"), prompts, generator=generator))
    pairs = ((x, y) for some in tales for x, y in zip(some.prompts, some.responses, strict=True))
    return tales, torch.tensor([true_reward(*pair) for pair in pairs]).view(len(TEST), n)


@torch.no_grad()
def ask_judge(seed, labels):
    """What best of n by this judge, and the optimum for its scores, earn by judge and by human."""
    tales, truth = pool(READ)
    judge = labels_and_judge(seed, labels)[1]
    said = torch.cat([judge(some) for some in tales]).view(truth.shape)
    return {"best_of_n": best_of_n(said, truth), "optimum": optima(said, truth)}


def best_of_n(said, truth):
    """By n, the mean score and the mean true reward of the tale that has the highest score."""
    return {
        name: [round(best_of_n_mean(said, values, n).mean().item(), 3) for n in NS]
        for name, values in (("proxy_reward", said), ("true_reward", truth))
    }


def optima(said, truth):
    """The optimum for these scores at each beta of FRONTIER, where enough samples count."""
    found = []
    for beta in FRONTIER:
        try:
            best = sampled_optimum(said, beta)
        except ValueError:  # too few effective samples
            continue
        true, error = best.mean(truth)
        numbers = {
            "proxy_reward": best.reward,
            "true_reward": true,
            "error": error,
            "kl": best.kl,
            "log_z": best.log_z,
            "effective_share": best.effective_share,
        }
        found.append({"beta": beta} | {name: round(x, 4) for name, x in numbers.items()})
    return found
