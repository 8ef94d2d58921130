"""Explorer of notebook 09: best of n, by judges of many labels and of few."""

from functools import partial

import numpy as np

from pedagogy.explore.race import REWARDS
from pedagogy.explore.results import FEW, MANY, best_of_n, told
from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, moving
from pedagogy.locale import _

JUDGES = {"1,000": MANY, "50": FEW}  # by the number of their labels


def explore_best_of_n():
    """Best of n by judges of many and of few labels: what they say, and what the human thinks."""
    ns = told()["ns"]

    def compute(labels, n):
        return {
            "labels": labels,
            "n": n,
            "judge": best_of_n("proxy_reward", JUDGES[labels]).tolist(),
            "human": best_of_n("true_reward", JUDGES[labels]).tolist(),
        }

    return Explorer(
        compute,
        partial(plot_best_of_n, ns=ns),
        [
            Control("labels", list(JUDGES), "1,000", _("labels of the judge")),
            Control("n", ns, 16, _("n")),
        ],
        alt=_("Left: the judge's score of the tale it picks. Right: what the human thinks of it."),
    )


def plot_best_of_n(figure, ns):
    """Scores and true rewards of the tale picked, over n: a line for each set of labels."""
    left, right = figure.subplots(1, 2)
    seeds = range(len(told()["seeds"]))
    for axes, what in ((left, _("judge's score")), (right, _("true reward"))):
        axes.set(xscale="log", xlim=(0.9, 1.1 * ns[-1]), xlabel="n", ylabel=what)
        axes.set_xticks(ns, [str(n) for n in ns])
        axes.minorticks_off()
    said = [best_of_n("proxy_reward", labels=labels) for labels in JUDGES.values()]
    left.set(ylim=(np.min(said) - 0.5, np.max(said) + 0.5))
    right.set(ylim=REWARDS)
    by_human = told()["human"]["best_of_n"]["true_reward"]
    right.plot(ns, by_human, color=COLORS["exact"], lw=1, label=_("picked by the human"))
    rows = {
        axes: moving(*(axes.plot([], [], "-", color=COLORS[c], lw=1)[0] for _seed in seeds))
        for axes, c in ((left, "judge"), (right, "human"))
    }
    dot = {"ms": 10, "color": COLORS["exact"]}
    dots = moving(*(axes.plot([], [], "o", **dot)[0] for axes in (left, right)))
    right.legend(loc="lower right")

    def update(labels, n, judge, human):
        for axes, dot, values in zip(rows, dots, (judge, human), strict=True):
            for line, value in zip(rows[axes], values, strict=True):
                line.set_data(ns, value)
            dot.set_data([n], [np.mean(values, 0)[ns.index(n)]])
        said, thought = (np.mean(values, 0)[ns.index(n)] for values in (judge, human))
        return _(
            "Best of {n} by judges of {labels} labels: the judge says {said:.2f}, the human thinks "
            "{thought:.2f} (means of {seeds} judges)."
        ).format(n=n, labels=labels, said=said, thought=thought, seeds=len(judge))

    return update
