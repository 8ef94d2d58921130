"""The measurements as two tables: the figures, and beside those that were wanted the ratios."""

import numpy as np

NAMES = {
    "usual": "`interact`, new figure, plt.show(): the usual way",
    "floor": "an empty callback sets a Label: the floor",
    "live": "explorer, live",
    "ahead": "explorer, drawn ahead",
    "ahead, VBox": "explorer, drawn ahead, in a VBox",
    "floor, make lab": "the floor in `make lab` (no delay)",
    "live, make lab": "explorer, live, in `make lab` (no delay)",
    "ahead, file": "explorer, drawn ahead, HTML file, network off",
}
HEAD = """\
| technique | changes | p50 / p95 ms | pictures/s in a drag | settles, ms | blank frames \
| kernel messages before the picture | kB a change |
|---|---|---|---|---|---|---|---|"""
WANTED_HEAD = """\
| wanted | p50 faster | p95 faster | p95 ms | pictures | settles, ms | messages | p50 / floor |
|---|---|---|---|---|---|---|---|
| drawn ahead | 20 x | 18 x | <= 16.7 | 12 x | <= 17 | 0 | |
| live | 4 x | 4.5 x | | 3.5 x | | | <= 1.5 |"""


def figures(seen):
    """The figures of one technique."""
    middle = {name: float(np.median(values)) for name, values in seen.items()}
    p95 = float(np.percentile(seen["ms"], 95))
    return middle | {"p95": p95, "n": len(seen["ms"]), "blank": float(np.mean(seen["blank"]))}


def report(seen, ahead):
    found = {name: figures(values) for name, values in seen.items()}
    usual = found["usual"]
    lines = [HEAD]
    for name, f in found.items():
        lines.append(
            f"| {NAMES[name]} | {f['n']} | {f['ms']:.0f} / {f['p95']:.0f} | {f['pictures']:.1f} "
            f"| {f['settle']:.0f} | {f['blank']:.0%} | {f['messages']:.0f} | {f['kB']:.1f} |"
        )
    lines += ["", WANTED_HEAD]
    for name, f in found.items():
        if "explorer" not in NAMES[name]:
            continue
        floor = found["floor, make lab" if "make lab" in name else "floor"]
        lines.append(
            f"| {NAMES[name]} | {usual['ms'] / f['ms']:.1f} x | {usual['p95'] / f['p95']:.1f} x "
            f"| {f['p95']:.1f} | {f['pictures'] / usual['pictures']:.1f} x | {f['settle']:.0f} "
            f"| {f['messages']:.0f} | {f['ms'] / floor['ms']:.2f} |"
        )
    drawn = f"101 frames drawn ahead in {ahead['seconds']:.1f} s"
    return "\n".join([*lines, "", f"{drawn}; as a page {ahead['bytes'] / 1e6:.1f} MB."])
