"""What a step of DPO minimises, and the numbers to watch while it does (Rafailov et al. 2023)."""

import torch

from pedagogy import require


def reward_model_loss(chosen_scores, rejected_scores):
    """Return the mean surprise that the chosen response won, by Bradley and Terry.

        loss = -mean_i log sigmoid(r_chosen,i - r_rejected,i)

    chosen_scores, rejected_scores: (B,), pair by pair. Returns (), in nats: log 2 = 0.6931 when
    the scores do not tell the two apart, and never inf, however wrong they are. Only differences
    count: scores mean nothing beyond the order and the gaps that they give.

    ValueError: shapes that differ, no pair, or a score that is not finite, such as nan.
    Ouyang et al. 2022 (InstructGPT), eq. 1.

    By hand: gaps 2 and 0: -(log 0.8808 + log 0.5) / 2 = (0.1269 + 0.6931) / 2 = 0.4100.

    >>> reward_model_loss([3.0, 1.0], [1.0, 1.0])
    tensor(0.4100)
    """
    chosen, rejected = require.one_per(
        "pair", "B", chosen_scores=chosen_scores, rejected_scores=rejected_scores
    )
    # One step, not log(sigmoid(…)): that gives -inf at a gap of -100 in float32.
    return -torch.nn.functional.logsigmoid(chosen - rejected).mean()  # ()


def implicit_reward(policy_logps, reference_logps, beta):
    """Return the reward by which the policy seems to have been trained: a language model has one.

        r̂(x, y) = beta (log π(y | x) - log π_ref(y | x))

    policy_logps, reference_logps: log-probabilities of whole responses, summed over their tokens,
    (B,). beta: above zero, the same as in training. Returns (B,). A reward r that the policy is
    the optimum of is r̂ plus beta log Z(x): r̂ of one prompt may be compared, not of different ones.

    ValueError: shapes that differ, beta not above zero, or a number that is not finite.
    Rafailov et al. 2023, section 5.

    By hand: 0.5 (-1 + 3) = 1, and 0.5 (-2 + 1.5) = -0.25.

    >>> implicit_reward([-1.0, -2.0], [-3.0, -1.5], beta=0.5)
    tensor([ 1.0000, -0.2500])
    """
    policy_logps, reference_logps = require.finite(
        policy_logps=policy_logps, reference_logps=reference_logps
    )
    require.same_shape(policy_logps=policy_logps, reference_logps=reference_logps)
    return require.positive(beta=beta) * (policy_logps - reference_logps)


def dpo_loss(
    policy_chosen_logps,
    policy_rejected_logps,
    reference_chosen_logps,
    reference_rejected_logps,
    beta,
):
    """Return the mean surprise that the chosen responses won, rewards being the policy's own.

        loss = -mean_i log σ(beta [(log π_w - log ref_w) - (log π_l - log ref_l)]_i)

    All four: log-probabilities of whole responses, (B,), pair by pair; beta above zero, larger:
    stay nearer to the reference. Returns (), in nats: log 2 = 0.6931 where the policy is still
    the reference. Its gradient is, pair by pair, -beta σ(r̂_l - r̂_w) (∇ log π_w - ∇ log π_l).

    ValueError: shapes that differ, no pair, beta not above zero, or a number that is not finite.
    Rafailov et al. 2023, eq. 7.

    By hand: 0.5 ((-1 + 2) - (-3 + 2)) = 1, and -log σ(1) = log(1 + e^-1) = 0.3133.

    >>> dpo_loss([-1.0], [-3.0], [-2.0], [-2.0], beta=0.5)
    tensor(0.3133)
    """
    policy_chosen, policy_rejected, reference_chosen, reference_rejected = require.one_per(
        "pair",
        "B",
        policy_chosen_logps=policy_chosen_logps,
        policy_rejected_logps=policy_rejected_logps,
        reference_chosen_logps=reference_chosen_logps,
        reference_rejected_logps=reference_rejected_logps,
    )
    chosen_rewards = implicit_reward(policy_chosen, reference_chosen, beta)  # (B,)
    rejected_rewards = implicit_reward(policy_rejected, reference_rejected, beta)  # (B,)
    # One step, not log(sigmoid(…)): that gives -inf at a margin of -100 in float32.
    return -torch.nn.functional.logsigmoid(chosen_rewards - rejected_rewards).mean()  # ()


def pull(chosen_rewards, rejected_rewards):
    """Return how hard the gradient pulls on each pair: hard where the policy ranks it wrongly.

        σ(r̂_l - r̂_w)

    chosen_rewards, rejected_rewards: implicit rewards, the same shape (…,). Returns (…,), from 0
    (the pair is settled) over 1/2 (nothing is known yet) to 1 (quite wrong).
    ValueError: shapes that differ or a number that is not finite. Rafailov et al. 2023, section 4.

    By hand: a margin of log 3 leaves 1 / (1 + 3).

    >>> pull([1.098612, 0.0], [0.0, 1.098612])
    tensor([0.2500, 0.7500])
    """
    chosen, rejected = require.finite(
        chosen_rewards=chosen_rewards, rejected_rewards=rejected_rewards
    )
    require.same_shape(chosen_rewards=chosen, rejected_rewards=rejected)
    return torch.sigmoid(rejected - chosen)


def metrics(
    policy_chosen_logps,
    policy_rejected_logps,
    reference_chosen_logps,
    reference_rejected_logps,
    beta,
):
    """Return what to watch in training, as means over the pairs; arguments as in dpo_loss.

    A dict of floats: loss, chosen_reward and rejected_reward (implicit ones), margin (their
    gap), accuracy (the share of pairs whose chosen response has the larger one; a tie counts
    half), chosen_logp and rejected_logp (of the policy). Errors as in dpo_loss.

    By hand: rewards 0.5 (-1 + 2) = 0.5 and 0.5 (-3 + 2) = -0.5.

    >>> metrics([-1.0], [-3.0], [-2.0], [-2.0], beta=0.5)["margin"]
    1.0
    """
    logps = (
        policy_chosen_logps,
        policy_rejected_logps,
        reference_chosen_logps,
        reference_rejected_logps,
    )
    loss = dpo_loss(*logps, beta)
    policy_chosen, policy_rejected, reference_chosen, reference_rejected = map(
        torch.as_tensor, logps
    )
    chosen = implicit_reward(policy_chosen, reference_chosen, beta)
    rejected = implicit_reward(policy_rejected, reference_rejected, beta)
    told = {
        "chosen_reward": chosen,
        "rejected_reward": rejected,
        "margin": chosen - rejected,
        "accuracy": (1 + (chosen - rejected).sign()) / 2,
        "chosen_logp": policy_chosen,
        "rejected_logp": policy_rejected,
    }
    return {"loss": loss.item()} | {name: values.mean().item() for name, values in told.items()}
