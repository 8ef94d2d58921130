"""The tiny transformer: what it is made of, where its weights lie, on which device it runs."""

import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedModel, PreTrainedTokenizerBase

from pedagogy.tokenizer import make_tokenizer

ASSETS = Path(__file__).parents[1] / "assets"
CONTEXT = 64  # words, prompt and response together; the longest tale has 57 and END


@dataclass
class Policy:
    """A causal language model of transformers and its tokenizer: together they write."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase

    @property
    def device(self):
        return self.model.device

    @property
    def context(self):
        """The most tokens it can read, prompt and response together."""
        return self.model.config.max_position_embeddings

    @property
    def end_id(self):
        return self.tokenizer.eos_token_id

    @property
    def pad_id(self):
        """Fills up rows; masks say what is padding, so END serves where there is no PAD."""
        pad_id = self.tokenizer.pad_token_id
        return self.end_id if pad_id is None else pad_id


def new_policy(seed):
    """An untrained policy of GPT-2 architecture, on the CPU; the same from the same seed."""
    tokenizer = make_tokenizer()
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
        torch.manual_seed(seed)
        return Policy(GPT2LMHeadModel(config).eval(), tokenizer)


def new_head(policy):
    """A linear layer that makes one number of what the transformer has read: 0, to begin with."""
    head = torch.nn.Linear(policy.model.config.hidden_size, 1).to(policy.device)
    torch.nn.init.zeros_(head.weight)
    torch.nn.init.zeros_(head.bias)
    return head


def load_policy(device="auto", folder=ASSETS):
    """The storyteller that comes with the package, or the one save_policy put into a folder.

    device: "auto" takes CUDA where there is some, else the CPU; or "cpu", "cuda", "mps".
    Nothing is fetched. FileNotFoundError: a folder without a policy. ValueError: no such device.
    Torch is set to one thread: for so small a model, threads mostly wait for each other, up to
    ten times as long when the machine is busy. torch.set_num_threads undoes it.
    """
    torch.set_num_threads(1)
    device = choose_device(device)
    files = [Path(folder) / name for name in ("config.json", "model.safetensors")]
    for file in files:
        if not file.is_file():
            raise FileNotFoundError(f"folder is {str(folder)!r}, but it has no {file.name}.")
    model = GPT2LMHeadModel(GPT2Config.from_json_file(files[0]))
    model.load_state_dict(load_file(files[1]), strict=False)  # lm_head shares the embedding
    model.tie_weights()
    return Policy(model.to(device).eval(), make_tokenizer())


def save_policy(policy, folder):
    """Write weights (safetensors), config and tokenizer; readable by from_pretrained too.

    A file is either the old one or the new one, never half of one.
    """
    with whole_files(folder) as draft:
        policy.model.save_pretrained(draft)
        policy.tokenizer.save_pretrained(draft)


@contextmanager
def whole_files(folder):
    """A draft folder, Path: what is written there moves to `folder` when all of it is written.

    OSError: no room, or no right to write; what was in the folder before is untouched.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as draft:
        try:
            yield Path(draft)
        except SafetensorError as error:
            raise OSError(
                f"folder is {str(folder)!r}, but it cannot be written to: {error}. What was saved "
                "there before is as it was."
            ) from None
        for file in Path(draft).iterdir():
            os.replace(file, folder / file.name)


def require_same_vocabulary(**policies):
    """All must know the same words by the same numbers, or their bets can't be compared."""
    (first, one), *others = ((name, who.tokenizer.get_vocab()) for name, who in policies.items())
    for name, other in others:
        if other != one:
            raise ValueError(
                f"{name} has a vocabulary of {len(other)} tokens, {first} another of {len(one)}, "
                "but they must be the same, or their bets can't be compared."
            )


def choose_device(name):
    """torch.device of "auto", "cpu", "cuda" or "mps". ValueError: unknown, or not to be had."""
    here = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if name == "auto":
        return torch.device("cuda" if here["cuda"] else "cpu")
    if name not in here:
        raise ValueError(f"device is {name!r}, but it must be 'auto', 'cpu', 'cuda' or 'mps'.")
    if not here[name]:
        raise ValueError(f"device is {name!r}, but this machine or its torch has none: use 'cpu'.")
    return torch.device(name)
