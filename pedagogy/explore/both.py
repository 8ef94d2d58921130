"""Notebook 09's two trainings, drawn in one picture while they go on, and counted."""

from functools import partial
from types import SimpleNamespace

from matplotlib.ticker import MaxNLocator

from pedagogy.compare import measure_cost
from pedagogy.explore import arguments
from pedagogy.explore.dpo import LATELY, lately
from pedagogy.explore.live import draw_live, records
from pedagogy.explorer.style import COLORS, moving
from pedagogy.locale import _


def watch_both(rlhf, dpo, iterations, steps):
    """Let RLHF train and then DPO, draw both as they go on, and return {name: Cost}.

    rlhf, dpo: what rlhf and dpo.fit give; iterations, steps: how many they will yield. An
    interrupt ends both where they are, and leaves their runs usable.
    """
    lengths = {
        "iterations": arguments.whole(1, 1_000_000, iterations=iterations),
        "steps": arguments.whole(1, 1_000_000, steps=steps),
    }
    of_rlhf = records(("number", "proxy_reward", "true_reward"), rlhf=rlhf)
    of_dpo = records(("number", "loss", "accuracy"), dpo=dpo)
    costs = {}

    def one_after_the_other():
        for name, going in (("RLHF", of_rlhf), ("DPO", of_dpo)):
            with measure_cost() as costs[name]:
                for record in going:
                    yield SimpleNamespace(number=record.number, method=name, record=record)

    draw_live(
        one_after_the_other(),
        ("method", "record"),
        partial(plot_both, **lengths),
        alt=_("Left: what judge and human say in RLHF. Right: loss and accuracy in DPO."),
        stopped=_("Stopped after number {number}."),
    )
    return costs


def plot_both(figure, iterations, steps):
    """The judge and the human on RLHF's tales; beside it, the loss and the accuracy of DPO."""
    left, right = figure.subplots(1, 2)
    left.set(xlim=(0.5, iterations + 0.5), ylim=(-2, 6.5), xlabel=_("iteration of RLHF"))
    left.set_ylabel(_("reward"))
    right.set(xlim=(0, steps + 1), ylim=(0, 1.05), xlabel=_("step of DPO"))
    rows = {
        "proxy_reward": (left, "judge", "-D", _("what the judge says")),
        "true_reward": (left, "human", "--*", _("what the human thinks")),
        "loss": (right, "DPO", "-", _("loss")),
        "accuracy": (right, "human", "--", _("accuracy")),
    }
    lines = {
        what: moving(axes.plot([], [], style, ms=4, color=COLORS[color], label=label)[0])
        for what, (axes, color, style, label) in rows.items()
    }
    for axes in (left, right):
        axes.legend(loc="lower left")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))

    def update(method, record):
        done = {name: [r for m, r in zip(method, record, strict=True) if m == name]
                for name in ("RLHF", "DPO")}  # fmt: skip
        for what, line in lines.items():
            some = done["RLHF" if line.axes is left else "DPO"]
            values = [getattr(one, what) for one in some]
            if line.axes is right:
                values = lately(values)
            line.set_data([one.number for one in some], values)
        if not done["RLHF"]:
            return _("Nothing has been written yet.")
        told = _("RLHF, iteration {number}: judge {judge:.2f}, human {human:.2f}.").format(
            number=done["RLHF"][-1].number,
            judge=done["RLHF"][-1].proxy_reward,
            human=done["RLHF"][-1].true_reward,
        )
        if done["DPO"]:
            told += " " + _("DPO, step {number}: loss {loss:.2f} (mean of {n}).").format(
                number=done["DPO"][-1].number,
                loss=lately([one.loss for one in done["DPO"]])[-1],
                n=min(LATELY, len(done["DPO"])),
            )
        return told

    return update
