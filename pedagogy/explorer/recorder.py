"""A matplotlib backend that keeps what is drawn as short lists, for the browser to draw again.

An item is a dict, lengths in points and y from the top:

    p, z        a line through the points x, y, x, y, …; closed
    d           any other path, as in SVG
    at          a path's places x, y, …: it is a mark, drawn at each of them
    t, x, y, size, angle    a text: glyph, x, glyph, x, …, in hundredths of the size
    m                       a formula instead: glyph, x, y, scale, …
    stroke, width, dash, cap, fill, alpha, clip    its looks; a clip is x, y, width, height

A text is made of glyphs, outlines of the letters, so that it is as wide in every browser.
"""

from functools import lru_cache

import numpy as np
from matplotlib.backend_bases import FigureCanvasBase, RendererBase
from matplotlib.colors import to_hex, to_rgba
from matplotlib.path import Path
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D, IdentityTransform

POINTS_PER_INCH = 72
COMMANDS = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C"}
CAPS = {"projecting": "square", "round": "round"}
NOTHING = Path(np.zeros((0, 2)))
GLYPHS = {}  # of all pictures: name -> (number, outline as SVG writes it)
LONG = 50  # points of a line; each of more than these matters less


class Canvas(FigureCanvasBase):
    """A figure's canvas, on which all is kept as items."""

    def __init__(self, figure):
        super().__init__(figure)
        figure.dpi = POINTS_PER_INCH
        self.recorder = Recorder(*figure.bbox.size.tolist())

    def get_renderer(self):
        return self.recorder

    def recorded(self, draw) -> list[dict]:
        """The items that draw() makes."""
        self.recorder.items = []
        draw()
        return self.recorder.items


class Recorder(RendererBase):
    """What matplotlib asks to draw, as items."""

    def __init__(self, width, height):
        super().__init__()
        self.width, self.height = width, height
        self.items = []

    def get_canvas_width_height(self):
        return self.width, self.height

    def draw_path(self, gc, path, transform, rgbFace=None):
        if look := self.look(gc, rgbFace):
            clip = None if rgbFace is not None else (0, 0, self.width, self.height)
            self.items.append(shape(path, self.from_top(transform), clip) | look)

    def draw_markers(self, gc, marker_path, marker_trans, path, trans, rgbFace=None):
        places = self.from_top(trans).transform(path.vertices)
        places = places[np.isfinite(places).all(axis=1)]
        look = self.look(gc, rgbFace)
        if not (look and len(places)):
            return
        mark = shape(marker_path, marker_trans + Affine2D().scale(1, -1))
        if len(mark.get("p", ())) == 4:  # a tick: as a line of its own it can be put on pixels
            for place in places:
                self.items.append({"p": flat(np.reshape(mark["p"], (2, 2)) + place)} | look)
        else:
            self.items.append(mark | {"at": flat(places)} | look)

    def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
        look = {"fill": to_hex(gc.get_rgb())} | self.clip(gc)
        where = {"x": round(x, 2), "y": round(y, 2), "size": prop.get_size_in_points()}
        if angle:
            where["angle"] = angle
        self.items.append({"m" if ismath else "t": text(s, prop, bool(ismath))} | where | look)

    def from_top(self, transform):
        return transform + Affine2D().scale(1, -1).translate(0, self.height)

    def look(self, gc, face):
        """Colours and line of a path; empty where there is nothing to be seen."""
        look, alpha = {}, 1
        rgba, width = gc.get_rgb(), gc.get_linewidth()
        if face is not None and to_rgba(face)[3]:
            look["fill"], alpha = to_hex(face), to_rgba(face)[3]
        if width and rgba[3]:
            look |= {"stroke": to_hex(rgba), "width": round(width, 2)}
            alpha = rgba[3]
            _offset, dash = gc.get_dashes()
            if dash is not None:
                look["dash"] = np.round(dash, 2).tolist()
            if gc.get_capstyle() in CAPS:
                look["cap"] = CAPS[gc.get_capstyle()]
        if alpha < 1:
            look["alpha"] = round(alpha, 2)
        return look and look | self.clip(gc)

    def clip(self, gc):
        box = gc.get_clip_rectangle()
        if box is None:
            return {}
        corner = box.x0, self.height - box.y1, box.width, box.height
        return {"clip": np.round(corner, 1).tolist()}


@lru_cache(10_000)
def text(s, prop, ismath):
    """A text's glyphs and where they stand."""
    if ismath:
        glyphs, outlines, rects = text_to_path.get_glyphs_mathtext(prop, s)
    else:
        font = text_to_path._get_font(prop)
        glyphs, outlines, rects = text_to_path.get_glyphs_with_font(font, s)
    bars = {f"bar {vertices}": (vertices, codes) for vertices, codes in rects}
    placed = []
    for name, x, y, scale in [*glyphs, *((name, 0, 0, 1) for name in bars)]:
        if name not in GLYPHS:
            vertices, codes = {**outlines, **bars}[name]
            outline = Path(vertices, codes) if len(vertices) else NOTHING
            GLYPHS[name] = len(GLYPHS), svg(outline, IdentityTransform(), 1)
        number, outline = GLYPHS[name]
        if outline:
            placed += (
                [number, round(x), round(y), round(scale, 3)] if ismath else [number, round(x)]
            )
    return placed


def shape(path, transform, clip=None):
    """A path, as points where it is one line."""
    path = path.cleaned(
        transform, remove_nans=True, clip=clip, simplify=path.should_simplify, curves=True
    )
    codes = path.codes[:-1]  # the last one says that there are no more
    vertices = path.vertices[: len(codes)]
    closed = len(codes) > 1 and codes[-1] == Path.CLOSEPOLY
    if closed:
        codes, vertices = codes[:-1], vertices[:-1]
    if len(codes) and codes[0] == Path.MOVETO and (codes[1:] == Path.LINETO).all():
        return {"p": flat(vertices)} | ({"z": 1} if closed else {})
    return {"d": svg(path, IdentityTransform(), 2)}


def flat(points):
    return np.round(points, 1 if len(points) > LONG else 2).ravel().tolist()


def svg(path, transform, digits):
    """A path as SVG writes it."""
    parts = []
    for vertices, code in path.iter_segments(transform, simplify=False):
        if code == Path.CLOSEPOLY:
            parts.append("z")
        elif code in COMMANDS:
            numbers = (f"{round(float(v), digits):g}" for v in vertices)
            parts.append(COMMANDS[code] + " ".join(numbers))
    return "".join(parts)
