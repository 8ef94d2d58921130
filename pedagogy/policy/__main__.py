"""Train the storyteller anew and put its weights where load_policy finds them."""

import time

import torch

from pedagogy.policy.model import ASSETS, new_policy, save_policy
from pedagogy.policy.pretrain import held_out_cross_entropy, pretrain
from pedagogy.stories import entropy, expected_length


def main():
    torch.set_num_threads(2)  # another number adds up in another order, and drifts apart
    start = time.perf_counter()
    policy = new_policy(seed=0)
    for now in pretrain(policy, seed=0):
        if now.step % 100 == 0:
            print(f"step {now.step:5d}   {now.loss:.3f} nats per word   {now.seconds:5.1f} s")
    save_policy(policy, ASSETS)
    reached, limit = held_out_cross_entropy(policy), entropy()
    print(
        f"held-out cross-entropy {reached / expected_length():.4f} nats per word, "
        f"the grammar's entropy {limit / expected_length():.4f}: "
        f"{reached / limit - 1:.1%} above the limit, {time.perf_counter() - start:.0f} s"
    )


if __name__ == "__main__":
    main()
