"""The whole cycle, in worlds small enough to know the answer.

One-word answers can be listed, so the end of the training is known beforehand:
policy*(y) = reference(y) exp(r(y) / beta) / Z, Rafailov et al. 2023, eq. 4.
"""

import copy
import io
import math

import numpy as np
import pytest
import torch

from pedagogy.human import true_reward
from pedagogy.maths.divergence import kl_divergence
from pedagogy.policy import load_policy, next_word_logits, response_logps, sample
from pedagogy.rlhf import load_run, new_run, rlhf, save_run
from pedagogy.rlhf.experience import collect_experience, logps_and_values
from pedagogy.rlhf.update import critic_loss, ppo_update
from pedagogy.stories import FIRST_PROMPT, openings
from pedagogy.training import rows
from pedagogy.training.run import packed

RUN = new_run(load_policy("cpu"))
LOSSES = {"clip_epsilon": 0.2, "value_clip": 0.2, "value_weight": 0.1}


def rewards_of_words(policy):
    """The human's reward of every one-word answer; the two marks get the worst."""
    words = policy.tokenizer.convert_ids_to_tokens(range(len(policy.tokenizer)))
    return torch.tensor([-2.0 if w[0] == "<" else true_reward(FIRST_PROMPT, w) for w in words])


def likes_bread(samples):
    return torch.tensor([float("bread" in response) for response in samples.responses])


def train(run, iterations, reward_fn=likes_bread, **settings):
    settings = {"beta": 0.1, "batch_size": 16} | settings
    return list(rlhf(run, reward_fn, openings(20, seed=1), iterations=iterations, **settings))


def state(run):
    """All that a run is made of, as bytes: what must not change when a step fails."""
    buffer = io.BytesIO()
    torch.save(packed(run), buffer)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def plain():
    """The first iteration of a run that likes bread, seed 0."""
    return train(new_run(load_policy("cpu"), seed=0), 1)[0]


def test_the_kl_of_one_word_is_enumerated_whatever_was_sampled():
    """That one-word answers arrive at the exact optimum: test_explore_compare.py, both methods."""
    policy = load_policy("cpu")
    rewards = rewards_of_words(policy)
    before = torch.softmax(next_word_logits(policy, FIRST_PROMPT), dim=-1)
    run = new_run(policy, seed=0)
    list(
        rlhf(run, lambda samples: rewards[samples.input_ids[:, -1]], [FIRST_PROMPT], beta=0.5,
             iterations=3, batch_size=64, minibatches=1, max_new_tokens=1)
    )  # fmt: skip
    trained = torch.softmax(next_word_logits(policy, FIRST_PROMPT), dim=-1)
    exact = float(kl_divergence(trained, before))
    few = sample(policy, [FIRST_PROMPT] * 3, max_new_tokens=1)
    _, kl, _ = collect_experience(run, few, torch.zeros(3), beta=0.5)
    assert kl.item() == pytest.approx(exact, abs=1e-5) and exact > 0.01


def test_the_same_seed_gives_the_same_run_and_the_reference_stands_still():
    one, two = (new_run(load_policy("cpu"), seed=3) for _ in range(2))
    told = [[(r.proxy_reward, r.kl, r.samples) for r in train(run, 2)] for run in (one, two)]
    assert told[0] == told[1]
    fresh = load_policy("cpu").model.state_dict()
    assert all(torch.equal(fresh[k], v) for k, v in one.reference.model.state_dict().items())


def test_the_first_iteration_starts_at_the_reference_with_ratio_one():
    run = new_run(load_policy("cpu"), seed=0)
    samples = sample(run.policy, openings(8, seed=2), generator=run.generator)
    experience, kl, _ = collect_experience(run, samples, torch.zeros(8), beta=0.1)
    assert kl == 0  # not a word has moved
    logps, _, _ = logps_and_values(run.policy, run.critic, samples)
    assert torch.equal(logps, experience.logps)
    assert not experience.advantages.any()  # no score, no change: nothing to learn
    before = {k: v.clone() for k, v in run.policy.model.state_dict().items()}
    ppo_update(run, experience, epochs=1, minibatches=1, **LOSSES)
    after = run.policy.model.state_dict()
    assert all(torch.allclose(before[k], after[k], atol=1e-6) for k in before)


@pytest.mark.slow
def test_what_the_judge_likes_becomes_more_likely_and_the_kl_is_what_log_ratios_say():
    run = new_run(load_policy("cpu"), seed=0)
    done = train(run, 12)
    first = sum(r.proxy_reward for r in done[:3])
    assert sum(r.proxy_reward for r in done[-3:]) > 2 * first
    assert done[-1].kl > done[0].kl == 0
    # The KL of whole stories, enumerated at each word, is their log ratio on average.
    tales = sample(run.policy, openings(400, seed=9), generator=run.generator)
    _, kl, _ = collect_experience(run, tales, torch.zeros(400), beta=0.1)
    log_ratios = [
        response_logps(writer, tales.prompts, tales.responses).detach()
        for writer in (run.policy, run.reference)
    ]
    k1 = log_ratios[0] - log_ratios[1]
    assert kl.item() == pytest.approx(k1.mean().item(), abs=4 * k1.std().item() / 20)
    assert kl > 0.1


@pytest.mark.slow
def test_a_saved_run_goes_on_as_it_would_have_gone_on(tmp_path):
    whole = new_run(load_policy("cpu"), seed=5)
    expected = train(whole, 4)
    half = new_run(load_policy("cpu"), seed=5)
    train(half, 2)
    save_run(half, tmp_path)
    again = load_run(tmp_path, load_policy("cpu"))
    assert again.iterations == half.iterations and again.learning_rate == half.learning_rate
    train(again, 2)
    for one, other in zip(expected, again.iterations, strict=True):
        assert one.samples == other.samples
        assert one.kl == pytest.approx(other.kl, abs=1e-6)
    save_run(again, tmp_path)  # over the old one
    assert len(load_run(tmp_path, load_policy("cpu")).iterations) == 4


def test_an_interrupted_run_is_usable():
    run = new_run(load_policy("cpu"), seed=0)
    going = rlhf(run, likes_bread, openings(9, seed=1), beta=0.1, iterations=50, batch_size=4)
    next(going)
    next(going)
    going.close()
    assert [r.number for r in run.iterations] == [1, 2]
    assert sample(run.policy, [FIRST_PROMPT]).responses[0]


def test_a_learning_rate_that_explodes_is_said_and_the_last_good_policy_kept():
    run = new_run(load_policy("cpu"), learning_rate=0.3, seed=0)
    before = {k: v.clone() for k, v in run.policy.model.state_dict().items()}
    with pytest.raises(ValueError, match=r"learning_rate is 0.3, but with it iteration 1 moved"):
        train(run, 3)
    after = run.policy.model.state_dict()
    assert all(torch.equal(before[k], after[k]) for k in before) and run.iterations == []
    assert not run.optimiser.state  # nor does Adam remember anything of it


def test_samples_that_find_no_end_are_warned_of():
    run = new_run(load_policy("cpu"), seed=0)
    end = run.policy.end_id
    run.policy.model.lm_head.register_forward_hook(
        lambda _module, _inputs, logits: logits.index_fill(-1, torch.tensor(end), -1e4)
    )
    with pytest.warns(UserWarning, match="no sample of iteration 1 found its end"):
        (only,) = train(run, 1)
    assert only.truncated == 1


@pytest.mark.parametrize(
    "change, error, said",
    [
        ({"beta": -1}, ValueError, "beta is -1"),
        ({"iterations": 0}, ValueError, "iterations is 0"),
        ({"batch_size": "4"}, TypeError, "batch_size is '4'"),
        ({"gamma": 1.5}, ValueError, "gamma is 1.5, but it must be between 0 and 1"),
        ({"clip_epsilon": 0}, ValueError, "clip_epsilon is 0"),
        ({"value_clip": -1}, ValueError, "value_clip is -1"),
        ({"samples_per_prompt": 3}, ValueError, "batch_size is 4, but it must be a multiple"),
        ({"prompts": []}, ValueError, "prompts is empty"),
        ({"prompts": "once upon a"}, TypeError, "prompts is 'once upon a', but it must be a list"),
        ({"prompts": ["once", "hello"]}, ValueError, r"prompts\[1\]: 'hello'"),
        ({"prompts": ["once", 3]}, TypeError, r"prompts\[1\] is"),
        ({"max_new_tokens": 63}, ValueError, "max_new_tokens is 63, but beside the longest"),
    ],
)
def test_bad_input_is_said_at_once(change, error, said):
    """At the call, not at the first iteration, and not at the one that draws a bad prompt."""
    settings = {"prompts": [FIRST_PROMPT], "beta": 1, "iterations": 1, "batch_size": 4} | change
    with pytest.raises(error, match=said):
        rlhf(RUN, likes_bread, settings.pop("prompts"), **settings)


def test_a_run_needs_a_positive_rate_and_a_seed_that_is_one():
    with pytest.raises(ValueError, match="learning_rate is 0"):
        new_run(RUN.policy, learning_rate=0)
    for seed, error in ((2**70, ValueError), (math.nan, TypeError), ("3", TypeError)):
        with pytest.raises(error, match="seed is"):
            new_run(RUN.policy, seed=seed)


def test_numbers_of_numpy_and_torch_train_as_plain_ones_do(tmp_path):
    plain = new_run(load_policy("cpu"), learning_rate=1e-3, seed=3)
    other = new_run(load_policy("cpu"), learning_rate=np.float64(1e-3), seed=np.int64(3))
    train(plain, 1, epochs=1, minibatches=2)
    train(other, np.int32(1), epochs=np.int64(1), minibatches=np.int8(2), beta=torch.tensor(0.1),
          batch_size=np.int64(16), true_reward=lambda *_: np.float32(1.5))  # fmt: skip
    one, two = (vars(run.iterations[0]) | {"seconds": 0} for run in (plain, other))
    assert two == one | {"true_reward": 1.5}
    save_run(other, tmp_path)
    assert load_run(tmp_path, load_policy("cpu")).iterations == other.iterations


# what a reward function may say


@pytest.mark.parametrize(
    "said",
    [
        lambda bread: bread.long(),
        lambda bread: bread.bool(),
        lambda bread: bread.half(),
        lambda bread: bread.tolist(),
        lambda bread: bread.double().numpy(),
    ],
    ids=["whole numbers", "bools", "float16", "list", "numpy"],
)
def test_rewards_of_any_kind_are_numbers(plain, said):
    run = new_run(load_policy("cpu"), seed=0)
    (found,) = train(run, 1, lambda samples: said(likes_bread(samples)))
    assert (found.proxy_reward, found.value_loss) == (plain.proxy_reward, plain.value_loss)


@pytest.mark.parametrize(
    "reward_fn, error, said",
    [
        (lambda _: torch.full((16,), math.nan), ValueError, "reward_fn holds nan"),
        (lambda _: torch.zeros(16, 1), ValueError, r"rewards of shape \(16, 1\) for 16 resp"),
        (lambda _: 1.0, ValueError, r"rewards of shape \(\) for 16"),
        (lambda _: None, TypeError, "reward_fn is None"),
    ],
)
def test_rewards_that_are_none_are_said_and_the_run_left_alone(reward_fn, error, said):
    run = new_run(load_policy("cpu"), seed=0)
    before = state(run)
    with pytest.raises(error, match=said):
        train(run, 1, reward_fn)
    assert state(run) == before


# all or nothing


def after(forwards, error):
    """A hook that ends a training at the forward pass of this number."""
    left = iter(range(forwards))

    def hook(*_):
        if next(left, None) is None:
            raise error

    return hook


FEW = {"batch_size": 4, "max_new_tokens": 8}


@pytest.fixture(scope="module")
def whole():
    """A run of two iterations that nothing ends."""
    train(run := new_run(load_policy("cpu"), seed=5), 2, **FEW)
    return run


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError("broken")])
@pytest.mark.parametrize("where", ["writing", "second step", "end"])
def test_an_iteration_that_fails_leaves_everything_as_it_was(whole, where, error):
    """Weights, Adam's memory, generator, record: to the last bit; and then it goes on."""
    run = new_run(load_policy("cpu"), seed=5)
    train(run, 1, **FEW)
    before = state(run)
    if where == "writing":
        hook = run.policy.model.register_forward_hook(after(3, error))
    else:  # a critic is asked once for the experience, at each step, and at the end
        hook = run.critic.register_forward_hook(after(2 if where == "second step" else 5, error))
    with pytest.raises(type(error) if isinstance(error, Exception) else error):
        train(run, 1, **FEW)
    hook.remove()
    assert state(run) == before
    train(run, 1, **FEW)
    assert run.iterations[1].samples == whole.iterations[1].samples
    assert run.iterations[1].value_loss == whole.iterations[1].value_loss
    assert whole.policy.model.lm_head.weight.equal(run.policy.model.lm_head.weight)


def test_gradients_that_an_earlier_cell_switched_off_are_on_while_training(plain):
    with torch.set_grad_enabled(False):
        (found,) = train(new_run(load_policy("cpu"), seed=0), 1)
        assert not torch.is_grad_enabled()
    assert found.value_loss == plain.value_loss


def test_a_policy_that_comes_with_dropout_on_is_trained_without():
    policy = load_policy("cpu")
    for module in policy.model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.5
    policy.model.train()
    (only,) = train(new_run(policy, learning_rate=1e-9, seed=0), 1)
    assert only.kl == 0 and only.clip_fraction == 0


# advantages


@pytest.mark.slow
def test_advantages_against_the_batch_mean_need_no_critic(tmp_path):
    """REINFORCE with a baseline, on answers of one word, arrives at the exact optimum too."""
    seen = []

    def batch_mean(experience, gamma, lam):
        seen.append(experience)
        returns = experience.rewards.sum(-1, keepdim=True)  # (B, 1)
        return (returns - returns.mean()) * experience.mask

    policy = load_policy("cpu")
    rewards = rewards_of_words(policy)
    logits = next_word_logits(policy, FIRST_PROMPT)
    run = new_run(policy, seed=0, critic=False)
    for run.learning_rate, iterations in [(1e-3, 16), (2e-4, 4)]:
        list(
            rlhf(run, lambda samples: rewards[samples.input_ids[:, -1]], [FIRST_PROMPT], beta=0.5,
                 iterations=iterations, batch_size=256, minibatches=1, max_new_tokens=1,
                 advantages=batch_mean)
        )  # fmt: skip
    trained = torch.softmax(next_word_logits(policy, FIRST_PROMPT), dim=-1)
    assert kl_divergence(trained, torch.softmax(logits + rewards / 0.5, dim=-1)) < 0.01
    assert seen[0].values is None and run.iterations[-1].value_loss == 0
    save_run(run, tmp_path)
    assert load_run(tmp_path, load_policy("cpu")).critic is None
    with pytest.raises(ValueError, match="run has no critic, but gae_advantages"):
        train(run, 1)


def test_samples_of_one_prompt_stand_together_for_advantages_by_group():
    """GRPO: within each group of four the advantages have mean 0; each group has one prompt."""
    seen = []

    def by_group(experience, gamma, lam):
        returns = experience.rewards.sum(-1).view(-1, 4)  # (groups, 4)
        ahead = (returns - returns.mean(-1, keepdim=True)) / (returns.std(-1, keepdim=True) + 1e-4)
        seen.append((experience.samples.prompts, ahead))
        return ahead.flatten()[:, None] * experience.mask

    train(new_run(load_policy("cpu"), seed=0, critic=False), 1, lambda s: s.completion_mask.sum(-1),
          samples_per_prompt=4, advantages=by_group)  # fmt: skip
    ((prompts, ahead),) = seen
    assert prompts == [prompt for prompt in prompts[::4] for _ in range(4)]
    assert len(set(prompts)) > 1 and ahead.abs().max() > 0.5
    torch.testing.assert_close(ahead.mean(-1), torch.zeros(4), atol=1e-5, rtol=0)


@pytest.mark.parametrize("bad", [lambda *_: None, lambda e, *_: e.rewards.sum(-1)])
def test_advantages_that_are_not_one_for_each_token_are_said(bad):
    with pytest.raises(ValueError, match=r"advantages gave .* tensor of shape \(16, "):
        train(new_run(load_policy("cpu")), 1, advantages=bad)


# the critic


def test_the_critic_s_loss_by_hand():
    """V = 2, before 1, aim 3: (2 - 3)² / 2 freely; within 0.5 of before, (1.5 - 3)² / 2."""
    v, before, aim = torch.tensor([[2.0], [1.0], [3.0]])
    assert critic_loss(v, before, aim, None).item() == 0.5
    assert critic_loss(v, before, aim, 0.5).item() == 1.125


def test_end_in_the_padding_ends_no_sample():
    """Where END fills up the rows, as in GPT-2, only one that was written counts."""
    policy = load_policy("cpu")
    policy.tokenizer = copy.deepcopy(policy.tokenizer)
    policy.tokenizer.pad_token = None
    assert policy.pad_id == policy.end_id
    prompts = ["once upon a time there was a", "a"]  # the shorter one is padded
    run = new_run(policy, seed=0)
    (only,) = rlhf(run, likes_bread, prompts, beta=0, iterations=1, batch_size=8, max_new_tokens=1)
    assert only.truncated == 1


# memory


def test_rows_in_parts_give_the_numbers_of_all_rows_at_once(monkeypatch):
    """A limit of three rows' logits, and none: the same measures and weights to 1e-6."""
    prompts, found = openings(20, seed=1), []
    for limit in (3 * 64 * 219, 2**40):
        monkeypatch.setattr(rows, "AT_ONCE", limit)
        run = new_run(load_policy("cpu"), seed=2)
        samples = sample(run.policy, prompts[:7], generator=run.generator)
        scores = samples.completion_mask.sum(-1).float()
        experience, kl, entropy = collect_experience(run, samples, scores, beta=0.1)
        numbers = ppo_update(run, experience, epochs=1, minibatches=1, **LOSSES)
        weights = torch.cat([p.flatten() for p in run.policy.model.parameters()])
        found.append((torch.stack([kl, entropy, *map(torch.tensor, numbers)]), weights))
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, atol=3e-6, rtol=1e-5)
