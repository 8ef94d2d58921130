"""Checkers for the exercises: each takes the learner's function only and returns a Verdict."""

from pedagogy.checks.bradley_terry import check_bradley_terry_probability
from pedagogy.checks.clipped_surrogate_loss import check_clipped_surrogate_loss
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
