"""What both explorers of notebook 09 share: the methods, their looks, their runs."""

import numpy as np

from pedagogy.explorer import Control
from pedagogy.explorer.style import COLORS
from pedagogy.locale import _

METHODS = {  # colour, mark, line
    "RLHF": (COLORS["policy"], "o", "-"),
    "DPO": ("#56B4E9", "s", "--"),
}


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
        color, mark, line = METHODS[name]
        full = name == "RLHF"  # the other's are larger and empty, so that both are seen
        look = {"ms": 5} if full else {"ms": 8, "mfc": "none", "mew": 1.5}
        axes.plot(*map(np.ravel, both), mark, color=color, label=name, **look)
