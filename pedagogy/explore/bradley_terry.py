"""Explorers of notebook 02: two scores become one probability."""

import numpy as np

from pedagogy import require
from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, MARKS, moving
from pedagogy.locale import _
from pedagogy.maths.bradley_terry import bradley_terry_probability, proportional_probability


def explore_two_rules():
    """The share of the scores and Bradley-Terry's probability, for any two scores."""

    def compute(score_a, score_b):
        share, probability = _both_rules(score_a, score_b)
        return dict(score_a=score_a, score_b=score_b, share=share, probability=probability)

    return Explorer(
        compute,
        plot_two_rules,
        [
            Control("score_a", range(-5, 11), 5, _("score of A")),
            Control("score_b", range(-5, 11), 2, _("score of B")),
        ],
        alt=_("Left: each answer's share of the scores. Right: Bradley-Terry's curve and a point."),
    )


def plot_two_rules(figure):
    """The share rule's two shares beside Bradley-Terry's probability, for two scores."""
    left, right = figure.subplots(1, 2)
    left.axvspan(0, 1, color=COLORS["band"])
    left.axvline(0, color=COLORS["guide"], lw=0.7)
    left.axvline(1, color=COLORS["guide"], lw=0.7)
    left.set(xlim=(-2.2, 3.2), ylim=(-0.6, 1.6), yticks=[0, 1], xlabel=_("share (band: 0 to 1)"))
    left.set_yticklabels(["B", "A"])
    left.set_title(_("first idea: a share of the scores"))
    bars = moving(*left.barh([1, 0], [0, 0], height=0.5, color=COLORS["human"]))
    notes = moving(left.text(0, 1.36, "", va="center"), left.text(0, 0.36, "", va="center"))
    point, label = moving(*_sigmoid_panel(right, reach=16))

    def update(score_a, score_b, share, probability):
        for bar, note, value in zip(bars, notes, (share, 1 - share), strict=True):
            bar.set_width(np.clip(value, -2.2, 3.2) if np.isfinite(value) else 0)
            wrong = "" if 0 <= value <= 1 else "  " + _("not a probability!")
            wrong += "  »" if value > 3.2 else "  «" if value < -2.2 else ""  # longer than the bar
            note.set_text(_share(value) + wrong)
        _move_point(point, label, score_a - score_b, probability)
        return _(
            "Scores {score_a:g} and {score_b:g}: the share of A is {share}; "
            "by Bradley-Terry A beats B with probability {probability:.3f}."
        ).format(score_a=score_a, score_b=score_b, share=_share(share), probability=probability)

    return update


def explore_shift_scale(score_a=5.0, score_b=2.0):
    """The story's two scores, shifted and scaled: one rule minds the shift, one does not."""
    score_a, score_b = require.number(score_a=score_a, score_b=score_b)
    if max(abs(score_a), abs(score_b)) > 100:
        raise ValueError(
            f"score_a and score_b are {score_a:g} and {score_b:g}, but must be from -100 to 100."
        )

    def compute(shift, scale):
        a, b = scale * score_a + shift, scale * score_b + shift
        share, probability = _both_rules(a, b)
        return dict(shift=shift, scale=scale, score_a=a, score_b=b, share_a=share,
                    probability=probability)  # fmt: skip

    return Explorer(
        compute,
        plot_shift_scale,
        [
            Control("shift", range(-8, 9), 0, _("shift")),
            Control("scale", np.arange(0, 3.1, 0.25), 1.0, _("scale"), "{:.2f}"),
        ],
        alt=_("Left: two scores on a line. Right: Bradley-Terry's curve over their difference."),
    )


def plot_shift_scale(figure):
    """Two scores on a line, shifted and scaled, and what each rule makes of them."""
    left, right = figure.subplots(1, 2)
    left.set(xlim=(-9, 24), ylim=(-0.6, 1.6), yticks=[0, 1], xlabel=_("score"))
    left.set_yticklabels(["banana", "time"])
    left.set_title(_("scale × score + shift"))
    left.axvline(0, color=COLORS["guide"], lw=0.7)
    left.plot([5, 2], [1, 0], MARKS["human"], ms=20, mfc="none", mec=COLORS["reference"])
    dots = moving(
        *(left.plot([0], [y], MARKS["human"], ms=14, color=COLORS["human"])[0] for y in (1, 0))
    )
    names = moving(*(left.text(0, y - 0.3, "", ha="center") for y in (1, 0)))
    point, label = moving(*_sigmoid_panel(right, reach=10))
    right.set(ylabel=_("P(time beats banana)"), xlabel=_("difference of the scores"), title="")
    right.set_xticks([-10, -5, 0, 5, 10])
    title = moving(right.set_title(" "))

    def update(shift, scale, score_a, score_b, share_a, probability):
        for dot, name, score in zip(dots, names, (score_a, score_b), strict=True):
            dot.set_xdata([score])
            name.set(text=f"{score:g}", x=score)
        title.set_text(
            _("share rule {share}   Bradley-Terry {probability:.3f}").format(
                share=_share(share_a), probability=probability
            )
        )
        _move_point(point, label, score_a - score_b, probability)
        return _(
            "Shift {shift:g}, scale {scale:g}: scores {score_a:g} and {score_b:g}; share of "
            "“time” {share}, Bradley-Terry {probability:.3f}."
        ).format(
            shift=shift,
            scale=scale,
            score_a=score_a,
            score_b=score_b,
            share=_share(share_a),
            probability=probability,
        )

    return update


def _both_rules(score_a, score_b):
    share = float(proportional_probability(score_a, score_b))
    return share, float(bradley_terry_probability(score_a, score_b))


def _share(value):
    return f"{value:.3f}" if np.isfinite(value) else _("undefined")


def _sigmoid_panel(axes, reach):
    """The curve of Bradley-Terry over the difference of two scores, and a point on it."""
    gap = np.linspace(-reach, reach, 301)
    axes.plot(gap, 1 / (1 + np.exp(-gap)), color=COLORS["chosen"])
    axes.axvline(0, color=COLORS["guide"], lw=0.7, zorder=0)
    axes.axhline(0.5, color=COLORS["guide"], lw=0.7, zorder=0)
    axes.set(xlim=(-reach, reach), ylim=(-0.03, 1.12), xlabel=_("score of A minus score of B"))
    axes.set_title(_("Bradley-Terry: P(A beats B)"))
    point = axes.plot([0], [0.5], MARKS["chosen"], ms=10, color=COLORS["chosen"])[0]
    return point, axes.text(0.03, 0.95, "", transform=axes.transAxes, va="top", size=16)


def _move_point(point, label, gap, probability):
    point.set_data([gap], [probability])
    label.set_text(f"{probability:.3f}")
