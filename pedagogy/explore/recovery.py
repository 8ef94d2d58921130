"""Explorer of notebook 02: comparisons become scores."""

from functools import cache, partial

import numpy as np

from pedagogy.explore import arguments
from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, moving
from pedagogy.locale import _
from pedagogy.maths.bradley_terry import fit_scores, simulate_comparisons

HIDDEN = (-2.0, -1.5, -0.5, 0.0, 0.5, 1.0, 2.5)  # mean zero, like the scores that are recovered
COUNTS = (10, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 2000, 3000, 5000, 10_000)


def explore_recovery(hidden=HIDDEN, most=10_000):
    """Hidden scores, found again from more and more comparisons.

    hidden (K,): the scores; most: how many comparisons there are at the end, up to 10,000.
    """
    truth = arguments.number_list(2, hidden=hidden)
    hidden = truth.tolist()
    counts = [n for n in COUNTS if n <= arguments.whole(COUNTS[0], COUNTS[-1], most=most)]

    @cache
    def history(seed):
        winners, losers = simulate_comparisons(hidden, most, seed=seed)
        fits = [fit_scores(winners[:n], losers[:n], len(hidden), prior=0.1) for n in counts]
        errors = [float((fit - truth).square().mean().sqrt()) for fit in fits]
        return fits, errors

    seeds = range(1, 9)
    mean_errors = np.mean([history(seed)[1] for seed in seeds], axis=0)

    def compute(n, seed):
        fits, errors = history(seed)
        i = counts.index(n)
        return {
            "n": n,
            "hidden": hidden,
            "recovered": fits[i].tolist(),
            "errors": errors,
            "error": errors[i],
        }

    return Explorer(
        compute,
        partial(plot_recovery, counts=counts, mean_errors=mean_errors),
        [
            Control("n", counts, 30, _("comparisons"), "{:,}"),
            Control("seed", seeds, 1, _("seed")),
        ],
        alt=_("Left: recovered against hidden scores. Right: the error as comparisons add up."),
    )


def plot_recovery(figure, counts, mean_errors):
    """Scores found from comparisons against the hidden ones, and the error as they add up.

    counts (N,), and over all seeds mean_errors (N,).
    """
    left, right = figure.subplots(1, 2)
    left.axline((0, 0), slope=1, color=COLORS["guide"])
    left.set(xlim=(-4, 4), ylim=(-4, 4), xlabel=_("hidden score"), ylabel=_("recovered score"))
    dots = moving(left.plot([], [], "o", ms=8, color=COLORS["policy"])[0])
    title = moving(left.set_title(" "))
    right.set(
        xscale="log", yscale="log", xlabel=_("comparisons"), ylabel=_("typical error of a score")
    )
    right.plot(counts, mean_errors, "-", lw=4, color=COLORS["guide"], label=_("mean of all seeds"))
    right.legend(loc="lower left")
    curve = moving(right.plot([], [], "-", color=COLORS["policy"])[0])
    here = moving(right.plot([], [], "o", ms=10, color=COLORS["policy"])[0])
    note = moving(
        right.text(0.97, 0.95, "", transform=right.transAxes, va="top", ha="right", size=16)
    )
    right.set(xlim=(8, 13000), ylim=(0.02, 3), yticks=[0.03, 0.1, 0.3, 1, 3])
    right.set_xticks([10, 100, 1000, 10_000], ["10", "100", "1,000", "10,000"])
    right.set_yticklabels(["0.03", "0.1", "0.3", "1", "3"])
    right.minorticks_off()

    def update(n, hidden, recovered, errors, error):
        dots.set_data(hidden, recovered)
        title.set_text(_("{n:,} comparisons").format(n=n))
        curve.set_data(counts, errors)
        here.set_data([n], [error])
        note.set_text(f"{error:.2f}")
        return _(
            "From {n:,} comparisons, a score is typically {error:.2f} away from the hidden one."
        ).format(n=n, error=error)

    return update
