"""Whether a saved run fits a new one: looked at as a whole, before anything is changed."""

import math
from dataclasses import fields

import torch

from pedagogy.policy.lora import BASE


def require_fit(new, saved, optimiser, record):
    """ValueError that says where saved is not of the kind that new is.

    new, saved: of runs, by field, as packed() gives them; optimiser: the new run's.
    """
    if saved.keys() != new.keys():
        raise ValueError("the run in it is of another method.")
    done = any(saved[name] for name, value in new.items() if isinstance(value, list))
    for name, value in new.items():
        if name == "optimiser":
            _require_memory(optimiser, saved[name], done)
        elif isinstance(value, list):
            _require_records(saved[name], record)
        else:
            _require_alike(name, value, saved[name])


def _require_alike(name, new, saved):
    """The same names of weights, under each the same shape and dtype; or the same type."""
    if not (isinstance(new, dict) and isinstance(saved, dict)):
        new, saved = {"": new}, {"": saved}
    for key in sorted(new | saved):
        kind = str if key == BASE else _kind  # what it was added to must be the same, to the bit
        here, there = (kind(part[key]) if key in part else "nothing" for part in (new, saved))
        if here != there:
            raise ValueError(
                f"its {name} does not fit the run in it: {key or name} is {there} there and "
                f"{here} here."
            )


def _require_memory(optimiser, saved, done):
    """Rates above zero, and what it remembers of each of its parameters once a step is done."""
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    try:
        rates = [group["lr"] for group in saved["param_groups"]]
        fits = [len(group["params"]) for group in saved["param_groups"]] == [
            len(group["params"]) for group in optimiser.param_groups
        ] and all(
            memory[moment].shape == parameters[number].shape
            for number, memory in saved["state"].items()
            for moment in ("exp_avg", "exp_avg_sq")
        )
        if not fits or (done and not saved["state"]):
            raise ValueError
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        raise ValueError("the optimiser's memory in it is not that of this run.") from None
    if not all(isinstance(rate, float) and 0 < rate < math.inf for rate in rates):
        raise ValueError(f"its learning rates are {rates}, not finite numbers above zero.")


def _require_records(saved, record):
    numbers = [field for field in fields(record) if field.type in (int, float)]
    try:
        records = [record(**one) for one in saved]
        if not all(isinstance(getattr(one, f.name), f.type) for one in records for f in numbers):
            raise TypeError
    except TypeError:
        raise ValueError("its record is of another version, or damaged.") from None


def _kind(value):
    if isinstance(value, torch.Tensor):
        return f"{tuple(value.shape)} {value.dtype}"
    return f"a {type(value).__name__}"
