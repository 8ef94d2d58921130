"""Explorers: each joins a function of the package to a picture and to sliders.

They decide which values a slider takes and compute nothing of their own.
words: notebook 01; scores: 02; divergence: 03; reward_model: 04; ppo: 05;
rlhf: 06; optimum: 07; dpo, dpo_pairs: 08; compare: 09.
"""

from pedagogy.explore.compare import check_prediction, explore_one_word, explore_race
from pedagogy.explore.divergence import (
    explore_direction,
    explore_estimates,
    explore_flip,
    explore_moved_words,
    explore_own_test,
    show_graded_tests,
)
from pedagogy.explore.dpo import explore_dpo_betas, explore_learning_rates, watch_steps
from pedagogy.explore.dpo_pairs import explore_log_probs, explore_pull, explore_shared_weights
from pedagogy.explore.optimum import (
    explore_best_policy,
    explore_derivation,
    explore_likelihood,
    explore_two_prompts,
)
from pedagogy.explore.ppo import explore_advantages, explore_clip, explore_steps
from pedagogy.explore.reward_model import (
    explore_calibration,
    explore_label_count,
    explore_sharpness,
    explore_surprise,
)
from pedagogy.explore.rlhf import explore_betas, watch
from pedagogy.explore.scores import explore_recovery, explore_shift_scale, explore_two_rules
from pedagogy.explore.words import (
    explore_next_word,
    explore_tale,
    explore_typed_prompt,
    explore_your_scores,
)

__all__ = [
    "check_prediction",
    "explore_advantages",
    "explore_best_policy",
    "explore_betas",
    "explore_calibration",
    "explore_clip",
    "explore_derivation",
    "explore_direction",
    "explore_dpo_betas",
    "explore_estimates",
    "explore_flip",
    "explore_label_count",
    "explore_learning_rates",
    "explore_likelihood",
    "explore_log_probs",
    "explore_moved_words",
    "explore_next_word",
    "explore_one_word",
    "explore_own_test",
    "explore_pull",
    "explore_race",
    "explore_recovery",
    "explore_shared_weights",
    "explore_sharpness",
    "explore_shift_scale",
    "explore_steps",
    "explore_surprise",
    "explore_tale",
    "explore_two_prompts",
    "explore_two_rules",
    "explore_typed_prompt",
    "explore_your_scores",
    "show_graded_tests",
    "watch",
    "watch_steps",
]
