"""Explorers of notebook 04: what a choice costs, and how good a judge becomes by which labels."""

from functools import partial

import numpy as np
import torch

from pedagogy.explore.runs import read_runs
from pedagogy.explorer import Control, Explorer
from pedagogy.maths.measures import calibration, pair_accuracy
from pedagogy.maths.preference_losses import reward_model_loss
from pedagogy.plots.reward_model import (
    plot_calibration,
    plot_label_count,
    plot_sharpness,
    plot_surprise,
)

GAPS = np.round(np.arange(-6, 6.01, 0.25), 2)
SCALES = np.round(np.arange(0.1, 3.01, 0.1), 1)
BINS = 5


def explore_surprise():
    """One pair: what the human's choice costs, and how hard it pulls, by the gap of the scores."""

    def compute(gap):
        score = torch.tensor([float(gap)], requires_grad=True)
        loss = reward_model_loss(score, torch.zeros(1))
        loss.backward()
        return {"gap": gap, "loss": loss.item(), "pull": -score.grad.item()}

    points = [compute(gap) for gap in GAPS]
    losses, pulls = ([point[name] for point in points] for name in ("loss", "pull"))
    return Explorer(
        compute,
        partial(plot_surprise, gaps=GAPS, losses=losses, pulls=pulls),
        [Control("gap", GAPS, 0.0, "gap of the scores", "{:.2f}")],
        alt="Left: loss of a pair over the gap of its scores. Right: the pull on the gap.",
    )


def explore_calibration(chosen_scores, rejected_scores):
    """How sure a judge is, and how often it is right, when all its scores are scaled.

    chosen_scores, rejected_scores: (N,), of pairs that the judge has not been taught with.
    """

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
        [Control("scale", SCALES, 1.0, "scores multiplied by", "{:.1f}")],
        alt="Left: the judge's probabilities against shares of choices. Right: loss over scale.",
    )


def explore_label_count():
    """Measured judges: what they foretell, by the number of labels they were taught with."""
    kept = read_runs("labels")
    counts, ceilings = kept["counts"], dict(zip(kept["sharpness"], kept["ceilings"], strict=True))
    runs, throws, mean = _table(kept, "n", counts, sharpness=1.0)

    def compute(n, throw):
        shown = _shown(kept["rewards"], runs, throw, counts, n)
        return shown | {"n": n, "throw": throw}

    return Explorer(
        compute,
        partial(plot_label_count, counts=counts, mean_accuracies=mean, ceiling=ceilings[1.0]),
        [
            Control("n", counts, 50, "labels"),
            Control("throw", throws, 1, "throw of the dice"),
        ],
        alt="Left: a judge's scores over true rewards. Right: choices foretold over labels.",
    )


def explore_sharpness():
    """Measured judges, taught by humans whose choices follow their taste more or less sharply."""
    kept = read_runs("labels")
    sharpness, ceilings = kept["sharpness"], kept["ceilings"]
    runs, throws, mean = _table(kept, "sharpness", sharpness, n=kept["among"])

    def compute(sharp, throw):
        shown = _shown(kept["rewards"], runs, throw, sharpness, sharp)
        ceiling = ceilings[sharpness.index(sharp)]
        return shown | {"sharp": sharp, "throw": throw, "ceiling": ceiling}

    return Explorer(
        compute,
        partial(
            plot_sharpness,
            sharpness=sharpness,
            mean_accuracies=mean,
            ceilings=ceilings,
            labels=kept["among"],
        ),
        [
            Control("sharp", sharpness, 1.0, "sharpness"),
            Control("throw", throws, 1, "throw of the dice"),
        ],
        alt="Left: a judge's scores over true rewards. Right: choices foretold over sharpness.",
    )


def _table(kept, axis, values, **same):
    """Runs by (throw, value), the throws, and the accuracy by value as the mean of all throws."""
    runs = [run for run in kept["runs"] if all(run[name] == same[name] for name in same)]
    runs = {(run["throw"], run[axis]): run for run in runs}
    throws = sorted({throw for throw, _ in runs})
    rows = [[runs[throw, value]["accuracy"] for value in values] for throw in throws]
    return runs, throws, np.mean(rows, axis=0)


def _shown(rewards, runs, throw, values, value):
    """What both pictures of measured judges show; the mean score is put at zero."""
    run = runs[throw, value]
    return {
        "rewards": rewards,
        "scores": (np.array(run["scores"]) - np.mean(run["scores"])).tolist(),
        "accuracies": [runs[throw, each]["accuracy"] for each in values],
        "accuracy": run["accuracy"],
        "correlation": run["correlation"],
    }
