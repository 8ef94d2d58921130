"""Best of n for any policy and any judge: write n responses, keep the one with the best score."""

from collections.abc import Callable

import torch

from pedagogy import require
from pedagogy.policy import Policy, Samples
from pedagogy.policy.sampling import sample_in_turn
from pedagogy.training.rewards import rewards_of


def best_of_n(
    policy: Policy,
    prompts: list[str],
    reward_fn: Callable[[Samples], torch.Tensor],
    n: int,
    *,
    max_new_tokens: int | None = None,
    generator: torch.Generator | None = None,
) -> list[str]:
    """Return, for each prompt, that of n responses of the policy which reward_fn scores highest.

    Of equal scores the first is kept. KL(this choice ‖ policy) is at most best_of_n_kl_bound(n).
    reward_fn: rewards (B,) of Samples, as in rlhf; max_new_tokens and generator as for sample.
    ValueError: what sample cannot use, or a reward_fn without a finite number for each response.
    """
    repeated = [x for x in require.texts(prompts=prompts) for _ in range(require.count(n=n))]
    drawing = {"max_new_tokens": max_new_tokens, "generator": generator}
    responses, rewards = [], []
    for samples in sample_in_turn(policy, repeated, **drawing):
        responses += samples.responses
        rewards.append(rewards_of(reward_fn, samples).cpu())
    best = torch.cat(rewards).view(len(prompts), n).argmax(-1).tolist()
    return [responses[row * n + place] for row, place in enumerate(best)]
