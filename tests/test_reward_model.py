"""Oracles: finite differences, one tale alone without padding, scipy's fit, every judge counted."""

import copy
import doctest
import itertools
import math
import warnings

import numpy as np
import pytest
import torch
from padding import WIDER, widened
from scipy.optimize import minimize
from scipy.special import expit
from torch.nn.utils import parameters_to_vector, vector_to_parameters
from transformers import GPT2Model

from pedagogy import policy as lm
from pedagogy import reward_model as rm
from pedagogy.human import Preference, label_pairs, true_reward
from pedagogy.maths import measures
from pedagogy.policy.pairs import pair_ids, to_pair_batch
from pedagogy.reward_model import fitting
from pedagogy.reward_model import pairs as writing
from pedagogy.reward_model.model import last_tokens, some_rows
from pedagogy.stories import openings, split_story, write_stories

POLICY = lm.load_policy("cpu")
TALES = [split_story(tale) for tale in write_stories(6, seed=2)]
A_PAIR = Preference(TALES[0][0], TALES[0][1], TALES[1][1])


@pytest.fixture(scope="module")
def pairs():
    """40 prompts with two responses each, as the policy writes them."""
    return rm.collect_pairs(POLICY, openings(40, seed=1), seed=1)


@pytest.fixture(scope="module")
def many_pairs():
    return rm.collect_pairs(POLICY, openings(320, seed=1), seed=1)


@pytest.fixture(scope="module")
def labels(pairs):
    return label_pairs(*pairs, seed=2)


@pytest.fixture(scope="module")
def many_labels(many_pairs):
    return label_pairs(*many_pairs, seed=2)


def small_judge(dtype=torch.float32, width=8, seed=0):
    """A judge of two layers with an opinion, drawn by chance."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        config = copy.deepcopy(POLICY.model.config)
        config.update({"n_embd": width, "n_layer": 2, "n_head": 2, "initializer_range": 0.3})
        head = torch.nn.Linear(width, 1)
        return rm.RewardModel(GPT2Model(config).eval().to(dtype), POLICY.tokenizer, head.to(dtype))


def weights(reward_model):
    return [tensor.detach().clone() for tensor in reward_model.parameters()]


def same(one, other):
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def run(reward_model, preferences, **settings):
    return list(rm.fit(reward_model, preferences, **settings))


# the judge


def test_a_new_judge_has_no_opinion_and_leaves_the_policy_alone(labels):
    before = copy.deepcopy(POLICY.model.state_dict())
    new = rm.new_reward_model(POLICY)
    assert rm.score_responses(new, *zip(*TALES, strict=True)).tolist() == [0.0] * 6
    first = run(new, labels[:9], batch_size=9, epochs=2)[0]
    assert first.loss == pytest.approx(math.log(2)) and first.accuracy == 0.5
    assert not same(weights(new), weights(rm.new_reward_model(POLICY)))
    assert all(torch.equal(before[name], now) for name, now in POLICY.model.state_dict().items())


def test_a_score_is_the_head_times_what_the_last_layer_makes_of_the_last_word():
    judge_ = small_judge()
    prompt, response = TALES[0]
    ids = POLICY.tokenizer(f"{prompt}{response} {POLICY.tokenizer.eos_token}").input_ids
    hidden = judge_.model(torch.tensor([ids])).last_hidden_state[0, -1]
    wanted = hidden @ judge_.head.weight[0] + judge_.head.bias
    got = rm.score_responses(judge_, [prompt], [response])
    torch.testing.assert_close(got, wanted.detach())
    assert got.item() != 0


def test_the_last_real_token_by_hand():
    mask = torch.tensor([[1, 1, 0, 0], [0, 0, 1, 0], [1, 1, 1, 1], [0, 1, 1, 1]])
    assert last_tokens(mask).tolist() == [1, 2, 3, 3]
    with pytest.raises(ValueError, match="attention_mask marks no token in row 1"):
        last_tokens(torch.tensor([[1, 1], [0, 0]]))


@pytest.mark.parametrize("left, right, filler", WIDER)
def test_padding_changes_no_score_no_loss_and_no_gradient(left, right, filler):
    prompts, responses = zip(*TALES, strict=True)
    plain = small_judge(torch.float64)
    padded = copy.deepcopy(plain)
    alone = torch.cat(
        [rm.scores(plain, lm.encode(plain, [x], [y])) for x, y in TALES]
    )  # one by one: no padding at all
    wide = rm.scores(padded, widened(lm.encode(padded, prompts, responses), left, right, filler))
    torch.testing.assert_close(wide, alone)
    losses = [rm.reward_model_loss(*scores.chunk(2)) for scores in (alone, wide)]
    torch.testing.assert_close(*losses)
    for loss in losses:
        loss.backward()
    for one, other in zip(plain.parameters(), padded.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad, rtol=1e-6, atol=1e-10)


def test_the_gradient_is_that_of_finite_differences():
    """Along directions drawn by chance, and along each number of the head."""
    judge_ = small_judge(torch.float64)
    batch = lm.encode(judge_, *zip(*TALES, strict=True))

    def loss():
        return rm.reward_model_loss(*rm.scores(judge_, batch).chunk(2))

    loss().backward()
    theta = parameters_to_vector(judge_.parameters()).detach()
    gradient = parameters_to_vector([w.grad for w in judge_.parameters()])
    generator = torch.Generator().manual_seed(0)
    directions = torch.randn(5, len(theta), generator=generator, dtype=torch.float64)
    head = torch.eye(len(theta), dtype=torch.float64)[-9:]  # 8 weights and the bias
    for direction in torch.cat([directions, head]):
        ends = []
        for sign in (1, -1):
            vector_to_parameters(theta + sign * 1e-5 * direction, judge_.parameters())
            ends.append(loss().item())
        slope = (ends[0] - ends[1]) / 2e-5
        assert (gradient @ direction).item() == pytest.approx(slope, rel=1e-5, abs=1e-8)


def test_some_rows_lose_only_padding():
    batch = lm.encode(POLICY, ["once", "once upon", "once"], [" a", " a time there", " a time"])
    few = some_rows(batch, torch.tensor([2, 0]))
    torch.testing.assert_close(few.input_ids, batch.input_ids[[2, 0], :4])
    assert few.attention_mask.tolist() == [[1, 1, 1, 1], [1, 1, 1, 0]]
    assert few.completion_mask.tolist() == [[0, 1, 1, 1], [0, 1, 1, 0]]


def test_many_texts_score_as_each_one_alone():
    judge_ = small_judge()
    prompts, responses = zip(*TALES, strict=True)
    many = rm.score_responses(judge_, prompts * 50, responses * 50)  # 300 rows, more than one go
    alone = torch.cat([rm.score_responses(judge_, [x], [y]) for x, y in TALES])
    torch.testing.assert_close(many, alone.repeat(50), rtol=1e-4, atol=1e-5)


def test_a_constant_is_free(labels):
    judge_ = small_judge()
    before = rm.score_pairs(judge_, labels[:40])
    prompts = [pair.prompt for pair in labels[:40]]
    chosen = [pair.chosen for pair in labels[:40]]
    rm.centre(judge_, prompts, chosen)
    rm.centre(judge_, prompts, chosen)  # a second time changes nothing
    after = rm.score_pairs(judge_, labels[:40])
    assert after[0].mean().item() == pytest.approx(0, abs=1e-5)
    assert abs(before[0].mean().item()) > 0.01
    torch.testing.assert_close(rm.reward_model_loss(*after), rm.reward_model_loss(*before))
    assert rm.pair_accuracy(*after) == rm.pair_accuracy(*before)


# learning


@pytest.mark.slow
def test_it_learns_what_the_human_likes(many_pairs, many_labels):
    """On 80 pairs it has not seen: much better than chance, and not better than can be."""
    judge_ = rm.new_reward_model(POLICY)
    records = run(judge_, many_labels[:240], seed=0)
    assert [record.step for record in records] == list(range(1, records[0].steps + 1))
    assert [record.seconds for record in records] == sorted(record.seconds for record in records)
    assert np.mean([record.loss for record in records[-10:]]) < 0.6
    rewards_a, rewards_b = (
        [true_reward(*text) for text in zip(many_pairs[0][240:], side[240:], strict=True)]
        for side in many_pairs[1:]
    )
    best = rm.bayes_accuracy(rewards_a, rewards_b)
    assert 0.68 < rm.pair_accuracy(*rm.score_pairs(judge_, many_labels[240:])) < best + 0.1
    scores = rm.score_responses(judge_, many_pairs[0][240:], many_pairs[1][240:])
    assert rm.correlation(scores, rewards_a) > 0.7


@pytest.mark.slow
def test_twenty_clicks_are_seen(many_pairs):
    """Someone who likes dragons, and says so twenty times, gets a judge who likes dragons."""
    likes = [
        Preference(prompt, *sorted((a, b), key=lambda text: "dragon" not in text))
        for prompt, a, b in zip(*many_pairs, strict=True)
        if ("dragon" in a) != ("dragon" in b)
    ]
    shares = []
    for first in (0, 20, 40):
        judge_ = rm.new_reward_model(POLICY)
        run(judge_, likes[first : first + 20])
        shares.append(rm.pair_accuracy(*rm.score_pairs(judge_, likes[60:])))
    assert len(likes) > 90 and np.mean(shares) > 0.75


def test_the_same_seed_gives_the_same_judge(labels):
    def learnt(seed):
        judge_ = small_judge()
        losses = [record.loss for record in run(judge_, labels[:30], epochs=2, seed=seed)]
        return losses, weights(judge_)

    (losses, first), (losses_again, again), (_, other) = learnt(0), learnt(0), learnt(1)
    assert losses == losses_again and same(first, again)
    assert not same(first, other)


@pytest.mark.slow
def test_a_head_alone_is_a_logistic_regression(many_labels):
    """With the transformer held still, the best head is that of scipy on fixed features."""
    judge_ = small_judge(width=4)
    judge_.model.requires_grad_(False)
    labels = many_labels[:100]
    batch = to_pair_batch(judge_, pair_ids(judge_, labels))
    hidden = judge_.model(batch.input_ids, attention_mask=batch.attention_mask).last_hidden_state
    read = hidden[torch.arange(len(hidden)), batch.attention_mask.sum(-1) - 1].numpy()
    features = (read[: len(labels)] - read[len(labels) :]).astype(np.float64)  # (N, 4)
    best = minimize(lambda w: np.logaddexp(0, -features @ w).mean(), np.zeros(4))
    run(judge_, labels, batch_size=len(labels), epochs=100, learning_rate=0.03)
    found = judge_.head.weight.detach().numpy()[0]
    # The features of a row sum to zero, as the layer norm made them: a constant has no effect.
    np.testing.assert_allclose(found - found.mean(), best.x - best.x.mean(), atol=0.02)
    loss = rm.reward_model_loss(*rm.score_pairs(judge_, labels)).item()
    assert best.fun <= loss + 1e-6 and loss == pytest.approx(best.fun, abs=1e-4)


def test_the_rate_goes_up_and_then_down():
    rates = [fitting._rate(step, 20) for step in range(20)]
    assert rates[:3] == pytest.approx([0.5, 1.0, 1.0]) and rates[-1] == pytest.approx(1 / 18)
    assert fitting._rate(0, 1) == 1.0  # one step only is a whole one


# what goes wrong


def test_an_interrupted_judge_can_be_used_and_taught_on(labels):
    judge_ = small_judge()
    before = weights(judge_)
    steps = rm.fit(judge_, labels[:30], epochs=2)
    for _ in range(3):
        next(steps)
    with pytest.raises(KeyboardInterrupt):
        steps.throw(KeyboardInterrupt)
    assert not same(before, weights(judge_))
    assert all(scores.isfinite().all() for scores in rm.score_pairs(judge_, labels[:9]))
    assert run(judge_, labels[:30], epochs=1)


@pytest.mark.parametrize("settings", [{}, {"epochs": 1, "batch_size": 30}])  # the only step, too
def test_a_rate_that_explodes_is_said_and_undone(labels, settings):
    judge_ = small_judge()
    before = weights(judge_)
    said = r"learning_rate is 1e\+18, but by step 2 it led to .* it was before step 1,"
    with pytest.raises(ValueError, match=said):
        run(judge_, labels[:30], learning_rate=1e18, **settings)
    assert same(before, weights(judge_))


def test_nan_is_said_and_the_best_state_so_far_comes_back(labels):
    judge_ = rm.new_reward_model(POLICY)
    steps = rm.fit(judge_, labels[:1], epochs=20)  # one pair, so that every step is better
    for _ in range(10):
        next(steps)
    before_the_eleventh = weights(judge_)
    next(steps), next(steps)
    with torch.no_grad():
        judge_.head.weight.fill_(math.nan)
    with pytest.raises(ValueError, match="by step 13 it led to nan .* it was before step 11,"):
        next(steps)
    assert same(before_the_eleventh, weights(judge_))


def test_a_step_that_fails_leaves_the_judge_as_it_was(labels):
    judge_ = small_judge()
    steps = rm.fit(judge_, labels[:30])
    next(steps)
    before = weights(judge_)

    def interrupt(*_):
        raise KeyboardInterrupt

    hook = judge_.head.register_full_backward_hook(interrupt)
    with pytest.raises(KeyboardInterrupt):
        next(steps)
    hook.remove()
    assert same(before, weights(judge_)) and run(judge_, labels[:30])


def test_what_an_earlier_cell_left_switched_off_or_on_changes_no_training(labels):
    """Gradients off, dropout on: as if both had been as they should be."""
    found = []
    for left in (True, False):
        judge_ = small_judge()
        for module in judge_.model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.5
        judge_.model.train(not left)
        with torch.set_grad_enabled(left):
            found.append([step.loss for step in run(judge_, labels[:16], epochs=2)])
    assert found[0] == found[1]


def test_a_seed_may_be_numpy_s_and_must_be_one(labels):
    losses = [
        run(small_judge(), labels[:9], epochs=2, seed=seed)[-1].loss for seed in (3, np.int64(3))
    ]
    assert losses[0] == losses[1]
    for seed, error in ((2**70, ValueError), (math.nan, TypeError)):
        with pytest.raises(error, match="seed is"):
            rm.fit(small_judge(), labels[:9], seed=seed)


@pytest.mark.slow
def test_a_judge_may_change_its_mind(labels):
    """Taught the opposite of what it knows, it begins far above log 2, and that is no explosion."""
    judge_ = rm.new_reward_model(POLICY)
    run(judge_, labels[:4], epochs=60)
    other_way = [Preference(pair.prompt, pair.rejected, pair.chosen) for pair in labels[:4]]
    records = run(judge_, other_way, epochs=60)
    assert records[0].loss > 2 * math.log(2) and records[-1].loss < 0.1


def test_a_judge_that_is_broken_from_the_start(labels):
    judge_ = small_judge()
    torch.nn.init.constant_(judge_.head.bias, math.nan)
    with pytest.raises(ValueError, match="reward_model gives nan .*, before any training"):
        run(judge_, labels[:9])


def changed(**fields):
    return Preference(**(vars(A_PAIR) | fields))


@pytest.mark.parametrize(
    "preferences, settings, error, said",
    [
        ([], {}, ValueError, "preferences is empty"),
        ([A_PAIR, changed(chosen=A_PAIR.rejected)], {}, ValueError, r"preferences\[1\] has '"),
        ([changed(chosen="a ", rejected="a")], {}, ValueError, r"preferences\[0\] has 'a '"),
        ([A_PAIR, A_PAIR, changed(chosen="hello")], {}, ValueError, r"preferences\[2\]: 'hello'"),
        ([A_PAIR, changed(rejected=" a" * 60)], {}, ValueError, r"preferences\[1\]: .* tokens"),
        (
            [A_PAIR, changed(rejected=" ")],
            {},
            ValueError,
            r"preferences\[1\] has an empty rejected",
        ),
        ([changed(prompt="")], {}, ValueError, r"preferences\[0\]: prompt is empty"),
        ([A_PAIR, {"prompt": "a"}], {}, TypeError, r"preferences\[1\] is .* a Preference"),
        ([A_PAIR], {"epochs": 0}, ValueError, "epochs is 0"),
        ([A_PAIR], {"batch_size": 2.5}, TypeError, "batch_size is 2.5"),
        ([A_PAIR], {"learning_rate": -1}, ValueError, "learning_rate is -1"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(preferences, settings, error, said):
    """At once, not at the first step."""
    with pytest.raises(error, match=said):
        rm.fit(small_judge(), preferences, **settings)


def test_one_sided_pairs_are_warned_of(labels):
    judge_ = small_judge()
    for field in ("prompt", "chosen", "rejected"):
        fixed = {field: getattr(labels[0], field)}
        one_sided = [Preference(**(vars(pair) | fixed)) for pair in labels[:5]]
        with pytest.warns(UserWarning, match=f"all 5 preferences have the same {field}") as caught:
            rm.fit(judge_, one_sided)
        assert len(caught) == 1 and caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rm.fit(judge_, labels[:5])
        rm.fit(judge_, [A_PAIR])


# writing pairs


def test_collected_pairs_answer_their_prompts_and_differ(pairs):
    prompts, responses_a, responses_b = pairs
    assert prompts == openings(40, seed=1)
    assert all(a != b for a, b in zip(responses_a, responses_b, strict=True))
    few = rm.collect_pairs(POLICY, prompts[:3], seed=5)
    assert few == rm.collect_pairs(POLICY, prompts[:3], seed=5)
    assert few != rm.collect_pairs(POLICY, prompts[:3], seed=6)


def test_twins_are_written_anew_and_left_out_in_the_end(monkeypatch):
    """The first prompt gets twins once, the second always; the third is cut off once."""
    said = {"x": iter("aabc"), "y": itertools.repeat("d"), "z": iter(["e", None, "f", "g"])}
    monkeypatch.setattr(
        writing, "_write", lambda policy, prompts, **_: [next(said[x]) for x in prompts]
    )
    assert rm.collect_pairs(None, ["x", "y", "z"], seed=0) == (["x", "z"], ["b", "f"], ["c", "g"])
    with pytest.raises(
        ValueError, match="no two different, finished responses to any of 2 prompts"
    ):
        rm.collect_pairs(None, ["y", "y"], seed=0)


def test_what_was_cut_off_is_no_response():
    """Unfinished, it would not fit into what a judge can read with its END."""
    assert None not in writing._write(POLICY, [TALES[0][0]])
    assert writing._write(POLICY, ["once upon a"] * 3, max_new_tokens=3) == [None] * 3
    with pytest.raises(ValueError, match="finished responses"):
        rm.collect_pairs(POLICY, ["once upon a"], seed=0, max_new_tokens=3)


def test_pairs_need_prompts():
    with pytest.raises(ValueError, match="prompts is empty"):
        rm.collect_pairs(POLICY, [], seed=0)


# measures


def test_the_numbers_in_the_docstrings():
    assert doctest.testmod(measures).failed == 0


def test_no_judge_beats_bayes_accuracy():
    """Every judge of three pairs: each says a or b, and is right as often as people say so."""
    a, b = np.array([1.0, -0.5, 2.0]), np.array([0.2, 1.5, 2.0])
    a_wins = expit(a - b)
    judges = itertools.product((True, False), repeat=3)
    right = [np.where(says_a, a_wins, 1 - a_wins).mean() for says_a in judges]
    assert rm.bayes_accuracy(a, b) == pytest.approx(max(right))


@pytest.mark.slow
def test_who_knows_the_truth_reaches_bayes_accuracy(many_pairs):
    """Over many choices, within four standard errors."""
    rewards = [
        [true_reward(*text) for text in zip(many_pairs[0], side, strict=True)]
        for side in many_pairs[1:]
    ]
    shares = []
    for seed in range(10):
        choices = label_pairs(*many_pairs, seed=seed)
        chosen = [true_reward(pair.prompt, pair.chosen) for pair in choices]
        rejected = [true_reward(pair.prompt, pair.rejected) for pair in choices]
        shares.append(rm.pair_accuracy(chosen, rejected))
    error = 0.5 / math.sqrt(10 * len(many_pairs[0]))
    assert np.mean(shares) == pytest.approx(rm.bayes_accuracy(*rewards), abs=4 * error)


def test_correlation_is_numpys_and_knows_no_zero_and_no_scale():
    scores, rewards = np.random.default_rng(0).normal(size=(2, 50))
    wanted = np.corrcoef(scores, rewards)[0, 1]
    assert rm.correlation(scores, rewards) == pytest.approx(wanted, abs=1e-6)
    assert rm.correlation(3 * scores + 7, rewards) == pytest.approx(wanted, abs=1e-5)
    assert rm.correlation(-scores, rewards) == pytest.approx(-wanted, abs=1e-6)
    assert rm.correlation([1.0, 2.0], torch.tensor([3.0, 1.0], requires_grad=True)) == -1
    half = [torch.tensor(one).half() for one in (scores, rewards)]
    wanted = np.corrcoef(*(one.double().numpy() for one in half))[0, 1]
    assert rm.correlation(*half) == pytest.approx(wanted, abs=1e-9)


def test_calibration_by_hand():
    """P of the favourites: 2/3 (chosen), 2/3 (not), 0.95 (chosen), 1/2 (a tie, half chosen)."""
    gaps = [math.log(2), -math.log(2), math.log(19), 0.0]
    found = rm.calibration(gaps, [0.0] * 4, bins=5)
    assert len(rm.calibration(gaps, [0.0] * 4, bins=10_000).predicted) == 10_000  # the most
    np.testing.assert_allclose(found.predicted, [0.5, 2 / 3, np.nan, np.nan, 0.95], rtol=1e-5)
    np.testing.assert_allclose(found.observed, [0.5, 0.5, np.nan, np.nan, 1.0])
    assert found.counts.tolist() == [1, 2, 0, 0, 1]
    assert rm.calibration([0.0], [0.0], bins=3).counts.tolist() == [1, 0, 0]
    assert len(rm.calibration([0.0], [0.0]).counts) == 10


def test_calibration_tells_the_sure_from_the_too_sure():
    """10 000 choices by Bradley-Terry: the true gaps foretell them, three times the gaps do not."""
    dice = np.random.default_rng(0)
    gaps = dice.normal(scale=2, size=10_000)
    signed = np.where(dice.random(10_000) < expit(gaps), gaps, -gaps)  # chosen minus rejected
    for scale, fits in ((1, True), (3, False)):
        found = rm.calibration(scale * signed, 0 * signed)
        error = np.sqrt(found.predicted * (1 - found.predicted) / found.counts)
        assert (np.abs(found.predicted - found.observed) < 4 * error).all() == fits
        assert found.counts.sum() == 10_000


@pytest.mark.parametrize(
    "bad, said",
    [
        (lambda: rm.pair_accuracy([], []), "chosen_scores is empty"),
        (lambda: rm.pair_accuracy([1.0], [math.nan]), "rejected_scores holds nan"),
        (lambda: rm.bayes_accuracy([1.0, 2.0], [1.0]), "with N = 2, as in rewards_a"),
        (lambda: rm.correlation([1.0, 1.0], [1.0, 2.0]), "scores must have at least two different"),
        (lambda: rm.correlation([1.0, 2.0], [1.0]), "rewards has shape"),
        (lambda: rm.calibration([1.0], [2.0], bins=0), "bins is 0"),
        (lambda: rm.calibration([1.0], [2.0], bins=10_001), "bins is 10001"),
    ],
)
def test_measures_refuse_what_they_cannot_measure(bad, said):
    with pytest.raises(ValueError, match=said):
        bad()


# files


def test_a_saved_judge_comes_back_to_the_last_bit(tmp_path):
    judge_ = small_judge()
    rm.centre(judge_, *zip(*TALES, strict=True))
    lm.save_policy(POLICY, tmp_path)
    rm.save_reward_model(judge_, tmp_path)  # both have room in one folder
    again = rm.load_reward_model(tmp_path, device="cpu")
    assert again.offset == judge_.offset != 0 and same(weights(judge_), weights(again))
    texts = list(zip(*TALES, strict=True))
    assert torch.equal(rm.score_responses(judge_, *texts), rm.score_responses(again, *texts))
    policy = lm.load_policy("cpu", folder=tmp_path)
    assert same(policy.model.parameters(), POLICY.model.parameters())


def test_a_failed_save_leaves_the_old_judge(tmp_path, monkeypatch):
    rm.save_reward_model(small_judge(), tmp_path)
    folder = tmp_path / "reward_model"
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    other = small_judge(seed=1)
    monkeypatch.setattr(other.model, "save_pretrained", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        rm.save_reward_model(other, tmp_path)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_a_judge_that_cannot_be_loaded(tmp_path):
    with pytest.raises(FileNotFoundError, match="no head.safetensors"):
        rm.load_reward_model(tmp_path, device="cpu")
    with pytest.raises(ValueError, match="device is 'gpu'"):
        rm.load_reward_model(tmp_path, device="gpu")
    (tmp_path / "reward_model.safetensors").touch()
    with pytest.raises(ValueError, match="reward_model.safetensors is of an earlier version"):
        rm.load_reward_model(tmp_path, device="cpu")
