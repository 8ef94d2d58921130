"""A training drawn while it goes on, or only stopped when asked."""

import reprlib
import signal
import threading
import time
from collections.abc import Iterable, Iterator, Sized

from IPython.display import HTML, DisplayHandle

from pedagogy.explorer import Explorer
from pedagogy.locale import _
from pedagogy.progress import counted

EVERY = 0.3  # seconds between two pictures: drawing must not take the time of the training


def draw_live(going, names, plot, *, alt, stopped):
    """Draw what a training yields as it comes, and return it as a list.

    names: of the numbers in the picture; plot(figure) returns update(**{name: list so far}). An
    interrupt leaves the picture, says `stopped`, a sentence with the field {number}, and returns
    what came so far. TypeError: things that have no such numbers.
    """
    if not isinstance(going, Iterable):
        raise TypeError(f"going is {reprlib.repr(going)}, but it must be what a training yields.")
    come = []
    picture = Explorer(
        lambda: {name: [getattr(one, name) for one in come] for name in names},
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
            if missing := [name for name in names if not hasattr(one, name)]:
                raise TypeError(f"going yields {reprlib.repr(one)}, which has no {missing[0]}.")
            come.append(one)
            if time.monotonic() - drawn > EVERY:
                shown.update(HTML(picture.still()))
                drawn = time.monotonic()
    except KeyboardInterrupt:
        print(stopped.format(number=come[-1].number if come else 0))
    finally:
        shown.update(HTML(picture.still()))
    return come


def until_stopped(going: Iterable) -> Iterator:
    """Yield the steps of a training; an interrupt (■) lets the step at hand end, and is the last.

    A sentence says which step that was. A second interrupt is heard at once. Where the length is
    known, a line counts the steps, if they take longer than a second.
    """
    if isinstance(going, Sized):
        going = counted(going, _("step {done} of {total}"), len(going))
    hears, asked = signal.getsignal(signal.SIGINT), []

    def ask(*_said):
        asked.append(True)
        signal.signal(signal.SIGINT, hears)

    listens = threading.current_thread() is threading.main_thread() and callable(hears)
    if listens:
        signal.signal(signal.SIGINT, ask)
    try:
        for number, one in enumerate(going, start=1):
            yield one
            if asked:
                print(_("Stopped after step {number}.").format(number=number))
                return
    finally:
        if listens:
            signal.signal(signal.SIGINT, hears)
