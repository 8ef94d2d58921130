"""Pictures for notebook 07: the best policy, a derivation in numbers, the loss as a product."""

import numpy as np

from pedagogy.plots.style import COLORS, moving


def _policies(axes, words):
    """Three bars for each word: reference, policy, optimum; returns what moves them."""
    place, bars, notes = np.arange(len(words)), [], []
    for i, name in enumerate(("reference", "policy", "optimum")):
        if name == "optimum":
            look = {"fill": False, "hatch": "//", "color": COLORS["exact"]}
        else:
            look = {"color": COLORS[name]}
        x = place + 0.3 * (i - 1)  # so far apart that two numbers have room
        bars += moving(*axes.bar(x, 0 * x, 0.27, label=name, **look))
        notes += moving(*(axes.text(v, 0, "", ha="center", va="bottom", size=8) for v in x))
    axes.set(xticks=place, ylim=(0, 1.3), yticks=[0, 0.5, 1], ylabel="probability")
    axes.set_xticklabels(words)
    axes.legend(loc="upper right", ncols=3, fontsize=9)

    def update(policies):
        for bar, note, value in zip(bars, notes, np.concatenate(policies), strict=True):
            bar.set_height(value)  # a policy that is hidden is nan, and not drawn
            note.set(text=f"{value:.2f}" if np.isfinite(value) else "", y=np.nan_to_num(value))

    return update


def plot_best_policy(figure, words, low, high):
    """A policy that the learner makes, what it earns, and the height that no policy gets over.

    low, high: the ends of the axis of what a policy may earn, whole numbers.
    """
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    update_policies = _policies(left, words)
    right.set(xlim=(low, high), ylim=(2.6, -0.9), yticks=[0, 1, 2], xticks=range(low, high, 2))
    right.set_yticklabels(["reward", "− beta × divergence", "what remains"])
    right.axvline(0, color="gray", lw=1)
    colors = (COLORS["human"], COLORS["divergence"], COLORS["policy"])
    bars = moving(*right.barh(range(3), [0] * 3, color=colors))
    notes = moving(*(right.text(high, y, "", va="center", ha="right") for y in range(3)))
    height = moving(right.plot([0, 0], [-0.5, 2.5], "--", color=COLORS["exact"])[0])
    name = moving(right.text(0, -0.55, "beta log Z", ha="center", va="bottom"))

    def update(beta, policies, reward, divergence, distance, log_z):
        update_policies(policies)
        most = beta * log_z
        values = (reward, -beta * divergence, reward - beta * divergence)
        for bar, note, value in zip(bars, notes, values, strict=True):
            bar.set_width(value)
            note.set_text(f"{np.round(value, 3) + 0.0:.3f}")  # no -0.000 to puzzle over
        height.set_xdata([most, most])
        name.set_x(most)
        return (
            f"beta {beta:g}: {reward:.3f} - beta × {divergence:.3f} = {values[2]:.3f}. "
            f"The most is {most:.3f}; missing are {most - values[2]:.3f} = beta × {distance:.3f}."
        )

    return update


def plot_derivation(figure, words, lines):
    """Three policies as bars; under them both sides of every line, as marks and as numbers.

    lines: (name, formula in LaTeX) of each.
    """
    top, rows = figure.subplots(2, 1, height_ratios=(2, 5))
    update_policies = _policies(top, words)
    place = np.arange(len(lines))
    rows.set(xlim=(-26, 22), ylim=(len(lines) - 0.5, -0.5), xticks=range(-6, 10, 3))
    rows.set_yticks(place, [f"{number} {name}" for number, (name, _) in enumerate(lines, 1)])
    rows.tick_params(axis="y", length=0)
    rows.spines[["left", "bottom"]].set_visible(False)
    rows.plot([0, 0], [-0.5, len(lines) - 0.5], color="lightgray", lw=1, zorder=0)
    for y, (_, latex) in enumerate(lines):
        rows.text(-25.6, y, f"${latex}$", va="center", size=10)
        rows.plot([-6, 9], [y, y], color="lightgray", lw=1, zorder=0)
    left = moving(rows.plot([], [], "o", ms=11, mfc="none", mew=2, color=COLORS["policy"])[0])
    right = moving(rows.plot([], [], "x", ms=6, mew=2, color=COLORS["rejected"])[0])
    notes = [
        moving(*(rows.text(9.6, y, "", va=va, color=mark.get_color(), size=9) for y in place))
        for mark, va in ((left, "bottom"), (right, "top"))
    ]

    def update(reward, probability, beta, policies, sides):
        update_policies(policies)
        for mark, sign, texts, values in zip(
            (left, right), "○×", notes, zip(*sides, strict=True), strict=True
        ):
            mark.set_data(
                np.clip(np.concatenate(values), -6, 9), np.repeat(place, list(map(len, values)))
            )
            for text, row in zip(texts, values, strict=True):
                text.set_text("  ".join([sign, *(f"{v:.3f}" for v in np.round(row, 3) + 0.0)]))
        off = max(np.abs(np.subtract(*both)).max() for both in sides)
        return (
            f"“{words[1]}” with reward {reward:g} and {probability:g} in the reference, at beta "
            f"{beta:g}: the two sides of the {len(sides)} lines differ by {off:.0e} at most."
        )

    return update


def plot_two_prompts(figure, prompts, words, rewards):
    """The rewards of the answers to two prompts, and what the best policies tell of them.

    prompts, words, rewards: two of each; words and rewards (K,), K may differ.
    """
    axes = figure.subplots()
    starts = (0, len(words[0]) + 1)
    place = [start + np.arange(len(row)) for start, row in zip(starts, words, strict=True)]
    x, r = np.concatenate(place), np.concatenate(rewards)
    axes.axhline(0, color="lightgray", lw=1, zorder=0)
    axes.plot(x, r, "o", ms=10, color=COLORS["human"], label="reward")
    axes.set(xticks=x, xlim=(-0.7, x[-1] + 0.7), ylim=(-5.2, 7.2), ylabel="reward")
    axes.set_xticklabels(np.concatenate(words))
    told = moving(axes.plot([], [], "s", ms=9, color=COLORS["policy"], label="implicit reward")[0])
    down = moving(*(axes.plot([v, v], [0, 0], "--", color=COLORS["exact"], lw=1)[0] for v in x))
    notes = moving(*(axes.text(v + 0.13, 0, "", va="center", size=10) for v in x))
    for start, prompt in zip(starts, prompts, strict=True):
        axes.text(start - 0.4, 6.4, f"“{prompt} …”", va="center")
    axes.legend(loc="lower left", ncols=2)

    def update(beta, lost, implicit):
        values = np.concatenate(implicit)
        told.set_data(x, values)
        for line, note, top, value in zip(down, notes, r, values, strict=True):
            line.set_ydata([top, value])
            note.set(text=f"{value:.2f}", y=value)
        return (
            f"beta {beta:g}: the first prompt's rewards lose beta log Z = {lost[0]:.2f}, "
            f"all of them; the second prompt's lose {lost[1]:.2f}."
        )

    return update


def plot_likelihood(figure, pairs, moves, products, losses):
    """The probability of each choice; their product and the loss, as a policy moves.

    pairs: (chosen, rejected) words; moves, products, losses: (N,).
    """
    axes = figure.subplot_mosaic([["pairs", "product"], ["pairs", "loss"]])
    left, place = axes["pairs"], np.arange(len(pairs))
    left.set(xlim=(0, 1.15), ylim=(len(pairs) - 0.4, -0.6), xticks=[0, 0.5, 1])
    left.set_yticks(place, [f"{chosen} > {rejected}" for chosen, rejected in pairs])
    left.axvline(0.5, color="gray", lw=1, ls=":")
    left.set_xlabel("σ(margin): as the human chose")
    bars = moving(*left.barh(place, 0 * place, color=COLORS["chosen"]))
    notes = moving(*(left.text(0, y, "", va="center") for y in place))
    rows = {"product": products, "loss": losses}
    curves, dots = [], []
    for name, row in rows.items():
        ends = (moves[0] - 0.05, moves[-1] + 0.05)
        axes[name].set(xlim=ends, ylim=(0, 1.15 * max(row)), ylabel=name)
        curves.append(moving(axes[name].plot([], [], color=COLORS["policy"])[0]))
        dots.append(moving(axes[name].plot([0], [0], "o", ms=9, color=COLORS["policy"])[0]))
    axes["product"].tick_params(labelbottom=False)
    axes["loss"].set_xlabel("how far the policy has moved")

    def update(moved, probabilities, product, log_product, loss):
        for bar, note, value in zip(bars, notes, probabilities, strict=True):
            bar.set_width(value)
            note.set(text=f"{value:.2f}", x=value + 0.02)
        passed = np.asarray(moves) <= moved  # what lies ahead is for the learner to find
        for curve, row, dot, value in zip(
            curves, rows.values(), dots, (product, loss), strict=True
        ):
            curve.set_data(np.asarray(moves)[passed], np.asarray(row)[passed])
            dot.set_data([moved], [value])
        return (
            f"Moved {moved:g}: {' × '.join(f'{p:.2f}' for p in probabilities)} = {product:.4f}. "
            f"Its log is {log_product:.3f}; minus that, shared by {len(pairs)} pairs, is the loss: "
            f"{loss:.3f}."
        )

    return update
