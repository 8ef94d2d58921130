"""What notebook 08 saw when it looked at its pairs, between the steps of a run."""

import torch

from pedagogy import require
from pedagogy.explore import arguments

SHOWN = 12  # pairs that can be picked out of all that are drawn


def checked(pairs, looks):
    """Preferences and {step: (chosen_logps, rejected_logps)}, (N,) each, checked."""
    pairs = arguments.preferences(pairs=pairs)
    if not (isinstance(looks, dict) and 0 in looks):
        raise ValueError(
            f"looks is {require.said(looks)}, but it must be "
            "{step: (chosen_logps, rejected_logps)} and have step 0."
        )
    found = {}
    for step, logps in looks.items():
        names = f"looks[{step}][0]", f"looks[{step}][1]"
        logps = arguments.two(**{f"looks[{step}]": logps})
        rows = require.checked("(N pairs,), (N,)", **dict(zip(names, logps, strict=True)))
        if len(rows[0]) != len(pairs):
            raise ValueError(f"looks[{step}] has {len(rows[0])} numbers for {len(pairs)} pairs.")
        found[step] = tuple(row.cpu() for row in rows)
    return pairs, found


def some(values):
    """A few places, evenly from the lowest of the values (N,) to the highest."""
    order = values.argsort()
    few = torch.linspace(0, len(order) - 1, min(SHOWN, len(order))).round().long()
    return order[few].tolist()


def reach(found):
    """The lowest and the highest number of all tensors in a dict."""
    numbers = torch.stack([*found.values()])
    return numbers.min().item(), numbers.max().item()
