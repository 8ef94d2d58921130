"""What a step of PPO minimises, and what to watch while it does (Schulman et al. 2017).

Every loss is a mean over N tokens. A mask is applied by selecting those first: logps[mask].
What was taken when the tokens were written, old_logps, advantages, old_values and returns, is
constant: no gradient flows through it.
"""

import math

import torch
from torch import Tensor

from pedagogy import require
from pedagogy.require import Numbers


@require.tensors("(N tokens,), (N,), (N,), clip_epsilon > 0")
def clipped_surrogate_loss(
    logps: Numbers, old_logps: Numbers, advantages: Numbers, clip_epsilon: float
) -> Tensor:
    """Return PPO's loss of the policy: make good tokens likelier, but bound the gain from it.

        loss = -mean_i min(ratio_i A_i, clip(ratio_i, 1 - epsilon, 1 + epsilon) A_i)
        ratio_i = exp(logps_i - old_logps_i)

    The min drops the gradient only of a step that already went too far in the right direction,
    and never of one that went wrong: the clip is no bound on the policy.

    logps: (N,), log-probabilities of the tokens under the policy in training.
    old_logps, advantages: (N,), taken when the tokens were written; no gradient flows to them.
    clip_epsilon: above zero.
    Returns (). A log-ratio that exp would turn into inf counts as half the largest that it would
        not (44 in float32), and still pulls.
    Raises ValueError for shapes that differ, no token, or a number that is not finite.

    Schulman et al. 2017, eq. 7.

    By hand, ratios 1.5 and 0.5, both A = 1: -(min(1.5, 1.2) + min(0.5, 0.8)) / 2 = -0.85.

    >>> clipped_surrogate_loss([0.405465, -0.693147], [0.0, 0.0], [1.0, 1.0], clip_epsilon=0.2)
    tensor(-0.8500)
    """
    old_logps, advantages = old_logps.detach(), advantages.detach()
    ratio = torch.exp(below_overflow(logps - old_logps))  # (N,)
    clipped = ratio.clamp(1 - clip_epsilon, 1 + clip_epsilon)  # (N,)
    return -torch.minimum(ratio * advantages, clipped * advantages).mean()  # ()


@require.tensors("(N tokens,), (N,), (N,), clip_epsilon > 0")
def clip_fraction(
    logps: Numbers, old_logps: Numbers, advantages: Numbers, clip_epsilon: float
) -> Tensor:
    """Return the share of tokens that the clip really holds: those where the min picks it.

        mean_i [clip(ratio_i, 1 - epsilon, 1 + epsilon) A_i < ratio_i A_i]

    That is a ratio above the band with A > 0, or below it with A < 0; outside the band on the
    other side, the min picks the plain product, and the token still pulls. Arguments and errors
    are those of clipped_surrogate_loss. Returns ().

    By hand, ratios 1.5 and 0.5, both A = 1: only the first is held, 1/2.

    >>> clip_fraction([0.405465, -0.693147], [0.0, 0.0], [1.0, 1.0], clip_epsilon=0.2)
    tensor(0.5000)
    """
    ratio = torch.exp(below_overflow(logps - old_logps))  # (N,)
    clipped = ratio.clamp(1 - clip_epsilon, 1 + clip_epsilon)  # (N,)
    return (clipped * advantages < ratio * advantages).to(ratio.dtype).mean()  # ()


@require.tensors("(N tokens,), (N,), (N,), clip_epsilon > 0")
def clipped_value_loss(
    values: Numbers, old_values: Numbers, returns: Numbers, clip_epsilon: float
) -> Tensor:
    """Return PPO's loss of the critic: half the squared error, the worse of free and clipped.

        loss = 1/2 mean_i max((V_i - R_i)², (clip(V_i, Vold_i - epsilon, Vold_i + epsilon) - R_i)²)

    values: (N,), of the critic in training.
    old_values: (N,), of the critic when the tokens were written.
    returns: (N,), advantages + old_values, formed before the advantages are whitened.
    clip_epsilon: above zero, in units of reward.
    Returns ().
    Raises ValueError for shapes that differ, no token, or a number that is not finite.

    Not in the paper: OpenAI's code for it has it (baselines, ppo2).

    By hand: V = 2, Vold = 1, R = 3, epsilon 0.5: max((2 - 3)², (1.5 - 3)²) / 2 = 1.125.

    >>> clipped_value_loss([2.0], [1.0], [3.0], clip_epsilon=0.5)
    tensor(1.1250)
    """
    old_values, returns = old_values.detach(), returns.detach()
    clipped = old_values + (values - old_values).clamp(-clip_epsilon, clip_epsilon)  # (N,)
    errors = torch.maximum((values - returns).square(), (clipped - returns).square())  # (N,)
    return errors.mean() / 2  # ()


@require.tensors("(…, V)")
def entropy(logits: Numbers) -> Tensor:
    """Return how undecided the policy is at each position, in nats.

        H = -Σ_v p(v) log p(v),  p = softmax(logits)

    logits: (…, V), finite.
    Returns (…,): 0 for a policy that is certain, log V for one that has no idea.
    Raises ValueError when a logit is not finite.

    Shannon 1948.

    By hand: two equal logits are a fair coin, log 2 = 0.6931.

    >>> entropy([3.0, 3.0])
    tensor(0.6931)
    """
    logps = torch.log_softmax(logits, dim=-1)  # (…, V)
    return -(logps.exp() * logps).sum(-1)  # (…,)


def below_overflow(log_ratio: Tensor) -> Tensor:
    """Return the log-ratios, held where their exp, times an advantage, could be inf.

    inf · 0 would be nan, in the loss of a token without advantage and in the gradient of one that
    the clip holds. Only the value is held: the gradient is passed on as it comes.
    """
    most = math.log(torch.finfo(log_ratio.dtype).max) / 2
    return log_ratio - (log_ratio - most).clamp(min=0).detach()
