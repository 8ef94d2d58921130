"""DPO of a real model with LoRA, here and in trl: time and memory of a step, beside the floor.

    python bench/real_dpo.py [--steps 4]

SmolLM2 (`make real`), eight of the plain pairs in each step, the same A in every adapter. The floor
is a forward and a backward pass and an optimiser step on the tokens of both rows of each pair,
without any reference. Each way has a process of its own, and works with one thread: what is told
is CPU seconds, which another program on the machine changes little. The first step, in which the
reference is asked and torch warms up, is told apart.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import warnings

import torch
from datasets import Dataset, disable_progress_bars
from peft import LoraConfig
from transformers import PrinterCallback, TrainerCallback
from trl import DPOConfig, DPOTrainer

from pedagogy import dpo
from pedagogy.compare import measure_cost
from pedagogy.human import plain_pairs
from pedagogy.policy import add_lora
from pedagogy.policy.logps import positions
from pedagogy.policy.lora import LORA, trained_weights
from pedagogy.policy.pairs import pair_ids, to_pair_batch
from pedagogy.pretrained import load_pretrained

BETA, RATE, RANK, ALPHA = 0.1, 3e-4, 8, 16
PAIRS = plain_pairs()[0][:8]


def ours(policy, steps, adapter):
    run = dpo.new_run(add_lora(policy, rank=RANK, alpha=ALPHA), learning_rate=RATE)
    ends, losses = [time.process_time()], []
    for step in dpo.fit(run, PAIRS, beta=BETA, steps=steps, batch_size=len(PAIRS)):
        ends.append(time.process_time())
        losses.append(step.loss)
    return ends, losses


class Stopwatch(TrainerCallback):
    def __init__(self):
        self.ends = []

    def on_train_begin(self, *_, **__):
        self.ends.append(time.process_time())

    def on_step_end(self, *_, **__):
        self.ends.append(time.process_time())


def with_trl(policy, steps, adapter):
    disable_progress_bars()
    watch = Stopwatch()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings = DPOConfig(
            output_dir=folder, beta=BETA, learning_rate=RATE, lr_scheduler_type="constant",
            max_steps=steps, per_device_train_batch_size=len(PAIRS), bf16=False, use_cpu=True,
            gradient_checkpointing=False, logging_steps=1, save_strategy="no", report_to="none",
            disable_tqdm=True, dataloader_pin_memory=False,
        )  # fmt: skip
        lora = LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules="all-linear")
        trainer = DPOTrainer(
            policy.model, args=settings, processing_class=policy.tokenizer, peft_config=lora,
            train_dataset=Dataset.from_list(list(map(vars, PAIRS))), callbacks=[watch],
        )  # fmt: skip
        trainer.remove_callback(PrinterCallback)
        trainer.model.get_base_model().load_state_dict(adapter, strict=False)
        trainer.train()
    return watch.ends, [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]


def floor(policy, steps, adapter):
    model = add_lora(policy, rank=RANK, alpha=ALPHA).model
    optimiser = torch.optim.Adam(trained_weights(model), lr=RATE)
    batch = to_pair_batch(policy, pair_ids(policy, PAIRS))
    inputs = {"attention_mask": batch.attention_mask, "use_cache": False}
    ends = [time.process_time()]
    for _ in range(steps):
        logits = model(
            batch.input_ids, position_ids=positions(batch.attention_mask), **inputs
        ).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), batch.input_ids.flatten())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        ends.append(time.process_time())
    return ends, []


WAYS = {"ours": ours, "DPOTrainer": with_trl, "floor": floor}


def tell(way, steps):
    """Print what one way takes as JSON: seconds of each step, losses, and megabytes at the peak."""
    torch.set_num_threads(1)
    twin = add_lora(load_pretrained(device="cpu"), rank=RANK, alpha=ALPHA).model.state_dict()
    adapter = {name: weight for name, weight in twin.items() if LORA in name}
    del twin
    policy = load_pretrained(device="cpu")
    with measure_cost() as cost:
        ends, losses = WAYS[way](policy, steps, adapter)
    seconds = [end - begin for begin, end in zip(ends, ends[1:], strict=False)]
    print(json.dumps({"seconds": seconds, "losses": losses, "memory": cost.memory}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--way", choices=WAYS, help="one way only, as JSON")
    asked = parser.parse_args()
    if asked.way:
        return tell(asked.way, asked.steps)
    print("| way | CPU s, first step | CPU s a step then | peak memory, MB | losses |")
    print("|---|---|---|---|---|")
    for way in WAYS:
        command = [sys.executable, __file__, "--way", way, "--steps", str(asked.steps)]
        said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        found = json.loads(said.splitlines()[-1])
        first, *others = found["seconds"]
        losses = " ".join(f"{float(loss):.4f}" for loss in found["losses"])
        print(f"| {way} | {first:.1f} | {min(others):.1f} | {found['memory']:.0f} | {losses} |")


if __name__ == "__main__":
    main()
