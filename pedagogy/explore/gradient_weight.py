"""Explorer of notebook 08: how much each pair weighs in the gradient."""

from functools import partial

import numpy as np
import torch

from pedagogy import require
from pedagogy.explore.looks import checked, reach, some
from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, MARKS, moving
from pedagogy.human import true_reward
from pedagogy.locale import N_, _
from pedagogy.maths.preference_losses import gradient_weight, implicit_reward

WITH, AGAINST = N_("with the taste"), N_("against the taste")


def explore_gradient_weight(pairs, looks, beta):
    """How much each pair weighs in the gradient, from the first step to the last.

    pairs: list[Preference]; looks: {step: (chosen_logps, rejected_logps)}, (N,) each, of the
    policy after so many steps; at 0 it still was the reference.
    """
    pairs, looks = checked(pairs, looks)
    beta = float(require.positive(beta=beta))
    margins = {step: _margin(looks, step, beta) for step in looks}
    weights = {step: gradient_weight(m, torch.zeros(len(pairs))) for step, m in margins.items()}
    steps = list(looks)
    kinds = [_kind(pair) for pair in pairs]
    means = {
        kind: [weights[step][[k == kind for k in kinds]].mean().item() for step in steps]
        for kind in (WITH, AGAINST)
    }
    places = some(weights[steps[-1]])

    def compute(step, pair):
        place = places[pair - 1]
        return {
            "step": step,
            "margins": margins[step].tolist(),
            "gradient_weights": weights[step].tolist(),
            "kinds": kinds,
            "place": place,
            "course": [weights[step][place].item() for step in steps],
            "pair": pairs[place],
        }

    return Explorer(
        compute,
        partial(plot_gradient_weight, steps=steps, means=means, reach=reach(margins)),
        [
            Control("step", steps, steps[-1], _("step")),
            Control("pair", range(1, len(places) + 1), len(places), _("pair, by gradient weight")),
        ],
        alt=_(
            "Left: each pair's margin and gradient weight. Right: mean weights over the steps, and "
            "one pair's."
        ),
    )


def plot_gradient_weight(figure, steps, means, reach):
    """All pairs on the curve of the gradient weight, and how that of one of them changes.

    steps: where the pairs were looked at; means: {kind: (S,)}, the mean weight of each kind of
    pair; reach: the smallest and the largest margin.
    """
    left, right = figure.subplots(1, 2)
    x = np.linspace(reach[0] - 0.5, reach[1] + 0.5, 100)
    left.plot(x, 1 / (1 + np.exp(np.minimum(x, 700))), color=COLORS["guide"], zorder=0)
    left.set(xlim=(x[0], x[-1]), ylim=(-0.03, 1.03), ylabel=_("gradient weight of the pair"))
    left.set_xlabel(_("margin: implicit reward, chosen minus rejected"))
    right.set(xlim=(steps[0] - 1, steps[-1] + 1), ylim=(-0.03, 1.03), xlabel=_("step"))
    right.set_title(_("gradient weight, step by step"))
    looks = (("chosen", "-", 6), ("rejected", "--", 8))
    dots = []
    for (kind, row), (side, style, size) in zip(means.items(), looks, strict=True):
        empty = left.plot([], [], MARKS[side], ms=size, color=COLORS[side])[0]
        empty.set(mec=COLORS["paper"], mew=0.5)
        empty.set_label(_(kind))
        dots.append(moving(empty))
        mean = right.plot(steps, row, style, lw=3, color=COLORS[side])[0]
        mean.set_label(_("mean: {kind}").format(kind=_(kind)))
    left.legend(loc="upper right")
    ring = moving(left.plot([], [], "o", ms=14, mfc="none", mew=2, color=COLORS["exact"])[0])
    one = moving(right.plot([], [], "-", color=COLORS["exact"], lw=1.5, label=_("this pair"))[0])
    here = moving(right.plot([], [], "o", ms=8, color=COLORS["exact"])[0])
    right.legend(loc="upper right")

    def update(step, margins, gradient_weights, kinds, place, course, pair):
        margins, weights = np.array(margins), np.array(gradient_weights)
        for dot, kind in zip(dots, means, strict=True):
            rows = np.array(kinds) == kind
            dot.set_data(margins[rows], weights[rows])
        ring.set_data([margins[place]], [weights[place]])
        one.set_data(steps, course)
        here.set_data([step], [weights[place]])
        said = {
            WITH: _(
                "Step {step}: the gradient weight of all pairs is {mean:.2f} on average, of this "
                "one, chosen with the taste, {weight:.2f}.\nChosen: {chosen}\nRejected: {rejected}"
            ),
            AGAINST: _(
                "Step {step}: the gradient weight of all pairs is {mean:.2f} on average, of this "
                "one, chosen against the taste, {weight:.2f}.\nChosen: {chosen}\n"
                "Rejected: {rejected}"
            ),
        }
        return said[kinds[place]].format(
            step=step,
            mean=weights.mean(),
            weight=weights[place],
            chosen=pair.chosen.strip(),
            rejected=pair.rejected.strip(),
        )

    return update


def _margin(looks, step, beta):
    """By how much the implicit rewards of the chosen are ahead, (N,)."""
    chosen, rejected = (
        implicit_reward(now, before, beta)
        for now, before in zip(looks[step], looks[0], strict=True)
    )
    return chosen - rejected


def _kind(pair):
    chosen, rejected = (true_reward(pair.prompt, y) for y in (pair.chosen, pair.rejected))
    return WITH if chosen >= rejected else AGAINST
