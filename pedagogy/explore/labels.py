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
    return _explore(kept, Control("n", kept["counts"], 50, _("labels")), sharpness=1.0)


def explore_sharpness():
    """Measured judges, taught by humans whose choices follow their taste more or less sharply."""
    kept = read_runs("labels")
    label = _("human's sharpness")  # short, as the other slider stands in line with it
    return _explore(kept, Control("sharpness", kept["sharpness"], 1.0, label), n=kept["among"])


def _explore(kept, control, **same):
    """The measured judges that are the same but for what the control moves, n or sharpness."""
    runs = [run for run in kept["runs"] if all(run[name] == same[name] for name in same)]
    runs = {(run["seed"], run[control.name]): run for run in runs}
    seeds = sorted({seed for seed, _value in runs})
    ceilings = dict(zip(kept["sharpness"], kept["ceilings"], strict=True))
    accuracies = {
        seed: [runs[seed, place]["accuracy"] for place in control.values] for seed in seeds
    }

    def compute(seed, **moved):
        run = runs[seed, moved[control.name]]
        names = ("n", "sharpness", "seed", "accuracy", "correlation")
        return {name: run[name] for name in names} | {
            "place": run[control.name],
            "rewards": kept["rewards"],
            "scores": (np.array(run["scores"]) - np.mean(run["scores"])).tolist(),
            "accuracies": accuracies[seed],
            "ceiling": ceilings[run["sharpness"]],
        }

    plot = partial(
        plot_judges,
        places=control.values,
        label=control.label,
        means=np.mean([*accuracies.values()], axis=0),
        ceilings=[ceilings[runs[seeds[0], place]["sharpness"]] for place in control.values],
    )
    return Explorer(
        compute,
        plot,
        [control, Control("seed", seeds, 1, _("seed"))],
        alt=_("Left: a judge's scores over true rewards. Right: the share of choices predicted."),
    )


def plot_judges(figure, places, label, means, ceilings):
    """A judge's scores over true rewards, and how many choices it predicts, over what is moved.

    places (N,): where judges were measured, on a log axis with this label; means (N,): their
    accuracy over all seeds; ceilings (N,): the best there can be.
    """
    left, right = figure.subplots(1, 2)
    left.axhline(0, color=COLORS["guide"], lw=0.7, zorder=0)
    left.set(xlim=(-5, REACH), ylim=(-17, 17), xlabel=_("true reward of a tale"))
    left.set_ylabel(_("the judge's score"))
    dots = left.plot([], [], MARKS["judge"], ms=6, color=COLORS["judge"])[0]
    dots.set(mec=COLORS["paper"], mew=0.5)
    slope = left.plot([], [], "--", lw=1, color=COLORS["human"])[0]
    slope.set_label(_("what a perfect judge would say"))
    title = left.set_title(" ")
    left.legend(handles=[slope], loc="upper left")  # no judge goes above 12

    right.set(xscale="log", title=_("choices predicted, in pairs never seen"), xlabel=label)
    right.set(xlim=(0.8 * places[0], 1.25 * places[-1]), ylim=(0.45, 1))
    right.set_xticks(places, [f"{place:g}" for place in places])
    right.minorticks_off()
    right.plot(places, ceilings, "--", lw=1, color=COLORS["exact"])
    middle = len(places) // 2
    right.text(places[middle], ceilings[middle] + 0.02, _("knowing the true taste"), ha="right")
    right.axhline(0.5, color=COLORS["exact"], lw=1, ls=":")
    right.text(1.2 * places[-1], 0.507, _("tossing a coin"), ha="right")
    right.plot(places, means, lw=4, color=COLORS["guide"], label=_("mean of all seeds"))
    curve = right.plot([], [], "-", color=COLORS["judge"], label=_("this seed"))[0]
    here = right.plot([], [], MARKS["judge"], ms=10, color=COLORS["judge"])[0]
    right.legend(loc="center right", bbox_to_anchor=(1, 0.35))
    moving(dots, slope, title, curve, here)

    def update(place, n, sharpness, seed, rewards, scores, accuracies, accuracy, ceiling,
               correlation):  # fmt: skip
        dots.set_data(rewards, scores)
        ends = np.array([-5, REACH])
        slope.set_data(ends, sharpness * (ends - np.mean(rewards)))
        title.set_text(
            _("{n} labels: correlation {correlation:.2f}").format(n=n, correlation=correlation)
        )
        curve.set_data(places, accuracies)
        here.set_data([place], [accuracy])
        return _(
            "{n} labels, sharpness {sharpness:g} (seed {seed}): the judge predicts {accuracy:.1%} "
            "of the choices; knowing the true taste would give {ceiling:.1%}."
        ).format(n=n, sharpness=sharpness, seed=seed, accuracy=accuracy, ceiling=ceiling)

    return update
