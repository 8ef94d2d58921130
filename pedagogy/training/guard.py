"""A guard against learning rates with which a training explodes."""

import math
from contextlib import contextmanager

from pedagogy import require
from pedagogy.training.undo import Snapshot, require_changing

EVERY = 10  # steps at least from one snapshot to the next: copies of all weights take their time


class LossGuard:
    """Follows the loss; when it is hopeless, all is put back to where it was lowest.

    Looked at in every tenth step: what came after that is gone too.
    """

    def __init__(self, name, optimiser, learning_rate, records=()):
        require_changing(optimiser, records=records)
        self.name = require.text(name=name)
        self.learning_rate = float(require.positive(learning_rate=learning_rate))
        self.optimiser, self.records = optimiser, records
        self.lately = None  # the loss, averaged over about ten steps
        self.lowest = math.inf

    def loss(self, step, formula, numbers):
        """formula(*numbers): a formula that refuses nan must not keep the guard from its work."""
        try:
            return formula(*numbers)
        except ValueError:
            self.check(step, 0.0, *numbers.flatten().tolist())
            raise

    def check(self, step, loss, *numbers):
        """loss, numbers: floats, what step measures before it changes anything.

        ValueError, and the best state again, when they are not finite or the loss is hopeless.
        """
        if not all(map(math.isfinite, (loss, *numbers))):
            self._give_up(step, "nan or inf")
        if self.lately is None:  # taught another taste before, it may begin with more than log 2
            self.first = self.lately = loss
        self.lately = 0.9 * self.lately + 0.1 * loss
        if self.lately > 2 * max(math.log(2), self.first):
            self._give_up(step, f"a loss of {self.lately:.3g}, and it began with {self.first:.3g}")
        if self.lately < self.lowest and (self.lowest == math.inf or step >= self.step + EVERY):
            self.lowest, self.step = self.lately, step
            self.best = Snapshot(self.optimiser, records=self.records)

    @contextmanager
    def undoing(self):
        """What changes weights: where it fails half-way, all is back where it was lowest."""
        try:
            yield
        except BaseException:
            self.best.put_back()
            raise

    def _give_up(self, step, sign):
        if self.lowest == math.inf:
            raise ValueError(f"{self.name} gives {sign}, before any training.")
        self.best.put_back()
        raise ValueError(
            f"learning_rate is {self.learning_rate:g}, but by step {step} it led to {sign}: "
            f"all is back where it was before step {self.step}, and a smaller rate may help."
        )
