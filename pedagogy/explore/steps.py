"""Explorer of notebook 05: step by step uphill, with the clip and without it."""

from functools import partial

import numpy as np
import torch

from pedagogy import require
from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, moving
from pedagogy.locale import N_, _, ngettext
from pedagogy.maths.policy_losses import clip_fraction

LOG_RATIOS = np.linspace(-2.4, 2.4, 50)  # edges; a ratio of 1 is in the middle of its bar


def explore_steps(with_clip, without, advantages, clip_epsilon, distances):
    """Ratios of all words after each step uphill, with the clip and without it.

    with_clip, without: (S, N), the ratio of each word after 0, 1, 2 … steps; advantages (N,);
    distances: {"with": (S,), "without": (S,)}, KL(old ‖ new) after each step, in nats a word.
    """
    advantages, with_clip, without, clip_epsilon = require.checked(
        "(N words,), (S, N) >= 0, (S, N) >= 0, clip_epsilon > 0",
        advantages=advantages,
        with_clip=with_clip,
        without=without,
        clip_epsilon=clip_epsilon,
    )
    if clip_epsilon >= 1:
        raise ValueError(f"clip_epsilon is {clip_epsilon:g}, but it must be below 1.")
    runs = {"with": with_clip, "without": without}
    distances = _distances(distances, runs)

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
            Control("steps", range(len(runs["with"])), 0, _("steps uphill")),
            Control("clip", (N_("with"), N_("without")), "with", _("the clip")),
        ],
        alt=_("Left: how the ratios of all words spread. Right: KL to the old policy, both runs."),
    )


def _distances(distances, runs):
    """{name: list[S]}, checked: one number for each step of each run."""
    if not isinstance(distances, dict) or set(distances) != set(runs):
        raise TypeError(
            f"distances is {require.said(distances)}, but it must be a dict {{name: (S,)}} for "
            f"{' and '.join(runs)}."
        )
    for name, row in distances.items():
        rows = {name: runs[name].tolist(), f"distances[{name!r}]": row}  # wherever the run is
        require.checked("(S, N), (S,)", **rows)
    return {name: torch.as_tensor(row).tolist() for name, row in distances.items()}


def plot_steps(figure, distances, epsilon):
    """How all words' ratios spread as steps are taken, with and without the clip.

    distances: name -> (S,), how far the policy has gone after each step, in nats a word.
    """
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    left.axvspan(np.log(1 - epsilon), np.log(1 + epsilon), color=COLORS["band"], zorder=-1)
    for edge in (1 - epsilon, 1 + epsilon):
        left.axvline(np.log(edge), color=COLORS["guide"], lw=0.7, zorder=0)
    left.set(xlim=(-2.4, 2.4), yscale="log", ylim=(0.7, 2000), ylabel=_("words"))
    ticks = (0.1, 0.25, 0.5, 1, 2, 4, 10)
    left.set(xticks=np.log(ticks), xlabel=_("ratio (what lies beyond stands at the edge)"))
    left.set_xticklabels([f"{tick:g}" for tick in ticks])
    left.set_yticks([1, 10, 100, 1000], labels=["1", "10", "100", "1000"])
    empty = np.zeros(len(LOG_RATIOS) - 1)
    kinds = (
        (COLORS["chosen"], "-", _("A above 0")),
        (COLORS["rejected"], "--", _("A below 0")),
    )
    shapes = moving(
        *(
            left.stairs(empty, LOG_RATIOS, color=color, ls=style, lw=2, label=label, baseline=0.5)
            for color, style, label in kinds
        )
    )
    left.legend(loc="upper left")
    title = moving(left.set_title(" "))
    styles = ((COLORS["policy"], "-"), (COLORS["rival"], "--"))
    for (name, row), (color, style) in zip(distances.items(), styles, strict=True):
        label = _("with the clip") if name == "with" else _("without the clip")
        right.plot(row, style, color=color, label=label)
    right.set(xlabel=_("steps"), title=_("KL(old ‖ new), nats a word"))
    right.set_yscale("symlog", linthresh=0.001)
    right.set_yticks([0, 0.001, 0.01, 0.1, 1, 10], ["0", "0.001", "0.01", "0.1", "1", "10"])
    right.legend(loc="upper left")
    right.set_ylim(0, 30)
    point = moving(right.plot([0], [0], "o", ms=10, color="black", clip_on=False)[0])

    def update(steps, clip, ratios, good, outside, held):
        logs = np.clip(np.log(np.maximum(ratios, 1e-30)), -2.39, 2.39)
        for shape, kind in zip(shapes, (good, np.logical_not(good)), strict=True):
            shape.set_data(np.maximum(np.histogram(logs[kind], LOG_RATIOS)[0], 0.5))
        if clip == "with":
            taken = ngettext("{n} step with the clip", "{n} steps with the clip", steps)
        else:
            taken = ngettext("{n} step without the clip", "{n} steps without the clip", steps)
        taken = taken.format(n=steps)
        title.set_text(taken)
        point.set_data([steps], [distances[clip][steps]])
        return _(
            "After {taken}: ratios from {low:.2f} to {high:.2f}, {outside:.1%} of "
            "the words outside the band, {held:.1%} held by the clip; KL {kl:.4f} nats a word."
        ).format(
            taken=taken,
            low=min(ratios),
            high=max(ratios),
            outside=outside,
            held=held,
            kl=distances[clip][steps],
        )

    return update
