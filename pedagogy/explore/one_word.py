"""Explorer of notebook 09: answers of one word, and where RLHF and DPO arrive."""

from functools import partial

import numpy as np
import torch

from pedagogy.explore.methods import METHODS, by_name, controls, draw_ends, ends
from pedagogy.explore.runs import read_runs
from pedagogy.explore.runs.one_word import all_words
from pedagogy.explorer import Explorer
from pedagogy.explorer.style import COLORS, moving
from pedagogy.locale import _
from pedagogy.maths.divergence import kl_divergence
from pedagogy.policy import load_policy

FRONTIER = np.geomspace(0.05, 100, 60)  # betas
FLOOR = 1e-4  # smaller bets are drawn here


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
    alt = _("Left: bets on six words. Right: reward over KL, the exact frontier and all ends.")
    return Explorer(compute, plot, controls(told, beta=0.5), alt=alt)


def plot_one_word(figure, words, reference, frontier, ends):
    """Bets on a few words, beside them all ends on the exact frontier of reward and KL.

    words, reference: names and bets (K,); frontier: KL and reward, two (N,); ends: for each
    method KL and reward, both (betas, seeds).
    """
    left, right = figure.subplots(1, 2)
    places = np.arange(len(words))
    left.set(yscale="log", ylim=(FLOOR / 1.5, 2), xlim=(-0.5, len(words) - 0.5), ylabel=_("bet"))
    left.set_yticks([FLOOR, 1e-3, 1e-2, 1e-1, 1], ["≤ 0.01 %", "0.1 %", "1 %", "10 %", "100 %"])
    left.minorticks_off()
    left.set_xticks(places, [f"“{word}”" for word in words], rotation=20)
    reference_style = {"color": COLORS["reference"], "ms": 16, "mew": 2, "label": _("reference")}
    left.plot(places, reference, "_", **reference_style)
    exact = moving(left.plot(places, reference, "o", color=COLORS["exact"], ms=13, mfc="none")[0])
    exact.set_label(_("exact optimum"))
    trained = {
        name: moving(left.plot(places, reference, mark, ms=8, color=color, label=name)[0])
        for name, (color, mark, _line) in METHODS.items()
    }
    left.legend(loc="upper right", ncols=2)  # above the bets: else its marks look like some
    right.plot(*frontier, color=COLORS["exact"], lw=1, label=_("exact optimum, all betas"))
    draw_ends(right, ends)
    right.set(xlim=(-0.02, 0.45), ylim=(4.38, 5.05), ylabel=_("true reward"))
    right.set_xlabel(_("KL(policy ‖ reference), nats"))
    right.legend(loc="lower right")
    here, optimum = moving(
        right.plot([0], [0], "o", ms=13, mfc="none", mew=2, color="black")[0],
        right.plot([0], [0], "+", ms=13, mew=2, color=COLORS["exact"])[0],
    )

    def update(method, beta, seed, bets, best, point, best_point, distance):
        exact.set_ydata(np.clip(best, FLOOR, 1))
        for name, marks in trained.items():
            marks.set_ydata(np.clip(bets, FLOOR, 1) if name == method else [np.nan] * len(bets))
        here.set_data([point[0]], [point[1]])
        optimum.set_data([best_point[0]], [best_point[1]])
        return _(
            "{method} with beta {beta:g}, run {run}: true reward {reward:.3f} at KL {kl:.3f}; "
            "the exact optimum has {best_reward:.3f} at {best_kl:.3f}. Between the two: "
            "{distance:.4f} nats."
        ).format(
            method=method,
            beta=beta,
            run=seed + 1,
            reward=point[1],
            kl=point[0],
            best_reward=best_point[1],
            best_kl=best_point[0],
            distance=distance,
        )

    return update


def on_frontier(words, beta):
    """KL and reward of the exact optimum: no policy has more reward at this KL."""
    best = words.optimum(beta)
    return kl_divergence(best, words.reference).item(), torch.dot(best, words.rewards).item()
