"""What stands on a GPU is computed there, and is what the CPU computes."""

import copy
import dataclasses

import pytest
import torch
import transformers as tf
from test_formulas import AT_ONCE, BY_ROWS, each, tensors
from test_many_models import KINDS, PAIRS, PROMPTS, letters, oracle, seeded, tiny

from pedagogy import dpo, explore, human, maths, rlhf
from pedagogy import policy as lm
from pedagogy import reward_model as rm
from pedagogy.compare import best_of_n, compare, measure_cost
from pedagogy.critic import fit_critic
from pedagogy.dpo.pairs import may_share, pair_logps
from pedagogy.maths.sampled_optimum import sampled_optimum
from pedagogy.policy.pairs import pair_ids
from pedagogy.stories import openings

if not torch.cuda.is_available():
    pytest.skip("no GPU here: what runs on one is not tested", allow_module_level=True)

# Dice of the CPU; float64, which not every device has.
ON_THE_CPU = (maths.simulate_comparisons, sampled_optimum)


def on_gpu(policy):
    """A copy of a policy, or of a judge, on the GPU."""
    moved = copy.deepcopy(policy)
    moved.model.to("cuda")
    if isinstance(moved, rm.RewardModel):
        moved.head.to("cuda")
    return moved


def same(found, wanted, rtol=1e-4, atol=2e-4):
    torch.testing.assert_close(found.cpu(), wanted, rtol=rtol, atol=atol)


@each(BY_ROWS + AT_ONCE)
def test_a_formula_stays_on_the_device_of_its_numbers(function, call):
    moved = {name: value.cuda() for name, value in tensors(call).items()}
    here, there = function(**call), function(**call | moved)
    for wanted, found in zip(numbers_in(here), numbers_in(there), strict=True):
        if isinstance(wanted, torch.Tensor):
            assert found.is_cuda or function in ON_THE_CPU
            same(found, wanted)
        else:
            assert found == pytest.approx(wanted)


@each([row for row in BY_ROWS + AT_ONCE if len(tensors(row[1])) > 1])
def test_lists_follow_the_tensors_and_tensors_of_two_devices_are_refused(function, call):
    moved = {name: value.cuda() for name, value in tensors(call).items()}
    wanted = numbers_in(function(**call | moved))
    for name, value in tensors(call).items():
        found = numbers_in(function(**call | moved | {name: value.tolist()}))
        for one, other in zip(found, wanted, strict=True):
            torch.testing.assert_close(one, other, check_dtype=False)  # and the same device
        if value.dim():
            with pytest.raises(ValueError, match=f"{name} is on cpu|on cpu: they must be on one"):
                function(**call | moved | {name: value})


def numbers_in(found):
    found = vars(found).values() if dataclasses.is_dataclass(found) else found
    return found if isinstance(found, tuple | type({}.values())) else [found]


@pytest.mark.parametrize("kind", KINDS)
def test_log_probabilities_are_those_of_a_row_alone_on_the_cpu(kind):
    policy = tiny(kind)
    moved = on_gpu(policy)
    prompts = [p.prompt for p in PAIRS] * 2
    responses = [p.chosen for p in PAIRS] + [p.rejected for p in PAIRS]
    same(lm.response_logps(moved, prompts, responses).detach(), oracle(policy), atol=2e-3)
    pairs = pair_ids(moved, PAIRS)
    shared = may_share(moved, pairs)
    assert shared == may_share(policy, pairs)
    found = torch.cat(pair_logps(moved, pairs, shared)).detach()
    same(found, oracle(policy), atol=2e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_generator_draws_the_same_words(kind):
    """A generator of the CPU gives the same chances, so only a bet on a knife's edge may differ."""
    policy = tiny(kind)
    words = {"max_new_tokens": 12, "temperature": 0.7}
    here = lm.sample(policy, PROMPTS * 4, **words, generator=seeded())
    there = lm.sample(on_gpu(policy), PROMPTS * 4, **words, generator=seeded())
    assert there.input_ids.is_cuda
    assert sum(map(str.__eq__, here.responses, there.responses)) >= 7


def numbers_of(steps, names):
    return torch.tensor([[getattr(step, name) for name in names] for step in steps])


@pytest.mark.parametrize("kind", KINDS)
def test_a_training_goes_as_on_the_cpu(kind, tmp_path):
    """Three steps of DPO, four of a judge; and a run that the GPU saved goes on on the CPU."""
    policy = tiny(kind)
    courses, fits = [], []
    for here in (policy, on_gpu(policy)):
        run = dpo.new_run(copy.deepcopy(here), learning_rate=1e-3)
        steps = list(dpo.fit(run, PAIRS, beta=0.1, steps=3))
        courses.append(numbers_of(steps, ("loss", "chosen_logp", "rejected_logp")))
        judge = rm.new_reward_model(here)
        fits.append(torch.tensor([step.loss for step in rm.fit(judge, PAIRS, epochs=4)]))
    same(courses[1], courses[0], atol=2e-2)
    same(fits[1], fits[0], atol=2e-3)
    dpo.save_run(run, tmp_path)
    again = dpo.load_run(tmp_path, policy)
    assert again.policy.device.type == "cpu" and len(again.steps) == 3
    for left, right in zip(
        run.policy.model.parameters(), again.policy.model.parameters(), strict=True
    ):
        assert torch.equal(left.cpu(), right)
    next(dpo.fit(again, PAIRS, beta=0.1, steps=1))
    dpo.save_run(again, tmp_path)
    back = dpo.load_run(tmp_path, on_gpu(policy))
    next(dpo.fit(back, PAIRS, beta=0.1, steps=1))
    assert len(back.steps) == 5


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("kind", KINDS)
def test_rlhf_runs_in_every_precision(kind, dtype):
    policy = on_gpu(tiny(kind, dtype))
    judge = rm.new_reward_model(policy)
    list(rm.fit(judge, PAIRS, epochs=1))
    run = rlhf.new_run(policy, learning_rate=1e-6)
    settings = {"beta": 0.1, "batch_size": 4, "max_new_tokens": 6, "iterations": 2}
    first, _ = rlhf.rlhf(run, lambda s: rm.scores(judge, s), PROMPTS, **settings)
    assert first.kl == pytest.approx(0, abs=1e-4)


@pytest.fixture(scope="module")
def storyteller():
    return lm.load_policy("cpu")


def test_the_storyteller_s_iterations_are_those_of_the_cpu():
    """As long as no bet on a knife's edge falls on the other side: two iterations."""
    courses = []
    for policy in (lm.load_policy("cpu"), lm.load_policy("cuda")):
        prompts, a, b = rm.collect_pairs(policy, openings(40, seed=1), seed=0)
        pairs = human.label_pairs(prompts, a, b, seed=0)
        judge = rm.new_reward_model(policy)
        list(rm.fit(judge, pairs, epochs=1))
        rm.centre(judge, prompts, a)
        run = rlhf.new_run(policy, seed=0)
        done = rlhf.rlhf(run, lambda tales, judge=judge: rm.scores(judge, tales),
                         openings(50, seed=2), beta=0.3, iterations=2)  # fmt: skip
        courses.append(numbers_of(done, ("proxy_reward", "kl", "entropy", "value_loss")))
    same(courses[1], courses[0], rtol=1e-3, atol=1e-2)


def test_all_that_measures_a_policy_measures_it_on_a_gpu(storyteller):
    moved, prompts = on_gpu(storyteller), openings(32, seed=3)
    told = compare({"here": storyteller, "there": moved}, prompts, reference=storyteller, seed=1)
    assert told["there"].kl == pytest.approx(0, abs=1e-3)
    judge = rm.new_reward_model(storyteller)
    list(rm.fit(judge, pairs_of(storyteller, 16), epochs=1))
    chosen = [
        best_of_n(writer, prompts, lambda s, who=who: rm.scores(who, s), n=4, generator=seeded())
        for writer in (storyteller, moved)
        for who in (judge, on_gpu(judge))
    ]
    agree = [sum(map(str.__eq__, chosen[0], others)) for others in chosen[1:]]
    assert min(agree) >= len(prompts) - 2  # but for ties, and bets on a knife's edge
    samples = lm.sample(moved, prompts, generator=seeded())
    ones = torch.ones(len(prompts))
    for rewards in (ones.tolist(), ones, ones.cuda()):
        values = fit_critic(moved, samples, rewards).values(samples)
        same(values[samples.completion_mask.bool()].mean(), torch.ones(()), atol=0.1)


def test_explorers_take_policies_of_a_gpu(storyteller):
    for made in (explore.explore_next_word, explore.explore_typed_prompt, explore.explore_tale):
        here, there = map(made, (storyteller, on_gpu(storyteller)))
        assert here.caption == there.caption
    bets = torch.tensor([0.5, 0.3, 0.2])
    words, points = ["time", "banana", "moon"], torch.tensor([4.0, -2.0, 1.0])
    ratios, some = torch.ones(2, 3), PAIRS[:1] * 3
    distances = {"with": bets[:2], "without": [0, 0]}
    for made, given in (
        (explore.explore_estimates, (bets, bets.flip(0))),
        (explore.explore_moved_words, (words, bets)),
        (explore.explore_best_policy, (words, bets, points)),
        (explore.explore_derivation, (words, bets, points)),
        (explore.explore_calibration, (points, bets)),
        (explore.explore_steps, (ratios, ratios, points, 0.2, distances)),
        (explore.explore_advantages, (words, points, {1.0: bets})),
        (explore.explore_log_probs, (some, {0: (points, bets), 1: (bets, points)})),
        (explore.explore_gradient_weight, (some, {0: (points, bets), 1: (bets, points)}, 0.1)),
    ):
        assert made(*given).caption == made(*on_cuda(given)).caption


def on_cuda(given):
    """Every tensor in it on the GPU."""
    if isinstance(given, tuple):
        return tuple(map(on_cuda, given))
    if isinstance(given, dict):
        return {name: on_cuda(value) for name, value in given.items()}
    return given.cuda() if isinstance(given, torch.Tensor) else given


def pairs_of(storyteller, count):
    tales = rm.collect_pairs(storyteller, openings(count, seed=1), seed=0)
    return human.label_pairs(*tales, seed=0)


def test_a_gpu_that_is_really_full_names_the_batch_size_and_changes_nothing():
    run = dpo.new_run(on_gpu(tiny("GPT2")))
    before = [weights.clone() for weights in run.policy.model.parameters()]
    torch.cuda.empty_cache()
    _, whole = torch.cuda.mem_get_info()
    torch.cuda.set_per_process_memory_fraction(300 * 2**20 / whole)  # others may need the rest
    long = [human.Preference("Once", " a" * 110, " b" * 110)] * 4000
    try:
        with pytest.raises(MemoryError, match="batch_size is 4000, but .* try half of it"):
            list(dpo.fit(run, long, beta=0.1, steps=1, batch_size=4000))
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert all(map(torch.equal, before, run.policy.model.parameters())) and not run.steps


def test_a_gpu_s_memory_is_told(storyteller):
    run = dpo.new_run(on_gpu(storyteller))
    with measure_cost() as cost:
        list(dpo.fit(run, pairs_of(storyteller, 8), beta=0.1, steps=1))
    assert cost.cuda_memory > 1


def test_a_round_with_a_large_vocabulary_keeps_to_its_memory():
    """GPT-2's own sizes, 24 texts of 256 tokens: the logits of all at once are 1.2 GB a copy."""
    config = tf.GPT2Config(eos_token_id=1, bos_token_id=None)
    policy = lm.Policy(tf.GPT2LMHeadModel(config).cuda(), letters(""))
    run = rlhf.new_run(policy, learning_rate=1e-6)
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    settings = {"beta": 0.1, "batch_size": 24, "max_new_tokens": 250, "iterations": 1}
    list(rlhf.rlhf(run, lambda tales: torch.zeros(len(tales.prompts)), ["On"], **settings))
    assert torch.cuda.max_memory_allocated() - before < 7e9
