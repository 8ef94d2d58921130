"""The whole cycle, in worlds small enough to know the answer.

One-word answers can be listed, so the end of the training is known beforehand:
policy*(y) = reference(y) exp(r(y) / beta) / Z, Rafailov et al. 2023, eq. 4.
"""

import math

import pytest
import torch

from pedagogy.human import true_reward
from pedagogy.maths.divergence import kl_divergence
from pedagogy.policy import load_policy, next_word_logits, response_logps, sample
from pedagogy.rlhf import load_run, new_run, rlhf, save_run
from pedagogy.rlhf.steps import improve, logps_and_values, weigh
from pedagogy.stories import FIRST_PROMPT, openings


def rewards_of_words(policy):
    """The human's reward of every one-word answer; the two marks get the worst."""
    words = policy.tokenizer.convert_ids_to_tokens(range(len(policy.tokenizer)))
    return torch.tensor([-2.0 if w[0] == "<" else true_reward(FIRST_PROMPT, w) for w in words])


def likes_bread(samples):
    return torch.tensor([float("bread" in response) for response in samples.responses])


def train(run, rounds, judge=likes_bread, **settings):
    prompts = openings(20, seed=1)
    return list(rlhf(run, judge, prompts, beta=0.1, rounds=rounds, stories=16, **settings))


@pytest.mark.training
@pytest.mark.parametrize("beta", [0.5, 2.0])
def test_one_word_answers_arrive_at_the_exact_optimum(beta):
    policy = load_policy("cpu")
    rewards = rewards_of_words(policy)
    logits = next_word_logits(policy, FIRST_PROMPT)
    optimum = torch.softmax(logits + rewards / beta, dim=-1)
    run = new_run(policy, seed=0)
    for run.learning_rate, rounds in [(1e-3, 20), (2e-4, 8)]:
        list(
            rlhf(run, lambda samples: rewards[samples.input_ids[:, -1]], [FIRST_PROMPT],
                 beta=beta, rounds=rounds, stories=256, minibatches=1, max_new_tokens=1)
        )  # fmt: skip
    trained = torch.softmax(next_word_logits(policy, FIRST_PROMPT), dim=-1)
    before = kl_divergence(torch.softmax(logits, dim=-1), optimum)
    assert kl_divergence(trained, optimum) < 0.005 < before
    exact = float(kl_divergence(trained, torch.softmax(logits, dim=-1)))
    few = sample(policy, [FIRST_PROMPT] * 3, max_new_tokens=1)
    _, kl, _ = weigh(run, few, torch.zeros(3), beta=beta, gamma=1.0, lam=1.0)
    assert kl == pytest.approx(exact, abs=1e-5)  # one word is enumerated, whatever was sampled


def test_the_same_seed_gives_the_same_run_and_the_reference_stands_still():
    one, two = (new_run(load_policy("cpu"), seed=3) for _ in range(2))
    told = [[(r.proxy_reward, r.kl, r.stories) for r in train(run, 2)] for run in (one, two)]
    assert told[0] == told[1]
    fresh = load_policy("cpu").model.state_dict()
    assert all(torch.equal(fresh[k], v) for k, v in one.reference.model.state_dict().items())


def test_the_first_round_starts_at_the_reference_with_ratio_one():
    run = new_run(load_policy("cpu"), seed=0)
    samples = sample(run.policy, openings(8, seed=2), generator=run.dice)
    experience, kl, _ = weigh(run, samples, torch.zeros(8), beta=0.1, gamma=1.0, lam=0.95)
    assert kl == 0  # not a word has moved
    logps, _, _ = logps_and_values(run.policy, run.critic, samples)
    assert torch.equal(logps, experience.old_logps)
    assert not experience.advantages.any()  # no score, no change: nothing to learn
    before = {k: v.clone() for k, v in run.policy.model.state_dict().items()}
    improve(run, experience, epochs=1, minibatches=1, clip_epsilon=0.2)
    after = run.policy.model.state_dict()
    assert all(torch.allclose(before[k], after[k], atol=1e-6) for k in before)


@pytest.mark.training
def test_the_kl_of_whole_stories_is_what_their_log_ratios_say_on_average():
    run = new_run(load_policy("cpu"), seed=0)
    train(run, 12)
    stories = sample(run.policy, openings(400, seed=9), generator=run.dice)
    _, kl, _ = weigh(run, stories, torch.zeros(400), beta=0.1, gamma=1.0, lam=1.0)
    log_ratios = [
        response_logps(writer, stories.prompts, stories.responses).detach()
        for writer in (run.policy, run.reference)
    ]
    k1 = log_ratios[0] - log_ratios[1]
    assert kl == pytest.approx(k1.mean().item(), abs=4 * k1.std().item() / 20)
    assert kl > 0.1


@pytest.mark.training
def test_what_the_judge_likes_becomes_more_likely():
    run = new_run(load_policy("cpu"), seed=0)
    rounds = train(run, 12)
    first = sum(r.proxy_reward for r in rounds[:3])
    assert sum(r.proxy_reward for r in rounds[-3:]) > 2 * first
    assert rounds[-1].kl > rounds[0].kl == 0


def test_a_saved_run_goes_on_as_it_would_have_gone_on(tmp_path):
    whole = new_run(load_policy("cpu"), seed=5)
    expected = train(whole, 4)
    half = new_run(load_policy("cpu"), seed=5)
    train(half, 2)
    save_run(half, tmp_path)
    again = load_run(tmp_path, load_policy("cpu"))
    assert again.rounds == half.rounds and again.learning_rate == half.learning_rate
    train(again, 2)
    for one, other in zip(expected, again.rounds, strict=True):
        assert one.stories == other.stories
        assert one.kl == pytest.approx(other.kl, abs=1e-6)
    save_run(again, tmp_path)  # over the old one
    assert len(load_run(tmp_path, load_policy("cpu")).rounds) == 4


def test_an_interrupted_run_is_usable():
    run = new_run(load_policy("cpu"), seed=0)
    going = rlhf(run, likes_bread, openings(9, seed=1), beta=0.1, rounds=50, stories=4)
    next(going)
    next(going)
    going.close()
    assert [r.number for r in run.rounds] == [1, 2]
    assert sample(run.policy, [FIRST_PROMPT]).responses[0]


def test_a_learning_rate_that_explodes_is_said_and_the_last_good_policy_kept():
    run = new_run(load_policy("cpu"), learning_rate=0.3, seed=0)
    before = {k: v.clone() for k, v in run.policy.model.state_dict().items()}
    with pytest.raises(ValueError, match=r"learning_rate is 0.3, but with it round 1 moved"):
        train(run, 3)
    after = run.policy.model.state_dict()
    assert all(torch.equal(before[k], after[k]) for k in before) and run.rounds == []


def test_a_judge_that_answers_nan_is_said_and_the_policy_left_alone():
    run = new_run(load_policy("cpu"), seed=0)
    with pytest.raises(ValueError, match="scores"):
        train(run, 1, judge=lambda samples: torch.full((16,), math.nan))
    assert run.rounds == []


def test_stories_that_find_no_end_are_warned_of():
    run = new_run(load_policy("cpu"), seed=0)
    end = run.policy.end_id
    run.policy.model.lm_head.register_forward_hook(
        lambda _module, _inputs, logits: logits.index_fill(-1, torch.tensor(end), -1e4)
    )
    with pytest.warns(UserWarning, match="no story of round 1 found its end"):
        (only,) = train(run, 1)
    assert only.cut == 1


def test_bad_input_is_said(tmp_path):
    with pytest.raises(ValueError, match="learning_rate is 0"):
        new_run(load_policy("cpu"), learning_rate=0)
    with pytest.raises(FileNotFoundError, match="run.safetensors"):
        load_run(tmp_path, load_policy("cpu"))
    run = new_run(load_policy("cpu"))
    with pytest.raises(ValueError, match="beta is -1"):
        list(rlhf(run, likes_bread, [FIRST_PROMPT], beta=-1, rounds=1, stories=2))
    with pytest.raises(ValueError, match="rounds"):
        list(rlhf(run, likes_bread, [FIRST_PROMPT], beta=1, rounds=0))
    with pytest.raises(ValueError, match="prompts is empty"):
        list(rlhf(run, likes_bread, [], beta=1, rounds=1))
