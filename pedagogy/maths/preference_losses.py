"""What a step of DPO minimises, and the numbers to watch while it does (Rafailov et al. 2023)."""

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from pedagogy import require
from pedagogy.require import Numbers


@require.tensors("(B pairs,), (B,)")
def reward_model_loss(chosen_scores: Numbers, rejected_scores: Numbers) -> Tensor:
    """Return the mean surprise that the chosen response won, by Bradley and Terry.

        loss = -mean_i log σ(r(x_i, y_w,i) - r(x_i, y_l,i))

    Only differences count: scores mean nothing beyond the order and the gaps that they give.

    chosen_scores, rejected_scores: (B,), pair by pair.
    Returns (), in nats: log 2 = 0.6931 when the scores do not tell the two apart, and finite,
        however wrong they are, as long as a gap is a number that the dtype can hold.
    Raises ValueError for shapes that differ, no pair, or a score that is not finite, such as nan.

    Ouyang et al. 2022 (InstructGPT), eq. 1.

    By hand: gaps 2 and 0: -(log 0.8808 + log 0.5) / 2 = (0.1269 + 0.6931) / 2 = 0.4100.

    >>> reward_model_loss([3.0, 1.0], [1.0, 1.0])
    tensor(0.4100)
    """
    # One step, not log(sigmoid(…)): that gives -inf at a gap of -100 in float32.
    return -logsigmoid(chosen_scores - rejected_scores).mean()  # ()


@require.tensors("(*S), (*S), beta > 0")
def implicit_reward(policy_logps: Numbers, reference_logps: Numbers, beta: float) -> Tensor:
    """Return the reward that a policy seems to have been trained for, whatever it was trained on.

        r̂(x, y) = beta (log π(y | x) - log π_ref(y | x))

    A reward r that the policy is the optimum of is r̂ plus beta log Z(x): r̂ of one prompt may be
    compared, not of different ones.

    policy_logps, reference_logps: (B,), log-probabilities of whole responses, summed over their
        tokens; any other shape will do, if it is the same.
    beta: above zero, the same as in training.
    Returns the same shape.
    Raises ValueError for shapes that differ, or a number that is not finite.

    Rafailov et al. 2023, section 5.

    By hand: 0.5 (-1 + 3) = 1, and 0.5 (-2 + 1.5) = -0.25.

    >>> implicit_reward([-1.0, -2.0], [-3.0, -1.5], beta=0.5)
    tensor([ 1.0000, -0.2500])
    """
    return beta * (policy_logps - reference_logps)


@require.tensors("(B pairs,), (B,), (B,), (B,), beta > 0")
def dpo_loss(
    policy_chosen_logps: Numbers,
    policy_rejected_logps: Numbers,
    reference_chosen_logps: Numbers,
    reference_rejected_logps: Numbers,
    beta: float,
) -> Tensor:
    """Return the mean surprise that the chosen responses won, rewards being the policy's own.

        loss = -mean_i log σ(beta [(log π_w - log ref_w) - (log π_l - log ref_l)]_i)

    Its gradient is, pair by pair, -beta σ(r̂_l - r̂_w) (∇ log π_w - ∇ log π_l).

    policy_chosen_logps, policy_rejected_logps, reference_chosen_logps, reference_rejected_logps:
        (B,), log-probabilities of whole responses, pair by pair.
    beta: above zero; larger: stay nearer to the reference.
    Returns (), in nats: log 2 = 0.6931 where the policy is still the reference.
    Raises ValueError for shapes that differ, no pair, or a number that is not finite.

    Rafailov et al. 2023, eq. 7.

    By hand: 0.5 ((-1 + 2) - (-3 + 2)) = 1, and -log σ(1) = log(1 + e^-1) = 0.3133.

    >>> dpo_loss([-1.0], [-3.0], [-2.0], [-2.0], beta=0.5)
    tensor(0.3133)
    """
    chosen_rewards = beta * (policy_chosen_logps - reference_chosen_logps)  # (B,)
    rejected_rewards = beta * (policy_rejected_logps - reference_rejected_logps)  # (B,)
    # One step, not log(sigmoid(…)): that gives -inf at a margin of -100 in float32.
    return -logsigmoid(chosen_rewards - rejected_rewards).mean()  # ()


@require.tensors("(*S), (*S)")
def gradient_weight(chosen_rewards: Numbers, rejected_rewards: Numbers) -> Tensor:
    """Return how hard the gradient pulls on each pair: hard where the policy ranks it wrongly.

        σ(r̂_l - r̂_w)

    chosen_rewards, rejected_rewards: implicit rewards, the same shape (…,).
    Returns (…,), from 0 (the pair is settled) over 1/2 (nothing is known yet) to 1 (quite wrong).
    Raises ValueError for shapes that differ or a number that is not finite.

    Rafailov et al. 2023, section 4.

    By hand: a margin of log 3 leaves 1 / (1 + 3).

    >>> gradient_weight([1.098612, 0.0], [0.0, 1.098612])
    tensor([0.2500, 0.7500])
    """
    return torch.sigmoid(rejected_rewards - chosen_rewards)


@require.tensors("(B pairs,), (B,), (B,), (B,), beta > 0")
def metrics(
    policy_chosen_logps: Numbers,
    policy_rejected_logps: Numbers,
    reference_chosen_logps: Numbers,
    reference_rejected_logps: Numbers,
    beta: float,
) -> dict[str, float]:
    """Return what to watch in training, as means over the pairs; arguments as in dpo_loss.

    A dict of floats: loss, chosen_reward and rejected_reward (implicit ones), margin (their
    gap), accuracy (the share of pairs whose chosen response has the larger one; a tie counts
    half), chosen_logp and rejected_logp (of the policy). Raises what dpo_loss raises.

    By hand: rewards 0.5 (-1 + 2) = 0.5 and 0.5 (-3 + 2) = -0.5.

    >>> metrics([-1.0], [-3.0], [-2.0], [-2.0], beta=0.5)["margin"]
    1.0
    """
    chosen = beta * (policy_chosen_logps - reference_chosen_logps)  # (B,)
    rejected = beta * (policy_rejected_logps - reference_rejected_logps)  # (B,)
    margin = chosen - rejected  # (B,)
    watched = {
        "loss": -logsigmoid(margin),
        "chosen_reward": chosen,
        "rejected_reward": rejected,
        "margin": margin,
        "accuracy": (1 + margin.sign()) / 2,
        "chosen_logp": policy_chosen_logps,
        "rejected_logp": policy_rejected_logps,
    }
    return {name: values.mean().item() for name, values in watched.items()}
