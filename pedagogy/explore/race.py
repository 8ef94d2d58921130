"""Explorer of notebook 09: tales, and how fast RLHF and DPO get how far."""

from functools import partial

import numpy as np

from pedagogy.explore.methods import METHODS, by_name, controls, draw_ends, ends
from pedagogy.explore.runs import read_runs
from pedagogy.explorer import Explorer
from pedagogy.explorer.style import moving
from pedagogy.locale import _
from pedagogy.maths.graded_test import modified_grade

FREE = {  # where the ends of the two lines can be named without hiding a mark
    ("RLHF", 0): (15, 5.9),
    ("RLHF", -1): (1.2, 1.2),
    ("DPO", 0): (20, 0.6),
    ("DPO", -1): (1.1, 4.7),
}


def explore_race():
    """Tales: the true reward of both methods over the seconds, and where all runs ended."""
    told = read_runs("race")
    runs = by_name(told)
    most = max(run["seconds"][-1] for run in told["runs"])

    def compute(method, beta, run):
        both = {name: runs[name, beta, run - 1] for name in METHODS}
        told = both[method]
        return {
            "method": method,
            "beta": beta,
            "seed": told["seed"],
            "runs": both,
            "aims": modified_grade(told["true_reward"], told["kl"], beta).tolist(),
            "tale": told["tale"],
        }

    finals = {
        name: [ends(told, name, what)[..., -1] for what in ("kl", "true_reward")]
        for name in METHODS
    }
    plot = partial(plot_race, ends=finals, betas=told["betas"], most_seconds=1.05 * most)
    alt = _("Left: true reward over seconds, both methods. Right: true reward over KL, all ends.")
    return Explorer(compute, plot, controls(told, beta=0.3), alt=alt)


def plot_race(figure, ends, betas, most_seconds):
    """Both methods on their way, in seconds; beside it, where all runs of both ended.

    ends: for each method KL and true reward, two (betas, seeds).
    """
    left, right = figure.subplots(1, 2)
    left.set(xlim=(0, most_seconds), ylim=(-1, 6.5), ylabel=_("true reward"))
    left.set_xlabel(_("seconds of one processor core"))
    left.set_xticks(range(0, int(most_seconds) + 1, 5))
    ways, tracks = {}, {}
    for name, (color, mark, line) in METHODS.items():
        look = {"color": color, "marker": mark, "ls": line, "ms": 5}
        ways[name] = moving(left.plot([], [], label=name, **look)[0])
        tracks[name] = moving(right.plot([], [], lw=1, **look | {"ms": 4})[0])
    title = moving(left.set_title(" "))
    left.legend(loc="upper left")
    right.set(xscale="symlog", xlim=(-0.1, 300), ylim=(-1, 6.5), ylabel=_("true reward"))
    right.set_xticks([0, 1, 3, 10, 30, 100], ["0", "1", "3", "10", "30", "100"])
    right.set_xlabel(_("KL(policy ‖ reference), nats a tale"))
    draw_ends(right, ends)
    for name, both in ends.items():
        color, mark, line = METHODS[name]
        kl, reward = (np.mean(x, 1) for x in both)
        right.plot(kl, reward, line, color=color, lw=2)
    for (name, place), (x, y) in FREE.items():
        text = _("{method}, beta {beta:g}").format(method=name, beta=betas[place])
        right.text(x, y, text, ha="center")
    here = moving(right.plot([0], [0], "o", ms=13, mfc="none", mew=2, color="black")[0])

    def update(method, beta, seed, runs, aims, tale):
        for name, run in runs.items():
            chosen = name == method
            ways[name].set_data(run["seconds"], run["true_reward"])
            ways[name].set(lw=3.5 if chosen else 1.5)
            tracks[name].set_data(run["kl"], run["true_reward"])
            tracks[name].set_visible(chosen)
        found = runs[method]
        seconds, rewards, kls = (found[what] for what in ("seconds", "true_reward", "kl"))
        here.set_data(kls[-1:], rewards[-1:])
        title.set_text(_("beta {beta:g}, run {run}").format(beta=beta, run=seed + 1))
        return _(
            "{method} with beta {beta:g}, run {run}: true reward {first:.2f} at first, {best:.2f} "
            "at its best, {last:.2f} after {seconds:.0f} s at KL {kl:.1f}. Reward - beta × KL: "
            "{first_aim:.2f} at first, {best_aim:.2f} at its best, {last_aim:.2f} at the end.\n"
            "It writes: {tale}"
        ).format(
            method=method,
            beta=beta,
            run=seed + 1,
            first=rewards[0],
            best=max(rewards),
            last=rewards[-1],
            seconds=seconds[-1],
            kl=kls[-1],
            first_aim=aims[0],
            best_aim=max(aims),
            last_aim=aims[-1],
            tale=tale,
        )

    return update
