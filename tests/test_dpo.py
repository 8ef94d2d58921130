"""DPO: hand-worked numbers, other libraries' sums, one response alone without tricks, and trl."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pedagogy import dpo
from pedagogy.dpo.pairs import lay_out, pair_logps, shared_prompts_pay
from pedagogy.human import Preference, judge
from pedagogy.policy import Policy, load_policy, response_logps, sample
from pedagogy.policy.pairs import pair_ids
from pedagogy.reward_model import collect_pairs
from pedagogy.stories import FIRST_PROMPT, openings

POLICY = load_policy("cpu")


@pytest.fixture(scope="module")
def preferences():
    """Sixty judged pairs of the storyteller's tales, ragged, to sixty prompts."""
    return judge(*collect_pairs(POLICY, openings(60, seed=3), seed=3), seed=3)


def run_steps(run, preferences, steps=3, beta=0.3, **settings):
    return list(dpo.fit(run, preferences, beta=beta, steps=steps, **settings))


@pytest.mark.parametrize("shared", [True, False])
def test_laid_out_pairs_have_the_log_probabilities_of_each_response_alone(preferences, shared):
    pairs = pair_ids(POLICY, preferences)
    batch = lay_out(pairs[:9], shared, POLICY.pad_id, POLICY.device)
    assert len(batch.input_ids) == (9 if shared else 18)
    for found, field in zip(pair_logps(POLICY, batch), ("chosen", "rejected"), strict=True):
        alone = [response_logps(POLICY, [p.prompt], [getattr(p, field)]) for p in preferences[:9]]
        torch.testing.assert_close(found, torch.cat(alone), atol=2e-5, rtol=1e-5)


def test_the_first_loss_is_log_2_and_the_policy_moves_the_right_way(preferences):
    run = dpo.new_run(load_policy("cpu"))
    first, *_, last = run_steps(run, preferences, steps=20)
    assert first.loss == pytest.approx(math.log(2), abs=2e-7)  # as near as float32 can be
    assert first.margin == first.chosen_reward == 0 and first.accuracy == 0.5
    assert last.loss < 0.5 and last.margin > 0.5
    assert [step.number for step in run.steps] == list(range(1, 21))
