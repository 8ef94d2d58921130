"""Proximal policy optimisation, as pure functions on tensors: no model, no loop, no settings.

In the order of a training step: rewards.py, advantages.py, losses.py; masks.py serves all three.
"""

from pedagogy.ppo.advantages import gae, response_gae, whiten
from pedagogy.ppo.losses import (
    clip_fraction,
    clipped_surrogate_loss,
    clipped_value_loss,
    entropy,
)
from pedagogy.ppo.masks import masked_mean
from pedagogy.ppo.rewards import kl_shaped_rewards

__all__ = [
    "clip_fraction",
    "clipped_surrogate_loss",
    "clipped_value_loss",
    "entropy",
    "gae",
    "kl_shaped_rewards",
    "masked_mean",
    "response_gae",
    "whiten",
]
