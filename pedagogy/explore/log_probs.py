"""Explorer of notebook 08: chosen responses may become less likely."""

from functools import partial

import numpy as np
import torch

from pedagogy.explore.looks import checked, reach, some
from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, MARKS, moving
from pedagogy.human import true_reward
from pedagogy.locale import N_, _

GOOD = 4  # true reward of a good tale; an average one has less than 2
SIDES = ((N_("chosen"), "-"), (N_("rejected"), "--"))


def explore_log_probs(pairs, looks):
    """How much likelier chosen and rejected responses became.

    Arguments as for explore_gradient_weight.
    """
    pairs, looks = checked(pairs, looks)
    start = torch.stack([*looks[0]])
    changes = {step: torch.stack([*logps]) - start for step, logps in looks.items()}  # (2, N)
    steps = list(looks)
    places = some(changes[steps[-1]][0])
    good = [true_reward(pair.prompt, pair.chosen) >= GOOD for pair in pairs]

    def compute(step, pair):
        chosen, rejected = changes[step].tolist()
        place = places[pair - 1]
        told = {"step": step, "chosen": chosen, "rejected": rejected, "good": good}
        return told | {"place": place, "pair": pairs[place]}

    means = torch.stack([change.mean(-1) for change in changes.values()], 1).tolist()
    means = dict(zip(("chosen", "rejected"), means, strict=True))
    return Explorer(
        compute,
        partial(plot_log_probs, steps=steps, means=means, reach=reach(changes)),
        [
            Control("step", steps, steps[-1], _("step")),
            Control("pair", range(1, len(places) + 1), 2, _("pair, by the fall of the chosen")),
        ],
        alt=_(
            "Left: change of chosen and rejected, pair by pair. Right: both means over the steps."
        ),
    )


def plot_log_probs(figure, steps, means, reach):
    """How much likelier both responses of each pair became, and the means over the steps.

    steps: where the pairs were looked at; means: {side: (S,)}, nats; reach: the lowest change of
    all and the highest.
    """
    left, right = figure.subplots(1, 2)
    ends = [reach[0] - 2, reach[1] + 2]
    left.set(xlim=ends, ylim=ends, xlabel=_("change of the chosen, nats"))
    left.set_ylabel(_("change of the rejected, nats"))
    left.fill_between(ends, ends, ends[0], color=COLORS["band"], zorder=0)
    left.axhline(0, color=COLORS["guide"], lw=0.7, zorder=1)
    left.axvline(0, color=COLORS["guide"], lw=0.7, zorder=1)
    looks = ((_("a good tale"), "chosen"), (_("another"), "reference"))
    dots = [
        left.plot([], [], MARKS[look], ms=6, color=COLORS[look], label=kind)[0]
        for kind, look in looks
    ]
    below_0 = {"bbox_to_anchor": (ends[0], 0), "bbox_transform": left.transData}  # off the line
    left.legend(title=_("the chosen was"), loc="upper left", **below_0)
    for dot in dots:
        dot.set(mec=COLORS["paper"], mew=0.5)
    ring = left.plot([], [], "o", ms=14, mfc="none", mew=2, color=COLORS["exact"])[0]
    moving(*dots, ring)
    low, high = min(-1, *map(min, means.values())), max(map(max, means.values()))
    room = (1.1 * low, max(-0.2 * low, 1.3 * high))
    right.set(xlim=(steps[0] - 1, steps[-1] + 1), ylim=room, xlabel=_("step"))
    right.set_title(_("mean change in log-probability, nats"))
    right.axhline(0, color=COLORS["guide"], lw=0.7, zorder=0)
    points = []
    for side, style in SIDES:
        right.plot(steps, means[side], style, color=COLORS[side], label=_(side))
        points.append(moving(right.plot([], [], MARKS[side], ms=9, color=COLORS[side])[0]))
    right.legend(loc="lower left")

    def update(step, chosen, rejected, good, place, pair):
        chosen, rejected, good = map(np.array, (chosen, rejected, good))
        for dot, rows in zip(dots, (good, ~good), strict=True):
            dot.set_data(chosen[rows], rejected[rows])
        ring.set_data([chosen[place]], [rejected[place]])
        for point, side in zip(points, means, strict=True):
            point.set_data([step], [means[side][steps.index(step)]])
        return _(
            "Step {step}: the chosen became less likely in {fell:.0%} of the pairs, the rejected "
            "lost more in {lost_more:.0%}. This pair: chosen {change_chosen:+.1f}, rejected "
            "{change_rejected:+.1f}.\nChosen: {chosen}\nRejected: {rejected}"
        ).format(
            step=step,
            fell=np.mean(chosen < 0),
            lost_more=np.mean(rejected < chosen),
            change_chosen=chosen[place],
            change_rejected=rejected[place],
            chosen=pair.chosen.strip(),
            rejected=pair.rejected.strip(),
        )

    return update
