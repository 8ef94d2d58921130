"""Pictures for notebook 03: graded tests, and how different two distributions are."""

import numpy as np

from pedagogy.plots.style import COLORS, moving

NAMES = ("improved test 1", "improved test 2")


def plot_graded_tests(figure, tests, right_answer):
    """Two improved tests beside the original, answer by answer; nothing moves.

    tests: the answers of the original and of both improved ones.
    """
    original, *improved = tests
    number = np.arange(1, len(original) + 1)
    for axes, answers, name in zip(
        figure.subplots(1, 2, sharey=True), improved, NAMES, strict=True
    ):
        axes.vlines(number, original, answers, color=COLORS["divergence"], lw=2, alpha=0.6)
        axes.plot(number, original, "s", color=COLORS["reference"], label="original test")
        axes.plot([7], [right_answer], "*", ms=17, color=COLORS["human"], label="right answer to 7")
        axes.plot(number, answers, "o", ms=5, color=COLORS["policy"], label=name)
        axes.set(xticks=number, xlabel="question", ylabel="answer", ylim=(0, 36))
        axes.legend(loc="upper left", fontsize=9)
    return lambda: (
        f"Changed answers: {sum(np.not_equal(original, improved[0]))} in improved test 1, "
        f"{sum(np.not_equal(original, improved[1]))} in improved test 2."
    )


def plot_flip(figure, betas, modified, flip):
    """Modified grades over beta, crossing at the flip; bars at the beta chosen now.

    betas (N,); modified (2, N), one row for each improved test.
    """
    left, right = figure.subplots(1, 2, width_ratios=(2, 3))
    low = min(-1.0, 1.05 * float(np.min(modified)))
    colors = (COLORS["policy"], COLORS["rejected"])
    bars = moving(*left.bar([0, 1], [0, 0], color=colors, width=0.6))
    numbers = moving(*(left.text(x, 0, "", ha="center", va="bottom") for x in (0, 1)))
    left.set(xlim=(-0.6, 1.6), ylim=(low, 12), xticks=[0, 1], ylabel="modified grade")
    left.set_xticklabels(NAMES)
    left.axhline(0, color="gray", lw=1)
    rows = moving(
        *(
            right.plot([], [], style, color=color, label=name)[0]
            for color, style, name in zip(colors, ("-", "--"), NAMES, strict=True)
        )
    )
    reach = betas[-1] - betas[0]
    right.set(xlim=(betas[0] - 0.02 * reach, betas[-1] + 0.02 * reach), ylim=(low, 12))
    right.set_xlabel("beta")
    right.legend(loc="upper right")
    flipped = moving(right.text(flip + 0.01 * reach, low, "", va="bottom", size=11))
    dots = moving(*(right.plot([0], [0], "o", ms=8, color=color)[0] for color in colors))

    def update(beta, grades):
        for i, grade in enumerate(grades):
            bars[i].set_height(grade)
            numbers[i].set(text=f"{grade:.2f}", y=max(grade, 0) + 0.1)
            dots[i].set_data([beta], [grade])
            passed = np.asarray(betas) <= beta  # what lies ahead is for the learner to find
            rows[i].set_data(betas[passed], modified[i][passed])
        flipped.set_text(f"| flip at beta = {flip:g}" if beta >= flip - 1e-9 else "")
        verdict = "equal" if np.isclose(*grades) else NAMES[int(grades[1] > grades[0])] + " wins"
        return (
            f"beta {beta:.4f}: improved test 1 gets {grades[0]:.2f}, "
            f"improved test 2 gets {grades[1]:.2f}: {verdict}."
        )

    return update


def plot_own_test(figure, original, correct_7):
    """A test that the learner changes, its grade, its divergence and what remains."""
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    number = np.arange(1, len(original) + 1)
    left.plot(number, original, "s", color=COLORS["reference"], label="original test")
    left.plot([7], [correct_7], "*", ms=14, color=COLORS["human"], label="right answer to 7")
    mine = left.plot(number, original, "o", color=COLORS["policy"], label="your test")[0]
    left.set(xticks=number, xlabel="question", ylabel="answer")
    left.set_ylim(min(original) - 8, max(*original, correct_7) + 12)
    left.legend(loc="upper left", fontsize=9, ncols=3)
    moving(mine)
    right.set(xlim=(-10, 15), ylim=(2.6, -0.6), yticks=[0, 1, 2], xlabel="points")
    right.set_yticklabels(["grade on 7", "− beta × divergence", "modified grade"])
    right.axvline(0, color="gray", lw=1)
    colors = (COLORS["human"], COLORS["divergence"], COLORS["policy"])
    bars = moving(*right.barh(range(3), [0] * 3, color=colors))
    notes = moving(*(right.text(0, y, "", va="center") for y in range(3)))

    def update(answers, grade, divergence, beta, modified):
        mine.set_ydata(answers)
        values = (grade, -beta * divergence, modified)
        for bar, note, value in zip(bars, notes, values, strict=True):
            bar.set_width(np.clip(value, -10, 15))
            cut = " (bar cut off)" if value < -10 else ""
            note.set(text=f"{value:.2f}{cut}", x=max(value, 0) + 0.3)
        return (
            f"Grade {grade:.2f} minus {beta:g} times divergence {divergence:.2f} is {modified:.2f}."
        )

    return update


def plot_moved_words(figure, words, reference, moved, kl_new_old, kl_old_new):
    """A bet moved from the other words to one of them, and KL in both directions.

    reference (K,); moved (N,), the new probabilities of that word; kl_… (N,).
    """
    left, right = figure.subplots(1, 2)
    place = np.arange(len(words))
    left.bar(place - 0.2, reference, 0.38, color=COLORS["reference"], label="original")
    bars = moving(*left.bar(place + 0.2, reference, 0.38, color=COLORS["policy"], label="moved"))
    notes = moving(*(left.text(x + 0.2, 0, "", ha="center", va="bottom", size=9) for x in place))
    left.set(xticks=place, ylim=(0, 1.1), ylabel="probability")
    left.set_xticklabels(words, fontsize=9)
    left.legend()
    right.plot(moved, kl_new_old, "-", color=COLORS["policy"], label="KL(moved ‖ original)")
    right.plot(moved, kl_old_new, "--", color=COLORS["reference"], label="KL(original ‖ moved)")
    right.set(xlim=(-0.02, 1.02), ylim=(-0.1, 3), xlabel=f"probability of “{words[1]}”")
    right.set_ylabel("nats")
    right.legend(loc="upper center")
    dots = moving(
        right.plot([0], [0], "o", ms=7, color=COLORS["policy"])[0],
        right.plot([0], [0], "s", ms=11, mfc="none", mew=2, color=COLORS["reference"])[0],
    )
    infinite = moving(right.text(0, 2.75, "∞ ↑", size=14, color=COLORS["reference"]))

    def update(probabilities, chosen, forward, backward):
        for bar, note, p in zip(bars, notes, probabilities, strict=True):
            bar.set_height(p)
            note.set(text=f"{p:.2f}", y=p)
        for dot, value in zip(dots, (forward, backward), strict=True):
            dot.set_data([chosen], [value])  # an infinite one is not drawn
        infinite.set(text="" if np.isfinite(backward) else "∞ ↑", x=np.clip(chosen, 0, 0.9))
        return (
            f"“{words[1]}” at {chosen:.2f}: KL(moved ‖ original) is {forward:.3f} nats, "
            f"KL(original ‖ moved) is {backward:.3f} nats."
        )

    return update


def plot_direction(figure, target):
    """One hill against a target with two, and KL in both directions over the hill's place.

    target (K,): the probabilities of K outcomes in a row.
    """
    left, right = figure.subplots(1, 2)
    outcomes = np.arange(len(target))
    left.stairs(target, fill=True, color=COLORS["reference"], alpha=0.5, label="p, two hills")
    hill = moving(left.stairs(target, color=COLORS["policy"], lw=2, label="q, one hill"))
    left.set(xlim=(0, len(target)), ylim=(0, 0.2), xlabel="outcome", ylabel="probability")
    left.legend(loc="upper right")
    right.set(xlim=(-1, len(target)), ylim=(0, 20), xlabel="middle of the hill", ylabel="nats")
    curves = moving(
        right.plot(outcomes, outcomes, "-", color=COLORS["policy"], label="KL(q ‖ p)")[0],
        right.plot(outcomes, outcomes, "--", color=COLORS["reference"], label="KL(p ‖ q)")[0],
    )
    dots = moving(*(right.plot([0], [0], "o", ms=9, color=c.get_color())[0] for c in curves))
    lowest = moving(*(right.plot([0], [0], "v", ms=9, mfc="none", mec="black")[0] for _ in curves))
    right.legend(loc="upper center")

    def update(middle, width, hill_probabilities, kl_q_p, kl_p_q):
        hill.set_data(hill_probabilities)
        for curve, dot, low, row in zip(curves, dots, lowest, (kl_q_p, kl_p_q), strict=True):
            curve.set_ydata(row)
            dot.set_data([middle], [row[middle]])
            low.set_data([np.argmin(row)], [np.min(row)])
        return (
            f"Hill at {middle}, width {width:g}: KL(q ‖ p) is {kl_q_p[middle]:.2f}, lowest at "
            f"{np.argmin(kl_q_p)}; KL(p ‖ q) is {kl_p_q[middle]:.2f}, lowest at "
            f"{np.argmin(kl_p_q)}."
        )

    return update


def plot_estimates(figure, exact, most):
    """Three ways to estimate a KL divergence from samples, as the samples add up."""
    left, right = figure.subplots(1, 2, width_ratios=(2, 3), sharey=True)
    kinds = ("k1", "k2", "k3")
    colors = (COLORS["rejected"], COLORS["human"], COLORS["policy"])
    for axes in (left, right):
        axes.axhline(exact, color=COLORS["exact"], lw=1)
        axes.axhline(0, color="lightgray", lw=1, zorder=0)
    left.set(xlim=(-0.5, 2.5), xticks=range(3), ylim=(-2 * exact, 5 * exact), ylabel="nats")
    left.set_xticklabels(kinds)
    left.text(-0.45, exact, "exact", va="bottom")
    bars = moving(*(left.plot([i, i], [0, 0], lw=3, color=colors[i])[0] for i in range(3)))
    means = moving(*(left.plot([i], [0], "os^"[i], ms=9, color=colors[i])[0] for i in range(3)))
    right.set(xscale="log", xlim=(1, most), xlabel="samples")
    paths = moving(
        *(
            right.plot([1], [0], s, color=c, label=k)[0]
            for k, c, s in zip(kinds, colors, ("-", "--", "-."), strict=True)
        )
    )
    cut = moving(right.axvline(1, color="black", lw=1))
    right.legend(loc="upper right")
    left.set_title("estimate ± standard error")

    def update(n, running, spread):
        for i in range(3):
            mean = running[i][n - 1]
            means[i].set_ydata([mean])
            bars[i].set_ydata([mean - spread[i], mean + spread[i]])
            paths[i].set_data(np.arange(1, len(running[i]) + 1), running[i])
        cut.set_xdata([n, n])
        estimates = ", ".join(
            f"{k} {row[n - 1]:.3f}" for k, row in zip(kinds, running, strict=True)
        )
        return f"From {n} samples: {estimates} nats; exact: {exact:.3f}."

    return update
