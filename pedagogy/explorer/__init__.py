"""Sliders that answer at once: the one machine behind every explorer.

An explorer is three things: `compute(**values)`, which turns the sliders' values into numbers;
`plot(figure)`, which draws what stands still and returns `update(**numbers)`, which moves the
rest and says in a sentence what is to be seen; and controls, which say which values there are.
The picture is a function of the values alone, so it can be drawn ahead (the default: the browser
needs no kernel) or, where there are too many values, live.

A plot marks each artist that moves with `animated=True`. Only those are drawn again, over a
background drawn once, and only the pixels that they change travel to the browser.
"""

from pedagogy.explorer.controls import Control
from pedagogy.explorer.widget import Explorer

__all__ = ["Control", "Explorer"]
