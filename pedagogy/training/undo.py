"""All or nothing: what a step changes, and how to take it back."""

import signal
import threading
from contextlib import contextmanager

import torch

from pedagogy import require


def require_changing(optimiser, **lists):
    """TypeError unless they have what torch's optimisers have, and what lists have."""
    require.parts("a torch.optim.Optimizer", "param_groups", "state", optimiser=optimiser)
    require.parts("a list", "__iter__", "__len__", **lists)


class Snapshot:
    """What a training changes, as it is now: weights, the optimiser's memory, the record …

    A copy of the weights that are trained, and two more for Adam's memory.
    """

    def __init__(self, optimiser, generators=(), records=()):
        require_changing(optimiser, generators=generators, records=records)
        for generator in generators:
            require.parts("a torch.Generator", "get_state", "set_state", generators=generator)
        self.optimiser, self.records = optimiser, records
        trained = (p for group in optimiser.param_groups for p in group["params"])
        self.weights = [(p, p.detach().clone()) for p in trained if p.requires_grad]
        self.memory = _copied(optimiser.state)
        self.states = [(generator, generator.get_state()) for generator in generators]
        self.length = len(records)

    @torch.no_grad()
    def put_back(self):
        """Make everything what it was, as often as you like."""
        with uninterrupted():
            for weights, before in self.weights:
                weights.copy_(before)
            self.optimiser.state.clear()
            self.optimiser.state.update(_copied(self.memory))
            for generator, state in self.states:
                generator.set_state(state)
            while len(self.records) > self.length:
                self.records.pop()


@contextmanager
def all_or_nothing(optimiser, generators=(), records=()):
    """What the block changes stays, or, if an error or an interrupt ends it, nothing of it."""
    before = Snapshot(optimiser, generators, records)
    try:
        yield
    except BaseException:
        before.put_back()
        raise


@contextmanager
def uninterrupted():
    """An interrupt (Ctrl-C, ■) that comes in the block is heard at its end."""
    hears = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(hears):
        yield  # no interrupt comes here
        return
    came = []
    signal.signal(signal.SIGINT, lambda *said: came.append(said))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, hears)
    if came:
        hears(*came[0])


def _copied(memory):
    return {
        weights: {
            name: value.clone() if isinstance(value, torch.Tensor) else value
            for name, value in one.items()
        }
        for weights, one in memory.items()
    }
