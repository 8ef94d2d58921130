"""Notebook 09's explorers: the shipped runs against fresh ones, and what they must show."""

import numpy as np
import pytest
import torch
from corners import visit_corners

from pedagogy import explore
from pedagogy.explore.methods import ends
from pedagogy.explore.one_word import on_frontier
from pedagogy.explore.prediction import beyond
from pedagogy.explore.runs import one_word, race, read_runs
from pedagogy.maths.divergence import kl_divergence
from pedagogy.policy import load_policy

WORDS, RACE = read_runs("one_word"), read_runs("race")


def run_of(told, method, beta, seed):
    (found,) = (
        run
        for run in told["runs"]
        if (run["method"], run["beta"], run["seed"]) == (method, beta, seed)
    )
    return found


# one word ---------------------------------------------------------------------------------------


@pytest.mark.training
@pytest.mark.parametrize("method", ["RLHF", "DPO"])
def test_one_word_answers_arrive_at_the_exact_optimum(method):
    """A fresh run, as near as the issue wants it, and the shipped one again."""
    fresh, kept = one_word.one_run(method, 0.5, 0), run_of(WORDS, method, 0.5, 0)
    assert fresh["distance"] <= 0.005
    before = load_policy("cpu")
    words = one_word.all_words(before)
    assert kl_divergence(words.reference, words.optimum(0.5)) > 0.5
    for name in ("kl", "true_reward", "distance"):
        assert fresh[name] == pytest.approx(kept[name], abs=0.01)


def test_all_shipped_runs_of_one_word_are_near_the_exact_optimum():
    assert len(WORDS["runs"]) == 2 * len(one_word.BETAS) * len(one_word.SEEDS) == 30
    far = {method: [] for method in one_word.METHODS}
    for run in WORDS["runs"]:
        far[run["method"]].append(run["distance"])
    assert max(far["DPO"]) <= 0.005 and max(far["RLHF"]) <= 0.006


def test_no_policy_is_above_the_frontier():
    """Whatever has the KL of an exact optimum has no more reward; random policies, 200 of them."""
    words = one_word.all_words(load_policy("cpu"))
    kl, reward = np.array([on_frontier(words, beta) for beta in np.geomspace(0.02, 200, 400)]).T
    dice = torch.Generator().manual_seed(0)
    for _ in range(200):
        logits = words.reference.log() + 2 * torch.randn(len(words.ids), generator=dice)
        bets = logits.softmax(-1)
        moved = float(kl_divergence(bets, words.reference))
        most = np.interp(moved, kl[::-1], reward[::-1])
        assert float(bets @ words.rewards) <= most + 1e-3


def test_the_pairs_of_words_are_judged_as_bradley_and_terry_would():
    words = one_word.all_words(load_policy("cpu"))
    pairs = one_word.judged_pairs(words, 20_000, seed=7)
    assert len(pairs) == 20_000 and all(pair.chosen != pair.rejected for pair in pairs)
    of_two = [pair.chosen for pair in pairs if {pair.chosen, pair.rejected} == {" time", " hill"}]
    assert len(of_two) > 100
    share = of_two.count(" time") / len(of_two)  # rewards 5 and 4
    assert share == pytest.approx(torch.sigmoid(torch.tensor(1.0)).item(), abs=0.07)


def test_the_explorer_of_one_word_shows_the_run_that_was_asked_for():
    explorer = explore.explore_one_word()
    explorer.method, explorer.beta, explorer.run = "DPO", 2.0, 3
    run = run_of(WORDS, "DPO", 2.0, 2)
    assert explorer.numbers["point"] == (run["kl"], run["true_reward"])
    words = one_word.all_words(load_policy("cpu"))
    weights = words.reference * (words.rewards / 2.0).exp()
    best = (weights / weights.sum())[words.likeliest]
    assert explorer.numbers["best"] == pytest.approx(best.tolist(), rel=1e-4)
    assert f"{run['distance']:.4f}" in explorer.caption
    visit_corners(explorer)


# the races --------------------------------------------------------------------------------------


def means(method, what):
    """Means over the seeds, (betas, moments)."""
    return ends(RACE, method, what).mean(1)


def row(beta):
    return RACE["betas"].index(beta)


def test_all_races_are_there_and_took_about_the_same_time():
    assert len(RACE["runs"]) == 2 * len(race.BETAS) * len(race.SEEDS) == 30
    for run in RACE["runs"]:
        moments = race.ITERATIONS if run["method"] == "RLHF" else race.STEPS
        assert {len(run[name]) for name in ("seconds", "true_reward", "kl")} == {len(moments)}
        assert 11 < run["seconds"][-1] < 17 and run["kl"][0] == 0
    starts = {(run["seed"], run["true_reward"][0]) for run in RACE["runs"]}
    assert len(starts) == len(race.SEEDS)  # all runs of a seed start alike


@pytest.mark.training
def test_a_fresh_race_begins_as_the_shipped_one(monkeypatch):
    labels, judge, _ = race.labels_and_judge(0)
    for fresh, kept in [
        (race.race_rlhf(judge, 0.3, 0, 3.0, race.ITERATIONS[:2]), run_of(RACE, "RLHF", 0.3, 0)),
        (race.race_dpo(labels, judge, 0.3, 0, race.STEPS[:2]), run_of(RACE, "DPO", 0.3, 0)),
    ]:
        assert fresh["true_reward"][0] == kept["true_reward"][0]
        assert fresh["true_reward"][1] == pytest.approx(kept["true_reward"][1], abs=0.4)
        assert fresh["kl"][1] == pytest.approx(kept["kl"][1], abs=0.4)
        assert fresh["seconds"][1] > fresh["seconds"][0]
    # With smaller steps, RLHF at beta 3 does not move further than pays off.
    monkeypatch.setitem(race.RATES, "RLHF", race.RATES["RLHF"] / 5)
    careful = race.race_rlhf(judge, 3.0, 0, 3.0, (0, 5))
    aims = [
        np.subtract(run["true_reward"][:3], 3 * np.array(run["kl"][:3]))
        for run in (careful, run_of(RACE, "RLHF", 3.0, 0))
    ]
    assert aims[0][-1] > aims[0][0] + 0.3 and aims[1][2] < aims[1][0] - 1


def test_what_notebook_09_says_of_the_races():
    reward, kl = ({m: means(m, what) for m in ("RLHF", "DPO")} for what in ("true_reward", "kl"))
    small, best, large = row(0.03), row(0.3), row(3.0)
    # The smallest beta ruins DPO after a good beginning, and hardly harms RLHF.
    assert reward["DPO"][small].argmax() == 1 and reward["DPO"][small, -1] < 1.5
    assert (np.diff(reward["DPO"][small, 1:]) < 0).all() and kl["DPO"][small, -1] > 50
    assert reward["RLHF"][:, -1].max() - reward["RLHF"][small, -1] < 0.5
    # At the largest, DPO still improves much, RLHF less, at the same KL.
    assert reward["DPO"][large, -1] > reward["RLHF"][large, -1] + 1
    assert abs(kl["DPO"][large, -1] - kl["RLHF"][large, -1]) < 0.3
    # The lines cross between 2 and 5 nats.
    at = {m: np.argsort(kl[m][:, -1]) for m in kl}
    gap = [np.subtract(*(np.interp(x, kl[m][at[m], -1], reward[m][at[m], -1]) for m in kl))
           for x in (2, 5)]  # fmt: skip
    assert gap[0] < -0.3 and gap[1] > 0.3  # RLHF - DPO
    # At beta 0.3 DPO is ahead for five seconds.
    at_five = {m: np.interp(5, means(m, "seconds")[best], reward[m][best]) for m in kl}
    assert at_five["DPO"] > at_five["RLHF"]
    # By their own aim at beta 0.3 both come equally far: DPO in two readings, then it falls.
    aim = {m: reward[m][best] - 0.3 * kl[m][best] for m in kl}
    assert aim["DPO"].argmax() == race.STEPS.index(64) and aim["DPO"][-1] < aim["DPO"].max() - 1.5
    assert aim["DPO"].max() == pytest.approx(aim["RLHF"].max(), abs=0.1)
    # At beta 3 both pay more than they win.
    for method in kl:
        assert reward[method][large, -1] - 3 * kl[method][large, -1] < reward[method][large, 0]


def test_no_number_of_dpo_s_own_gives_its_over_optimisation_away():
    """Runs of notebook 08 at beta 0.03, from the end of the first reading to the last moment."""
    told = read_runs("dpo")
    runs = [run for run in told["runs"] if run["beta"] == 0.03
            and run["learning_rate"] == told["learning_rate"]]  # fmt: skip
    first = told["steps"].index(32)
    assert len(runs) >= 3
    for run in runs:
        assert run["loss"][-1] < run["loss"][first] - 0.1
        assert run["held_out_accuracy"][-1] > run["held_out_accuracy"][first] + 0.05
        assert run["true_reward"][-1] < run["true_reward"][first] - 0.5


def test_the_predictions_are_checked_against_the_races():
    table = explore.check_prediction({"further": "DPO", "faster": "?", "spoilt": "neither"})
    assert [line[1:3] for line in table.rows[1:]] == [
        ["DPO", "RLHF"],
        ["?", "DPO"],
        ["neither", "DPO"],
    ]
    best = [run_of(RACE, "DPO", 0.3, seed)["true_reward"][-1] for seed in RACE["seeds"]]
    assert table.rows[1][4] == ", ".join(f"{reward:.1f}" for reward in best)
    with pytest.raises(ValueError, match="further is 'me', but it must be 'RLHF' or 'DPO' or"):
        explore.check_prediction({"further": "me", "faster": "?", "spoilt": "?"})
    with pytest.raises(ValueError, match=r"prediction has \['further'\], but it must have"):
        explore.check_prediction({"further": "DPO"})


def test_who_is_beyond_whom():
    apart = {"RLHF": np.array([3, 4]), "DPO": np.array([1, 2])}
    mixed = {"RLHF": np.array([1, 4]), "DPO": np.array([2, 3])}
    assert beyond(apart, 1) == "RLHF" and beyond(apart, -1) == "DPO"
    assert beyond(mixed, 1) == beyond(mixed, -1) == "neither"


def test_the_explorer_of_the_races_shows_the_run_that_was_asked_for():
    explorer = explore.explore_race()
    explorer.method, explorer.beta, explorer.run = "DPO", 0.03, 3
    run = run_of(RACE, "DPO", 0.03, 2)
    assert run["tale"] in explorer.caption and f"at KL {run['kl'][-1]:.1f}" in explorer.caption
    assert explorer.numbers["runs"]["DPO"] == run
    last = run["true_reward"][-1] - 0.03 * run["kl"][-1]
    assert explorer.numbers["aims"][-1] == pytest.approx(last, abs=1e-4)
    assert len(explorer.player()["frames"]) == len(RACE["runs"])
    visit_corners(explorer)
