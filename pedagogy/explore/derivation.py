"""Explorer of notebook 07: both sides of every line of the derivation."""

from functools import partial

import numpy as np
import torch

from pedagogy.explore import arguments
from pedagogy.explore.policies import draw_policies
from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, moving
from pedagogy.locale import _
from pedagogy.maths.derivation import DERIVATION
from pedagogy.maths.optimum import optimal_policy
from pedagogy.maths.small_world import World


def explore_derivation(words, reference, rewards, pair=(0, 1)):
    """Both sides of every line of the derivation, for any reward of the second word and any beta.

    pair: the places of the chosen and the rejected word. The policy bets the same on all words.
    """
    words, reference, rewards = arguments.world(words, reference, rewards)
    pair = _two_places(pair, len(words))
    policy = torch.full_like(reference, 1 / len(words))
    second = torch.arange(len(words)) == 1

    def compute(reward, probability, beta):
        others = reference * (1 - probability) / (1 - reference[1])
        bets, likes = others.where(~second, probability), rewards.where(~second, reward)
        world = World(bets, likes, beta, pair, policy)
        policies = world.reference, world.policy, optimal_policy(*world.known)
        sides = [(line.left(world), line.right(world)) for line in DERIVATION]
        return {
            "reward": reward,
            "probability": probability,
            "beta": beta,
            "policies": [p.tolist() for p in policies],
            "sides": [[side.reshape(-1).tolist() for side in both] for both in sides],
        }

    lines = [(line.name, line.latex) for line in DERIVATION]
    label_r = _("reward of “{word}”").format(word=words[1])
    label_p = _("reference of “{word}”").format(word=words[1])
    return Explorer(
        compute,
        partial(plot_derivation, words=words, lines=lines),
        [
            _around(rewards[1].item(), (-2, 0, 2, 5, 8), "reward", label_r),
            _around(reference[1].item(), (0.05, 0.13, 0.4, 0.8), "probability", label_p),
            Control("beta", (0.5, 1.0, 2.0), 2.0, _("beta")),
        ],
        alt=_("Above: three policies as bars. Below: each line's two sides as a ring and a cross."),
        size=(9.0, 5.4),
        narrow=(5.0, 11.0),
    )


def _around(own, values, name, label):
    """A slider that starts at the world's own value; the nearest of the others makes room."""
    nearest = min(values, key=lambda value: abs(value - own))
    values = [own if value == nearest else value for value in values]
    return Control(name, values, own, label, "{:.3g}")


def _two_places(pair, length):
    places = arguments.two(pair=pair)
    chosen, rejected = (arguments.whole(0, length - 1, pair=place) for place in places)
    if chosen == rejected:
        raise ValueError(f"pair is {pair}, but chosen and rejected must be two words.")
    return chosen, rejected


def plot_derivation(figure, words, lines):
    """Three policies as bars; under them both sides of every line, as marks and as numbers.

    lines: (name, formula in LaTeX) of each.
    """
    top, rows = figure.subplots(2, 1, height_ratios=(1, 3))
    update_policies = draw_policies(top, words)
    narrow = figure.get_figwidth() < 6  # name and formula stand above the marks, not beside them
    place = np.arange(len(lines)) + 0.3 * narrow
    rows.set(xlim=(-6.5, 30) if narrow else (-49, 34), ylim=(len(lines) - 0.5, -0.5))
    names = [f"{number} {_(name)}" for number, (name, latex) in enumerate(lines, 1)]
    rows.set(xticks=(-6, 0, 6), yticks=place)
    rows.set_yticklabels([""] * len(lines) if narrow else names)
    rows.tick_params(axis="y", length=0)
    rows.spines[["left", "bottom"]].set_visible(False)
    for y, name, line in zip(place, names, lines, strict=True):
        if narrow:
            rows.text(-6.3, y - 0.7, name, va="center")
        x, up = (-6.3, 0.4) if narrow else (-48.5, 0)
        large = line[1].replace(r"\frac", r"\dfrac")  # the subscripts, too, are to be read
        rows.text(x, y - up, f"${large}$", va="center", parse_math=True)
        cross = [-6, 9, 0, 0, 0], [y, y, y, y - 0.12, y + 0.12]
        rows.plot(*cross, color=COLORS["guide"], lw=0.7, zorder=0)
    left = moving(rows.plot([], [], "o", ms=11, mfc="none", mew=2, color=COLORS["policy"])[0])
    right = moving(rows.plot([], [], "x", ms=6, mew=2, color=COLORS["rival"])[0])
    notes = [
        moving(*(rows.text(9.6, y, "", va=va, color=mark.get_color()) for y in place))
        for mark, va in ((left, "bottom"), (right, "top"))
    ]

    def update(reward, probability, beta, policies, sides):
        update_policies(policies)
        for mark, sign, texts, values in zip(
            (left, right), "○×", notes, zip(*sides, strict=True), strict=True
        ):
            mark.set_data(
                np.clip(np.concatenate(values), -6, 9), np.repeat(place, list(map(len, values)))
            )
            for text, row in zip(texts, values, strict=True):
                text.set_text("  ".join([sign, *(f"{v:.3f}" for v in np.round(row, 3) + 0.0)]))
        off = max(np.abs(np.subtract(*both)).max() for both in sides)
        return _(
            "“{word}” with reward {reward:g} and {probability:.3g} in the reference, at beta "
            "{beta:g}: the two sides of the {n} lines differ by {off:.0e} at most."
        ).format(
            word=words[1],
            reward=reward,
            probability=probability,
            beta=beta,
            n=len(sides),
            off=off,
        )

    return update
