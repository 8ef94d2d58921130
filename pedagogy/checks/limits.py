"""Running what a learner wrote: it may not hang, escape, or leave the kernel changed."""

import contextvars
import ctypes
import random
import sys
import threading
import time
from contextlib import contextmanager, suppress

import numpy as np
import torch

STATE = (  # what a function can change for the whole kernel: how to read it, how to put it back
    (torch.get_default_dtype, torch.set_default_dtype),
    (torch.get_rng_state, torch.set_rng_state),
    (np.random.get_state, np.random.set_state),
    (random.getstate, random.setstate),
    (sys.getrecursionlimit, sys.setrecursionlimit),
)


class Overtime(Exception):
    """The time is up. stopped: whether the function has ended."""

    def __init__(self, stopped):
        super().__init__(stopped)
        self.stopped = stopped


class Stop(SystemExit):
    """Ends a function from outside; a SystemExit, because a thread dies of one without a word.

    Whoever catches every exception must let this one through.
    """


def within(seconds, function, *args):
    """Return function(*args), or raise Overtime when it takes longer.

    It runs in a thread of its own. Such a thread can be left behind, whatever it does; it has a
    gradient mode of its own; and Ctrl-C reaches the thread that waits, never this one.
    """
    answers, ended = [], threading.Event()

    def work():
        try:
            with suppress(Stop):
                answers.append(function(*args))
        finally:
            ended.set()

    thread = threading.Thread(target=contextvars.copy_context().run, args=(work,), daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + seconds
        while not ended.is_set() and time.monotonic() < deadline:
            ended.wait(0.05)  # in small steps: Windows holds Ctrl-C back until each is over
    finally:
        stopped = _stop(thread.ident, ended)
    if not answers:
        raise Overtime(stopped)
    return answers[0]


def _stop(thread_id, ended):
    """End the thread if it is still at work; return whether it has ended.

    A bare `except:` in a loop swallows what stops it, and `time.sleep` does not listen: hence
    several times, and then no more.
    """
    for _ in range(10):
        if ended.is_set():
            return True
        stop = ctypes.c_ulong(thread_id), ctypes.py_object(Stop)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(*stop)
        ended.wait(0.05)
    return ended.is_set()


@contextmanager
def state_put_back():
    """Put back what the function changes for the whole kernel, such as torch's random numbers."""
    before = [(put_back, read()) for read, put_back in STATE]
    try:
        yield
    finally:
        for put_back, value in before:
            put_back(value)


@contextmanager
def calls_noted(names):
    """Yield a list that grows by each function of the package, of one of these names, called."""
    called, before = [], sys.getprofile()

    def note(frame, event, _):
        if event == "call" and frame.f_code.co_name in names:
            module = frame.f_globals.get("__name__", "")
            if module.startswith("pedagogy."):
                called.append(f"{module}.{frame.f_code.co_name}")

    sys.setprofile(note)
    try:
        yield called
    finally:
        sys.setprofile(before)
