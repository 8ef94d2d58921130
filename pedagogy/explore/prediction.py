"""A learner's prediction of notebook 09, checked."""

import reprlib

import numpy as np

from pedagogy.compare import Table
from pedagogy.explore.methods import METHODS, ends
from pedagogy.explore.runs import read_runs
from pedagogy.locale import _

GOAL = 4.0  # a true reward, for the question who gets there first
ANSWERS = ("RLHF", "DPO", "neither", "?")


def check_prediction(prediction):
    """Set a learner's answers beside what the measured races say: a Table.

    prediction: {"further": …, "faster": …, "spoilt": …}, each "RLHF", "DPO", "neither" or "?".
    The races answer with a name only where all runs of one are beyond all runs of the other.
    """
    facts = race_facts()
    if not isinstance(prediction, dict):
        raise TypeError(f"prediction is {reprlib.repr(prediction)}, but it must be a dict.")
    if set(prediction) != set(facts):
        raise ValueError(
            f"prediction has {sorted(map(str, prediction))}, but it must have {sorted(facts)}."
        )
    by_run = [_("{method}, run by run").format(method=method) for method in METHODS]
    rows = [["", _("you said"), _("measured"), *by_run]]
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
    smallest = told["betas"][0]
    quick = _("seconds to a true reward of {goal:g}, at that beta").format(goal=GOAL)
    lost = _("true reward lost again by training on, at beta {beta:g}").format(beta=smallest)
    return {
        "further": (_("true reward at the end, at its best beta"), 1, further),
        "faster": (quick, -1, faster),
        "spoilt": (lost, 1, spoilt),
    }


def beyond(figures, sign):
    """The method all of whose numbers are larger (sign -1: smaller) than all of the other's."""
    for name, other in zip(METHODS, reversed(METHODS), strict=True):
        if min(sign * figures[name]) > max(sign * figures[other]):
            return name
    return "neither"
