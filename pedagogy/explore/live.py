"""A training drawn while it goes on."""

import time

from IPython.display import HTML, DisplayHandle

from pedagogy.explorer import Explorer

EVERY = 0.3  # seconds between two pictures: drawing must not take the time of the training


def draw_live(going, names, plot, alt):
    """Draw what a training yields as it comes, and return it as a list.

    names: of the numbers in the picture; plot(figure) returns update(**{name: list so far}). An
    interrupt leaves the picture, and the run, usable.
    """
    told = []
    picture = Explorer(
        lambda: {name: [getattr(one, name) for one in told] for name in names},
        plot,
        [],
        alt=alt,
        live=True,
    )
    shown = DisplayHandle()
    shown.display(HTML(picture.still()))
    drawn = time.monotonic()
    try:
        for one in going:
            told.append(one)
            if time.monotonic() - drawn > EVERY:
                shown.update(HTML(picture.still()))
                drawn = time.monotonic()
    finally:
        shown.update(HTML(picture.still()))
    return told
