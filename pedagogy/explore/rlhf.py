"""Explorers of notebook 06: a run as it goes on, and the measured runs over beta."""

from functools import partial

import numpy as np

from pedagogy.explore import arguments
from pedagogy.explore.ends import NATS, REACH, SHAPES, draw_ends
from pedagogy.explore.live import draw_live, draw_together
from pedagogy.explore.runs import read_runs
from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, MARKS, moving
from pedagogy.locale import N_, _

LINES = (
    ("judge", "-", N_("what the judge says")),
    ("human", "--", N_("what the human thinks")),
)


def watch(going, iterations):
    """Draw the iterations of a run as they come, and return them as a list.

    going: the generator that rlhf gives; iterations: how many it will yield. An interrupt says
    after which one, and leaves the picture, the run, and the list so far, usable.
    Of several runs, {name: generator}, it draws what true_reward says and KL in one picture, and
    returns {name: list}; such a list may stand for a generator, and its line is there again.
    """
    iterations = arguments.whole(1, 1_000_000, iterations=iterations)
    stopped = _("Stopped after iteration {number}.")
    if isinstance(going, dict):
        panels = {"true_reward": {"ylim": REACH, "ylabel": _("true reward")}, "kl": _kl()}
        said = _("{name}, iteration {n}: true reward {left:.2f}, KL {right:.2f} nats.")
        name = _("iteration")
        return draw_together(going, panels, iterations, name, said=said, stopped=stopped)
    return draw_live(
        going,
        ("number", "proxy_reward", "true_reward", "kl"),
        partial(plot_iterations, iterations=iterations),
        alt=_(
            "Left: rewards by judge and human, iteration by iteration. Right: KL from the "
            "reference."
        ),
        stopped=stopped,
    )


def plot_iterations(figure, iterations):
    """Rewards and KL of a run, while it goes on; iterations: how many there will be."""
    left, right = figure.subplots(1, 2)
    lines = _reward_lines(left, iterations)
    for line, (name, _style, _label) in zip(lines, LINES, strict=True):
        line.set(marker=MARKS[name], ms=4)
    right.set(xlim=(0.5, iterations + 0.5), xlabel=_("iteration"), **_kl())
    moved = moving(right.plot([], [], "-d", ms=4, color=COLORS["divergence"])[0])

    def update(number, proxy_reward, true_reward, kl):
        for line, values in zip(lines, (proxy_reward, true_reward), strict=True):
            line.set_data(number, np.array(values, dtype=float))  # an unknown one, None, is nan
        moved.set_data(number, kl)
        if not number:
            return _("Iteration 0: nothing has been written yet.")
        if true_reward[-1] is None:
            said = _("Iteration {number}: judge {judge:.2f}, KL {kl:.2f} nats.")
        else:
            said = _("Iteration {number}: judge {judge:.2f}, human {human:.2f}, KL {kl:.2f} nats.")
        return said.format(
            number=number[-1], judge=proxy_reward[-1], human=true_reward[-1], kl=kl[-1]
        )

    return update


def _kl():
    """Settings of an axis for the KL of whole tales."""
    ticks = {"yticks": NATS, "yticklabels": NATS}
    return {"yscale": "symlog", "ylim": (0, 400), "ylabel": _("KL, nats a tale"), **ticks}


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

    iterations = len(told["runs"][0]["kl"])
    ends = {"final_kl": final("kl"), "final_true": final("true_reward")}
    plot = partial(plot_betas, **ends, betas=betas, iterations=iterations)
    return Explorer(
        compute,
        plot,
        [
            Control("beta", betas, 0.3, _("beta")),
            Control("run", [seed + 1 for seed in seeds], 1, _("run")),
        ],
        alt=_(
            "Left: rewards of one run over its iterations. Right: true reward and KL at all ends."
        ),
    )


def plot_betas(figure, final_kl, final_true, betas, iterations):
    """One measured run over its iterations; beside it, where all of them ended.

    final_kl, final_true: (betas, seeds), of the last iterations.
    """
    left, right = figure.subplots(1, 2)
    lines = _reward_lines(left, iterations, lw=2)
    title = moving(left.set_title(" "))
    names = [f"{beta:g}" for beta in betas]
    ends = dict(zip(names, zip(final_kl, final_true, strict=True), strict=True))
    draw_ends(right, ends, title=_("beta"))
    right.set_xlabel(_("KL(policy ‖ reference) at the end, nats a tale"))
    right.set_ylabel(_("true reward at the end"))
    same = moving(right.plot([], [], "o", ms=7, mec=COLORS["paper"], mew=0.5, color="black")[0])
    here = moving(right.plot([], [], "o", ms=13, mfc="none", mew=2, color="black")[0])

    def update(beta, seed, proxy_reward, true_reward, kl, tale):
        number = np.arange(1, len(proxy_reward) + 1)
        for line, values in zip(lines, (proxy_reward, true_reward), strict=True):
            line.set_data(number, values)
        title.set_text(_("beta {beta:g}, run {run}").format(beta=beta, run=seed + 1))
        row = betas.index(beta)
        same.set_data(final_kl[row], final_true[row])
        same.set_marker(SHAPES[row])
        here.set_data([kl[-1]], [true_reward[-1]])
        return _(
            "beta {beta:g}, run {run}, after {n} iterations: judge {judge:.2f}, "
            "human {human:.2f}, KL {kl:.1f} nats.\nIt writes: {tale}"
        ).format(
            beta=beta,
            run=seed + 1,
            n=len(kl),
            judge=proxy_reward[-1],
            human=true_reward[-1],
            kl=kl[-1],
            tale=tale,
        )

    return update


def _reward_lines(axes, iterations, **style):
    """A panel for rewards by iteration, and its two lines, which move."""
    axes.set(xlim=(0.5, iterations + 0.5), ylim=REACH)
    axes.set(xlabel=_("iteration"), ylabel=_("reward"))
    axes.axhline(0, color=COLORS["guide"], lw=0.7, zorder=0)
    lines = moving(
        *(
            axes.plot([], [], line, color=COLORS[color], label=_(label), **style)[0]
            for color, line, label in LINES
        )
    )
    axes.legend(loc="lower left")
    return lines
