"""Pictures for notebook 06: a run of RLHF as it goes on, and what beta does."""

import numpy as np

from pedagogy.plots.style import COLORS, moving

MARKS = {
    "proxy_reward": ("human", "-", "what the judge says"),
    "true_reward": ("chosen", "--", "what the human thinks"),
}


def plot_rounds(figure, rounds, best=6.0):
    """Rewards and KL of a run, round by round, while it goes on.

    rounds: how many there will be; best: the highest true reward that a tale can have.
    """
    left, right = figure.subplots(1, 2)
    left.set(xlim=(0.5, rounds + 0.5), ylim=(-4, best + 1.5), xlabel="round", ylabel="reward")
    left.axhline(0, color="lightgray", lw=1, zorder=0)
    lines = moving(
        *(
            left.plot([], [], style + "o", ms=3, color=COLORS[color], label=label)[0]
            for color, style, label in MARKS.values()
        )
    )
    left.legend(loc="lower right", fontsize=10)
    right.set(xlim=(0.5, rounds + 0.5), ylim=(0, 12), xlabel="round")
    right.set_ylabel("KL(policy ‖ reference), nats a tale")
    moved = moving(right.plot([], [], "-o", ms=3, color=COLORS["divergence"])[0])

    def update(number, proxy_reward, true_reward, kl):
        for line, values in zip(lines, (proxy_reward, true_reward), strict=True):
            line.set_data(number, values)
        moved.set_data(number, np.clip(kl, 0, 11.9))
        if not number:
            return "Round 0: nothing has been written yet."
        return (
            f"Round {number[-1]}: judge {proxy_reward[-1]:.2f}, human {true_reward[-1]:.2f}, "
            f"KL {kl[-1]:.2f} nats."
        )

    return update


def plot_betas(figure, final_kl, final_true, betas, rounds):
    """One measured run over its rounds; beside it, where all of them ended.

    final_kl, final_true: (betas, seeds), of the last rounds.
    """
    left, right = figure.subplots(1, 2)
    left.set(xlim=(0.5, rounds + 0.5), ylim=(-4, 8), xlabel="round", ylabel="reward")
    left.axhline(0, color="lightgray", lw=1, zorder=0)
    lines = moving(
        *(
            left.plot([], [], style, lw=2, color=COLORS[color], label=label)[0]
            for color, style, label in MARKS.values()
        )
    )
    title = moving(left.set_title(" "))
    left.legend(loc="lower left", fontsize=10)
    right.set(xscale="symlog", xlim=(0, 400), ylim=(-4, 8), ylabel="true reward at the end")
    right.set_xticks([0, 1, 3, 10, 30, 100, 300])
    right.set_xticklabels(["0", "1", "3", "10", "30", "100", "300"])
    right.set_xlabel("KL(policy ‖ reference) at the end, nats a tale")
    for i, beta in enumerate(betas):
        right.plot(final_kl[i], final_true[i], "o", ms=4, color=COLORS["policy"], alpha=0.5)
        place = np.mean(final_kl[i]), np.mean(final_true[i]) + (0.9 if i % 2 else -1.3)
        right.text(*place, f"beta {beta:g}", ha="center")
    here = moving(right.plot([0], [0], "o", ms=11, mfc="none", mew=2, color="black")[0])

    def update(beta, seed, proxy_reward, true_reward, kl, tale):
        number = np.arange(1, len(proxy_reward) + 1)
        for line, values in zip(lines, (proxy_reward, true_reward), strict=True):
            line.set_data(number, values)
        title.set_text(f"beta {beta:g}, run {seed + 1}")
        here.set_data([kl[-1]], [true_reward[-1]])
        return (
            f"beta {beta:g}, run {seed + 1}, after {len(kl)} rounds: judge {proxy_reward[-1]:.2f}, "
            f"human {true_reward[-1]:.2f}, KL {kl[-1]:.1f} nats.\nIt writes: {tale}"
        )

    return update
