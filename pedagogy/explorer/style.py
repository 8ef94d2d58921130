"""One look for all notebooks: the same thing has the same colour, mark and line everywhere.

Each colour stands out from its paper at least 3 : 1, from white and from black. A label or a
shape always says the same again.
"""

from typing import NamedTuple


class Look(NamedTuple):
    """How a thing is drawn: its colour on white, its colour on black, its mark, its line."""

    light: str
    dark: str
    mark: str = ""
    line: str = "-"


LOOKS = {
    "policy": Look("#0072b2", "#56b4e9", "o", "-"),  # what is trained, and its distribution
    "reference": Look("#707070", "#a0a0a0", "s", "--"),  # what we started from
    "human": Look("#a86500", "#e69f00", "*", "--"),  # what a person says: scores, true rewards
    "judge": Look("#6f42c1", "#b794f4", "D", "-"),  # what the reward model says
    "chosen": Look("#00805d", "#2ec4a0", "^", "-"),  # the winner of a pair
    "rejected": Look("#b8232f", "#ff7b72", "v", "--"),  # the loser of a pair
    "divergence": Look("#b83280", "#f687b3", "d", "-"),  # what moving away costs
    "RLHF": Look("#6b6b00", "#c2c24a", "p", "-"),
    "DPO": Look("#007a87", "#3cc4d0", "X", "--"),
    "rival": Look("#8b4513", "#d2966a", "h", "--"),  # another of its kind, beside the policy's
    "exact": Look("#000000", "#eeeeee", "", ":"),  # known by arithmetic; letters and axes, too
    "guide": Look("#8c8c8c", "#7d7d7d"),  # lines that help the eye
    "band": Look("#eeeeee", "#2b2b2b"),  # areas behind, whose edges are lines
    "paper": Look("#ffffff", "#111111"),  # what all is drawn on
}
COLORS = {name: look.light for name, look in LOOKS.items()}
MARKS = {name: look.mark for name, look in LOOKS.items() if look.mark}
DARK = {look.light: look.dark for look in LOOKS.values()}

STYLE = {
    "font.size": 11,  # points, and nothing is smaller
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "axes.titlesize": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
    "text.parse_math": False,  # a model's word "$$" is no formula; what is one says so itself
}


def moving(*artists):
    """Mark artists as the ones that sliders move; returns them, or the only one."""
    for artist in artists:
        artist.set_animated(True)
    return artists if len(artists) != 1 else artists[0]
