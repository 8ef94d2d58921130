"""The figure that every technique shows; a strip of squares in it says which step was drawn."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

STEPS = 101
BITS = 7
SIZE = (9.0, 3.6)


def compute(step, turn=0):
    return {"step": step, "x": step / 20, "y": np.sin(step / 20)}


def plot(figure):
    """Twelve paired bars, a curve with a moving point, a title with numbers, and the strip."""
    left, right = figure.subplots(1, 2)
    places = np.arange(6)
    bars = [*left.bar(places - 0.2, 1, 0.4), *left.bar(places + 0.2, 1, 0.4, color="tab:orange")]
    left.set(xticks=places, ylim=(0, 1), xlabel="answer", ylabel="probability")
    x = np.linspace(0, 5, 300)
    right.plot(x, np.sin(x), label="sine")
    (point,) = right.plot([0], [0], "o", markersize=10, color="tab:red")
    right.set(ylim=(-1.2, 1.2), xlabel="beta", ylabel="value")
    right.legend(loc="lower left")
    title = figure.text(0.5, 0.94, "", ha="center")
    # One black square, one white one, then the step's bits: watch.js reads their middles.
    strip = [
        figure.add_artist(Rectangle((i * 0.02, 0), 0.02, 0.05, facecolor="black"))
        for i in range(2 + BITS)
    ]
    for artist in [*bars, point, title, *strip]:
        artist.set_animated(True)

    def update(step, x, y):
        for i, bar in enumerate(bars):
            bar.set_height(0.5 + 0.5 * np.sin(x + i))
        point.set_data([x], [y])
        title.set_text(f"At beta {x:.2f} the sine is {y:.3f}")
        for i, square in enumerate(strip[1:]):
            square.set_facecolor("black" if i and step >> (i - 1) & 1 else "white")
        return f"At beta {x:.2f} the sine is {y:.3f}."

    return update


def show_anew(step):
    """The usual way: a new figure for each value, shown by pyplot."""
    figure = plt.figure(figsize=SIZE, dpi=100)
    update = plot(figure)
    for artist in figure.findobj(lambda artist: artist.get_animated()):
        artist.set_animated(False)
    update(**compute(step))
    plt.show()
