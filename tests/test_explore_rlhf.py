"""Notebook 06's explorers: the shipped runs against a fresh one, and what they must show."""

import numpy as np
import pytest

from pedagogy import explore
from pedagogy.explore.runs import betas as betas_module
from pedagogy.explore.runs import read_runs
from pedagogy.rlhf import Round

RUNS = read_runs("betas")


def last(name, beta):
    """The measure after the last round, one for each seed."""
    runs = [run for run in RUNS["runs"] if run["beta"] == beta]
    assert [run["seed"] for run in runs] == RUNS["seeds"]
    return np.array([run[name][-1] for run in runs])


def test_all_runs_are_there():
    assert len(RUNS["runs"]) == len(betas_module.BETAS) * len(betas_module.SEEDS)
    assert {len(run[name]) for run in RUNS["runs"] for name in betas_module.MEASURES} == {30}


def test_a_fresh_run_begins_as_the_shipped_one():
    reward_model = betas_module.taught_judge(0)
    fresh = betas_module.one_run(reward_model, beta=0.3, seed=0, rounds=2)
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


def test_watch_draws_every_round_and_gives_them_back(capsys):
    rounds = [Round(i, 0.1 * i, 2.0, 0.3, 0.5, 0.0, 1.0, 0.0, 0.2, []) for i in (1, 2)]
    assert explore.watch(iter(rounds), rounds=2) == rounds
