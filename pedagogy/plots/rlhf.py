"""Pictures for notebook 06: a run of RLHF as it goes on, and what beta does."""

import numpy as np

from pedagogy.plots.style import COLORS, moving

LINES = (
    ("policy", "-", "what the judge says"),
    ("human", "--", "what the human thinks"),
)
SHAPES = "osD^vP"  # one for each beta
NATS = (0, 1, 3, 10, 30, 100, 300)
REACH = (-4, 8)  # of rewards; a tale can have 6 at the most


def plot_rounds(figure, rounds):
    """Rewards and KL of a run, round by round, while it goes on; rounds: how many there will be."""
    left, right = figure.subplots(1, 2)
    lines = _reward_lines(left, rounds, marker="o", ms=3)
    right.set(xlim=(0.5, rounds + 0.5), xlabel="round")
    right.set_yscale("symlog")
    right.set(ylim=(0, 400), ylabel="KL(policy ‖ reference), nats a tale")
    right.set_yticks(NATS, [str(nats) for nats in NATS])
    moved = moving(right.plot([], [], "-o", ms=3, color=COLORS["divergence"])[0])

    def update(number, proxy_reward, true_reward, kl):
        for line, values in zip(lines, (proxy_reward, true_reward), strict=True):
            line.set_data(number, values)
        moved.set_data(number, kl)
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
    lines = _reward_lines(left, rounds, lw=2)
    title = moving(left.set_title(" "))
    names = [f"{beta:g}" for beta in betas]
    ends = dict(zip(names, zip(final_kl, final_true, strict=True), strict=True))
    draw_ends(right, ends, title="beta", fontsize=10)
    right.set_xlabel("KL(policy ‖ reference) at the end, nats a tale")
    right.set_ylabel("true reward at the end")
    same = moving(right.plot([], [], "o", ms=5, color="black")[0])
    here = moving(right.plot([], [], "o", ms=13, mfc="none", mew=2, color="black")[0])

    def update(beta, seed, proxy_reward, true_reward, kl, tale):
        number = np.arange(1, len(proxy_reward) + 1)
        for line, values in zip(lines, (proxy_reward, true_reward), strict=True):
            line.set_data(number, values)
        title.set_text(f"beta {beta:g}, run {seed + 1}")
        row = betas.index(beta)
        same.set_data(final_kl[row], final_true[row])
        same.set_marker(SHAPES[row])
        here.set_data([kl[-1]], [true_reward[-1]])
        return (
            f"beta {beta:g}, run {seed + 1}, after {len(kl)} rounds: judge {proxy_reward[-1]:.2f}, "
            f"human {true_reward[-1]:.2f}, KL {kl[-1]:.1f} nats.\nIt writes: {tale}"
        )

    return update


def draw_ends(axes, ends, **legend):
    """Where measured runs ended, true reward over KL, in a shape for each name.

    ends: {name: (KLs, true rewards)}, at most as many as there are SHAPES.
    """
    axes.set(xscale="symlog", xlim=(0, 400), ylim=REACH)
    axes.set_xticks(NATS, [str(nats) for nats in NATS])
    for (name, (kl, true)), shape in zip(ends.items(), SHAPES[: len(ends)], strict=True):
        style = {"ms": 5, "alpha": 0.5, "mew": 0, "color": COLORS["policy"]}
        axes.plot(kl, true, shape, label=name, **style)
    axes.legend(loc="lower left", ncols=2, **legend)


def _reward_lines(axes, rounds, **style):
    """A panel for rewards round by round, and its two lines, which move."""
    axes.set(xlim=(0.5, rounds + 0.5), ylim=REACH, xlabel="round", ylabel="reward")
    axes.axhline(0, color="lightgray", lw=1, zorder=0)
    lines = moving(
        *(
            axes.plot([], [], line, color=COLORS[color], label=label, **style)[0]
            for color, line, label in LINES
        )
    )
    axes.legend(loc="lower left", fontsize=10)
    return lines
