"""Explorers of notebook 07 against scipy and numbers by hand; what the notebook says of them."""

import math

import numpy as np
import pytest
import torch
from corners import visit_corners
from executed import wants
from scipy.special import expit, logsumexp, rel_entr, softmax

from pedagogy import explore
from pedagogy.human import Preference
from pedagogy.maths.derivation import DERIVATION

WORDS = ("time", "banana", "hill")
WORLD = WORDS, torch.tensor([0.7, 0.2, 0.1]), torch.tensor([5.0, 2.0, 4.0])
OTHER = ("mill", "cottage"), torch.tensor([0.75, 0.25]), torch.tensor([4.0, 0.0])
PREFERENCES = [
    Preference("once upon a", *pair)
    for pair in (("time", "banana"), ("time", "hill"), ("banana", "hill"))
]

MAKERS = {
    "best_policy": lambda: explore.explore_best_policy(*WORLD),
    "derivation": lambda: explore.explore_derivation(*WORLD),
    "two_prompts": lambda: explore.explore_two_prompts(["once upon a", "near the"], [WORLD, OTHER]),
    "likelihood": lambda: explore.explore_likelihood(*WORLD, PREFERENCES),
}


@pytest.mark.parametrize("name", MAKERS)
def test_the_corners_of_every_slider_can_be_drawn_and_say_different_things(name):
    """Of explore_best_policy, explore_derivation, explore_two_prompts and explore_likelihood."""
    visit_corners(MAKERS[name]())


@pytest.mark.parametrize("first, share, beta", [(0.5, 0.5, 1.0), (0.0, 1.0, 2.0), (1.0, 0.3, 0.25)])
def test_a_policy_of_ones_own_earns_what_scipy_says(first, share, beta):
    explorer = MAKERS["best_policy"]()
    explorer.first, explorer.share, explorer.beta = first, share, beta
    shown = explorer.numbers
    policy = np.array([first, (1 - first) * share, (1 - first) * (1 - share)])
    reference, rewards = WORLD[1].double().numpy(), WORLD[2].double().numpy()
    assert shown["policies"][1] == pytest.approx(policy, abs=1e-6)
    assert shown["reward"] == pytest.approx(policy @ rewards, abs=1e-5)
    assert shown["divergence"] == pytest.approx(rel_entr(policy, reference).sum(), abs=1e-5)
    weights = np.log(reference) + rewards / beta
    distance = rel_entr(policy, softmax(weights)).sum()
    assert shown["log_z"] == pytest.approx(logsumexp(weights), abs=1e-5)
    missing = beta * logsumexp(weights) - shown["reward"] + beta * shown["divergence"]
    assert missing == pytest.approx(beta * distance, abs=1e-4)


def test_the_optimum_stays_hidden_until_it_is_asked_for():
    explorer = MAKERS["best_policy"]()
    assert all(map(math.isnan, explorer.numbers["policies"][2]))
    explorer.reveal = "shown"
    assert sum(explorer.numbers["policies"][2]) == pytest.approx(1)


def test_the_axis_shows_how_much_more_than_the_reference_the_best_policy_earns():
    """At beta 2: 4.3 = 0.7 · 5 + 0.2 · 2 + 0.1 · 4, and 2 log Σ π_ref e^(r / 2) = 4.567."""
    low, high = (MAKERS["best_policy"]().plot.keywords[end] for end in ("low", "high"))
    assert low < 4.3 and 5 < high and (4.567 - 4.3) / (high - low) > 0.1


def test_both_sides_of_all_lines_are_one_at_every_place_of_the_sliders():
    explorer = MAKERS["derivation"]()
    frames = 0
    for reward in explorer.controls[0].values:
        for probability in explorer.controls[1].values:
            for beta in explorer.controls[2].values:
                sides = explorer.compute(reward, probability, beta)["sides"]
                assert len(sides) == len(DERIVATION)
                for left, right in sides:
                    assert left == pytest.approx(right, abs=1e-12)
                frames += 1
    assert frames == 60


def test_the_derivation_begins_with_the_world_it_was_given():
    words, _, rewards = WORLD
    explorer = explore.explore_derivation(words, torch.tensor([0.772, 0.128, 0.1]), rewards + 0.5)
    assert explorer.probability == pytest.approx(0.128, abs=1e-7) and explorer.reward == 2.5
    assert explorer.numbers["policies"][0] == pytest.approx([0.772, 0.128, 0.1], abs=1e-7)


def test_the_derivation_shows_the_world_of_its_sliders():
    """By hand: reward -2 at 0.4, the others share 0.6 as 7 to 1: 0.525 and 0.075."""
    explorer = MAKERS["derivation"]()
    explorer.reward, explorer.probability, explorer.beta = -2, 0.4, 0.5
    shown = explorer.numbers
    weights = np.log([0.525, 0.4, 0.075]) + np.array([5, -2, 4]) / 0.5
    assert shown["policies"][0] == pytest.approx([0.525, 0.4, 0.075])
    assert shown["policies"][2] == pytest.approx(softmax(weights))
    sides = dict(zip([line.name for line in DERIVATION], shown["sides"], strict=True))
    assert sides["optimum"][0] == pytest.approx([0.5 * logsumexp(weights)])
    assert sides["choice"][1] == pytest.approx([expit(7)])
    margin = 0.5 * (math.log(0.4) - math.log(0.525))  # of a policy that bets the same on all
    assert sides["loss"][0] == pytest.approx([-math.log(expit(margin))])


def test_all_rewards_of_a_prompt_lose_the_same_and_another_prompt_loses_otherwise():
    explorer = MAKERS["two_prompts"]()
    for beta in explorer.controls[0].values:
        explorer.beta = beta
        shown = explorer.numbers
        for (_, reference, rewards), lost, implicit in zip(
            (WORLD, OTHER), shown["lost"], shown["implicit"], strict=True
        ):
            log_z = logsumexp((reference.log() + rewards / beta).numpy())
            assert lost == pytest.approx(beta * log_z, abs=1e-5)
            assert implicit == pytest.approx((rewards - lost).tolist(), abs=1e-5)
        assert shown["lost"][0] > shown["lost"][1] + 0.5


@pytest.mark.parametrize("moved", [0.0, 0.6, 1.0, 2.5])
def test_the_product_of_sigmoids_by_hand(moved):
    """Of the optimum's own kind, the margin is moved × difference of rewards: 3, 1, -2."""
    explorer = MAKERS["likelihood"]()
    explorer.moved = moved
    chances = expit(moved * np.array([3, 1, -2]))
    shown = explorer.numbers
    assert shown["probabilities"] == pytest.approx(chances, abs=1e-5)
    assert shown["product"] == pytest.approx(math.prod(chances), abs=1e-5)
    assert shown["log_product"] == pytest.approx(np.log(chances).sum(), abs=1e-4)
    assert shown["loss"] == pytest.approx(-np.log(chances).mean(), abs=1e-4)


# --- what notebook 07 says ----------------------------------------------------------------------


says = wants("07_dpo_derivation")


@says
def test_notebook_07_shows_equal_sides(notebook):
    pairs = [value for value in notebook.shown() if isinstance(value, tuple)]
    assert len(pairs) == 7
    for left, right in pairs[:-1]:
        torch.testing.assert_close(left, right, atol=1e-5, rtol=1e-5)
    product, sum_of_logs = pairs[-1]
    assert product == 0 and sum_of_logs.item() == pytest.approx(-5000 * math.log(2), rel=1e-4)


@says
def test_notebook_07_a_policy_is_the_best_for_its_own_reward(notebook):
    (best,) = [value for value in notebook.shown() if isinstance(value, torch.Tensor)]
    torch.testing.assert_close(best, notebook["policy"])


@says
def test_notebook_07_how_many_tales_of_the_reference_would_be_tales_of_the_optimum(notebook):
    scores = notebook["scores"].numpy()
    for beta, kept in ((notebook["beta"], 0.30), (0.3, 0.12)):
        assert np.exp((scores - 6) / beta).mean() == pytest.approx(kept, abs=0.04)
    log_z = logsumexp(scores / notebook["beta"]) - math.log(512)
    assert notebook["optimum"].log_z == pytest.approx(log_z)
    assert notebook["kept"].item() == pytest.approx(0.30, abs=0.04)


@says
def test_notebook_07_no_thrown_policy_earns_more(notebook):
    most = (notebook["beta"] * notebook["log_z"]).item()
    assert most - 0.01 < notebook["earned"].max().item() < most


@says
def test_notebook_07_mill_comes_out_above_time_at_beta_2_and_below_at_a_quarter(notebook):
    other, two_prompts = notebook["other"], notebook.explorers()[1]
    assert notebook["rewards"][0] == 5 and other[2].tolist() == [4, 0, 0]
    assert (notebook["words"][0], other[0][0]) == ("time", "mill")
    for beta, is_above in [(2.0, True), (0.25, False)]:
        time, mill = (row[0] for row in two_prompts.compute(beta)["implicit"])
        assert (mill > time) == is_above


@says
def test_notebook_07_loss_and_gradient_stand_still_when_the_reward_moves(notebook):
    compute = notebook.explorers()[2].compute
    still = [
        all(np.allclose(a, b) for a, b in zip(*sides, strict=True))
        for sides in zip(*(compute(reward, 0.13, 1.0)["sides"] for reward in (-2, 8)), strict=True)
    ]
    assert [line.name for line, s in zip(DERIVATION, still, strict=True) if s] == [
        "loss",
        "gradient",
    ]


@says
def test_notebook_07_one_choice_is_a_mood_and_the_product_is_largest_at_0_6(notebook):
    liked = dict(zip(notebook["words"], notebook["rewards"].tolist(), strict=True))
    against = [c for c in notebook["choices"] if liked[c.chosen] < liked[c.rejected]]
    assert [(c.chosen, c.rejected) for c in against] == [("banana", "hill")]
    likelihood = notebook.explorers()[3]
    rows = {moved: likelihood.compute(moved) for moved in likelihood.controls[0].values}
    assert max(rows, key=lambda m: rows[m]["product"]) == 0.6
    assert min(rows, key=lambda m: rows[m]["loss"]) == 0.6
