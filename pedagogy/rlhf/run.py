"""A run of RLHF and the record of its iterations."""

import time
import warnings
from dataclasses import dataclass, field

import torch

from pedagogy import require, training
from pedagogy.policy.lora import trained_weights
from pedagogy.policy.model import new_head
from pedagogy.policy.network import require_policy
from pedagogy.policy.sampling import finished
from pedagogy.training.rewards import true_rewards_of
from pedagogy.training.run import copy_of, fill_run, read_run

FASTER = 10  # times the learning rate, for the critic: it starts from nothing


@dataclass
class Iteration:
    """What one turn of the cycle measured, in means over its samples."""

    number: int
    proxy_reward: float  # what reward_fn said
    true_reward: float | None  # what the human would have said, where we can ask
    kl: float  # KL(policy ‖ reference), nats a sample: summed over its words, exact for each word
    entropy: float  # of the bets, nats a word
    clip_fraction: float
    value_loss: float  # 0 without a critic
    truncated: float  # share of samples that found no end
    seconds: float
    samples: list[tuple[str, str]]  # prompt and response


@dataclass
class Run(training.Run):
    """The policy in training, all that the training remembers, and the record of its iterations."""

    critic: torch.nn.Linear | None
    generator: torch.Generator
    iterations: list[Iteration] = field(default_factory=list)


def new_run(policy, *, learning_rate=1e-3, seed=0, critic=True):
    """A run that trains the policy in place; its reference is a copy of the policy as it is now.

    critic: False leaves the critic out, for advantages that ask for no values. The critic's
    learning rate is ten times the policy's.
    """
    require_policy(policy)
    learning_rate = float(require.positive(learning_rate=learning_rate))
    generator = torch.Generator().manual_seed(require.seed(seed=seed))
    if not isinstance(critic, bool):
        raise TypeError(f"critic is {require.said(critic)}, but it must be True or False.")
    critic = new_head(policy) if critic else None
    weights = [{"params": trained_weights(policy.model)}]
    if critic is not None:
        weights.append({"params": critic.parameters(), "lr": FASTER * learning_rate})
    optimiser = torch.optim.Adam(weights, lr=learning_rate)
    return Run(policy, copy_of(policy), optimiser, critic, generator)


def record(run, samples, rewards, measured, *, true_reward, start, may_end):
    """Append the Iteration that began at start; warn where no sample has an end, but might."""
    kl, entropy, clip_fraction, value_loss = measured
    number = len(run.iterations) + 1
    pairs = list(zip(samples.prompts, samples.responses, strict=True))
    truth = true_rewards_of(true_reward, samples.prompts, samples.responses)
    truncated = 1 - finished(run.policy, samples).float().mean().item()
    if truncated == 1 and may_end:
        warnings.warn(f"no sample of iteration {number} found its end.", stacklevel=4)
    run.iterations.append(
        Iteration(
            number=number,
            proxy_reward=rewards.mean().item(),
            true_reward=truth and sum(truth) / len(truth),
            kl=kl.item(),
            entropy=entropy.item(),
            clip_fraction=clip_fraction,
            value_loss=value_loss,
            truncated=truncated,
            seconds=time.perf_counter() - start,
            samples=pairs,
        )
    )


def load_run(folder, policy):
    """The run that save_run wrote; `policy`, of the same architecture, gets its weights.

    It goes on exactly as it would have gone on. FileNotFoundError: a folder without a run.
    ValueError: a file that is damaged or of another version, or a policy that the weights do not
    fit, which stays as it was.
    """
    saved = read_run(folder)
    run = new_run(policy, critic=saved.get("critic") is not None)
    return fill_run(run, saved, folder, Iteration)
