"""Best of n: write n answers, keep the one with the highest score. No training at all.

Picking is a policy, too. Where answers can be listed its law is exact; from samples, one pool of
answers gives its rewards for every n at once.
"""

import math

import torch
from torch import Tensor

from pedagogy import require
from pedagogy.require import Numbers


@require.tensors("probabilities (K,), (K,), _")
def best_of_n_distribution(reference: Numbers, scores: Numbers, n: int) -> Tensor:
    """Return the policy that is best of n: each answer's probability to be the one kept.

        P(y) = q(y) / q(ties of y) · (F(y)^n - F(<y)^n)

    q: the reference; F(y): its probability of a score at most that of y; F(<y): below it. Answers
    with the same score share in proportion to q. reference: probabilities (K,); scores: finite
    (K,); n: 1 or more. Returns (K,).

    By hand, n = 2, q = (0.5, 0.5): the better one is missed only by two bad draws, 1/4.

    >>> best_of_n_distribution([0.5, 0.5], [0.0, 1.0], n=2)
    tensor([0.2500, 0.7500])
    """
    n = require.count(n=n)
    level = scores.unique(return_inverse=True)[1]  # (K,), ties have one level
    mass = reference.new_zeros(int(level.max()) + 1).index_add(0, level, reference)  # (L,)
    up_to = mass.cumsum(0).clamp(max=1)
    kept = up_to**n - (up_to - mass) ** n  # (L,)
    share = torch.where(mass > 0, kept / mass, 0.0)
    return reference * share[level]


def best_of_n_kl_bound(n: int) -> float:
    """Return the most that best of n can differ from its reference, in nats: log n - (n - 1) / n.

    It is reached where no two answers have the same score; with ties the divergence is smaller.
    Beirami et al. 2024.

    By hand: log 2 - 1/2 = 0.1931.

    >>> round(best_of_n_kl_bound(2), 4)
    0.1931
    """
    n = require.count(n=n)
    return math.log(n) - (n - 1) / n


@require.tensors("(P, N), (P, N), _")
def best_of_n_mean(scores: Numbers, values: Numbers, n: int) -> Tensor:
    """Return the mean value of the answer kept, each row a pool of N answers to one prompt.

        Σ_i values_(i) C(i - 1, n - 1) / C(N, n),   answers in order of their scores

    The mean over all ways to pick n of the N: unbiased, and for every n from the same pool.
    scores, values: finite (P, N); n: 1 to N. Returns (P,). Ties are kept in the order of the pool.

    By hand, n = 2 of 3 with scores 1, 2, 3: the best one is in 2 of the 3 pairs, 2 in one.

    >>> best_of_n_mean([[1.0, 2.0, 3.0]], [[1.0, 2.0, 3.0]], n=2)
    tensor([2.6667])
    """
    size, n = scores.shape[1], require.count(n=n)
    if n > size:
        raise ValueError(f"n is {n}, but each prompt has only {size} answers.")
    chances = values.new_tensor([math.comb(i, n - 1) / math.comb(size, n) for i in range(size)])
    return (values.gather(-1, scores.argsort(stable=True, dim=-1)) * chances).sum(-1)
