"""Explorer of notebook 05: advantages along a tale."""

from functools import cache, partial

import numpy as np

from pedagogy import require
from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, moving
from pedagogy.locale import _
from pedagogy.maths.advantages import gae

LAMBDAS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


def explore_advantages(words, rewards, values):
    """Each word's advantage in one finished tale, at any gamma and lambda.

    words: T texts, END included; rewards (T,); values: gamma -> (T,), what a critic who counts
    with that gamma guessed before each word was drawn.
    """
    words = require.texts(words=words)
    rewards, values = _finished(rewards, values, len(words))
    dones = [0] * (len(words) - 1) + [1]

    @cache
    def advantages(gamma, lam):
        return gae(rewards, values[gamma], 0.0, dones, gamma, lam).tolist()

    def compute(gamma, lam):
        return {
            "gamma": gamma,
            "lam": lam,
            "values": list(map(float, values[gamma])),
            "advantages": advantages(gamma, lam),
        }

    gammas, score = sorted(values), float(rewards[-1])
    guesses = [score, *(float(value) for row in values.values() for value in row)]
    plot = partial(
        plot_advantages,
        words=words,
        score=score,
        lowest=min(guesses),
        highest=max(guesses),
        reach=max(max(map(abs, advantages(g, lam))) for g in gammas for lam in LAMBDAS),
    )
    return Explorer(
        compute,
        plot,
        [
            Control("lam", LAMBDAS, 0.0, _("lambda")),
            Control("gamma", gammas, gammas[-1], _("gamma")),
        ],
        alt=_(
            "Above, the critic's guess before each word of a tale. Below, each word's advantage."
        ),
        size=(9.0, 4.8),
        narrow=(5.5, 5.0),
    )


def _finished(rewards, values, length):
    """Rewards (T,) and {gamma: (T,)}, checked."""
    if not (isinstance(values, dict) and values):
        raise TypeError(
            f"values is {require.said(values)}, but it must be "
            "{gamma: the critic's guesses (T,)}, and at least one."
        )
    for gamma in values:
        if not 0 <= require.number(gamma=gamma) <= 1:
            raise ValueError(f"values has gamma {gamma!r}, but gamma must be from 0 to 1.")
    rows = {f"values[{gamma}]": row for gamma, row in values.items()}
    rewards, *rows = require.checked(
        ", ".join(["(T words,)"] * (1 + len(rows))), rewards=rewards, **rows
    )
    if len(rewards) != length:
        raise ValueError(f"rewards has {len(rewards)} numbers, but there are {length} words.")
    return rewards, dict(zip(values, rows, strict=True))


def plot_advantages(figure, words, score, lowest, highest, reach):
    """The critic's guess before each word of a tale, and under it each word's advantage.

    words: T texts; score: what the tale got in the end; lowest, highest: of all guesses and
    the score; reach: the largest advantage that will be shown.
    """
    above, below = figure.subplots(2, 1, sharex=True)
    places = np.arange(len(words))
    style = {"ms": 4, "color": COLORS["policy"], "label": _("the critic's guess before the word")}
    guesses = moving(above.plot(places, places, "o-", **style)[0])
    above.plot([len(words)], [score], "*", ms=16, color=COLORS["human"], label=_("its score"))
    above.axhline(0, color=COLORS["guide"], lw=0.7, zorder=0)
    above.set(ylabel=_("reward"), ylim=(lowest - 0.8, highest + 0.8))
    above.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
    below.axhline(0, color=COLORS["guide"], lw=0.7)
    below.set(xlim=(-0.8, len(words) + 0.6), ylim=(-1.1 * reach, 1.1 * reach), xticks=places)
    below.set_ylabel(_("advantage"))
    below.set_xticklabels(words, rotation=90)
    # One artist, not a bar for each word: it is drawn five times as fast.
    bars = moving(below.vlines(places, 0, places, lw=400 / len(words), capstyle="butt"))
    title = moving(below.set_title(" "))

    def update(gamma, lam, values, advantages):
        guesses.set_ydata(values)
        bars.set_segments([[(x, 0), (x, height)] for x, height in enumerate(advantages)])
        bars.set_color([COLORS["chosen" if a > 0 else "rejected"] for a in advantages])
        best, worst = int(np.argmax(advantages)), int(np.argmin(advantages))
        title.set_text(_("gamma {gamma:g}, lambda {lam:g}").format(gamma=gamma, lam=lam))
        return _(
            "gamma {gamma:g}, lambda {lam:g}: the first word, “{first}”, gets "
            "{first_gets:+.2f}; most praise: “{best}” {best_gets:+.2f}; "
            "most blame: “{worst}” {worst_gets:+.2f}."
        ).format(
            gamma=gamma,
            lam=lam,
            first=words[0],
            first_gets=advantages[0],
            best=words[best],
            best_gets=advantages[best],
            worst=words[worst],
            worst_gets=advantages[worst],
        )

    return update
