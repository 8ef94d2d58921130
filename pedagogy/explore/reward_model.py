"""Explorers of notebook 04: what a choice costs, and how sure a judge is."""

from functools import partial

import numpy as np
import torch

from pedagogy import require
from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, MARKS, moving
from pedagogy.locale import _
from pedagogy.maths.measures import calibration, pair_accuracy
from pedagogy.maths.preference_losses import reward_model_loss

GAPS = np.round(np.arange(-6, 6.01, 0.25), 2)
SCALES = np.round(np.arange(0.1, 3.01, 0.1), 1)
BINS = 5


def explore_surprise():
    """One pair: what the human's choice costs, and how much it weighs, by the gap of the scores."""

    def compute(gap):
        score = torch.tensor([float(gap)], requires_grad=True)
        loss = reward_model_loss(score, torch.zeros(1))
        loss.backward()
        return {"gap": gap, "loss": loss.item(), "gradient_weight": -score.grad.item()}

    points = [compute(gap) for gap in GAPS]
    losses, weights = ([one[name] for one in points] for name in ("loss", "gradient_weight"))
    return Explorer(
        compute,
        partial(plot_surprise, gaps=GAPS, losses=losses, weights=weights),
        [Control("gap", GAPS, 3.0, _("gap of the scores"), "{:.2f}")],
        alt=_("Left: loss of a pair over the gap of its scores. Right: its gradient weight."),
    )


def plot_surprise(figure, gaps, losses, weights):
    """The loss of one pair over the gap of its scores, and the pair's gradient weight.

    gaps, losses, weights: (N,).
    """
    left, right = figure.subplots(1, 2)
    panels = (
        (left, losses, _("loss of the pair: -log σ(gap)")),
        (right, weights, _("gradient weight of the pair")),
    )
    dots, notes = [], []
    for axes, row, title in panels:
        axes.axvspan(gaps[0], 0, color=COLORS["band"], zorder=0)
        axes.axvline(0, color=COLORS["guide"], lw=0.7, zorder=0)
        axes.plot(gaps, row, color=COLORS["judge"])
        axes.set(xlim=(gaps[0], gaps[-1]), ylim=(-0.03 * max(row), 1.05 * max(row)), title=title)
        axes.set_xlabel(_("score of the chosen minus score of the rejected"))
        look = {"ms": 10, "color": COLORS["judge"], "clip_on": False}  # whole at both ends
        dots.append(moving(axes.plot([0], [0], MARKS["judge"], **look)[0]))
        style = {"transform": axes.transAxes, "va": "top", "ha": "right", "size": 16}
        notes.append(moving(axes.text(0.97, 0.95, "", **style)))
    right.text(gaps[0] + 0.2, 0.02, _("shaded: the rejected\none scores higher"))
    left.plot([gaps[0], 0], [np.log(2)] * 2, ":", color=COLORS["exact"], lw=1)
    left.text(gaps[0] + 0.2, np.log(2) + 0.1, "log 2 = 0.6931")

    def update(gap, loss, gradient_weight):
        for dot, note, value in zip(dots, notes, (loss, gradient_weight), strict=True):
            dot.set_data([gap], [value])
            note.set_text(f"{value:.3f}")
        return _(
            "Gap {gap:g}: the choice had probability {probability:.3f}, so the loss is {loss:.3f}, "
            "and the gradient weight of the pair is {weight:.3f}."
        ).format(gap=gap, probability=1 - gradient_weight, loss=loss, weight=gradient_weight)

    return update


def explore_calibration(chosen_scores, rejected_scores):
    """How sure a judge is, and how often it is right, when all its scores are scaled.

    chosen_scores, rejected_scores: (N,), of pairs that the judge has not been taught with.
    """
    chosen_scores, rejected_scores = require.checked(
        "(N pairs,), (N,)", chosen_scores=chosen_scores, rejected_scores=rejected_scores
    )

    def compute(scale):
        chosen, rejected = scale * chosen_scores, scale * rejected_scores
        bins = calibration(chosen, rejected, bins=BINS)
        expected = bins.predicted  # of an empty bin: nan, and so is its error
        errors = np.sqrt(expected * (1 - expected) / np.maximum(bins.counts, 1))
        return {
            "scale": scale,
            "predicted": bins.predicted.tolist(),
            "observed": bins.observed.tolist(),
            "errors": errors.tolist(),
            "pairs": bins.counts.tolist(),
            "loss": reward_model_loss(chosen, rejected).item(),
            "accuracy": pair_accuracy(chosen, rejected),
        }

    losses = [compute(scale)["loss"] for scale in SCALES]
    return Explorer(
        compute,
        partial(plot_calibration, scales=SCALES, losses=losses),
        [Control("scale", SCALES, 1.0, _("scores multiplied by"), "{:.1f}")],
        alt=_("Left: the judge's probabilities against shares of choices. Right: loss over scale."),
    )


def plot_calibration(figure, scales, losses):
    """How sure a judge is against how often it is right; the loss over the scale of its scores.

    scales, losses: (N,). The bars show how far chance alone may take the dots from the line.
    """
    left, right = figure.subplots(1, 2)
    left.plot([0.5, 1], [0.5, 1], color=COLORS["guide"])
    left.set(
        xlim=(0.49, 1.02), ylim=(0.1, 1.05), xlabel=_("the judge's probability for its favourite")
    )
    left.set_title(_("how often the judge's favourite was chosen"))
    dots = moving(
        *(left.plot([], [], MARKS["judge"], color=COLORS["judge"])[0] for i in range(BINS))
    )
    bars = moving(*(left.plot([], [], "-", lw=1.5, color=COLORS["judge"])[0] for dot in dots))
    counts = moving(*(left.text(0, 0, "", ha="center", va="top") for dot in dots))
    right.plot(scales, losses, color=COLORS["judge"])
    right.axhline(np.log(2), color=COLORS["exact"], lw=1, ls=":")
    right.text(1.2, np.log(2), _("log 2: no opinion"), ha="center", va="bottom")
    right.set(
        xlim=(0, 1.05 * scales[-1]),
        xlabel=_("scores multiplied by"),
        title=_("loss on pairs never seen"),
    )
    right.set_ylim(min(losses) - 0.05, max(*losses, np.log(2)) + 0.05)
    here = moving(right.plot([], [], MARKS["judge"], ms=10, color=COLORS["judge"])[0])

    def update(scale, predicted, observed, errors, pairs, loss, accuracy):
        for i, dot in enumerate(dots):
            low, high = observed[i] - errors[i], observed[i] + errors[i]
            dot.set_data([predicted[i]], [observed[i]])  # of an empty bin: nan, not drawn
            bars[i].set_data([predicted[i]] * 2, [low, high])
            if pairs[i]:
                counts[i].set_position((predicted[i], low - 0.015))
            counts[i].set_text(f"{pairs[i]}" if pairs[i] else "")
        here.set_data([scale], [loss])
        return _(
            "Scores times {scale:g}: loss {loss:.3f}; the favourite is chosen in {accuracy:.1%} "
            "of the pairs, whatever the scale."
        ).format(scale=scale, loss=loss, accuracy=accuracy)

    return update
