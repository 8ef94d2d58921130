"""Explorers of notebook 02: two scores become one probability, and comparisons become scores."""

from functools import cache, partial

import numpy as np
import torch

from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, moving
from pedagogy.maths.bradley_terry import (
    bradley_terry_probability,
    fit_scores,
    proportional_probability,
    simulate_comparisons,
)

HIDDEN = (-2.0, -1.5, -0.5, 0.0, 0.5, 1.0, 2.5)  # mean zero, like the scores that are recovered
COUNTS = (10, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 2000, 3000, 5000, 10_000)


def explore_two_rules():
    """The share of the scores and Bradley-Terry's probability, for any two scores."""

    def compute(score_a, score_b):
        share, probability = _both_rules(score_a, score_b)
        return dict(score_a=score_a, score_b=score_b, share=share, probability=probability)

    return Explorer(
        compute,
        plot_two_rules,
        [
            Control("score_a", range(-5, 11), 5, "score of A"),
            Control("score_b", range(-5, 11), 2, "score of B"),
        ],
        alt="Left: each answer's share of the scores. Right: Bradley-Terry's curve and a point.",
    )


def plot_two_rules(figure):
    """The share rule's two shares beside Bradley-Terry's probability, for two scores."""
    left, right = figure.subplots(1, 2)
    left.axvspan(0, 1, color="whitesmoke")
    left.axvline(0, color="gray", lw=1)
    left.axvline(1, color="gray", lw=1)
    left.set(xlim=(-2.2, 3.2), ylim=(-0.6, 1.6), yticks=[0, 1], xlabel="share (gray band: 0 to 1)")
    left.set_yticklabels(["B", "A"])
    left.set_title("first idea: a share of the scores")
    bars = moving(*left.barh([1, 0], [0, 0], height=0.5, color=COLORS["human"]))
    notes = moving(left.text(0, 1.36, "", va="center"), left.text(0, 0.36, "", va="center"))
    point, label = moving(*_sigmoid_panel(right, reach=16))

    def update(score_a, score_b, share, probability):
        for bar, note, value in zip(bars, notes, (share, 1 - share), strict=True):
            bar.set_width(np.clip(value, -2.2, 3.2) if np.isfinite(value) else 0)
            wrong = "" if 0 <= value <= 1 else "  not a probability!"
            wrong += "  »" if value > 3.2 else "  «" if value < -2.2 else ""  # longer than the bar
            note.set_text(_share(value) + wrong)
        _move_point(point, label, score_a - score_b, probability)
        return (
            f"Scores {score_a:g} and {score_b:g}: the share of A is {_share(share)}; "
            f"by Bradley-Terry A beats B with probability {probability:.3f}."
        )

    return update


def explore_shift_scale(score_a=5.0, score_b=2.0):
    """The story's two scores, shifted and scaled: one rule minds the shift, one does not."""

    def compute(shift, scale):
        a, b = scale * score_a + shift, scale * score_b + shift
        share, probability = _both_rules(a, b)
        return dict(shift=shift, scale=scale, score_a=a, score_b=b, share_a=share,
                    probability=probability)  # fmt: skip

    return Explorer(
        compute,
        plot_shift_scale,
        [
            Control("shift", range(-8, 9), 0, "shift"),
            Control("scale", np.arange(0, 3.1, 0.25), 1.0, "scale", "{:.2f}"),
        ],
        alt="Left: two scores on a line. Right: Bradley-Terry's curve over their difference.",
    )


def plot_shift_scale(figure):
    """Two scores on a line, shifted and scaled, and what each rule makes of them."""
    left, right = figure.subplots(1, 2)
    left.set(xlim=(-9, 24), ylim=(-0.6, 1.6), yticks=[0, 1], xlabel="score")
    left.set_yticklabels(["banana", "time"])
    left.set_title("scale × score + shift")
    left.axvline(0, color="lightgray", lw=1)
    left.plot([5, 2], [1, 0], "o", ms=13, mfc="none", mec=COLORS["reference"])
    dots = moving(*(left.plot([0], [y], "o", ms=10, color=COLORS["human"])[0] for y in (1, 0)))
    names = moving(*(left.text(0, y - 0.3, "", ha="center") for y in (1, 0)))
    point, label = moving(*_sigmoid_panel(right, reach=10))
    right.set(ylabel="P(time beats banana)", xlabel="difference of the scores", title="")
    right.set_xticks([-10, -5, 0, 5, 10])
    title = moving(right.set_title(" "))

    def update(shift, scale, score_a, score_b, share_a, probability):
        for dot, name, score in zip(dots, names, (score_a, score_b), strict=True):
            dot.set_xdata([score])
            name.set(text=f"{score:g}", x=score)
        title.set_text(f"share rule {_share(share_a)}   Bradley-Terry {probability:.3f}")
        _move_point(point, label, score_a - score_b, probability)
        return (
            f"Shift {shift:g}, scale {scale:g}: scores {score_a:g} and {score_b:g}; share of "
            f"“time” {_share(share_a)}, Bradley-Terry {probability:.3f}."
        )

    return update


def _both_rules(score_a, score_b):
    share = float(proportional_probability(score_a, score_b))
    return share, float(bradley_terry_probability(score_a, score_b))


def _share(value):
    return f"{value:.3f}" if np.isfinite(value) else "undefined"


def _sigmoid_panel(axes, reach):
    """The curve of Bradley-Terry over the difference of two scores, and a point on it."""
    gap = np.linspace(-reach, reach, 301)
    axes.plot(gap, 1 / (1 + np.exp(-gap)), color=COLORS["chosen"])
    axes.axvline(0, color="lightgray", lw=1, zorder=0)
    axes.axhline(0.5, color="lightgray", lw=1, zorder=0)
    axes.set(xlim=(-reach, reach), ylim=(-0.03, 1.12), xlabel="score of A minus score of B")
    axes.set_title("Bradley-Terry: P(A beats B)")
    point = axes.plot([0], [0.5], "o", ms=10, color=COLORS["chosen"])[0]
    return point, axes.text(0.03, 0.95, "", transform=axes.transAxes, va="top", size=16)


def _move_point(point, label, gap, probability):
    point.set_data([gap], [probability])
    label.set_text(f"{probability:.3f}")


def explore_recovery(hidden=HIDDEN, most=10_000):
    """Hidden scores, found again from more and more comparisons."""

    truth = torch.tensor(hidden)

    @cache
    def history(dice):
        winners, losers = simulate_comparisons(hidden, most, seed=dice)
        fits = [fit_scores(winners[:n], losers[:n], len(hidden), prior=0.1) for n in COUNTS]
        errors = [float((fit - truth).square().mean().sqrt()) for fit in fits]
        return fits, errors

    throws = range(1, 9)
    mean_errors = np.mean([history(dice)[1] for dice in throws], axis=0)

    def compute(n, dice):
        fits, errors = history(dice)
        i = COUNTS.index(n)
        return {
            "n": n,
            "hidden": hidden,
            "recovered": fits[i].tolist(),
            "errors": errors,
            "error": errors[i],
        }

    return Explorer(
        compute,
        partial(plot_recovery, counts=COUNTS, mean_errors=mean_errors),
        [
            Control("n", COUNTS, 30, "comparisons", "{:,}"),
            Control("dice", throws, 1, "throw of the dice"),
        ],
        alt="Left: recovered against hidden scores. Right: the error as comparisons add up.",
    )


def plot_recovery(figure, counts, mean_errors):
    """Scores found from comparisons against the hidden ones, and the error as they add up.

    counts (N,), and over all throws of the dice mean_errors (N,).
    """
    left, right = figure.subplots(1, 2)
    left.axline((0, 0), slope=1, color="lightgray")
    left.set(xlim=(-4, 4), ylim=(-4, 4), xlabel="hidden score", ylabel="recovered score")
    dots = moving(left.plot([], [], "o", ms=8, color=COLORS["policy"])[0])
    title = moving(left.set_title(" "))
    right.set(xscale="log", yscale="log", xlabel="comparisons", ylabel="typical error of a score")
    right.plot(counts, mean_errors, "-", lw=4, color="lightgray", label="mean of all throws")
    right.legend(loc="lower left")
    curve = moving(right.plot([], [], "-", color=COLORS["policy"])[0])
    here = moving(right.plot([], [], "o", ms=10, color=COLORS["policy"])[0])
    note = moving(
        right.text(0.97, 0.95, "", transform=right.transAxes, va="top", ha="right", size=16)
    )
    right.set(xlim=(8, 13000), ylim=(0.02, 3), yticks=[0.03, 0.1, 0.3, 1, 3])
    right.set_yticklabels(["0.03", "0.1", "0.3", "1", "3"])
    right.minorticks_off()

    def update(n, hidden, recovered, errors, error):
        dots.set_data(hidden, recovered)
        title.set_text(f"{n:,} comparisons")
        curve.set_data(counts, errors)
        here.set_data([n], [error])
        note.set_text(f"{error:.2f}")
        return f"From {n:,} comparisons, a score is typically {error:.2f} away from the hidden one."

    return update
