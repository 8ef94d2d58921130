"""DPO: hand-worked numbers, other libraries' sums, one response alone without tricks, and trl."""

import math
import signal

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import Gemma2Config, Gemma2ForCausalLM, LlamaConfig, LlamaForCausalLM

from pedagogy import dpo, rlhf
from pedagogy.dpo.pairs import batch_logps, lay_out, pair_logps, shared_prompts_pay
from pedagogy.human import Preference, label_pairs
from pedagogy.policy import Policy, load_policy, response_logps, sample, save_policy
from pedagogy.policy.pairs import pair_ids
from pedagogy.reward_model import collect_pairs
from pedagogy.stories import FIRST_PROMPT, openings

POLICY = load_policy("cpu")
LOGPS = st.lists(st.tuples(*[st.floats(-50, 0)] * 4), min_size=1, max_size=6)
BETAS = st.floats(0.01, 5)


@pytest.fixture(scope="module")
def preferences():
    """Sixty judged pairs of the storyteller's tales, ragged, to sixty prompts."""
    return label_pairs(*collect_pairs(POLICY, openings(60, seed=3), seed=3), seed=3)


@pytest.fixture(scope="module")
def whole(preferences):
    """A run of three steps that nothing interrupts."""
    fit(run := dpo.new_run(load_policy("cpu")), preferences)
    return run


def fit(run, preferences, steps=3, beta=0.3, **settings):
    return list(dpo.fit(run, preferences, beta=beta, steps=steps, **settings))


def weights(policy):
    return {name: w.clone() for name, w in policy.model.state_dict().items()}


def same(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


# The pure functions -----------------------------------------------------------------------------


@given(LOGPS, BETAS)
def test_the_loss_is_the_cross_entropy_of_margin_logits(logps, beta):
    rows = torch.tensor(logps, dtype=torch.float64).T  # (4, B)
    margins = beta * ((rows[0] - rows[2]) - (rows[1] - rows[3]))
    expected = torch.nn.functional.binary_cross_entropy_with_logits(
        margins, torch.ones_like(margins)
    )
    assert dpo.dpo_loss(*rows, beta).item() == pytest.approx(expected.item(), abs=1e-9)
    found = dpo.metrics(*rows, beta)
    assert found["margin"] == pytest.approx(margins.mean().item(), abs=1e-9)
    assert found["chosen_reward"] - found["rejected_reward"] == pytest.approx(found["margin"])


@given(LOGPS, BETAS)
def test_the_gradient_is_the_written_one(logps, beta):
    """-beta σ(r̂_l - r̂_w) / B to the chosen, plus the same to the rejected, none to others."""
    rows = torch.tensor(logps, dtype=torch.float64).T.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(dpo.dpo_loss(*rows, beta), rows)
    rewards = (
        dpo.implicit_reward(rows[0], rows[2], beta),
        dpo.implicit_reward(rows[1], rows[3], beta),
    )
    wanted = beta * dpo.gradient_weight(*rewards).detach() / len(logps)
    torch.testing.assert_close(gradient[:2], torch.stack([-wanted, wanted]), atol=1e-9, rtol=1e-6)


def test_the_gradient_by_finite_differences():
    rows = (-3 * torch.rand(4, 5, dtype=torch.float64)).requires_grad_()
    assert torch.autograd.gradcheck(lambda r: dpo.dpo_loss(*r, 0.7), rows)


def test_accuracy_counts_a_tie_half():
    zero = torch.zeros(4)
    found = dpo.metrics(torch.tensor([1.0, 2, 0, -1]), zero, zero, zero, 0.5)
    assert found["accuracy"] == (1 + 1 + 0.5 + 0) / 4 and found["chosen_reward"] == 0.25


@pytest.mark.parametrize(
    "change, said",
    [
        ({"beta": 0}, "beta is 0"),
        ({"beta": -0.1}, "beta is -0.1"),
        ({"policy_chosen_logps": [math.nan]}, "policy_chosen_logps holds nan"),
        ({"reference_chosen_logps": [1.0, 2.0]}, r"reference_chosen_logps has shape \(2,\)"),
        ({"policy_chosen_logps": 3.0}, r"policy_chosen_logps has shape \(\)"),
    ],
)
def test_bad_numbers_are_said(change, said):
    names = [
        f"{who}_{which}_logps"
        for who in ("policy", "reference")
        for which in ("chosen", "rejected")
    ]
    good = {name: [-1.0] for name in names} | {"beta": 0.3}
    for function in (dpo.dpo_loss, dpo.metrics):
        with pytest.raises(ValueError, match=said):
            function(**(good | change))
    with pytest.raises(ValueError, match="at least one pair"):
        dpo.dpo_loss([], [], [], [], 0.3)


# Log-probabilities of pairs ---------------------------------------------------------------------


SMALL = {
    "vocab_size": len(POLICY.tokenizer),
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
}


def llama():
    """Another architecture, with rotary positions; its weights are drawn by chance."""
    torch.manual_seed(0)
    return Policy(LlamaForCausalLM(LlamaConfig(**SMALL)).eval(), POLICY.tokenizer)


def gemma():
    """Another one, with an attention of its own, which squeezes its bets after the last layer."""
    torch.manual_seed(0)
    config = Gemma2Config(**SMALL, head_dim=8, final_logit_softcapping=0.3)
    return Policy(Gemma2ForCausalLM(config).eval(), POLICY.tokenizer)


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("policy", [POLICY, llama(), gemma()], ids=["gpt2", "llama", "gemma"])
def test_laid_out_pairs_have_the_log_probabilities_of_each_response_alone(
    preferences, shared, policy
):
    pairs = pair_ids(policy, preferences)[:9]
    assert len(lay_out(pairs, policy.pad_id, policy.device).input_ids) == 9
    found_logps = pair_logps(policy, pairs, shared)
    for found, field in zip(found_logps, ("chosen", "rejected"), strict=True):
        alone = [response_logps(policy, [p.prompt], [getattr(p, field)]) for p in preferences[:9]]
        torch.testing.assert_close(found, torch.cat(alone), atol=2e-5, rtol=1e-5)


def test_many_pairs_are_read_a_few_at_a_time_and_come_back_in_their_order(preferences):
    pairs = pair_ids(POLICY, preferences)  # sixty: two times thirty, each sorted by length
    for many, one in zip(
        pair_logps(POLICY, pairs, shared=True),
        batch_logps(POLICY, lay_out(pairs, POLICY.pad_id, POLICY.device)),
        strict=True,
    ):
        torch.testing.assert_close(many, one, atol=2e-5, rtol=1e-5)


def test_what_the_padding_is_made_of_changes_nothing(preferences):
    pairs = pair_ids(POLICY, preferences[:9])
    one, other = (lay_out(pairs, filler, POLICY.device) for filler in (0, 7))
    assert not torch.equal(one.input_ids, other.input_ids)
    grads = []
    for batch in (one, other):
        POLICY.model.zero_grad()
        dpo.dpo_loss(*batch_logps(POLICY, batch), torch.zeros(9), torch.zeros(9), 0.1).backward()
        grads.append([p.grad.clone() for p in POLICY.model.parameters()])
    POLICY.model.zero_grad()
    # The filler's own row of the embedding is the only one that could differ, and it does not.
    assert all(torch.allclose(a, b, atol=1e-7) for a, b in zip(*grads, strict=True))


def test_prompts_are_shared_where_that_is_cheaper():
    """Width 10, prompt 6: saved 24 · 6 · 100 = 14 400; attention 40 (2 R² - 36)."""
    for response, pays in ((14, True), (15, False)):
        assert shared_prompts_pay([([0] * 6, [0] * response, [0] * response)], width=10) is pays


# The loop ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_first_loss_is_log_2_and_the_policy_moves_the_right_way(preferences):
    run = dpo.new_run(load_policy("cpu"))
    first, *_, last = fit(run, preferences, steps=20)
    assert first.loss == pytest.approx(math.log(2), abs=2e-7)  # as near as float32 can be
    assert first.margin == first.chosen_reward == 0 and first.accuracy == 0.5
    assert last.loss < 0.5 and last.margin > 0.5
    assert [step.number for step in run.steps] == list(range(1, 21))


def test_the_reference_is_asked_once_for_each_pair_and_stands_still(preferences):
    run = dpo.new_run(load_policy("cpu"))
    asked = []
    run.reference.model.register_forward_hook(lambda *_: asked.append(1))
    before = weights(run.reference)
    fit(run, preferences, steps=12, batch_size=20)  # four epochs of three batches
    assert len(asked) == 3  # twenty pairs fit into one pass
    assert same(before, weights(run.reference)) and not same(before, weights(run.policy))


@pytest.mark.slow
def test_the_same_seed_gives_the_same_run(preferences):
    runs = [dpo.new_run(load_policy("cpu"), seed=seed) for seed in (1, 1, 2)]
    losses = [[step.loss for step in fit(run, preferences)] for run in runs]
    assert losses[0] == losses[1] != losses[2]


@pytest.mark.slow
def test_a_saved_run_goes_on_as_it_would_have_gone_on(preferences, tmp_path):
    whole = dpo.new_run(load_policy("cpu"), seed=5)
    fit(whole, preferences, steps=5)
    half = dpo.new_run(load_policy("cpu"), seed=5)
    fit(half, preferences, steps=3)  # in the middle of the second epoch
    dpo.save_run(half, tmp_path)
    again = dpo.load_run(tmp_path, load_policy("cpu"))
    assert again.steps == half.steps and again.seed == 5 and again.learning_rate == 5e-4
    fit(again, preferences, steps=2)
    for one, other in zip(whole.steps, again.steps, strict=True):
        assert (one.number, one.loss) == (other.number, pytest.approx(other.loss, abs=1e-6))
    assert same(weights(whole.reference), weights(again.reference))


def test_a_run_of_another_method_or_shape_is_said(preferences, tmp_path):
    rlhf.save_run(rlhf.new_run(load_policy("cpu")), tmp_path)
    with pytest.raises(ValueError, match="run in it is of another method"):
        dpo.load_run(tmp_path, load_policy("cpu"))
    dpo.save_run(dpo.new_run(load_policy("cpu")), tmp_path)
    with pytest.raises(ValueError, match="policy does not fit the run"):
        dpo.load_run(tmp_path, llama())
    with pytest.raises(FileNotFoundError, match="run.pt"):
        dpo.load_run(tmp_path / "elsewhere", load_policy("cpu"))


def test_an_interrupted_run_is_usable(preferences, tmp_path):
    run = dpo.new_run(load_policy("cpu"))
    going = dpo.fit(run, preferences, beta=0.1, steps=50)
    next(going), next(going)
    going.close()
    assert [step.number for step in run.steps] == [1, 2]
    assert sample(run.policy, [FIRST_PROMPT]).responses[0]
    save_policy(run.policy, tmp_path)
    assert same(weights(load_policy("cpu", tmp_path)), weights(run.policy))


@pytest.mark.parametrize("moment", ["forward", "backward", "step"])
def test_a_step_that_is_interrupted_is_done_whole_or_not_at_all(preferences, whole, moment):
    """Before the weights move: not at all. While they do: whole, with its record."""
    run = dpo.new_run(load_policy("cpu"))
    fit(run, preferences, steps=1)

    def interrupt(*_):
        hook.remove()
        signal.raise_signal(signal.SIGINT)

    embedding = run.policy.model.transformer.wte.weight
    hook = {
        "forward": run.policy.model.transformer.h[1].register_forward_hook,
        "backward": embedding.register_hook,
        "step": run.optimiser.register_step_pre_hook,
    }[moment](interrupt)
    with pytest.raises(KeyboardInterrupt):
        fit(run, preferences, steps=2)
    done = 1 + (moment == "step")
    assert len(run.steps) == done
    fit(run, preferences, steps=3 - done)
    assert [s.loss for s in run.steps] == [s.loss for s in whole.steps]
    assert same(weights(whole.policy), weights(run.policy))


def test_gradients_that_an_earlier_cell_switched_off_are_on_while_training(preferences, whole):
    with torch.set_grad_enabled(False):
        found = fit(dpo.new_run(load_policy("cpu")), preferences)
    assert [step.loss for step in found] == [step.loss for step in whole.steps]


def ipo_loss(policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta):
    """((log π_w / ref_w - log π_l / ref_l) - 1 / 2 beta)², Azar et al. 2023, eq. 17."""
    gap = (policy_chosen - reference_chosen) - (policy_rejected - reference_rejected)
    return (gap - 1 / (2 * beta)).square().mean()


def test_another_loss_is_what_is_minimised(preferences):
    """IPO begins at (1 / 2 beta)², by hand 25 at beta 0.1, and stops at a gap of 1 / 2 beta."""
    run = dpo.new_run(load_policy("cpu"))
    steps = fit(run, [A_PAIR], steps=80, beta=0.1, loss=ipo_loss)
    assert steps[0].loss == pytest.approx(25, abs=1e-4) and steps[-1].loss < 1
    assert steps[-1].margin == pytest.approx(0.1 * 5, abs=0.1)  # beta times the gap


@pytest.mark.parametrize(
    "bad", [lambda *_, beta: 0.7, lambda c, *_, beta: c, lambda *_, beta: torch.zeros(())]
)
def test_a_loss_that_gives_no_number_with_a_gradient_is_said(preferences, bad):
    run = dpo.new_run(load_policy("cpu"))
    before = weights(run.policy)
    with pytest.raises(TypeError, match="loss gave .*, but it must give one number, of shape"):
        fit(run, preferences, loss=bad)
    assert same(before, weights(run.policy)) and run.steps == []


def test_dropout_is_off(preferences):
    policy = load_policy("cpu")
    for module in policy.model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.5
    policy.model.train()
    assert fit(dpo.new_run(policy), preferences, steps=1)[0].loss == pytest.approx(math.log(2))


def test_a_learning_rate_that_explodes_is_said_and_good_weights_come_back(preferences):
    run = dpo.new_run(load_policy("cpu"), learning_rate=3.0)
    before = weights(run.policy)
    with pytest.raises(
        ValueError, match="learning_rate is 3, but by step .* it was before step 1,"
    ):
        fit(run, preferences, steps=20)
    assert same(before, weights(run.policy))  # the best loss was the first one
    assert run.steps == [] and not run.optimiser.state  # nothing of it is left to go on from
    assert sample(run.policy, [FIRST_PROMPT]).responses[0]


def test_a_policy_that_is_broken_from_the_start_is_said(preferences):
    policy = load_policy("cpu")
    torch.nn.init.constant_(policy.model.transformer.ln_f.weight, math.nan)
    with pytest.raises(ValueError, match="nan"):
        fit(dpo.new_run(policy), preferences)


A_PAIR = Preference("once upon a", " time there was a king .", " banana .")
EMPTY = Preference("once upon a", "", " time")
TWINS = Preference("once upon a", " time", " time ")
LONG = Preference("once upon a", " time" * 62, " time")
ALIKE = Preference("a", " king .", " king ,")


@pytest.mark.parametrize(
    "pairs, settings, error, said",
    [
        ([], {}, ValueError, "preferences is empty"),
        ([A_PAIR, EMPTY], {}, ValueError, r"preferences\[1\] has an empty chosen"),
        ([TWINS], {}, ValueError, "two different responses"),
        ([LONG], {}, ValueError, r"preferences\[0\]: .* 66 tokens"),
        ([("once upon a", "time", "hill")], {}, TypeError, "must be a Preference"),
        ([A_PAIR], {"beta": 0}, ValueError, "beta is 0"),
        ([A_PAIR], {"steps": 0}, ValueError, "steps is 0"),
        ([A_PAIR], {"batch_size": 0}, ValueError, "batch_size is 0"),
        ([ALIKE], {"max_new_tokens": 1}, ValueError, r"preferences\[0\] are the same"),
    ],
)
def test_bad_input_is_said_at_once(pairs, settings, error, said):
    run = dpo.new_run(POLICY)
    with pytest.raises(error, match=said):
        dpo.fit(run, pairs, **({"beta": 0.3, "steps": 1} | settings))  # not even begun


def test_a_reference_with_another_vocabulary_is_said(preferences):
    run = dpo.new_run(load_policy("cpu"))
    run.reference = Policy(run.reference.model, load_policy("cpu").tokenizer)
    run.reference.tokenizer.add_tokens(["hello"])
    with pytest.raises(ValueError, match="reference has a vocabulary of 220 tokens, .* 219"):
        fit(run, preferences)


def test_one_pair_is_enough():
    run = dpo.new_run(load_policy("cpu"))
    assert fit(run, [A_PAIR], steps=30)[-1].loss < 0.1


# The peer ---------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("precomputed", [False, True])
def test_every_step_is_that_of_trl(preferences, precomputed):
    """Ragged pairs of fifty-six prompts in batches of eight; trl's DPOTrainer, step by step."""
    from dpo_vs_trl import batches, trl_trainer  # after seconds, which no quick test need wait

    beta, steps = 0.3, 56
    run = dpo.new_run(load_policy("cpu"), learning_rate=3e-4)
    rows = sum(batches(run, preferences[:56], 8, steps), [])
    trainer = trl_trainer(
        run, rows, beta=beta, batch_size=8, steps=steps, precomputed=precomputed
    )  # copies the policy, as it is now
    ours = fit(run, preferences[:56], steps, beta, batch_size=8)
    trainer.train()
    theirs = [entry for entry in trainer.state.log_history if "rewards/margins" in entry]
    assert len(ours) == len(theirs) == steps
    assert ours[-1].loss < 0.2  # much was learned, so there was much to disagree about
    for one, other in zip(ours, theirs, strict=True):
        assert one.loss == pytest.approx(float(other["loss"]), abs=1e-4)
        for name, peer in (
            ("margin", "margins"),
            ("chosen_reward", "chosen"),
            ("rejected_reward", "rejected"),
        ):
            assert getattr(one, name) == pytest.approx(float(other[f"rewards/{peer}"]), abs=1e-4)
    # A tie, as in the first step, counts half here and nothing there.
    assert [s.accuracy for s in ours[1:]] == pytest.approx(
        [float(entry["rewards/accuracies"]) for entry in theirs[1:]]
    )
