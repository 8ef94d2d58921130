"""The judge: a copy of the policy's transformer that ends in one number instead of many bets."""

from dataclasses import dataclass

import torch

from pedagogy import require
from pedagogy.policy import Batch, encode
from pedagogy.policy.logps import forward, on_device
from pedagogy.policy.lora import copy_of_base
from pedagogy.policy.model import Reader, new_head
from pedagogy.policy.network import require_batch, require_policy


@dataclass
class RewardModel(Reader):
    """A transformer without its bets, and a linear head that makes a score of what it has read.

    Choices teach only differences of scores; `offset` is taken off all, so that they can be read.
    """

    head: torch.nn.Linear
    offset: float = 0.0

    def __post_init__(self):
        super().__post_init__()
        require.parts("a linear layer", "weight", "bias", head=self.head)
        self.offset = require.number(offset=self.offset)

    def parameters(self):
        """All that is trained: transformer and head."""
        return [*self.model.parameters(), *self.head.parameters()]


def require_judge(reward_model):
    """TypeError unless it has what a RewardModel has."""
    require.parts(
        "a RewardModel", "model", "tokenizer", "head", "offset", reward_model=reward_model
    )


def new_reward_model(policy):
    """A judge that starts with all that the policy knows about tales, and no opinion at all.

    The head starts at zero: every tale gets 0, and the first loss is log 2. The weights are
    copies; training the judge leaves the policy as it is. Of a policy with an adapter, the judge
    shares what is frozen and trains an adapter of its own. TypeError: not a policy, or one whose
    network has no transformer that could be taken without its bets.
    """
    require_policy(policy)
    if policy.model.base_model is policy.model:
        kind = type(policy.model).__name__
        raise TypeError(f"policy has a {kind}, but it must be one with a base_model to copy.")
    model = copy_of_base(policy.model)
    return RewardModel(model, policy.tokenizer, new_head(policy))


def scores(reward_model, batch):
    """r(x, y) of each row, (B,), read at its last real token; a Batch, or Samples.

    Padding on either side changes nothing. Dropout is off. Keeps the graph, for training.
    ValueError: a row without a real token.
    """
    require_judge(reward_model)
    require_batch(batch)
    batch = on_device(batch, reward_model.device)
    hidden = forward(reward_model, batch).last_hidden_state  # (B, T, H)
    last = last_tokens(batch.attention_mask)  # (B,)
    endings = hidden[torch.arange(len(last), device=hidden.device), last]  # (B, H)
    return reward_model.head(endings).squeeze(-1) - reward_model.offset  # (B,)


@torch.no_grad()
def score_batch(reward_model, batch, rows=256):
    """r(x, y) of a Batch padded on the right, (B,), a few rows at a time."""
    chunks = torch.arange(len(batch.input_ids), device=reward_model.device).split(rows)
    return torch.cat([scores(reward_model, some_rows(batch, chunk)) for chunk in chunks])


def score_responses(reward_model, prompts, responses):
    """r(x, y) of texts, (N,). ValueError as in encode: an unknown word, a row too long …"""
    require_judge(reward_model)
    return score_batch(reward_model, encode(reward_model, prompts, responses))


def centre(reward_model, prompts, responses):
    """Put the zero of the scores where these responses are on average.

    A constant added to every score changes no choice and no loss: the zero is for us to choose.
    Ouyang et al. 2022 put it at the mean of human writing before they begin with PPO.
    """
    require_judge(reward_model)
    reward_model.offset += score_responses(reward_model, prompts, responses).mean().item()


def some_rows(batch, rows):
    """The Batch of these rows, (R,), as wide as the longest of them needs; padding on the right."""
    width = batch.attention_mask[rows].sum(-1).max()
    return Batch(*(tensor[rows, :width] for tensor in vars(batch).values()))


def last_tokens(attention_mask):
    """Place of the last real token in each row, (B, T) -> (B,). ValueError: a row without one."""
    real = require.tokens_in_each_row(attention_mask=attention_mask)
    return (real * torch.arange(real.shape[1], device=real.device)).argmax(-1)
