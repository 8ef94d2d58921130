"""The tiny transformer: what it is made of, where its weights lie, on which device it runs."""

import math
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import (
    AutoModelForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from pedagogy import require
from pedagogy.policy.files import read_network, readable, require_files, whole_files
from pedagogy.policy.network import is_full, require_policy
from pedagogy.stories import WORDS
from pedagogy.tokenizer import make_tokenizer

ASSETS = Path(__file__).parents[1] / "assets"
CONTEXT = 64  # words, prompt and response together; the longest tale has 57 and END
SMALL = 10_000_000  # weights; with more, threads are worth their while


@dataclass
class Reader:
    """A transformer and its tokenizer: what reads texts, to bet on words or to judge them."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase

    def __post_init__(self):
        if not hasattr(self.model, "get_input_embeddings"):
            kind = type(self.model).__name__
            raise TypeError(f"model is a {kind}, but it must be a network of transformers.")
        if not hasattr(self.tokenizer, "eos_token_id"):
            kind = type(self.tokenizer).__name__
            raise TypeError(f"tokenizer is a {kind}, but it must be one of transformers.")
        if self.end_id is None or self.end_id >= self.vocabulary:
            raise ValueError(
                f"tokenizer has {self.tokenizer.eos_token!r} as its end token (eos_token), but it "
                "must have one that the model knows, or no response would find its end."
            )

    @property
    def device(self):
        return self.model.device

    @property
    def context(self):
        """The most tokens it can read, prompt and response together; math.inf: no limit."""
        config = self.model.config.get_text_config()
        limits = (
            getattr(config, name, None) for name in ("max_position_embeddings", "max_seq_len")
        )
        return next((limit for limit in limits if limit and limit > 0), math.inf)

    @property
    def vocabulary(self):
        """How many tokens the network knows, an int."""
        return self.model.get_input_embeddings().weight.shape[0]

    @property
    def end_id(self):
        return self.tokenizer.eos_token_id

    @property
    def end_ids(self):
        """All tokens that end a response, list[int]: END, and those of the generation_config."""
        more = getattr(getattr(self.model, "generation_config", None), "eos_token_id", None)
        more = [more] if isinstance(more, int) else more or []
        return [self.end_id, *(end for end in more if end != self.end_id)]

    @property
    def pad_id(self):
        """Fills up rows; masks say what is padding, so END serves where there is no PAD."""
        pad_id = self.tokenizer.pad_token_id
        return self.end_id if pad_id is None or pad_id >= self.vocabulary else pad_id

    def known_ids(self, rows):
        """Lists of ids as they came; ValueError: the network lacks a token of the tokenizer."""
        largest = max((max(ids) for ids in rows if ids), default=0)
        if largest >= self.vocabulary:
            token = self.tokenizer.convert_ids_to_tokens(largest)
            raise ValueError(
                f"the tokenizer reads {token!r} as token {largest}, but the model knows only "
                f"{self.vocabulary}: model.resize_token_embeddings(len(tokenizer)) adds the others."
            )
        return rows


class Policy(Reader):
    """A causal language model of transformers and its tokenizer: together they write."""

    def __post_init__(self):
        super().__post_init__()
        if self.model.get_output_embeddings() is None:
            kind = type(self.model).__name__
            raise TypeError(f"model is a {kind}, but it must be a causal language model.")


def new_policy(seed, words=WORDS):
    """An untrained policy of GPT-2 architecture, on the CPU; the same from the same seed.

    words: those it knows, the storyteller's or a Grammar's own.
    """
    tokenizer = make_tokenizer(words)
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=CONTEXT,
        n_embd=64,
        n_layer=3,
        n_head=4,
        activation_function="gelu_pytorch_tanh",  # GPT-2's own, in one step instead of eight
        # Without dropout, sampling and scoring see one and the same distribution.
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(require.seed(seed=seed))  # the CPU's alone
        return Policy(GPT2LMHeadModel(config).eval(), tokenizer)


class Head(torch.nn.Linear):
    """A linear layer that makes one number of what a transformer has read, in its own dtype."""

    def forward(self, hidden):
        return super().forward(hidden.to(self.weight.dtype))


def new_head(policy):
    """A Head for the policy's transformer, in float32 at least: 0, to begin with."""
    read = policy.model.get_output_embeddings().weight
    head = Head(read.shape[-1], 1).to(read.device, torch.promote_types(read.dtype, torch.float32))
    torch.nn.init.zeros_(head.weight)
    torch.nn.init.zeros_(head.bias)
    return head


def load_policy(device="auto", folder=ASSETS):
    """The storyteller that comes with the package, or the one save_policy put into a folder.

    Any causal language model of transformers, as it was stored, with its own tokenizer, in its
    own dtype. device: "cpu", "cuda", "mps"; "auto" takes CUDA for a large model, where there is
    some, and else the CPU. Nothing is fetched, and no code or pickle is read from the folder.

    FileNotFoundError: a folder without a policy. ValueError: no such device; a file that is
    damaged, or weights that do not fit. MemoryError: a device without room for it.

    NOTE: after a small one is loaded, torch works with one thread in the whole process: threads
    mostly wait for each other, up to ten times as long when the machine is busy, and another
    number adds up in another order. torch.set_num_threads undoes it.
    """
    choose_device(device)  # a wrong one is refused before anything is read
    folder = require.path(folder=folder)
    model, tokenizer = (
        _storyteller() if folder == ASSETS else read_network(AutoModelForCausalLM, folder)
    )
    with readable(folder, "tokenizer_config.json"):
        policy = Policy(model.eval(), tokenizer)
    return ready(policy, device)


def ready(policy, device):
    """The policy on its device; for a small one torch is set to one thread, as load_policy says."""
    if is_small(policy.model):
        torch.set_num_threads(1)
    move(policy.model, device)
    return policy


def is_small(model):
    """Whether one thread of the CPU will do, a bool."""
    return model.num_parameters() < SMALL


def move(model, device):
    """Put a network where choose_device says. MemoryError: no room."""
    try:
        model.to(choose_device(device, model))
    except RuntimeError as error:
        if not is_full(error):
            raise
        raise MemoryError(
            f"device is {device!r}, but it has no room for a model of "
            f"{model.num_parameters():,} weights: take 'cpu', or end what else fills it."
        ) from None


def _storyteller():
    """The same as read_network reads, several times as quickly."""
    require_files(ASSETS, "config.json", "model.safetensors")
    model = GPT2LMHeadModel(GPT2Config.from_json_file(ASSETS / "config.json"))
    with readable(ASSETS, "model.safetensors"):
        weights = load_file(ASSETS / "model.safetensors")
        tied = {"lm_head.weight": weights["transformer.wte.weight"]}
        model.load_state_dict(weights | tied)
    return model, make_tokenizer()


def save_policy(policy, folder):
    """Write weights (safetensors), config and tokenizer; readable by from_pretrained too.

    Of a policy with an adapter, the adapter alone. The folder has all of the old policy or all of
    the new one, never a mixture; other files in it stay. Beside them lie their check sums,
    SHA256SUMS.
    """
    require_policy(policy)
    with whole_files(folder) as draft:
        policy.model.save_pretrained(draft, max_shard_size=2**60)  # a single file
        policy.tokenizer.save_pretrained(draft)


def choose_device(device, model=None):
    """torch.device of "auto", "cpu", "cuda" or "mps". ValueError: unknown, or not to be had.

    "auto" takes CUDA where there is some, but for a small model the CPU: there its numbers are
    those of the notebooks, and stand beside what a human said. Large batches want "cuda".
    """
    here = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if require.text(device=device) == "auto":
        small = model is not None and is_small(model)
        return torch.device("cuda" if here["cuda"] and not small else "cpu")
    if device not in here:
        raise ValueError(f"device is {device!r}, but it must be 'auto', 'cpu', 'cuda' or 'mps'.")
    if not here[device]:
        raise ValueError(
            f"device is {device!r}, but this machine or its torch has none: use 'cpu'."
        )
    return torch.device(device)
