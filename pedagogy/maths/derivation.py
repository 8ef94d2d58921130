"""From the aim of RLHF to the loss of DPO, as data: every line has two sides to be computed.

The lines hold for one prompt x and any policy; TWO_PROMPTS is what does not hold. The last step
needs a second reading, of many pairs at once: likelihood. Rafailov et al. 2023, section 4.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from pedagogy import require
from pedagogy.maths.bradley_terry import bradley_terry_probability
from pedagogy.maths.divergence import logits_divergence
from pedagogy.maths.optimum import (
    log_partition,
    optimal_logps,
    optimal_policy,
    reward_from_policies,
    rlhf_objective,
)
from pedagogy.require import Numbers


class Line(NamedTuple):
    """An equation: left(world) and right(world) compute its sides, () or (K,), in float64."""

    name: str
    sentence: str
    latex: str
    left: Callable[..., Tensor]
    right: Callable[..., Tensor]


def _objective(world):
    return rlhf_objective(world.policy, *world.known)


def _one_average(world):
    log_ratio = world.policy.log() - world.reference.log()  # (K,)
    return (world.policy * (world.rewards - world.beta * log_ratio)).sum()


def _optimal_value(world):
    return world.beta * log_partition(*world.known)


def _optimal_value_less_divergence(world):
    distance = logits_divergence(world.policy.log(), optimal_logps(*world.known))
    return _optimal_value(world) - world.beta * distance


def _most(world):
    return rlhf_objective(optimal_policy(*world.known), *world.known)


def _rewards(world):
    return world.rewards


def _rewards_by(logps, world, log_z):
    return reward_from_policies(logps, world.reference.log(), world.beta, log_z)  # (K,)


def _rewards_by_optimum(world):
    return _rewards_by(optimal_logps(*world.known), world, log_partition(*world.known))


def _choice(world):
    return bradley_terry_probability(*world.of_the_pair(world.rewards))


def _choice_without_z(world):
    return torch.sigmoid(_margin(optimal_logps(*world.known), world))


def _margin(logps, world):
    """The implicit reward of the chosen answer, less that of the rejected one: no Z is needed."""
    chosen, rejected = world.of_the_pair(_rewards_by(logps, world, log_z=0.0))
    return chosen - rejected


def _surprise(world):
    rewards = _rewards_by(world.policy.log(), world, log_partition(*world.known))
    chosen, rejected = world.of_the_pair(rewards)
    return torch.logaddexp(chosen, rejected) - chosen


def _loss(world):
    return -logsigmoid(_margin(world.policy.log(), world))


def _gradient(world):
    logits = world.policy.log().requires_grad_()  # (K,)
    loss = -logsigmoid(_margin(logits.log_softmax(-1), world))
    return torch.autograd.grad(loss, logits)[0]


def _gradient_by_hand(world):
    # Of log π(y) = logit(y) - log Σ_k exp(logit(k)), by the logits: 1 at y, less π everywhere.
    by_logits = torch.eye(len(world.policy), dtype=torch.float64) - world.policy  # (K, K)
    up, down = world.of_the_pair(by_logits)  # (K,)
    # -(up - down), as down - up: so that no 0 comes out as -0.
    return world.beta * torch.sigmoid(-_margin(world.policy.log(), world)) * (down - up)


DERIVATION = (
    Line(
        "aim",
        "Reward and divergence are averages over what the policy writes: together, they are one.",
        r"E_\pi[r] - \beta\,\mathrm{KL}(\pi \| \pi_\mathrm{ref})"
        r" = E_\pi[r - \beta\log\frac{\pi}{\pi_\mathrm{ref}}]",
        _objective,
        _one_average,
    ),
    Line(
        "divergence",
        "With π* = π_ref e^(r/β) / Z, it is the optimal value, less one divergence.",
        r"E_\pi[r] - \beta\,\mathrm{KL}(\pi \| \pi_\mathrm{ref})"
        r" = \beta\log Z - \beta\,\mathrm{KL}(\pi \| \pi^*)",
        _objective,
        _optimal_value_less_divergence,
    ),
    Line(
        "optimum",
        "A divergence is never below 0, and 0 only at π*: so π* earns the most, the optimal value.",
        r"\max_\pi\;E_\pi[r] - \beta\,\mathrm{KL}(\pi \| \pi_\mathrm{ref}) = \beta\log Z",
        _most,
        _optimal_value,
    ),
    Line(
        "reward",
        "Solved for the reward: the best policy tells the rewards, up to Z.",
        r"r = \beta\log\frac{\pi^*}{\pi_\mathrm{ref}} + \beta\log Z",
        _rewards,
        _rewards_by_optimum,
    ),
    Line(
        "choice",
        "Bradley-Terry needs a difference; both answers have the same Z, and it cancels.",
        r"\sigma(r_w - r_l) = \sigma(\beta\log\frac{\pi^*_w}{\pi_{\mathrm{ref},w}}"
        r" - \beta\log\frac{\pi^*_l}{\pi_{\mathrm{ref},l}})",
        _choice,
        _choice_without_z,
    ),
    Line(
        "loss",
        "A policy in training takes the place of π*: the loss is its surprise at the choice.",
        r"-\log\frac{e^{r_{\pi,w}}}{e^{r_{\pi,w}} + e^{r_{\pi,l}}} ="
        r" -\log\sigma(\beta\log\frac{\pi_w}{\pi_{\mathrm{ref},w}}"
        r" - \beta\log\frac{\pi_l}{\pi_{\mathrm{ref},l}})",
        _surprise,
        _loss,
    ),
    Line(
        "gradient",
        "Downhill is up for the chosen and down for the rejected, more where they stand wrong.",
        r"\nabla L = -\beta\,\sigma(\hat r_l - \hat r_w)\,(\nabla\log\pi_w - \nabla\log\pi_l)",
        _gradient,
        _gradient_by_hand,
    ),
)


def _difference(first, second):
    return first.rewards[first.pair[0]] - second.rewards[second.pair[1]]


def _difference_without_z(first, second):
    by_policies = [_rewards_by(optimal_logps(*w.known), w, log_z=0.0) for w in (first, second)]
    return by_policies[0][first.pair[0]] - by_policies[1][second.pair[1]]


# The answer chosen in the first world against the one rejected in the second. Between the sides
# lies beta log Z(x) - beta log Z(x'), each with its own world's beta.
TWO_PROMPTS = Line(
    "two prompts",
    "Not equal: answers to different prompts have different Z, and nothing cancels.",
    r"r(x,y) - r(x^\prime,y^\prime) \neq \hat r(x,y) - \hat r(x^\prime,y^\prime)",
    _difference,
    _difference_without_z,
)


class Likelihood(NamedTuple):
    """Judged pairs read twice: as one probability, and as a loss."""

    probabilities: Tensor  # (B,), that each pair comes out as the human said
    product: Tensor  # (), that all of them do, independently
    log_product: Tensor  # (), the sum of their logs, in nats
    loss: Tensor  # (), in nats a pair


@require.tensors("(B pairs,)")
def likelihood(margins: Numbers) -> Likelihood:
    """Return how probable all the human's choices are together, and the loss that says the same.

        product = Π_i σ(margin_i),  log product = Σ_i log σ(margin_i) = -B · loss

    The log is summed, not taken of the product, which a computer rounds to 0 for many pairs.

    margins: (B,), finite, r̂_w - r̂_l of each pair.
    Raises ValueError for no pair, or margins that are not finite.

    By hand: σ(log 3) = 0.75, σ(0) = 0.5; product 0.375, log -0.9808, loss 0.9808 / 2.

    >>> likelihood([1.098612, 0.0]).product, likelihood([1.098612, 0.0]).loss
    (tensor(0.3750), tensor(0.4904))
    """
    logs = logsigmoid(margins)  # (B,)
    probabilities = torch.sigmoid(margins)  # (B,)
    return Likelihood(probabilities, probabilities.prod(), logs.sum(), -logs.mean())
