"""A training drawn while it goes on, alone or beside others, or only stopped when asked."""

import signal
import threading
import time
from collections.abc import Iterable, Iterator, Sized
from functools import partial
from itertools import chain, cycle, islice

import numpy as np
from IPython.display import HTML, DisplayHandle
from matplotlib.ticker import MaxNLocator

from pedagogy import require
from pedagogy.explorer import Explorer
from pedagogy.explorer.style import COLORS, moving
from pedagogy.locale import _
from pedagogy.progress import counted
from pedagogy.training import uninterrupted

EVERY = 0.3  # seconds between two pictures: drawing must not take the time of the training
LOOKS = ("policy", "rejected", "chosen", "human", "divergence", "exact")  # one for each training
DASHES = ("-", "--", "-.", ":")


def draw_live(going, names, plot, *, alt, stopped):
    """Draw what a training yields as it comes, and return it as a list.

    names: of the numbers in the picture; plot(figure) returns update(**{name: list so far}). An
    interrupt leaves the picture, says `stopped`, a sentence with the field {number}, and returns
    what came so far. TypeError: things that have no such numbers.
    """
    come = {"": []}

    def numbers():
        return _numbers(come[""], names)

    _draw({"": going}, come, names, Explorer(numbers, plot, [], alt=alt, live=True), stopped)
    return come[""]


def draw_together(trainings, panels, length, xlabel, *, said, stopped, over=1):
    """Draw several trainings, one after the other, as lines of one picture, {name: list}.

    trainings: {name: what a training yields}; a list, of one that has been drawn before, is there
    at once. panels: {measure: settings of its axes}, two; length: of the longest training.
    said: a sentence on one of them, with the fields {name}, {n}, {left} and {right}; over: how
    many steps a place on a line is the mean of.
    As draw_live; an interrupt leaves out what has not begun.
    """
    come = {name: going if isinstance(going, list) else [] for name, going in trainings.items()}
    going = {name: training for name, training in trainings.items() if training is not come[name]}
    length = max([length, *map(len, come.values())])
    picture = Explorer(
        lambda: {"runs": {name: _numbers(found, panels) for name, found in come.items()}},
        partial(
            plot_together,
            names=list(come),
            panels=panels,
            length=length,
            xlabel=xlabel,
            said=said,
            over=over,
        ),
        [],
        alt=_("Two measures of several trainings, a line for each."),
        live=True,
    )
    _draw(going, come, ("number", *panels), picture, stopped)
    return {name: found for name, found in come.items() if found}


def plot_together(figure, names, panels, length, xlabel, said, over=1):
    """Two measures of several trainings, a line for each."""
    lines = []
    for axes, settings in zip(figure.subplots(1, 2), panels.values(), strict=True):
        axes.set(xlim=(0.5, length + 0.5), xlabel=xlabel, **settings)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        styles = zip(names, cycle(LOOKS), cycle(DASHES), strict=False)
        lines.append(
            {
                name: moving(axes.plot([], [], dash, color=COLORS[look], label=name)[0])
                for name, look, dash in styles
            }
        )
    figure.axes[0].legend(loc="lower left")

    def update(runs):
        sentences = []
        for name, measured in runs.items():
            rows = [np.array(row, dtype=float) for row in measured.values()]  # None is nan
            columns = [np.array(mean_of_last(row, over)) for row in rows]
            for side, column in zip(lines, columns, strict=True):
                ends = side[name].axes.get_ylim()  # what lies beyond stands at the edge
                side[name].set_data(np.arange(1, len(column) + 1), np.clip(column, *ends))
            if len(columns[0]):
                left, right = (column[-1] for column in columns)
                told = {"name": name, "n": len(columns[0]), "left": left, "right": right}
                sentences.append(said.format(**told))
        return " ".join(sentences)

    return update


def mean_of_last(values, count):
    """For each step the mean of the last few: a step's own pairs may be easy ones or hard ones."""
    return [np.mean(values[max(0, end - count) : end]) for end in range(1, len(values) + 1)]


def _numbers(come, names):
    return {name: [getattr(one, name) for one in come] for name in names}


def _draw(trainings, come, names, picture, stopped):
    """Put what trainings yield, one after the other, into the lists of come, and draw it."""
    shown, number, drawn = DisplayHandle(), 0, time.monotonic()

    def draw(show=shown.update):
        with uninterrupted():  # half a picture could not be drawn again
            show(HTML(picture.still()))

    try:
        draw(shown.display)
        for label, going in trainings.items():
            for one in records(names, going=going):
                come[label].append(one)
                number = one.number
                if time.monotonic() - drawn > EVERY:
                    draw()
                    drawn = time.monotonic()
    except KeyboardInterrupt:
        print(stopped.format(number=number))
    finally:
        draw()


def records(names=(), /, **trainings):
    """What a training yields, one by one; each must have numbers of these names. TypeError."""
    ((name, going),) = trainings.items()
    if not isinstance(going, Iterable):
        raise TypeError(f"{name} is {require.said(going)}, but it must be what a training yields.")
    for one in going:
        if missing := [part for part in names if not hasattr(one, part)]:
            raise TypeError(f"{name} yields {require.said(one)}, which has no {missing[0]}.")
        yield one


def until_stopped(going: Iterable) -> Iterator:
    """Yield the steps of a training; an interrupt (■) lets the step at hand end, and is the last.

    A sentence says which step that was. A second interrupt is heard at once. Where the length is
    known (its len, or the first step's `steps`), a line counts, if it takes longer than a second.
    """
    hears, asked = signal.getsignal(signal.SIGINT), []

    def ask(*_said):
        asked.append(True)
        signal.signal(signal.SIGINT, hears)

    listens = threading.current_thread() is threading.main_thread() and callable(hears)
    if listens:
        signal.signal(signal.SIGINT, ask)
    try:
        for number, one in enumerate(_counted(going), start=1):
            yield one
            if asked:
                print(_("Stopped after step {number}.").format(number=number))
                return
    finally:
        if listens:
            signal.signal(signal.SIGINT, hears)


def _counted(going):
    """The steps, and a line that counts them where it is known how many come."""
    steps = records(going=going)
    begun = list(islice(steps, 1))
    total = len(going) if isinstance(going, Sized) else sum(getattr(x, "steps", 0) for x in begun)
    steps = chain(begun, steps)
    return counted(steps, _("step {done} of {total}"), total) if total else steps
