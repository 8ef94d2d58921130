"""Pictures for notebook 04: what a choice costs, and how good a judge has become."""

import numpy as np

from pedagogy.plots.style import COLORS, moving

REACH = 6.5  # of a true reward, and of a gap


def plot_surprise(figure, gaps, losses, pulls):
    """The loss of one pair over the gap of its scores, and the pull on the gap.

    gaps, losses, pulls: (N,).
    """
    left, right = figure.subplots(1, 2)
    panels = ((left, losses, "loss of the pair: -log σ(gap)"), (right, pulls, "pull on the gap"))
    dots, notes = [], []
    for axes, row, title in panels:
        axes.axvspan(gaps[0], 0, color="whitesmoke", zorder=0)
        axes.plot(gaps, row, color=COLORS["policy"])
        axes.set(xlim=(gaps[0], gaps[-1]), ylim=(-0.03 * max(row), 1.05 * max(row)), title=title)
        axes.set_xlabel("score of the chosen minus score of the rejected")
        dots.append(moving(axes.plot([0], [0], "o", ms=10, color=COLORS["policy"])[0]))
        style = {"transform": axes.transAxes, "va": "top", "ha": "right", "size": 16}
        notes.append(moving(axes.text(0.97, 0.95, "", **style)))
    right.text(gaps[0] + 0.2, 0.02, "gray: the rejected\none scores higher", color="dimgray")
    left.plot([gaps[0], 0], [np.log(2)] * 2, ":", color=COLORS["exact"], lw=1)
    left.text(gaps[0] + 0.2, np.log(2) + 0.1, "log 2 = 0.6931")

    def update(gap, loss, pull):
        for dot, note, value in zip(dots, notes, (loss, pull), strict=True):
            dot.set_data([gap], [value])
            note.set_text(f"{value:.3f}")
        return (
            f"Gap {gap:g}: the choice had probability {1 - pull:.3f}, so the loss is {loss:.3f}, "
            f"and the pull on the gap is {pull:.3f}."
        )

    return update


def _scores_panel(axes):
    """A judge's scores over true rewards, tale by tale: the dots, and a title that moves."""
    axes.axhline(0, color="lightgray", lw=1, zorder=0)
    axes.set(xlim=(-5, REACH), ylim=(-17, 17), xlabel="true reward of a tale")
    axes.set_ylabel("the judge's score")
    dots = moving(axes.plot([], [], "o", ms=5, alpha=0.7, mew=0, color=COLORS["policy"])[0])
    return dots, moving(axes.set_title(" "))


def _accuracy_panel(axes, places, means, **settings):
    """Choices foretold, at each place on a log axis: this throw's curve and dot, which move."""
    axes.set(xscale="log", title="choices foretold, in pairs never seen", **settings)
    axes.set_xticks(places, [f"{place:g}" for place in places])
    axes.minorticks_off()
    axes.plot(places, means, lw=4, color="lightgray", label="mean of all throws")
    curve = moving(axes.plot([], [], "-", color=COLORS["policy"], label="this throw")[0])
    here = moving(axes.plot([], [], "o", ms=10, color=COLORS["policy"])[0])
    axes.legend(loc="center right", bbox_to_anchor=(1, 0.35))
    return curve, here


def plot_label_count(figure, counts, mean_accuracies, ceiling):
    """A judge's scores over true rewards, and the accuracy as the labels add up.

    counts (N,); mean_accuracies (N,) over all throws; ceiling: the best there can be.
    """
    left, right = figure.subplots(1, 2)
    dots, title = _scores_panel(left)
    settings = {"xlim": (8, 2500), "ylim": (0.45, 0.9), "xlabel": "labels"}
    curve, here = _accuracy_panel(right, counts, mean_accuracies, **settings)
    right.axhline(ceiling, color=COLORS["exact"], lw=1, ls="--")
    right.text(8.5, ceiling + 0.008, "knowing the true taste")
    right.axhline(0.5, color=COLORS["exact"], lw=1, ls=":")
    right.text(2500, 0.507, "tossing a coin", ha="right")

    def update(n, throw, rewards, scores, accuracies, accuracy, correlation):
        dots.set_data(rewards, scores)
        title.set_text(f"{n} labels: correlation {correlation:.2f}")
        curve.set_data(counts, accuracies)
        here.set_data([n], [accuracy])
        return (
            f"Taught with {n} labels (throw {throw}), the judge foretells {accuracy:.1%} of the "
            f"choices; knowing the true taste would give {ceiling:.1%}."
        )

    return update


def plot_sharpness(figure, sharpness, mean_accuracies, ceilings, labels):
    """A judge's scores over true rewards, and accuracy and ceiling over the human's sharpness.

    sharpness, mean_accuracies, ceilings: (N,); labels: how many the judges were taught with.
    """
    left, right = figure.subplots(1, 2)
    dots, title = _scores_panel(left)
    slope = moving(left.plot([], [], "--", lw=1, color=COLORS["human"])[0])
    slope.set_label("sharpness × true reward")
    left.legend(handles=[slope], loc="lower right")
    settings = {"xlim": (0.2, 5), "ylim": (0.45, 1), "xlabel": "sharpness of the human"}
    curve, here = _accuracy_panel(right, sharpness, mean_accuracies, **settings)
    right.plot(sharpness, ceilings, "--", lw=1, color=COLORS["exact"])
    right.text(0.95, ceilings[2] + 0.02, "knowing the true taste", ha="right")

    def update(sharp, throw, rewards, scores, accuracies, accuracy, ceiling, correlation):
        dots.set_data(rewards, scores)
        ends = np.array([-5, REACH])
        slope.set_data(ends, sharp * (ends - np.mean(rewards)))
        title.set_text(f"{labels} labels: correlation {correlation:.2f}")
        curve.set_data(sharpness, accuracies)
        here.set_data([sharp], [accuracy])
        return (
            f"Sharpness {sharp:g} (throw {throw}): the judge foretells {accuracy:.1%} of this "
            f"human's choices; knowing the true taste would give {ceiling:.1%}."
        )

    return update


def plot_calibration(figure, scales, losses):
    """How sure a judge is against how often it is right; the loss over the scale of its scores.

    scales, losses: (N,). The bars show how far chance alone may take the dots from the line.
    """
    left, right = figure.subplots(1, 2)
    left.plot([0.5, 1], [0.5, 1], color="lightgray")
    left.set(
        xlim=(0.49, 1.02), ylim=(0.1, 1.05), xlabel="the judge's probability for its favourite"
    )
    left.set_title("how often the judge's favourite was chosen")
    bins = 5
    dots = moving(*(left.plot([], [], "o", color=COLORS["policy"])[0] for _ in range(bins)))
    bars = moving(*(left.plot([], [], "-", lw=1.5, color=COLORS["policy"])[0] for _ in dots))
    counts = moving(*(left.text(0, 0, "", size=9, ha="center", va="top") for _ in dots))
    right.plot(scales, losses, color=COLORS["policy"])
    right.axhline(np.log(2), color=COLORS["exact"], lw=1, ls=":")
    right.text(1.2, np.log(2), "log 2: no opinion", ha="center", va="bottom")
    right.set(
        xlim=(0, 1.05 * scales[-1]), xlabel="scores multiplied by", title="loss on pairs never seen"
    )
    right.set_ylim(min(losses) - 0.05, max(*losses, np.log(2)) + 0.05)
    here = moving(right.plot([], [], "o", ms=10, color=COLORS["policy"])[0])

    def update(scale, predicted, observed, errors, pairs, loss, accuracy):
        for i, dot in enumerate(dots):
            low, high = observed[i] - errors[i], observed[i] + errors[i]
            dot.set_data([predicted[i]], [observed[i]])  # of an empty bin: nan, not drawn
            bars[i].set_data([predicted[i]] * 2, [low, high])
            if pairs[i]:
                counts[i].set_position((predicted[i], low - 0.015))
            counts[i].set_text(f"{pairs[i]}" if pairs[i] else "")
        here.set_data([scale], [loss])
        return (
            f"Scores times {scale:g}: loss {loss:.3f}; the favourite is chosen in {accuracy:.1%} "
            "of the pairs, whatever the scale."
        )

    return update
