"""Pictures for notebook 08: a run of DPO as it goes on, and measured runs."""

import numpy as np

from pedagogy.plots.rlhf import NATS, REACH, SHAPES
from pedagogy.plots.style import COLORS, moving

SIDES = {"chosen": "-", "rejected": "--"}


def plot_steps_of_dpo(figure, steps):
    """Loss, accuracy and implicit rewards of a run, step by step, while it goes on."""
    left, right = figure.subplots(1, 2)
    left.set(xlim=(0, steps + 1), ylim=(0, 1.05), xlabel="step")
    left.axhline(np.log(2), color=COLORS["exact"], lw=1, ls=":")
    left.text(steps, np.log(2) + 0.01, "log 2", ha="right")
    right.set(xlim=(0, steps + 1), ylim=(-8, 4), xlabel="step")
    right.set_ylabel("beta × change in log-probability")
    right.axhline(0, color="lightgray", lw=1, zorder=0)
    lines = moving(
        left.plot([], [], "-", color=COLORS["policy"], label="loss")[0],
        left.plot([], [], "--", color=COLORS["human"], label="accuracy")[0],
        *(
            right.plot([], [], style, color=COLORS[side], label=f"{side} responses")[0]
            for side, style in SIDES.items()
        ),
    )
    for axes in (left, right):
        axes.legend(loc="lower left", fontsize=10)

    def update(number, loss, accuracy, chosen_reward, rejected_reward):
        rows = loss, accuracy, np.clip(chosen_reward, -8, 4), np.clip(rejected_reward, -8, 4)
        for line, values in zip(lines, rows, strict=True):
            line.set_data(number, values)
        if not number:
            return "Step 0: nothing has been learned yet."
        return (
            f"Step {number[-1]}: loss {loss[-1]:.2f}, accuracy {accuracy[-1]:.0%}; implicit reward "
            f"of the chosen {chosen_reward[-1]:.2f}, of the rejected {rejected_reward[-1]:.2f}."
        )

    return update


def plot_measured_runs(figure, ends, steps, title):
    """A measured run as its training sees it; beside it, the way it takes and where others end.

    ends: {name: (kl, true rewards)}, of all runs of that name after the last step; steps: after
    how many the runs were measured; title: of the names.
    """
    left, right = figure.subplots(1, 2)
    left.set(xlim=(-3, steps[-1] + 3), ylim=(0, 1.02), xlabel="steps of 32 pairs")
    left.axhline(np.log(2), color=COLORS["exact"], lw=1, ls=":")
    left.text(steps[-1], np.log(2) + 0.01, "log 2", ha="right")
    kinds = (
        ("policy", "-o", "loss, pairs of the training"),
        ("human", "-s", "accuracy, pairs of the training"),
        ("human", ":^", "accuracy, pairs never seen"),
    )
    lines = [
        left.plot([], [], style, ms=5, color=COLORS[color], label=label)[0]
        for color, style, label in kinds
    ]
    left.legend(loc="lower left", fontsize=9)
    heading = left.set_title(" ")
    right.set(xscale="symlog", xlim=(0, 400), ylim=REACH, ylabel="true reward")
    right.set_xticks(NATS, [str(nats) for nats in NATS])
    right.set_xlabel("KL(policy ‖ reference), nats a tale")
    for (name, (kl, true)), shape in zip(ends.items(), SHAPES, strict=False):
        style = {"ms": 5, "alpha": 0.5, "mew": 0, "color": COLORS["policy"]}
        right.plot(kl, true, shape, label=name, **style)
    right.legend(title=title, loc="lower left", ncols=2, fontsize=9)
    way = right.plot([], [], "-", color=COLORS["exact"], lw=1.5)[0]
    same = right.plot([], [], "o", ms=4, color=COLORS["exact"])[0]
    here = right.plot([], [], "o", ms=13, mfc="none", mew=2, color=COLORS["exact"])[0]
    moving(*lines, heading, way, same, here)

    def update(name, loss, accuracy, held_out_accuracy, kl, true_reward, others, tale):
        now = len(kl) - 1
        for line, row in zip(lines, (loss, accuracy, held_out_accuracy), strict=True):
            line.set_data(steps[: now + 1], row)
        heading.set_text(f"{name}, after {steps[now]} steps")
        way.set_data(kl, true_reward)
        same.set_data(*others)
        here.set_data(kl[-1:], true_reward[-1:])
        return (
            f"{name}, after {steps[now]} steps: loss {loss[-1]:.2f}, accuracy {accuracy[-1]:.0%}, "
            f"on pairs never seen {held_out_accuracy[-1]:.0%}; true reward {true_reward[-1]:.2f} "
            f"at KL {kl[-1]:.1f}.\nIt writes: {tale}"
        )

    return update
