"""What every explorer must be able to do, whatever it shows."""

import re


def visit_corners(explorer):
    """Draw both ends of every slider: each must be drawn, say numbers, and not the same."""
    captions = {explorer.caption}
    for control in explorer.controls:
        if control.values is None:
            continue
        start = getattr(explorer, control.name)
        for value in (control.values[0], control.values[-1]):
            setattr(explorer, control.name, value)
            captions.add(explorer.caption)
            assert not re.search(r"\bnan\b", explorer.caption)
        setattr(explorer, control.name, start)
    assert len(captions) > len(explorer.controls)
