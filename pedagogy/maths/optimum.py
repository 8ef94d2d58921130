"""Where RLHF is bound for, exactly, in a world whose answers can all be listed.

There the best policy needs no training: it is the reference, each answer weighted by its reward
(Rafailov et al. 2023). Prompts are rows (…), answers are columns K.
"""

import torch
from torch import Tensor

from pedagogy import require
from pedagogy.maths.divergence import kl_divergence
from pedagogy.require import Numbers


@require.tensors("probabilities (…, K), (…, K), beta > 0")
def optimal_policy(reference: Numbers, rewards: Numbers, beta: float) -> Tensor:
    """Return the policy that earns most after paying beta for its divergence from the reference.

        π*(y | x) = π_ref(y | x) exp(r(x, y) / beta) / Z(x)

    reference: (…, K), probabilities, exact zeros allowed and kept.
    rewards: (…, K), finite; shapes that broadcast.
    beta: above zero; larger: nearer to the reference.
    Returns (…, K), probabilities.
    Raises ValueError for sizes that differ, or a reference that does not sum to 1.

    Rafailov et al. 2023, eq. 4.

    By hand: e^(log 4) = 4, so the weights are 0.8 · 1 and 0.2 · 4, and Z is 1.6.

    >>> optimal_policy([0.8, 0.2], rewards=[0.0, 0.693147], beta=0.5)
    tensor([0.5000, 0.5000])
    """
    log_weights, _ = _log_weights(reference, rewards, beta)  # log π_ref + r / beta, shifted
    return log_weights.softmax(-1)  # (…, K)


@require.tensors("probabilities (…, K), (…, K), beta > 0")
def optimal_logps(reference: Numbers, rewards: Numbers, beta: float) -> Tensor:
    """Return log π*, where no answer is too rare to be told from 0.

        log π* = log π_ref + r / beta - log Z

    Arguments and errors are those of optimal_policy. Returns (…, K), in nats; -inf exactly where
    the reference is 0.

    >>> optimal_logps([0.8, 0.2, 0.0], rewards=[0.0, 500.0, 900.0], beta=0.5)
    tensor([-998.6137,    0.0000,      -inf])
    """
    log_weights, _ = _log_weights(reference, rewards, beta)
    return log_weights.log_softmax(-1)  # (…, K)


@require.tensors("probabilities (…, K), (…, K), beta > 0")
def log_partition(reference: Numbers, rewards: Numbers, beta: float) -> Tensor:
    """Return log Z, the log of what the weighted answers of a prompt sum to.

        Z(x) = Σ_y π_ref(y | x) exp(r(x, y) / beta)

    beta log Z is what the optimal policy earns. Arguments and errors are those of optimal_policy.
    Returns (…,): one number a prompt, in nats. Rafailov et al. 2023, eq. 4.

    By hand: 0.8 · 1 + 0.2 · 4 = 1.6, and log 1.6 = 0.4700.

    >>> log_partition([0.8, 0.2], rewards=[0.0, 0.693147], beta=0.5)
    tensor(0.4700)
    """
    log_weights, best = _log_weights(reference, rewards, beta)
    return log_weights.logsumexp(-1) + best / beta  # (…,)


@require.tensors("probabilities (…, K), probabilities (…, K), (…, K), beta > 0")
def rlhf_objective(policy: Numbers, reference: Numbers, rewards: Numbers, beta: float) -> Tensor:
    """Return what a policy earns: its mean reward, less what its divergence costs.

        E_{y~π}[r(x, y)] - beta KL(π(· | x) ‖ π_ref(· | x))

    policy, reference: (…, K), probabilities.
    rewards: (…, K), finite; shapes that broadcast.
    beta: above zero.
    Returns (…,), in units of the reward: -inf where the policy gives an answer that the
        reference never gives.
    Raises what optimal_policy raises.

    Rafailov et al. 2023, eq. 3.

    By hand: 0.5 · 0.6931 - 0.5 (0.5 log(0.5 / 0.8) + 0.5 log(0.5 / 0.2)) = 0.3466 - 0.1116,
    which is 0.5 log 1.6, for this policy is the optimal one.

    >>> rlhf_objective([0.5, 0.5], [0.8, 0.2], rewards=[0.0, 0.693147], beta=0.5)
    tensor(0.2350)
    """
    divergence = kl_divergence.__wrapped__(policy, reference)  # (…,)
    return (policy * rewards).sum(-1) - beta * divergence  # (…,)


@require.tensors("(…, K), (…, K), beta > 0, (…)")
def reward_from_policies(
    policy_logps: Numbers, reference_logps: Numbers, beta: float, log_z: Numbers = 0.0
) -> Tensor:
    """Return the reward for which the policy is the optimal one.

        r(x, y) = beta log(π*(y | x) / π_ref(y | x)) + beta log Z(x)

    policy_logps, reference_logps: (…, K), finite log-probabilities; shapes that broadcast.
    beta: above zero.
    log_z: (…,), finite, one number a prompt. Left out (0), what comes is the implicit reward,
        which is off by beta log Z: by the same for all answers to a prompt, by another for
        another prompt.
    Returns (…, K).
    Raises ValueError for shapes that do not match, or a number that is not finite.

    Rafailov et al. 2023, eq. 5.

    By hand: 2 (-1.5 + 0.5 + 3) = 4, and 2 (-0.25 + 1 + 3) = 7.5.

    >>> reward_from_policies([-1.5, -0.25], [-0.5, -1.0], beta=2.0, log_z=3.0)
    tensor([4.0000, 7.5000])
    """
    log_ratio = policy_logps - reference_logps  # (…, K)
    return beta * (log_ratio + log_z.unsqueeze(-1))  # (…, K)


def _log_weights(reference, rewards, beta):
    """Return log π_ref + (r - best) / beta, (…, K), and the best reward possible, (…,).

    Only the rewards' distances to the best one are divided by beta, so that a large r / beta
    costs no digits. What the reference never gives counts for nothing, whatever its reward.
    """
    possible = reference > 0
    rewards = torch.where(possible, rewards, -torch.inf)  # (…, K)
    best = rewards.amax(-1)  # (…,)
    logs = torch.where(possible, reference, 1).log()  # not log 0: its gradient would be nan
    return logs + (rewards - best.unsqueeze(-1)) / beta, best
