"""What a reward function says, whatever it says it with."""

import torch

from pedagogy import require


@torch.no_grad()
def rewards_of(reward_fn, samples):
    """The rewards of Samples, (B,), float32, on their device; whole numbers and bools will do.

    ValueError, TypeError: not one finite number for each response.
    """
    rewards = require.finite(reward_fn=reward_fn(samples))
    if rewards.shape != (len(samples.responses),):
        raise ValueError(
            f"reward_fn gave rewards of shape {tuple(rewards.shape)} for "
            f"{len(samples.responses)} responses, but it must give one for each."
        )
    return rewards.to(samples.input_ids.device, torch.float32)
