"""Policies side by side: oracles are exact enumeration, scipy, and counts made by hand."""

import copy
import doctest
import math
import time
from functools import partial

import pytest
import scipy.stats
import torch
from hypothesis import given
from hypothesis import strategies as st

from pedagogy import dpo
from pedagogy.compare import (
    Comparison,
    Cost,
    Evaluation,
    best_of_n,
    compare,
    comparison,
    cost_table,
    evaluate,
    measure_cost,
    win_rate,
)
from pedagogy.human import Preference, true_reward
from pedagogy.maths.bradley_terry import bradley_terry_probability
from pedagogy.maths.divergence import kl_divergence, sequence_divergence
from pedagogy.policy import load_policy, new_policy, next_word_logits, sample, sampling
from pedagogy.reward_model import new_reward_model, scores
from pedagogy.rlhf import new_run, rlhf
from pedagogy.stories import FIRST_PROMPT, openings
from pedagogy.training import rows


@pytest.fixture(scope="module")
def storyteller():
    return load_policy("cpu")


@pytest.fixture(scope="module")
def beginner():
    return new_policy(seed=0)


def length(samples):
    """A reward function that likes long tales."""
    return samples.completion_mask.sum(-1).float()


# the divergence of whole responses --------------------------------------------------------------


def test_the_divergence_of_two_words_is_on_average_the_exact_one():
    """Chain rule, all nine responses of two words listed: E[sum of KLs] = KL of the pairs."""
    dice = torch.Generator().manual_seed(0)
    one, other = (torch.randn(3 + 1, 3, generator=dice, dtype=torch.float64) for _ in "pq")
    # Row 0 bets on the first word, row 1 + w on what follows word w.
    joint = [(z.softmax(-1)[0][:, None] * z.softmax(-1)[1:]).flatten() for z in (one, other)]
    pairs = [(first, second) for first in range(3) for second in range(3)]
    logits, reference_logits = (
        torch.stack([torch.stack([z[0], z[1 + first], z[0]]) for first, _ in pairs])  # (9, 3, 3)
        for z in (one, other)
    )
    mask = torch.tensor([[0, 1, 1]]).expand(9, 3)
    found = sequence_divergence(logits, reference_logits, mask)
    assert (joint[0] * found).sum().item() == pytest.approx(kl_divergence(*joint).item(), abs=1e-9)


def test_the_divergence_leaves_prompt_and_padding_out():
    dice = torch.Generator().manual_seed(1)
    logits, reference_logits = (torch.randn(1, 5, 4, generator=dice) for _ in "pq")
    one = sequence_divergence(logits, reference_logits, torch.tensor([[0, 0, 1, 0, 0]]))
    bets = [z[0, 1].softmax(-1) for z in (logits, reference_logits)]  # of the token before
    torch.testing.assert_close(one, kl_divergence(*bets)[None])
    logits[0, 3] = math.inf  # on padding, nobody looks
    again = sequence_divergence(logits, reference_logits, torch.tensor([[0, 0, 1, 0, 0]]))
    assert torch.equal(one, again)
    with pytest.raises(ValueError, match="completion_mask has shape"):
        sequence_divergence(logits, reference_logits, torch.ones(1, 4))


# one policy -------------------------------------------------------------------------------------


def test_one_word_is_measured_exactly(storyteller, beginner):
    told = evaluate(beginner, [FIRST_PROMPT] * 3, reference=storyteller, max_new_tokens=1)
    bets = [next_word_logits(who, FIRST_PROMPT).softmax(-1) for who in (beginner, storyteller)]
    assert told.kls.tolist() == pytest.approx([kl_divergence(*bets).item()] * 3, rel=1e-5)
    assert told.kl == pytest.approx(told.kls[0].item())


def test_what_was_written_is_what_was_measured(storyteller):
    prompts = openings(130, seed=1) + [FIRST_PROMPT]  # more than are written at once
    told = evaluate(storyteller, prompts, reference=storyteller, reward_fn=length)
    assert told.prompts == prompts and not told.kls.any()
    truth = [true_reward(*pair) for pair in zip(prompts, told.responses, strict=True)]
    assert told.true_rewards.tolist() == pytest.approx(truth)
    assert told.true_reward == pytest.approx(sum(truth) / 131)
    words = [len(response.split()) + 1 for response in told.responses]
    assert told.proxy_rewards.tolist() == pytest.approx(words, abs=1)  # some find no END
    alone = evaluate(storyteller, prompts[:1], reference=storyteller)
    assert alone.proxy_reward is None and len(alone.responses) == 1


def test_the_same_seed_gives_the_same_tales(storyteller):
    told = [
        evaluate(storyteller, openings(5, seed=2), reference=storyteller, generator=dice)
        for dice in (torch.Generator().manual_seed(3) for _ in range(2))
    ]
    assert told[0].responses == told[1].responses


def test_a_seed_is_begun_once_however_many_prompts_there_are(storyteller):
    """Prompts are answered some at a time: begun anew with each part, answers would repeat."""
    prompts, tales = ["once upon a"] * (sampling.ROWS + 20), []
    for luck in (7, torch.Generator().manual_seed(7)):
        settings = {"max_new_tokens": 6, "generator": luck}
        tales.append(evaluate(storyteller, prompts, reference=storyteller, **settings).responses)
    assert tales[0] == tales[1] and tales[0][:20] != tales[0][sampling.ROWS :]
    chosen = [
        best_of_n(storyteller, prompts[:40], length, n=4, max_new_tokens=6, generator=luck)
        for luck in (7, torch.Generator().manual_seed(7))
    ]
    assert chosen[0] == chosen[1] and chosen[0][:8] != chosen[0][sampling.ROWS // 4 :][:8]


def test_bad_input_is_said(storyteller, beginner):
    with pytest.raises(ValueError, match="prompts is empty"):
        evaluate(storyteller, [], reference=storyteller)
    with pytest.raises(TypeError, match="prompts is 'once', but it must be a list"):
        evaluate(storyteller, "once", reference=storyteller)
    stranger = copy.copy(beginner)
    stranger.tokenizer = copy.deepcopy(beginner.tokenizer)
    stranger.tokenizer.add_tokens(["spaceship"])
    with pytest.raises(ValueError, match="reference has a vocabulary of 220 tokens, policy anoth"):
        evaluate(storyteller, [FIRST_PROMPT], reference=stranger)
    with pytest.raises(
        ValueError, match=r"reward_fn gave rewards of shape \(1, 1\) for 1 responses"
    ):
        evaluate(storyteller, [FIRST_PROMPT], reference=storyteller, reward_fn=lambda s: [[1.0]])
    with pytest.raises(ValueError, match="reward_fn holds nan"):
        evaluate(storyteller, [FIRST_PROMPT], reference=storyteller, reward_fn=lambda s: [math.nan])
    with pytest.raises(ValueError, match="policies is empty"):
        compare({}, [FIRST_PROMPT], reference=storyteller)


# who beats whom ---------------------------------------------------------------------------------


def test_the_numbers_in_the_docstrings():
    assert doctest.testmod(comparison).failed == 0


@given(st.integers(0, 40), st.integers(1, 40))
def test_the_interval_is_scipys_for_wins_and_losses(wins, losses):
    found = win_rate([1.0] * wins + [0.0] * losses)
    wanted = scipy.stats.binomtest(wins, wins + losses).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=1e-6)
    assert 0 <= found.low <= found.share <= found.high <= 1


def test_the_interval_holds_the_truth_often_enough_with_ties_and_chances():
    """2,000 repetitions of 30 pairs: at least 95 % of the intervals hold the true mean."""
    dice = torch.Generator().manual_seed(0)
    ties = torch.tensor([0.0, 0.5, 1.0])[torch.multinomial(
        torch.tensor([0.1, 0.3, 0.6]), 60_000, replacement=True, generator=dice
    )]  # fmt: skip
    chances = torch.rand(60_000, generator=dice) ** 2
    for wins, truth in ((ties, 0.75), (chances, 1 / 3)):
        found = [win_rate(some) for some in wins.view(2000, 30)]
        assert sum(one.low <= truth <= one.high for one in found) / 2000 > 0.95


@pytest.mark.parametrize("wins", [[], [1.5], [-0.1, 1.0]])
def test_wins_that_are_none_are_said(wins):
    with pytest.raises(ValueError, match="wins has"):
        win_rate(wins)


def by_hand(rewards, scores):
    n = len(rewards)
    return Evaluation(
        ["p"] * n, ["<b>r</b>"] * n, torch.tensor(rewards), torch.zeros(n), torch.tensor(scores)
    )


def test_three_ways_to_win():
    told = Comparison(
        {"a": by_hand([2.0, 1.0, 3.0], [0.0, 0.0, 9.0]), "b": by_hand([1.0, 1.0, 5.0], [1.0] * 3)}
    )
    assert told.win_rate("a", "b").share == pytest.approx(0.5)  # a win, a tie, a loss
    assert told.win_rate("a", "b", by="proxy_reward").share == pytest.approx(1 / 3)
    chances = bradley_terry_probability([2.0, 1.0, 3.0], [1.0, 1.0, 5.0])
    assert told.win_rate("a", "b", by="choice").share == pytest.approx(chances.mean().item())
    assert told.win_rate("b", "a").share == pytest.approx(0.5)
    with pytest.raises(ValueError, match="by is 'taste', but it must be 'true_reward' or"):
        told.win_rate("a", "b", by="taste")
    with pytest.raises(ValueError, match=r"'c' was not compared; there are \['a', 'b'\]"):
        told.win_rate("a", "c")
    told["a"].proxy_rewards = None
    with pytest.raises(ValueError, match="no reward_fn took part"):
        told.win_rate("a", "b", by="proxy_reward")


def test_a_comparison_shows_itself(storyteller, beginner):
    policies = {"<taught>": storyteller, "new": beginner}
    told = compare(policies, openings(20, seed=4), reference=storyteller, reward_fn=length)
    assert told["new"].kl > 100 and told["<taught>"].kl == 0
    assert told.win_rate("new", "<taught>").high < 0.5
    lines = repr(told).splitlines()
    assert len(lines) == 3 and f"{told['new'].true_reward:.2f}" in lines[2]
    assert "proxy reward" in lines[0]
    assert "&lt;taught&gt;" in told._repr_html_() and "<taught>" not in told._repr_html_()
    assert told.tales(2).rows[2] == [
        told["new"].prompts[1],
        told["<taught>"].responses[1].strip(),
        told["new"].responses[1].strip(),
    ]
    assert len(told.tales(99).rows) == 21
    alone = compare({"one": storyteller}, [FIRST_PROMPT], reference=storyteller)
    assert "proxy" not in repr(alone)


def test_another_human_may_be_asked_and_none(storyteller, beginner):
    """By hand: one who likes short tales gives -1 a word; with None there is no such column."""
    both, prompts = {"taught": storyteller, "new": beginner}, openings(6, seed=4)
    asked = {"reference": storyteller, "max_new_tokens": 5}
    mine = compare(both, prompts, true_reward=lambda _, y: -len(y.split()), **asked)
    for one in mine.evaluations.values():
        assert one.true_rewards.tolist() == [-len(y.split()) for y in one.responses]
    nobody = compare(both, prompts, true_reward=None, **asked)
    assert nobody["new"].true_reward is None and nobody["new"].responses == mine["new"].responses
    assert nobody.table().rows[0] == ["", "KL, nats"]
    with pytest.raises(ValueError, match="no true_reward took part"):
        nobody.win_rate("new", "taught", by="choice")
    judged = compare(both, prompts, true_reward=None, reward_fn=length, **asked)
    assert judged.table().rows[0] == ["", "proxy reward", "KL, nats", "wins against taught"]
    by_length = judged.win_rate("new", "taught", by="proxy_reward")
    assert judged.win_rate("new", "taught") == by_length and str(by_length) in repr(judged)


def test_a_reward_of_whole_numbers_or_in_half_precision_is_a_number(storyteller):
    for kind in (torch.Tensor.long, torch.Tensor.half):
        found = evaluate(storyteller, openings(3, 1), reference=storyteller,
                         reward_fn=lambda samples, kind=kind: kind(length(samples)))  # fmt: skip
        assert found.proxy_rewards.dtype == torch.float32
        assert found.proxy_reward == found.proxy_rewards.mean().item() > 5


def test_rows_in_parts_have_the_divergences_of_all_at_once(storyteller, beginner, monkeypatch):
    found = []
    for limit in (3 * 64 * 219, 2**40):
        monkeypatch.setattr(rows, "AT_ONCE", limit)
        generator = torch.Generator().manual_seed(0)
        found.append(
            evaluate(beginner, openings(8, 1), reference=storyteller, generator=generator).kls
        )
    torch.testing.assert_close(*found, atol=1e-6, rtol=1e-6)


def test_dropout_is_off_and_the_mode_stays(storyteller):
    policy = load_policy("cpu")
    for module in policy.model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.5
    policy.model.train()
    assert evaluate(policy, openings(3, 1), reference=storyteller).kl == 0
    assert policy.model.training and not storyteller.model.training


def test_no_tale_depends_on_another_policy_s(storyteller):
    """The same policy twice: its two sets of tales differ, and neither side wins by much."""
    told = compare({"a": storyteller, "b": storyteller}, openings(60, 5), reference=storyteller)
    assert told["a"].responses != told["b"].responses
    rate = told.win_rate("a", "b")
    assert rate.low < 0.5 < rate.high


# what it costs ----------------------------------------------------------------------------------


def test_costs_are_what_one_counts_by_hand(storyteller):
    """A judge and a reference that are only asked, a policy and a critic that learn."""
    policy, reward_model = load_policy("cpu"), new_reward_model(storyteller)
    each = sum(p.numel() for p in policy.model.parameters())
    run = new_run(policy)
    with measure_cost() as cost:
        for _ in rlhf(run, partial(scores, reward_model), openings(9, 1), beta=0.1, iterations=2,
                      batch_size=8, epochs=3, minibatches=2):  # fmt: skip
            pass
        assert cost == Cost(samples=16, steps=12)  # 2 iterations of 8 tales and of 3 times 2 steps
    assert cost.networks == 3
    assert cost.parameters == 3 * each + 2 * 65  # the critic and the judge's head
    assert cost.trained == each + 65
    assert 0 < cost.seconds < 60 and cost.cuda_memory == 0
    sample(policy, openings(2, 1))
    assert cost.samples == 16  # nobody counts any more


def test_the_costs_of_dpo(storyteller):
    run = dpo.new_run(load_policy("cpu"))
    each = sum(p.numel() for p in storyteller.model.parameters())
    pairs = [
        Preference(FIRST_PROMPT, " time", " banana"),
        Preference(FIRST_PROMPT, " time", " king"),
    ]
    with measure_cost() as cost:
        steps = list(dpo.fit(run, pairs, beta=0.5, steps=3, batch_size=2))
    assert (cost.networks, cost.parameters, cost.trained) == (2, 2 * each, each)
    assert (cost.samples, cost.steps) == (0, len(steps))


def test_the_peak_of_the_memory_is_found_and_an_error_does_not_stop_the_count():
    with pytest.raises(ZeroDivisionError), measure_cost() as cost:
        held = torch.ones(25_000_000)  # 100 MB
        time.sleep(0.05)
        del held
        raise ZeroDivisionError
    assert 95 < cost.memory < 130 and cost.seconds > 0.05


def test_a_table_of_costs_has_a_column_for_each():
    table = cost_table({"a & b": Cost(networks=3, samples=1200), "c": Cost(seconds=2.34)})
    assert "1,200" in repr(table) and "2.3" in repr(table) and "GPU" not in repr(table)
    assert ">a &amp; b</th>" in table._repr_html_()
    assert "GPU" in repr(cost_table({"a": Cost(cuda_memory=12.0)}))
