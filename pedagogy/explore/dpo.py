"""Explorers of notebook 08: DPO as it goes on, and measured runs over beta and learning rate."""

from functools import partial

from pedagogy.explore.live import draw_live
from pedagogy.explore.runs import read_runs
from pedagogy.explorer import Control, Explorer
from pedagogy.plots.dpo import plot_measured_runs, plot_steps_of_dpo

STEPS = "Left: loss and accuracy, step by step. Right: implicit rewards of chosen and rejected."
RUNS = "Left: loss and accuracy of a run. Right: its way over KL and true reward, and all ends."


def watch_steps(going, steps):
    """Draw the steps of a run as they come, and return them as a list; going: what fit gives."""
    names = ("number", "loss", "accuracy", "chosen_reward", "rejected_reward")
    return draw_live(going, names, partial(plot_steps_of_dpo, steps=steps), STEPS)


def explore_dpo_betas():
    """Measured runs over beta: what the training sees, what the human thinks, what is written."""
    told = read_runs("dpo")
    runs = {beta: _runs(told, beta=beta, learning_rate=told["learning_rate"])
            for beta in told["betas"]}  # fmt: skip

    def compute(beta, step):
        run, *others = runs[beta]
        return _so_far(run, others, step) | {"name": f"beta {beta:g}"}

    ends = {f"{beta:g}": _ends(same) for beta, same in runs.items()}
    return Explorer(
        compute,
        partial(plot_measured_runs, ends=ends, steps=told["steps"], title="beta, at the end"),
        [
            Control("beta", told["betas"], 0.3, "beta"),
            Control("step", told["steps"], 64, "steps"),
        ],
        alt=RUNS,
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
        name = f"learning rate {rate:g}, beta {beta:g}"
        return _so_far(found[beta, rate], others, step) | {"name": name}

    ends = {f"{rate:g}": _ends([found[b, rate] for b in betas]) for rate in rates}
    return Explorer(
        compute,
        partial(plot_measured_runs, ends=ends, steps=told["steps"], title="rate, at the end"),
        [
            Control("rate", rates, told["learning_rate"], "learning rate"),
            Control("beta", betas, 0.3, "beta"),
            Control("step", told["steps"], 64, "steps"),
        ],
        alt=RUNS,
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
