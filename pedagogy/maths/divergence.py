"""How different are two distributions - two tests, or two models?

The Kullback-Leibler divergence: exact where all outcomes can be listed, estimated from samples
where they cannot.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from pedagogy import require
from pedagogy.require import Numbers


@require.tensors("probabilities (…, K), probabilities (…, K)")
def kl_divergence(p: Numbers, q: Numbers) -> Tensor:
    """Return how far p has moved from q, in nats, exactly.

        KL(p ‖ q) = Σ_y p(y) (log p(y) - log q(y))

    An outcome that p never gives costs nothing (0 log 0 = 0); one that p gives and q never does
    costs inf. Of probabilities that a softmax rounded to 0, take logits_divergence instead.

    p, q: (…, K), probabilities, shapes that broadcast.
    Returns (…,).
    Raises ValueError when p or q is negative or does not sum to 1.

    Kullback & Leibler 1951.

    By hand: 0.5 log(0.5 / 0.9) + 0.5 log(0.5 / 0.1) = -0.2939 + 0.8047 = 0.5108.

    >>> kl_divergence([0.5, 0.5], [0.9, 0.1])
    tensor(0.5108)
    >>> kl_divergence([0.9, 0.1], [0.5, 0.5])
    tensor(0.3681)
    """
    # Where p is 0, the logs are taken of 1 instead: 0 log 0 would be nan, its gradient too.
    log_p = torch.where(p > 0, p, 1).log()  # (…, K)
    log_q = torch.where(p > 0, q, 1).log()  # (…, K)
    return (p * (log_p - log_q)).sum(-1)  # (…,)


@require.tensors("(*S, K), (*S, K)")
def logits_divergence(logits: Numbers, reference_logits: Numbers) -> Tensor:
    """Return KL(softmax(logits) ‖ softmax(reference_logits)), in nats, exactly.

    As kl_divergence, but straight from logits (or log-probabilities): finite, since none is too
    small to be told from 0.

    logits, reference_logits: the same shape (…, K), finite.
    Returns (…,).
    Raises ValueError when the shapes differ or a logit is not finite.

    By hand, as above: logits 0, 0 are probabilities 0.5, 0.5, and log 9, 0 are 0.9, 0.1.

    >>> logits_divergence([0.0, 0.0], [2.197225, 0.0])
    tensor(0.5108)
    """
    log_p, log_q = logits.log_softmax(-1), reference_logits.log_softmax(-1)  # (…, K)
    return (log_p.exp() * (log_p - log_q)).sum(-1)  # (…,)


@require.tensors("logits (B, T, V), logits (B, T, V), mask (B, T)")
def sequence_divergence(
    logits: Numbers, reference_logits: Numbers, completion_mask: Numbers
) -> Tensor:
    """Return what each response paid for moving away: its words' divergences, summed, in nats.

        Σ_t KL(π(· | x, y_<t) ‖ π_ref(· | x, y_<t)),  t over the tokens of the response

    Over responses that the policy wrote, the mean estimates the KL of whole responses, and
    without error for those of one word: each word is weighed against all that might have been
    said, not only against itself.

    logits, reference_logits: (B, T, V); logits[:, t] predict token t+1.
    completion_mask: (B, T), 1 on the tokens of the response, else 0.
    Returns (B,), never negative.
    Raises ValueError for shapes that do not match, a row without response, a response at token
        0, which nothing predicts, or a logit of the response that is not finite.
    """
    mask = completion_mask[:, 1:]  # (B, T-1)
    words = logits_divergence(logits[:, :-1][mask], reference_logits[:, :-1][mask])  # (N,)
    return words.new_zeros(mask.shape).masked_scatter(mask, words).sum(-1)  # (B,)


class KLEstimates(NamedTuple):
    """One number per sample from each of three estimators of KL(policy ‖ reference)."""

    k1: torch.Tensor
    k2: torch.Tensor
    k3: torch.Tensor


@require.tensors("(…)")
def kl_estimates(log_ratio: Numbers) -> KLEstimates:
    """Return k1, k2, k3: estimates of KL(policy ‖ reference), one per sample, in nats.

        k1 = d                    unbiased; single samples may be negative
        k2 = d² / 2               never negative; biased, little when the two are close
        k3 = exp(-d) - 1 + d      unbiased and never negative

    Their means over many samples estimate the divergence.

    log_ratio: (…,), d = policy_logps - reference_logps, finite, of samples drawn from the policy.
    Returns three tensors (…,). In float32 k3 is inf below d = -88, where exp(-d) is too large.
    Raises ValueError when a log-ratio is not finite.

    Schulman, "Approximating KL divergence".

    By hand, d = log 2: k1 = 0.6931, k2 = 0.2402, k3 = 1/2 - 1 + 0.6931 = 0.1931.

    >>> kl_estimates(0.693147)
    KLEstimates(k1=tensor(0.6931), k2=tensor(0.2402), k3=tensor(0.1931))
    """
    d = log_ratio
    return KLEstimates(k1=d, k2=d.square() / 2, k3=torch.expm1(-d) + d)
