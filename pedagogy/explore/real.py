"""Explorer of notebook 10: measured runs of the real model, one setting changed at a time."""

from functools import partial

import numpy as np

from pedagogy.explore.runs import read_runs
from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, moving
from pedagogy.locale import N_, _

LABELS = {
    "beta": N_("beta {value:g}"),
    "learning_rate": N_("learning rate {value:g}"),
    "pairs": N_("{value} pairs"),
}
ROWS = ("loss", "held_out_loss", "capitals", "held_out_chosen", "held_out_rejected")
MOVED = (-120, 20)  # of a response's log-probability, nats


def explore_real_runs():
    """What DPO makes of SmolLM2: loss, how far responses move, and what it writes, step by step."""
    told = read_runs("real")
    steps, runs = told["steps"], {_name(run, told["usual"]): run for run in told["runs"]}

    def compute(run, step):
        found = runs[run]
        now = min(steps.index(step), len(found["loss"]) - 1)  # of one that exploded, its last
        return {
            "name": run,
            "rows": {name: found[name][: now + 1] for name in ROWS},
            "accuracy": found["held_out_accuracy"][now],
            "kl": found["kl"][now],
            "tales": list(zip(told["prompts"], found["written"][now], strict=True)),
        }

    return Explorer(
        compute,
        partial(plot_real_run, steps=steps),
        [
            Control("run", list(runs), next(iter(runs)), _("run")),
            Control("step", steps, steps[-1], _("steps")),
        ],
        alt=_("Left: loss, and capitals known, by step. Right: how far responses moved."),
    )


def _name(run, usual):
    changed = [name for name in usual if run[name] != usual[name]]
    shown = changed or list(usual)
    label = ", ".join(_(LABELS[name]).format(value=run[name]) for name in shown)
    return label if changed else _("usual: {settings}").format(settings=label)


def plot_real_run(figure, steps):
    """What a run has learnt and forgotten; beside it, how far responses never seen have moved."""
    left, right = figure.subplots(1, 2)
    for axes in (left, right):
        axes.set(xlim=(-2, steps[-1] + 2), xticks=steps, xlabel=_("steps of 4 pairs"))
    left.set(ylim=(0, 1.05))
    left.axhline(np.log(2), color=COLORS["exact"], lw=1, ls=":", label=_("log 2: loss of a coin"))
    right.set(ylim=MOVED)
    right.set_ylabel(_("change of log π, nats (cut at {low})").format(low=MOVED[0]))
    right.axhline(0, color=COLORS["guide"], lw=0.7, zorder=0)
    looks = (
        (left, "policy", "-o", _("loss, pairs it has read")),
        (left, "rival", "--h", _("loss, pairs never seen")),
        (left, "reference", "-.D", _("probability of the right capital")),
        (right, "chosen", "-o", _("chosen, never seen")),
        (right, "rejected", "--s", _("rejected, never seen")),
    )
    lines = {
        name: axes.plot([], [], style, ms=5, color=COLORS[color], label=label)[0]
        for name, (axes, color, style, label) in zip(ROWS, looks, strict=True)
    }
    moving(*lines.values())
    left.legend(loc="upper right")
    right.legend(loc="lower left")

    def update(name, rows, accuracy, kl, tales):
        now = len(rows["loss"]) - 1
        for what, row in rows.items():
            ends = lines[what].axes.get_ylim()  # what lies beyond stands at the edge
            lines[what].set_data(steps[: now + 1], np.clip(row, *ends))
        written = "\n".join(f"{prompt} → {' '.join(text.split())}" for prompt, text in tales)
        return _(
            "{name}, after {n} steps: of 40 pairs never seen, {accuracy:.0%} come out right; "
            "KL {kl:.1f} nats a response; a right capital gets {capitals:.0%}.\n{written}"
        ).format(
            name=name,
            n=steps[now],
            accuracy=accuracy,
            kl=kl,
            capitals=rows["capitals"][-1],
            written=written,
        )

    return update
