"""The exact answer in a world small enough to list all answers, and how DPO follows from it.

exact.py: the best policy, what it earns, and the reward read back from it. derivation.py: each
line from the aim of RLHF to the loss of DPO, with both sides to be computed in a World.
"""

from pedagogy.optimum.derivation import DERIVATION, TWO_PROMPTS, Likelihood, Line, likelihood
from pedagogy.optimum.exact import (
    log_partition,
    optimal_logps,
    optimal_policy,
    reward_from_policies,
    rlhf_objective,
)
from pedagogy.optimum.world import World

__all__ = [
    "DERIVATION",
    "TWO_PROMPTS",
    "Likelihood",
    "Line",
    "World",
    "likelihood",
    "log_partition",
    "optimal_logps",
    "optimal_policy",
    "reward_from_policies",
    "rlhf_objective",
]
