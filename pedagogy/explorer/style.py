"""One look for all ten notebooks: the same thing has the same colour everywhere.

The colours are Okabe and Ito's, told apart by colour-blind readers too; a label or a shape
always says the same again.
"""

COLORS = {
    "policy": "#0072B2",  # the model that is being trained, and its distribution
    "reference": "#767676",  # the model we started from, and its distribution
    "human": "#E69F00",  # what a person said: scores, labels, the correction they asked for
    "chosen": "#009E73",  # the winner of a pair
    "rejected": "#D55E00",  # the loser of a pair
    "divergence": "#AA4488",  # what moving away costs
    "exact": "#000000",  # known by arithmetic, not estimated
}

STYLE = {
    "font.size": 11,
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
