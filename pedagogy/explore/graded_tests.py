"""Explorers of notebook 03: graded tests."""

from functools import partial

import numpy as np
import torch

from pedagogy.explore import arguments
from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, MARKS, moving
from pedagogy.locale import N_, _
from pedagogy.maths.graded_test import (
    GRADED_TEST,
    flip_beta,
    grade,
    graded_test_divergence,
    modified_grade,
)

BETAS = np.round(np.arange(0, 0.2501, 0.0025), 4)
NAMES = (N_("improved test 1"), N_("improved test 2"))


def show_graded_tests(test=GRADED_TEST):
    """The original test and both improved ones, answer by answer; nothing to move."""
    arguments.graded_test(test)
    tests = (test.original, test.improved_1, test.improved_2)
    return Explorer(
        dict,
        partial(plot_graded_tests, tests=tests, right_answer=test.right_answer),
        [],
        alt=_("Two panels, one for each improved test: original and new answer to each question."),
    )


def plot_graded_tests(figure, tests, right_answer):
    """Two improved tests beside the original, answer by answer; nothing moves.

    tests: the answers of the original and of both improved ones.
    """
    original, *improved = tests
    number = np.arange(1, len(original) + 1)
    for axes, answers, name in zip(
        figure.subplots(1, 2, sharey=True), improved, NAMES, strict=True
    ):
        axes.vlines(number, original, answers, color=COLORS["divergence"], lw=2)
        axes.plot(number, original, "s", color=COLORS["reference"], label=_("original test"))
        axes.plot(
            [7], [right_answer], "*", ms=17, color=COLORS["human"], label=_("right answer to 7")
        )
        axes.plot(number, answers, "o", ms=5, color=COLORS["policy"], label=_(name))
        axes.set(xticks=number, xlabel=_("question"), ylabel=_("answer"), ylim=(0, 42))
        axes.legend(loc="upper left")
    changed = [sum(np.not_equal(original, answers)) for answers in improved]
    said = _("Changed answers: {n_1} in improved test 1, {n_2} in improved test 2.")
    return lambda: said.format(n_1=changed[0], n_2=changed[1])


def explore_flip(test=GRADED_TEST):
    """Both improved tests' modified grades, while beta crosses the point where they are equal."""
    arguments.graded_test(test)
    (g1, d1), (g2, d2) = map(_grade_and_divergence, (test.improved_1, test.improved_2))
    grades, divergences = torch.stack([g1, g2]), torch.stack([d1, d2])
    rows = modified_grade(grades[:, None], divergences[:, None], torch.tensor(BETAS))

    def compute(beta):
        return {"beta": beta, "grades": modified_grade(grades, divergences, beta).tolist()}

    plot = partial(
        plot_flip, betas=BETAS, modified=rows.numpy(), flip=float(flip_beta(g1, d1, g2, d2))
    )
    return Explorer(
        compute,
        plot,
        [Control("beta", BETAS, 0.0, _("beta"), "{:.4f}")],
        alt=_("Left: two modified grades as bars. Right: the same as lines over beta, crossing."),
    )


def plot_flip(figure, betas, modified, flip):
    """Modified grades over beta, crossing at the flip; bars at the beta chosen now.

    betas (N,); modified (2, N), one row for each improved test.
    """
    left, right = figure.subplots(1, 2, width_ratios=(2, 3))
    low = min(-1.0, 1.05 * float(np.min(modified)))
    colors, marks = zip(*((COLORS[name], MARKS[name]) for name in ("policy", "rival")), strict=True)
    bars = moving(*left.bar([0, 1], [0, 0], color=colors, width=0.6))
    numbers = moving(*(left.text(x, 0, "", ha="center", va="bottom") for x in (0, 1)))
    left.set(xlim=(-0.6, 1.6), ylim=(low, 12), xticks=[0, 1], ylabel=_("modified grade"))
    left.set_xticklabels(map(_, NAMES))
    left.axhline(0, color=COLORS["guide"], lw=0.7)
    rows = moving(
        *(
            right.plot([], [], style, color=color, label=_(name))[0]
            for color, style, name in zip(colors, ("-", "--"), NAMES, strict=True)
        )
    )
    reach = betas[-1] - betas[0]
    right.set(xlim=(betas[0] - 0.02 * reach, betas[-1] + 0.02 * reach), ylim=(low, 12))
    right.set_xlabel(_("beta"))
    right.legend(loc="upper right")
    flipped = moving(
        right.axvline(flip, ymax=0.05, color=COLORS["exact"], lw=1.5),
        right.text(
            flip + 0.01 * reach,
            low,
            _("flip at beta = {flip:g}").format(flip=flip),
            va="bottom",
            size=11,
        ),
    )
    dots = moving(
        *(
            right.plot([0], [0], mark, ms=8, color=color)[0]
            for mark, color in zip(marks, colors, strict=True)
        )
    )

    def update(beta, grades):
        for i, points in enumerate(grades):
            bars[i].set_height(points)
            numbers[i].set(text=f"{points:.2f}", y=max(points, 0) + 0.1)
            dots[i].set_data([beta], [points])
            passed = np.asarray(betas) <= beta  # what lies ahead is for the learner to find
            rows[i].set_data(betas[passed], modified[i][passed])
        for artist in flipped:
            artist.set_visible(beta >= flip - 1e-9)
        return _who_wins(*grades).format(beta=beta, grade_1=grades[0], grade_2=grades[1])

    return update


def _who_wins(grade_1, grade_2):
    if np.isclose(grade_1, grade_2):
        return _(
            "beta {beta:.4f}: improved test 1 gets {grade_1:.2f}, "
            "improved test 2 gets {grade_2:.2f}: equal."
        )
    if grade_1 > grade_2:
        return _(
            "beta {beta:.4f}: improved test 1 gets {grade_1:.2f}, "
            "improved test 2 gets {grade_2:.2f}: improved test 1 wins."
        )
    return _(
        "beta {beta:.4f}: improved test 1 gets {grade_1:.2f}, "
        "improved test 2 gets {grade_2:.2f}: improved test 2 wins."
    )


def explore_own_test(test=GRADED_TEST):
    """A test of the learner's own: question 7 and all others moved, at any beta."""
    arguments.graded_test(test)

    def compute(answer_7, others, beta):
        answers = [answer + others for answer in test.original]
        answers[test.corrected] = answer_7
        points, divergence = _grade_and_divergence(answers, test)
        return {
            "answers": answers,
            "grade": float(points),
            "divergence": float(divergence),
            "beta": beta,
            "modified": float(modified_grade(points, divergence, beta)),
        }

    return Explorer(
        compute,
        partial(plot_own_test, original=test.original, correct_7=test.right_answer),
        [
            Control("answer_7", range(16, 29), 20, _("answer to question 7")),
            Control("others", (-4, -1, 0, 1, 4), 0, _("all others moved by")),
            Control("beta", (0.0, 0.1, 0.25, 0.5, 1.0, 2.0), 0.1, _("beta")),
        ],
        alt=_(
            "Left: the original test and yours. Right: grade, price of the divergence, the rest."
        ),
    )


def plot_own_test(figure, original, correct_7):
    """A test that the learner changes, its grade, its divergence and what remains."""
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    number = np.arange(1, len(original) + 1)
    left.plot(number, original, "s", color=COLORS["reference"], label=_("original test"))
    left.plot([7], [correct_7], "*", ms=14, color=COLORS["human"], label=_("right answer to 7"))
    mine = left.plot(number, original, "o", color=COLORS["policy"], label=_("your test"))[0]
    left.set(xticks=number, xlabel=_("question"), ylabel=_("answer"))
    left.set_ylim(min(original) - 8, max(*original, correct_7) + 16)
    left.legend(loc="upper left")
    moving(mine)
    right.set(xlim=(-10, 15), ylim=(2.6, -0.6), yticks=[0, 1, 2], xlabel=_("points"))
    right.set_yticklabels([_("grade on 7"), _("− beta × divergence"), _("modified grade")])
    right.axvline(0, color=COLORS["guide"], lw=0.7)
    colors = (COLORS["human"], COLORS["divergence"], COLORS["policy"])
    bars = moving(*right.barh(range(3), [0] * 3, color=colors))
    notes = moving(*(right.text(0, y, "", va="center") for y in range(3)))

    def update(answers, grade, divergence, beta, modified):
        mine.set_ydata(answers)
        values = (grade, -beta * divergence, modified)
        for bar, note, value in zip(bars, notes, values, strict=True):
            bar.set_width(np.clip(value, -10, 15))
            text = _("{value:.2f} (bar cut off)") if value < -10 else "{value:.2f}"
            note.set(text=text.format(value=value), x=max(value, 0) + 0.3)
        return _(
            "Grade {grade:.2f} minus {beta:g} times divergence {divergence:.2f} is {modified:.2f}."
        ).format(grade=grade, beta=beta, divergence=divergence, modified=modified)

    return update


def _grade_and_divergence(answers, test=GRADED_TEST):
    points = grade(answers[test.corrected], test.right_answer)
    return points, graded_test_divergence(answers, test.original, test.spread)
