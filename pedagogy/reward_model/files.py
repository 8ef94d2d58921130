"""A judge on disk, in a folder of its own: a network as transformers keeps it, head and offset."""

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel

from pedagogy import require
from pedagogy.policy import choose_device
from pedagogy.policy.files import read_network, readable, require_files, whole_files
from pedagogy.policy.model import Head, move
from pedagogy.reward_model.model import RewardModel, require_judge

FOLDER, HEAD = "reward_model", "head.safetensors"  # a policy has room beside it
OLD_FILE = "reward_model.safetensors"  # of versions before this one


def save_reward_model(reward_model, folder):
    """Write transformer, tokenizer, head and offset to folder/reward_model: all of it, or nothing.

    TypeError: not a reward model.
    """
    require_judge(reward_model)
    head = {name: weight.contiguous() for name, weight in reward_model.head.state_dict().items()}
    head["offset"] = torch.tensor(reward_model.offset, dtype=torch.float64)
    with whole_files(require.path(folder=folder) / FOLDER) as draft:
        save_file(head, draft / HEAD)
        reward_model.model.save_pretrained(draft, max_shard_size=2**60)
        reward_model.tokenizer.save_pretrained(draft)


def load_reward_model(folder, device="auto"):
    """The judge that save_reward_model put into a folder; its scores are the same to the last bit.

    device as in load_policy. FileNotFoundError: a folder without a judge. ValueError: no such
    device; a file that is damaged, or weights that do not fit. MemoryError: a device without room.
    """
    choose_device(device)
    folder = require.path(folder=folder)
    if (folder / OLD_FILE).is_file() and not (folder / FOLDER).is_dir():
        raise ValueError(
            f"folder is {str(folder)!r}, but its {OLD_FILE} is of an earlier version, which can't "
            "be read: teach a new judge."
        )
    folder = folder / FOLDER
    require_files(folder, HEAD)
    model, tokenizer = read_network(AutoModel, folder)
    with readable(folder, HEAD):
        saved = load_file(folder / HEAD)
        offset = saved.pop("offset").item()
        head = Head(saved["weight"].shape[1], 1).to(saved["weight"].dtype)
        head.load_state_dict(saved)
        reward_model = RewardModel(model.eval(), tokenizer, head, offset)
    move(model, device)
    head.to(model.device)
    return reward_model
