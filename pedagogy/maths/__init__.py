"""Every formula of the course, as pure functions on tensors: no model, no loop, no drawing.

In the order of the notebooks: language_model.py (01), bradley_terry.py (02), graded_test.py and
divergence.py (03), preference_losses.py and measures.py (04, 08), advantages.py and
policy_losses.py (05), shaped_rewards.py (06), optimum.py, small_world.py and derivation.py (07).
A new loss, advantage or divergence goes beside its kind. Nothing here needs transformers.
"""

from pedagogy.maths.advantages import gae, response_gae, whiten
from pedagogy.maths.bradley_terry import (
    bradley_terry_probability,
    choice_probabilities,
    fit_scores,
    proportional_probability,
    simulate_comparisons,
)
from pedagogy.maths.derivation import DERIVATION, TWO_PROMPTS, Likelihood, Line, likelihood
from pedagogy.maths.divergence import (
    KLEstimates,
    kl_divergence,
    kl_estimates,
    logits_divergence,
    sequence_divergence,
)
from pedagogy.maths.graded_test import (
    GRADED_TEST,
    GradedTest,
    flip_beta,
    grade,
    graded_test_divergence,
    modified_grade,
)
from pedagogy.maths.language_model import next_word_distribution, per_token_logps, sequence_logps
from pedagogy.maths.masks import masked_mean
from pedagogy.maths.measures import (
    Calibration,
    bayes_accuracy,
    calibration,
    correlation,
    pair_accuracy,
)
from pedagogy.maths.optimum import (
    log_partition,
    optimal_logps,
    optimal_policy,
    reward_from_policies,
    rlhf_objective,
)
from pedagogy.maths.policy_losses import (
    clip_fraction,
    clipped_surrogate_loss,
    clipped_value_loss,
    entropy,
)
from pedagogy.maths.preference_losses import (
    dpo_loss,
    gradient_weight,
    implicit_reward,
    metrics,
    reward_model_loss,
)
from pedagogy.maths.shaped_rewards import kl_shaped_rewards
from pedagogy.maths.small_world import World

__all__ = [
    "Calibration",
    "DERIVATION",
    "GRADED_TEST",
    "GradedTest",
    "KLEstimates",
    "Likelihood",
    "Line",
    "TWO_PROMPTS",
    "World",
    "bayes_accuracy",
    "bradley_terry_probability",
    "calibration",
    "choice_probabilities",
    "clip_fraction",
    "clipped_surrogate_loss",
    "clipped_value_loss",
    "correlation",
    "dpo_loss",
    "entropy",
    "fit_scores",
    "flip_beta",
    "gae",
    "grade",
    "graded_test_divergence",
    "implicit_reward",
    "kl_divergence",
    "kl_estimates",
    "kl_shaped_rewards",
    "likelihood",
    "log_partition",
    "logits_divergence",
    "masked_mean",
    "metrics",
    "modified_grade",
    "next_word_distribution",
    "optimal_logps",
    "optimal_policy",
    "pair_accuracy",
    "per_token_logps",
    "proportional_probability",
    "gradient_weight",
    "response_gae",
    "reward_from_policies",
    "reward_model_loss",
    "rlhf_objective",
    "sequence_divergence",
    "sequence_logps",
    "simulate_comparisons",
    "whiten",
]
