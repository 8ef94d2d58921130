"""The reward model: the judge that has learnt from choices what people like."""

from pedagogy.reward_model.loss import reward_model_loss

__all__ = ["reward_model_loss"]
