"""What a step of PPO minimises, and what to watch while it does (Schulman et al. 2017).

Every loss is a mean over N tokens. A mask is applied by selecting those first: logps[mask].
"""

import torch

from pedagogy import require


def clipped_surrogate_loss(logps, old_logps, advantages, clip_epsilon):
    """Return PPO's loss of the policy: make good tokens likelier, but earn nothing by haste.

        loss = -mean_i min(ratio_i A_i, clip(ratio_i, 1 - epsilon, 1 + epsilon) A_i)
        ratio_i = exp(logps_i - old_logps_i)

    logps, old_logps, advantages: (N,); clip_epsilon above zero. Returns (). Through old_logps and
    advantages no gradient should flow: they were taken when the tokens were written. The min
    drops the gradient only of a step that already went too far in the right direction, and
    never of one that went wrong: the clip is no bound on the policy.

    ValueError: shapes that differ, no token, epsilon not above zero, or a number that is not
    finite. Schulman et al. 2017, eq. 7.

    By hand, ratios 1.5 and 0.5, both A = 1: -(min(1.5, 1.2) + min(0.5, 0.8)) / 2 = -0.85.

    >>> clipped_surrogate_loss([0.405465, -0.693147], [0.0, 0.0], [1.0, 1.0], clip_epsilon=0.2)
    tensor(-0.8500)
    """
    logps, old_logps, advantages = require.one_per(
        "token", "N", logps=logps, old_logps=old_logps, advantages=advantages
    )
    epsilon = require.positive(clip_epsilon=clip_epsilon)
    ratio = torch.exp(logps - old_logps)  # (N,)
    clipped = ratio.clamp(1 - epsilon, 1 + epsilon)  # (N,)
    return -torch.minimum(ratio * advantages, clipped * advantages).mean()  # ()


def clip_fraction(logps, old_logps, advantages, clip_epsilon):
    """Return the share of tokens that the clip really holds: those where the min picks it.

        mean_i [clip(ratio_i, 1 - epsilon, 1 + epsilon) A_i < ratio_i A_i]

    That is a ratio above the band with A > 0, or below it with A < 0; outside the band on the
    other side, the min picks the plain product, and the token still pulls. Arguments and errors
    as in clipped_surrogate_loss. Returns ().

    By hand, ratios 1.5 and 0.5, both A = 1: only the first is held, 1/2.

    >>> clip_fraction([0.405465, -0.693147], [0.0, 0.0], [1.0, 1.0], clip_epsilon=0.2)
    tensor(0.5000)
    """
    logps, old_logps, advantages = require.one_per(
        "token", "N", logps=logps, old_logps=old_logps, advantages=advantages
    )
    epsilon = require.positive(clip_epsilon=clip_epsilon)
    ratio = torch.exp(logps - old_logps)  # (N,)
    clipped = ratio.clamp(1 - epsilon, 1 + epsilon)  # (N,)
    return (clipped * advantages < ratio * advantages).float().mean()  # ()


def clipped_value_loss(values, old_values, returns, clip_epsilon):
    """Return PPO's loss of the critic: half the squared error, the worse of free and clipped.

        loss = 1/2 mean_i max((V_i - R_i)², (clip(V_i, Vold_i - epsilon, Vold_i + epsilon) - R_i)²)

    values, old_values, returns: (N,); clip_epsilon above zero, in units of reward. Returns ().
    returns are advantages + values, formed before the advantages are whitened.

    ValueError: shapes that differ, no token, epsilon not above zero, or a number that is not
    finite. Not in the paper: OpenAI's code for it has it (baselines, ppo2).

    By hand: V = 2, Vold = 1, R = 3, epsilon 0.5: max((2 - 3)², (1.5 - 3)²) / 2 = 1.125.

    >>> clipped_value_loss([2.0], [1.0], [3.0], clip_epsilon=0.5)
    tensor(1.1250)
    """
    values, old_values, returns = require.one_per(
        "token", "N", values=values, old_values=old_values, returns=returns
    )
    epsilon = require.positive(clip_epsilon=clip_epsilon)
    clipped = old_values + (values - old_values).clamp(-epsilon, epsilon)  # (N,)
    errors = torch.maximum((values - returns).square(), (clipped - returns).square())  # (N,)
    return errors.mean() / 2  # ()


def entropy(logits):
    """Return how undecided the policy is at each position, in nats.

        H = -Σ_v p(v) log p(v),  p = softmax(logits)

    logits: finite, (…, V). Returns (…,): 0 for a policy that is certain, log V for one that has
    no idea. ValueError when a logit is not finite. Shannon 1948.

    By hand: two equal logits are a fair coin, log 2 = 0.6931.

    >>> entropy([3.0, 3.0])
    tensor(0.6931)
    """
    logps = torch.log_softmax(require.finite(logits=logits), dim=-1)  # (…, V)
    return -(logps.exp() * logps).sum(-1)  # (…,)
