"""The critic of notebook 05, fitted in one go: least squares as numpy has them."""

import numpy as np
import pytest
import torch

from pedagogy.critic import features, fit_critic
from pedagogy.policy import load_policy, sample
from pedagogy.stories import openings

POLICY = load_policy("cpu")
TALES = sample(POLICY, openings(24, seed=1), generator=torch.Generator().manual_seed(0))
MASK = TALES.completion_mask.bool()
REWARDS = torch.randn(24, generator=torch.Generator().manual_seed(1))


def test_it_is_the_least_squares_fit_of_the_discounted_rewards():
    critic = fit_critic(POLICY, TALES, REWARDS, gammas=(0.9, 1.0))
    read = features(POLICY, TALES)[MASK].double().numpy()
    lengths = MASK.sum(-1).tolist()
    for gamma in (0.9, 1.0):
        targets = np.concatenate(
            [float(r) * gamma ** np.arange(n)[::-1] for r, n in zip(REWARDS, lengths, strict=True)]
        )
        best = np.linalg.lstsq(read, targets, rcond=1e-6)[0]
        np.testing.assert_allclose(critic.values(TALES, gamma)[MASK], read @ best, atol=1e-4)
    # Features that are all but dependent must not have weights that cancel each other.
    assert critic.weights.abs().max() < 100


def test_a_reward_that_never_changes_is_known_from_the_first_token_on():
    critic = fit_critic(POLICY, TALES, torch.full((24,), 3.0))
    tokens, rewards, values = critic.along(TALES, 2, 3)
    assert rewards == [0.0] * (len(tokens) - 1) + [3.0] and len(tokens) == MASK[2].sum()
    torch.testing.assert_close(values[1.0], torch.full((len(tokens),), 3.0), atol=0.02, rtol=0)
    # A token further from the end, a discount more: 3, 2.7, 2.43 … from the end.
    assert values[0.9][-1] == pytest.approx(3, abs=0.5) and values[0.9][0] < 1


@pytest.mark.parametrize(
    "change, said",
    [
        ({"policy": POLICY.model}, "policy is a GPT2LMHeadModel, but"),
        ({"samples": TALES.input_ids}, "samples is a Tensor, but it must be Samples"),
        ({"rewards": REWARDS[:5]}, "with B = 5, as in rewards"),
        ({"rewards": [float("nan")] * 24}, "rewards holds nan"),
        ({"gammas": []}, "gammas is empty"),
        ({"gammas": 0.9}, r"gammas has shape \(\)"),
        ({"gammas": [0.9, 1.1]}, r"gammas is \[0.9, 1.1\], but it must hold numbers from 0 to 1"),
        ({"gammas": [-0.1]}, "gammas holds -0.1"),
    ],
)
def test_what_fits_no_critic_is_refused_by_its_name(change, said):
    with pytest.raises((TypeError, ValueError), match=said):
        fit_critic(**{"policy": POLICY, "samples": TALES, "rewards": REWARDS} | change)


def test_a_critic_knows_its_discounts_and_its_responses():
    critic = fit_critic(POLICY, TALES, REWARDS, gammas=[1.0])
    with pytest.raises(ValueError, match=r"gamma is 0.9, but it must be one of \[1.0\]"):
        critic.values(TALES, 0.9)
    for bad in (24, -1, "one"):
        with pytest.raises(ValueError, match="number is .*, but it must be from 0 to 23"):
            critic.along(TALES, bad, 1.0)
