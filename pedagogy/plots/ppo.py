"""Pictures for notebook 05: the clipped objective, advantages along a tale, ratios step by step."""

import numpy as np

from pedagogy.plots.style import COLORS, moving


def plot_clip(figure, ratios):
    """PPO's objective for one word over its ratio, and its slope; a point at the ratio now.

    ratios (N,): where the curves were measured.
    """
    panels = figure.subplots(1, 2)
    names = ("value of the objective", "slope of the objective")
    bands, curves, points = [], [], []
    for axes, name in zip(panels, names, strict=True):
        axes.axhline(0, color="lightgray", lw=1, zorder=0)
        axes.set(xlim=(0, 2), ylim=(-2.1, 2.1), xlabel="ratio: new probability / old")
        axes.set_title(name)
        bands.append([axes.axvline(1, ymax=0.8, color="black", lw=1, ls=":") for _ in range(2)])
        curves.append(
            [
                axes.plot(ratios, ratios, style, color=color, lw=width, label=label)[0]
                for style, color, width, label in (
                    ("-", COLORS["reference"], 1, "ratio × A, no clip"),
                    ("--", COLORS["rejected"], 2, "clip without the min"),
                    ("-", COLORS["policy"], 3, "PPO: the min of both"),
                )
            ]
        )
        points.append(axes.plot([1], [0], "o", ms=11, color=COLORS["policy"], mec="white")[0])
    moving(*(artist for rows in (*bands, *curves) for artist in rows), *points)
    panels[0].set_ylim(-2.1, 2.9)
    panels[0].legend(loc="upper left", fontsize=9, ncols=2)

    def update(ratio, advantage, epsilon, plain, unguarded, ppo, here, unguarded_here):
        rows = (plain, unguarded, ppo)
        for i in range(2):  # the value, then the slope
            for edge, place in zip(bands[i], (1 - epsilon, 1 + epsilon), strict=True):
                edge.set_xdata([place, place])
            for curve, row in zip(curves[i], rows, strict=True):
                curve.set_ydata(row[i])
            points[i].set_data([ratio], [here[i]])
        without = (
            "the same without the min"
            if np.allclose(here, unguarded_here)
            else f"without the min {unguarded_here[0]:.2f} and {unguarded_here[1]:.0f}"
        )
        return (
            f"Ratio {ratio:.2f}, advantage {advantage:+d}, band {1 - epsilon:g} to "
            f"{1 + epsilon:g}: value {here[0]:.2f}, slope {here[1]:.0f}; {without}."
        )

    return update


def plot_advantages(figure, words, score, lowest, highest, reach):
    """The critic's guess before each word of a tale, and under it each word's advantage.

    words: T texts; score: what the judge gave in the end; lowest, highest: of all guesses and
    the score; reach: the largest advantage that will be shown.
    """
    above, below = figure.subplots(2, 1, sharex=True)
    places = np.arange(len(words))
    style = {"ms": 4, "color": COLORS["policy"], "label": "the critic's guess before the word"}
    guesses = moving(above.plot(places, places, "o-", **style)[0])
    above.plot([len(words)], [score], "*", ms=16, color=COLORS["human"], label="judge's score")
    above.axhline(0, color="lightgray", lw=1, zorder=0)
    above.set(ylabel="reward", ylim=(lowest - 0.8, highest + 0.8))
    above.legend(loc="lower right", bbox_to_anchor=(1, 1), fontsize=9, ncols=2)
    below.axhline(0, color="gray", lw=1)
    below.set(xlim=(-0.8, len(words) + 0.6), ylim=(-1.1 * reach, 1.1 * reach), xticks=places)
    below.set_ylabel("advantage")
    below.set_xticklabels(words, rotation=90, fontsize=10)
    # One artist, not a bar for each word: it is drawn five times as fast.
    bars = moving(below.vlines(places, 0, places, lw=400 / len(words), capstyle="butt"))
    title = moving(below.set_title(" "))

    def update(gamma, lam, values, advantages):
        guesses.set_ydata(values)
        bars.set_segments([[(x, 0), (x, height)] for x, height in enumerate(advantages)])
        bars.set_color([COLORS["chosen" if a > 0 else "rejected"] for a in advantages])
        best, worst = int(np.argmax(advantages)), int(np.argmin(advantages))
        title.set_text(f"gamma {gamma:g}, lambda {lam:g}")
        return (
            f"gamma {gamma:g}, lambda {lam:g}: the first word, “{words[0]}”, gets "
            f"{advantages[0]:+.2f}; most praise: “{words[best]}” {advantages[best]:+.2f}; "
            f"most blame: “{words[worst]}” {advantages[worst]:+.2f}."
        )

    return update


LOG_RATIOS = np.linspace(-2.4, 2.4, 50)  # edges; a ratio of 1 is in the middle of its bar


def plot_steps(figure, distances, epsilon):
    """How all words' ratios spread as steps are taken, with and without the clip.

    distances: name -> (S,), how far the policy has gone after each step, in nats a word.
    """
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    left.axvspan(np.log(1 - epsilon), np.log(1 + epsilon), color="whitesmoke", zorder=-1)
    left.set(xlim=(-2.4, 2.4), yscale="log", ylim=(0.7, 2000), ylabel="words")
    ticks = (0.1, 0.25, 0.5, 1, 2, 4, 10)
    left.set(xticks=np.log(ticks), xlabel="ratio (what lies beyond stands at the edge)")
    left.set_xticklabels([f"{tick:g}" for tick in ticks])
    left.set_yticks([1, 10, 100, 1000], labels=["1", "10", "100", "1000"])
    empty = np.zeros(len(LOG_RATIOS) - 1)
    kinds = ((COLORS["chosen"], "-", "advantage above 0"), (COLORS["rejected"], "--", "below 0"))
    shapes = moving(
        *(
            left.stairs(empty, LOG_RATIOS, color=color, ls=style, lw=2, label=label, baseline=0.5)
            for color, style, label in kinds
        )
    )
    left.legend(loc="upper left", fontsize=9)
    title = moving(left.set_title(" "))
    styles = ((COLORS["policy"], "-"), (COLORS["rejected"], "--"))
    for (name, row), (color, style) in zip(distances.items(), styles, strict=True):
        right.plot(row, style, color=color, label=f"{name} the clip")
    right.set(xlabel="steps", title="KL(old ‖ new), nats a word")
    right.set_yscale("symlog", linthresh=0.001)
    right.set_yticks([0, 0.001, 0.01, 0.1, 1, 10], ["0", "0.001", "0.01", "0.1", "1", "10"])
    right.legend(loc="upper left", fontsize=9)
    right.set_ylim(0, 30)
    point = moving(right.plot([0], [0], "o", ms=10, color="black", clip_on=False)[0])

    def update(steps, clip, ratios, good, outside, held):
        logs = np.clip(np.log(np.maximum(ratios, 1e-30)), -2.39, 2.39)
        for shape, kind in zip(shapes, (good, np.logical_not(good)), strict=True):
            shape.set_data(np.maximum(np.histogram(logs[kind], LOG_RATIOS)[0], 0.5))
        taken = f"{steps} step{'s' * (steps != 1)} {clip} the clip"
        title.set_text(taken)
        point.set_data([steps], [distances[clip][steps]])
        return (
            f"After {taken}: ratios from {min(ratios):.2f} to {max(ratios):.2f}, {outside:.1%} of "
            f"the words outside the band, {held:.1%} held by the clip; "
            f"KL {distances[clip][steps]:.4f} nats a word."
        )

    return update
