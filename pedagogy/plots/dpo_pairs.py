"""Pictures for notebook 08: what becomes of chosen and rejected responses, pair by pair."""

import numpy as np

from pedagogy.plots.style import COLORS, moving

SIDES = (("chosen", "-", "o"), ("rejected", "--", "s"))


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


def plot_shared_weights(figure, words, reference, gaps, pair):
    """Four words, of which two were judged, and what their log-probabilities do.

    words, reference: (K,); gaps (N,): of the log ratios; pair: places of chosen and rejected.
    """
    left, right = figure.subplots(1, 2)
    place = np.arange(len(words))
    roles = dict(zip(pair, ("chosen", "rejected"), strict=True))
    left.bar(place - 0.2, reference, 0.36, color=COLORS["reference"], label="reference")
    colors = [COLORS[roles.get(i, "policy")] for i in place]
    bars = moving(*left.bar(place + 0.2, reference, 0.36, color=colors))
    notes = moving(*(left.text(i + 0.2, 0, "", ha="center", va="bottom") for i in place))
    left.set(xticks=place, ylim=(0, 1.15), yticks=[0, 0.5, 1], ylabel="probability")
    left.set_xticklabels([f"{w}\n{roles.get(i, 'not judged')}" for i, w in enumerate(words)])
    left.legend(loc="upper right", fontsize=10)
    right.set(xlim=(gaps[0], gaps[-1]), ylim=(-9, 3), ylabel="change in log-probability, nats")
    right.set_xlabel("how much more the chosen gained, nats")
    right.axhline(0, color="lightgray", lw=1, zorder=0)
    title = moving(right.set_title(" "))
    lines = moving(
        *(right.plot([], [], style, color=COLORS[side], label=side)[0] for side, style, _ in SIDES)
    )
    points = moving(
        *(right.plot([], [], shape, ms=9, color=COLORS[side])[0] for side, _, shape in SIDES)
    )
    right.legend(loc="lower left", fontsize=10)

    def update(gap, weights, probabilities, courses, loss):
        for bar, note, value, before in zip(bars, notes, probabilities, reference, strict=True):
            bar.set_height(value)
            note.set(text=f"{value:.3f}", y=max(value, before))
        for line, point, course in zip(lines, points, courses, strict=True):
            line.set_data(gaps, course)
            point.set_data([gap], [course[gaps.index(gap)]])
        title.set_text(f"loss {loss:.3f}")
        chosen = pair[0]
        return (
            f"Weights: {weights}. The loss is {loss:.3f}; “{words[chosen]}”, the chosen word, "
            f"went from {reference[chosen]:.3f} to {probabilities[chosen]:.3f}."
        )

    return update
