"""What rlhf is given, looked at before anything is trained."""

from functools import partial

from pedagogy import require
from pedagogy.policy.next_word import one_by_one, prompts_to_ids
from pedagogy.rlhf.experience import gae_advantages


def require_prompts(policy, prompts, max_new_tokens):
    """All prompts must be known to the policy, with room for what it is to write."""
    require.texts(prompts=prompts)
    rows = one_by_one("prompts", partial(prompts_to_ids, policy), prompts)
    room = policy.context - max(map(len, rows))
    if max_new_tokens is not None and require.count(max_new_tokens=max_new_tokens) > room:
        raise ValueError(
            f"max_new_tokens is {max_new_tokens}, but beside the longest of prompts the context "
            f"has room for {room}."
        )


def require_functions(reward_fn, true_reward, advantages):
    """What is called must be a function; true_reward may be None."""
    require.function(reward_fn=reward_fn, advantages=advantages)
    if true_reward is not None:
        require.function(true_reward=true_reward)


def require_settings(
    run, *, beta, gamma, lam, clip_epsilon, value_clip, value_weight, advantages,
    samples_per_prompt, batch_size, **counts,
):  # fmt: skip
    """Numbers that training can use, and a critic where one is asked for."""
    require.count(batch_size=batch_size, samples_per_prompt=samples_per_prompt, **counts)
    if batch_size % samples_per_prompt:
        raise ValueError(
            f"batch_size is {batch_size}, but it must be a multiple of samples_per_prompt, "
            f"{samples_per_prompt}."
        )
    require.non_negative(beta=beta, value_weight=value_weight)
    require.positive(clip_epsilon=clip_epsilon)
    if value_clip is not None:
        require.positive(value_clip=value_clip)
    for name, value in {"gamma": gamma, "lam": lam}.items():
        if require.non_negative(**{name: value}) > 1:
            raise ValueError(f"{name} is {value}, but it must be between 0 and 1.")
    if advantages is gae_advantages and run.critic is None:
        raise ValueError("run has no critic, but gae_advantages, the default, need its values.")
