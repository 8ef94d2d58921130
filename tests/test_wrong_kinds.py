"""What is no policy, no judge, no run, no function and no path is refused by its name."""

import random

import pytest
import torch

from pedagogy import compare, dpo, human, rlhf, training
from pedagogy import policy as lm
from pedagogy import reward_model as rm
from pedagogy.explore import explore_tale, explore_typed_prompt

POLICY = lm.load_policy("cpu")
JUDGE = rm.new_reward_model(POLICY)
ONE, OTHER = ["once upon a"], [" time"]
PAIRS = [human.Preference("once upon a", " time", " banana")]
OPTIMISER = torch.optim.Adam(JUDGE.head.parameters())
BETS = torch.full((lm.next_word_logits(POLICY, "once").shape[0],), 0.1)


def a_run(new_run):
    return new_run(lm.new_policy(0))


def trained(**change):
    settings = {"reward_fn": len, "prompts": ONE, "beta": 1, "iterations": 1, **change}
    return rlhf.rlhf(a_run(rlhf.new_run), **settings)


REFUSED = [
    ("policy", lambda x: lm.encode(x, ONE, OTHER)),
    ("policy", lambda x: lm.sample(x, ONE)),
    ("policy", lambda x: lm.sample(POLICY.model, ONE)),
    ("policy", lambda x: lm.top_words(x, BETS)),
    ("policy", lambda x: lm.save_policy(x, "nowhere")),
    ("policy", lambda x: rm.new_reward_model(x)),
    ("policy", lambda x: dpo.new_run(x)),
    ("policy", lambda x: rlhf.new_run(x)),
    ("critic", lambda x: rlhf.new_run(POLICY, critic=x)),
    ("policy", lambda x: compare.evaluate(x, ONE, reference=POLICY)),
    ("reference", lambda x: compare.evaluate(POLICY, ONE, reference=x)),
    ("policies", lambda x: compare.compare(x or [1], ONE, reference=POLICY)),
    ("costs", compare.cost_table),
    ("batch", lambda x: lm.batch_logits(POLICY, x)),
    ("batch", lambda x: rm.scores(JUDGE, x)),
    ("reward_model", lambda x: rm.scores(x, lm.encode(POLICY, ONE, OTHER))),
    ("reward_model", lambda x: rm.score_responses(x, ONE, OTHER)),
    ("reward_model", lambda x: rm.score_pairs(x, PAIRS)),
    ("reward_model", lambda x: rm.centre(x, ONE, OTHER)),
    ("reward_model", lambda x: rm.fit(x, PAIRS)),
    ("reward_model", lambda x: rm.save_reward_model(x, "nowhere")),
    ("head", lambda x: rm.RewardModel(JUDGE.model, JUDGE.tokenizer, x)),
    ("offset", lambda x: rm.RewardModel(JUDGE.model, JUDGE.tokenizer, JUDGE.head, x)),
    ("preferences", lambda x: rm.score_pairs(JUDGE, x)),
    ("preferences", lambda x: dpo.fit(a_run(dpo.new_run), x, beta=1, steps=1)),
    ("run", lambda x: dpo.fit(x, PAIRS, beta=1, steps=1)),
    ("run", lambda x: dpo.save_run(x, "nowhere")),
    ("run", lambda x: rlhf.rlhf(x, len, ONE, beta=1, iterations=1)),
    ("experience", lambda x: rlhf.gae_advantages(x, 1, 1)),
    ("loss", lambda x: dpo.fit(a_run(dpo.new_run), PAIRS, beta=1, steps=1, loss=x)),
    ("reward_fn", lambda x: trained(reward_fn=x)),
    ("true_reward", lambda x: trained(true_reward=x or 0)),
    ("advantages", lambda x: trained(advantages=x)),
    ("lengths", lambda x: next(training.batches(x, 2, 0))),
    ("batch_size", lambda x: training.steps_per_epoch(3, x)),
    ("optimiser", lambda x: training.LossGuard("policy", x, 0.1)),
    ("optimiser", lambda x: training.all_or_nothing(x).__enter__()),
    ("name", lambda x: training.LossGuard(x, OPTIMISER, 0.1)),
    ("records", lambda x: training.LossGuard("policy", OPTIMISER, 0.1, x or 3)),
    ("records", lambda x: training.all_or_nothing(OPTIMISER, records=x or 3).__enter__()),
    ("generators", lambda x: training.all_or_nothing(OPTIMISER, x or 3).__enter__()),
    ("generators", lambda x: training.all_or_nothing(OPTIMISER, [x]).__enter__()),
    ("response_a", lambda x: human.choose("once upon a", x, " time", random.Random(0))),
    ("response_b", lambda x: human.choose("once upon a", " time", x, random.Random(0))),
    ("taste", lambda x: human.label_pairs(ONE, OTHER, [" banana"], 0, taste=x)),
    (
        r"taste\(prompt, response\)",
        lambda x: human.label_pairs(ONE, OTHER, OTHER, 0, taste=lambda *_: x),
    ),
    ("folder", lambda x: lm.load_policy("cpu", folder=x)),
    ("folder", lambda x: lm.save_policy(POLICY, x)),
    ("folder", lambda x: rm.load_reward_model(x, "cpu")),
    ("folder", lambda x: dpo.load_run(x, lm.new_policy(0))),
    ("folder", lambda x: rlhf.save_run(a_run(rlhf.new_run), x)),
    ("device", lm.choose_device),
    ("seed", lm.new_policy),
    ("seed", lambda x: rm.collect_pairs(POLICY, ONE, x)),
    ("generator", lambda x: lm.sample(POLICY, ONE, generator=x or [])),
    ("prompt", lambda x: lm.next_word_logits(POLICY, x)),
    ("prompt", lambda x: explore_tale(POLICY, x)),
    ("prompt", lambda x: explore_typed_prompt(POLICY, x)),
    ("probabilities", lambda x: lm.top_words(POLICY, x)),
]


@pytest.mark.parametrize("bad", [None, {}.keys()], ids=["None", "keys"])
@pytest.mark.parametrize("name, call", REFUSED, ids=range(len(REFUSED)))
def test_what_is_of_the_wrong_kind_is_refused_by_name(name, call, bad):
    with pytest.raises(TypeError, match=rf"^{name} is .*, but it must be "):
        call(bad)


@pytest.mark.parametrize(
    "name, call",
    [
        ("reward_fn", lambda network: trained(reward_fn=network)),
        ("true_reward", lambda network: trained(true_reward=network)),
        ("advantages", lambda network: trained(advantages=network)),
        ("loss", lambda net: dpo.fit(a_run(dpo.new_run), PAIRS, beta=1, steps=1, loss=net)),
        ("taste", lambda net: human.label_pairs(ONE, OTHER, [" banana"], 0, taste=net)),
    ],
)
def test_a_network_is_no_function_of_responses(name, call):
    """It can be called, with token ids: given samples it would fail deep inside transformers."""
    with pytest.raises(TypeError, match=f"^{name} is a GPT2Model, but it must be a function"):
        list(call(JUDGE.model))
