"""Explorer of notebook 09: the race, best of n, and the exact optimum, beta by beta."""

from functools import partial

import numpy as np

from pedagogy.explore.methods import METHODS
from pedagogy.explore.results import (
    aims,
    bar,
    best_of_n,
    mean_and_error,
    objective,
    optimum,
    tested,
    told,
)
from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, moving
from pedagogy.locale import _
from pedagogy.maths.best_of_n import best_of_n_kl_bound

REWARDS = (0, 6.3)  # of tales: 6 is the most that one can have


def explore_race():
    """Both methods and best of n against the exact optimum, at each beta."""
    betas = told()["betas"]
    picked = best_of_n().mean(0)  # (ns,)
    kls = [best_of_n_kl_bound(n) for n in told()["ns"]]

    def compute(beta):
        row, best = betas.index(beta), optimum(beta)
        rivals = {
            _("storyteller"): (picked[0], 0.0),
            _("best of n"): mean_and_error(bar(beta)[0]),
            **{name: mean_and_error(objective(name)[row]) for name in METHODS},
            _("optimum, judge"): mean_and_error(
                aims("true_reward", beta) - beta * aims("kl", beta)
            ),
            _("optimum, human"): (best["true_reward"] - beta * best["kl"], best["error"]),
        }
        ends = {
            name: [tested(name, what)[row].tolist() for what in ("kl", "true_reward")]
            for name in METHODS
        }
        return {
            "beta": beta,
            "ends": ends,
            "best": (best["kl"], best["true_reward"]),
            "rivals": {name: tuple(map(float, pair)) for name, pair in rivals.items()},
        }

    plot = partial(plot_race, best_of=(kls, picked), ns=told()["ns"], all_ends=all_ends())
    alt = _("Left: true reward over KL, with the exact optimum. Right: reward - beta KL of each.")
    return Explorer(compute, plot, [Control("beta", betas, 0.3, _("beta"))], alt=alt)


def all_ends():
    """{method: (KLs, true rewards)} on the test prompts, at all betas and of all seeds."""
    return {
        name: [tested(name, what).ravel() for what in ("kl", "true_reward")] for name in METHODS
    }


def plot_race(figure, best_of, ns, all_ends):
    """True reward over KL, all tried on the same prompts; beside it, reward - beta KL of each.

    best_of: for each of ns the bound of the KL and the true reward, by the judge of many labels.
    """
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    frontier(left)
    left.plot(*best_of, ":D", ms=4, color=COLORS["judge"], label=_("best of n, KL at most"))
    for n, kl, reward in zip(ns, *best_of, strict=True):
        if n in (4, 16):  # named where no policy can be, so that no mark ever covers the number
            line = {"arrowstyle": "-", "color": COLORS["guide"], "lw": 0.7}
            place = {"xytext": (-22, 16), "textcoords": "offset points", "ha": "right"}
            left.annotate(f"{n}", (kl, reward), arrowprops=line, **place)
    marks = {}
    for name, (color, mark, _line) in METHODS.items():
        left.plot(*all_ends[name], mark, color=color, ms=4, mew=0)
        look = {"color": color, "ms": 10, "mec": COLORS["paper"], "mew": 0.5}
        marks[name] = moving(left.plot([], [], mark, label=name, **look)[0])
    star = {"ms": 14, "color": COLORS["exact"], "label": _("the optimum at this beta")}
    here = moving(left.plot([], [], "*", **star)[0])
    left.legend(loc="lower right")
    names = [_("storyteller"), _("best of n"), *METHODS, _("optimum, judge"), _("optimum, human")]
    places = np.arange(len(names))[::-1]
    colors = [COLORS["reference"], COLORS["judge"], *(look[0] for look in METHODS.values())]
    colors += [COLORS["exact"]] * 2
    bars = moving(*right.barh(places, np.ones(len(names)), color=colors, height=0.6))
    whiskers = moving(*(right.plot([], [], "-", color=COLORS["guide"], lw=3)[0] for _name in names))
    numbers = moving(*(right.text(0, y, "", va="center") for y in places))
    right.set_yticks(places, names)
    right.set(xlim=(0, 7.5), xlabel=_("true reward - beta × KL"))
    title = moving(right.set_title(" "))

    def update(beta, ends, best, rivals):
        for name, mark in marks.items():
            mark.set_data(*ends[name])
        here.set_data([best[0]], [best[1]])
        found = zip(rivals.values(), places, bars, whiskers, numbers, strict=True)
        for (mean, error), y, box, whisker, number in found:
            known = np.isfinite(mean)
            box.set_width(max(mean, 0) if known else 0)
            whisker.set_data([mean - error, mean + error], [y, y])
            number.set_text(f"{mean:.2f}" if known else _("not known"))
            number.set_x((max(mean, 0) + error if known else 0) + 0.2)
        title.set_text(_("beta {beta:g}").format(beta=beta))
        (rlhf, rlhf_error), (dpo, dpo_error) = (rivals[name] for name in METHODS)
        return _(
            "beta {beta:g}: reward - beta × KL is {rlhf:.2f} ± {rlhf_error:.2f} for RLHF, "
            "{dpo:.2f} ± {dpo_error:.2f} for DPO (means of {seeds} sets of labels, ± one standard "
            "error), {bar:.2f} or more for best of n, and {most:.2f} for the exact optimum."
        ).format(
            beta=beta,
            rlhf=rlhf,
            rlhf_error=rlhf_error,
            dpo=dpo,
            dpo_error=dpo_error,
            seeds=len(told()["seeds"]),
            bar=rivals[_("best of n")][0],
            most=rivals[_("optimum, human")][0],
        )

    return update


def frontier(axes):
    """True reward over KL, with the best that any policy can have at each KL."""
    best = told()["human"]["optimum"]
    kl, reward = ([0, *(each[what] for each in reversed(best))] for what in ("kl", "true_reward"))
    reward[0] = told()["human"]["best_of_n"]["true_reward"][0]
    axes.plot([*kl, 300], [*reward, reward[-1]], color=COLORS["exact"], label=_("exact optimum"))
    axes.set(xscale="symlog", xlim=(-0.05, 120), ylim=REWARDS, ylabel=_("true reward"))
    axes.set_xticks([0, 1, 3, 10, 30, 100], ["0", "1", "3", "10", "30", "100"])
    axes.minorticks_off()
    axes.set_xlabel(_("KL(policy ‖ reference), nats a tale"))
