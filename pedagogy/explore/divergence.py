"""Explorers of notebook 03: graded tests, and how different two distributions are."""

from functools import cache, partial

import numpy as np
import torch

from pedagogy.explorer import Control, Explorer
from pedagogy.maths.divergence import (
    kl_divergence,
    kl_estimates,
)
from pedagogy.maths.graded_test import (
    GRADED_TEST,
    flip_beta,
    grade,
    graded_test_divergence,
    modified_grade,
)
from pedagogy.plots.divergence import (
    plot_direction,
    plot_estimates,
    plot_flip,
    plot_graded_tests,
    plot_moved_words,
    plot_own_test,
)

SAMPLES = (1, 2, 3, 4, 5, 7, 10, 14, 20, 30, 40, 60, 80, 100, 150, 200, 300, 400, 600, 800, 1000)
BETAS = np.round(np.arange(0, 0.2501, 0.0025), 4)


def _grade_and_divergence(answers, test=GRADED_TEST):
    points = grade(answers[test.corrected], test.right_answer)
    return points, graded_test_divergence(answers, test.original, test.sigma)


def show_graded_tests(test=GRADED_TEST):
    """The original test and both improved ones, answer by answer; nothing to move."""
    tests = (test.original, test.improved_1, test.improved_2)
    return Explorer(
        dict,
        partial(plot_graded_tests, tests=tests, right_answer=test.right_answer),
        [],
        alt="Two panels, one for each improved test: original and new answer to each question.",
    )


def explore_flip(test=GRADED_TEST):
    """Both improved tests' modified grades, while beta crosses the point where they are equal."""
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
        [Control("beta", BETAS, 0.0, "beta", "{:.4f}")],
        alt="Left: two modified grades as bars. Right: the same as lines over beta, crossing.",
    )


def explore_own_test(test=GRADED_TEST):
    """A test of the learner's own: question 7 and all others moved, at any beta."""

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
            Control("answer_7", np.arange(14, 30.5, 0.5), 20.0, "answer to question 7"),
            Control("others", np.arange(-6, 6.5, 0.5), 0.0, "all others moved by"),
            Control("beta", np.round(np.arange(0, 2.01, 0.05), 2), 0.1, "beta", "{:.2f}"),
        ],
        alt="Left: the original test and yours. Right: grade, price of the divergence, the rest.",
        live=True,
    )


def explore_moved_words(words, reference):
    """Probability moved to one word from the others, and KL in both directions.

    words: K names; reference (K,): their probabilities. The second word is the one moved.
    """
    reference = torch.as_tensor(reference)
    places = np.round(np.linspace(0, 1, 101), 2)

    def moved(probability):
        others = reference.clone()
        others[1] = 0
        result = others * (1 - probability) / others.sum()
        result[1] = probability
        return result

    rows = torch.stack([moved(p) for p in places.tolist()])  # (N, K)

    def compute(probability):
        new = moved(probability)
        return {
            "probabilities": new.tolist(),
            "chosen": probability,
            "forward": float(kl_divergence(new, reference)),
            "backward": float(kl_divergence(reference, new)),
        }

    plot = partial(
        plot_moved_words,
        words=words,
        reference=reference.tolist(),
        moved=places,
        kl_new_old=kl_divergence(rows, reference).tolist(),
        kl_old_new=kl_divergence(reference, rows).tolist(),
    )
    start = float(reference[1].mul(100).round() / 100)
    return Explorer(
        compute,
        plot,
        [Control("probability", places, start, f"probability of “{words[1]}”", "{:.2f}")],
        alt="Left: two distributions over words as bars. Right: KL in both directions as curves.",
    )


def explore_direction():
    """One hill laid over two: which place is best depends on the direction of KL."""
    outcomes = torch.arange(41.0)

    def hill(middle, width):
        return torch.softmax(-((outcomes - middle) ** 2) / (2 * width**2), dim=0)

    target = 0.999 * (0.6 * hill(11, 2.5) + 0.4 * hill(29, 2.5)) + 0.001 / len(outcomes)

    @cache
    def rows(width):
        hills = torch.stack([hill(m, width) for m in range(len(outcomes))])  # (K, K)
        return hills, kl_divergence(hills, target).tolist(), kl_divergence(target, hills).tolist()

    def compute(middle, width):
        hills, kl_q_p, kl_p_q = rows(width)
        return {
            "middle": middle,
            "width": width,
            "hill_probabilities": hills[middle].tolist(),
            "kl_q_p": kl_q_p,
            "kl_p_q": kl_p_q,
        }

    return Explorer(
        compute,
        partial(plot_direction, target=target.tolist()),
        [
            Control("middle", range(len(outcomes)), 20, "middle of the hill"),
            Control("width", (2.5, 4.0, 5.0), 2.5, "width of the hill"),
        ],
        alt="Left: a target with two hills and one hill laid over it. Right: KL both ways.",
    )


def explore_estimates(policy, reference, most=1000):
    """Sampled estimates of KL(policy ‖ reference) beside the exact value.

    policy, reference: next-word probabilities (K,).
    """
    exact = float(kl_divergence(policy, reference))

    @cache
    def running(dice):
        seed = torch.Generator().manual_seed(dice)
        drawn = torch.multinomial(policy, most, replacement=True, generator=seed)
        estimates = torch.stack(kl_estimates(policy[drawn].log() - reference[drawn].log()))
        count = torch.arange(1, most + 1)
        mean = estimates.cumsum(1) / count  # (3, N)
        square = estimates.square().cumsum(1) / count
        error = ((square - mean**2).clamp(min=0) / (count - 1)).sqrt()  # of one sample: nan
        return mean, error.where(error > 0, torch.nan)  # samples all alike say nothing of it

    def compute(n, dice):
        mean, error = running(dice)
        return {"n": n, "running": mean.tolist(), "spread": error[:, n - 1].tolist()}

    counts = [n for n in SAMPLES if n <= most]
    return Explorer(
        compute,
        partial(plot_estimates, exact=exact, most=most),
        [
            Control("n", counts, 40, "samples"),
            Control("dice", range(1, 7), 1, "throw of the dice"),
        ],
        alt="Left: three estimates with their spread beside the exact value. Right: as n grows.",
    )
