"""What a training costs: counted while it runs, by hooks that torch has for all networks."""

import ctypes
import gc
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
import torch
from torch.nn.modules.module import register_module_forward_pre_hook
from torch.optim.optimizer import register_optimizer_step_post_hook

from pedagogy import require
from pedagogy.compare.table import Table
from pedagogy.policy.sampling import watch_samples

EVERY = 0.005  # seconds between two looks at the memory


@dataclass
class Cost:
    """What a measure_cost block asked, trained and drew; all zero until it has ended."""

    networks: int = 0  # that were asked; a single layer on top of one does not count as another
    parameters: int = 0  # of all that was asked, trained or not
    trained: int = 0  # parameters that an optimiser moved
    samples: int = 0  # responses drawn
    steps: int = 0  # of optimisers
    seconds: float = 0.0
    memory: float = 0.0  # MB at the peak, beyond what was held at the beginning
    cuda_memory: float = 0.0  # MB, likewise, on a GPU


@contextmanager
def measure_cost():
    """Count what is done in a `with` block, by whatever training: a Cost, filled at its end.

        with measure_cost() as cost:
            steps = list(fit(run, preferences, beta=0.3, steps=30))

    The process's memory is looked at every few milliseconds. What it freed before but kept for
    itself would hide what is used now: on Linux that is given back first, elsewhere the peak may
    come out too low.
    """
    cost, asked, trained = Cost(), set(), set()

    def count_step(optimiser, *_):
        cost.steps += 1
        moved = (p for group in optimiser.param_groups for p in group["params"])
        trained.update(p for p in moved if p.grad is not None)

    def count_samples(samples):
        cost.samples += len(samples.responses)

    hooks = [
        register_module_forward_pre_hook(lambda module, _: asked.add(module)),
        register_optimizer_step_post_hook(count_step),
        watch_samples(count_samples),
    ]
    with _peak_memory(cost):
        start = time.perf_counter()
        try:
            yield cost
        finally:
            cost.seconds = time.perf_counter() - start
            for hook in hooks:
                hook.remove()
            inner = {part for module in asked for part in list(module.modules())[1:]}
            # A judge is asked in two parts, transformer and head; a head has no parts of its own.
            cost.networks = sum(1 for module in asked - inner if list(module.children()))
            cost.parameters = _size({p for module in asked for p in module.parameters()})
            cost.trained = _size(trained)


def cost_table(costs):
    """Costs by name as a Table, one column for each; seconds are of this very machine."""
    require.parts("a dict of Costs by name", "items", "keys", costs=costs)
    lines = {
        "networks asked": lambda c: f"{c.networks}",
        "parameters in them": lambda c: f"{c.parameters:,}",
        "parameters trained": lambda c: f"{c.trained:,}",
        "samples drawn": lambda c: f"{c.samples:,}",
        "optimiser steps": lambda c: f"{c.steps:,}",
        "seconds": lambda c: f"{c.seconds:.1f}",
        "more memory at the peak, MB": lambda c: f"{c.memory:.0f}",
    }
    if any(cost.cuda_memory for cost in costs.values()):
        lines["the same on the GPU, MB"] = lambda c: f"{c.cuda_memory:.0f}"
    rows = [[what, *(text(cost) for cost in costs.values())] for what, text in lines.items()]
    return Table([["", *costs], *rows])


@contextmanager
def _peak_memory(cost):
    """Fill in what the block holds at its peak beyond what was held before."""
    process, done = psutil.Process(), threading.Event()
    cuda = torch.cuda.is_available()
    if cuda:  # first, for whatever CUDA begins with is no training's
        torch.cuda.reset_peak_memory_stats()
        cuda_before = torch.cuda.memory_allocated()
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's only
        if trim:
            trim(0)
    before = peak = process.memory_info().rss

    def look():
        nonlocal peak
        while not done.wait(EVERY):
            peak = max(peak, process.memory_info().rss)

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield
    finally:
        done.set()
        looking.join()
        cost.memory = (peak - before) / 1e6
        if cuda:
            cost.cuda_memory = (torch.cuda.max_memory_allocated() - cuda_before) / 1e6


def _size(parameters):
    return sum(p.numel() for p in parameters)
