"""Explorers of notebook 07: the best policy, every line of the derivation, the loss as a product.

A world is given by its words (K), the reference's probabilities (K,) and the rewards (K,).
"""

import math
from functools import partial

import numpy as np
import torch

from pedagogy.explorer import Control, Explorer
from pedagogy.maths.derivation import DERIVATION, likelihood
from pedagogy.maths.divergence import kl_divergence
from pedagogy.maths.optimum import log_partition, optimal_logps, optimal_policy
from pedagogy.maths.preference_losses import implicit_reward
from pedagogy.maths.small_world import World
from pedagogy.plots.optimum import (
    plot_best_policy,
    plot_derivation,
    plot_likelihood,
    plot_two_prompts,
)

SHARES = np.round(np.arange(0, 1.001, 0.01), 2)
BETAS = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0)
MOVES = np.round(np.arange(0, 2.51, 0.05), 2)


def explore_best_policy(words, reference, rewards):
    """A policy for the learner to make as good as they can; no policy earns over beta log Z."""
    reference, rewards = torch.as_tensor(reference), torch.as_tensor(rewards)
    rest = reference[2:] / reference[2:].sum()

    def compute(first, share, beta, reveal):
        second = (1 - first) * share
        policy = torch.cat([torch.tensor([first, second]), (1 - first - second) * rest])  # (K,)
        optimum = optimal_policy(reference, rewards, beta)
        shown = optimum if reveal == "shown" else torch.full_like(optimum, torch.nan)
        return {
            "beta": beta,
            "policies": (reference.tolist(), policy.tolist(), shown.tolist()),
            "reward": float(policy @ rewards),
            "divergence": float(kl_divergence(policy, reference)),
            "distance": float(kl_divergence(policy, optimum)),
            "log_z": float(log_partition(reference, rewards, beta)),
        }

    start = reference[0].item(), (reference[1] / (1 - reference[0])).item()
    worst = rewards.min().clamp(max=0) + BETAS[-1] * reference.min().log()  # all on the rarest
    ends = {"low": math.floor(worst), "high": math.ceil(rewards.max()) + 4}
    return Explorer(
        compute,
        partial(plot_best_policy, words=words, **ends),
        [
            Control("first", SHARES, start[0], f"“{words[0]}”", "{:.2f}"),
            Control("share", SHARES, start[1], f"of the rest, “{words[1]}”", "{:.2f}"),
            Control("beta", BETAS, 1.0, "beta"),
            Control("reveal", ("hidden", "shown"), "hidden", "optimum"),
        ],
        alt="Left: policies as bars. Right: reward, price of divergence, what remains, the most.",
        live=True,
    )


def explore_derivation(words, reference, rewards, pair=(0, 1)):
    """Both sides of every line of the derivation, for any reward of the second word and any beta.

    pair: the places of the chosen and the rejected word. The policy bets the same on all words.
    """
    reference, rewards = torch.as_tensor(reference), torch.as_tensor(rewards)
    policy = torch.full_like(reference, 1 / len(words))
    second = torch.arange(len(words)) == 1

    def compute(reward, probability, beta):
        others = reference * (1 - probability) / (1 - reference[1])
        bets, likes = others.where(~second, probability), rewards.where(~second, reward)
        world = World(bets, likes, beta, pair, policy)
        policies = world.reference, world.policy, optimal_policy(*world.known)
        sides = [(line.left(world), line.right(world)) for line in DERIVATION]
        return {
            "reward": reward,
            "probability": probability,
            "beta": beta,
            "policies": [p.tolist() for p in policies],
            "sides": [[side.reshape(-1).tolist() for side in both] for both in sides],
        }

    lines = [(line.name, line.latex) for line in DERIVATION]
    return Explorer(
        compute,
        partial(plot_derivation, words=words, lines=lines),
        [
            Control("reward", (-2, 0, 2, 5, 8), rewards[1].item(), f"reward of “{words[1]}”"),
            Control(
                "probability",
                (0.05, 0.13, 0.4, 0.8),
                reference[1].item(),
                f"reference of “{words[1]}”",
            ),
            Control("beta", (0.25, 0.5, 1.0, 2.0, 3.0), 1.0, "beta"),
        ],
        alt="Above: three policies as bars. Below: each line's two sides as a ring and a cross.",
        size=(9.0, 6.0),
    )


def explore_two_prompts(prompts, worlds):
    """Rewards of the answers to two prompts, and the implicit rewards of the best policies.

    prompts: two names; worlds: (words, reference, rewards) of each.
    """
    words, references, rewards = zip(*worlds, strict=True)
    known = list(zip(references, rewards, strict=True))

    def compute(beta):
        optima = [optimal_logps(*one, beta) for one in known]
        told = [
            implicit_reward(logps, reference.log(), beta)
            for logps, reference in zip(optima, references, strict=True)
        ]
        return {
            "beta": beta,
            "lost": [float(beta * log_partition(*one, beta)) for one in known],
            "implicit": [row.tolist() for row in told],
        }

    rows = [row.tolist() for row in rewards]
    return Explorer(
        compute,
        partial(plot_two_prompts, prompts=prompts, words=words, rewards=rows),
        [Control("beta", BETAS, 2.0, "beta")],
        alt="Answers to two prompts: each one's reward, and below it its implicit reward.",
    )


def explore_likelihood(words, reference, rewards, preferences):
    """The probability of all of a human's choices, and the loss, as the policy moves.

    The policy is the reference (moved 0), weighted by the rewards more and more (1: the optimum).
    preferences: of one prompt, between the words.
    """
    chosen, rejected = (
        [words.index(getattr(one, name)) for one in preferences] for name in ("chosen", "rejected")
    )

    def compute(moved):
        logps = optimal_logps(reference, moved * rewards, beta=1.0)
        told = implicit_reward(logps, reference.log(), beta=1.0)  # (K,)
        read = likelihood(told[chosen] - told[rejected])
        return {"moved": moved} | {name: value.tolist() for name, value in read._asdict().items()}

    rows = [compute(moved) for moved in MOVES]
    products, losses = ([row[name] for row in rows] for name in ("product", "loss"))
    pairs = [(one.chosen, one.rejected) for one in preferences]
    return Explorer(
        compute,
        partial(plot_likelihood, pairs=pairs, moves=MOVES, products=products, losses=losses),
        [Control("moved", MOVES, 0.0, "moved")],
        alt="Left: a bar for each choice's probability. Right: their product, and the loss.",
    )
