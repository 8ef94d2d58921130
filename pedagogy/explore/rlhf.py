"""Explorers of notebook 06: a run as it goes on, and the measured runs over beta."""

from functools import partial

import numpy as np

from pedagogy.explore.live import draw_live
from pedagogy.explore.runs import read_runs
from pedagogy.explorer import Control, Explorer
from pedagogy.plots.rlhf import plot_betas, plot_rounds

RUN = "Left: rewards by judge and human, round by round. Right: KL from the reference."


def watch(going, rounds):
    """Draw the rounds of a run as they come, and return them as a list.

    going: the generator that rlhf gives. An interrupt leaves the picture, and the run, usable.
    """
    names = ("number", "proxy_reward", "true_reward", "kl")
    return draw_live(going, names, partial(plot_rounds, rounds=rounds), RUN)


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
