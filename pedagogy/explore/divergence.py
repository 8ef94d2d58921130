"""Explorers of notebook 03: how different two distributions are."""

from functools import cache, partial

import numpy as np
import torch

from pedagogy.explore import arguments
from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, MARKS, moving
from pedagogy.locale import _
from pedagogy.maths.divergence import kl_divergence


def explore_moved_words(words, reference):
    """Probability moved to one word from the others, and KL in both directions.

    words: K names; reference (K,): their probabilities. The second word is the one moved.
    """
    words, reference = arguments.bets(words, reference=reference)
    if reference[1] == 1:
        raise ValueError(f"reference bets all on {words[1]!r}, but the others need a share, too.")
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
            "reverse": float(kl_divergence(new, reference)),
            "forward": float(kl_divergence(reference, new)),
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
    label = _("probability of “{word}”").format(word=words[1])
    return Explorer(
        compute,
        plot,
        [Control("probability", places, start, label, "{:.2f}")],
        alt=_(
            "Left: two distributions over words as bars. Right: KL in both directions as curves."
        ),
    )


def plot_moved_words(figure, words, reference, moved, kl_new_old, kl_old_new):
    """A bet moved from the other words to one of them, and KL in both directions.

    reference (K,); moved (N,), the new probabilities of that word; kl_… (N,).
    """
    left, right = figure.subplots(1, 2)
    place = np.arange(len(words))
    left.bar(place - 0.2, reference, 0.38, color=COLORS["reference"], label=_("original"))
    bars = moving(*left.bar(place + 0.2, reference, 0.38, color=COLORS["policy"], label=_("moved")))
    notes = moving(*(left.text(x + 0.2, 0, "", ha="center", va="bottom") for x in place))
    left.set(xticks=place, ylim=(0, 1.1), ylabel=_("probability"))
    left.set_xticklabels(words, rotation=20)
    left.legend()
    right.plot(moved, kl_new_old, "-", color=COLORS["policy"], label=_("KL(moved ‖ original)"))
    right.plot(moved, kl_old_new, "--", color=COLORS["reference"], label=_("KL(original ‖ moved)"))
    right.set(
        xlim=(-0.02, 1.02),
        ylim=(-0.1, 3),
        xlabel=_("probability of “{word}”").format(word=words[1]),
    )
    right.set_ylabel(_("nats"))
    right.legend(loc="upper center")
    dots = moving(
        right.plot([0], [0], "o", ms=7, color=COLORS["policy"])[0],
        right.plot([0], [0], "s", ms=11, mfc="none", mew=2, color=COLORS["reference"])[0],
    )
    infinite = moving(right.text(0, 2.75, "∞ ↑", size=14, color=COLORS["reference"]))

    def update(probabilities, chosen, reverse, forward):
        for bar, note, p in zip(bars, notes, probabilities, strict=True):
            bar.set_height(p)
            note.set(text=f"{p:.2f}", y=p)
        for dot, value in zip(dots, (reverse, forward), strict=True):
            dot.set_data([chosen], [value])  # an infinite one is not drawn
        infinite.set(text="" if np.isfinite(forward) else "∞ ↑", x=np.clip(chosen, 0, 0.9))
        return _(
            "“{word}” at {chosen:.2f}: KL(moved ‖ original) is {reverse:.3f} nats, "
            "KL(original ‖ moved) is {forward:.3f} nats."
        ).format(word=words[1], chosen=chosen, reverse=reverse, forward=forward)

    return update


def explore_direction():
    """One hill laid over two: which place is best depends on the direction of KL."""
    outcomes = torch.arange(41, dtype=torch.float64)  # float32 would call e^-128 zero

    def hill(middle, width):
        return torch.softmax(-((outcomes - middle) ** 2) / (2 * width**2), dim=0)

    target = 0.999 * (0.6 * hill(11, 2.5) + 0.4 * hill(29, 2.5)) + 0.001 / len(outcomes)

    @cache
    def rows(width):
        hills = torch.stack([hill(m, width) for m in range(len(outcomes))])  # (K, K)
        return hills, kl_divergence(hills, target).tolist(), kl_divergence(target, hills).tolist()

    def compute(middle, width):
        hills, kl_p_q, kl_q_p = rows(width)
        return {
            "middle": middle,
            "width": width,
            "hill_probabilities": hills[middle].tolist(),
            "kl_p_q": kl_p_q,
            "kl_q_p": kl_q_p,
        }

    return Explorer(
        compute,
        partial(plot_direction, target=target.tolist()),
        [
            Control("middle", range(len(outcomes)), 20, _("middle of the hill")),
            Control("width", (2.5, 4.0, 5.0), 2.5, _("width of the hill")),
        ],
        alt=_("Left: a target with two hills and one hill laid over it. Right: KL both ways."),
    )


def plot_direction(figure, target):
    """One hill against a target with two, and KL in both directions over the hill's place.

    target (K,): the probabilities of K outcomes in a row.
    """
    left, right = figure.subplots(1, 2)
    outcomes = np.arange(len(target))
    left.stairs(target, fill=True, color=COLORS["band"])
    left.stairs(target, color=COLORS["reference"], label=_("q, two hills"))
    hill = moving(left.stairs(target, color=COLORS["policy"], lw=2, label=_("p, one hill")))
    left.set(xlim=(0, len(target)), ylim=(0, 0.2), xlabel=_("outcome"), ylabel=_("probability"))
    left.legend(loc="upper right")
    right.set(
        xlim=(-1, len(target)), ylim=(0, 20), xlabel=_("middle of the hill"), ylabel=_("nats")
    )
    curves = moving(
        right.plot(outcomes, outcomes, "-", color=COLORS["policy"], label=_("KL(p ‖ q)"))[0],
        right.plot(outcomes, outcomes, "--", color=COLORS["reference"], label=_("KL(q ‖ p)"))[0],
    )
    dots = moving(
        *(
            right.plot([0], [0], mark, ms=9, color=c.get_color())[0]
            for c, mark in zip(curves, (MARKS["policy"], MARKS["reference"]), strict=True)
        )
    )
    lowest = moving(
        *(right.plot([0], [0], "v", ms=9, mfc="none", mec="black")[0] for curve in curves)
    )
    right.legend(loc="upper center")

    def update(middle, width, hill_probabilities, kl_p_q, kl_q_p):
        hill.set_data(hill_probabilities)
        for curve, dot, low, row in zip(curves, dots, lowest, (kl_p_q, kl_q_p), strict=True):
            curve.set_ydata(row)
            dot.set_data([middle], [row[middle]])
            low.set_data([np.argmin(row)], [np.min(row)])
        return _(
            "Hill at {middle}, width {width:g}: KL(p ‖ q) is {kl_p_q:.2f}, lowest at "
            "{lowest_p_q}; KL(q ‖ p) is {kl_q_p:.2f}, lowest at {lowest_q_p}."
        ).format(
            middle=middle,
            width=width,
            kl_p_q=kl_p_q[middle],
            lowest_p_q=np.argmin(kl_p_q),
            kl_q_p=kl_q_p[middle],
            lowest_q_p=np.argmin(kl_q_p),
        )

    return update
