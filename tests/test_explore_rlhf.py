"""Notebook 06: the shipped runs against a fresh one, what they must show, and what it says."""

import numpy as np
import pytest
from corners import visit_corners
from executed import wants
from matplotlib.figure import Figure

from pedagogy import explore
from pedagogy.explore import live
from pedagogy.explore.runs import betas as betas_module
from pedagogy.explore.runs import read_runs
from pedagogy.human import true_reward
from pedagogy.rlhf import Iteration

RUNS = read_runs("betas")


def last(name, beta):
    """The measure after the last round, one for each seed."""
    runs = [run for run in RUNS["runs"] if run["beta"] == beta]
    assert [run["seed"] for run in runs] == RUNS["seeds"]
    return np.array([run[name][-1] for run in runs])


def test_all_runs_are_there():
    assert len(RUNS["runs"]) == len(betas_module.BETAS) * len(betas_module.SEEDS)
    assert {len(run[name]) for run in RUNS["runs"] for name in betas_module.MEASURES} == {30}


@pytest.mark.slow
def test_a_fresh_run_begins_as_the_shipped_one():
    reward_model = betas_module.taught_judge(0)
    fresh = betas_module.one_run(reward_model, beta=0.3, seed=0, iterations=2)
    kept = next(run for run in RUNS["runs"] if (run["beta"], run["seed"]) == (0.3, 0))
    # The first round is written before anything was learned: the same tales, to the last word.
    assert fresh["true_reward"][0] == kept["true_reward"][0] and fresh["kl"][0] == 0
    assert fresh["proxy_reward"][0] == pytest.approx(kept["proxy_reward"][0], abs=0.3)
    assert fresh["kl"][1] == pytest.approx(kept["kl"][1], abs=0.5)


def test_without_beta_the_policy_cheats_in_every_run():
    """The judge is happier than at any careful beta, and the human less happy than at the best."""
    best = max(RUNS["betas"], key=lambda beta: last("true_reward", beta).mean())
    assert 0 < best <= 1
    assert (last("proxy_reward", 0.0) > last("proxy_reward", best)).all()
    assert (last("true_reward", 0.0) < last("true_reward", best)).all()
    start = np.array([run["true_reward"][0] for run in RUNS["runs"] if run["beta"] == best])
    assert (last("true_reward", best) > start + 2).all()  # and the best beta helps by a wide margin


def test_larger_beta_stays_nearer_to_the_reference():
    moved = [last("kl", beta).mean() for beta in RUNS["betas"]]
    assert all(near < far for far, near in zip(moved, moved[1:], strict=False))


def test_the_explorer_shows_the_run_that_was_asked_for():
    explorer = explore.explore_betas()
    explorer.beta, explorer.run = 0.0, 2
    run = next(run for run in RUNS["runs"] if (run["beta"], run["seed"]) == (0.0, 1))
    assert explorer.numbers["kl"] == run["kl"] and run["tales"][0] in explorer.caption
    assert len(explorer.player()["frames"]) == len(RUNS["runs"])
    visit_corners(explorer)


def test_watch_draws_every_round_and_gives_them_back(capsys):
    rounds = [Iteration(i, 0.1 * i, 2.0, 0.3, 0.5, 0.0, 1.0, 0.0, 0.2, []) for i in (1, 2)]
    assert explore.watch(iter(rounds), iterations=2) == rounds


def test_an_interrupted_watch_says_so_and_keeps_what_came(capsys, monkeypatch):
    rounds = [Iteration(i, 0.1 * i, None, 0.3, 0.5, 0.0, 1.0, 0.0, 0.2, []) for i in (6, 7)]
    pictures = []
    monkeypatch.setattr(live, "HTML", pictures.append)

    def interrupted():
        yield from rounds
        raise KeyboardInterrupt

    assert explore.watch(interrupted(), iterations=9) == rounds
    assert "Stopped after iteration 7.\n" in capsys.readouterr().out
    assert "Iteration 7: judge 0.70, KL 0.30 nats." in pictures[-1]  # no human was asked


def test_several_runs_share_a_picture_and_a_list_keeps_its_line(capsys, monkeypatch):
    one, two, other = (
        Iteration(i, 0.1, true, kl, 0.5, 0.0, 1.0, 0.0, 0.2, [])
        for i, true, kl in ((1, 1.5, 0.0), (2, None, 0.7), (1, 9.0, 0.4))
    )
    pictures = []
    monkeypatch.setattr(live, "HTML", pictures.append)

    def interrupted():
        yield other
        raise KeyboardInterrupt

    trainings = {"A": iter([one, two]), "B": interrupted(), "C": iter([one]), "before": [other]}
    found = explore.watch(trainings, iterations=2)
    assert found == {"A": [one, two], "B": [other], "before": [other]}  # C had not begun
    assert "Stopped after iteration 1.\n" in capsys.readouterr().out
    for said in ("A, iteration 2: true reward nan, KL 0.70", "B, iteration 1: true reward 9.00"):
        assert said in pictures[-1]
    assert "before, iteration 1: true" in pictures[-1] and "before, iteration 1: " in pictures[0]

    panels = {"true_reward": {"ylim": (-4, 8)}, "kl": {"ylim": (0, 3)}}
    figure = Figure()
    update = live.plot_together(figure, ["A", "B"], panels, 3, "round", "{name}")
    update({"A": {"true_reward": [1.5, 2], "kl": [0, 0.7]}, "B": {"true_reward": [9], "kl": [1]}})
    lines = [[line.get_ydata().tolist() for line in axes.lines] for axes in figure.axes]
    assert lines == [[[1.5, 2], [8]], [[0, 0.7], [1]]]  # what lies beyond stands at the edge


# --- what the notebook says -----------------------------------------------------------------------


says = wants("06_rlhf")


@says
def test_what_notebook_06_says_about_careful_steps(notebook):
    prompts, *both = notebook["pairs"]
    rewards = [true_reward(x, y) for ys in both for x, y in zip(prompts, ys, strict=True)]
    assert np.mean(rewards) == pytest.approx(1.7, abs=0.1)
    first, last = notebook["rounds"][0], notebook["rounds"][-1]
    assert last.proxy_reward > first.proxy_reward + 2 and last.true_reward > first.true_reward + 2
    assert last.true_reward == pytest.approx(5, abs=0.3) and 4 < last.kl < 5


@says
def test_what_notebook_06_says_about_cheating(notebook):
    human, judge = (
        [getattr(one, name) for one in notebook["cheated"]]
        for name in ("true_reward", "proxy_reward")
    )
    assert human[0] < 3  # a cell that trains begins with a storyteller as new as the first
    assert max(human[:5]) > human[0] + 1.5 and human[-1] < human[0] - 1  # up with it, then down
    assert min(judge[-6:]) > judge[0] + 3
    assert human[-1] == pytest.approx(1.75 - 2, abs=0.5)


@says
def test_what_notebook_06_says_about_new_labels(notebook):
    assert len(notebook["new_labels"]) == 128
    before, after = (
        notebook["score_responses"](judge, *notebook["last"]).mean()
        for judge in (notebook["reward_model"], notebook["second_judge"])
    )
    assert [before, after] == pytest.approx([4.3, 0.3], abs=0.2)
    rewards = [true_reward(*tale) for tale in zip(*notebook["last"], strict=True)]
    assert np.mean(rewards) == pytest.approx(1.75 - 2, abs=0.5)


@says
def test_what_notebook_06_says_about_the_second_policy(notebook):
    human = [one.true_reward for one in notebook["again"]]
    assert max(human) == pytest.approx(4, abs=0.3) and human[-1] < human[0] - 1


@says
def test_the_experiment_of_notebook_06_has_a_taste_and_a_judge_of_its_own(notebook):
    taste, tale = notebook["my_taste"], (notebook["prompt"], notebook["my_tale"])
    assert taste(*tale) == true_reward(*tale) + 1.5  # for its wolf
    prompts, *both = notebook["pairs"]
    likes = [taste(x, y) - true_reward(x, y) for x, y in zip(prompts, both[0], strict=True)]
    before, after = (
        notebook["score_responses"](judge, prompts, both[0])
        for judge in (notebook["reward_model"], notebook["my_judge"])
    )
    assert np.corrcoef(likes, after - before)[0, 1] > 0.3  # it has heard of the difference
    assert {name: len(rounds) for name, rounds in notebook["tried"].items()} == {
        "beta 0.1": 4,
        "beta 3.0": 4,
    }
    assert notebook["old"] != notebook["changed"] and not notebook["clicks"]


def test_what_notebook_06_says_about_a_large_beta():
    """About one point is won, where the best beta wins nearly four."""
    start, best, least = (
        np.mean([run["true_reward"][i] for run in RUNS["runs"] if run["beta"] == beta])
        for beta, i in ((0.3, 0), (0.3, -1), (3.0, -1))
    )
    assert [least - start, best - start] == pytest.approx([1, 3.75], abs=0.25)


def test_between_runs_of_one_number_only_beta_differs():
    """At the start they are the same storyteller, asked the same by the same judge."""
    for seed in RUNS["seeds"]:
        runs = [run for run in RUNS["runs"] if run["seed"] == seed]
        assert len({(run["true_reward"][0], run["proxy_reward"][0]) for run in runs}) == 1
    firsts = {run["true_reward"][0] for run in RUNS["runs"]}
    assert len(firsts) == len(RUNS["seeds"])
