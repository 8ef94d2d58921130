"""Explorers of notebook 09: what the step size does, and what happens when nothing stops a run."""

from functools import partial
from itertools import cycle

import numpy as np

from pedagogy.explore.methods import METHODS
from pedagogy.explore.results import told, tuned, unstopped
from pedagogy.explore.runs import read_runs
from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, moving
from pedagogy.locale import _

AIMS = (-3, 6)  # of the judge's score - beta KL
BELOW = 3  # where the legend stands
SCORES = (-4, 8)  # of judge and human

# step size --------------------------------------------------------------------------------------


def explore_step_sizes():
    """The runs by which the learning rates were chosen: how each went, and how well it did."""
    betas, rates = told()["betas"], told()["rates"]

    def compute(method, beta):
        aims, row = {name: tuned(name, beta) for name in METHODS}, betas.index(beta)
        first = set.intersection(*map(set, aims[method].values()))  # seeds that tried all rates
        moments = told()["moments"][method]
        return {
            "method": method,
            "beta": beta,
            "ways": {
                rate: np.mean([to_the_end(found[s], moments) for s in first], 0).tolist()
                for rate, found in aims[method].items()
            },
            "best": {
                name: [np.mean([max(found[s]) for s in first]) for found in aims[name].values()]
                for name in METHODS
            },
            "final": {
                name: {
                    rate: np.mean([*map(max, found.values())])
                    for rate, found in aims[name].items()
                    if len(found) > len(first)
                }
                for name in METHODS
            },
            "chosen": {name: told()["chosen_rates"][name][row] for name in METHODS},
        }

    return Explorer(
        compute,
        partial(plot_step_sizes, rates=rates),
        [
            Control("method", list(METHODS), "RLHF", _("method")),
            Control("beta", betas, betas[-1], _("beta")),
        ],
        alt=_("Left: judge's score - beta KL on the way. Right: its best by learning rate."),
    )


def to_the_end(values, moments):
    """A list as long as moments; nan after the run has stopped."""
    return [*values, *[np.nan] * (len(moments) - len(values))]


def plot_step_sizes(figure, rates):
    """The aim of one method's runs on their way, and of both methods at its best, by rate."""
    left, right = figure.subplots(1, 2)
    low = AIMS[0] - BELOW
    ends = (-0.02, 1.02)  # the dots there are whole
    left.set(xlim=ends, ylim=(low, AIMS[1]), xlabel=_("share of the longest run"))
    left.set_ylabel(_("judge's score - beta × KL"))
    widths = np.linspace(1, 3, len(rates))
    lines = moving(
        *(
            left.plot([], [], f"{dash}o", ms=5, color=COLORS["exact"], lw=width)[0]
            for dash, width in zip(cycle((":", "-.", "--", "-")), widths, strict=False)
        )
    )
    for line, rate in zip(lines, rates, strict=True):
        line.set_label(f"{rate:g}")
    left.legend(loc="lower left", title=_("learning rate"), ncols=3)
    title = moving(left.set_title(" "))
    right.set(xscale="log", xlim=(rates[0] / 2, rates[-1] * 2), ylim=(low, AIMS[1]))
    right.set_xticks(rates, [f"{rate:g}" for rate in rates])
    right.minorticks_off()
    right.set(xlabel=_("learning rate"), ylabel=_("the highest on the way"))
    ends = {
        name: moving(right.plot([], [], mark + line, color=color, ms=7, label=name)[0])
        for name, (color, mark, line) in METHODS.items()
    }
    finals = {
        name: moving(right.plot([], [], mark, color=color, ms=10, mfc="none")[0])
        for name, (color, mark, _line) in METHODS.items()
    }
    finals["DPO"].set_label(_("the best two, more labels"))
    rings = {name: moving(right.plot([], [], "o", ms=17, mfc="none", color=COLORS["exact"])[0])
             for name in METHODS}  # fmt: skip
    right.legend(loc="lower left")

    def update(method, beta, ways, best, final, chosen):
        moments = told()["moments"][method]
        share = np.array(moments) / moments[-1]
        for line, way in zip(lines, ways.values(), strict=True):
            line.set_data(share, np.clip(way, *AIMS))
            line.set_color(METHODS[method][0])
        title.set_text(_("{method}, beta {beta:g}").format(method=method, beta=beta))
        for name in METHODS:
            ends[name].set_data(rates, np.clip(best[name], *AIMS))
            finals[name].set_data([*final[name]], np.clip([*final[name].values()], *AIMS))
            rings[name].set_data([chosen[name]], [max(final[name][chosen[name]], AIMS[0])])
        listed, tried_again = (
            ", ".join(_("{aim:.2f} with {rate:g}").format(aim=aim, rate=rate) for rate, aim in few)
            for few in (zip(rates, best[method], strict=True), final[method].items())
        )
        return _(
            "{method}, beta {beta:g}: the highest judge's score - beta × KL on the way is "
            "{listed}; of the best two, on more labels, {tried_again}. Chosen: {chosen:g}."
        ).format(
            method=method,
            beta=beta,
            listed=listed,
            tried_again=tried_again,
            chosen=chosen[method],
        )

    return update


# stopping ---------------------------------------------------------------------------------------


def explore_stopping():
    """Runs of notebooks 06 and 08 that nothing stopped: judge and human, and what DPO sees."""
    rlhf, dpo = unstopped("RLHF"), unstopped("DPO")
    several = read_runs("dpo")
    betas = sorted({beta for beta, _seed in rlhf.keys() & dpo.keys()})
    seeds = several["seeds"]

    def compute(beta, run):
        found = rlhf[beta, run - 1], dpo[beta, run - 1]
        return {
            "beta": beta,
            "seed": run - 1,
            "judge": found[0]["proxy_reward"],
            "human": {"RLHF": found[0]["true_reward"], "DPO": found[1]["true_reward"]},
            "kl": {"RLHF": found[0]["kl"][-1], "DPO": found[1]["kl"][-1]},
            "loss": found[1]["loss"],
            "accuracy": found[1]["held_out_accuracy"],
            "held_out_loss": found[1].get("held_out_loss", [np.nan] * len(found[1]["loss"])),
        }

    return Explorer(
        compute,
        partial(plot_stopping, steps=several["steps"]),
        [
            Control("beta", betas, betas[0], _("beta")),
            Control("run", [seed + 1 for seed in seeds], 3, _("run")),
        ],
        alt=_("Left: judge and human over the whole run, both methods. Right: what DPO sees."),
    )


def plot_stopping(figure, steps):
    """What judge and human say from beginning to end; beside it, DPO's own numbers.

    steps: of DPO, after which it was measured.
    """
    left, right = figure.subplots(1, 2)
    left.set(xlim=(0, 1), ylim=SCORES, xlabel=_("share of the run"), ylabel=_("reward"))
    left.axhline(0, color=COLORS["guide"], lw=1, zorder=0)
    thinks = {
        name: moving(left.plot([], [], line, color=color, lw=2.5)[0])
        for name, (color, _mark, line) in METHODS.items()
    }
    for name, line in thinks.items():
        line.set_label(_("{method}, human").format(method=name))
    says = moving(left.plot([], [], ":", color=COLORS["judge"], label=_("RLHF, judge"))[0])
    left.legend(loc="lower left")
    title = moving(left.set_title(" "))
    right.set(xlim=(-3, steps[-1] + 3), ylim=(-0.55, 1.05), xlabel=_("steps of DPO"))
    right.set_yticks(np.linspace(0, 1, 6))
    rows = {
        "loss": ("-o", METHODS["DPO"][0], _("loss, training pairs")),
        "held_out_loss": (":s", METHODS["DPO"][0], _("loss, pairs never seen (at beta 0.03)")),
        "accuracy": (":^", COLORS["human"], _("accuracy, pairs never seen")),
    }
    sees = {
        what: moving(right.plot([], [], style, color=color, label=label)[0])
        for what, (style, color, label) in rows.items()
    }
    right.legend(loc="lower left")

    def update(beta, seed, judge, human, kl, **dpo_sees):
        says.set_data(np.linspace(0, 1, len(judge)), np.clip(judge, *SCORES))
        for name, line in thinks.items():
            line.set_data(np.linspace(0, 1, len(human[name])), np.clip(human[name], *SCORES))
        for what, values in dpo_sees.items():
            sees[what].set_data(steps, values)
        title.set_text(_("beta {beta:g}, run {run}").format(beta=beta, run=seed + 1))
        return _(
            "beta {beta:g}, run {run}. RLHF: the human's {rlhf_best:.2f} at best, {rlhf:.2f} at "
            "the end, where the judge says {judge:.2f}, at KL {rlhf_kl:.0f}. DPO: {dpo_best:.2f} "
            "at best, {dpo:.2f} at the end, at KL {dpo_kl:.0f}; its accuracy on pairs never seen "
            "ends at {accuracy:.0%}."
        ).format(
            beta=beta,
            run=seed + 1,
            rlhf_best=max(human["RLHF"]),
            rlhf=human["RLHF"][-1],
            judge=judge[-1],
            rlhf_kl=kl["RLHF"],
            dpo_best=max(human["DPO"]),
            dpo=human["DPO"][-1],
            dpo_kl=kl["DPO"],
            accuracy=dpo_sees["accuracy"][-1],
        )

    return update
