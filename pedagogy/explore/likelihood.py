"""Explorers of notebook 07: implicit rewards, and the loss as a product."""

from functools import partial

import numpy as np

from pedagogy import require
from pedagogy.explore import arguments
from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, MARKS, moving
from pedagogy.locale import N_, _
from pedagogy.maths.derivation import likelihood
from pedagogy.maths.optimum import log_partition, optimal_logps
from pedagogy.maths.preference_losses import implicit_reward

BETAS = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0)
MOVES = np.round(np.arange(0, 2.51, 0.05), 2)


def explore_two_prompts(prompts, worlds):
    """Rewards of the answers to two prompts, and the implicit rewards of the best policies.

    prompts: two names; worlds: (words, reference, rewards) of each.
    """
    prompts, worlds = _two(prompts, worlds)
    words, references, rewards = zip(*worlds, strict=True)
    known = list(zip(references, rewards, strict=True))

    def compute(beta):
        optima = [optimal_logps(*one, beta) for one in known]
        told = [
            implicit_reward(logps, reference.log(), beta)
            for logps, reference in zip(optima, references, strict=True)
        ]
        return {
            "beta": beta,
            "lost": [float(beta * log_partition(*one, beta)) for one in known],
            "implicit": [row.tolist() for row in told],
        }

    rows = [row.tolist() for row in rewards]
    return Explorer(
        compute,
        partial(plot_two_prompts, prompts=prompts, words=words, rewards=rows),
        [Control("beta", BETAS, 2.0, _("beta"))],
        alt=_("Answers to two prompts: each one's reward, and below it its implicit reward."),
    )


def _two(prompts, worlds):
    prompts = require.texts(prompts=arguments.two(prompts=prompts))
    for world in arguments.two(worlds=worlds):
        if not isinstance(world, tuple | list) or len(world) != 3:
            raise TypeError(
                f"worlds holds {require.said(world)}, but it must be two of "
                "(words, reference, rewards)."
            )
    return prompts, [arguments.world(*world) for world in worlds]


def plot_two_prompts(figure, prompts, words, rewards):
    """The rewards of the answers to two prompts, and what the best policies tell of them.

    prompts, words, rewards: two of each; words and rewards (K,), K may differ.
    """
    axes = figure.subplots()
    starts = (0, len(words[0]) + 1)
    place = [start + np.arange(len(row)) for start, row in zip(starts, words, strict=True)]
    x, r = np.concatenate(place), np.concatenate(rewards)
    axes.axhline(0, color=COLORS["guide"], lw=0.7, zorder=0)
    axes.plot(x, r, MARKS["human"], ms=14, color=COLORS["human"], label=_("reward"))
    axes.set(xticks=x, xlim=(-0.7, x[-1] + 1.2), ylim=(-5.2, 7.2), ylabel=_("reward"))
    axes.set_xticklabels(np.concatenate(words), rotation=0 if figure.get_figwidth() > 6 else 45)
    told = moving(
        axes.plot(
            [], [], MARKS["policy"], ms=9, color=COLORS["policy"], label=_("implicit reward")
        )[0]
    )
    down = moving(*(axes.plot([v, v], [0, 0], "--", color=COLORS["exact"], lw=1)[0] for v in x))
    notes = moving(*(axes.text(v + 0.13, 0, "", va="center") for v in x))
    for start, prompt in zip(starts, prompts, strict=True):
        axes.text(start - 0.4, 6.4, f"“{prompt} …”", va="center")
    axes.legend(loc="lower left", ncols=2)

    def update(beta, lost, implicit):
        values = np.concatenate(implicit)
        told.set_data(x, values)
        for line, note, top, value in zip(down, notes, r, values, strict=True):
            line.set_ydata([top, value])
            note.set(text=f"{value:.2f}", y=value)
        return _(
            "beta {beta:g}: the first prompt's rewards lose beta log Z = {lost_1:.2f}, "
            "all of them; the second prompt's lose {lost_2:.2f}."
        ).format(beta=beta, lost_1=lost[0], lost_2=lost[1])

    return update


def explore_likelihood(words, reference, rewards, preferences):
    """The probability of all of a human's choices, and the loss, as the policy moves.

    The policy is the reference (moved 0), weighted by the rewards more and more (1: the optimum).
    preferences: of one prompt, between the words.
    """
    words, reference, rewards = arguments.world(words, reference, rewards)
    preferences = arguments.preferences(preferences=preferences)
    chosen, rejected = (
        [arguments.one_of(words, preferences=getattr(one, name)) for one in preferences]
        for name in ("chosen", "rejected")
    )

    def compute(moved):
        logps = optimal_logps(reference, moved * rewards, beta=1.0)
        told = implicit_reward(logps, reference.log(), beta=1.0)  # (K,)
        read = likelihood(told[chosen] - told[rejected])
        return {"moved": moved} | {name: value.tolist() for name, value in read._asdict().items()}

    rows = [compute(moved) for moved in MOVES]
    products, losses = ([row[name] for row in rows] for name in ("product", "loss"))
    pairs = [(one.chosen, one.rejected) for one in preferences]
    return Explorer(
        compute,
        partial(plot_likelihood, pairs=pairs, moves=MOVES, products=products, losses=losses),
        [Control("moved", MOVES, 0.0, _("moved"))],
        alt=_("Left: a bar for each choice's probability. Right: their product, and the loss."),
    )


def plot_likelihood(figure, pairs, moves, products, losses):
    """The probability of each choice; their product and the loss, as a policy moves.

    pairs: (chosen, rejected) words; moves, products, losses: (N,).
    """
    axes = figure.subplot_mosaic([["pairs", "product"], ["pairs", "loss"]])
    left, place = axes["pairs"], np.arange(len(pairs))
    left.set(xlim=(0, 1.15), ylim=(len(pairs) - 0.4, -0.6), xticks=[0, 0.5, 1])
    left.set_yticks(place, [f"{chosen} > {rejected}" for chosen, rejected in pairs])
    left.axvline(0.5, color=COLORS["guide"], lw=0.7, ls=":")
    left.set_xlabel(_("σ(margin): as the human chose"))
    bars = moving(*left.barh(place, 0 * place, color=COLORS["chosen"]))
    notes = moving(*(left.text(0, y, "", va="center") for y in place))
    rows = {N_("product"): products, N_("loss"): losses}
    curves, dots = [], []
    for name, row in rows.items():
        ends = (moves[0] - 0.05, moves[-1] + 0.05)
        axes[name].set(xlim=ends, ylim=(0, 1.15 * max(row)), ylabel=_(name))
        curves.append(moving(axes[name].plot([], [], color=COLORS["policy"])[0]))
        dots.append(moving(axes[name].plot([0], [0], "o", ms=9, color=COLORS["policy"])[0]))
    axes["product"].tick_params(labelbottom=False)
    axes["loss"].set_xlabel(_("how far the policy has moved"))

    def update(moved, probabilities, product, log_product, loss):
        for bar, note, value in zip(bars, notes, probabilities, strict=True):
            bar.set_width(value)
            note.set(text=f"{value:.2f}", x=value + 0.02)
        passed = np.asarray(moves) <= moved  # what lies ahead is for the learner to find
        for curve, row, dot, value in zip(
            curves, rows.values(), dots, (product, loss), strict=True
        ):
            curve.set_data(np.asarray(moves)[passed], np.asarray(row)[passed])
            dot.set_data([moved], [value])
        return _(
            "Moved {moved:g}: {factors} = {product:.4f}. Its log is {log_product:.3f}; "
            "minus that, shared by {n} pairs, is the loss: {loss:.3f}."
        ).format(
            moved=moved,
            factors=" × ".join(f"{p:.2f}" for p in probabilities),
            product=product,
            log_product=log_product,
            n=len(pairs),
            loss=loss,
        )

    return update
