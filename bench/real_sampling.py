"""Eight texts of a real model, written here and by transformers' generate.

    python bench/real_sampling.py [--turns 5]

SmolLM2 (`make real`), eight prompts of different lengths, forty tokens each or fewer, with one
thread. The two write in turn; what is told is the median of CPU milliseconds for a token of all
eight rows, and of the turns' ratios.
"""

import argparse
import statistics
import time

import torch

from pedagogy.human import plain_pairs
from pedagogy.policy import sample
from pedagogy.pretrained import load_pretrained

TOKENS = 40
PROMPTS = [pair.prompt for pair in plain_pairs()[0][:8]]


def ours(policy):
    """Write; the number of tokens that the longest response has."""
    return sample(policy, PROMPTS, max_new_tokens=TOKENS).completion_mask.any(0).sum().item()


def generate(policy):
    batch = policy.tokenizer(PROMPTS, padding=True, padding_side="left", return_tensors="pt")
    ids = policy.model.generate(
        **batch, do_sample=True, top_k=0, max_new_tokens=TOKENS, pad_token_id=policy.pad_id
    )
    return ids.shape[1] - batch.input_ids.shape[1]


def milliseconds(write, policy):
    """CPU milliseconds for a token of all rows."""
    start = time.process_time()
    written = write(policy)
    return 1000 * (time.process_time() - start) / written


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--turns", type=int, default=5)
    turns = parser.parse_args().turns
    torch.set_num_threads(1)
    policy = load_pretrained(device="cpu")
    times = [(milliseconds(ours, policy), milliseconds(generate, policy)) for _ in range(turns + 1)]
    mine, others = zip(*times[1:], strict=True)  # the first turn warms up
    ratio = statistics.median(a / b for a, b in zip(mine, others, strict=True))
    print("| ours, CPU ms a token | generate | ours/generate |\n|---|---|---|")
    print(f"| {statistics.median(mine):.0f} | {statistics.median(others):.0f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
