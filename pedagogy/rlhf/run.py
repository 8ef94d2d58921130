"""A training run: what changes while it lasts, so that it can be interrupted and taken up again."""

import copy
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from pedagogy import require
from pedagogy.policy import Policy
from pedagogy.policy.model import whole_files

FILE = "run.safetensors"


@dataclass
class Round:
    """What one round of the cycle measured, in means over its stories."""

    number: int
    proxy_reward: float  # what the judge said
    true_reward: float | None  # what the human would have said, where we can ask
    kl: float  # KL(policy || reference), nats a story: summed over its words, exact for each word
    entropy: float  # of the bets, nats a word
    clip_fraction: float
    value_loss: float
    cut: float  # share of stories that found no end
    seconds: float
    stories: list[tuple[str, str]]  # prompt and response


@dataclass
class Run:
    """The policy in training, all that the training remembers, and the record of its rounds."""

    policy: Policy
    reference: Policy
    critic: torch.nn.Linear
    optimiser: torch.optim.Optimizer
    dice: torch.Generator
    rounds: list[Round] = field(default_factory=list)

    @property
    def learning_rate(self):
        return self.optimiser.param_groups[0]["lr"]

    @learning_rate.setter
    def learning_rate(self, rate):
        faster = require.positive(learning_rate=rate) / self.learning_rate
        for group in self.optimiser.param_groups:
            group["lr"] *= faster


def new_run(policy, *, learning_rate=1e-3, seed=0):
    """A run that trains the policy in place; its reference is a copy of the policy as it is now."""
    require.positive(learning_rate=learning_rate)
    critic = torch.nn.Linear(policy.model.config.hidden_size, 1).to(policy.device)
    torch.nn.init.zeros_(critic.weight)
    torch.nn.init.zeros_(critic.bias)
    weights = [
        {"params": policy.model.parameters()},
        {"params": critic.parameters(), "lr": 10 * learning_rate},  # it starts from nothing
    ]
    reference = Policy(copy.deepcopy(policy.model).requires_grad_(False), policy.tokenizer)
    optimiser = torch.optim.Adam(weights, lr=learning_rate)
    return Run(policy, reference, critic, optimiser, torch.Generator().manual_seed(seed))


def save_run(run, folder):
    """Write the run as one file, which is either the old one or the new one, never half of one."""
    rates = [group["lr"] for group in run.optimiser.param_groups]
    notes = {"rounds": [asdict(one) for one in run.rounds], "learning_rates": rates}
    with whole_files(folder) as draft:
        save_file(_tensors(run), draft / FILE, metadata={"run": json.dumps(notes)})


def load_run(folder, policy):
    """The run that save_run wrote; `policy`, of the same architecture, gets its weights.

    It goes on exactly as it would have gone on. FileNotFoundError: a folder without a run.
    ValueError: a policy that the weights do not fit.
    """
    file = Path(folder) / FILE
    if not file.is_file():
        raise FileNotFoundError(f"folder is {str(folder)!r}, but it has no {FILE}.")
    with safe_open(file, "pt", device="cpu") as stored:
        saved = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
        notes = json.loads(stored.metadata()["run"])
    run = new_run(policy)
    try:
        for name in ("policy", "reference"):
            getattr(run, name).model.load_state_dict(_under(saved, name))
        run.critic.load_state_dict(_under(saved, "critic"))
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise ValueError(f"policy does not fit the run in {str(folder)!r}: {reason}") from None
    memory = {}
    for name, tensor in _under(saved, "optimiser").items():
        number, what = name.split(".")
        memory.setdefault(int(number), {})[what] = tensor
    groups = run.optimiser.state_dict()["param_groups"]
    for group, rate in zip(groups, notes["learning_rates"], strict=True):
        group["lr"] = rate
    run.optimiser.load_state_dict({"state": memory, "param_groups": groups})
    run.dice.set_state(saved["dice"])
    told = [one | {"stories": [tuple(pair) for pair in one["stories"]]} for one in notes["rounds"]]
    run.rounds = [Round(**one) for one in told]
    return run


def _tensors(run):
    """All that is a tensor in a run, under one name each."""
    weights = {
        "policy": run.policy.model.state_dict(),
        "reference": run.reference.model.state_dict(),
        "critic": run.critic.state_dict(),
    }
    named = {f"{part}.{key}": value for part in weights for key, value in weights[part].items()}
    for number, memory in run.optimiser.state_dict()["state"].items():
        named |= {f"optimiser.{number}.{what}": tensor for what, tensor in memory.items()}
    named["dice"] = run.dice.get_state()
    # Tied weights are one tensor under two names, and the file wants a copy of each.
    return {name: tensor.detach().cpu().clone() for name, tensor in named.items()}


def _under(saved, part):
    head = f"{part}."
    return {name.removeprefix(head): t for name, t in saved.items() if name.startswith(head)}
