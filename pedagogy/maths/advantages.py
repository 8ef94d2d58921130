"""Was a step better than expected? Generalised advantage estimation (Schulman et al. 2016)."""

import torch
from torch import Tensor

from pedagogy import require
from pedagogy.require import Numbers

# Of float32 numbers of size 1: spreads as small as this are rounding, not differences.
ROUNDING = 1e-6


@require.tensors("(T steps,), (T,), (), flags (T,), 0 <= gamma <= 1, 0 <= lam <= 1")
def gae(
    rewards: Numbers,
    values: Numbers,
    next_value: Numbers,
    dones: Numbers,
    gamma: float,
    lam: float,
) -> Tensor:
    """Return how much better each step of a rollout went than the critic expected.

        delta_t = r_t + gamma V_{t+1} (1 - done_t) - V_t
        A_t     = delta_t + gamma lam (1 - done_t) A_{t+1}

    rewards, values: (T,), finite; values are the critic's.
    next_value: (), the critic's value of where the rollout stopped.
    dones: (T,), 1 if the episode ended with step t, so that nothing after it may count, else 0.
    gamma, lam: 0 to 1. lam 0 trusts the critic (A = delta), lam 1 the rewards (A = return - V).
    Returns (T,). The targets of the critic are A + V, taken before the advantages are whitened.
    Raises ValueError for shapes that do not match, no step, a number out of range or not finite.

    Schulman et al. 2016, eq. 16.

    By hand, gamma 0.9, lam 0.5: delta = (1 + 0.9 · 3 - 2, 2 + 0.9 · 4 - 3) = (1.7, 2.6), so
    A_2 = 2.6 and A_1 = 1.7 + 0.45 · 2.6 = 2.87.

    >>> gae([1, 2], [2, 3], 4, [0, 0], gamma=0.9, lam=0.5)
    tensor([2.8700, 2.6000])
    >>> gae([1, 2], [2, 3], 4, [1, 0], gamma=0.9, lam=0.5)
    tensor([-1.0000,  2.6000])
    """
    advantages, advantage = [], torch.zeros_like(next_value)
    for t in reversed(range(len(rewards))):
        goes_on = ~dones[t]
        delta = rewards[t] + gamma * next_value * goes_on - values[t]
        advantage = delta + gamma * lam * advantage * goes_on
        next_value = values[t]
        advantages.append(advantage)
    return torch.stack(advantages[::-1])  # (T,)


@require.tensors("counted (B, T), counted (B, T), mask (B, T), 0 <= gamma <= 1, 0 <= lam <= 1")
def response_gae(
    rewards: Numbers, values: Numbers, completion_mask: Numbers, gamma: float, lam: float
) -> Tensor:
    """Return gae for many responses at once, each an episode that ends with its last token.

    rewards, values: (B, T); values are the critic's, before token t was written.
    completion_mask: (B, T), 1 on the tokens of the response. The prompt and the padding, on
        either side, are passed over: what stands there changes nothing.
    gamma, lam: 0 to 1.
    Returns (B, T), 0 on the prompt and the padding.
    Raises ValueError for shapes that do not match, a row without response, a number out of
        range, or one in the response that is not finite.

    >>> from torch import tensor
    >>> response_gae(tensor([[7.0, 1.0, 2.0]]), tensor([[7.0, 2.0, 3.0]]),
    ...              tensor([[0, 1, 1]]), gamma=0.9, lam=0.5)
    tensor([[ 0.0000,  1.2500, -1.0000]])
    """
    advantages = torch.zeros_like(rewards)  # (B, T)
    advantage = next_value = torch.zeros_like(rewards[:, 0])  # (B,): nothing follows the end
    for t in reversed(range(rewards.shape[1])):
        here = completion_mask[:, t]
        delta = rewards[:, t] + gamma * next_value - values[:, t]
        advantage = torch.where(here, delta + gamma * lam * advantage, advantage)
        next_value = torch.where(here, values[:, t], next_value)
        advantages[:, t] = torch.where(here, advantage, 0.0)
    return advantages


@require.tensors("counted (*S), mask (*S)")
def whiten(advantages: Numbers, mask: Numbers) -> Tensor:
    """Return the advantages with mean 0 and standard deviation 1 over the tokens that count.

        (A - mean A) / std A,  with std² = Σ (A - mean A)² / N

    The std divides by N, not N - 1. A single token, or advantages that are all alike, give zeros.

    advantages, mask: the same shape (…,); mask is 1 (or True) where a token counts, else 0.
    Returns (…,), 0 where no token counts.
    Raises ValueError when the shapes differ, no token counts, or one that does is not finite.

    The critic's targets must be formed before this: afterwards the units of reward are gone.

    By hand: mean 3, std sqrt((4 + 4) / 2) = 2.

    >>> whiten([1, 5, 99], [1, 1, 0])
    tensor([-1.,  1.,  0.])
    """
    counted = advantages[mask]  # (N,)
    centred, std = counted - counted.mean(), counted.std(correction=0)
    alike = std <= ROUNDING * counted.abs().max()
    whitened = torch.zeros_like(advantages)
    whitened[mask] = torch.zeros_like(centred) if alike else centred / std
    return whitened
