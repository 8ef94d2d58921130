"""What a GPU is worth: the same work on the CPU and on the GPU, beside each other.

    python bench/gpu.py [--real]

The storyteller; with --real SmolLM2 instead (`make real`) with LoRA, on the GPU in bfloat16 too.
Each piece of work is done once before it is timed; then the median of a few turns. Threads:
as load_policy sets them for the storyteller, one; as torch has them for SmolLM2.
"""

import argparse
import copy
import statistics
import time

import torch

from pedagogy import dpo, rlhf
from pedagogy import policy as lm
from pedagogy import reward_model as rm
from pedagogy.compare import measure_cost
from pedagogy.human import label_pairs, plain_pairs
from pedagogy.pretrained import load_pretrained
from pedagogy.stories import openings

TURNS = 3
THREADS = torch.get_num_threads()  # before load_policy makes it one


def drawing(policy, prompts, max_new_tokens):
    generator = torch.Generator().manual_seed(0)
    return lambda: lm.sample(policy, prompts, max_new_tokens=max_new_tokens, generator=generator)


def dpo_step(policy, pairs):
    """One step on all pairs; the reference was asked when the fit began."""
    steps = dpo.fit(dpo.new_run(policy), pairs, beta=0.1, steps=10**6, batch_size=len(pairs))
    return lambda: next(steps)


def rlhf_iteration(policy, judge, prompts, max_new_tokens):
    run = rlhf.new_run(policy, learning_rate=1e-6)
    rounds = rlhf.rlhf(
        run, lambda texts: rm.scores(judge, texts), prompts, beta=0.3, iterations=10**6,
        batch_size=len(prompts), max_new_tokens=max_new_tokens,
    )  # fmt: skip
    return lambda: next(rounds)


def timed(work):
    """Seconds, the median, and the GPU's memory at the peak in MB."""
    work()
    seconds = []
    with measure_cost() as cost:
        for _ in range(TURNS):
            start = time.perf_counter()
            work()
            torch.cuda.synchronize()
            seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), cost.cuda_memory


def table(title, places, works):
    """places: {name: policy}; works: {name: function of a policy}, which gives what is timed."""
    print(f"\n{title}, ms\n\n| | {' | '.join(places)} | CPU / GPU | GPU's memory, MB |")
    print("|---|" + "---|" * (len(places) + 2))
    for name, work in works.items():
        found = [timed(work(copy.deepcopy(policy))) for policy in places.values()]
        (cpu, _), (gpu, _) = found[:2]
        print(
            f"| {name} | {' | '.join(f'{1000 * s:.1f}' for s, _ in found)} | {cpu / gpu:.2f} "
            f"| {' / '.join(f'{m:.0f}' for _, m in found[1:])} |",
            flush=True,
        )


def storyteller():
    start = lm.load_policy("cpu")
    pairs = label_pairs(*rm.collect_pairs(start, openings(512, seed=1), seed=0), seed=0)
    works = {"8 tales": lambda p: drawing(p, openings(8, seed=2), None)}
    works |= {"512 tales": lambda p: drawing(p, openings(512, seed=2), None)}
    for n in (32, 512):
        works[f"DPO, {n} pairs"] = lambda p, n=n: dpo_step(p, pairs[:n])
    for n in (64, 512):
        works[f"RLHF, {n} tales"] = lambda p, n=n: rlhf_iteration(
            p, rm.new_reward_model(p), openings(n, seed=3), None
        )
    table("The storyteller", {"CPU": start, "GPU": lm.load_policy("cuda")}, works)


def real():
    torch.set_num_threads(THREADS)
    pairs = plain_pairs()[0]
    prompts = [pair.prompt for pair in pairs]
    works = {
        "8 answers of 40 tokens": lambda p: drawing(p, prompts[:8], 40),
        "DPO, 8 pairs": lambda p: dpo_step(lm.add_lora(p), pairs[:8]),
        "DPO, 32 pairs": lambda p: dpo_step(lm.add_lora(p), pairs[:32]),
        "RLHF, 16 answers of 40": lambda p: rlhf_iteration(
            lm.add_lora(p), rm.new_reward_model(p), prompts[:16], 40
        ),
    }
    places = {"CPU": load_pretrained(device="cpu"), "GPU": load_pretrained(device="cuda")}
    places["GPU, bfloat16"] = load_pretrained(device="cuda", dtype=torch.bfloat16)
    table(f"SmolLM2, {THREADS} threads", places, works)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--real", action="store_true", help="SmolLM2")
    asked = parser.parse_args()
    if not torch.cuda.is_available():
        parser.exit(1, "torch sees no GPU here.\n")
    print(torch.cuda.get_device_name())
    real() if asked.real else storyteller()


if __name__ == "__main__":
    main()
