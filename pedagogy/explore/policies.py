"""Reference, policy and optimum as bars: a panel of notebook 07."""

import numpy as np

from pedagogy.explorer.style import COLORS, moving
from pedagogy.locale import N_, _


def draw_policies(axes, words):
    """Three bars for each word: reference, policy, optimum; returns what moves them."""
    place, bars, notes = np.arange(len(words)), [], []
    for i, name in enumerate((N_("reference"), N_("policy"), N_("optimum"))):
        if name == "optimum":
            look = {"fill": False, "lw": 2, "color": COLORS["exact"]}
        else:
            look = {"color": COLORS[name]}
        x = place + 0.3 * (i - 1)  # so far apart that two numbers have room
        bars += moving(*axes.bar(x, 0 * x, 0.27, label=_(name), **look))
        notes += moving(*(axes.text(v, 0, "", ha="center", va="bottom") for v in x))
    axes.set(xticks=place, ylim=(0, 1.3), yticks=[0, 0.5, 1], ylabel=_("probability"))
    axes.set_xticklabels(words)
    axes.legend(loc="upper right", ncols=3, handlelength=1, columnspacing=1)

    def update(policies):
        for bar, note, value in zip(bars, notes, np.concatenate(policies), strict=True):
            bar.set_height(value)  # a policy that is hidden is nan, and not drawn
            text = f"{value:.2f}".removeprefix("0")  # .72: three numbers have room side by side
            note.set(text=text if np.isfinite(value) else "", y=np.nan_to_num(value))

    return update
