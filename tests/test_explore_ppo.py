"""Explorers of notebook 05: their numbers against arithmetic by hand, their pictures drawn."""

import pytest
import torch
from corners import visit_corners
from executed import wants

from pedagogy.explore import explore_advantages, explore_clip, explore_steps
from pedagogy.human import true_reward
from pedagogy.policy import batch_logits, load_policy, sequence_logps

WORDS = ["she", "shared", "<end>"]
VALUES = {1.0: torch.tensor([1.0, 2.0, 0.5]), 0.8: torch.tensor([0.5, 1.0, 0.4])}
RATIOS = torch.tensor([[1.0, 1.0, 1.0, 1.0], [1.5, 0.5, 1.5, 1.1]])
ADVANTAGES = torch.tensor([1.0, 1.0, -1.0, -1.0])
DISTANCES = {"with": [0.0, 0.1], "without": [0.0, 0.3]}

MAKERS = {
    "clip": explore_clip,
    "advantages": lambda: explore_advantages(WORDS, [0.0, 0.0, 3.0], VALUES),
    "steps": lambda: explore_steps(RATIOS, RATIOS**2, ADVANTAGES, 0.2, DISTANCES),
}


@pytest.mark.parametrize("name", MAKERS)
def test_the_corners_of_every_slider_can_be_drawn_and_say_different_things(name):
    visit_corners(MAKERS[name]())


@pytest.mark.parametrize(
    "ratio, advantage, value, slope, value_without_min, slope_without_min",
    [
        (1.00, +1, 1.00, 1, 1.00, 1),
        (1.00, -1, -1.00, -1, -1.00, -1),
        (1.48, +1, 1.20, 0, 1.20, 0),  # far enough the right way: flat
        (0.40, -1, -0.80, 0, -0.80, 0),
        (1.48, -1, -1.48, -1, -1.20, 0),  # the wrong way: the min still pulls, a clip alone not
        (0.40, +1, 0.40, 1, 0.80, 0),
    ],
)
def test_value_and_slope_by_hand_with_and_without_the_min(
    ratio, advantage, value, slope, value_without_min, slope_without_min
):
    explorer = explore_clip()
    explorer.ratio, explorer.advantage, explorer.epsilon = ratio, advantage, 0.2
    shown = explorer.numbers
    assert shown["here"] == pytest.approx([value, slope])
    assert shown["unguarded_here"] == pytest.approx([value_without_min, slope_without_min])


@pytest.mark.parametrize("epsilon", [0.1, 0.2, 0.4])
@pytest.mark.parametrize("advantage", [-1, 1])
def test_each_slope_is_the_finite_difference_of_its_value(advantage, epsilon):
    explorer = explore_clip()
    explorer.advantage, explorer.epsilon = advantage, epsilon
    for ratio in explorer.controls[0].values:
        explorer.ratio = ratio
        for a in (ratio, 1 - epsilon, 1 + epsilon):  # no ratio of the slider is at an edge
            assert a is ratio or abs(ratio - a) > 1e-3
        h = 1e-4
        up, down = (explorer.compute(ratio + s, advantage, epsilon)["here"][0] for s in (h, -h))
        assert explorer.numbers["here"][1] == pytest.approx((up - down) / (2 * h), abs=1e-6)


@pytest.mark.parametrize(
    "gamma, lam, advantages",
    [
        (1.0, 0.0, [1.0, -1.5, 2.5]),  # the surprises: 2 - 1, 0.5 - 2, 3 - 0.5
        (1.0, 0.5, [0.875, -0.25, 2.5]),  # 1 - 0.125, -1.5 + 1.25, 2.5
        (1.0, 1.0, [2.0, 1.0, 2.5]),  # 3 minus the value
        (0.8, 1.0, [0.64 * 3 - 0.5, 0.8 * 3 - 1.0, 3 - 0.4]),  # discounted, by its own critic
    ],
)
def test_advantages_by_hand(gamma, lam, advantages):
    explorer = MAKERS["advantages"]()
    explorer.gamma, explorer.lam = gamma, lam
    assert explorer.numbers["advantages"] == pytest.approx(advantages, abs=1e-6)
    assert explorer.numbers["values"] == pytest.approx(VALUES[gamma].tolist())


def test_shares_outside_and_held_by_hand():
    """Ratios 1.5, 0.5, 1.5, 1.1: three are outside; only the first went too far the right way."""
    explorer = MAKERS["steps"]()
    explorer.steps = 1
    assert explorer.numbers["outside"] == 0.75
    assert explorer.numbers["held"] == 0.25
    explorer.clip = "without"
    assert explorer.numbers["held"] == 0
    assert explorer.numbers["ratios"] == pytest.approx([2.25, 0.25, 2.25, 1.21])


def test_the_distance_shown_is_the_one_of_the_run_and_the_step():
    explorer = explore_steps(RATIOS, RATIOS**2, ADVANTAGES, 0.2, DISTANCES)
    explorer.steps, explorer.clip = 1, "without"
    assert "KL 0.3000 nats" in explorer.caption


# --- what the text of notebook 05 says, with the tolerance of its rounding ------------------------


says = wants("05_ppo")


@says
def test_notebook_05_tells_of_the_tale_that_it_shows(notebook):
    tale, other = notebook["tales"].responses[157], notebook["tales"].responses[111]
    assert tale.endswith("thanked him with a kiss . he was alone for ever .")
    assert len(tale.split()) == 30 and notebook["truth"][157] == 3
    assert "he stole the key of the banana" in other


@says
def test_notebook_05_says_how_good_the_critic_is(notebook):
    off, tales = notebook["off"], notebook["tales"]
    assert off[tales.first_tokens].mean() == pytest.approx(2, abs=0.1)
    assert off[tales.last_tokens].mean() == pytest.approx(1, abs=0.1)


@says
@pytest.mark.parametrize(
    "picture, gamma, lam, word, advantage",
    [
        (0, 1.0, 0.0, 4, -1.9),  # banana
        (0, 1.0, 0.0, 11, -1.2),  # stole
        (0, 1.0, 1.0, 0, -7.8),  # one
        (1, 1.0, 0.0, 30, -1.7),  # <end>
        (1, 1.0, 0.95, 11, 2.5),  # carried
        (1, 0.8, 0.95, 0, 0.0),  # one
    ],
)
def test_notebook_05_says_the_advantages_in_its_pictures(
    notebook, picture, gamma, lam, word, advantage
):
    shown = notebook.explorers()[picture].compute(gamma, lam)["advantages"]
    off = 0.1 if advantage else 0.005  # another CPU rounds otherwise, and the training adds to it
    assert shown[word] == pytest.approx(advantage, abs=off)
    if gamma == 1.0 and (picture, word) != (0, 11):
        assert word == max(range(len(shown)), key=lambda t: abs(shown[t]))


@says
def test_notebook_05_says_how_the_critics_guess_sinks(notebook):
    values = notebook.explorers()[0].compute(1.0, 0.0)["values"]
    assert values[0] == pytest.approx(2.8, abs=0.05) and min(values) == pytest.approx(-4, abs=0.3)
    assert notebook["truth"][111] == -5


@says
def test_notebook_05_says_how_the_one_word_tale_moves(notebook):
    time, banana = notebook["time"], notebook["banana"]
    slope = (notebook["far"] - notebook["logits"]) / 2
    advantages = notebook["points"][[time, banana]] - notebook["expected"]
    assert advantages.tolist() == pytest.approx([0.58, -2.42], abs=0.01)
    # By hand: the slope of A log p at the logits is A (1[drawn] - p).
    p = notebook["bets"][[time, banana]]
    by_hand = advantages[1] * (torch.tensor([0.0, 1.0]) - p)
    assert slope[[time, banana]].tolist() == pytest.approx(by_hand.tolist(), abs=1e-5)
    assert by_hand.tolist() == pytest.approx([1.60, -2.13], abs=0.01)
    bets = notebook["next_word_distribution"](notebook["far"])
    assert bets[banana] / p[1] < 0.001


@says
def test_notebook_05_says_how_far_the_steps_go(notebook):
    clipped, free = notebook["with_clip"], notebook["without"]
    assert torch.allclose(clipped[1], free[1])  # at the first step the clip has no say
    assert [clipped[1].min(), clipped[1].max()] == pytest.approx([0.78, 1.41], abs=0.02)
    assert [clipped[16].min(), clipped[16].max()] == pytest.approx([0.53, 1.9], abs=0.1)
    shown = notebook.explorers()[-1].compute(16, "with")
    assert [shown["outside"], shown["held"]] == pytest.approx([0.15, 0.13], abs=0.015)
    assert free[8].max() == pytest.approx(700, rel=0.05)
    kl = [notebook["distances"][name][8].item() for name in ("with", "without")]
    assert kl == pytest.approx([0.0053, 0.35], rel=0.05) and kl[1] > 60 * kl[0]
    first, second = (notebook.explorers()[-1].compute(step, "with") for step in (1, 2))
    assert first["outside"] == pytest.approx(first["held"], abs=0.001)  # in step 2 they are held


@says
def test_notebook_05_says_who_went_uphill_and_who_lost_the_language(notebook):
    reader, earned, read = load_policy(), {}, {}
    for name, new in notebook["written"].items():
        rewards = map(true_reward, new.prompts, new.responses)
        earned[name] = sum(rewards) / len(new.prompts)
        with torch.no_grad():
            logits = batch_logits(reader, new)
        read[name] = sequence_logps(logits, new.input_ids, new.completion_mask).mean()
    assert earned["no step"] + 0.2 < earned["with the clip"] < earned["without"] - 0.8
    assert read["with the clip"] > read["no step"] - 1 and read["without"] < read["no step"] - 10
    assert len(new.prompts) == 400 and "but but she in the frog" in new.responses[3]


@says
def test_notebook_05_says_what_whitening_too_early_does(notebook):
    right, wrong = notebook["right"], notebook["wrong"]
    assert [right[0], right.mean()] == pytest.approx([2, 1.94], abs=0.01)
    assert [wrong[0], wrong.mean()] == pytest.approx([0.03, 0], abs=0.01)
    moved = notebook["now"] - notebook["start"]
    assert moved.mean() == pytest.approx(0.19, abs=0.02)
    assert moved.std() / len(moved) ** 0.5 == pytest.approx(0.03, abs=0.005)


@says
def test_notebook_05_adds_up_the_policy_gradient(notebook):
    """By hand: the slope of the average score at a logit is p (r - J), whatever the baseline."""
    p, points, expected = (notebook[name] for name in ("bets", "points", "expected"))
    for baseline in (0.0, expected):
        summed = (p * (points - baseline)) @ notebook["slopes"]
        assert summed.tolist() == pytest.approx((p * (points - expected)).tolist(), abs=1e-5)


@says
def test_notebook_05_says_how_a_word_pushes_itself(notebook):
    """By hand: its reward, less the baseline, times 1 - p."""
    p, points, expected, names = (notebook[n] for n in ("bets", "points", "expected", "names"))
    pushes = {}
    for name in ("time", "midnight", "banana"):
        y = names.index(name)
        pushes[name] = [((points[y] - b) * (1 - p[y])).item() for b in (0.0, expected)]
    assert pushes["midnight"] == pytest.approx([3.67, -0.38], abs=0.01)
    (time, better), (_up, worse) = pushes["time"], pushes["banana"]
    assert pushes["banana"][0] > time > 0 > worse and better > 0
    assert p[names.index("time")] > 0.5
