"""The exact answer where answers cannot be listed: the optimum from samples of the reference.

π* is the reference, each answer weighted by e^(r/beta) (optimum.py). Over answers that the
reference wrote, every average under π* is a weighted average. No policy is trained for it.
"""

import math
from dataclasses import dataclass

import torch

from pedagogy import require
from pedagogy.require import Numbers

FEWEST = 20  # effective samples a prompt, on average: with fewer, the estimates are mostly luck


@dataclass
class SampledOptimum:
    """What π* earns, as means over the prompts, each with its standard error; and its weights."""

    reward: float  # E_π*[r]
    reward_error: float
    kl: float  # KL(π* ‖ π_ref), nats
    kl_error: float
    log_z: float  # nats
    log_z_error: float
    effective_share: float  # effective samples over samples, 0 to 1
    weights: torch.Tensor  # (P, N), each row sums to 1: draw from it, and an answer of π* comes

    def mean(self, values):
        """(mean, standard error) under π* of another number of the same answers, (P, N)."""
        return _mean_and_error((self.weights * values).sum(-1))


@require.tensors("(P, N), beta > 0")
def sampled_optimum(rewards: Numbers, beta: float) -> SampledOptimum:
    """Return what the optimal policy earns, from rewards of answers that the reference wrote.

        w_i = e^(r_i / beta) / Σ_j e^(r_j / beta)     within a prompt
        E_π*[r] ≈ Σ_i w_i r_i,   log Z ≈ log (1/N Σ_i e^(r_i / beta)),   KL = E_π*[r] / beta - log Z

    rewards: finite (P, N), N answers of the reference to each of P prompts. beta: above zero.
    Errors are standard errors over the prompts (nan for one prompt). By construction
    E_π*[r] - beta KL = beta log Z. ValueError: fewer than FEWEST effective samples, 1 / Σ w²,
    a prompt on average, for then a few lucky answers decide. Rafailov et al. 2023, eq. 4.

    By hand: rewards 0 and log 4 at beta 1 weigh 1 and 4: E r = 0.8 log 4 = 1.1090,
    Z = 2.5, KL = 1.1090 - log 2.5 = 0.1927. (With so few samples it would be refused.)
    """
    rewards = rewards.cpu().double()  # not every device has float64
    logs = rewards / beta
    weights = logs.softmax(-1)  # (P, N)
    effective = (1 / weights.square().sum(-1)).mean().item()
    if round(effective, 1) < FEWEST:
        raise ValueError(
            f"beta is {beta:g}, and of {rewards.shape[1]} samples a prompt only {effective:.1f} "
            f"count on average, but at least {FEWEST} must: give more samples, or a larger beta."
        )
    log_z = logs.logsumexp(-1) - math.log(rewards.shape[1])  # (P,)
    reward = (weights * rewards).sum(-1)  # (P,)
    figures = [_mean_and_error(each) for each in (reward, reward / beta - log_z, log_z)]
    return SampledOptimum(*sum(figures, ()), effective / rewards.shape[1], weights)


def _mean_and_error(values):
    error = (values.std() / len(values) ** 0.5).item() if len(values) > 1 else math.nan
    return values.mean().item(), error
