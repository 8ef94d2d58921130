"""What all trainings share: runs that are saved and taken up again, batches, and a watch.

run.py keeps all that a training remembers in one file; batches.py says which pairs a step reads;
best.py notices a loss that explodes, and has the good weights ready.
"""

from pedagogy.training.batches import reading_plan, steps_a_reading
from pedagogy.training.best import BestSoFar
from pedagogy.training.run import Run, fill_run, save_run

__all__ = ["BestSoFar", "Run", "fill_run", "reading_plan", "save_run", "steps_a_reading"]
