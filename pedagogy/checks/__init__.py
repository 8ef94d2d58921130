"""Checkers for the exercises: each takes the learner's function only and returns a Verdict."""

from pedagogy.checks.bradley_terry import check_bradley_terry_probability
from pedagogy.checks.kl_divergence import check_kl_divergence
from pedagogy.checks.modified_grade import check_modified_grade
from pedagogy.checks.next_word import check_next_word_distribution
from pedagogy.checks.verdict import Verdict

__all__ = [
    "Verdict",
    "check_bradley_terry_probability",
    "check_kl_divergence",
    "check_modified_grade",
    "check_next_word_distribution",
]
