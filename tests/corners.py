"""What every explorer must be able to do, whatever it shows."""

import re
import warnings

from pedagogy.explorer.style import DARK, LOOKS

SMALLEST = 11  # points: what is legible from the last row


def visit_corners(explorer):
    """Draw both ends of every slider: each must be drawn, say numbers, and not the same."""
    warnings.simplefilter("error")  # a layout that has no room warns; pytest forgets this again
    captions = {legible(explorer)}
    for control in explorer.controls:
        if control.values is None:
            continue
        start = getattr(explorer, control.name)
        for value in (control.values[0], control.values[-1]):
            setattr(explorer, control.name, value)
            captions.add(caption := legible(explorer))
            assert not re.search(r"\bnan\b", caption)
        setattr(explorer, control.name, start)
    assert len(captions) > len(explorer.controls)


def legible(explorer):
    """The sentence of the picture now, of which every letter is large enough, every colour known.

    That the known colours stand out, on white and on black, is tested in test_explorer.py.
    """
    frame = explorer.frame(explorer.state)
    still = [item for picture in explorer.pictures for item in picture.base]
    for item in sum(frame["draws"], still):
        assert item.get("size", SMALLEST) >= SMALLEST, item
        for color in (item.get("fill"), item.get("stroke")):
            assert color is None or color in DARK, item
        assert "alpha" not in item, f"seen through, it has less contrast: {item}"
        assert "stroke" not in item or item["stroke"] != LOOKS["band"].light or "fill" in item
    return frame["caption"]
