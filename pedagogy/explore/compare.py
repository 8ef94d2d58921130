"""Explorers of notebook 09: where RLHF and DPO arrive, in words and in tales, and how fast.

And a learner's prediction of that, checked.
"""

from functools import partial

import numpy as np
import torch

from pedagogy.compare import Table
from pedagogy.explore.runs import read_runs
from pedagogy.explore.runs.one_word import all_words
from pedagogy.explorer import Control, Explorer
from pedagogy.maths.divergence import kl_divergence
from pedagogy.maths.graded_test import modified_grade
from pedagogy.plots.compare import METHODS, plot_one_word, plot_race
from pedagogy.policy import load_policy

FRONTIER = np.geomspace(0.05, 100, 60)  # betas


def explore_one_word():
    """Answers of one word: what both methods bet, and the frontier that no policy can cross."""
    told, words = read_runs("one_word"), all_words(load_policy("cpu"))
    runs = by_name(told)
    frontier = np.array([on_frontier(words, beta) for beta in FRONTIER]).T  # KL, reward

    def compute(method, beta, run):
        found = runs[method, beta, run - 1]
        return {
            "method": method,
            "beta": beta,
            "seed": found["seed"],
            "bets": found["bets"],
            "best": words.optimum(beta)[words.likeliest].tolist(),
            "point": (found["kl"], found["true_reward"]),
            "best_point": on_frontier(words, beta),
            "distance": found["distance"],
        }

    plot = partial(
        plot_one_word,
        words=told["words"],
        reference=words.reference[words.likeliest].tolist(),
        frontier=frontier,
        ends={name: [ends(told, name, what) for what in ("kl", "true_reward")] for name in METHODS},
    )
    alt = "Left: bets on six words. Right: reward over KL, the exact frontier and all ends."
    return Explorer(compute, plot, controls(told, beta=0.5), alt=alt)


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
    alt = "Left: true reward over seconds, both methods. Right: true reward over KL, all ends."
    return Explorer(compute, plot, controls(told, beta=0.3), alt=alt)


def controls(told, beta):
    """Which run: method, beta, and number."""
    return [
        Control("method", list(METHODS), "RLHF", "method"),
        Control("beta", told["betas"], beta, "beta"),
        Control("run", [seed + 1 for seed in told["seeds"]], 1, "run"),
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


def on_frontier(words, beta):
    """KL and reward of the exact optimum: no policy has more reward at this KL."""
    best = words.optimum(beta)
    return kl_divergence(best, words.reference).item(), torch.dot(best, words.rewards).item()


GOAL = 4.0  # a true reward, for the question who gets there first
ANSWERS = ("RLHF", "DPO", "neither", "?")


def check_prediction(prediction):
    """Set a learner's answers beside what the measured races say: a Table.

    prediction: {"further": …, "faster": …, "spoilt": …}, each "RLHF", "DPO", "neither" or "?".
    The races answer with a name only where all runs of one are beyond all runs of the other.
    """
    facts = race_facts()
    if set(prediction) != set(facts):
        raise ValueError(f"prediction has {sorted(prediction)}, but it must have {sorted(facts)}.")
    rows = [["", "you said", "measured", *(f"{method}, run by run" for method in METHODS)]]
    for name, (question, sign, figures) in facts.items():
        if prediction[name] not in ANSWERS:
            listed = " or ".join(map(repr, ANSWERS))
            raise ValueError(f"{name} is {prediction[name]!r}, but it must be {listed}.")
        runs = (", ".join(f"{number:.1f}" for number in figures[method]) for method in METHODS)
        rows.append([f"{name}: {question}", prediction[name], beyond(figures, sign), *runs])
    return Table(rows)


def race_facts():
    """{name: (question, 1 or -1 if more or less makes the answer, {method: one number a run})}."""
    told = read_runs("race")
    further, faster, spoilt = {}, {}, {}
    for name in METHODS:
        rewards, seconds = (ends(told, name, what) for what in ("true_reward", "seconds"))
        best = rewards[..., -1].mean(1).argmax()  # of the betas
        further[name] = rewards[best, :, -1]
        reached = (rewards[best] >= GOAL).argmax(-1)  # the first of the moments
        faster[name] = seconds[best][np.arange(len(reached)), reached]
        spoilt[name] = (rewards[0].max(-1) - rewards[0, :, -1]).clip(min=0)
    smallest = f"beta {told['betas'][0]:g}"
    return {
        "further": ("true reward at the end, at its best beta", 1, further),
        "faster": (f"seconds to a true reward of {GOAL:g}, at that beta", -1, faster),
        "spoilt": (f"true reward lost again by training on, at {smallest}", 1, spoilt),
    }


def beyond(figures, sign):
    """The method all of whose numbers are larger (sign -1: smaller) than all of the other's."""
    for name, other in zip(METHODS, reversed(METHODS), strict=True):
        if min(sign * figures[name]) > max(sign * figures[other]):
            return name
    return "neither"
