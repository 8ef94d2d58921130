"""Explorers of notebook 07: the best policy, and every line of the derivation."""

import math
from functools import partial

import numpy as np
import torch

from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, moving
from pedagogy.maths.derivation import DERIVATION
from pedagogy.maths.divergence import kl_divergence
from pedagogy.maths.optimum import log_partition, optimal_policy
from pedagogy.maths.small_world import World

SHARES = np.round(np.arange(0, 1.001, 0.01), 2)
BETAS = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0)


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


def plot_best_policy(figure, words, low, high):
    """A policy that the learner makes, what it earns, and the height that no policy gets over.

    low, high: the ends of the axis of what a policy may earn, whole numbers.
    """
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    update_policies = _policies(left, words)
    right.set(xlim=(low, high), ylim=(2.6, -0.9), yticks=[0, 1, 2], xticks=range(low, high, 2))
    right.set_yticklabels(["reward", "− beta × divergence", "what remains"])
    right.axvline(0, color="gray", lw=1)
    colors = (COLORS["human"], COLORS["divergence"], COLORS["policy"])
    bars = moving(*right.barh(range(3), [0] * 3, color=colors))
    notes = moving(*(right.text(high, y, "", va="center", ha="right") for y in range(3)))
    height = moving(right.plot([0, 0], [-0.5, 2.5], "--", color=COLORS["exact"])[0])
    name = moving(right.text(0, -0.55, "beta log Z", ha="center", va="bottom"))

    def update(beta, policies, reward, divergence, distance, log_z):
        update_policies(policies)
        most = beta * log_z
        values = (reward, -beta * divergence, reward - beta * divergence)
        for bar, note, value in zip(bars, notes, values, strict=True):
            bar.set_width(value)
            note.set_text(f"{np.round(value, 3) + 0.0:.3f}")  # no -0.000 to puzzle over
        height.set_xdata([most, most])
        name.set_x(most)
        return (
            f"beta {beta:g}: {reward:.3f} - beta × {divergence:.3f} = {values[2]:.3f}. "
            f"The most is {most:.3f}; missing are {most - values[2]:.3f} = beta × {distance:.3f}."
        )

    return update


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


def plot_derivation(figure, words, lines):
    """Three policies as bars; under them both sides of every line, as marks and as numbers.

    lines: (name, formula in LaTeX) of each.
    """
    top, rows = figure.subplots(2, 1, height_ratios=(2, 5))
    update_policies = _policies(top, words)
    place = np.arange(len(lines))
    rows.set(xlim=(-26, 22), ylim=(len(lines) - 0.5, -0.5), xticks=range(-6, 10, 3))
    rows.set_yticks(place, [f"{number} {name}" for number, (name, _) in enumerate(lines, 1)])
    rows.tick_params(axis="y", length=0)
    rows.spines[["left", "bottom"]].set_visible(False)
    rows.plot([0, 0], [-0.5, len(lines) - 0.5], color="lightgray", lw=1, zorder=0)
    for y, (_, latex) in enumerate(lines):
        rows.text(-25.6, y, f"${latex}$", va="center", size=10)
        rows.plot([-6, 9], [y, y], color="lightgray", lw=1, zorder=0)
    left = moving(rows.plot([], [], "o", ms=11, mfc="none", mew=2, color=COLORS["policy"])[0])
    right = moving(rows.plot([], [], "x", ms=6, mew=2, color=COLORS["rejected"])[0])
    notes = [
        moving(*(rows.text(9.6, y, "", va=va, color=mark.get_color(), size=9) for y in place))
        for mark, va in ((left, "bottom"), (right, "top"))
    ]

    def update(reward, probability, beta, policies, sides):
        update_policies(policies)
        for mark, sign, texts, values in zip(
            (left, right), "○×", notes, zip(*sides, strict=True), strict=True
        ):
            mark.set_data(
                np.clip(np.concatenate(values), -6, 9), np.repeat(place, list(map(len, values)))
            )
            for text, row in zip(texts, values, strict=True):
                text.set_text("  ".join([sign, *(f"{v:.3f}" for v in np.round(row, 3) + 0.0)]))
        off = max(np.abs(np.subtract(*both)).max() for both in sides)
        return (
            f"“{words[1]}” with reward {reward:g} and {probability:g} in the reference, at beta "
            f"{beta:g}: the two sides of the {len(sides)} lines differ by {off:.0e} at most."
        )

    return update


def _policies(axes, words):
    """Three bars for each word: reference, policy, optimum; returns what moves them."""
    place, bars, notes = np.arange(len(words)), [], []
    for i, name in enumerate(("reference", "policy", "optimum")):
        if name == "optimum":
            look = {"fill": False, "hatch": "//", "color": COLORS["exact"]}
        else:
            look = {"color": COLORS[name]}
        x = place + 0.3 * (i - 1)  # so far apart that two numbers have room
        bars += moving(*axes.bar(x, 0 * x, 0.27, label=name, **look))
        notes += moving(*(axes.text(v, 0, "", ha="center", va="bottom", size=8) for v in x))
    axes.set(xticks=place, ylim=(0, 1.3), yticks=[0, 0.5, 1], ylabel="probability")
    axes.set_xticklabels(words)
    axes.legend(loc="upper right", ncols=3, fontsize=9)

    def update(policies):
        for bar, note, value in zip(bars, notes, np.concatenate(policies), strict=True):
            bar.set_height(value)  # a policy that is hidden is nan, and not drawn
            note.set(text=f"{value:.2f}" if np.isfinite(value) else "", y=np.nan_to_num(value))

    return update
