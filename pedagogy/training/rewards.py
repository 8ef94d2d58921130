"""What a reward function and a human say, whatever they say it with."""

import torch

from pedagogy import require


@torch.no_grad()
def rewards_of(reward_fn, samples):
    """The rewards of Samples, (B,), float32, on their device; whole numbers and bools will do.

    ValueError, TypeError: not one finite number for each response.
    """
    require.function(reward_fn=reward_fn)
    rewards = require.finite(reward_fn=reward_fn(samples))
    if rewards.shape != (len(samples.responses),):
        raise ValueError(
            f"reward_fn gave rewards of shape {tuple(rewards.shape)} for "
            f"{len(samples.responses)} responses, but it must give one for each."
        )
    return rewards.to(samples.input_ids.device, torch.float32)


def true_rewards_of(true_reward, prompts, responses):
    """What the human would say to each response, list[float]; None where nobody can be asked.

    ValueError, TypeError: no function, or one that does not give finite numbers.
    """
    if true_reward is None:
        return None
    require.function(true_reward=true_reward)
    pairs = zip(prompts, responses, strict=True)
    return [require.number(true_reward=true_reward(*pair)) for pair in pairs]
