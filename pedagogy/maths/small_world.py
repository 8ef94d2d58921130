"""A world small enough to list: one prompt, its K answers, and two of them that were judged."""

from dataclasses import dataclass

import torch

from pedagogy import require


@dataclass
class World:
    """One prompt with its K answers, and all that the derivation speaks of.

    reference, policy: probabilities (K,), above zero, as a language model's are; rewards: finite
    (K,); beta: above zero; pair: the places of the chosen and the rejected answer. They are kept
    in float64, the probabilities made to sum to 1 as exactly as that allows. ValueError else.
    """

    reference: torch.Tensor
    rewards: torch.Tensor
    beta: float
    pair: tuple[int, int]
    policy: torch.Tensor

    def __post_init__(self):
        given = {"reference": self.reference, "policy": self.policy}
        require.positive(**given, beta=self.beta)
        given = dict(zip(given, require.probabilities(**given), strict=True))
        rewards = require.finite(rewards=self.rewards)
        require.shape("(K,)", **given, rewards=rewards)
        if len(set(self.pair) & set(range(len(rewards)))) != 2:
            raise ValueError(
                f"pair is {self.pair}, but it must be two different places from 0 to "
                f"{len(rewards) - 1}."
            )
        self.rewards = rewards.double()
        self.reference, self.policy = (p.double() / p.double().sum() for p in given.values())

    @property
    def known(self):
        """What makes the optimum: reference, rewards, beta."""
        return self.reference, self.rewards, self.beta

    def of_the_pair(self, values):
        """Return the values, of (K,), that the chosen and the rejected answer have."""
        chosen, rejected = self.pair
        return values[chosen], values[rejected]
