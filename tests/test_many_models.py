"""Ten architectures with random weights and tokenizers of their own, held to one-row readings.

The oracle reads one row, without padding, cache or company, as `transformers` itself does.
"""

import json
import math
import warnings

import pytest
import torch
import transformers as tf
from tokenizers import Tokenizer, decoders, models, processors
from tokenizers import pre_tokenizers as pre

from pedagogy import compare, dpo, rlhf
from pedagogy import policy as lm
from pedagogy import reward_model as rm
from pedagogy.dpo.pairs import may_share, pair_logps
from pedagogy.human import Preference
from pedagogy.policy.pairs import pair_ids
from pedagogy.policy.sampling import finished

PAIRS = [
    Preference("Once upon a", " time there was a king.", " banana"),
    Preference("The judge", " likes it", " likes it not"),
]
PROMPTS = ["Once upon a", "The"]
LLAMA = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
}
GPT2 = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 256}
OPT = {
    "hidden_size": 32, "ffn_dim": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
    "word_embed_proj_dim": 32, "max_position_embeddings": 256,
}  # fmt: skip
KINDS = {  # sizes, and what the tokenizer adds: BOS, END, PAD
    "GPT2": (GPT2 | {"resid_pdrop": 0.1}, ""),  # PAD = END, in train mode
    "Llama": (LLAMA, "b"),
    "Qwen3": (LLAMA | {"head_dim": 8}, "p"),
    "Mistral": (LLAMA | {"sliding_window": 8}, "b"),
    "Gemma3": (LLAMA | {"head_dim": 8, "sliding_window": 8, "query_pre_attn_scalar": 8}, "bp"),
    "GPTNeoX": (LLAMA | {"num_key_value_heads": None}, ""),
    "OPT": (OPT, "b"),
    "Bloom": ({"hidden_size": 32, "n_layer": 2, "n_head": 4}, "p"),
    "Mpt": ({"d_model": 32, "n_layers": 2, "n_heads": 4}, "e"),
    "Lfm2": (LLAMA | {"layer_types": ["conv", "full_attention"]}, "be"),
    "Mamba": ({"hidden_size": 32, "num_hidden_layers": 2, "state_size": 8}, ""),
}
PLAIN = {"GPT2", "Llama", "Qwen3", "GPTNeoX", "OPT"}  # one row serves both responses of a pair


def letters(adds):
    """A byte-level tokenizer without merges; its ids are not those of any other test."""
    names = ["<b>", "<e>", "<p>", *sorted(pre.ByteLevel.alphabet())]
    tokenizer = Tokenizer(models.BPE({name: number for number, name in enumerate(names)}, []))
    tokenizer.pre_tokenizer = pre.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(names[:3])
    form = "<b> " * ("b" in adds) + "$A" + " <e>" * ("e" in adds)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=form, special_tokens=[("<b>", 0), ("<e>", 1)]
    )
    return tf.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<b>" if "b" in adds else None,
        eos_token="<e>",
        pad_token="<p>" if "p" in adds else None,
    )


def tiny(kind, dtype=torch.float32, **more):
    """A Policy with random weights, large enough that mistakes are seen."""
    sizes, adds = KINDS[kind]
    name = kind + ("Text" if kind == "Gemma3" else "") + "Config"
    network = kind + ("LMHeadModel" if kind == "GPT2" else "ForCausalLM")
    tokenizer = letters(adds)
    known = dict.fromkeys(["bos_token_id", "pad_token_id"]) | {"eos_token_id": 1}
    config = getattr(tf, name)(vocab_size=len(tokenizer), **known, **sizes | more)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        model = getattr(tf, network)(config)
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.mul_(4)
        for weight in model.parameters():  # as from_pretrained does: what is computed stays exact
            weight.data = weight.data.to(dtype)
    model.train(kind == "GPT2")
    return lm.Policy(model, tokenizer)


def one_row(policy, ids):
    """Log-probabilities of each next token of a row, (T, V), in float32, by the network alone."""
    was = policy.model.training
    with torch.no_grad():
        logits = policy.model.eval()(torch.tensor([ids])).logits[0]
    policy.model.train(was)
    return logits.float().log_softmax(-1)


def plain_logp(policy, prompt, response):
    """log π(response | prompt), tokenized by hand: BOS, the bytes, END."""
    front = [0] * (policy.tokenizer.bos_token is not None)
    byte = policy.tokenizer.convert_tokens_to_ids
    symbols = pre.ByteLevel(add_prefix_space=False, use_regex=False)
    spell = lambda text: [byte(c) for c in symbols.pre_tokenize_str(text)[0][0]]  # noqa: E731
    ids = [*front, *spell(prompt), *spell(response), 1]
    begin = len(front) + len(spell(prompt))
    return sum(one_row(policy, ids)[i - 1, ids[i]].item() for i in range(begin, len(ids)))


def oracle(policy):
    """Of PAIRS, (4,): chosen, then rejected."""
    return torch.tensor(
        [plain_logp(policy, p.prompt, getattr(p, side)) for side in ("chosen", "rejected")
         for p in PAIRS]
    )  # fmt: skip


def close(found, wanted, atol=2e-3):
    torch.testing.assert_close(found.float(), wanted.float(), rtol=1e-4, atol=atol)


DTYPES = [torch.float32, pytest.param(torch.bfloat16, marks=pytest.mark.slow)]


@pytest.mark.parametrize("kind", KINDS)
def test_log_probabilities_are_those_of_a_row_alone(kind):
    policy = tiny(kind)
    prompts = [p.prompt for p in PAIRS] * 2
    responses = [p.chosen for p in PAIRS] + [p.rejected for p in PAIRS]
    wanted = oracle(policy)
    close(lm.response_logps(policy, prompts, responses).detach(), wanted)
    pairs = pair_ids(policy, PAIRS)
    shared = may_share(policy, pairs)
    assert shared == (kind in PLAIN)
    close(torch.cat(pair_logps(policy, pairs, shared)).detach(), wanted)
    ids = lm.encode(policy, ["Once"], [" upon"]).input_ids[0]
    close(lm.next_word_logits(policy, "Once").log_softmax(-1),
          one_row(policy, ids[: -6].tolist())[-1])  # fmt: skip
    assert policy.model.training == (kind == "GPT2")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_drawn_is_drawn_from_the_bets_of_a_row_alone(kind, monkeypatch):
    """Ragged prompts, cache and padding; and the texts have the tokens that were drawn."""
    policy, seen = tiny(kind), []
    real = lm.sampling.next_word_distribution
    monkeypatch.setattr(
        lm.sampling, "next_word_distribution", lambda *a: seen.append(real(*a)) or seen[-1]
    )
    samples = lm.sample(policy, PROMPTS, max_new_tokens=12, generator=seeded())
    for row in range(len(PROMPTS)):
        real_ids = samples.input_ids[row][samples.attention_mask[row].bool()].tolist()
        drawn = int(samples.completion_mask[row].sum())
        wanted = one_row(policy, real_ids)[-drawn - 1 : -1].exp()
        close(torch.stack([chances[row] for chances in seen[:drawn]]), wanted)
    scored = lm.sequence_logps(
        lm.batch_logits(policy, samples), samples.input_ids, samples.completion_mask
    )
    for row in range(len(PROMPTS)):
        ids = samples.input_ids[row][samples.attention_mask[row].bool()].tolist()
        drawn = int(samples.completion_mask[row].sum())
        table = one_row(policy, ids)
        total = sum(table[i - 1, ids[i]].item() for i in range(len(ids) - drawn, len(ids)))
        assert scored[row].item() == pytest.approx(total, abs=5e-3)


def seeded():
    return torch.Generator().manual_seed(0)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DTYPES, ids=["float32", "bfloat16"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_training_runs_and_begins_where_it_must(kind, dtype):
    """No opinion: log 2. No step yet: KL 0 to itself. First numbers of DPO: those of rows alone."""
    policy = tiny(kind, dtype)
    policy.model.gradient_checkpointing_enable() if kind == "Llama" else None
    wanted = oracle(policy)
    judge = rm.new_reward_model(policy)
    assert judge.model.dtype == dtype
    first = next(iter(rm.fit(judge, PAIRS, epochs=1)))
    assert first.loss == pytest.approx(math.log(2), abs=1e-6)
    step = next(dpo.fit(dpo.new_run(policy, learning_rate=1e-9), PAIRS, beta=0.1, steps=1))
    assert step.loss == pytest.approx(math.log(2), abs=1e-6)
    found = torch.tensor([step.chosen_logp, step.rejected_logp])
    close(found, wanted.view(2, 2).mean(1), 2e-3 if dtype == torch.float32 else 2.0)
    run = rlhf.new_run(policy, learning_rate=1e-9)
    now = next(
        rlhf.rlhf(run, lambda s: rm.scores(judge, s), PROMPTS, beta=0.1, iterations=1,
                  batch_size=4, max_new_tokens=6)
    )  # fmt: skip
    assert now.kl == pytest.approx(0, abs=1e-5)
    if dtype == torch.float32:
        assert now.clip_fraction == 0
    told = compare.compare({"me": policy}, PROMPTS, reference=policy, max_new_tokens=4)
    assert told["me"].kl == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("dtype", DTYPES, ids=["float32", "bfloat16"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_was_saved_comes_back(kind, dtype, tmp_path):
    policy = tiny(kind, dtype)
    judge = rm.new_reward_model(policy)
    with torch.no_grad():
        judge.head.weight.fill_(0.1)
    rm.centre(judge, ["Once"], [" upon"])
    lm.save_policy(policy, tmp_path)
    rm.save_reward_model(judge, tmp_path)
    again = lm.load_policy("cpu", tmp_path)
    judge_again = rm.load_reward_model(tmp_path, "cpu")
    assert type(again.model) is type(policy.model) and again.model.dtype == dtype
    assert again.tokenizer.get_vocab() == policy.tokenizer.get_vocab()
    assert (again.end_id, again.pad_id) == (policy.end_id, policy.pad_id)
    for network, other in ((policy.model, again.model), (judge.model, judge_again.model)):
        weights, others = network.state_dict(), other.state_dict()
        assert weights.keys() == others.keys()
        assert all(torch.equal(weights[name], others[name]) for name in weights)
    text = ["Once", "The"], [" upon a time", " judge"]
    assert torch.equal(rm.score_responses(judge, *text), rm.score_responses(judge_again, *text))
    assert torch.equal(lm.response_logps(policy, *text), lm.response_logps(again, *text))
    assert rm.score_responses(judge, ["Once"], [" upon"]).item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("adds", ["", "b", "e", "be", "p", "bep"])
def test_special_tokens_stand_where_they_belong(adds):
    policy = lm.Policy(tiny("Llama").model, letters(adds))
    tokens = policy.tokenizer.convert_ids_to_tokens
    front = ["<b>"] * ("b" in adds)
    for prompt in ["On", "<b>On"] if "b" in adds else ["On"]:
        batch = lm.encode(policy, [prompt, prompt], [" a", " a<e>"])
        for row in batch.input_ids.tolist():
            assert tokens(row) == [*front, "O", "n", "Ġ", "a", "<e>"]
        assert batch.completion_mask.tolist() == [[0] * (2 + len(front)) + [1] * 3] * 2
        drawn = lm.sample(policy, [prompt], max_new_tokens=1, generator=seeded())
        assert tokens(drawn.input_ids[0, :-1].tolist()) == [*front, "O", "n"]


def test_a_response_that_is_stored_and_read_again_has_the_same_tokens():
    """Twenty drawn responses of letters and spaces, the first and the last one included."""
    policy = tiny("Llama")
    others = torch.ones(len(policy.tokenizer), dtype=torch.bool)
    others[policy.tokenizer.convert_tokens_to_ids([*"abcde", "Ġ", "<e>"])] = False

    def only_letters(network, args, output):
        output.logits[..., others] = -1e9

    policy.model.register_forward_hook(only_letters)
    samples = lm.sample(policy, ["The"] * 20, max_new_tokens=40, generator=seeded())
    again = lm.encode(policy, samples.prompts, samples.responses)
    ends = finished(policy, samples)
    assert ends.any() and any(text != text.strip() for text in samples.responses)
    for row in ends.nonzero()[:, 0].tolist():
        one, other = (b.input_ids[row][b.attention_mask[row].bool()] for b in (samples, again))
        assert torch.equal(one, other)


def test_all_ends_of_the_generation_config_are_ends():
    policy = tiny("Llama")
    dot = policy.tokenizer.convert_tokens_to_ids(".")
    policy.model.generation_config.eos_token_id = [1, dot]
    assert policy.end_ids == [1, dot]
    samples = lm.sample(policy, ["Once"] * 64, max_new_tokens=60, generator=seeded())
    rows = [row[row != policy.pad_id].tolist() for row in samples.input_ids]
    stopped = [row.index(dot) == len(row) - 1 for row in rows if dot in row]
    assert stopped and all(stopped)


def test_a_pad_beyond_the_embedding_pads_with_end():
    policy = tiny("Llama")
    wanted = lm.response_logps(policy, ["Once"], [" a"]).detach()
    policy.tokenizer.add_special_tokens({"pad_token": "<new>"})
    found = lm.response_logps(policy, ["Once", "Once upon"], [" a", " time"]).detach()
    close(found[:1], wanted)
    with pytest.raises(ValueError, match="'<new>' as token 259, but the model knows only 259"):
        lm.encode(policy, ["Once"], [" a<new>"])


def test_a_tokenizer_without_end_is_refused_at_once():
    policy = tiny("Llama")
    policy.tokenizer.eos_token = None
    with pytest.raises(ValueError, match="tokenizer has None as its end token"):
        lm.Policy(policy.model, policy.tokenizer)


def test_sizes_may_lie_one_level_deeper():
    text = LLAMA | {"head_dim": 8, "vocab_size": 259}
    eye = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1,
           "num_attention_heads": 2, "image_size": 28, "patch_size": 14}  # fmt: skip
    config = tf.Gemma3Config(text_config=text, vision_config=eye, mm_tokens_per_image=4)
    policy = lm.Policy(tf.Gemma3ForConditionalGeneration(config).eval(), letters("b"))
    assert policy.context == 256
    wanted = torch.tensor([plain_logp(policy, "Once", " upon")])
    close(lm.response_logps(policy, ["Once"], [" upon"]).detach(), wanted)


def test_nothing_is_written_to_the_end_of_a_long_context_unasked():
    policy = tiny("Llama", max_position_embeddings=2000)
    policy.model.lm_head.weight.data[1] = 0
    policy.model.generation_config.eos_token_id = None
    samples = lm.sample(policy, ["Once"] * 2, temperature=0.05, generator=seeded())
    assert samples.completion_mask.sum(-1).max() <= 256
    with pytest.raises(ValueError, match="max_new_tokens is 1000000000"):
        lm.sample(tiny("Bloom"), ["Once"], max_new_tokens=10**9)


def test_a_tokenizer_written_in_python_is_read_too():
    model = tf.LlamaForCausalLM(tf.LlamaConfig(**LLAMA, vocab_size=384)).eval()
    policy = lm.Policy(model, tf.ByT5Tokenizer())
    batch = lm.encode(policy, ["é"], [" a"])
    assert batch.input_ids.tolist() == [[198, 172, 35, 100, 1]]  # bytes C3 A9 20 61, plus 3; END
    assert len(lm.sample(policy, ["On"], max_new_tokens=3).responses) == 1


def test_a_tokenizer_that_would_tidy_spaces_away_leaves_them(tmp_path):
    """As many stored ones are set to: " ." would come back as "."."""
    policy = tiny("Llama")
    lm.save_policy(policy, tmp_path)
    (tmp_path / "SHA256SUMS").unlink()
    file = tmp_path / "tokenizer_config.json"
    settings = json.loads(file.read_text()) | {"clean_up_tokenization_spaces": True}
    file.write_text(json.dumps(settings))
    assert tf.AutoTokenizer.from_pretrained(tmp_path).clean_up_tokenization_spaces
    assert not lm.load_policy("cpu", tmp_path).tokenizer.clean_up_tokenization_spaces


def test_half_a_character_is_said():
    with pytest.raises(ValueError, match=r"responses\[0\] has half a character"):
        lm.encode(tiny("Llama"), ["Once"], [" \ud83d"])


def test_a_network_that_changes_with_company_is_warned_of():
    """One whose bets depend on the width of the batch: no reading of several rows is right."""
    policy = tiny("Llama")

    def spoil(network, args, asked, output):
        output["logits"] = output["logits"] * (1 + asked["input_ids"].shape[1] / 100)

    policy.model.register_forward_hook(spoil, with_kwargs=True)
    with pytest.warns(UserWarning, match="side by side otherwise than each alone"):
        may_share(policy, pair_ids(policy, PAIRS))


def test_plain_ones_are_not_warned_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert may_share(tiny("Llama"), pair_ids(tiny("Llama"), PAIRS))
