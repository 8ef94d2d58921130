"""How much memory a round of RLHF takes with a large vocabulary, by phase.

    python bench/memory.py [--texts 10]

A network of GPT-2's own sizes (124 million weights, 50,257 tokens) with random weights writes texts
of 251 tokens, judges nothing, and takes two steps. What is told is what each phase takes beyond
what was held before it; in the last, gradients and Adam's memory, 1.5 GB, are among it. The logits
of 64 texts would be 3.2 GB, each time they are kept.
"""

import argparse
import string

import torch
from tokenizers import Tokenizer, models
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from pedagogy import rlhf
from pedagogy.compare import measure_cost
from pedagogy.policy import Policy
from pedagogy.rlhf import loop


def told(name, phase):
    """The phase, which prints its peak."""

    def measured(*arguments, **settings):
        with measure_cost() as cost:
            found = phase(*arguments, **settings)
        print(f"| {name} | {cost.memory:.0f} | {cost.seconds:.1f} |", flush=True)
        return found

    return measured


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--texts", type=int, default=10)
    texts = parser.parse_args().texts
    letters = models.WordLevel({"<e>": 0, **{c: i for i, c in enumerate(string.ascii_letters, 1)}})
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(letters), eos_token="<e>")
    network = GPT2LMHeadModel(GPT2Config(eos_token_id=0, bos_token_id=None))
    run = rlhf.new_run(Policy(network, tokenizer), learning_rate=1e-6)
    for name in ("write", "collect_experience", "ppo_update"):
        setattr(loop, name, told(name, getattr(loop, name)))
    print(f"{texts} texts\n\n| phase | more at the peak, MB | seconds |\n|---|---|---|")
    settings = {"beta": 0.1, "batch_size": texts, "epochs": 1, "max_new_tokens": 250}
    list(rlhf.rlhf(run, lambda s: torch.zeros(texts), ["a"], iterations=1, **settings))


if __name__ == "__main__":
    main()
