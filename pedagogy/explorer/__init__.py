"""Sliders that answer at once: the one machine behind every explorer.

An explorer is three things: `compute(**values)`, which turns the sliders' values into numbers;
`plot(figure)`, which draws what stands still and returns `update(**numbers)`, which moves the
rest and says in a sentence what is to be seen; and controls, which say which values there are.
The picture is a function of the values alone, so it can be drawn ahead (the default: the browser
needs no kernel) or, where there are too many values, live.

A plot marks each artist that moves with `animated=True`. What stands still is recorded once, and
for each picture what moves: lines, marks and letters, which the browser draws as large as the room
allows and in the colours of the page's theme. Where a picture can be cut between two panels from
top to bottom, a phone shows them below each other; any other is drawn a second time for a phone.
"""

from pedagogy.explorer.controls import Control
from pedagogy.explorer.widget import Explorer

__all__ = ["Control", "Explorer"]
