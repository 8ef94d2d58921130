"""The learner as the human: two responses side by side, and a click says which is better."""

from pedagogy.labels.pairs import Pair
from pedagogy.labels.widget import Labels

__all__ = ["Labels", "Pair"]
