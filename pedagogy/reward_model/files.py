"""A judge on disk: weights in safetensors, its shape in JSON; beside a policy if you like."""

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import GPT2Config, GPT2Model

from pedagogy.policy import choose_device
from pedagogy.policy.model import whole_files
from pedagogy.reward_model.model import RewardModel
from pedagogy.tokenizer import make_tokenizer

CONFIG, WEIGHTS = "reward_model.json", "reward_model.safetensors"


def save_reward_model(reward_model, folder):
    """Write transformer, head and zero; a file is the old one or the new one, never a half."""
    weights = {f"model.{name}": w for name, w in reward_model.model.state_dict().items()}
    weights |= {f"head.{name}": w for name, w in reward_model.head.state_dict().items()}
    weights["zero"] = torch.tensor(reward_model.zero, dtype=torch.float64)
    with whole_files(folder) as draft:
        save_file(weights, draft / WEIGHTS)
        reward_model.model.config.to_json_file(draft / CONFIG)


def load_reward_model(folder, device="auto"):
    """The judge that save_reward_model put into a folder; its scores are the same to the last bit.

    device as in load_policy. FileNotFoundError: a folder without a judge. ValueError: no such
    device.
    """
    device = choose_device(device)
    config, weights = Path(folder) / CONFIG, Path(folder) / WEIGHTS
    for file in (config, weights):
        if not file.is_file():
            raise FileNotFoundError(f"folder is {str(folder)!r}, but it has no {file.name}.")
    model = GPT2Model(GPT2Config.from_json_file(config))
    judge = torch.nn.ModuleDict({"model": model, "head": torch.nn.Linear(model.config.n_embd, 1)})
    saved = load_file(weights)
    zero = saved.pop("zero").item()
    judge.load_state_dict(saved)
    judge.to(device).eval()
    return RewardModel(judge["model"], make_tokenizer(), judge["head"], zero)
