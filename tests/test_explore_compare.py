"""Notebook 09's explorers: the shipped runs against fresh ones, and what they must show."""

import json

import numpy as np
import pytest
import scipy.stats
import torch
from corners import visit_corners
from executed import NOTEBOOKS

from pedagogy import dpo, explore
from pedagogy.explore import results, runs
from pedagogy.explore.one_word import on_frontier
from pedagogy.explore.prediction import race_facts
from pedagogy.explore.runs import _race_run, one_word, race, read_runs
from pedagogy.human import Preference, true_reward
from pedagogy.maths.divergence import kl_divergence
from pedagogy.policy import load_policy
from pedagogy.rlhf import new_run, rlhf
from pedagogy.stories import FIRST_PROMPT

WORDS, RACE = read_runs("one_word"), read_runs("race")
BETAS, SEEDS = RACE["betas"], RACE["seeds"]


def run_of(told, method, beta, seed):
    (found,) = (
        run
        for run in told["runs"]
        if (run["method"], run["beta"], run["seed"]) == (method, beta, seed)
    )
    return found


# one word ---------------------------------------------------------------------------------------


@pytest.mark.slow
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


# the races: their rules --------------------------------------------------------------------------


def test_no_prompt_that_is_trained_on_chooses_and_none_that_chooses_is_tested():
    assert len({*_race_run.TEST}) == 64 and not {*_race_run.TEST} & {*_race_run.VALIDATION}
    for seed in (0, 1000, 100):
        trained = _race_run.fresh(seed)
        assert len(trained) == 1000 and not {*trained} & _race_run.HELD_OUT


def of_kind(kind):
    return [record for record in RACE["runs"] if record["kind"] == kind]


def test_both_methods_have_the_same_betas_seeds_and_budgets():
    raced = {(r["method"], r["beta"], r["seed"]) for r in of_kind("race")}
    assert raced == {(m, b, s) for m in ("RLHF", "DPO") for b in BETAS for s in SEEDS}
    assert len(of_kind("race")) == len(raced) and len(of_kind("pool")) == 2 * len(SEEDS)
    tuned = [(r["method"], r["beta"], r["rate"]) for r in of_kind("tuning")]
    assert {*tuned} == {(m, b, r) for m in ("RLHF", "DPO") for b in BETAS for r in RACE["rates"]}
    assert not {r["seed"] for r in of_kind("tuning")} & {*SEEDS}


def highest_aims(method, beta):
    """{rate: {seed: the highest aim on the way}}, of the runs that chose a rate."""
    found = {rate: {} for rate in RACE["rates"]}
    for run in of_kind("tuning"):
        if (run["method"], run["beta"]) == (method, beta):
            found[run["rate"]][run["seed"]] = max(run["aim"])
    return found


def all_and_finalists(method, beta):
    """{rate: mean highest aim}: of all rates on two sets of labels, of the best two on all."""
    found = highest_aims(method, beta)
    first = {rate: np.mean([aims[seed] for seed in race.TUNING_SEEDS])
             for rate, aims in found.items()}  # fmt: skip
    seeds = race.TUNING_SEEDS + race.FINAL_SEEDS
    finalists = {rate: np.mean([*aims.values()]) for rate, aims in found.items()
                 if set(aims) == {*seeds}}  # fmt: skip
    assert {*finalists} == {*sorted(first, key=first.get)[-2:]}
    return first, finalists


def test_every_run_was_stopped_by_the_rule_and_every_rate_chosen_by_it():
    torn = []  # its loss exploded before the rule stopped it
    for run in of_kind("race") + of_kind("tuning"):
        judge, kl, aim = (np.array(run[name]) for name in ("proxy_reward", "kl", "aim"))
        assert aim == pytest.approx(judge - run["beta"] * kl, abs=0.003)
        waited = [place - aim[: place + 1].argmax() for place in range(len(aim))]
        assert max(waited[:-1], default=0) < _race_run.PATIENCE
        full = len(RACE["moments"][run["method"]])
        if waited[-1] < _race_run.PATIENCE and len(aim) < full:
            torn.append((run["kind"], run["rate"]))
    assert (
        torn.count(("race", 1e-3)) == 1 and f"once in {len(of_kind('race'))} runs" in prose_of_09()
    )
    assert {*torn} <= {("race", 1e-3), ("tuning", max(RACE["rates"]))}
    for method, rates in RACE["chosen_rates"].items():
        for beta, chosen in zip(BETAS, rates, strict=True):
            _first, finalists = all_and_finalists(method, beta)
            assert finalists[chosen] == max(finalists.values())
            raced = [r for r in of_kind("race") if (r["method"], r["beta"]) == (method, beta)]
            assert {r["rate"] for r in raced} == {chosen}


def test_a_second_start_goes_on_where_the_first_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "FOLDER", tmp_path)
    done = []

    def work(name):
        done.append(name)
        return {"aim": [1.0]}

    for _start in range(2):
        race.once("tuning", "DPO", 0.3, 1e-4, 0, lambda: work("slow"))
    assert done == ["slow"] and runs.noted("race")[0]["aim"] == [1.0]
    with (tmp_path / "race.journal").open("a") as journal:
        journal.write('{"kind": "tuning", "met')  # the machine was switched off
    race.once("tuning", "DPO", 0.3, 1e-3, 0, lambda: work("quick"))
    race.once("tuning", "DPO", 0.3, 1e-3, 0, lambda: work("quick"))
    assert done == ["slow", "quick"]
    assert [record["rate"] for record in runs.noted("race")] == [1e-4, 1e-3]


def test_the_better_of_the_best_two_rates_is_chosen():
    """By hand: 3e-4 and 1e-3 are the best on two seeds; other betas and methods do not count."""

    def tuned(seed, aims):
        return [
            {"kind": "tuning", "method": "DPO", "beta": 0.3, "rate": rate, "seed": seed, "aim": aim}
            for rate, aim in aims.items()
        ]

    one, two = race.TUNING_SEEDS
    journal = tuned(one, {3e-5: [0], 1e-4: [0, 2], 3e-4: [0, 4, 1], 1e-3: [3, 3], 3e-3: [0]})
    journal += tuned(two, {3e-5: [0], 1e-4: [2], 3e-4: [1, 2], 1e-3: [2.5], 3e-3: [0]})
    journal += [journal[0] | {"beta": 3.0, "aim": [9]}, journal[0] | {"method": "RLHF", "aim": [9]}]
    assert race.finalists(journal, "DPO", 0.3) == [1e-3, 3e-4]  # 2.75 and 3; 1e-4 has 2
    assert race.chosen_rate(journal, "DPO", 0.3) == 3e-4
    journal += tuned(race.FINAL_SEEDS[0], {3e-4: [1], 1e-3: [1, 2], 1e-4: [9]})
    assert race.chosen_rate(journal, "DPO", 0.3) == 1e-3  # 7/3 and 7.5/3; 1e-4 is out


@pytest.mark.slow
def test_a_fresh_race_begins_as_the_shipped_one(monkeypatch):
    monkeypatch.setattr(_race_run, "MOMENTS", {m: RACE["moments"][m][:2] for m in ("RLHF", "DPO")})
    monkeypatch.setattr(_race_run, "PER_TEST", 1)
    for method in ("RLHF", "DPO"):
        kept = results.raced(method)[0.3, 0]
        fresh = _race_run.train(method, 0.3, kept["rate"], 0)
        for name in ("true_reward", "proxy_reward", "kl"):
            assert fresh[name][0] == pytest.approx(kept[name][0], abs=0.1)
            assert fresh[name][1] == pytest.approx(kept[name][1], abs=0.5)
        assert fresh["seconds"][1] > fresh["seconds"][0]


# the races: how they are read -------------------------------------------------------------------


def test_errors_are_those_of_scipy_and_ahead_is_three_of_them():
    values = np.array([[1.0, 2.0, 4.0], [0.0, 0.0, 3.0]])
    mean, error = results.mean_and_error(values)
    assert mean == pytest.approx([7 / 3, 1.0])
    assert error == pytest.approx(scipy.stats.sem(values, axis=1))
    assert results.ahead([2.0, 3.0], [1.0, 1.9])  # 1.05, ± 0.05
    assert not results.ahead([2.0, 3.0], [1.0, 2.9]) and not results.ahead([1.0, 1.9], [2.0, 3.0])


def test_nobody_is_beyond_the_exact_optimum():
    """At the KL of each point; the optimum's own standard error is below 0.1."""
    best = RACE["human"]["optimum"]
    assert [each["beta"] for each in best] == sorted(each["beta"] for each in best)
    kl, reward = ([each[what] for each in reversed(best)] for what in ("kl", "true_reward"))
    assert max(each["error"] for each in best) < 0.1
    for method in ("RLHF", "DPO"):
        moved = results.tested(method, "kl")
        most = np.interp(moved, [0, *kl], [reward[0], *reward])
        assert (results.tested(method, "true_reward") < most + 0.3).all()
    for beta in BETAS:
        most = results.optimum(beta)["true_reward"] - beta * results.optimum(beta)["kl"]
        log_z = results.optimum(beta)["log_z"]
        assert most == pytest.approx(beta * log_z, abs=2e-3)  # notebook 07
        assert (results.bar(beta)[0] < most).all()


def test_the_shortfall_of_a_race_by_hand():
    """Seed 0's own numbers, from the file; where the optimum is refused, nothing is made up."""
    beta = 3.0
    (test,) = (r["test"] for r in of_kind("race")
               if (r["method"], r["beta"], r["seed"]) == ("DPO", beta, 0))  # fmt: skip
    (judge,) = (r for r in of_kind("pool") if (r["rate"], r["seed"]) == (1000, 0))
    (aim,) = (each for each in judge["optimum"] if each["beta"] == beta)
    most = results.optimum(beta)["true_reward"] - beta * results.optimum(beta)["kl"]
    below, wrong, far = (each[0] for each in results.shortfall("DPO", beta))
    assert below == pytest.approx(most - (test["true_reward"] - beta * test["kl"]))
    assert wrong == pytest.approx(most - (aim["true_reward"] - beta * aim["kl"]))
    assert far == pytest.approx(beta * aim["log_z"] - (test["proxy_reward"] - beta * test["kl"]))
    assert np.isnan(results.shortfall("DPO", BETAS[0])[1]).all()


# the races: what notebook 09 says of them ---------------------------------------------------------


def unstopped(name):
    """Runs at beta 0.03 of notebook 06 or 08, seed by seed."""
    told = read_runs(name)
    rate = told.get("learning_rate")
    return [r for r in told["runs"] if r["beta"] == 0.03 and r.get("learning_rate") == rate]


def paired(beta):
    """RLHF minus DPO in reward - beta KL on the test prompts: mean and standard error."""
    row = BETAS.index(beta)
    return results.mean_and_error(results.objective("RLHF")[row] - results.objective("DPO")[row])


def prose_of_09():
    notebook = json.loads((NOTEBOOKS / "09_rlhf_vs_dpo.ipynb").read_text(encoding="utf-8"))
    cells = notebook["cells"]
    return "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")


def test_the_numbers_that_09_prints_are_those_of_the_shipped_races():
    prose = prose_of_09()
    for beta in BETAS:
        mean, error = paired(beta)
        said = f"{mean:+.2f} ± {error:.2f}".replace("-", "−")
        assert f"{said} at {beta:g}" in prose
    words = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    assert f"{words[len(SEEDS) - 2]} sets of labels, which both" in prose
    best = results.optimum(0.3)
    assert f"earns {best['true_reward']:.1f} at {best['kl']:.1f} nats" in prose


def test_who_is_ahead_depends_on_beta_and_nobody_is_near_the_optimum():
    """Each with its condition: three standard errors of the paired difference, or not."""
    best, row = results.optimum(0.3), BETAS.index(0.3)
    for method in ("RLHF", "DPO"):
        assert (results.tested(method, "true_reward")[row] < best["true_reward"]).all()
        assert results.tested(method, "kl")[row].mean() > best["kl"]
    ahead = {}
    for beta in BETAS:
        place = BETAS.index(beta)
        rlhf_wins, dpo_wins = (results.objective(m)[place] for m in ("RLHF", "DPO"))
        bar = results.bar(beta)[0]
        ahead[beta] = {
            "RLHF": results.ahead(rlhf_wins, dpo_wins),
            "DPO": results.ahead(dpo_wins, rlhf_wins),
            "bar, RLHF": results.ahead(bar, rlhf_wins),
            "bar, DPO": results.ahead(bar, dpo_wins),
        }
    assert ahead[0.03] == {"RLHF": True, "DPO": False, "bar, RLHF": True, "bar, DPO": True}
    assert ahead[0.1] == ahead[0.03]
    assert ahead[0.3] == ahead[0.03]
    assert ahead[1.0] == {"RLHF": False, "DPO": False, "bar, RLHF": True, "bar, DPO": True}
    assert ahead[3.0] == {"RLHF": False, "DPO": True, "bar, RLHF": True, "bar, DPO": False}
    mean, error = results.mean_and_error(results.bar(3.0)[0] - results.objective("DPO")[-1])
    assert abs(mean) < 3 * error < 0.15  # equal, as far as these runs tell


def test_most_runs_of_rlhf_were_at_their_best_when_their_time_was_up():
    best = {}
    for method in ("RLHF", "DPO"):
        last, raced = len(RACE["moments"][method]) - 1, results.raced(method)
        looks = [raced[beta, seed]["aim"] for beta in (0.03, 0.1, 0.3) for seed in SEEDS]
        best[method] = sum(int(np.argmax(aim)) == last for aim in looks)
    said = f"{best['RLHF']} of {len(looks)} runs of RLHF, and {best['DPO']} of DPO"
    assert f"up to beta 0.3, {said}, were still improving" in prose_of_09()


def trained_at_the_best_beta(method, beta):
    """Reward - beta KL on the test prompts, (seeds,), and the beta that the run was trained with.

    The judge chooses that one, by its mean score - beta KL on the validation prompts.
    """
    aims, wins = [], []
    for trained in BETAS:
        runs = [results.raced(method)[trained, seed] for seed in SEEDS]
        kept = [int(np.argmax(run["aim"])) for run in runs]
        looks = [(r["proxy_reward"][k], r["kl"][k]) for r, k in zip(runs, kept, strict=True)]
        aims.append(np.mean([score - beta * kl for score, kl in looks]))
        wins.append([r["test"]["true_reward"] - beta * r["test"]["kl"] for r in runs])
    best = int(np.argmax(aims))
    return np.array(wins[best]), BETAS[best]


def test_how_far_rlhf_is_ahead_where_the_training_s_beta_is_free():
    prose = prose_of_09()
    for beta, (for_rlhf, for_dpo) in {0.03: (0.1, 0.3), 0.1: (0.1, 0.3), 0.3: (0.3, 1.0)}.items():
        (ours, one), (theirs, other) = (trained_at_the_best_beta(m, beta) for m in ("RLHF", "DPO"))
        assert (one, other) == (for_rlhf, for_dpo)
        mean, error = results.mean_and_error(ours - theirs)
        assert f"{mean:+.2f} ± {error:.2f}" in prose
        assert results.ahead(ours, theirs) == (beta != 0.1)
        was = {m: results.objective(m)[BETAS.index(beta)] for m in ("RLHF", "DPO")}
        lead, gained = (was["RLHF"] - was["DPO"]).mean(), (theirs - was["DPO"]).mean()
        assert (0.6 < gained / lead < 2 / 3) == (beta != 0.3)  # nearly two thirds of the lead
        if beta == 0.03:
            assert f"RLHF gained {(ours - was['RLHF']).mean():.2f} points, too" in prose
    for beta in (1.0, 3.0):
        assert all(trained_at_the_best_beta(m, beta)[1] == beta for m in ("RLHF", "DPO"))


def test_at_beta_1_and_3_the_way_is_longer_than_the_aim_is_wrong():
    for method in ("RLHF", "DPO"):
        for beta in (1.0, 3.0):
            _below, wrong, far = results.shortfall(method, beta)
            assert far.mean() > wrong.mean() > 0
        assert np.isnan(results.shortfall(method, 0.3)[2]).all()


def test_a_judge_of_few_labels_believes_more_than_the_human_sees():
    gains = {
        labels: [results.best_of_n(what, labels)[:, -1] - results.best_of_n(what, labels)[:, 0]
                 for what in ("proxy_reward", "true_reward")]
        for labels in (1000, 50)
    }  # fmt: skip
    believed, seen = (gain.mean() for gain in gains[50])
    said = f"its own score rises by {believed:.1f} points, the human's by {seen:.1f}."
    assert said in prose_of_09()
    believed, seen = (gain.mean() for gain in gains[1000])
    assert believed / seen < 1.25
    assert results.best_of_n()[:, RACE["ns"].index(16)].mean() == pytest.approx(5.3, abs=0.1)


def test_rates_of_one_thousandth_never_leave_the_storyteller_at_beta_3():
    for run in of_kind("tuning"):
        if (run["beta"], run["rate"]) == (3.0, 1e-3):
            assert max(run["aim"]) == run["aim"][0]
    for method, rate in (("RLHF", 1e-3), ("DPO", 1e-4)):
        for aims in all_and_finalists(method, 0.03):
            assert max(aims, key=aims.get) == rate
    first, finalists = all_and_finalists("RLHF", 1.0)
    assert max(first, key=first.get) == 1e-3 and max(finalists, key=finalists.get) == 3e-4
    prose = prose_of_09()
    assert f"beta 1, {first[1e-3]:.2f} against {first[3e-4]:.2f}; by all six" in prose
    assert f"0.0003, {finalists[3e-4]:.2f} against {finalists[1e-3]:.2f}." in prose
    _first, equal = all_and_finalists("RLHF", 0.3)
    assert f"as good as equal, {equal[3e-4]:.2f} and {equal[1e-3]:.2f}" in prose
    for rates in RACE["chosen_rates"].values():  # none at the edge of what was tried
        assert min(RACE["rates"]) < min(rates) and max(rates) < max(RACE["rates"])


def test_what_happens_when_nothing_stops_a_run():
    """The judge of two runs of RLHF is fooled; DPO's own numbers give nothing away in any."""
    falls = [max(r["true_reward"]) - r["true_reward"][-1] for r in unstopped("betas")]
    assert [fall > 1 for fall in falls] == [False, False, True, True, False]
    fooled = unstopped("betas")[2:4]
    ends = [run["true_reward"][-1] for run in fooled]
    assert "from above 5 to {:.1f} and {:.1f}.".format(*ends) in prose_of_09()
    for run in fooled:
        assert max(run["true_reward"]) > 5
        best = int(np.argmax(run["true_reward"]))
        assert run["proxy_reward"][-1] > run["proxy_reward"][best] - 0.1
    chosen = RACE["chosen_rates"]["DPO"][0]
    (slow,) = (r["true_reward"] for r in read_runs("dpo")["runs"]
               if (r["beta"], r["learning_rate"]) == (0.03, chosen))  # fmt: skip
    assert read_runs("dpo")["learning_rate"] == 5 * chosen
    assert f"falls by only {max(slow) - slow[-1]:.1f} in the same time" in prose_of_09()
    first = read_runs("dpo")["steps"].index(32)
    assert len(unstopped("dpo")) == 5
    for run in unstopped("dpo"):
        assert max(run["true_reward"]) - run["true_reward"][-1] > 0.7
        assert run["loss"][-1] < run["loss"][first] - 0.1
        assert run["held_out_accuracy"][-1] > run["held_out_accuracy"][first] + 0.05
        assert run["held_out_loss"][-1] < run["held_out_loss"][first] - 0.1


# the races: tables and explorers -----------------------------------------------------------------


def test_the_predictions_are_checked_against_the_races():
    table = explore.check_prediction({"further": "DPO", "bar": "?"})
    assert [line[1] for line in table.rows[1:]] == ["DPO", "?"]
    assert [line[2] for line in table.rows[1:]] == [answer for *_, answer in race_facts().values()]
    mean, error = results.mean_and_error(results.objective("DPO")[BETAS.index(0.3)])
    assert table.rows[1][4] == f"{mean:.2f} ± {error:.2f}"
    with pytest.raises(ValueError, match="further is 'me', but it must be 'RLHF' or 'DPO' or"):
        explore.check_prediction({"further": "me", "bar": "?"})
    with pytest.raises(ValueError, match=r"prediction has \['further'\], but it must have"):
        explore.check_prediction({"further": "DPO"})


def test_the_table_of_shortfalls_has_a_row_for_each_beta():
    rows = explore.show_shortfalls().rows
    assert [row[0] for row in rows[1:]] == [f"{beta:g}" for beta in BETAS]
    mean, error = results.mean_and_error(results.shortfall("RLHF", BETAS[-1])[2])
    assert rows[-1][5] == f"{mean:.2f} ± {error:.2f}"


def test_the_explorer_of_the_races_shows_the_beta_that_was_asked_for():
    explorer = explore.explore_race()
    explorer.beta = BETAS[-1]
    mean, error = results.mean_and_error(results.objective("DPO")[-1])
    assert f"{mean:.2f} ± {error:.2f} for DPO" in explorer.caption
    assert len(explorer.player()["frames"]) == len(BETAS)
    visit_corners(explorer)


def test_the_explorer_of_best_of_n_shows_judges_of_few_and_of_many_labels():
    explorer = explore.explore_best_of_n()
    explorer.labels, explorer.n = "50", 64
    said, thought = (results.best_of_n(what, 50)[:, -1].mean()
                     for what in ("proxy_reward", "true_reward"))  # fmt: skip
    assert f"the judge says {said:.2f}, the human thinks {thought:.2f}" in explorer.caption
    visit_corners(explorer)


def test_the_explorer_of_step_sizes_rings_the_rate_that_was_chosen():
    explorer = explore.explore_step_sizes()
    explorer.method, explorer.beta = "DPO", BETAS[0]
    assert f"Chosen: {RACE['chosen_rates']['DPO'][0]:g}." in explorer.caption
    visit_corners(explorer)


def test_the_explorer_of_stopping_shows_the_runs_of_both_files():
    explorer = explore.explore_stopping()
    explorer.beta, explorer.run = 0.03, 4
    (rlhf_run,) = (r for r in read_runs("betas")["runs"] if (r["beta"], r["seed"]) == (0.03, 3))
    assert f"{rlhf_run['true_reward'][-1]:.2f} at the end, where the judge" in explorer.caption
    assert explorer.numbers["human"]["DPO"] == unstopped("dpo")[3]["true_reward"]
    visit_corners(explorer)


# both, live -------------------------------------------------------------------------------------


def short_trainings():
    policy, other = load_policy("cpu"), load_policy("cpu")
    pairs = [Preference(FIRST_PROMPT, " time", " king"), Preference(FIRST_PROMPT, " time", " wolf")]
    going = rlhf(
        new_run(policy), lambda samples: torch.zeros(len(samples.responses)), [FIRST_PROMPT],
        beta=0.1, iterations=2, batch_size=4, max_new_tokens=2, true_reward=true_reward,
    )  # fmt: skip
    return going, dpo.fit(dpo.new_run(other), pairs, beta=0.1, steps=3, batch_size=2)


@pytest.mark.slow
def test_both_trainings_are_drawn_in_one_picture_and_counted_apart(capsys):
    costs = explore.watch_both(*short_trainings(), iterations=2, steps=3)
    assert [*costs] == ["RLHF", "DPO"]
    assert (costs["RLHF"].samples, costs["RLHF"].steps) == (8, 8)  # two epochs of two minibatches
    assert (costs["DPO"].samples, costs["DPO"].steps, costs["DPO"].networks) == (0, 3, 2)
    assert "Stopped" not in capsys.readouterr().out


@pytest.mark.slow
def test_an_interrupt_leaves_what_was_counted(capsys):
    going, _ = short_trainings()

    def interrupted():
        raise KeyboardInterrupt
        yield

    costs = explore.watch_both(going, interrupted(), iterations=2, steps=3)
    assert costs["RLHF"].samples == 8 and costs["DPO"].steps == 0
    assert "Stopped" in capsys.readouterr().out
