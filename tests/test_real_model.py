"""Everything once more on a model that somebody else has trained: SmolLM2, 134.5 M parameters.

`make real` brings it. The oracle is transformers itself, one row at a time.
"""

import math

import pytest
import torch
from test_many_models import one_row

from pedagogy import compare, dpo
from pedagogy import policy as lm
from pedagogy import reward_model as rm
from pedagogy.dpo.pairs import may_share, pair_logps
from pedagogy.human import Preference
from pedagogy.policy.pairs import pair_ids
from pedagogy.pretrained import load_pretrained

pytestmark = pytest.mark.slow
PAIRS = [
    Preference("The sailor came home at last.", " His dog knew him.", " O radiant, endless dawn!"),
    Preference("It rained", " all day.", " silver tears of an unfathomable, ancient sky"),
]


def test_its_bets_after_once_upon_a_are_those_that_were_seen(real):
    """The numbers with which the issue introduced it, by transformers alone."""
    bets = lm.next_word_logits(real, "Once upon a").softmax(-1)
    (first, chance), (second, next_chance) = lm.top_words(real, bets, k=2)
    assert (first, second) == (" time", " Sunday")
    assert (chance, next_chance) == pytest.approx((0.14, 0.08), abs=0.005)
    (banana,) = real.tokenizer(" banana").input_ids
    assert bets[banana].item() == pytest.approx(1.5e-5, rel=0.05)


def test_pairs_in_one_row_in_two_and_alone_have_the_same_log_probabilities(real):
    alone = []
    for side in ("chosen", "rejected"):
        for pair in PAIRS:
            text = pair.prompt + getattr(pair, side) + "<|im_end|>"
            ids, begin = real.tokenizer(text).input_ids, len(real.tokenizer(pair.prompt).input_ids)
            table = one_row(real, ids)
            alone.append(sum(table[i - 1, ids[i]].item() for i in range(begin, len(ids))))
    pairs = pair_ids(real, PAIRS)
    assert may_share(real, pairs)
    with torch.no_grad():
        for shared in (True, False):
            found = torch.cat(pair_logps(real, pairs, shared)).tolist()
            assert found == pytest.approx(alone, abs=2e-3)
        texts = (
            [p.prompt for p in PAIRS] * 2,
            [p.chosen for p in PAIRS] + [p.rejected for p in PAIRS],
        )
        assert lm.response_logps(real, *texts).tolist() == pytest.approx(alone, abs=2e-3)


def test_at_a_low_temperature_it_writes_what_generate_writes(real):
    prompts = ["Once upon a time there was a fox. She", "The capital of France is"]
    cold = lm.sample(real, prompts, temperature=1e-4, max_new_tokens=8)
    rows = real.tokenizer(prompts, return_tensors="pt", padding=True, padding_side="left")
    greedy = real.model.generate(
        **rows, max_new_tokens=8, do_sample=False, pad_token_id=real.pad_id
    )
    assert torch.equal(cold.input_ids, greedy)


def test_a_chat_begins_as_its_own_template_says(real):
    prompt = lm.chat_prompt(real, [{"role": "user", "content": "Hi"}])
    tokens = real.tokenizer.convert_ids_to_tokens(lm.encode(real, [prompt], [" Hi"]).input_ids[0])
    assert prompt.endswith("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n")
    assert [tokens.count(mark) for mark in ("<|im_start|>", "<|im_end|>")] == [3, 3]
    assert tokens[-2:] == ["ĠHi", "<|im_end|>"]


def test_it_learns_pairs_and_its_adapter_comes_back(tmp_path):
    """A fresh model, since this one is changed. First losses: log 2, whoever is trained."""
    policy = lm.add_lora(load_pretrained(device="cpu"))
    judge = rm.new_reward_model(policy)
    step = next(iter(rm.fit(judge, PAIRS, epochs=1, learning_rate=1e-4)))
    assert step.loss == pytest.approx(math.log(2), abs=1e-5)
    run = dpo.new_run(policy, learning_rate=1e-3)
    first, _, last = dpo.fit(run, PAIRS, beta=0.1, steps=3)
    assert first.loss == pytest.approx(math.log(2), abs=1e-5)
    assert last.loss < 0.5 and last.accuracy == 1
    told = compare.compare(
        {"before": run.reference, "after": policy}, ["It rained"], reference=run.reference,
        true_reward=None, max_new_tokens=4,
    )  # fmt: skip
    assert told["before"].kl == pytest.approx(0, abs=1e-4) and told["after"].kl > 0.01
    lm.save_policy(policy, tmp_path)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 20e6
    again = load_pretrained(tmp_path, device="cpu")
    with torch.no_grad():
        texts = ["It rained"], [" all day."]
        assert torch.equal(lm.response_logps(again, *texts), lm.response_logps(policy, *texts))
