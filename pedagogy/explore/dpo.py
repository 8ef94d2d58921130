"""Explorers of notebook 08: DPO as it goes on, and measured runs over beta and learning rate."""

from functools import partial

import numpy as np

from pedagogy import require
from pedagogy.explore import arguments
from pedagogy.explore.ends import draw_ends
from pedagogy.explore.live import draw_live, draw_together, mean_of_last
from pedagogy.explore.runs import read_runs
from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, moving
from pedagogy.locale import N_, _

RUNS = N_("Left: loss and accuracy of a run. Right: its way over KL and true reward, and all ends.")
LATELY = 8  # steps that a line of a running training is the mean of
LOWEST, HIGHEST = -6, 2  # of implicit rewards
MARGINS = (-2, 4)  # between them; below 0 the legend has room
FALL = (-60, 0)  # of a tale's log-probability, nats


def watch_steps(going, steps, lowest=LOWEST):
    """Draw the steps of a run as they come, and return them as a list.

    going: the generator that dpo.fit gives; steps: how many it will yield. An interrupt says after
    which one, and leaves the picture, the run, and the list so far, usable. lowest: of the implicit
    rewards that are drawn; what falls deeper stands at the edge.
    Of several runs, {name: generator}, it draws the margin, which can be compared whatever their
    losses are, and the chosen responses' log π in one picture, and returns {name: list}; such a
    list may stand for a generator, as in watch.
    """
    steps = arguments.whole(1, 1_000_000, steps=steps)
    lowest = require.number(lowest=lowest)
    if not lowest < 0:
        raise ValueError(f"lowest is {lowest:g}, but it must be below 0.")
    stopped = _("Stopped after step {number}.")
    if isinstance(going, dict):
        panels = {
            "margin": {"ylim": MARGINS, "ylabel": _("margin")},
            "chosen_logp": {"ylim": FALL, "ylabel": _("log π of the chosen responses, nats")},
        }
        said = _("{name}, step {n}: margin {left:.2f}, log π of the chosen {right:.2f}.")
        step = _("step (each line: mean of the last {n})").format(n=LATELY)
        return draw_together(going, panels, steps, step, said=said, stopped=stopped, over=LATELY)
    return draw_live(
        going,
        ("number", "loss", "accuracy", "chosen_reward", "rejected_reward"),
        partial(plot_steps_of_dpo, steps=steps, lowest=lowest),
        alt=_(
            "Left: loss and accuracy, step by step. Right: implicit rewards of chosen and rejected."
        ),
        stopped=stopped,
    )


def plot_steps_of_dpo(figure, steps, lowest):
    """Loss, accuracy and implicit rewards of a run, step by step, while it goes on."""
    left, right = figure.subplots(1, 2)
    left.set(xlim=(0, steps + 1), ylim=(0, 1.05), xlabel=_("step"))
    right.set(xlim=(0, steps + 1), ylim=(lowest, HIGHEST), xlabel=_("step"))
    right.set_ylabel(_("implicit reward"))
    right.axhline(0, color=COLORS["guide"], lw=0.7, zorder=0)
    rows = (
        (left, "policy", "-", _("loss")),
        (left, "rival", "--", _("accuracy")),
        (right, "chosen", "-", _("chosen responses")),
        (right, "rejected", "--", _("rejected responses")),
    )
    dots = [axes.plot([], [], ".", ms=4, color=COLORS[c])[0] for axes, c, style, label in rows]
    lines = [axes.plot([], [], s, color=COLORS[c], label=label)[0] for axes, c, s, label in rows]
    moving(*dots, *lines)
    _mark_log_2(left)
    left.legend(loc="lower right")
    right.legend(loc="lower left")

    def update(number, **rows):
        means = {name: lately(values) for name, values in rows.items()}
        for dot, line, name in zip(dots, lines, rows, strict=True):
            ends = dot.axes.get_ylim()  # what lies beyond stands at the edge
            dot.set_data(number, np.clip(rows[name], *ends))
            line.set_data(number, np.clip(means[name], *ends))
        if not number:
            return _("Step 0: nothing has been learned yet.")
        loss, accuracy, chosen, rejected = (values[-1] for values in means.values())
        return _(
            "Step {number}, mean of the last {n}: loss {loss:.2f}, accuracy {accuracy:.0%}; "
            "implicit reward of the chosen {chosen:.2f}, of the rejected {rejected:.2f}."
        ).format(
            number=number[-1],
            n=min(LATELY, len(number)),
            loss=loss,
            accuracy=accuracy,
            chosen=chosen,
            rejected=rejected,
        )

    return update


def lately(values):
    return mean_of_last(values, LATELY)


def _mark_log_2(axes):
    axes.axhline(np.log(2), color=COLORS["exact"], lw=1, ls=":", label=_("log 2: loss of a coin"))


def explore_dpo_betas():
    """Measured runs over beta: what the training sees, what the human thinks, what is written."""
    told = read_runs("dpo")
    runs = {beta: _runs(told, beta=beta, learning_rate=told["learning_rate"])
            for beta in told["betas"]}  # fmt: skip

    def compute(beta, step):
        run, *others = runs[beta]
        return _so_far(run, others, step) | {"name": _("beta {beta:g}").format(beta=beta)}

    ends = {f"{beta:g}": _ends(same) for beta, same in runs.items()}
    return Explorer(
        compute,
        partial(plot_measured_runs, ends=ends, steps=told["steps"], title=_("beta, at the end")),
        [
            Control("beta", told["betas"], 0.3, _("beta")),
            Control("step", told["steps"], 64, _("steps")),
        ],
        alt=_(RUNS),
    )


def explore_learning_rates():
    """Measured runs over the learning rate, at any beta at which all rates were tried."""
    told = read_runs("dpo")
    rates, seed = told["learning_rates"], told["seeds"][0]
    runs = {rate: _runs(told, learning_rate=rate, seed=seed) for rate in rates}
    betas = [run["beta"] for run in min(runs.values(), key=len)]
    found = {(run["beta"], rate): run for rate, same in runs.items() for run in same}

    def compute(rate, beta, step):
        others = [found[beta, other] for other in rates if other != rate]
        name = _("learning rate {rate:g}, beta {beta:g}").format(rate=rate, beta=beta)
        return _so_far(found[beta, rate], others, step) | {"name": name}

    ends = {f"{rate:g}": _ends([found[b, rate] for b in betas]) for rate in rates}
    return Explorer(
        compute,
        partial(plot_measured_runs, ends=ends, steps=told["steps"], title=_("rate, at the end")),
        [
            Control("rate", rates, told["learning_rate"], _("learning rate")),
            Control("beta", betas, 0.3, _("beta")),
            Control("step", told["steps"], 64, _("steps")),
        ],
        alt=_(RUNS),
    )


def _runs(told, **same):
    return [run for run in told["runs"] if all(run[name] == same[name] for name in same)]


def _ends(runs):
    """(KLs, true rewards) after the last step."""
    return [run["kl"][-1] for run in runs], [run["true_reward"][-1] for run in runs]


def _so_far(run, others, step):
    """A run up to a step, and where the others were after as many."""
    now = run["steps"].index(step)
    names = ("loss", "accuracy", "held_out_accuracy", "kl", "true_reward")
    told = {name: run[name][: now + 1] for name in names} | {"tale": run["tales"][now]}
    return told | {"others": [[o[name][now] for o in others] for name in ("kl", "true_reward")]}


def plot_measured_runs(figure, ends, steps, title):
    """A measured run as its training sees it; beside it, the way it takes and where others end.

    ends: {name: (kl, true rewards)}, of all runs of that name after the last step; steps: after
    how many the runs were measured; title: of the names.
    """
    left, right = figure.subplots(1, 2)
    left.set(xlim=(-3, steps[-1] + 3), ylim=(-0.55, 1.05), xlabel=_("steps of 32 pairs"))
    left.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1])
    kinds = (
        ("policy", "-o", _("loss, training pairs")),
        ("rival", "-s", _("accuracy, training pairs")),
        ("rival", ":h", _("accuracy, pairs never seen")),
    )
    lines = [
        left.plot([], [], style, ms=5, color=COLORS[color], label=label)[0]
        for color, style, label in kinds
    ]
    _mark_log_2(left)
    left.legend(loc="lower left")
    heading = left.set_title(" ")
    draw_ends(right, ends, title=title)
    right.set(xlabel=_("KL(policy ‖ reference), nats a tale"), ylabel=_("true reward"))
    way = right.plot([], [], "-", color=COLORS["exact"], lw=1.5)[0]
    same = right.plot([], [], "o", ms=4, color=COLORS["exact"])[0]
    ring = {"ms": 13, "mfc": "none", "mew": 2, "clip_on": False}  # whole at KL 0, too
    here = right.plot([0], [0], "o", color=COLORS["exact"], **ring)[0]
    moving(*lines, heading, way, same, here)

    def update(name, loss, accuracy, held_out_accuracy, kl, true_reward, others, tale):
        now = len(kl) - 1
        for line, row in zip(lines, (loss, accuracy, held_out_accuracy), strict=True):
            line.set_data(steps[: now + 1], row)
        heading.set_text(_("{name}, after {n} steps").format(name=name, n=steps[now]))
        way.set_data(kl, true_reward)
        same.set_data(*others)
        here.set_data(kl[-1:], true_reward[-1:])
        return _(
            "{name}, after {n} steps: loss {loss:.2f}, accuracy {accuracy:.0%}, on pairs never "
            "seen {held_out:.0%}; true reward {reward:.2f} at KL {kl:.1f}.\nA middling tale: {tale}"
        ).format(
            name=name,
            n=steps[now],
            loss=loss[-1],
            accuracy=accuracy[-1],
            held_out=held_out_accuracy[-1],
            reward=true_reward[-1],
            kl=kl[-1],
            tale=tale,
        )

    return update
