"""Explorers of notebook 04: how good a judge becomes by which labels."""

from functools import partial

import numpy as np

from pedagogy.explore.runs import read_runs
from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, MARKS, moving
from pedagogy.locale import _

REACH = 6.5  # of a true reward


def explore_label_count():
    """Measured judges: what they predict, by the number of labels they were taught with."""
    kept = read_runs("labels")
    counts, ceilings = kept["counts"], dict(zip(kept["sharpness"], kept["ceilings"], strict=True))
    runs, seeds, mean = _table(kept, "n", counts, sharpness=1.0)

    def compute(n, seed):
        shown = _shown(kept["rewards"], runs, seed, counts, n)
        return shown | {"n": n, "seed": seed}

    return Explorer(
        compute,
        partial(plot_label_count, counts=counts, mean_accuracies=mean, ceiling=ceilings[1.0]),
        [
            Control("n", counts, 50, _("labels")),
            Control("seed", seeds, 1, _("seed")),
        ],
        alt=_("Left: a judge's scores over true rewards. Right: predicted choices over labels."),
    )


def plot_label_count(figure, counts, mean_accuracies, ceiling):
    """A judge's scores over true rewards, and the accuracy as the labels add up.

    counts (N,); mean_accuracies (N,) over all seeds; ceiling: the best there can be.
    """
    left, right = figure.subplots(1, 2)
    dots, title = _scores_panel(left)
    settings = {"xlim": (8, 2500), "ylim": (0.45, 0.9), "xlabel": _("labels")}
    curve, here = _accuracy_panel(right, counts, mean_accuracies, **settings)
    right.axhline(ceiling, color=COLORS["exact"], lw=1, ls="--")
    right.text(8.5, ceiling + 0.008, _("knowing the true taste"))
    right.axhline(0.5, color=COLORS["exact"], lw=1, ls=":")
    right.text(2500, 0.507, _("tossing a coin"), ha="right")

    def update(n, seed, rewards, scores, accuracies, accuracy, correlation):
        dots.set_data(rewards, scores)
        title.set_text(
            _("{n} labels: correlation {correlation:.2f}").format(n=n, correlation=correlation)
        )
        curve.set_data(counts, accuracies)
        here.set_data([n], [accuracy])
        return _(
            "Taught with {n} labels (seed {seed}), the judge predicts {accuracy:.1%} of the "
            "choices; knowing the true taste would give {ceiling:.1%}."
        ).format(n=n, seed=seed, accuracy=accuracy, ceiling=ceiling)

    return update


def explore_sharpness():
    """Measured judges, taught by humans whose choices follow their taste more or less sharply."""
    kept = read_runs("labels")
    sharpness, ceilings = kept["sharpness"], kept["ceilings"]
    runs, seeds, mean = _table(kept, "sharpness", sharpness, n=kept["among"])

    def compute(sharp, seed):
        shown = _shown(kept["rewards"], runs, seed, sharpness, sharp)
        ceiling = ceilings[sharpness.index(sharp)]
        return shown | {"sharp": sharp, "seed": seed, "ceiling": ceiling}

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
            Control("sharp", sharpness, 1.0, _("sharpness")),
            Control("seed", seeds, 1, _("seed")),
        ],
        alt=_("Left: a judge's scores over true rewards. Right: predicted choices over sharpness."),
    )


def plot_sharpness(figure, sharpness, mean_accuracies, ceilings, labels):
    """A judge's scores over true rewards, and accuracy and ceiling over the human's sharpness.

    sharpness, mean_accuracies, ceilings: (N,); labels: how many the judges were taught with.
    """
    left, right = figure.subplots(1, 2)
    dots, title = _scores_panel(left)
    slope = moving(left.plot([], [], "--", lw=1, color=COLORS["human"])[0])
    slope.set_label(_("sharpness × true reward"))
    left.legend(handles=[slope], loc="lower right")
    settings = {"xlim": (0.2, 5), "ylim": (0.45, 1), "xlabel": _("sharpness of the human")}
    curve, here = _accuracy_panel(right, sharpness, mean_accuracies, **settings)
    right.plot(sharpness, ceilings, "--", lw=1, color=COLORS["exact"])
    right.text(0.95, ceilings[2] + 0.02, _("knowing the true taste"), ha="right")

    def update(sharp, seed, rewards, scores, accuracies, accuracy, ceiling, correlation):
        dots.set_data(rewards, scores)
        ends = np.array([-5, REACH])
        slope.set_data(ends, sharp * (ends - np.mean(rewards)))
        title.set_text(
            _("{n} labels: correlation {correlation:.2f}").format(n=labels, correlation=correlation)
        )
        curve.set_data(sharpness, accuracies)
        here.set_data([sharp], [accuracy])
        return _(
            "Sharpness {sharp:g} (seed {seed}): the judge predicts {accuracy:.1%} of this "
            "human's choices; knowing the true taste would give {ceiling:.1%}."
        ).format(sharp=sharp, seed=seed, accuracy=accuracy, ceiling=ceiling)

    return update


def _table(kept, axis, values, **same):
    """Runs by (seed, value), the seeds, and the accuracy by value as the mean of all seeds."""
    runs = [run for run in kept["runs"] if all(run[name] == same[name] for name in same)]
    runs = {(run["seed"], run[axis]): run for run in runs}
    seeds = sorted({seed for seed, value in runs})
    rows = [[runs[seed, value]["accuracy"] for value in values] for seed in seeds]
    return runs, seeds, np.mean(rows, axis=0)


def _shown(rewards, runs, seed, values, value):
    """What both pictures of measured judges show; the mean score is put at zero."""
    run = runs[seed, value]
    return {
        "rewards": rewards,
        "scores": (np.array(run["scores"]) - np.mean(run["scores"])).tolist(),
        "accuracies": [runs[seed, each]["accuracy"] for each in values],
        "accuracy": run["accuracy"],
        "correlation": run["correlation"],
    }


def _scores_panel(axes):
    """A judge's scores over true rewards, tale by tale: the dots, and a title that moves."""
    axes.axhline(0, color=COLORS["guide"], lw=0.7, zorder=0)
    axes.set(xlim=(-5, REACH), ylim=(-17, 17), xlabel=_("true reward of a tale"))
    axes.set_ylabel(_("the judge's score"))
    dots = moving(axes.plot([], [], MARKS["judge"], ms=6, color=COLORS["judge"])[0])
    dots.set(mec=COLORS["paper"], mew=0.5)
    return dots, moving(axes.set_title(" "))


def _accuracy_panel(axes, places, means, **settings):
    """Choices predicted, at each place on a log axis: this seed's curve and dot, which move."""
    axes.set(xscale="log", title=_("choices predicted, in pairs never seen"), **settings)
    axes.set_xticks(places, [f"{place:g}" for place in places])
    axes.minorticks_off()
    axes.plot(places, means, lw=4, color=COLORS["guide"], label=_("mean of all seeds"))
    curve = moving(axes.plot([], [], "-", color=COLORS["judge"], label=_("this seed"))[0])
    here = moving(axes.plot([], [], MARKS["judge"], ms=10, color=COLORS["judge"])[0])
    axes.legend(loc="center right", bbox_to_anchor=(1, 0.35))
    return curve, here
