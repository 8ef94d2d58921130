"""Networks on disk: written whole, checked when they are read, and nothing fetched or executed."""

import hashlib
import json
import os
from contextlib import contextmanager, suppress
from pathlib import Path

from huggingface_hub import snapshot_download
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from pedagogy import require
from pedagogy.disk import draft_folder

WHOLE = ".whole-"  # what a draft is called once all of it is written
SUMS = "SHA256SUMS"  # as sha256sum writes and checks them
ADAPTER = "adapter_config.json"
LOCAL = {"local_files_only": True, "trust_remote_code": False}


@contextmanager
def whole_files(folder):
    """A draft folder, Path: what is written there moves to `folder` when all of it is written.

    A process that is killed leaves the old files or the new ones, never a mixture: a draft that
    is whole is moved by whoever comes next, one that is not is cleared away at the next write.
    OSError: no room, or no right to write; what was in the folder before is untouched.
    """
    folder = require.path(folder=folder)
    try:
        with draft_folder(folder) as draft:
            finish(folder)
            with quiet():
                yield draft
            _write_sums(folder, draft)
            draft.rename(folder / f"{WHOLE}{draft.name}")
    except SafetensorError as error:
        raise OSError(
            f"folder is {str(folder)!r}, but it cannot be written to: {error}. What was saved "
            "there before is as it was."
        ) from None
    finish(folder)


def finish(folder):
    """Move what a writer has wholly written, should it have been killed before it could."""
    for whole in sorted(Path(folder).glob(f"{WHOLE}*"), key=os.path.getmtime):
        with suppress(FileNotFoundError):  # another process may be at it, too
            for file in whole.iterdir():
                os.replace(file, whole.parent / file.name)
            whole.rmdir()


def read_network(auto_model, folder, dtype="auto"):
    """(network, tokenizer) of a folder, by one of transformers' Auto classes, on the CPU.

    By default in the dtype in which it was stored, every weight in its place. Only safetensors
    and JSON are read, no code. An adapter is put on the network that it was trained on.
    FileNotFoundError: a file that is missing. ValueError: one that is damaged, or weights that do
    not fit the config; both name folder and file.
    """
    folder = require.path(folder=folder)
    finish(folder)
    if (folder / ADAPTER).is_file():
        return _read_adapter(auto_model, folder, dtype)
    require_files(folder, "config.json", "tokenizer_config.json")
    if not (folder / "model.safetensors.index.json").is_file():
        require_files(folder, "model.safetensors")
    require_undamaged(folder)
    with readable(folder, "config.json"):
        config = AutoConfig.from_pretrained(folder, **LOCAL)
    if getattr(config, "quantization_config", None):
        raise ValueError(
            f"folder is {str(folder)!r}, but its weights are quantised: not trainable."
        )
    if "/" in str(config._attn_implementation):  # a kernel from the hub: transformers' own instead
        config._attn_implementation = None
    with readable(folder, "model.safetensors"), quiet():
        network, found = auto_model.from_pretrained(
            folder, config=config, dtype=dtype, use_safetensors=True, output_loading_info=True,
            ignore_mismatched_sizes=True, **LOCAL,
        )  # fmt: skip
    for what in ("missing", "unexpected", "mismatched"):
        if keys := found[f"{what}_keys"]:
            first = min(keys) if what != "mismatched" else min(keys)[0]
            raise ValueError(
                f"folder is {str(folder)!r}, but the weights in it do not fit its config.json: "
                f"{first} is {what}, and {len(keys) - 1} more."
            )
    with readable(folder, "tokenizer.json"):
        as_they_are = {"clean_up_tokenization_spaces": False}  # texts, their spaces included
        tokenizer = AutoTokenizer.from_pretrained(folder, **as_they_are, **LOCAL)
    return network, tokenizer


def _read_adapter(auto_model, folder, dtype):
    require_files(folder, "adapter_model.safetensors")
    require_undamaged(folder)
    base = json.loads((folder / ADAPTER).read_bytes()).get("base_model_name_or_path")
    try:
        there = (
            Path(base) if Path(base).is_dir() else snapshot_download(base, local_files_only=True)
        )
    except (OSError, TypeError, ValueError):
        raise FileNotFoundError(
            f"folder is {str(folder)!r}, which holds an adapter, but the model that it was trained "
            f"on, {base!r}, is not here: write its folder into {ADAPTER}."
        ) from None
    network, tokenizer = read_network(AutoModelForCausalLM, there, dtype)
    if auto_model is not AutoModelForCausalLM:  # a judge's: without the bets
        network = network.base_model
    with readable(folder, "adapter_model.safetensors"), quiet():
        network.load_adapter(folder, is_trainable=True)
    return network, tokenizer


def require_files(folder, *names):
    """FileNotFoundError unless the folder has them; first, what a killed writer left is moved."""
    finish(folder)
    for name in names:
        if not (Path(folder) / name).is_file():
            raise FileNotFoundError(f"folder is {str(folder)!r}, but it has no {name}.")


def require_undamaged(folder):
    """ValueError unless all files are as they were written, and all JSON is JSON."""
    for name, digest in _sums(folder).items():
        require_files(folder, name)
        if _digest(folder / name) != digest:
            raise ValueError(
                f"folder is {str(folder)!r}, but {name} in it is not as it was written, by {SUMS}: "
                f"it is damaged. If you changed it on purpose, remove {SUMS}."
            )
    for file in folder.glob("*.json"):
        with readable(folder, file.name):
            if not isinstance(json.loads(file.read_bytes()), dict):
                raise ValueError("it is no JSON object")


@contextmanager
def readable(folder, name):
    """Whatever goes wrong in the block: one ValueError that names the folder and this file."""
    try:
        yield
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise ValueError(
            f"folder is {str(folder)!r}, but {name} in it can't be read: {lines[0][:200]}"
        ) from None


@contextmanager
def quiet():
    """Without transformers' reports and bars: what they say is said in one sentence or not."""
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def _write_sums(folder, draft):
    sums = {name: digest for name, digest in _sums(folder).items() if (folder / name).is_file()}
    sums |= {file.name: _digest(file) for file in draft.iterdir()}
    lines = (f"{digest}  {name}\n" for name, digest in sums.items())
    (draft / SUMS).write_text("".join(lines), "utf-8")
    mode = (draft / SUMS).stat().st_mode  # the umask's; safetensors lets nobody else read
    for file in draft.iterdir():
        file.chmod(mode)


def _sums(folder):
    """{file: digest}, as far as they are known."""
    file = folder / SUMS
    lines = file.read_text("utf-8", "replace").splitlines() if file.is_file() else []
    return dict(reversed(line.split("  ", 1)) for line in lines if "  " in line)


def _digest(file):
    with open(file, "rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
