"""Explorer of notebook 03: KL from samples."""

from functools import cache, partial

import numpy as np
import torch

from pedagogy import require
from pedagogy.explore import arguments
from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, moving
from pedagogy.locale import _
from pedagogy.maths.divergence import kl_divergence, kl_estimates

SAMPLES = (1, 2, 3, 4, 5, 7, 10, 14, 20, 30, 40, 60, 80, 100, 150, 200, 300, 400, 600, 800, 1000)


def explore_estimates(policy, reference, most=1000):
    """Sampled estimates of KL(policy ‖ reference) beside the exact value.

    policy, reference: next-word probabilities (K,).
    """
    policy, reference = require.checked(
        "probabilities (K,), probabilities (K,)", policy=policy, reference=reference
    )
    policy, reference = policy.cpu(), reference.cpu()  # where the dice are
    most = arguments.whole(2, 100_000, most=most)
    exact = float(kl_divergence(policy, reference))
    if exact == float("inf"):
        raise ValueError("reference is 0 where policy is not: their KL, infinite, has no estimate.")

    @cache
    def running(seed):
        generator = torch.Generator().manual_seed(seed)
        drawn = torch.multinomial(policy, most, replacement=True, generator=generator)
        estimates = torch.stack(kl_estimates(policy[drawn].log() - reference[drawn].log()))
        count = torch.arange(1, most + 1)
        mean = estimates.cumsum(1) / count  # (3, N)
        square = estimates.square().cumsum(1) / count
        error = ((square - mean**2).clamp(min=0) / (count - 1)).sqrt()  # of one sample: nan
        return mean, error.where(error > 0, torch.nan)  # samples all alike say nothing of it

    def compute(n, seed):
        mean, error = running(seed)
        return {"n": n, "running": mean.tolist(), "spread": error[:, n - 1].tolist()}

    counts = [n for n in SAMPLES if n <= most]
    return Explorer(
        compute,
        partial(plot_estimates, exact=exact, most=most),
        [
            Control("n", counts, 40, _("samples")),
            Control("seed", range(1, 7), 1, _("seed")),
        ],
        alt=_("Left: three estimates with their spread beside the exact value. Right: as n grows."),
    )


def plot_estimates(figure, exact, most):
    """Three ways to estimate a KL divergence from samples, as the samples add up."""
    left, right = figure.subplots(1, 2, width_ratios=(2, 3), sharey=True)
    kinds = ("k1", "k2", "k3")
    colors = (COLORS["rival"], COLORS["divergence"], COLORS["policy"])
    high = exact or 1.0  # the same twice: 0
    for axes in (left, right):
        axes.axhline(exact, color=COLORS["exact"], lw=1)
        axes.axhline(0, color=COLORS["guide"], lw=0.7, zorder=0)
    left.set(xlim=(-0.5, 2.5), xticks=range(3), ylim=(-2 * high, 5 * high), ylabel=_("nats"))
    left.set_xticklabels(kinds)
    left.text(0.5, exact, _("exact"), ha="center", va="bottom")
    bars = moving(*(left.plot([i, i], [0, 0], lw=3, color=colors[i])[0] for i in range(3)))
    means = moving(*(left.plot([i], [0], "hdo"[i], ms=9, color=colors[i])[0] for i in range(3)))
    right.set_xscale("log")
    ticks = [10**i for i in range(6) if 10**i <= most]
    right.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    right.set(xlim=(1, most), xlabel=_("samples"))
    paths = moving(
        *(
            right.plot([1], [0], s, color=c, label=k)[0]
            for k, c, s in zip(kinds, colors, ("-", "--", "-."), strict=True)
        )
    )
    cut = moving(right.axvline(1, color="black", lw=1))
    right.legend(loc="upper right")
    left.set_title(_("estimate ± standard error"))

    def update(n, running, spread):
        for i in range(3):
            mean = running[i][n - 1]
            means[i].set_ydata([mean])
            bars[i].set_ydata([mean - spread[i], mean + spread[i]])
            paths[i].set_data(np.arange(1, len(running[i]) + 1), running[i])
        cut.set_xdata([n, n])
        return _(
            "From {n} samples: k1 {k1:.3f}, k2 {k2:.3f}, k3 {k3:.3f} nats; exact: {exact:.3f}."
        ).format(n=n, exact=exact, **{k: r[n - 1] for k, r in zip(kinds, running, strict=True)})

    return update
