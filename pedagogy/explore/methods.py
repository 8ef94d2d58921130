"""What the explorers of notebook 09 share: the methods, their looks, their runs."""

import numpy as np

from pedagogy.explorer import Control
from pedagogy.explorer.style import COLORS, LOOKS, MARKS
from pedagogy.locale import _

METHODS = {name: (COLORS[name], MARKS[name], LOOKS[name].line) for name in ("RLHF", "DPO")}


def controls(told, beta):
    """Which run: method, beta, and number."""
    return [
        Control("method", list(METHODS), "RLHF", _("method")),
        Control("beta", told["betas"], beta, _("beta")),
        Control("run", [seed + 1 for seed in told["seeds"]], 1, _("run")),
    ]


def by_name(told):
    """{(method, beta, seed): run}."""
    return {(run["method"], run["beta"], run["seed"]): run for run in told["runs"]}


def ends(told, method, what):
    """A measure of all runs of a method, (betas, seeds, …)."""
    runs = by_name(told)
    return np.array(
        [[runs[method, beta, seed][what] for seed in told["seeds"]] for beta in told["betas"]]
    )


def draw_ends(axes, ends):
    """All runs of both methods as marks."""
    for name, both in ends.items():
        color, mark, _line = METHODS[name]
        look = {"ms": 8, "mec": COLORS["paper"], "mew": 0.5}  # so that each of them is seen
        axes.plot(*map(np.ravel, both), mark, color=color, label=name, **look)
