"""Frames: a figure drawn once, and for each state only the pixels that differ from it."""

import base64
import io
from collections.abc import Callable

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from pedagogy.explorer.style import STYLE

SCALE = 1.5  # picture pixels for each page pixel: sharp enough for a projector, quick to draw


class Picture:
    """A figure drawn once, of which only the moving artists are drawn again."""

    def __init__(self, plot: Callable, size: tuple[float, float]):
        with matplotlib.rc_context(STYLE):
            figure = Figure(figsize=size, dpi=100 * SCALE)  # no pyplot: callbacks run in threads
            self.canvas = FigureCanvasAgg(figure)
            self.update = plot(figure)
            self.canvas.draw()
        self.moving = sorted(
            figure.findobj(lambda artist: artist.get_animated()), key=lambda a: a.get_zorder()
        )
        self.background = self.canvas.copy_from_bbox(figure.bbox)
        self.base = self.pixels().copy()  # (H, W)

    def pixels(self) -> np.ndarray:
        """The canvas now, each pixel's four bytes as one number: compared ten times faster."""
        return np.asarray(self.canvas.buffer_rgba()).view(np.uint32)[..., 0]  # (H, W)

    def frame(self, **numbers) -> dict:
        """The pixels that differ from the background, where they belong, and the sentence."""
        caption = self.update(**numbers)
        self.canvas.restore_region(self.background)
        for artist in self.moving:
            self.canvas.figure.draw_artist(artist)
        drawn = self.pixels()
        changed = drawn != self.base
        changed[0, 0] |= not changed.any()  # a picture has at least one pixel
        rows, columns = changed.any(axis=1).nonzero()[0], changed.any(axis=0).nonzero()[0]
        y, x = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        patch = few_colors(drawn[y, x], changed[y, x])
        return {"png": png(patch), "x": int(columns[0]), "y": int(rows[0]), "caption": caption}


def image(colors: np.ndarray) -> Image.Image:
    """Pixels held as one number each (H, W), as a picture."""
    return Image.fromarray(colors[..., None].view(np.uint8))


def png(image: Image.Image) -> str:
    """A picture as base64 PNG."""
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=3)
    return base64.b64encode(file.getvalue()).decode()


def few_colors(colors: np.ndarray, seen: np.ndarray) -> Image.Image:
    """The pixels seen, in 255 colours, the others transparent: a third of the bytes and time."""
    row = image(colors[seen][:, None]).convert("RGB")
    row = row.quantize(255, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    places = np.zeros(seen.shape, dtype=np.uint8)  # colour 0 is transparent
    places[seen] = np.asarray(row)[:, 0] + 1
    picture = Image.fromarray(places)
    picture.putpalette([0, 0, 0, 0, *row.getpalette("RGBA")[: 4 * 255]], "RGBA")
    return picture


def pixels(encoded: str) -> Image.Image:
    """A picture from base64 PNG."""
    return Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGBA")
