"""Explorers: one file holds what an explorer computes, its picture and its controls.

explore_x(…) chooses the values of the sliders, and joins compute(**values), which asks the
package for the numbers, to plot_x(figure), which draws what stands still and returns
update(**numbers). A dict that compute returns has the keys that update names. The files by
notebook; a new notebook gets a file here, and its names below:

    01  next_word, tales                     06  rlhf
    02  bradley_terry, recovery              07  best_policy, derivation, likelihood
    03  graded_tests, divergence, estimates  08  dpo, gradient_weight, log_probs,
    04  reward_model, labels                     shared_weights
    05  clip, steps, advantages              09  best_of_n, both, one_word, prediction, race,
                                                 tuning
                                             10  real

What several share: arguments (checked), live (a training drawn as it goes on, or stopped), ends,
looks, methods, policies, results (panels and numbers of some files each), and runs (a folder:
measured runs that take too long for a notebook).
"""

from pedagogy.explore.advantages import explore_advantages
from pedagogy.explore.best_of_n import explore_best_of_n
from pedagogy.explore.best_policy import explore_best_policy
from pedagogy.explore.both import watch_both
from pedagogy.explore.bradley_terry import explore_shift_scale, explore_two_rules
from pedagogy.explore.clip import explore_clip
from pedagogy.explore.derivation import explore_derivation
from pedagogy.explore.divergence import explore_direction, explore_moved_words
from pedagogy.explore.dpo import explore_dpo_betas, explore_learning_rates, watch_steps
from pedagogy.explore.estimates import explore_estimates
from pedagogy.explore.graded_tests import explore_flip, explore_own_test, show_graded_tests
from pedagogy.explore.gradient_weight import explore_gradient_weight
from pedagogy.explore.labels import explore_label_count, explore_sharpness
from pedagogy.explore.likelihood import explore_likelihood, explore_two_prompts
from pedagogy.explore.live import until_stopped
from pedagogy.explore.log_probs import explore_log_probs
from pedagogy.explore.next_word import explore_next_word, explore_typed_prompt
from pedagogy.explore.one_word import explore_one_word
from pedagogy.explore.prediction import check_prediction, show_shortfalls
from pedagogy.explore.race import explore_race
from pedagogy.explore.real import explore_real_runs
from pedagogy.explore.recovery import explore_recovery
from pedagogy.explore.reward_model import explore_calibration, explore_surprise
from pedagogy.explore.rlhf import explore_betas, watch
from pedagogy.explore.shared_weights import explore_shared_weights
from pedagogy.explore.steps import explore_steps
from pedagogy.explore.tales import explore_tale, explore_your_scores
from pedagogy.explore.tuning import explore_step_sizes, explore_stopping

__all__ = [
    "check_prediction",
    "explore_advantages",
    "explore_best_policy",
    "explore_best_of_n",
    "explore_betas",
    "explore_calibration",
    "explore_clip",
    "explore_derivation",
    "explore_direction",
    "explore_dpo_betas",
    "explore_estimates",
    "explore_flip",
    "explore_gradient_weight",
    "explore_label_count",
    "explore_learning_rates",
    "explore_likelihood",
    "explore_log_probs",
    "explore_moved_words",
    "explore_next_word",
    "explore_one_word",
    "explore_own_test",
    "explore_race",
    "explore_real_runs",
    "explore_recovery",
    "explore_shared_weights",
    "explore_sharpness",
    "explore_shift_scale",
    "explore_step_sizes",
    "explore_steps",
    "explore_stopping",
    "explore_surprise",
    "explore_tale",
    "explore_two_prompts",
    "explore_two_rules",
    "explore_typed_prompt",
    "explore_your_scores",
    "show_graded_tests",
    "show_shortfalls",
    "until_stopped",
    "watch",
    "watch_both",
    "watch_steps",
]
