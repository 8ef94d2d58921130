"""DPO here and in trl: the same model, pairs, batches, optimiser and beta, in turn in one run.

    python bench/dpo_vs_trl.py [--quick]

trl's DPOTrainer, without and with the reference's log-probabilities computed beforehand: as it
comes, in an order of chance, and with the batches of pedagogy.dpo.fit, which puts pairs of like
length together and so has less padding. Then fit itself, and the floor: a bare forward and
backward pass and an optimiser step on the tokens of these batches, without any reference.

Milliseconds a step are a median, taken when every pair has been read once; the total counts
everything from the first line on, and is what a user waits for. Peak memory is that of a process
of its own, beyond what it held before the training.
"""

import argparse
import copy
import itertools
import logging
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from functools import partial

import torch
from datasets import Dataset, disable_progress_bars
from transformers import GPT2LMHeadModel, PrinterCallback, TrainerCallback
from trl import DPOConfig, DPOTrainer

from pedagogy import dpo, training
from pedagogy.compare import measure_cost
from pedagogy.human import label_pairs
from pedagogy.policy import Policy, load_policy
from pedagogy.policy.logps import positions
from pedagogy.policy.pairs import pair_ids, pair_lengths, to_pair_batch
from pedagogy.reward_model import collect_pairs
from pedagogy.stories import openings

BETA, EPOCHS = 0.1, 4
SIZES = {"0.17 M": (64, 3), "1 M": (128, 5), "10 M": (256, 12)}  # width, layers


def batches(run, preferences, batch_size, steps):
    """What fit reads at each step, list[list[Preference]]."""
    plan = training.batches(pair_lengths(pair_ids(run.policy, preferences)), batch_size, run.seed)
    return [[preferences[i] for i in next(plan)] for _ in range(steps)]


class Stopwatch(TrainerCallback):
    """The moment at which each step ended."""

    def __init__(self):
        self.ends = []

    def on_step_end(self, *_, **__):
        self.ends.append(time.perf_counter())


def trl_trainer(
    run,
    pairs,
    *,
    batch_size,
    steps,
    precomputed=False,
    order="sequential",
    beta=BETA,
    callback=None,
):
    """A DPOTrainer that reads the pairs as often as the steps ask for.

    It trains a copy; the run stays as it is. order: "sequential" or "random".
    """
    texts = [vars(pair) for pair in pairs]
    disable_progress_bars()
    logging.getLogger("transformers").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings = DPOConfig(
            output_dir=folder,
            beta=beta,
            learning_rate=run.learning_rate,
            lr_scheduler_type="constant",
            max_steps=steps,
            per_device_train_batch_size=batch_size,
            train_sampling_strategy=order,
            precompute_ref_log_probs=precomputed,
            precompute_ref_batch_size=batch_size,
            bf16=False,
            gradient_checkpointing=False,
            logging_steps=1,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            use_cpu=run.policy.device.type == "cpu",
            dataloader_pin_memory=False,
        )
        trainer = DPOTrainer(
            model=copy.deepcopy(run.policy.model),
            ref_model=None if precomputed else copy.deepcopy(run.reference.model),
            args=settings,
            train_dataset=Dataset.from_list(texts),
            processing_class=run.policy.tokenizer,
            callbacks=[callback or Stopwatch()],
        )
    trainer.remove_callback(PrinterCallback)
    return trainer


def with_trl(run, preferences, batch_size, steps, precomputed=False, order="sequential"):
    """(moments at which the steps ended, losses)."""
    first = batches(run, preferences, batch_size, len(preferences) // batch_size)
    watch = Stopwatch()
    trainer = trl_trainer(
        run,
        sum(first, []),
        batch_size=batch_size,
        steps=steps,
        precomputed=precomputed,
        order=order,
        callback=watch,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer.train()
    return watch.ends, [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]


def with_ours(run, preferences, batch_size, steps):
    policy = Policy(copy.deepcopy(run.policy.model), run.policy.tokenizer)
    ours = dpo.new_run(policy, learning_rate=run.learning_rate, seed=run.seed)
    ends, losses = [], []
    for step in dpo.fit(ours, preferences, beta=BETA, steps=steps, batch_size=batch_size):
        ends.append(time.perf_counter())
        losses.append(step.loss)
    return ends, losses


def floor(run, preferences, batch_size, steps):
    model, ends = copy.deepcopy(run.policy.model), []
    optimiser = torch.optim.Adam(model.parameters(), lr=run.learning_rate)
    for pairs in batches(run, preferences, batch_size, steps):
        batch = to_pair_batch(run.policy, pair_ids(run.policy, pairs))
        logits = model(
            input_ids=batch.input_ids,
            attention_mask=batch.attention_mask,
            position_ids=positions(batch.attention_mask),
        ).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), batch.input_ids.flatten())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        ends.append(time.perf_counter())
    return ends, []


WAYS = {
    "DPOTrainer": partial(with_trl, order="random"),
    "its reference precomputed": partial(with_trl, order="random", precomputed=True),
    "DPOTrainer, our batches": with_trl,
    "precomputed, our batches": partial(with_trl, precomputed=True),
    "ours": with_ours,
    "floor": floor,
}


def set_up(size, pairs):
    """A run of a model of that size, and judged pairs of the storyteller's tales."""
    storyteller = load_policy("cpu")  # sets torch to one thread, for all ways alike
    prompts = openings(pairs, seed=0)
    preferences = label_pairs(*collect_pairs(storyteller, prompts, seed=0), seed=0)
    if len(preferences) != pairs:
        raise ValueError(f"pairs is {pairs}, but only {len(preferences)} could be judged.")
    config = copy.deepcopy(storyteller.model.config)
    config.n_embd, config.n_layer = SIZES[size]
    torch.manual_seed(0)
    policy = storyteller if size == "0.17 M" else Policy(
        GPT2LMHeadModel(config).eval(), storyteller.tokenizer
    )  # fmt: skip
    return dpo.new_run(policy, learning_rate=1e-4), preferences


def race(size, batch_size, turns):
    """Print a row for each way: milliseconds a step, total, memory, and ratios to ours."""
    pairs = max(2 * batch_size, 16)
    steps = EPOCHS * pairs // batch_size
    run, preferences = set_up(size, pairs)
    medians, totals, losses = ({way: [] for way in WAYS} for _ in range(3))
    for _ in range(turns):
        for way, train in WAYS.items():
            start = time.perf_counter()
            ends, losses[way] = train(run, preferences, batch_size, steps)
            totals[way].append(time.perf_counter() - start)
            late = ends[pairs // batch_size - 1 :]  # every pair has been read once
            medians[way].append(
                1000 * statistics.median(b - a for a, b in itertools.pairwise(late))
            )
    for way in WAYS:
        ratio, total = (
            statistics.median(a / b for a, b in zip(times[way], times["ours"], strict=True))
            for times in (medians, totals)
        )
        print(
            f"| {size} | {batch_size} | {way} | {statistics.median(medians[way]):.1f} "
            f"| {ratio:.2f} | {statistics.median(totals[way]):.2f} | {total:.2f} "
            f"| {peak_memory(way, size, batch_size):.0f} |",
            flush=True,
        )
    first = pairs // batch_size
    theirs, ours = losses["DPOTrainer, our batches"][:first], losses["ours"][:first]
    return max(abs(a - b) for a, b in zip(theirs, ours, strict=True))


def peak_memory(way, size, batch_size):
    """Megabytes that a training of four steps takes in a process of its own."""
    command = [sys.executable, __file__, "--memory", way, size, str(batch_size)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def report_memory(way, size, batch_size):
    run, preferences = set_up(size, max(2 * batch_size, 16))
    with measure_cost() as cost:
        WAYS[way](run, preferences, batch_size, 4)
    print(cost.memory)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one size, fewer turns")
    parser.add_argument("--memory", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.memory:
        way, size, batch_size = asked.memory
        return report_memory(way, size, int(batch_size))
    print(
        "| model | pairs a step | way | ms a step | / ours | total, s | / ours | peak memory, MB |"
    )
    print("|---|---|---|---|---|---|---|---|")
    races = [("0.17 M", 64)] if asked.quick else [
        ("0.17 M", 8), ("0.17 M", 64), ("0.17 M", 512), ("1 M", 8), ("10 M", 8),
    ]  # fmt: skip
    apart = [race(size, pairs, turns=1 if asked.quick else 3) for size, pairs in races]
    print(f"\nWith our batches, DPOTrainer's losses differ from ours by {max(apart):.1e} at most.")


if __name__ == "__main__":
    main()
