"""A critic fitted in one go: before each word, a guess of the reward that is still to come.

In RLHF the critic learns along with the policy, step by step (rlhf/). Where the policy stands
still, least squares finds the best linear one at once, which is what a class can look at.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from pedagogy import require
from pedagogy.policy import Policy, Samples
from pedagogy.policy.logps import forward, on_device
from pedagogy.policy.network import require_policy

GAMMAS = (0.8, 0.9, 0.95, 0.99, 1.0)


@dataclass
class Critic:
    """A weighted sum of what the policy's transformer has in mind, for each discount gamma."""

    policy: Policy
    weights: torch.Tensor  # (F, G)
    gammas: list[float]

    def values(self, samples: Samples, gamma: float = 1.0) -> torch.Tensor:
        """V before each token, (B, T), in units of the reward."""
        if gamma not in self.gammas:
            raise ValueError(
                f"gamma is {require.said(gamma)}, but it must be one of {self.gammas}."
            )
        return features(self.policy, samples) @ self.weights[:, self.gammas.index(gamma)]

    def along(self, samples: Samples, number: int, reward: float):
        """One response token by token: (tokens, rewards (T,), {gamma: values (T,)})."""
        if number not in range(len(samples.responses)):
            raise ValueError(
                f"number is {require.said(number)}, but it must be from 0 to "
                f"{len(samples.responses) - 1}: that of a response."
            )
        samples = on_device(samples, self.policy.device)
        written = samples.completion_mask[number].bool()
        ids = samples.input_ids[number, written].tolist()
        tokens = self.policy.tokenizer.convert_ids_to_tokens(ids)
        rewards = [0.0] * (len(tokens) - 1) + [float(reward)]
        values = features(self.policy, samples)[number, written] @ self.weights  # (T, G)
        return tokens, rewards, dict(zip(self.gammas, values.T, strict=True))


def fit_critic(
    policy: Policy, samples: Samples, rewards: torch.Tensor, gammas: Sequence[float] = GAMMAS
) -> Critic:
    """Return the critic with the least squared error on these responses.

        V_t ≈ gamma^(T - t) r,  T the last token of the response

    rewards: (B,), one for each response, paid with its last token. gammas: from 0 to 1.
    TypeError, ValueError: what is none of these.
    """
    read = features(policy, samples)  # (B, T, F)
    rewards, mask, discounts = require.checked(
        "(B,), mask (B, T), (G discounts,) >= 0",
        rewards=require.finite(rewards=rewards).to(read),  # wherever a human said them
        completion_mask=samples.completion_mask.to(read.device),
        gammas=gammas,
    )
    if discounts.max() > 1:
        raise ValueError(f"gammas is {require.said(gammas)}, but it must hold numbers from 0 to 1.")
    tokens_left = mask.flip(1).cumsum(1).flip(1) - 1  # (B, T)
    targets = rewards[:, None, None] * discounts ** tokens_left[..., None]  # (B, T, G)
    # The features are nearly dependent: in single precision chance would choose the weights.
    sides = (side[mask].cpu().double() for side in (read, targets))
    found = torch.linalg.lstsq(*sides, rcond=1e-6, driver="gelsd").solution
    return Critic(policy, found.to(read), list(gammas))


@torch.no_grad()
def features(policy: Policy, samples: Samples) -> torch.Tensor:
    """What the transformer has in mind before each token, (B, T, 2 H + 1).

    The last layer holds what is needed to bet on the next token. The mean of the first layer over
    all tokens so far remembers what was said long ago. The last feature is a constant.
    """
    require_policy(policy)
    require.parts("Samples", "attention_mask", "completion_mask", samples=samples)
    samples = on_device(samples, policy.device)
    real = samples.attention_mask[..., None]  # (B, T, 1)
    hidden = forward(policy, samples, output_hidden_states=True).hidden_states
    so_far = (hidden[1] * real).cumsum(1) / real.cumsum(1).clamp(min=1)  # (B, T, H)
    after = torch.cat([hidden[-1], so_far, torch.ones_like(real)], dim=-1)
    return after.roll(1, dims=1)  # after one token is before the next
