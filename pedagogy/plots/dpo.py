"""Pictures for notebook 08: a run of DPO as it goes on, and measured runs."""

import numpy as np

from pedagogy.plots.rlhf import draw_ends
from pedagogy.plots.style import COLORS, moving

LATELY = 8  # steps that a line of a running training is the mean of
LIMITS = (-6, 2)  # of implicit rewards


def plot_steps_of_dpo(figure, steps):
    """Loss, accuracy and implicit rewards of a run, step by step, while it goes on."""
    left, right = figure.subplots(1, 2)
    left.set(xlim=(0, steps + 1), ylim=(0, 1.05), xlabel="step")
    right.set(xlim=(0, steps + 1), ylim=LIMITS, xlabel="step", ylabel="implicit reward")
    right.axhline(0, color="lightgray", lw=1, zorder=0)
    rows = (
        (left, "policy", "-", "loss"),
        (left, "human", "--", "accuracy"),
        (right, "chosen", "-", "chosen responses"),
        (right, "rejected", "--", "rejected responses"),
    )
    dots = [axes.plot([], [], ".", color=COLORS[c], alpha=0.4)[0] for axes, c, _, _ in rows]
    lines = [axes.plot([], [], s, color=COLORS[c], label=label)[0] for axes, c, s, label in rows]
    moving(*dots, *lines)
    _mark_log_2(left)
    left.legend(loc="lower left", fontsize=10)
    right.legend(loc="lower left", fontsize=10)

    def update(number, **rows):
        means = {name: _lately(values) for name, values in rows.items()}
        for dot, line, name in zip(dots, lines, rows, strict=True):
            ends = dot.axes.get_ylim()  # what lies beyond stands at the edge
            dot.set_data(number, np.clip(rows[name], *ends))
            line.set_data(number, np.clip(means[name], *ends))
        if not number:
            return "Step 0: nothing has been learned yet."
        loss, accuracy, chosen, rejected = (values[-1] for values in means.values())
        return (
            f"Step {number[-1]}, mean of the last {min(LATELY, len(number))}: loss {loss:.2f}, "
            f"accuracy {accuracy:.0%}; implicit reward of the chosen {chosen:.2f}, of the "
            f"rejected {rejected:.2f}."
        )

    return update


def _lately(values):
    """For each step the mean of the last few: a step's own pairs may be easy ones or hard ones."""
    return [np.mean(values[max(0, end - LATELY) : end]) for end in range(1, len(values) + 1)]


def _mark_log_2(axes):
    axes.axhline(np.log(2), color=COLORS["exact"], lw=1, ls=":", label="log 2: loss of a coin")


def plot_measured_runs(figure, ends, steps, title):
    """A measured run as its training sees it; beside it, the way it takes and where others end.

    ends: {name: (kl, true rewards)}, of all runs of that name after the last step; steps: after
    how many the runs were measured; title: of the names.
    """
    left, right = figure.subplots(1, 2)
    left.set(xlim=(-3, steps[-1] + 3), ylim=(0, 1.05), xlabel="steps of 32 pairs")
    kinds = (
        ("policy", "-o", "loss, training pairs"),
        ("human", "-s", "accuracy, training pairs"),
        ("human", ":^", "accuracy, pairs never seen"),
    )
    lines = [
        left.plot([], [], style, ms=5, color=COLORS[color], label=label)[0]
        for color, style, label in kinds
    ]
    _mark_log_2(left)
    left.legend(loc="lower left", fontsize=9)
    heading = left.set_title(" ")
    draw_ends(right, ends, title=title, fontsize=9)
    right.set(xlabel="KL(policy ‖ reference), nats a tale", ylabel="true reward")
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
            f"at KL {kl[-1]:.1f}.\nA middling tale: {tale}"
        )

    return update
