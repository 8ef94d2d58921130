"""What is sampled is what is scored, padding changes nothing, and the model is near its limit."""

import json
import math
import os
import pickle
import subprocess
import sys
from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from padding import WIDER, widened
from safetensors.torch import load_file, save_file
from scipy.stats import chisquare
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel

from pedagogy import policy as lm
from pedagogy.disk import DRAFT
from pedagogy.policy.files import read_network
from pedagogy.policy.model import ASSETS, CONTEXT
from pedagogy.policy.pretrain import encode_tales, held_out_cross_entropy, next_word_loss, pretrain
from pedagogy.stories import (
    END,
    FIRST_PROMPT,
    entropy,
    next_word_probabilities,
    prompts,
    split_story,
    write_stories,
)

POLICY = lm.load_policy("cpu")
RAGGED = [FIRST_PROMPT, prompts()[1], "once", "once upon a time there lived a king"]


def seeded(seed):
    return torch.Generator().manual_seed(seed)


# the shipped model


def test_it_bets_like_the_grammar():
    chances = lm.next_word_distribution(lm.next_word_logits(POLICY, FIRST_PROMPT))
    bets = dict(lm.top_words(POLICY, chances, k=6))
    assert bets == pytest.approx(next_word_probabilities(FIRST_PROMPT), abs=0.03)
    assert list(bets)[:2] == ["time", "banana"] and 0.05 <= bets["banana"] <= 0.20


@pytest.mark.slow
def test_cross_entropy_is_within_three_percent_of_the_entropy():
    reached = held_out_cross_entropy(POLICY, tales=1500)
    assert entropy() * 0.98 < reached < entropy() * 1.03


def test_held_out_cross_entropy_by_adding_up_next_words():
    """Tale by tale and word by word, through next_word_distribution instead."""
    total = 0.0
    for tale in write_stories(2, seed=9):
        words = [*tale.split(), END]
        for place in range(1, len(words)):
            logits = lm.next_word_logits(POLICY, " ".join(words[:place]))
            token = POLICY.tokenizer.convert_tokens_to_ids(words[place])
            total -= math.log(lm.next_word_distribution(logits)[token])
    assert held_out_cross_entropy(POLICY, tales=2, seed=9) == pytest.approx(total / 2, rel=1e-4)


def test_it_is_small():
    assert 100_000 <= sum(p.numel() for p in POLICY.model.parameters()) <= 1_000_000
    assert sum(file.stat().st_size for file in ASSETS.iterdir()) < 4_000_000


@pytest.mark.slow
def test_it_loads_without_a_socket():
    code = (
        "import socket\n"
        "def fail(*a, **k): raise SystemExit('asked the network')\n"
        "socket.socket.connect = socket.getaddrinfo = socket.create_connection = fail\n"
        "from pedagogy.policy import load_policy, sample\n"
        "print(sample(load_policy('cpu'), ['once upon a'], max_new_tokens=2).responses)\n"
    )
    env = {name: value for name, value in os.environ.items() if "OFFLINE" not in name}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.startswith("['"), done.stderr


# next word


def test_distribution_by_hand():
    logits = torch.tensor([math.log(4), 0.0])
    torch.testing.assert_close(lm.next_word_distribution(logits), torch.tensor([0.8, 0.2]))
    torch.testing.assert_close(
        lm.next_word_distribution(logits, temperature=2.0), torch.tensor([2 / 3, 1 / 3])
    )


@given(st.lists(st.floats(-50, 50, width=32), min_size=1, max_size=9), st.floats(0.1, 10))
def test_distribution_against_plain_arithmetic(logits, temperature):
    weights = [math.exp((z - max(logits)) / temperature) for z in logits]
    wanted = torch.tensor([w / sum(weights) for w in weights])
    got = lm.next_word_distribution(torch.tensor(logits), temperature)
    torch.testing.assert_close(got, wanted, atol=1e-5, rtol=1e-3)


def test_the_smallest_temperature_takes_the_best_word():
    got = lm.next_word_distribution(torch.tensor([1.0, 3.0, 2.0]), temperature=1e-40)
    assert got.tolist() == [0.0, 1.0, 0.0]


def test_top_words():
    chances = torch.zeros(len(POLICY.tokenizer))
    chances[POLICY.tokenizer.encode("banana time")] = torch.tensor([0.25, 0.75])
    assert lm.top_words(POLICY, chances, k=2) == [("time", 0.75), ("banana", 0.25)]
    assert len(lm.top_words(POLICY, chances, k=10**6)) == len(chances)


# log-probabilities

HALF_AND_QUARTER = torch.log(
    torch.tensor([[[1 / 4, 1 / 4, 1 / 2], [1 / 4, 1 / 4, 1 / 2], [1 / 3, 1 / 3, 1 / 3]]])
)  # (1, 3, 3)


def test_logps_by_hand():
    """Logits at 0 bet 1/2 on token 2, logits at 1 bet 1/4 on token 0; those at 2 bet on nothing."""
    ids, mask = torch.tensor([[1, 2, 0]]), torch.tensor([[0, 1, 1]])
    each = lm.per_token_logps(HALF_AND_QUARTER, ids)
    torch.testing.assert_close(each, torch.tensor([[0.0, math.log(1 / 2), math.log(1 / 4)]]))
    got = lm.sequence_logps(HALF_AND_QUARTER + 7.0, ids, mask)  # logits, so a shift is no change
    torch.testing.assert_close(got, torch.tensor([math.log(1 / 8)]))
    got = lm.sequence_logps(HALF_AND_QUARTER, ids, torch.tensor([[0, 0, 1]]))
    torch.testing.assert_close(got, torch.tensor([math.log(1 / 4)]))


def test_a_masked_impossible_token_is_no_nan():
    logits = torch.zeros(1, 3, 2)
    logits[0, 0, 1] = -math.inf
    got = lm.sequence_logps(logits, torch.tensor([[0, 1, 1]]), torch.tensor([[0, 0, 1]]))
    torch.testing.assert_close(got, torch.tensor([math.log(1 / 2)]))


def test_logps_agree_with_the_loss_of_transformers():
    prompt, response = split_story(write_stories(1, seed=1)[0])
    batch = lm.encode(POLICY, [prompt], [response])
    labels = batch.input_ids.masked_fill(batch.completion_mask == 0, -100)
    loss = POLICY.model(input_ids=batch.input_ids, labels=labels).loss  # the mean over tokens
    wanted = -loss * batch.completion_mask.sum()
    got = lm.response_logps(POLICY, [prompt], [response])
    torch.testing.assert_close(got, wanted[None], rtol=1e-4, atol=1e-4)


def test_response_logps_can_be_trained():
    policy = lm.new_policy(seed=0)
    lm.response_logps(policy, ["once upon a"], [" time"]).sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in policy.model.parameters())


def test_encode_marks_response_and_end():
    batch = lm.encode(POLICY, ["once upon a", "once"], [" time", " upon a time there"])
    words = POLICY.tokenizer.convert_ids_to_tokens(batch.input_ids[0].tolist())
    assert words == ["once", "upon", "a", "time", END, "<pad>"]
    assert batch.attention_mask.tolist() == [[1, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, 1]]
    assert batch.completion_mask.tolist() == [[0, 0, 0, 1, 1, 0], [0, 1, 1, 1, 1, 1]]


@pytest.mark.parametrize("left, right, filler", WIDER)
def test_padding_changes_nothing(left, right, filler):
    tales = [split_story(tale) for tale in write_stories(4, seed=2)]
    batch = lm.encode(POLICY, *zip(*tales, strict=True))
    wide = widened(batch, left, right, filler)
    got = lm.sequence_logps(lm.batch_logits(POLICY, wide), wide.input_ids, wide.completion_mask)
    alone = torch.cat([lm.response_logps(POLICY, [x], [y]) for x, y in tales])
    torch.testing.assert_close(got, alone, rtol=1e-4, atol=1e-4)


# sampling


def test_samples_come_in_the_shape_they_promise():
    samples = lm.sample(POLICY, RAGGED * 8, generator=seeded(0))
    assert samples.prompts == RAGGED * 8
    for row in range(len(samples.prompts)):
        ids, completion = samples.input_ids[row], samples.completion_mask[row].bool()
        real = samples.attention_mask[row].bool()
        prompt = POLICY.tokenizer.decode(ids[real & ~completion])
        assert prompt == samples.prompts[row]
        said = POLICY.tokenizer.convert_ids_to_tokens(ids[completion].tolist())
        assert END not in said[:-1]  # the first END is the last token that counts
        assert samples.responses[row] == "".join(f" {word}" for word in said if word != END)
        assert (ids[~real] == POLICY.pad_id).all()
        assert said[-1] == END or real[-1]  # without END it wrote to the very end


def test_cached_sampling_sees_what_a_full_reading_sees():
    """Replays a run of sample word by word without cache, prompt by prompt, and scores the run."""
    samples = lm.sample(POLICY, RAGGED, generator=seeded(3))
    scored = lm.sequence_logps(
        lm.batch_logits(POLICY, samples), samples.input_ids, samples.completion_mask
    )
    for row, prompt in enumerate(RAGGED):
        said = samples.input_ids[row][samples.completion_mask[row].bool()].tolist()
        ids = POLICY.tokenizer.encode(prompt)
        total = 0.0
        for token in said:
            logits = POLICY.model(torch.tensor([ids])).logits[0, -1]
            total += torch.log_softmax(logits, -1)[token].item()
            ids.append(token)
        assert scored[row].item() == pytest.approx(total, abs=1e-3)


def test_the_cache_gives_the_same_bets_for_ragged_prompts(monkeypatch):
    """Every distribution sample drew from, against the full forward pass over what it wrote."""
    seen = []
    real = lm.sampling.next_word_distribution
    monkeypatch.setattr(
        lm.sampling, "next_word_distribution", lambda *args: seen.append(real(*args)) or seen[-1]
    )
    samples = lm.sample(POLICY, RAGGED, max_new_tokens=30, temperature=0.7, generator=seeded(4))
    full = torch.softmax(lm.batch_logits(POLICY, samples) / 0.7, -1)  # (B, T, V)
    start = samples.input_ids.shape[1] - len(seen)
    for step, chances in enumerate(seen):
        drawn = samples.completion_mask[:, start + step].bool()
        torch.testing.assert_close(
            chances[drawn], full[drawn, start + step - 1], rtol=1e-3, atol=1e-5
        )


@pytest.mark.slow
@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_what_is_sampled_is_what_is_scored(temperature):
    """Two-word answers, counted, against the product of the probabilities that scoring gives."""
    n = 6000
    asked = [FIRST_PROMPT, prompts()[1]] * (n // 2)  # ragged
    samples = lm.sample(
        POLICY, asked, temperature=temperature, max_new_tokens=2, generator=seeded(5)
    )
    with torch.no_grad():
        logits = lm.batch_logits(POLICY, samples) / temperature
    logps = lm.sequence_logps(logits, samples.input_ids, samples.completion_mask)
    for prompt in asked[:2]:
        rows = [i for i in range(n) if asked[i] == prompt]
        counts = Counter(samples.responses[i] for i in rows)
        chance = {samples.responses[i]: math.exp(logps[i]) for i in rows}
        often = [text for text in chance if chance[text] * len(rows) >= 5]
        observed = [counts[text] for text in often]
        expected = [chance[text] * len(rows) for text in often]
        rest = len(rows) - sum(observed), len(rows) - sum(expected)
        assert len(often) >= 4
        assert chisquare([*observed, rest[0]], [*expected, rest[1]]).pvalue > 1e-3


def test_the_same_seed_writes_the_same_and_does_not_touch_the_global_one():
    state = torch.get_rng_state()
    first = lm.sample(POLICY, RAGGED, generator=seeded(1))
    assert first.responses == lm.sample(POLICY, RAGGED, generator=seeded(1)).responses
    assert first.responses != lm.sample(POLICY, RAGGED, generator=seeded(2)).responses
    assert torch.equal(state, torch.get_rng_state())


def test_sampling_fills_the_context_and_no_more():
    """A model that never ends writes until the context is full."""
    policy = lm.new_policy(seed=0)
    with torch.no_grad():  # the logit of END is its embedding's product with the last layer
        policy.model.transformer.wte.weight[policy.end_id] = 0
        policy.model.transformer.ln_f.bias[:] = 0
    samples = lm.sample(policy, ["once upon"] * 3, generator=seeded(0), temperature=1e-3)
    assert samples.input_ids.shape[1] == CONTEXT
    assert samples.completion_mask[:, 2:].all()


# other models and tokenizers of transformers


def other_policy():
    """No PAD, other shapes: nothing may depend on the storyteller's own tokenizer."""
    tokenizer = lm.new_policy(0).tokenizer
    tokenizer.pad_token = None
    config = GPT2Config(vocab_size=len(tokenizer), n_positions=40, n_embd=8, n_layer=1, n_head=1)
    torch.manual_seed(0)
    return lm.Policy(GPT2LMHeadModel(config).eval(), tokenizer)


def test_a_model_without_pad_works():
    policy = other_policy()
    samples = lm.sample(policy, RAGGED, generator=seeded(0))
    scored = lm.sequence_logps(
        lm.batch_logits(policy, samples), samples.input_ids, samples.completion_mask
    )
    assert scored.shape == (4,) and scored.isfinite().all()
    assert samples.input_ids.shape[1] <= 40


# training


def test_the_same_seed_gives_the_same_weights():
    def weights(seed):
        policy = lm.new_policy(seed)
        records = list(pretrain(policy, seed=seed, steps=3))
        assert [record.step for record in records] == [1, 2, 3]
        return policy.model.state_dict()

    first, again, other = weights(0), weights(0), weights(1)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


@pytest.mark.slow
def test_training_lowers_the_loss():
    policy = lm.new_policy(0)
    losses = [record.loss for record in pretrain(policy, steps=30)]
    assert losses[0] == pytest.approx(math.log(len(policy.tokenizer)), abs=0.5)  # knows nothing yet
    assert losses[-1] < 0.75 * losses[0]
    assert not policy.model.training


def test_next_word_loss_is_the_mean_over_words():
    tales = write_stories(3, seed=8)
    rows = encode_tales(POLICY, tales)
    firsts = [tale.split(" ")[0] for tale in tales]
    rests = [tale.removeprefix(first) for tale, first in zip(tales, firsts, strict=True)]
    total = -lm.response_logps(POLICY, firsts, rests).sum()
    words = sum(len(tale.split()) for tale in tales)  # END counted, the first word not
    torch.testing.assert_close(next_word_loss(POLICY, rows), total / words, rtol=1e-4, atol=1e-5)


# files and devices


def test_a_saved_policy_comes_back(tmp_path):
    policy = lm.new_policy(seed=3)
    lm.save_policy(policy, tmp_path / "mine")
    again = lm.load_policy("cpu", folder=tmp_path / "mine")
    weights = again.model.state_dict()
    assert all(
        torch.equal(tensor, weights[name]) for name, tensor in policy.model.state_dict().items()
    )
    other = GPT2LMHeadModel.from_pretrained(tmp_path / "mine", local_files_only=True)
    torch.testing.assert_close(
        other(torch.tensor([[2, 3]])).logits, policy.model(torch.tensor([[2, 3]])).logits
    )


def test_a_failed_save_leaves_the_old_files(tmp_path, monkeypatch):
    lm.save_policy(lm.new_policy(seed=3), tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    policy = lm.new_policy(seed=4)
    monkeypatch.setattr(policy.tokenizer, "save_pretrained", lambda folder: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        lm.save_policy(policy, tmp_path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def other_bytes(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    return bytes(content)


DAMAGE = {
    "cut in half": lambda file: file.read_bytes()[: file.stat().st_size // 2],
    "one bit": other_bytes,
    "empty": lambda file: b"",
    "zeros": lambda file: bytes(100),
    "wrong JSON": lambda file: b"{]",
    "a list": lambda file: b"[]",
    "no object of ours": lambda file: b"{}",
    "a pickle": lambda file: pickle.dumps({"x": 1}),
}


@pytest.mark.parametrize("sums", [True, False], ids=["with sums", "without"])
@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_named(tmp_path, damage, name, sums):
    """Without check sums, a single bit of a weight or of a word is the one thing that may pass."""
    lm.save_policy(lm.new_policy(seed=3), tmp_path)
    if not sums:
        (tmp_path / "SHA256SUMS").unlink()
    (tmp_path / name).write_bytes(DAMAGE[damage](tmp_path / name))
    if damage == "one bit" and not sums:
        return
    with pytest.raises(ValueError, match=f"folder is .*{tmp_path.name}.*, but .*{name}"):
        lm.load_policy("cpu", tmp_path)


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda weights: weights.pop("transformer.ln_f.bias"), "ln_f.bias is missing"),
        (lambda weights: weights.update(more=torch.zeros(1)), "more is unexpected"),
        (lambda weights: weights.update({"transformer.ln_f.bias": torch.zeros(3)}), "mismatched"),
    ],
)
def test_weights_that_do_not_fit_are_named(tmp_path, change, said):
    policy = lm.new_policy(seed=3)
    policy.model.save_pretrained(tmp_path)
    policy.tokenizer.save_pretrained(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    change(weights)
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match=said):
        lm.load_policy("cpu", tmp_path)


def test_a_config_that_names_a_kernel_of_the_hub_loads_none(tmp_path):
    lm.save_policy(lm.new_policy(seed=3), tmp_path)
    (tmp_path / "SHA256SUMS").unlink()
    config = json.loads((tmp_path / "config.json").read_text())
    config["attn_implementation"] = "kernels-community/flash-attn"
    (tmp_path / "config.json").write_text(json.dumps(config))
    policy = lm.load_policy("cpu", tmp_path)
    assert policy.model.config._attn_implementation in ("sdpa", "eager")


def test_the_storyteller_is_what_its_files_say():
    """Its own quick way, against that for all networks."""
    model, tokenizer = read_network(AutoModelForCausalLM, ASSETS)
    weights = model.state_dict()
    assert weights.keys() == POLICY.model.state_dict().keys()
    assert all(torch.equal(w, weights[name]) for name, w in POLICY.model.state_dict().items())
    assert tokenizer.get_vocab() == POLICY.tokenizer.get_vocab()


def test_a_killed_writer_leaves_the_old_files_or_the_new_ones(tmp_path, monkeypatch):
    """Killed while it writes: the old ones. While it moves them: the new ones, at the next look."""
    old, new = lm.new_policy(seed=3), other_policy()  # of another size
    lm.save_policy(old, tmp_path)
    draft = tmp_path / f"{DRAFT}{2**22 + 1}-x"  # of a process that there cannot be
    draft.mkdir()
    (draft / "config.json").write_text("{")
    assert lm.load_policy("cpu", tmp_path).context == CONTEXT
    real = os.replace
    monkeypatch.setattr(os, "replace", lambda *args: done.append(real(*args)) or done[1])
    done = []
    with pytest.raises(IndexError):  # after the first of several moves
        lm.save_policy(new, tmp_path)
    assert len(done) == 1 and not draft.exists()
    monkeypatch.undo()
    again = lm.load_policy("cpu", tmp_path)
    assert again.context == 40
    assert not [file for file in tmp_path.iterdir() if file.is_dir()]


def test_saved_files_have_the_mode_that_the_umask_says(tmp_path):
    before = os.umask(0o022)
    try:
        lm.save_policy(lm.new_policy(seed=3), tmp_path / "mine")
    finally:
        os.umask(before)
    assert {oct(file.stat().st_mode & 0o777) for file in (tmp_path / "mine").iterdir()} == {"0o644"}


def test_a_folder_without_a_policy(tmp_path):
    with pytest.raises(FileNotFoundError, match="no config.json"):
        lm.load_policy("cpu", folder=tmp_path)


def test_devices(monkeypatch):
    for here, wanted in ((False, "cpu"), (True, "cuda")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda here=here: here)
        assert lm.choose_device("auto") == torch.device(wanted)
        assert lm.choose_device("auto", POLICY.model) == lm.load_policy().device == POLICY.device
        large = torch.nn.Linear(4000, 4000, device="meta")
        large.num_parameters = lambda: 4000 * 4001
        assert lm.choose_device("auto", large) == torch.device(wanted)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="device is 'cuda', but this machine"):
        lm.load_policy("cuda")
    with pytest.raises(ValueError, match="device is 'gpu', but it must be"):
        lm.load_policy("gpu")


@pytest.mark.parametrize(
    "said", ["CUDA out of memory. Tried to allocate 20.00 MiB.", "CUDA error: out of memory"]
)
def test_a_full_device_is_said_and_blamed_on_no_file(monkeypatch, said):
    def full(self, device):
        raise RuntimeError(said)

    monkeypatch.setattr(type(POLICY.model), "to", full)
    with pytest.raises(MemoryError, match="device is 'auto', but it has no room for .* 168,192 "):
        lm.load_policy()


# bad input

LONG = " ".join(["once"] * CONTEXT)
IDS = torch.tensor([[1, 2, 0]])


@pytest.mark.parametrize(
    "bad, said",
    [
        (lambda: lm.next_word_logits(POLICY, "once upon a bananna"), "'bananna'.*banana"),
        (lambda: lm.next_word_logits(POLICY, "  "), "prompt is empty"),
        (lambda: lm.next_word_logits(POLICY, LONG), "prompt has 64 tokens.*64"),
        (lambda: lm.next_word_distribution(torch.zeros(3), 0.0), "temperature is 0"),
        (lambda: lm.next_word_distribution(torch.zeros(3), -1), "temperature is -1"),
        (lambda: lm.next_word_distribution(torch.tensor([math.nan])), "logits holds nan"),
        (lambda: lm.sample(POLICY, []), "prompts is empty"),
        (lambda: lm.sample(POLICY, ["once"], temperature=0), "temperature is 0"),
        (lambda: lm.sample(POLICY, ["once", LONG]), "prompt has 64"),
        (
            lambda: lm.sample(POLICY, ["once"], max_new_tokens=64),
            "max_new_tokens is 64.*room for 63",
        ),
        (lambda: lm.sample(POLICY, ["once"], max_new_tokens=0), "max_new_tokens is 0"),
        (lambda: lm.encode(POLICY, ["once"], []), "responses is empty"),
        (
            lambda: lm.encode(POLICY, ["once"], [" a", " a"]),
            "prompts, responses have \\(1, 2\\) texts",
        ),
        (lambda: lm.encode(POLICY, ["once"], [f" {LONG}"]), "have 66 tokens"),
        (lambda: lm.encode(POLICY, ["once"], [" hoppla"]), "'hoppla'"),
        (lambda: lm.encode(POLICY, ["once"], ["upon"]), "'upon', but it must begin with a space"),
        (lambda: lm.per_token_logps(HALF_AND_QUARTER[0], IDS), "logits has shape"),
        (lambda: lm.sequence_logps(HALF_AND_QUARTER, IDS, IDS[:, 1:]), "completion_mask has shape"),
        (lambda: lm.sequence_logps(HALF_AND_QUARTER, IDS, IDS * 0), "no token in row 0"),
        (lambda: lm.sequence_logps(HALF_AND_QUARTER, IDS, IDS * 0 + 1), "marks the first token"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(bad, said):
    with pytest.raises(ValueError, match=said):
        bad()


@pytest.mark.parametrize(
    "bad, said",
    [
        (lambda: lm.sample(POLICY, "once upon a"), "prompts is 'once upon a'.*list"),
        (lambda: lm.sample(POLICY, [3]), r"prompts\[0\] is 3"),
        (lambda: lm.encode(POLICY, ["once"], None), "responses is None"),
        (lambda: lm.sample(POLICY.model, ["once"]), "policy is a GPT2LMHeadModel, .* a Policy"),
        (lambda: lm.save_policy(POLICY.model, "here"), "policy is a GPT2LMHeadModel"),
        (lambda: lm.Policy(POLICY, POLICY.tokenizer), "model is a Policy"),
        (lambda: lm.Policy(POLICY.model, POLICY.model), "tokenizer is a GPT2LMHeadModel"),
        (lambda: lm.Policy(POLICY.model.base_model, POLICY.tokenizer), "must be a causal"),
    ],
)
def test_texts_must_be_texts(bad, said):
    with pytest.raises(TypeError, match=said):
        bad()
