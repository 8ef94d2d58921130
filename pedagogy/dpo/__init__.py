"""Direct preference optimisation: the policy learns from judged pairs, without a judge between.

In the order of use: pairs.py asks for log-probabilities and reads no prompt twice; fitting.py is
the loop, with the same run and record as in rlhf; run.py is what is kept. The pure functions are
those of pedagogy.maths.
"""

from pedagogy.dpo.fitting import fit
from pedagogy.dpo.run import Run, Step, load_run, new_run
from pedagogy.maths.preference_losses import dpo_loss, gradient_weight, implicit_reward, metrics
from pedagogy.training import save_run

__all__ = [
    "Run",
    "Step",
    "dpo_loss",
    "fit",
    "gradient_weight",
    "implicit_reward",
    "load_run",
    "metrics",
    "new_run",
    "save_run",
]
