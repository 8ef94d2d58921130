"""Explorers of notebook 06: a run as it goes on, and the measured runs over beta."""

from functools import partial

import numpy as np
from IPython.display import HTML, DisplayHandle

from pedagogy.explore.runs import read_runs
from pedagogy.explorer import Control, Explorer
from pedagogy.plots.rlhf import plot_betas, plot_rounds

RUN = "Left: rewards by judge and human, round by round. Right: KL from the reference."


def watch(going, rounds):
    """Draw the rounds of a run as they come, and return them as a list.

    going: the generator that rlhf gives. An interrupt leaves the picture, and the run, usable.
    """
    told = []

    def compute():
        told_so_far = {"number": [r.number for r in told]}
        for name in ("proxy_reward", "true_reward", "kl"):
            told_so_far[name] = [getattr(r, name) for r in told]
        return told_so_far

    picture = Explorer(compute, partial(plot_rounds, rounds=rounds), [], alt=RUN, live=True)
    shown = DisplayHandle()
    shown.display(HTML(picture.still()))
    for one in going:
        told.append(one)
        shown.update(HTML(picture.still()))
    return told


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
