"""How well a colour stands out from another, as WCAG 2.2 measures it."""

PAPERS = {"light": ("#ffffff",), "dark": ("#111111", "#1e1e1e")}  # JupyterLab's, VS Code's
LETTERS, LINES = 4.5, 3  # the least contrast of either


def contrast(one, other):
    """From 1, the same, to 21, black on white; colours as #rrggbb."""
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
