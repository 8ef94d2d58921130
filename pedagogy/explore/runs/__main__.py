"""Measure anew, and put the results where the explorers find them."""

import argparse
from importlib import import_module
from pathlib import Path

import torch

from pedagogy.explore.runs import write_runs

NAMES = sorted(p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("_"))


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m pedagogy.explore.runs", description=__doc__)
    parser.add_argument("names", nargs="+", choices=NAMES, metavar="NAME", help=", ".join(NAMES))
    torch.set_num_threads(1)  # another number adds up in another order, and drifts apart
    for name in parser.parse_args(arguments).names:
        write_runs(name, import_module(f"pedagogy.explore.runs.{name}").measure())


if __name__ == "__main__":
    main()
