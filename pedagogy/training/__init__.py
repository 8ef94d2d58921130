"""What all trainings share: runs that are saved and taken up again, batches, and their guards.

run.py keeps all that a training remembers in one file, and fits.py looks at such a file before it
is used; batches.py says which pairs a step reads; undo.py takes a step back that failed; guard.py
notices a loss that explodes; rows.py keeps the memory small.
"""

from pedagogy.training.batches import batches, steps_per_epoch
from pedagogy.training.guard import LossGuard
from pedagogy.training.run import Run, fill_run, save_run
from pedagogy.training.undo import all_or_nothing, uninterrupted

__all__ = [
    "LossGuard",
    "Run",
    "all_or_nothing",
    "batches",
    "fill_run",
    "save_run",
    "steps_per_epoch",
    "uninterrupted",
]
