"""The loop: the policy writes, the judge judges, the policy improves, and writes anew."""

import time
from collections.abc import Callable

import torch

from pedagogy.policy import Samples
from pedagogy.rlhf.experience import Experience, collect_experience, gae_advantages, write
from pedagogy.rlhf.inputs import require_functions, require_prompts, require_settings
from pedagogy.rlhf.run import Run, record
from pedagogy.rlhf.update import ppo_update
from pedagogy.training import all_or_nothing
from pedagogy.training.rewards import rewards_of
from pedagogy.training.rows import enough_memory
from pedagogy.training.run import require_run


def rlhf(
    run: Run,
    reward_fn: Callable[[Samples], torch.Tensor],
    prompts: list[str],
    *,
    beta: float,
    iterations: int,
    batch_size: int = 64,
    samples_per_prompt: int = 1,
    max_new_tokens: int | None = None,
    true_reward: Callable[[str, str], float] | None = None,
    advantages: Callable[[Experience, float, float], torch.Tensor] = gae_advantages,
    gamma: float = 1.0,
    lam: float = 0.95,
    epochs: int = 2,
    minibatches: int = 2,
    clip_epsilon: float = 0.2,
    value_clip: float | None = 0.2,
    value_weight: float = 0.1,
):
    """Train run.policy towards max E[r(x, y)] - beta KL(policy ‖ reference), by Iterations.

    reward_fn: a number for each of Samples, (B,), such as a reward model's score.
    prompts: drawn from evenly, for each as many responses as samples_per_prompt says.
    true_reward(prompt, response): what the human would say; only recorded, never trained on.
    advantages(experience, gamma, lam): (B, T), how much better than expected each token was;
    whitened before they are used. With those that need no values, run.critic may be None.
    value_clip: how far the critic may move in an iteration, in units of reward: of the size of
    0.2 where rewards differ by about 1; None: as far as it likes. value_weight: of its
    loss, which grows with the square of the rewards: large ones want a lower weight.

    Dropout is off. Each Iteration is yielded once it is done, and run.iterations keeps it. An
    iteration that is interrupted or fails leaves the run as it was before that iteration.
    TypeError, ValueError: at once, for arguments that can't be used; later for a reward_fn that
    does not give finite numbers, and for a learning rate with which an iteration tears the
    policy away. Warns when no sample finds its end.
    Ziegler et al. 2019; Ouyang et al. 2022; Schulman et al. 2017.
    """
    require_run(run)
    require_functions(reward_fn, true_reward, advantages)
    require_prompts(run.policy, prompts, max_new_tokens)
    weighing = {"beta": beta, "gamma": gamma, "lam": lam, "advantages": advantages}
    steps = {"epochs": epochs, "minibatches": minibatches}
    losses = {"clip_epsilon": clip_epsilon, "value_clip": value_clip, "value_weight": value_weight}
    drawing = {"batch_size": batch_size, "samples_per_prompt": samples_per_prompt}
    recording = {"true_reward": true_reward, "may_end": max_new_tokens is None}
    require_settings(run, iterations=iterations, **weighing, **steps, **losses, **drawing)
    run.policy.model.eval()

    def cycle():
        for _ in range(iterations):
            start = time.perf_counter()
            with (
                enough_memory(batch_size=batch_size),
                all_or_nothing(run.optimiser, [run.generator], run.iterations),
                torch.enable_grad(),
            ):
                samples = write(run, prompts, **drawing, max_new_tokens=max_new_tokens)  # write
                rewards = rewards_of(reward_fn, samples)  # judge
                experience, *found = collect_experience(run, samples, rewards, **weighing)  # weigh
                found += ppo_update(run, experience, **steps, **losses)  # improve
                record(run, samples, rewards, found, start=start, **recording)
            yield run.iterations[-1]

    return cycle()
