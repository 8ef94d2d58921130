"""A training run: what changes while it lasts, so that it can be interrupted and taken up again."""

import copy
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from pedagogy import require
from pedagogy.policy import Policy
from pedagogy.policy.model import whole_files

FILE = "run.safetensors"


@dataclass
class Run:
    """The policy in training, the policy as it was before, and what the training remembers.

    Of other fields, networks, a torch.Generator, plain numbers and one list of records are kept.
    """

    policy: Policy
    reference: Policy
    optimiser: torch.optim.Optimizer

    @property
    def learning_rate(self):
        return self.optimiser.param_groups[0]["lr"]

    @learning_rate.setter
    def learning_rate(self, rate):
        faster = require.positive(learning_rate=rate) / self.learning_rate
        for group in self.optimiser.param_groups:
            group["lr"] *= faster


def copy_of(policy):
    """A policy with the same weights, which are never trained; its dropout is off."""
    return Policy(copy.deepcopy(policy.model).requires_grad_(False).eval(), policy.tokenizer)


def save_run(run, folder):
    """Write the run as one file, which is either the old one or the new one, never half of one."""
    rates = [group["lr"] for group in run.optimiser.param_groups]
    notes = {"learning_rates": rates} | {
        name: [asdict(record) for record in value] if isinstance(value, list) else value
        for name, value in _parts(run, list | int | float)
    }
    with whole_files(folder) as draft:
        save_file(_tensors(run), draft / FILE, metadata={"run": json.dumps(notes)})


def fill_run(run, folder, record):
    """The new run as save_run wrote one: weights, memory, dice, and a list of `record`s.

    FileNotFoundError: a folder without a run. ValueError: a run of another method, or of
    networks that are not of the same shape.
    """
    file = Path(folder) / FILE
    if not file.is_file():
        raise FileNotFoundError(f"folder is {str(folder)!r}, but it has no {FILE}.")
    with safe_open(file, "pt", device="cpu") as stored:
        saved = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
        notes = json.loads(stored.metadata()["run"])
    if {name for name, _ in _parts(run, list | int | float)} != set(notes) - {"learning_rates"}:
        raise ValueError(f"folder is {str(folder)!r}, but the run in it is of another method.")
    for name, network in _networks(run):
        try:
            network.load_state_dict(_under(saved, name))
        except RuntimeError as error:
            reason = str(error).splitlines()[-1].strip()
            raise ValueError(f"{name} does not fit the run in {str(folder)!r}: {reason}") from None
    _remember(run.optimiser, _under(saved, "optimiser"), notes["learning_rates"])
    for name, dice in _parts(run, torch.Generator):
        dice.set_state(saved[name])
    for name, value in _parts(run, list | int | float):
        told = notes[name]
        setattr(run, name, [record(**one) for one in told] if isinstance(value, list) else told)
    return run


def _parts(run, kind):
    """The fields of a kind, by name."""
    named = ((field.name, getattr(run, field.name)) for field in fields(run))
    return [(name, part) for name, part in named if isinstance(part, kind)]


def _networks(run):
    """All networks by name."""
    named = _parts(run, Policy | torch.nn.Module)
    return [(name, getattr(part, "model", part)) for name, part in named]


def _tensors(run):
    """All that is a tensor in a run, under one name each."""
    named = {
        f"{part}.{key}": tensor
        for part, network in _networks(run)
        for key, tensor in network.state_dict().items()
    }
    for number, memory in run.optimiser.state_dict()["state"].items():
        named |= {f"optimiser.{number}.{what}": tensor for what, tensor in memory.items()}
    named |= {name: dice.get_state() for name, dice in _parts(run, torch.Generator)}
    # Tied weights are one tensor under two names, and the file wants a copy of each.
    return {name: tensor.detach().cpu().clone() for name, tensor in named.items()}


def _remember(optimiser, tensors, rates):
    """Put the memory of each parameter, and the learning rates, into a new optimiser."""
    memory = {}
    for name, tensor in tensors.items():
        number, what = name.split(".")
        memory.setdefault(int(number), {})[what] = tensor
    groups = optimiser.state_dict()["param_groups"]
    for group, rate in zip(groups, rates, strict=True):
        group["lr"] = rate
    optimiser.load_state_dict({"state": memory, "param_groups": groups})


def _under(saved, part):
    head = f"{part}."
    return {name.removeprefix(head): t for name, t in saved.items() if name.startswith(head)}
