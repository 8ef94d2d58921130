"""Explorers of notebook 04 against sigmoids by hand, their runs against fresh ones, its claims."""

import math

import numpy as np
import pytest
import torch
from corners import visit_corners
from executed import wants
from scipy.special import expit
from scipy.stats import pearsonr

from pedagogy import explore
from pedagogy.explore.runs import read_runs, write_runs
from pedagogy.explore.runs.__main__ import NAMES, main
from pedagogy.explore.runs.labels import HELD_OUT, one_run, rewards_of, written
from pedagogy.human import label_pairs, true_reward
from pedagogy.policy import load_policy

KEPT = read_runs("labels")


def kept(**same):
    return [run for run in KEPT["runs"] if all(run[name] == same[name] for name in same)]


def mean(name, **same):
    return np.mean([run[name] for run in kept(**same)])


MAKERS = {
    "surprise": explore.explore_surprise,
    "calibration": lambda: explore.explore_calibration(
        torch.tensor([1.0, 0.3, -2.0]), torch.tensor([0.5, 0.5, 0.0])
    ),
    "label_count": explore.explore_label_count,
    "sharpness": explore.explore_sharpness,
}


@pytest.mark.parametrize("name", MAKERS)
def test_the_corners_of_every_slider_can_be_drawn_and_say_different_things(name):
    visit_corners(MAKERS[name]())


@pytest.mark.parametrize("gap, loss, weight", [(0, math.log(2), 0.5), (3, 0.0486, 0.0474)])
def test_surprise_by_hand(gap, loss, weight):
    """By hand: sigmoid(3) = 0.9526, so the loss is -log 0.9526 and the slope 1 - 0.9526."""
    explorer = explore.explore_surprise()
    explorer.gap = gap
    assert explorer.numbers["loss"] == pytest.approx(loss, abs=1e-4)
    assert explorer.numbers["gradient_weight"] == pytest.approx(weight, abs=1e-4)


def test_the_gradient_weight_is_minus_the_slope_of_the_loss():
    compute = explore.explore_surprise().compute
    for gap in (-5.0, -1.0, 0.5, 4.0):
        slope = (compute(gap + 0.01)["loss"] - compute(gap - 0.01)["loss"]) / 0.02
        assert compute(gap)["gradient_weight"] == pytest.approx(-slope, abs=1e-3)


def test_a_calibrated_judge_is_on_the_line_and_best_at_scale_1():
    """Choices are drawn by the sigmoid of the gaps, so the gaps are the truth."""
    random = np.random.default_rng(0)
    gaps = random.normal(0, 2, 20_000)
    gaps = np.where(random.random(len(gaps)) < expit(gaps), gaps, -gaps)
    gaps = torch.tensor(gaps)
    explorer = explore.explore_calibration(gaps, torch.zeros(len(gaps)))
    shown = {scale: explorer.compute(scale) for scale in explorer.controls[0].values}
    assert min(shown, key=lambda scale: shown[scale]["loss"]) == pytest.approx(1, abs=0.11)
    assert {s["accuracy"] for s in shown.values()} == {float((gaps > 0).double().mean())}
    for middle in shown.values():
        assert sum(middle["pairs"]) == len(gaps)
    off = np.subtract(shown[1.0]["observed"], shown[1.0]["predicted"])
    assert np.all(np.abs(off) < 4 * np.array(shown[1.0]["errors"]))
    assert shown[3.0]["observed"][4] < shown[3.0]["predicted"][4] - 0.05  # it boasts
    assert shown[0.3]["observed"][2] > shown[0.3]["predicted"][2] + 0.05  # too modest


def test_label_count_shows_the_run_it_names():
    explorer = explore.explore_label_count()
    explorer.n, explorer.seed = 200, 3
    (run,) = kept(n=200, seed=3)
    shown = explorer.numbers
    assert (shown["accuracy"], shown["correlation"]) == (run["accuracy"], run["correlation"])
    assert np.mean(shown["scores"]) == pytest.approx(0, abs=1e-9)
    assert np.ptp(shown["scores"]) == pytest.approx(np.ptp(run["scores"]))
    assert shown["accuracies"] == [kept(n=n, seed=3, sharpness=1.0)[0]["accuracy"]
                                   for n in KEPT["counts"]]  # fmt: skip


def test_sharpness_shows_the_run_it_names():
    explorer = explore.explore_sharpness()
    explorer.sharpness, explorer.seed = 4.0, 2
    (run,) = kept(n=KEPT["among"], seed=2, sharpness=4.0)
    assert explorer.numbers["accuracy"] == run["accuracy"]
    assert explorer.numbers["ceiling"] == KEPT["ceilings"][-1]


# --- the measured runs --------------------------------------------------------------------------


@pytest.mark.slow
def test_a_fresh_run_is_what_is_kept():
    """A sample; other machines add up in another order, so the last digits may differ."""
    policy = load_policy("cpu")
    held_out = written(policy, HELD_OUT, seed=0)
    pairs = written(policy, 100, seed=1)
    assert rewards_of(held_out)[0][:80].tolist() == pytest.approx(KEPT["rewards"], abs=1e-3)
    for n in (20, 100):
        (run,) = kept(n=n, seed=1)
        fresh = one_run(policy, pairs, held_out, n, sharpness=1.0, seed=1)
        assert fresh["accuracy"] == pytest.approx(run["accuracy"], abs=0.03)
        assert pearsonr(fresh["scores"], run["scores"]).statistic > 0.95


@pytest.mark.slow
def test_choices_follow_the_sharpened_taste():
    """1,000 times the same pair: a wins with probability sigmoid(sharpness · difference)."""
    policy = load_policy("cpu")
    prompt, a, b = next(
        pair
        for pair in zip(*written(policy, 50, seed=9), strict=True)
        if true_reward(pair[0], pair[1]) == true_reward(pair[0], pair[2]) + 1
    )
    pairs = [prompt] * 1000, [a] * 1000, [b] * 1000
    for sharpness in (0.25, 1.0, 4.0):
        wins = np.mean(
            [choice.chosen == a for choice in label_pairs(*pairs, 0, sharpness=sharpness)]
        )
        assert wins == pytest.approx(expit(sharpness), abs=0.05)


def test_no_run_beats_the_ceiling():
    ceilings = dict(zip(KEPT["sharpness"], KEPT["ceilings"], strict=True))
    assert all(run["accuracy"] < ceilings[run["sharpness"]] for run in KEPT["runs"])


def test_what_notebook_04_says_about_the_number_of_labels():
    accuracy = {n: mean("accuracy", n=n, sharpness=1.0) for n in KEPT["counts"]}
    half_way = (0.5 + KEPT["ceilings"][2]) / 2
    assert accuracy[20] < half_way < accuracy[50]
    assert any(run["accuracy"] > half_way for run in kept(n=20, sharpness=1.0))
    assert accuracy[50] - 0.5 > accuracy[1600] - accuracy[50]
    assert mean("correlation", n=10) < 0.3 and mean("correlation", n=1600) > 0.9


def test_what_notebook_04_says_about_sharpness():
    among = KEPT["among"]
    steep = [
        np.mean(
            [np.polyfit(KEPT["rewards"], run["scores"], 1)[0] for run in kept(n=among, sharpness=s)]
        )
        for s in KEPT["sharpness"]
    ]
    assert steep[0] < steep[1] < steep[2] < steep[3] < 2
    assert steep[3] - 0.2 < steep[4] < steep[3]
    assert KEPT["ceilings"][0] == pytest.approx(2 / 3, abs=0.03)


def test_runs_are_read_as_they_were_written(tmp_path, monkeypatch):
    monkeypatch.setattr("pedagogy.explore.runs.FOLDER", tmp_path / "runs")
    write_runs("tries", {"runs": [1.5]})
    assert read_runs("tries") == {"runs": [1.5]}


@pytest.mark.parametrize("names", [["lables"], ["labels", "no"]])
def test_the_command_names_the_runs_it_knows(names, capsys):
    with pytest.raises(SystemExit):
        main(names)
    assert f"invalid choice: '{names[-1]}'" in (said := capsys.readouterr().err)
    assert all(name in said for name in NAMES) and "labels" in NAMES


# --- what the notebook says ---------------------------------------------------------------------


says = wants("04_reward_model")


@says
def test_what_notebook_04_says_about_the_human_and_the_judge(notebook):
    said = notebook
    against = map(said["is_against_taste"], said["choices"])  # unpacked once, not for each pair
    assert np.mean(list(against)) == pytest.approx(1 / 8, abs=0.02)
    assert said["pair_accuracy"](*said["scores_of_pairs"]) == pytest.approx(0.8, abs=0.03)
    assert said["bayes_accuracy"](*said["rewards"]) == pytest.approx(0.84, abs=0.02)
    both = said["rewards"][0] + said["rewards"][1]
    assert pearsonr(said["scores"], both).statistic == pytest.approx(0.89, abs=0.02)
    assert len(both) == 600
    assert np.mean(np.equal(*said["rewards"])) == pytest.approx(0.08, abs=0.005)  # ties
    assert abs(pearsonr(said["logps"], both).statistic) < 0.15  # likely is not good
    assert said["last"][0] != said["last"][1]  # one of the two tales is filled up
    assert said["hidden"].last_hidden_state.shape == (2, 45, 64)
    judged = said["score_responses"](said["judge"], said["prompts"][:3], said["ones"][:3])
    (large, small), (narrow, wide) = -np.diff(judged), -np.diff(said["rewards"][0][:3])
    assert large > small > 0 and wide > narrow > 0  # the order is right; the gaps are not


@says
def test_what_notebook_04_says_about_scale_and_nonsense(notebook):
    explorer = explore.explore_calibration(*notebook["scores_of_pairs"])
    losses = {scale: explorer.compute(scale)["loss"] for scale in explorer.controls[0].values}
    assert min(losses, key=losses.get) == pytest.approx(0.7, abs=0.15)
    prompt, nonsense = notebook["prompt"], notebook["nonsense"]
    assert notebook["score_responses"](notebook["judge"], [prompt], [nonsense]).item() > 0
    assert true_reward(prompt, nonsense) < -5.5


@says
def test_what_notebook_04_says_about_sixteen_clicks(notebook):
    """The stand-in's: it knows them nearly by heart, and likes our human's choices less."""

    def accuracies(preferences):
        judges = notebook["judge"], notebook["my_judge"]
        return [notebook["pair_accuracy"](*notebook["score_pairs"](j, preferences)) for j in judges]

    before, after = accuracies(notebook["clicks"])
    assert abs(before - 0.5) < 0.15 and after > 0.9
    assert accuracies(notebook["hurried"]) == pytest.approx([0.44, 0.62], abs=0.05)
    before, after = accuracies(notebook["held_out"])
    assert after < before - 0.03
