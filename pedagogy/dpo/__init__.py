"""Direct preference optimisation: the policy learns from judged pairs, without a judge between.

losses.py holds the pure functions.
"""

from pedagogy.dpo.losses import dpo_loss, implicit_reward, pull

__all__ = ["dpo_loss", "implicit_reward", "pull"]
