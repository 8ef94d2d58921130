"""Measured runs that take too long for a notebook: kept as JSON, made anew by one command.

    python -m pedagogy.explore.runs labels

One module for each file: labels.py measures judges for notebook 04, betas.py RLHF for 06, dpo.py
DPO for 08; race.py and one_word.py set both side by side for 09; real.py measures DPO of a real
model for 10.
"""

import json
from contextlib import suppress
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "assets" / "runs"


def read_runs(name):
    """The measured runs of a name such as "labels", as the module of that name wrote them."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def note(name, record):
    """Add a record to the journal of runs that are still being measured."""
    with open(FOLDER / f"{name}.journal", "a", encoding="utf-8") as journal:
        journal.write(f"\n{json.dumps(record)}\n")  # after a line that was cut short, too


def noted(name):
    """The records of the journal so far; a line that was cut short counts for nothing."""
    path, records = FOLDER / f"{name}.journal", []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        with suppress(json.JSONDecodeError):
            records.append(json.loads(line))
    return records


def write_runs(name, runs):
    """Put measured runs where read_runs finds them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps(runs) + "\n", encoding="utf-8")
