"""Notebook 08: measured runs of DPO against a fresh one, and what they must show."""

import math

import numpy as np
import pytest
from corners import visit_corners
from matplotlib.figure import Figure

from pedagogy import explore
from pedagogy.dpo import Step
from pedagogy.explore import live
from pedagogy.explore.dpo import plot_steps_of_dpo
from pedagogy.explore.runs import FOLDER, read_runs
from pedagogy.explore.runs import dpo as dpo_runs
from pedagogy.explore.runs.betas import judged_pairs
from pedagogy.policy import load_policy

RUNS = read_runs("dpo")
RATE = RUNS["learning_rate"]
MAKERS = {
    "dpo_betas": explore.explore_dpo_betas,
    "learning_rates": explore.explore_learning_rates,
}


@pytest.mark.parametrize("name", MAKERS)
def test_the_corners_of_every_slider_can_be_drawn_and_say_different_things(name):
    visit_corners(MAKERS[name]())


def test_watch_gives_the_steps_back_also_when_it_is_interrupted(capsys, monkeypatch):
    one, other = (Step(n, 0.6, 0.1, -0.1, n / 5, 0.7, -9.0, -9.0, 0.1) for n in (1, 2))
    pictures = []
    monkeypatch.setattr(live, "HTML", pictures.append)
    assert explore.watch_steps(iter([one, other]), steps=2) == [one, other]
    assert "Stopped" not in capsys.readouterr().out

    def interrupted():
        yield one
        raise KeyboardInterrupt

    assert explore.watch_steps(interrupted(), steps=2) == [one]
    assert "Stopped after step 1.\n" in capsys.readouterr().out

    together = {"beta 0.1": [one], "beta 1": iter([one, other])}
    assert explore.watch_steps(together, steps=2) == {"beta 0.1": [one], "beta 1": [one, other]}
    mean = "beta 1, step 2: margin 0.30, log π of the chosen -9.00."  # of 0.2 and 0.4
    assert mean in pictures[-1]


@pytest.mark.parametrize("lowest, drawn", [(-6, -6.0), (-12, -10.4)])
def test_what_falls_deeper_than_the_lowest_stands_at_the_edge(lowest, drawn):
    figure = Figure()
    update = plot_steps_of_dpo(figure, steps=2, lowest=lowest)
    rewards = {"chosen_reward": [0.1, 0.2], "rejected_reward": [-10.4, -10.4]}
    said = update([1, 2], loss=[0.6, 0.1], accuracy=[1, 1], **rewards)
    lowest_drawn = min(min(line.get_ydata()) for line in figure.axes[1].lines)
    assert lowest_drawn == drawn and "of the rejected -10.40" in said
    with pytest.raises(ValueError, match="lowest is 0, but it must be below 0"):
        explore.watch_steps(iter([]), steps=2, lowest=0)


# --- the measured runs --------------------------------------------------------------------------


def kept(**same):
    return [run for run in RUNS["runs"] if all(run[name] == same[name] for name in same)]


def at(name, step, **same):
    """A measure after so many steps, one number for each run."""
    place = RUNS["steps"].index(step)
    return np.array([run[name][place] for run in kept(**same)])


def test_all_runs_are_there_and_small():
    betas, others = len(dpo_runs.BETAS), len(dpo_runs.OTHER_RATES)
    assert len(RUNS["runs"]) == betas * len(dpo_runs.SEEDS) + (betas - 1) * others
    names = (*dpo_runs.MEASURES, "held_out_accuracy", "true_reward", "kl", "tales")
    assert {len(run[name]) for run in RUNS["runs"] for name in names} == {len(dpo_runs.STEPS)}
    assert (FOLDER / "dpo.json").stat().st_size < 100_000


@pytest.fixture(scope="module")
def choices():
    return judged_pairs(load_policy("cpu"), seed=0)[1]


@pytest.mark.slow
def test_a_fresh_run_begins_as_the_shipped_one(choices):
    held_out = dpo_runs.held_out_choices()
    fresh = dpo_runs.one_run(choices, held_out, 0.1, RATE, seed=0, steps=(0, 8))
    (run,) = kept(beta=0.1, learning_rate=RATE, seed=0)
    # The first look is before anything was learned: the same tales, to the last word.
    for name in (*dpo_runs.MEASURES, "held_out_accuracy", "true_reward", "kl", "tales"):
        assert fresh[name][0] == run[name][0]
    assert fresh["loss"][0] == pytest.approx(math.log(2), abs=1e-3) and fresh["kl"][0] == 0
    for name, far in (("loss", 0.01), ("accuracy", 0.05), ("chosen_logp", 0.2), ("kl", 0.2)):
        assert fresh[name][1] == pytest.approx(run[name][1], abs=far)
    assert fresh["true_reward"][1] == pytest.approx(run["true_reward"][1], abs=0.4)


@pytest.mark.slow
def test_at_the_largest_beta_the_large_rate_explodes(choices):
    rate, beta = max(RUNS["learning_rates"]), max(RUNS["betas"])
    assert not kept(learning_rate=rate, beta=beta)
    with pytest.raises(ValueError, match="by step 8 it led to a loss of"):
        dpo_runs.one_run(choices, choices[:128], beta, rate, seed=0, steps=(0, 8))


def test_the_explorers_show_the_run_that_was_asked_for():
    explorer = explore.explore_dpo_betas()
    explorer.beta, explorer.step = 0.03, 96
    first, *others = kept(beta=0.03, learning_rate=RATE)
    assert explorer.numbers["kl"] == first["kl"][:6] and first["tales"][5] in explorer.caption
    assert explorer.numbers["others"][1] == [run["true_reward"][5] for run in others]

    explorer = explore.explore_learning_rates()
    explorer.rate, explorer.beta, explorer.step = 1e-4, 1.0, 128
    (run,) = kept(beta=1.0, learning_rate=1e-4)
    assert explorer.numbers["loss"] == run["loss"]
    ends = [kept(beta=1.0, learning_rate=rate, seed=0)[0]["kl"][-1] for rate in (5e-4, 2e-3)]
    assert explorer.numbers["others"][0] == ends


# --- what the notebook says ---------------------------------------------------------------------


def test_what_notebook_08_says_about_beta():
    same = {"learning_rate": RATE}
    moved = [at("kl", 128, beta=beta, **same).mean() for beta in RUNS["betas"]]
    assert all(far > near for far, near in zip(moved, moved[1:], strict=False))
    # Adam makes the first steps as long at one small beta as at the other.
    small = [at("kl", 8, beta=beta, learning_rate=1e-4).mean() for beta in (0.01, 0.03, 0.1, 0.3)]
    assert max(small) < 1.1 * min(small)
    # At a small beta up for sixteen steps, then right and down: in every run.
    true = {step: at("true_reward", step, beta=0.03, **same) for step in RUNS["steps"]}
    assert (true[16] > true[0] + 2).all() and (true[128] < true[16] - 0.5).all()
    assert (at("kl", 128, beta=0.03, **same) > 40).all()
    fallen = at("chosen_logp", 128, beta=0.01, **same) - at("chosen_logp", 0, beta=0.01, **same)
    assert (fallen < -100).all()
    worth = [at("true_reward", step, beta=0.01, **same).mean() for step in (0, 128)]
    assert worth == pytest.approx([1.4, 0.7], abs=0.05)
    for beta, early, late in ((0.01, 3, 114), (1.0, 0.9, 2.5)):
        kl = [at("kl", step, beta=beta, **same).mean() for step in (16, 128)]
        assert kl == pytest.approx([early, late], abs=0.5 if beta < 1 else 0.05)


def test_what_notebook_08_says_about_loss_and_accuracy():
    """The worst runs and the best ones foretell the choices equally well."""
    for beta, worth in ((0.01, 0.7), (0.3, 5.2)):
        same = {"beta": beta, "learning_rate": RATE}
        assert (at("loss", 128, **same) < 0.5).all() and (at("accuracy", 128, **same) > 0.75).all()
        assert at("held_out_accuracy", 128, **same).mean() == pytest.approx(0.77, abs=0.01)
        assert at("true_reward", 128, **same).mean() == pytest.approx(worth, abs=0.05)


def test_what_notebook_08_says_about_the_learning_rate():
    slow, middle, fast = ({"beta": 0.3, "learning_rate": rate, "seed": 0}
                          for rate in RUNS["learning_rates"])  # fmt: skip
    assert [round(max(kept(**same)[0]["true_reward"]), 1) for same in (middle, fast)] == [5.3, 2.9]
    (near,), (kl,) = kept(**middle), kept(**slow)
    for step in (64, 96, 128):  # the middle rate is as far from the reference after, e.g., 10
        as_far = np.interp(kl["kl"][RUNS["steps"].index(step)], near["kl"], RUNS["steps"])
        assert 3.9 < step / as_far < 6.5
    slow, middle = ({"beta": 1.0, "learning_rate": rate, "seed": 0} for rate in (1e-4, 5e-4))
    (near,), (kl,) = kept(**middle), kept(**slow)
    for step in (96, 128):
        as_far = np.interp(kl["kl"][RUNS["steps"].index(step)], near["kl"], RUNS["steps"])
        assert step / as_far == pytest.approx(12, abs=0.7)
    for beta in (0.03, 0.1, 1.0):
        fast, middle = ({"beta": beta, "learning_rate": r, "seed": 0} for r in (2e-3, 5e-4))
        assert at("true_reward", 8, **fast) > at("true_reward", 8, **middle)
        assert at("kl", 8, **fast) > 9 * at("kl", 8, **middle)
