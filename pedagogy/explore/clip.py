"""Explorers of notebook 05: the clip, at one word and step by step."""

from functools import cache, partial

import numpy as np
import torch

from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, moving
from pedagogy.maths.policy_losses import clip_fraction, clipped_surrogate_loss

# Steps of 0.06 from 1 meet no edge of a band: there a slope would be neither one nor the other.
RATIOS = np.round(np.arange(0.04, 1.97, 0.06), 2)
CURVE = torch.linspace(0.02, 2, 100, dtype=torch.float64)
LOG_RATIOS = np.linspace(-2.4, 2.4, 50)  # edges; a ratio of 1 is in the middle of its bar


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


def plot_clip(figure, ratios):
    """PPO's objective for one word over its ratio, and its slope; a point at the ratio now.

    ratios (N,): where the curves were measured.
    """
    panels = figure.subplots(1, 2)
    names = ("value of the objective", "slope of the objective")
    bands, curves, points = [], [], []
    for axes, name in zip(panels, names, strict=True):
        axes.axhline(0, color="lightgray", lw=1, zorder=0)
        axes.set(xlim=(0, 2), ylim=(-2.1, 2.1), xlabel="ratio: new probability / old")
        axes.set_title(name)
        bands.append([axes.axvline(1, ymax=0.8, color="black", lw=1, ls=":") for _ in range(2)])
        curves.append(
            [
                axes.plot(ratios, ratios, style, color=color, lw=width, label=label)[0]
                for style, color, width, label in (
                    ("-", COLORS["reference"], 1, "ratio × A, no clip"),
                    ("--", COLORS["rejected"], 2, "clip without the min"),
                    ("-", COLORS["policy"], 3, "PPO: the min of both"),
                )
            ]
        )
        points.append(axes.plot([1], [0], "o", ms=11, color=COLORS["policy"], mec="white")[0])
    moving(*(artist for rows in (*bands, *curves) for artist in rows), *points)
    panels[0].set_ylim(-2.1, 2.9)
    panels[0].legend(loc="upper left", fontsize=9, ncols=2)

    def update(ratio, advantage, epsilon, plain, unguarded, ppo, here, unguarded_here):
        rows = (plain, unguarded, ppo)
        for i in range(2):  # the value, then the slope
            for edge, place in zip(bands[i], (1 - epsilon, 1 + epsilon), strict=True):
                edge.set_xdata([place, place])
            for curve, row in zip(curves[i], rows, strict=True):
                curve.set_ydata(row[i])
            points[i].set_data([ratio], [here[i]])
        without = (
            "the same without the min"
            if np.allclose(here, unguarded_here)
            else f"without the min {unguarded_here[0]:.2f} and {unguarded_here[1]:.0f}"
        )
        return (
            f"Ratio {ratio:.2f}, advantage {advantage:+d}, band {1 - epsilon:g} to "
            f"{1 + epsilon:g}: value {here[0]:.2f}, slope {here[1]:.0f}; {without}."
        )

    return update


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


def plot_steps(figure, distances, epsilon):
    """How all words' ratios spread as steps are taken, with and without the clip.

    distances: name -> (S,), how far the policy has gone after each step, in nats a word.
    """
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    left.axvspan(np.log(1 - epsilon), np.log(1 + epsilon), color="whitesmoke", zorder=-1)
    left.set(xlim=(-2.4, 2.4), yscale="log", ylim=(0.7, 2000), ylabel="words")
    ticks = (0.1, 0.25, 0.5, 1, 2, 4, 10)
    left.set(xticks=np.log(ticks), xlabel="ratio (what lies beyond stands at the edge)")
    left.set_xticklabels([f"{tick:g}" for tick in ticks])
    left.set_yticks([1, 10, 100, 1000], labels=["1", "10", "100", "1000"])
    empty = np.zeros(len(LOG_RATIOS) - 1)
    kinds = ((COLORS["chosen"], "-", "advantage above 0"), (COLORS["rejected"], "--", "below 0"))
    shapes = moving(
        *(
            left.stairs(empty, LOG_RATIOS, color=color, ls=style, lw=2, label=label, baseline=0.5)
            for color, style, label in kinds
        )
    )
    left.legend(loc="upper left", fontsize=9)
    title = moving(left.set_title(" "))
    styles = ((COLORS["policy"], "-"), (COLORS["rejected"], "--"))
    for (name, row), (color, style) in zip(distances.items(), styles, strict=True):
        right.plot(row, style, color=color, label=f"{name} the clip")
    right.set(xlabel="steps", title="KL(old ‖ new), nats a word")
    right.set_yscale("symlog", linthresh=0.001)
    right.set_yticks([0, 0.001, 0.01, 0.1, 1, 10], ["0", "0.001", "0.01", "0.1", "1", "10"])
    right.legend(loc="upper left", fontsize=9)
    right.set_ylim(0, 30)
    point = moving(right.plot([0], [0], "o", ms=10, color="black", clip_on=False)[0])

    def update(steps, clip, ratios, good, outside, held):
        logs = np.clip(np.log(np.maximum(ratios, 1e-30)), -2.39, 2.39)
        for shape, kind in zip(shapes, (good, np.logical_not(good)), strict=True):
            shape.set_data(np.maximum(np.histogram(logs[kind], LOG_RATIOS)[0], 0.5))
        taken = f"{steps} step{'s' * (steps != 1)} {clip} the clip"
        title.set_text(taken)
        point.set_data([steps], [distances[clip][steps]])
        return (
            f"After {taken}: ratios from {min(ratios):.2f} to {max(ratios):.2f}, {outside:.1%} of "
            f"the words outside the band, {held:.1%} held by the clip; "
            f"KL {distances[clip][steps]:.4f} nats a word."
        )

    return update
