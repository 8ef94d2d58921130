"""Explorers of notebook 08: what becomes of chosen and rejected responses, pair by pair."""

from functools import partial

import numpy as np
import torch

from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, moving
from pedagogy.human import true_reward
from pedagogy.maths.preference_losses import implicit_reward, pull

GOOD = 4  # true reward of a good tale; an average one has less than 2
SHOWN = 12  # pairs that can be picked out of all that are drawn
SIDES = (("chosen", "-", "o"), ("rejected", "--", "s"))


def explore_pull(pairs, looks, beta):
    """How hard each pair pulls, from the first step to the last.

    pairs: list[Preference]; looks: {step: (chosen_logps, rejected_logps)}, (N,) each, of the
    policy after so many steps; at 0 it still was the reference.
    """
    margins = {step: _margin(looks, step, beta) for step in looks}
    pulls = {step: pull(margin, torch.zeros(len(pairs))) for step, margin in margins.items()}
    steps = list(looks)
    kinds = [_kind(pair) for pair in pairs]
    means = {
        kind: [pulls[step][[k == kind for k in kinds]].mean().item() for step in steps]
        for kind in ("with the taste", "against the taste")
    }
    places = _some(pulls[steps[-1]])

    def compute(step, pair):
        place = places[pair - 1]
        return {
            "step": step,
            "margins": margins[step].tolist(),
            "pulls": pulls[step].tolist(),
            "kinds": kinds,
            "place": place,
            "course": [pulls[step][place].item() for step in steps],
            "pair": pairs[place],
        }

    return Explorer(
        compute,
        partial(plot_pull, steps=steps, means=means, reach=_reach(margins)),
        [
            Control("step", steps, steps[-1], "step"),
            Control("pair", range(1, len(places) + 1), SHOWN, "pair, from settled to pulling"),
        ],
        alt="Left: each pair's margin and pull. Right: mean pulls over the steps, and one pair's.",
    )


def plot_pull(figure, steps, means, reach):
    """All pairs on the curve of the pull, and how the pull of one of them changes.

    steps: where the pairs were looked at; means: {kind: (S,)}, the mean pull of each kind of pair;
    reach: the smallest and the largest margin.
    """
    left, right = figure.subplots(1, 2)
    x = np.linspace(reach[0] - 0.5, reach[1] + 0.5, 100)
    left.plot(x, 1 / (1 + np.exp(x)), color="lightgray", zorder=0)
    left.set(xlim=(x[0], x[-1]), ylim=(-0.03, 1.03), ylabel="pull on the pair")
    left.set_xlabel("margin: implicit reward, chosen minus rejected")
    right.set(xlim=(steps[0] - 1, steps[-1] + 1), ylim=(-0.03, 1.03), xlabel="step")
    right.set_title("pull, step by step")
    looks = (("chosen", "o", "-", 6), ("rejected", "^", "--", 9))
    dots = []
    for (kind, row), (color, shape, style, size) in zip(means.items(), looks, strict=True):
        empty = left.plot([], [], shape, ms=size, alpha=0.7, mew=0, color=COLORS[color])[0]
        empty.set_label(kind)
        dots.append(moving(empty))
        right.plot(steps, row, style, lw=3, alpha=0.5, color=COLORS[color], label=f"mean: {kind}")
    left.legend(loc="upper right", fontsize=9)
    ring = moving(left.plot([], [], "o", ms=14, mfc="none", mew=2, color=COLORS["exact"])[0])
    one = moving(right.plot([], [], "-", color=COLORS["exact"], lw=1.5, label="this pair")[0])
    here = moving(right.plot([], [], "o", ms=8, color=COLORS["exact"])[0])
    right.legend(loc="upper right", fontsize=9)

    def update(step, margins, pulls, kinds, place, course, pair):
        margins, pulls = np.array(margins), np.array(pulls)
        for dot, kind in zip(dots, means, strict=True):
            rows = np.array(kinds) == kind
            dot.set_data(margins[rows], pulls[rows])
        ring.set_data([margins[place]], [pulls[place]])
        one.set_data(steps, course)
        here.set_data([step], [pulls[place]])
        return (
            f"Step {step}: all pairs pull with {pulls.mean():.2f} on average, this one, chosen "
            f"{kinds[place]}, with {pulls[place]:.2f}.\nChosen: {pair.chosen}\n"
            f"Rejected: {pair.rejected}"
        )

    return update


def explore_log_probs(pairs, looks):
    """How much likelier chosen and rejected responses became; arguments as for explore_pull."""
    start = torch.stack([*looks[0]])
    changes = {step: torch.stack([*logps]) - start for step, logps in looks.items()}  # (2, N)
    steps = list(looks)
    places = _some(changes[steps[-1]][0])
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
        partial(plot_log_probs, steps=steps, means=means, reach=_reach(changes)),
        [
            Control("step", steps, steps[-1], "step"),
            Control("pair", range(1, len(places) + 1), 2, "pair, by the fall of the chosen"),
        ],
        alt="Left: change of chosen and rejected, pair by pair. Right: both means over the steps.",
    )


def plot_log_probs(figure, steps, means, reach):
    """How much likelier both responses of each pair became, and the means over the steps.

    steps: where the pairs were looked at; means: {side: (S,)}, nats; reach: the lowest change of
    all and the highest.
    """
    left, right = figure.subplots(1, 2)
    ends = [reach[0] - 2, reach[1] + 2]
    left.set(xlim=ends, ylim=ends, xlabel="change of the chosen, nats")
    left.set_ylabel("change of the rejected, nats")
    left.fill_between(ends, ends, ends[0], color="whitesmoke", zorder=0)
    left.axhline(0, color="lightgray", lw=1, zorder=1)
    left.axvline(0, color="lightgray", lw=1, zorder=1)
    looks = (("a good tale", "chosen", "o"), ("another", "reference", "v"))
    dots = [
        left.plot([], [], shape, ms=6, alpha=0.6, mew=0, color=COLORS[color], label=kind)[0]
        for kind, color, shape in looks
    ]
    left.legend(title="the chosen was", loc="upper left", fontsize=9)
    ring = left.plot([], [], "o", ms=14, mfc="none", mew=2, color=COLORS["exact"])[0]
    moving(*dots, ring)
    low, high = min(-1, *map(min, means.values())), max(map(max, means.values()))
    room = (1.1 * low, max(-0.2 * low, 1.3 * high))
    right.set(xlim=(steps[0] - 1, steps[-1] + 1), ylim=room, xlabel="step")
    right.set_title("mean change in log-probability, nats")
    right.axhline(0, color="lightgray", lw=1, zorder=0)
    points = []
    for side, style, shape in SIDES:
        right.plot(steps, means[side], style, color=COLORS[side], label=side)
        points.append(moving(right.plot([], [], shape, ms=9, color=COLORS[side])[0]))
    right.legend(loc="lower left", fontsize=10)

    def update(step, chosen, rejected, good, place, pair):
        chosen, rejected, good = map(np.array, (chosen, rejected, good))
        for dot, rows in zip(dots, (good, ~good), strict=True):
            dot.set_data(chosen[rows], rejected[rows])
        ring.set_data([chosen[place]], [rejected[place]])
        for point, side in zip(points, means, strict=True):
            point.set_data([step], [means[side][steps.index(step)]])
        return (
            f"Step {step}: the chosen became less likely in {np.mean(chosen < 0):.0%} of the "
            f"pairs, the rejected lost more in {np.mean(rejected < chosen):.0%}. This pair: chosen "
            f"{chosen[place]:+.1f}, rejected {rejected[place]:+.1f}.\n"
            f"Chosen: {pair.chosen}\nRejected: {pair.rejected}"
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
    return "with the taste" if chosen >= rejected else "against the taste"


def _some(values):
    """A few places, evenly from the lowest of the values (N,) to the highest."""
    order = values.argsort()
    few = torch.linspace(0, len(order) - 1, min(SHOWN, len(order))).round().long()
    return order[few].tolist()


def _reach(found):
    """The lowest and the highest number of all tensors in a dict."""
    numbers = torch.stack([*found.values()])
    return numbers.min().item(), numbers.max().item()
