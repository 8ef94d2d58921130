"""Explorers of notebook 02: two scores become one probability, and comparisons become scores."""

from functools import cache, partial

import numpy as np
import torch

from pedagogy.explorer import Control, Explorer
from pedagogy.maths.bradley_terry import (
    bradley_terry_probability,
    fit_scores,
    proportional_probability,
    simulate_comparisons,
)
from pedagogy.plots.scores import plot_recovery, plot_shift_scale, plot_two_rules

HIDDEN = (-2.0, -1.5, -0.5, 0.0, 0.5, 1.0, 2.5)  # mean zero, like the scores that are recovered
COUNTS = (10, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 2000, 3000, 5000, 10_000)


def _both_rules(score_a, score_b):
    share = float(proportional_probability(score_a, score_b))
    return share, float(bradley_terry_probability(score_a, score_b))


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
