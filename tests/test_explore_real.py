"""Notebook 10's measured runs: what they must show, and what the notebook says of them."""

import math

import pytest
from corners import visit_corners

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


@pytest.mark.slow
def test_what_it_knows_of_capitals_at_first(real):
    assert real_runs.capitals_known(real) == pytest.approx(run_of()["capitals"][0], abs=0.01)
