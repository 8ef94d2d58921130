"""Explorer of notebook 05: PPO's objective for one word."""

from functools import cache, partial

import numpy as np
import torch

from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, moving
from pedagogy.locale import _
from pedagogy.maths.policy_losses import clipped_surrogate_loss

# Steps of 0.06 from 1 meet no edge of a band: there a slope would be neither one nor the other.
RATIOS = np.round(np.arange(0.04, 1.97, 0.06), 2)
CURVE = torch.linspace(0.02, 2, 100, dtype=torch.float64)


def explore_clip():
    """PPO's objective for one word, value and slope, at any ratio, for both signs of advantage."""

    def ppo(ratio, advantage, epsilon):
        return -clipped_surrogate_loss(
            ratio.log()[None], torch.zeros_like(ratio)[None], advantage[None], epsilon
        )

    def plain(ratio, advantage, _epsilon):
        return ratio * advantage

    def unguarded(ratio, advantage, epsilon):
        return ratio.clamp(1 - epsilon, 1 + epsilon) * advantage

    @cache
    def curves(advantage, epsilon):
        rows = (plain, unguarded, ppo)
        return [value_and_slope(row, CURVE, advantage, epsilon) for row in rows]

    def compute(ratio, advantage, epsilon):
        rows = curves(advantage, epsilon)
        here = torch.tensor([ratio], dtype=torch.float64)
        now = [value_and_slope(row, here, advantage, epsilon) for row in (ppo, unguarded)]
        return {
            "ratio": ratio,
            "advantage": advantage,
            "epsilon": epsilon,
            **dict(zip(("plain", "unguarded", "ppo"), rows, strict=True)),
            "here": [row[0] for row in now[0]],
            "unguarded_here": [row[0] for row in now[1]],
        }

    return Explorer(
        compute,
        partial(plot_clip, ratios=CURVE.tolist()),
        [
            Control("ratio", RATIOS, 1.0, _("ratio"), "{:.2f}"),
            Control("advantage", (-1, 1), 1, _("advantage A"), "{:+d}"),
            Control("epsilon", (0.1, 0.2, 0.4), 0.2, _("epsilon")),
        ],
        alt=_(
            "The clipped objective over the ratio, left its value, right its slope; the band grey."
        ),
    )


def value_and_slope(objective, ratios, advantage, epsilon):
    """objective(ratio, advantage, epsilon) at each ratio, and its derivative by autograd."""
    ratios = ratios.clone().requires_grad_()
    advantage = torch.tensor(float(advantage), dtype=ratios.dtype)
    values = torch.stack([objective(ratio, advantage, epsilon) for ratio in ratios])
    (slopes,) = torch.autograd.grad(values.sum(), ratios)
    return values.tolist(), slopes.tolist()


def plot_clip(figure, ratios):
    """PPO's objective for one word over its ratio, and its slope; a point at the ratio now.

    ratios (N,): where the curves were measured.
    """
    panels = figure.subplots(1, 2)
    names = (_("value of the objective"), _("slope of the objective"))
    bands, curves, points = [], [], []
    for axes, name in zip(panels, names, strict=True):
        axes.axhline(0, color=COLORS["guide"], lw=0.7, zorder=0)
        axes.set(xlim=(0, 2), ylim=(-2.1, 2.1), xlabel=_("ratio: new probability / old"))
        axes.set_title(name)
        bands.append([axes.axvline(1, ymax=0.72, color="black", lw=1, ls=":") for edge in range(2)])
        curves.append(
            [
                axes.plot(ratios, ratios, style, color=color, lw=width, label=label)[0]
                for style, color, width, label in (
                    ("-", COLORS["reference"], 1, _("ratio × A, no clip")),
                    ("--", COLORS["rival"], 2, _("clip without the min")),
                    ("-", COLORS["policy"], 3, _("PPO: the min of both")),
                )
            ]
        )
        points.append(
            axes.plot([1], [0], "o", ms=11, color=COLORS["policy"], mec=COLORS["paper"])[0]
        )
    moving(*(artist for rows in (*bands, *curves) for artist in rows), *points)
    panels[0].set_ylim(-2.1, 2.9)
    panels[0].legend(loc="upper left")

    def update(ratio, advantage, epsilon, plain, unguarded, ppo, here, unguarded_here):
        rows = (plain, unguarded, ppo)
        for i in range(2):  # the value, then the slope
            for edge, place in zip(bands[i], (1 - epsilon, 1 + epsilon), strict=True):
                edge.set_xdata([place, place])
            for curve, row in zip(curves[i], rows, strict=True):
                curve.set_ydata(row[i])
            points[i].set_data([ratio], [here[i]])
        if np.allclose(here, unguarded_here):
            said = _(
                "Ratio {ratio:.2f}, advantage {advantage:+d}, band {low:g} to {high:g}: "
                "value {value:.2f}, slope {slope:.0f}; the same without the min."
            )
        else:
            said = _(
                "Ratio {ratio:.2f}, advantage {advantage:+d}, band {low:g} to {high:g}: "
                "value {value:.2f}, slope {slope:.0f}; without the min {value_without:.2f} and "
                "{slope_without:.0f}."
            )
        return said.format(
            ratio=ratio,
            advantage=advantage,
            low=1 - epsilon,
            high=1 + epsilon,
            value=here[0],
            slope=here[1],
            value_without=unguarded_here[0],
            slope_without=unguarded_here[1],
        )

    return update
