"""Notebook 10's measured runs: what they must show, and what the notebook says of them."""

import json
import math

import numpy as np
import pytest
from corners import visit_corners
from executed import NOTEBOOKS, REAL

from pedagogy import explore
from pedagogy.explore.runs import read_runs
from pedagogy.explore.runs import real as real_runs
from pedagogy.human import crossed_pairs, plain_pairs

RUNS = read_runs("real")


def run_of(**changed):
    settings = real_runs.USUAL | changed
    (found,) = (run for run in RUNS["runs"] if settings.items() <= run.items())
    return found


def test_all_runs_are_there_and_begin_where_every_run_begins():
    assert len(RUNS["runs"]) == len(real_runs.settings_of_all()) == 7
    for run in RUNS["runs"]:
        for kind in ("", "held_out_", "crossed_"):
            assert run[f"{kind}loss"][0] == pytest.approx(math.log(2), abs=1e-3)
            assert run[f"{kind}chosen"][0] == run[f"{kind}rejected"][0] == 0
        assert run["kl"][0] == 0 and run["capitals"][0] == run_of()["capitals"][0]


def test_the_explorer_shows_the_run_that_was_asked_for():
    explorer = explore.explore_real_runs()
    explorer.run, explorer.step = "beta 0.5", 8
    run, place = run_of(beta=0.5), RUNS["steps"].index(8)
    assert explorer.numbers["rows"]["held_out_loss"] == run["held_out_loss"][: place + 1]
    assert f"KL {run['kl'][place]:.1f} nats" in explorer.caption
    assert RUNS["prompts"][0] in explorer.caption
    visit_corners(explorer)


def test_the_crossed_pairs_are_long_where_they_are_plain():
    """No word of the flowery pairs' own is in them, and no prompt is known from the training."""
    known = {pair.prompt for pairs in plain_pairs() for pair in pairs}
    crossed = crossed_pairs()
    assert len(crossed) == 12 and not known & {pair.prompt for pair in crossed}
    for pair in crossed:
        assert len(pair.chosen.split()) >= 14 > 6 > len(pair.rejected.split())
        assert pair.chosen[0] == pair.rejected[0] == " "


# --- what notebook 10 says of them --------------------------------------------------------------


def prose_of_10():
    cells = json.loads((NOTEBOOKS / f"{REAL}.ipynb").read_text("utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def test_the_accuracy_cannot_tell_the_runs_apart_and_kl_can():
    for run in RUNS["runs"]:
        assert run["held_out_accuracy"][1:] == [1.0] * 4
    kls = [run_of(beta=beta)["kl"][-1] for beta in (0.02, 0.1, 0.5)]
    assert [round(kl) for kl in kls] == [44, 17, 5]
    prose = prose_of_10()
    for said, kl in (("and sometimes beside the point", 17), ("0.02 little more than", 44)):
        assert f"(KL {kl})" in prose.partition(said)[2][:40]
    words = [np.mean([len(text.split()) for text in texts]) for texts in run_of()["written"]]
    assert words[0] / 2 < words[-1] < words[0]
    assert run_of(learning_rate=3e-5)["kl"][-1] < 0.3
    letters = [np.mean([sum(map(str.isalpha, text)) for text in texts])
               for texts in run_of(learning_rate=3e-3)["written"]]  # fmt: skip
    assert letters[-1] < letters[2] and letters[-1] < letters[0] / 2
    full_stops = "".join(run_of(beta=0.02)["written"][-1])
    assert full_stops.count(".") > 20
    assert run_of(pairs=8)["held_out_loss"][-1] < 0.05


def test_plainness_was_learned_or_only_shortness():
    for beta, accuracy in ((0.1, 1), (0.5, 1), (0.02, 0)):
        assert run_of(beta=beta)["crossed_accuracy"][-1] == accuracy
    held_out = plain_pairs()[1]
    assert all(len(pair.chosen.split()) < len(pair.rejected.split()) for pair in held_out)


def test_capitals_are_forgotten_as_the_notebook_says():
    usual, prose = run_of()["capitals"], prose_of_10()
    assert f"had {usual[0]:.0%} at first".replace("%", " %") in prose
    sixteen = RUNS["steps"].index(16)
    said = f"it has {usual[sixteen]:.0%} after sixteen steps and {usual[-1]:.0%} after forty"
    assert said.replace("%", " %") in prose.replace("\n", " ")
    assert (
        f"at beta 0.5 it keeps {run_of(beta=0.5)['capitals'][-1]:.0%}".replace("%", " %") in prose
    )
    eight = run_of(pairs=8)["capitals"][-1]
    assert f"with only eight pairs it gets {eight:.0%}".replace("%", " %") in prose
    assert run_of(beta=0.02)["capitals"][-1] < 0.005
    forty = run_of(pairs=40)  # as deep below zero as it need be, and the capitals are kept
    assert f"with forty {forty['capitals'][-1]:.0%}".replace("%", " %") in prose
    assert forty["chosen"][-1] < 0 and run_of()["chosen"][-1] < 0


@pytest.mark.slow
def test_what_it_knows_of_capitals_at_first(real):
    assert real_runs.capitals_known(real) == pytest.approx(run_of()["capitals"][0], abs=0.01)
