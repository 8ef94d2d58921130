"""A world small enough to list: one prompt, its K answers, and two of them that were judged."""

from dataclasses import dataclass

import torch

from pedagogy import require


@dataclass
class World:
    """One prompt with its K answers, and all that the derivation speaks of.

    They are kept in float64, the probabilities made to sum to 1 as exactly as that allows.

    reference, policy: (K,), probabilities above zero, as a language model's are.
    rewards: (K,), finite.
    beta: above zero.
    pair: the places of the chosen and the rejected answer.
    Raises ValueError for anything else.
    """

    reference: torch.Tensor
    rewards: torch.Tensor
    beta: float
    pair: tuple[int, int]
    policy: torch.Tensor

    def __post_init__(self):
        self.beta = require.positive(beta=self.beta)
        reference, rewards, policy = _answers(self.reference, self.rewards, self.policy)
        for name, lowest in (("reference", reference.min()), ("policy", policy.min())):
            if lowest <= 0:
                raise ValueError(f"{name} holds {lowest:g}, but it must be above zero everywhere.")
        # On the CPU, for not every device has float64.
        reference, rewards, policy = (x.cpu().double() for x in (reference, rewards, policy))
        self.reference, self.policy = (p / p.sum() for p in (reference, policy))
        self.rewards = rewards
        if not _two_places(self.pair, len(rewards)):
            raise ValueError(
                f"pair is {require.said(self.pair)}, but it must be two different places from 0 to "
                f"{len(rewards) - 1}."
            )

    @property
    def known(self) -> tuple[torch.Tensor, torch.Tensor, float]:
        """What makes the optimum: reference, rewards, beta."""
        return self.reference, self.rewards, self.beta

    def of_the_pair(self, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the values, of (K,), that the chosen and the rejected answer have."""
        chosen, rejected = self.pair
        return values[chosen], values[rejected]


def _two_places(pair, size):
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        return False
    return pair[0] != pair[1] and all(place in range(size) for place in pair)


@require.tensors("probabilities (K answers,), (K,), probabilities (K,)")
def _answers(reference, rewards, policy):
    return reference, rewards, policy
