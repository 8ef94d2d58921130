"""Check the exercises in notebooks that were handed in: a line for each.

The exit status is 1 when an answer has not passed, and 2 when a file has no exercise to check.
"""

import argparse
import sys

from pedagogy.checks.hand_in import verdicts


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m pedagogy.checks", description=__doc__)
    parser.add_argument("notebooks", nargs="+", metavar="NOTEBOOK.ipynb")
    paths, status = parser.parse_args(arguments).notebooks, 0
    for path in paths:
        where = f"{path}: " if len(paths) > 1 else ""
        try:
            for name, passed, line in verdicts(path):
                print(f"{where}{name}: {line}", flush=True)
                status = max(status, not passed)
        except ValueError as problem:
            print(problem, file=sys.stderr)
            status = 2
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
