"""Checkers for the exercises: each takes the learner's function only and returns a Verdict.

    assert check_dpo_loss(dpo_loss), "not yet"

A Verdict counts as true if the answer passed; printed, it says what to look at. A checker raises
nothing (Ctrl-C still stops it), takes a tenth of a second, and gives an answer 10 seconds at most.

What it cannot guard against, because the learner's function runs in the same Python:
- a function that means to deceive: one that replaces parts of torch or of the checkers, copies
  the checkers' own right answers, or asks the package from a thread of its own;
- one that takes all the memory, ends the process (os._exit) or crashes it in compiled code;
- one that never listens (time.sleep, an endless operation of torch): the verdict comes in time,
  but the function goes on until the kernel is restarted;
- one that is right on all inputs tried, and wrong on others;
- changes other than those put back (random numbers, default dtype, gradient mode, recursion
  limit): files, environment variables, global variables of the notebook.
A solution copied into the notebook passes: a checker is for learning, not for exams.
"""

from pedagogy.checks.bradley_terry import check_bradley_terry_probability
from pedagogy.checks.clipped_surrogate_loss import check_clipped_surrogate_loss
from pedagogy.checks.completion_mask import check_completion_mask
from pedagogy.checks.dpo_loss import check_dpo_loss
from pedagogy.checks.gae import check_gae
from pedagogy.checks.implicit_reward import check_implicit_reward
from pedagogy.checks.kl_divergence import check_kl_divergence
from pedagogy.checks.kl_shaped_rewards import check_kl_shaped_rewards
from pedagogy.checks.modified_grade import check_modified_grade
from pedagogy.checks.next_word import check_next_word_distribution
from pedagogy.checks.optimal_policy import check_optimal_policy
from pedagogy.checks.reward_model_loss import check_reward_model_loss
from pedagogy.checks.sequence_logps import check_sequence_logps
from pedagogy.checks.verdict import Verdict

__all__ = [
    "Verdict",
    "check_bradley_terry_probability",
    "check_clipped_surrogate_loss",
    "check_completion_mask",
    "check_dpo_loss",
    "check_gae",
    "check_implicit_reward",
    "check_kl_divergence",
    "check_kl_shaped_rewards",
    "check_modified_grade",
    "check_next_word_distribution",
    "check_optimal_policy",
    "check_reward_model_loss",
    "check_sequence_logps",
]
