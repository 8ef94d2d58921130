"""Pictures for notebook 09: how far RLHF and DPO get, and for how much."""

import numpy as np

from pedagogy.plots.style import COLORS, moving

METHODS = {  # colour, mark, line
    "RLHF": (COLORS["policy"], "o", "-"),
    "DPO": ("#56B4E9", "s", "--"),
}
FREE = {  # where the ends of the two lines can be named without hiding a mark
    ("RLHF", 0): (15, 5.9),
    ("RLHF", -1): (1.2, 1.2),
    ("DPO", 0): (20, 0.6),
    ("DPO", -1): (1.1, 4.7),
}
FLOOR = 1e-4  # smaller bets are drawn here
KL = "KL(policy ‖ reference), nats"


def plot_one_word(figure, words, reference, frontier, ends):
    """Bets on a few words, beside them all ends on the exact frontier of reward and KL.

    words, reference: names and bets (K,); frontier: KL and reward, two (N,); ends: for each
    method KL and reward, both (betas, seeds).
    """
    left, right = figure.subplots(1, 2)
    places = np.arange(len(words))
    left.set(yscale="log", ylim=(FLOOR / 1.5, 2), xlim=(-0.5, len(words) - 0.5), ylabel="bet")
    left.set_yticks([FLOOR, 1e-3, 1e-2, 1e-1, 1], ["≤ 0.01 %", "0.1 %", "1 %", "10 %", "100 %"])
    left.minorticks_off()
    left.set_xticks(places, [f"“{word}”" for word in words], rotation=20)
    reference_style = {"color": COLORS["reference"], "ms": 16, "mew": 2, "label": "reference"}
    left.plot(places, reference, "_", **reference_style)
    exact, trained = moving(
        left.plot(places, reference, "o", color=COLORS["exact"], ms=11, mfc="none")[0],
        left.plot(places, reference, "x", color=COLORS["policy"], ms=8, mew=2)[0],
    )
    exact.set_label("exact optimum")
    trained.set_label("trained")
    left.legend(loc="upper right", fontsize=9)
    right.plot(*frontier, color=COLORS["exact"], lw=1, label="exact optimum, all betas")
    _draw_ends(right, ends)
    right.set(xlim=(-0.02, 0.45), ylim=(4.38, 5.05), xlabel=f"{KL}", ylabel="true reward")
    right.legend(loc="lower right", fontsize=9)
    here, optimum = moving(
        right.plot([0], [0], "o", ms=13, mfc="none", mew=2, color="black")[0],
        right.plot([0], [0], "+", ms=13, mew=2, color=COLORS["exact"])[0],
    )

    def update(method, beta, seed, bets, best, point, best_point, distance):
        exact.set_ydata(np.clip(best, FLOOR, 1))
        trained.set_ydata(np.clip(bets, FLOOR, 1))
        here.set_data([point[0]], [point[1]])
        optimum.set_data([best_point[0]], [best_point[1]])
        return (
            f"{method} with beta {beta:g}, run {seed + 1}: true reward {point[1]:.3f} at KL "
            f"{point[0]:.3f}; the exact optimum has {best_point[1]:.3f} at {best_point[0]:.3f}. "
            f"Between the two: {distance:.4f} nats."
        )

    return update


def plot_race(figure, ends, betas, most_seconds):
    """Both methods on their way, in seconds; beside it, where all runs of both ended.

    ends: for each method KL and true reward, two (betas, seeds).
    """
    left, right = figure.subplots(1, 2)
    left.set(xlim=(0, most_seconds), ylim=(-1, 6.5), ylabel="true reward")
    left.set_xlabel("seconds of one processor core")
    left.set_xticks(range(0, int(most_seconds) + 1, 5))
    ways, tracks = {}, {}
    for name, (color, mark, line) in METHODS.items():
        look = {"color": color, "marker": mark, "ls": line, "ms": 5}
        ways[name] = moving(left.plot([], [], label=name, **look)[0])
        tracks[name] = moving(right.plot([], [], lw=1, **look | {"ms": 3})[0])
    title = moving(left.set_title(" "))
    left.legend(loc="upper left", fontsize=10)
    right.set(xscale="symlog", xlim=(-0.1, 300), ylim=(-1, 6.5), ylabel="true reward")
    right.set_xticks([0, 1, 3, 10, 30, 100], ["0", "1", "3", "10", "30", "100"])
    right.set_xlabel(f"{KL} a tale")
    _draw_ends(right, ends)
    for name, both in ends.items():
        color, _, line = METHODS[name]
        kl, reward = (np.mean(x, 1) for x in both)
        right.plot(kl, reward, line, color=color, lw=2)
    for (name, place), (x, y) in FREE.items():
        right.text(x, y, f"{name}, beta {betas[place]:g}", ha="center", fontsize=9)
    here = moving(right.plot([0], [0], "o", ms=13, mfc="none", mew=2, color="black")[0])

    def update(method, beta, seed, runs, aims, tale):
        for name, run in runs.items():
            chosen = name == method
            ways[name].set_data(run["seconds"], run["true_reward"])
            ways[name].set(lw=3.5 if chosen else 1.5)
            tracks[name].set_data(run["kl"], run["true_reward"])
            tracks[name].set_visible(chosen)
        found = runs[method]
        seconds, rewards, kls = (found[what] for what in ("seconds", "true_reward", "kl"))
        here.set_data(kls[-1:], rewards[-1:])
        title.set_text(f"beta {beta:g}, run {seed + 1}")
        return (
            f"{method} with beta {beta:g}, run {seed + 1}: true reward {rewards[0]:.2f} at first, "
            f"{max(rewards):.2f} at its best, {rewards[-1]:.2f} after {seconds[-1]:.0f} s at KL "
            f"{kls[-1]:.1f}. Reward - beta × KL: {aims[0]:.2f} at first, {max(aims):.2f} at its "
            f"best, {aims[-1]:.2f} at the end.\nIt writes: {tale}"
        )

    return update


def _draw_ends(axes, ends):
    """All runs of both methods as marks."""
    for name, both in ends.items():
        color, mark, _ = METHODS[name]
        full = name == "RLHF"  # the other's are larger and empty, so that both are seen
        look = {"ms": 5} if full else {"ms": 8, "mfc": "none", "mew": 1.5}
        axes.plot(*map(np.ravel, both), mark, color=color, label=name, **look)
