"""Notebook 08: what becomes of pairs, against numbers by hand; what it says of its own run."""

import math
import re
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
import torch
from corners import visit_corners
from executed import wants
from scipy.special import expit, softmax
from scipy.stats import pearsonr
from test_prose import PROSE

from pedagogy import explore
from pedagogy.human import Preference, true_reward
from pedagogy.policy import load_policy

BEGINNING = "once upon a time there was a kind girl in a mill ."
GOOD = " one day she met a lost fox by the river . she shared her bread with the fox . they lived happily ever after ."  # noqa: E501
BAD = " one day she met a lost fox by the river . she stole the lamp of the fox . the fox wept all night ."  # noqa: E501
PAIRS = [Preference(BEGINNING, GOOD, BAD), Preference(BEGINNING, BAD, GOOD)]
LOOKS = {  # chosen, rejected: the first pair gets ahead by 2 + 5 nats, the second falls 1 behind
    0: (torch.tensor([-10.0, -20.0]), torch.tensor([-12.0, -8.0])),
    8: (torch.tensor([-8.0, -23.0]), torch.tensor([-17.0, -10.0])),
}
WORDS = ("time", "banana", "midnight", "hill")
WORLD = (WORDS, torch.tensor([0.7, 0.15, 0.1, 0.05]), torch.tensor([5.0, 2.0, 4.0, 4.0]))
SIDES = ("chosen", "rejected")
MAKERS = {
    "gradient_weight": lambda: explore.explore_gradient_weight(PAIRS, LOOKS, beta=0.5),
    "log_probs": lambda: explore.explore_log_probs(PAIRS, LOOKS),
    "shared_weights": lambda: explore.explore_shared_weights(*WORLD, "midnight", "banana"),
}


@pytest.mark.parametrize("name", MAKERS)
def test_the_corners_of_every_slider_can_be_drawn_and_say_different_things(name):
    visit_corners(MAKERS[name]())


def test_the_gradient_weight_by_hand():
    """Margins 0.5 (2 + 5) = 3.5 and 0.5 (-3 + 2) = -0.5, so the weights are σ(-3.5) and σ(0.5)."""
    explorer = MAKERS["gradient_weight"]()
    shown = explorer.compute(step=8, pair=1)
    assert shown["margins"] == pytest.approx([3.5, -0.5])
    assert shown["gradient_weights"] == pytest.approx(expit([-3.5, 0.5]))
    assert shown["kinds"] == ["with the taste", "against the taste"]
    assert shown["pair"] == PAIRS[0] and shown["course"] == pytest.approx([0.5, expit(-3.5)])
    assert explorer.compute(step=8, pair=2)["pair"] == PAIRS[1]  # the last one weighs most
    assert explorer.compute(step=0, pair=1)["gradient_weights"] == [0.5, 0.5]


def test_log_probs_by_hand():
    shown = MAKERS["log_probs"]().compute(step=8, pair=1)
    assert (shown["chosen"], shown["rejected"]) == ([2.0, -3.0], [-5.0, -2.0])
    assert shown["pair"] == PAIRS[1]  # its chosen tale fell most
    assert shown["good"] == [True, False]
    assert "less likely in 50% of the pairs, the rejected lost more in 50%" in (
        MAKERS["log_probs"]().caption
    )


def test_looks_may_be_lists_and_arrays():
    """As they come from a file of JSON."""
    for kind in (torch.Tensor.tolist, torch.Tensor.numpy):
        looks = {step: tuple(map(kind, logps)) for step, logps in LOOKS.items()}
        for made in (explore.explore_log_probs, partial(explore.explore_gradient_weight, beta=0.5)):
            assert made(PAIRS, looks).caption == made(PAIRS, LOOKS).caption


@pytest.mark.filterwarnings("error")
def test_a_run_that_was_never_looked_at_again_is_drawn():
    """As after a training that stopped in its first step; one pair, so one kind has none."""
    looks = {0: tuple(logps[:1] for logps in LOOKS[0])}
    assert "0.50" in explore.explore_gradient_weight(PAIRS[:1], looks, beta=0.5).caption
    assert "less likely in 0% of the pairs" in explore.explore_log_probs(PAIRS[:1], looks).caption


def test_two_policies_say_of_which_beta_their_loss_is():
    explorer = MAKERS["shared_weights"]()  # with the chosen 2 nats ahead
    assert f"At beta 1 the loss is {math.log1p(math.exp(-2)):.3f};" in explorer.caption


@pytest.mark.parametrize("gap", [0.0, 1.0, 5.0])
def test_two_policies_with_one_loss(gap):
    """Both have the chosen ahead by gap; one is the tilted reference, of beta 2 / gap."""
    compute = MAKERS["shared_weights"]().compute
    separate, shared = (compute(gap, w) for w in ("one for each word", "one for all words"))
    assert separate["loss"] == pytest.approx(math.log1p(math.exp(-gap)), abs=1e-6)
    assert shared["loss"] == pytest.approx(separate["loss"], abs=1e-6)
    reference, rewards = WORLD[1].numpy(), WORLD[2].numpy()
    moved = np.log(reference) + gap / 2 * np.array([0, -1, 1, 0])
    assert separate["probabilities"] == pytest.approx(softmax(moved), abs=1e-6)
    tilted = softmax(np.log(reference) + gap / 2 * rewards)
    assert shared["probabilities"] == pytest.approx(tilted, abs=1e-6)
    if gap:
        assert separate["probabilities"][2] > reference[2] > shared["probabilities"][2]
        assert shared["probabilities"][0] > reference[0]


# --- what the notebook says of its run ----------------------------------------------------------


says = wants("08_dpo")


@says
def test_what_notebook_08_says_about_two_pairs(notebook):
    told = notebook["by_hand"](load_policy("cpu"))
    assert told["loss"].item() == pytest.approx(0.6931, abs=1e-4)
    assert not any(told[f"log ratio, {side}"].any() for side in SIDES)
    after = notebook["by_hand"](notebook["pupil"])
    assert (after["margin"] > 0).all() and after["loss"].item() < 0.6


@says
def test_what_notebook_08_says_about_its_run(notebook):
    before, after = (notebook["comparison"][name] for name in ("before", "after"))
    assert before.true_reward == pytest.approx(1.4, abs=0.05)
    assert after.true_reward > before.true_reward + 2.5 and after.kl < 8
    assert notebook["comparison"].win_rate("after", "before").share == pytest.approx(0.87, abs=0.04)
    steps = notebook["steps"]
    assert len(steps) == 64 and steps[0].loss == pytest.approx(0.6931, abs=1e-4)
    late = steps[-16:]
    assert max(np.mean([getattr(s, f"{side}_reward") for s in late]) for side in
               ("chosen", "rejected")) < 0  # fmt: skip


@says
def test_what_notebook_08_says_about_the_gradient_weight(notebook):
    explorer = explore.explore_gradient_weight(
        notebook["some"], notebook["looks"], notebook["beta"]
    )
    shown = explorer.compute(step=64, pair=1)
    weights, kinds = np.array(shown["gradient_weights"]), np.array(shown["kinds"])
    assert weights[kinds == "with the taste"].mean() < 0.3
    assert weights[kinds == "against the taste"].mean() == pytest.approx(0.5, abs=0.1)


@says
def test_what_notebook_08_says_about_chosen_responses_that_fall(notebook):
    chosen, rejected = (change.numpy() for change in notebook["fell"])
    assert (chosen < 0).mean() > 0.6 and (rejected < chosen).mean() > 0.85
    worst, some = int(notebook["worst"]), notebook["some"]
    assert chosen[worst] == chosen[rejected < chosen].min()
    bad = [true_reward(some[worst].prompt, y) for y in (some[worst].chosen, some[worst].rejected)]
    assert max(bad) < 1
    sides = [[getattr(c, side).split() for c in notebook["choices"]] for side in SIDES]
    won, lost = (sum("threw" in words or "cried" in words for words in side) for side in sides)
    assert "threw stones" in some[worst].chosen and lost > 2 * won
    worth = [true_reward(*tale) for tale in notebook["tales_of_some"]]
    by_worth, by_win = (
        pearsonr(np.concatenate([chosen, rejected]), why).statistic
        for why in (worth, notebook["won"])
    )
    assert by_worth > 0.7 and by_worth > by_win + 0.15
    gained = (notebook["now"] - notebook["before"]).mean().item()
    assert gained == pytest.approx(notebook["comparison"]["after"].kl, abs=0.8)


@says
def test_what_notebook_08_says_about_the_tales_of_the_reference(notebook):
    fallen, kl = torch.cat(notebook["fell"]).mean().item(), notebook["moved"].mean().item()
    assert fallen < 0 and fallen == pytest.approx(-kl, rel=0.3)


@says
def test_what_notebook_08_says_about_a_pair_that_is_judged_once(notebook):
    """By hand: where the loser wins once in 20, the slope is 0 at the margin log 19."""
    once, often = notebook["judged_once"].numpy(), notebook["lost_too"].numpy()
    assert (np.diff(once) <= 0).all() and once[2] == pytest.approx(math.log1p(math.exp(-3)))
    assert often.argmin() == 2 and math.log(0.95 / 0.05) == pytest.approx(2.94, abs=0.005)
    assert expit(-math.log(19)) * 0.95 == pytest.approx(expit(math.log(19)) * 0.05)


def test_the_loss_of_ipo_is_smallest_at_the_margin_that_notebook_08_says():
    ((told, formula),) = (
        found
        for text in PROSE["08_dpo"]
        for found in re.findall(r"at a margin of (\S+): the mean of `(.+?)`", text)
    )
    margin = np.linspace(-3, 3, 601)
    for beta in (0.03, 0.3, 1.0):
        losses = eval(formula, {"margin": margin, "beta": beta})
        assert margin[losses.argmin()] == pytest.approx(float(Fraction(told)))


@says
def test_the_experiment_of_notebook_08_begins_with_a_coin_at_every_beta(notebook):
    tried = notebook["tried"]
    assert {name: len(steps) for name, steps in tried.items()} == {"beta 0.03": 20, "beta 1.0": 20}
    assert all(s[0].loss == pytest.approx(math.log(2), abs=1e-4) for s in tried.values())
    small, large = (np.mean([one.loss for one in steps[-8:]]) for steps in tried.values())
    assert large < small < math.log(2)  # a nat counts for more
    assert notebook["old"] != notebook["changed"] and not notebook["clicks"]
