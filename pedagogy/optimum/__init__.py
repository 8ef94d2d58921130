"""The exact answer, in a world small enough to list all answers; exact.py holds the functions."""

from pedagogy.optimum.exact import (
    log_partition,
    optimal_logps,
    optimal_policy,
    reward_from_policies,
    rlhf_objective,
)

__all__ = [
    "log_partition",
    "optimal_logps",
    "optimal_policy",
    "reward_from_policies",
    "rlhf_objective",
]
