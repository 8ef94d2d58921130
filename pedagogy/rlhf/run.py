"""A run of RLHF and the record of its rounds."""

from dataclasses import dataclass, field

import torch

from pedagogy import require, training
from pedagogy.policy.model import new_head
from pedagogy.training import fill_run
from pedagogy.training.run import copy_of


@dataclass
class Round:
    """What one round of the cycle measured, in means over its stories."""

    number: int
    proxy_reward: float  # what the judge said
    true_reward: float | None  # what the human would have said, where we can ask
    kl: float  # KL(policy || reference), nats a story: summed over its words, exact for each word
    entropy: float  # of the bets, nats a word
    clip_fraction: float
    value_loss: float
    cut: float  # share of stories that found no end
    seconds: float
    stories: list[tuple[str, str]]  # prompt and response

    def __post_init__(self):
        self.stories = [tuple(story) for story in self.stories]  # files know only lists


@dataclass
class Run(training.Run):
    """The policy in training, all that the training remembers, and the record of its rounds."""

    critic: torch.nn.Linear
    dice: torch.Generator
    rounds: list[Round] = field(default_factory=list)


def new_run(policy, *, learning_rate=1e-3, seed=0):
    """A run that trains the policy in place; its reference is a copy of the policy as it is now."""
    require.positive(learning_rate=learning_rate)
    critic = new_head(policy)
    weights = [
        {"params": policy.model.parameters()},
        {"params": critic.parameters(), "lr": 10 * learning_rate},  # it starts from nothing
    ]
    optimiser = torch.optim.Adam(weights, lr=learning_rate)
    dice = torch.Generator().manual_seed(seed)
    return Run(policy, copy_of(policy), optimiser, critic, dice)


def load_run(folder, policy):
    """The run that save_run wrote; `policy`, of the same architecture, gets its weights.

    It goes on exactly as it would have gone on. FileNotFoundError: a folder without a run.
    ValueError: a policy that the weights do not fit.
    """
    return fill_run(new_run(policy), folder, Round)
