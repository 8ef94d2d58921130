"""A training run: what changes while it lasts, so that it can be interrupted and taken up again."""

import os
import zipfile
from dataclasses import asdict, dataclass, fields

import torch

from pedagogy import require
from pedagogy.policy import Policy
from pedagogy.policy.lora import copy_of_trained, fill, state_of, switch_off_unused_adapter
from pedagogy.training.fits import require_fit
from pedagogy.training.undo import uninterrupted

FILE = "run.pt"
OLD_FILE = "run.safetensors"  # of versions before this one


@dataclass
class Run:
    """The policy in training, the policy as it was before, and what the training remembers.

    Of other fields, networks, a torch.Generator, whole numbers, None and one list of records are
    kept.
    """

    policy: Policy
    reference: Policy
    optimiser: torch.optim.Optimizer

    @property
    def learning_rate(self):
        return self.optimiser.param_groups[0]["lr"]

    @learning_rate.setter
    def learning_rate(self, rate):
        faster = float(require.positive(learning_rate=rate)) / self.learning_rate
        for group in self.optimiser.param_groups:
            group["lr"] *= faster


def copy_of(policy):
    """A policy with the same weights, which are never trained; its dropout is off.

    Frozen weights are shared: beside a new LoRA adapter it is the same network, adapter off.
    """
    network = copy_of_trained(policy.model).requires_grad_(False).eval()
    switch_off_unused_adapter(network)
    return Policy(network, policy.tokenizer)


def require_run(run):
    """TypeError unless it has what the run of a training has."""
    require.parts("what new_run gives", "policy", "reference", "optimiser", run=run)


def save_run(run, folder):
    """Write the run as one file, which is either the old one or the new one, never half of one.

    OSError: no room, or no right to write; what was saved before is untouched.
    """
    require_run(run)
    folder = require.path(folder=folder)
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{FILE}.draft"  # one name, so that what a killed process left is written over
    try:
        torch.save(packed(run), draft)
        os.replace(draft, folder / FILE)
    except (OSError, RuntimeError) as error:
        raise OSError(
            f"folder is {str(folder)!r}, but it cannot be written to: {error}. What was saved "
            "there before is as it was."
        ) from None
    finally:
        draft.unlink(missing_ok=True)


def read_run(folder):
    """What save_run wrote, a dict; it can hold no code, and its checksums are compared.

    FileNotFoundError: a folder without a run. ValueError: a damaged file.
    """
    folder = require.path(folder=folder)
    file = folder / FILE
    if not file.is_file():
        old = f"; {OLD_FILE} is of an earlier version" if (folder / OLD_FILE).is_file() else ""
        raise FileNotFoundError(f"folder is {str(folder)!r}, but it has no {FILE}{old}.")
    try:
        with zipfile.ZipFile(file) as parts:
            saved = None if parts.testzip() else torch.load(file, "cpu", weights_only=True)
    except Exception:  # whatever a decoder says of what it cannot decode
        saved = None
    if not isinstance(saved, dict):
        raise ValueError(f"folder is {str(folder)!r}, but its {FILE} is damaged.")
    return saved


def fill_run(run, saved, folder, record):
    """The new run as the saved one was: weights, memory, generator, and a list of `record`s.

    All is looked at before the first weight is changed. ValueError: a run of another method or
    version, or of other networks.
    """
    try:
        require_fit(packed(run), saved, run.optimiser, record)
    except ValueError as error:
        raise ValueError(f"folder is {str(folder)!r}, but {error}") from None
    with uninterrupted():
        for field in fields(run):
            setattr(run, field.name, _filled(getattr(run, field.name), saved[field.name], record))
    return run


def packed(run):
    """All that a run is made of, by field: tensors, numbers and texts in dicts and lists."""
    return {field.name: _packed(getattr(run, field.name)) for field in fields(run)}


def _packed(part):
    part = getattr(part, "model", part)  # a policy's
    if isinstance(part, torch.nn.Module):
        return state_of(part)
    if hasattr(part, "state_dict"):
        return part.state_dict()
    if isinstance(part, torch.Generator):
        return part.get_state()
    if isinstance(part, list):
        return [{name: _plain(value) for name, value in asdict(one).items()} for one in part]
    return _plain(part)


def _plain(value):
    """A number of numpy's or torch's as one of Python's."""
    return value.item() if hasattr(value, "item") else value


def _filled(part, saved, record):
    """The field of a run, with what was saved of it."""
    if isinstance(part, list):
        return [record(**one) for one in saved]
    whole = getattr(part, "model", part)
    if isinstance(whole, torch.nn.Module):
        fill(whole, saved)
    elif hasattr(whole, "load_state_dict"):
        whole.load_state_dict(saved)
    elif isinstance(part, torch.Generator):
        part.set_state(saved)
    else:
        return saved
    return part
