"""Explorers of notebook 06: a run as it goes on, and the measured runs over beta."""

from functools import partial

import numpy as np

from pedagogy.explore.ends import NATS, REACH, SHAPES, draw_ends
from pedagogy.explore.live import draw_live
from pedagogy.explore.runs import read_runs
from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, moving

RUN = "Left: rewards by judge and human, round by round. Right: KL from the reference."
LINES = (
    ("policy", "-", "what the judge says"),
    ("human", "--", "what the human thinks"),
)


def watch(going, rounds):
    """Draw the rounds of a run as they come, and return them as a list.

    going: the generator that rlhf gives. An interrupt leaves the picture, and the run, usable.
    """
    names = ("number", "proxy_reward", "true_reward", "kl")
    return draw_live(going, names, partial(plot_rounds, rounds=rounds), RUN)


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


def explore_betas():
    """Measured runs from beta 0 to large: what judge and human say, and what is written."""
    told = read_runs("betas")
    runs = {(run["beta"], run["seed"]): run for run in told["runs"]}
    betas, seeds = told["betas"], told["seeds"]

    def final(name):
        return np.array([[runs[beta, seed][name][-1] for seed in seeds] for beta in betas])

    def compute(beta, run):
        found = runs[beta, run - 1]
        names = ("beta", "seed", "proxy_reward", "true_reward", "kl")
        return {name: found[name] for name in names} | {"tale": found["tales"][0]}

    rounds = len(told["runs"][0]["kl"])
    ends = {"final_kl": final("kl"), "final_true": final("true_reward")}
    plot = partial(plot_betas, **ends, betas=betas, rounds=rounds)
    return Explorer(
        compute,
        plot,
        [
            Control("beta", betas, 0.3, "beta"),
            Control("run", [seed + 1 for seed in seeds], 1, "run"),
        ],
        alt="Left: rewards of one run over its rounds. Right: true reward and KL at all ends.",
    )


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
