"""A run of DPO and the record of its steps."""

from dataclasses import dataclass, field

import torch

from pedagogy import require, training
from pedagogy.policy.lora import trained_weights
from pedagogy.policy.network import require_policy
from pedagogy.training.run import copy_of, fill_run, read_run


@dataclass
class Step:
    """What one step saw, in means over its pairs, before it changed anything."""

    number: int
    loss: float  # nats
    chosen_reward: float  # implicit rewards
    rejected_reward: float
    margin: float  # by how much the chosen responses are ahead
    accuracy: float  # share of pairs whose chosen response has the larger implicit reward
    chosen_logp: float  # log π of whole responses, nats
    rejected_logp: float
    seconds: float


@dataclass
class Run(training.Run):
    """The policy in training, all that the training remembers, and the record of its steps."""

    seed: int
    steps: list[Step] = field(default_factory=list)


def new_run(policy, *, learning_rate=5e-4, seed=0):
    """A run that trains the policy in place; its reference is a copy of the policy as it is now."""
    require_policy(policy)
    learning_rate = float(require.positive(learning_rate=learning_rate))
    optimiser = torch.optim.Adam(trained_weights(policy.model), lr=learning_rate)
    return Run(policy, copy_of(policy), optimiser, require.seed(seed=seed))


def load_run(folder, policy):
    """The run that save_run wrote; `policy`, of the same architecture, gets its weights.

    It goes on exactly as it would have gone on. FileNotFoundError: a folder without a run.
    ValueError: a file that is damaged or of another version, or a policy that the weights do not
    fit, which stays as it was.
    """
    return fill_run(new_run(policy), read_run(folder), folder, Step)
