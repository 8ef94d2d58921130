"""Explorers of notebook 05: one careful step uphill."""

from functools import cache, partial

import numpy as np
import torch

from pedagogy.explorer import Control, Explorer
from pedagogy.maths.advantages import gae
from pedagogy.maths.policy_losses import clip_fraction, clipped_surrogate_loss
from pedagogy.plots.ppo import plot_advantages, plot_clip, plot_steps

# Steps of 0.06 from 1 meet no edge of a band: there a slope would be neither one nor the other.
RATIOS = np.round(np.arange(0.04, 1.97, 0.06), 2)
CURVE = torch.linspace(0.02, 2, 100, dtype=torch.float64)
LAMBDAS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


def explore_clip():
    """PPO's objective for one word, value and slope, at any ratio, for both signs of advantage."""

    def ppo(ratio, advantage, epsilon):
        return -clipped_surrogate_loss(
            ratio.log()[None], torch.zeros_like(ratio)[None], advantage[None], epsilon
        )

    def plain(ratio, advantage, _epsilon):
        return ratio * advantage

    def unguarded(ratio, advantage, epsilon):
        return ratio.clamp(1 - epsilon, 1 + epsilon) * advantage

    @cache
    def curves(advantage, epsilon):
        rows = (plain, unguarded, ppo)
        return [value_and_slope(row, CURVE, advantage, epsilon) for row in rows]

    def compute(ratio, advantage, epsilon):
        rows = curves(advantage, epsilon)
        here = torch.tensor([ratio], dtype=torch.float64)
        now = [value_and_slope(row, here, advantage, epsilon) for row in (ppo, unguarded)]
        return {
            "ratio": ratio,
            "advantage": advantage,
            "epsilon": epsilon,
            **dict(zip(("plain", "unguarded", "ppo"), rows, strict=True)),
            "here": [row[0] for row in now[0]],
            "unguarded_here": [row[0] for row in now[1]],
        }

    return Explorer(
        compute,
        partial(plot_clip, ratios=CURVE.tolist()),
        [
            Control("ratio", RATIOS, 1.0, "ratio", "{:.2f}"),
            Control("advantage", (-1, 1), 1, "advantage A", "{:+d}"),
            Control("epsilon", (0.1, 0.2, 0.4), 0.2, "epsilon"),
        ],
        alt="The clipped objective over the ratio, left its value, right its slope; the band gray.",
    )


def value_and_slope(objective, ratios, advantage, epsilon):
    """objective(ratio, advantage, epsilon) at each ratio, and its derivative by autograd."""
    ratios = ratios.clone().requires_grad_()
    advantage = torch.tensor(float(advantage), dtype=ratios.dtype)
    values = torch.stack([objective(ratio, advantage, epsilon) for ratio in ratios])
    (slopes,) = torch.autograd.grad(values.sum(), ratios)
    return values.tolist(), slopes.tolist()


def explore_advantages(words, rewards, values):
    """Each word's advantage in one finished tale, at any gamma and lambda.

    words: T texts, END included; rewards (T,); values: gamma -> (T,), what a critic who counts
    with that gamma guessed before each word was drawn.
    """
    rewards = torch.as_tensor(rewards)
    dones = torch.zeros(len(words))
    dones[-1] = 1

    @cache
    def advantages(gamma, lam):
        return gae(rewards, values[gamma], 0.0, dones, gamma, lam).tolist()

    def compute(gamma, lam):
        return {
            "gamma": gamma,
            "lam": lam,
            "values": list(map(float, values[gamma])),
            "advantages": advantages(gamma, lam),
        }

    gammas, score = sorted(values), float(rewards[-1])
    guesses = [score, *(float(value) for row in values.values() for value in row)]
    plot = partial(
        plot_advantages,
        words=words,
        score=score,
        lowest=min(guesses),
        highest=max(guesses),
        reach=max(max(map(abs, advantages(g, lam))) for g in gammas for lam in LAMBDAS),
    )
    return Explorer(
        compute,
        plot,
        [
            Control("lam", LAMBDAS, 0.0, "lambda"),
            Control("gamma", gammas, gammas[-1], "gamma"),
        ],
        alt="Above, the critic's guess before each word of a tale. Below, each word's advantage.",
        size=(9.0, 4.8),
    )


def explore_steps(with_clip, without, advantages, clip_epsilon):
    """Ratios of all words after each step uphill, with the clip and without it.

    with_clip, without: (S, N), the ratio of each word after 0, 1, 2 … steps; advantages (N,).
    """
    runs = {"with": torch.as_tensor(with_clip), "without": torch.as_tensor(without)}
    # k3 of KL(old ‖ new), the words being drawn from the old policy: ratio - 1 - log ratio.
    distances = {name: (r - 1 - r.log()).mean(-1).tolist() for name, r in runs.items()}

    def compute(steps, clip):
        ratios = runs[clip][steps]
        outside = (ratios - 1).abs() > clip_epsilon
        logs = ratios.log()
        held = clip_fraction(logs, torch.zeros_like(logs), advantages, clip_epsilon)
        return {
            "steps": steps,
            "clip": clip,
            "ratios": ratios.tolist(),
            "good": (advantages > 0).tolist(),
            "outside": float(outside.float().mean()),
            "held": float(held) if clip == "with" else 0.0,  # without it, nothing is
        }

    return Explorer(
        compute,
        partial(plot_steps, distances=distances, epsilon=clip_epsilon),
        [
            Control("steps", range(len(runs["with"])), 0, "steps uphill"),
            Control("clip", ("with", "without"), "with", "the clip"),
        ],
        alt="Left: how the ratios of all words spread. Right: KL to the old policy, both runs.",
    )
