"""Measure anew, and put the results where the explorers find them."""

import sys
from importlib import import_module
from pathlib import Path

import torch

from pedagogy.explore.runs import write_runs

NAMES = sorted(p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("_"))


def main(names):
    if not names or not set(names) <= set(NAMES):
        sys.exit(f"Which runs? Name one or more of: {', '.join(NAMES)}.")
    torch.set_num_threads(1)  # another number adds up in another order, and drifts apart
    for name in names:
        write_runs(name, import_module(f"pedagogy.explore.runs.{name}").measure())


if __name__ == "__main__":
    main(sys.argv[1:])
