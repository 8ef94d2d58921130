"""Tables of notebook 09: a learner's prediction, checked, and how far the races fall short."""

import numpy as np

from pedagogy import require
from pedagogy.compare import Table
from pedagogy.explore.methods import METHODS
from pedagogy.explore.results import (
    ahead,
    best_of_n,
    mean_and_error,
    objective,
    optimum,
    shortfall,
    tested,
    told,
)
from pedagogy.locale import _

BETA, N = 0.3, 16  # of the questions
ANSWERS = ("RLHF", "DPO", "both", "neither", "?")


def check_prediction(prediction):
    """Set a learner's answers beside what the measured races say: a Table.

    prediction: {"further": …, "bar": …}, each "RLHF", "DPO", "both", "neither" or
    "?". The races name a method only where it is ahead by more than three standard errors of the
    difference, seed by seed.
    """
    facts = race_facts()
    if not isinstance(prediction, dict):
        raise TypeError(f"prediction is {require.said(prediction)}, but it must be a dict.")
    if set(prediction) != set(facts):
        raise ValueError(
            f"prediction has {sorted(map(str, prediction))}, but it must have {sorted(facts)}."
        )
    rows = [["", _("you said"), _("measured"), *METHODS]]
    for name, (question, figures, measured) in facts.items():
        if prediction[name] not in ANSWERS:
            listed = " or ".join(map(repr, ANSWERS))
            raise ValueError(f"{name} is {prediction[name]!r}, but it must be {listed}.")
        numbers = (said_with_error(figures[m]) for m in METHODS)
        rows.append([f"{name}: {question}", prediction[name], measured, *numbers])
    return Table(rows)


def show_shortfalls():
    """How far both methods stay below the exact optimum, and why: a Table.

    In units of reward - beta KL, each with its standard error over the sets of labels.
    """
    rows = [
        [
            "beta",
            _("exact optimum"),
            *(_("{method} stays below by").format(method=name) for name in METHODS),
            _("its aim is wrong by"),
            *(_("{method} is from the aim").format(method=name) for name in METHODS),
        ]
    ]
    for beta in told()["betas"]:
        best = optimum(beta)
        below, wrong, far = zip(*(shortfall(name, beta) for name in METHODS), strict=True)
        numbers = [*below, wrong[0], *far]
        said = map(said_with_error, numbers)
        rows.append([f"{beta:g}", f"{best['true_reward'] - beta * best['kl']:.2f}", *said])
    return Table(rows)


def said_with_error(values):
    if np.isnan(values).any():
        return _("not known")
    return "{:.2f} ± {:.2f}".format(*mean_and_error(values))


def race_facts():
    """{name: (question, {method: a number for each seed}, the answer)}."""
    row, column = told()["betas"].index(BETA), list(told()["ns"]).index(N)
    further = {name: objective(name)[row] for name in METHODS}
    beyond = {name: tested(name, "true_reward")[row] - best_of_n()[:, column] for name in METHODS}
    over = [name for name in METHODS if ahead(beyond[name], 0)]
    return {
        "further": (
            _("true reward - {beta:g} × KL").format(beta=BETA),
            further,
            further_one(further),
        ),
        "bar": (
            _("true reward beyond best of {n}, at beta {beta:g}").format(n=N, beta=BETA),
            beyond,
            "both" if len(over) == 2 else (over or ["neither"])[0],
        ),
    }


def further_one(figures):
    """The method whose numbers are ahead of the other's, or "neither"."""
    for name, other in zip(METHODS, reversed(METHODS), strict=True):
        if ahead(figures[name], figures[other]):
            return name
    return "neither"
