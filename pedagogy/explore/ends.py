"""Where measured runs ended: a panel of notebooks 06 and 08."""

from pedagogy.explorer.style import COLORS

SHAPES = "osD^vP"  # one for each beta
NATS = (0, 1, 3, 10, 30, 100, 300)
REACH = (-4, 8)  # of rewards; a tale can have 6 at the most


def draw_ends(axes, ends, **legend):
    """Where measured runs ended, true reward over KL, in a shape for each name.

    ends: {name: (KLs, true rewards)}, at most as many as there are SHAPES.
    """
    axes.set(xscale="symlog", xlim=(0, 400), ylim=REACH)
    axes.set_xticks(NATS, [str(nats) for nats in NATS])
    for (name, (kl, true)), shape in zip(ends.items(), SHAPES[: len(ends)], strict=True):
        style = {"ms": 7, "mec": COLORS["paper"], "mew": 0.5, "color": COLORS["policy"]}
        axes.plot(kl, true, shape, label=name, **style)
    axes.legend(loc="lower left", ncols=2, **legend)
