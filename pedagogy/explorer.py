"""Sliders that answer at once: the one machine behind every explorer.

An explorer is three things: `compute(**values)`, which turns the sliders' values into numbers;
`plot(figure)`, which draws what stands still and returns `update(**numbers)`, which moves the
rest and says in a sentence what is to be seen; and controls, which say which values there are.
The picture is a function of the values alone, so it can be drawn ahead (the default: the browser
needs no kernel) or, where there are too many values, live.

A plot marks each artist that moves with `animated=True`. Only those are drawn again, over a
background drawn once, and only the pixels that they change travel to the browser.
"""

import base64
import html
import io
import itertools
import json
import math
import os
import sys
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Real
from pathlib import Path

import anywidget
import matplotlib
import numpy as np
import traitlets
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from pedagogy.plots.style import STYLE

PLAYER = Path(__file__).with_name("player.js").read_text(encoding="utf-8")
SCALE = 1.5  # picture pixels for each page pixel: sharp enough for a projector, quick to draw
MOST_FRAMES = 600


@dataclass
class Control:
    """One thing to move: numbers make a slider, texts a menu, None a line to type in."""

    name: str
    values: Sequence[float] | Sequence[str] | None
    start: float | str
    label: str
    format: str = "{}"

    def __post_init__(self):
        if self.values is not None:
            self.values = np.asarray(self.values).tolist()  # plain numbers, as JSON knows them

    @property
    def kind(self) -> str:
        if self.values is None:
            return "typed"
        return "choice" if isinstance(self.values[0], str) else "range"

    def place(self, value):
        """Where a value stands in the row of values; a number takes the nearest place."""
        if self.kind == "typed":
            return str(value)
        if self.kind == "range" and isinstance(value, Real) and math.isfinite(value):
            return min(range(len(self.values)), key=lambda i: abs(self.values[i] - value))
        if value not in self.values:
            wanted = "a number" if self.kind == "range" else " or ".join(map(repr, self.values))
            raise ValueError(f"{self.name} is {value!r}, but it must be {wanted}.")
        return self.values.index(value)

    def value(self, place):
        return place if self.kind == "typed" else self.values[place]


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


class Value(traitlets.TraitType):
    """A control's value as a trait: what Python sets moves to a place the slider has."""

    def __init__(self, control: Control):
        self.control = control
        super().__init__(default_value=control.value(control.place(control.start)))

    def validate(self, _explorer, value):
        return self.control.value(self.control.place(value))


class Explorer(anywidget.AnyWidget):
    """A picture under sliders; each control's value is a trait that Python can set and observe.

    Displayed, it is a page of its own that works without a kernel; where a kernel runs, the two
    keep each other's values. Inside other widgets (`VBox([explorer])`) it is a widget like any.
    """

    _esm = PLAYER
    _lock = threading.Lock()  # sliders and cells may ask for pictures at once; matplotlib can't
    explorer_id = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        compute: Callable[..., dict],
        plot: Callable,
        controls: Sequence[Control],
        *,
        alt: str,
        live: bool = False,
        size: tuple[float, float] = (9.0, 3.6),
    ):
        self.compute, self.plot, self.controls = compute, plot, list(controls)
        self.alt, self.live, self.size = alt, live, size
        typed = [c.name for c in self.controls if c.kind == "typed"]
        if typed and not live:
            raise ValueError(f"{typed[0]} is typed, so its pictures need live=True.")
        places = [range(len(c.values)) for c in self.controls if c.values]
        self._ahead = [] if live else list(itertools.product(*places))
        if len(self._ahead) > MOST_FRAMES:
            raise ValueError(
                f"controls make {len(self._ahead)} pictures, but at most {MOST_FRAMES} are drawn "
                "ahead; give the sliders fewer values, or set live=True."
            )
        self._picture = None
        self._player = None
        self.add_traits(**{c.name: Value(c).tag(sync=True) for c in self.controls})
        super().__init__(explorer_id=uuid.uuid4().hex)
        self.on_msg(self._answer)

    @property
    def state(self) -> tuple:
        """The controls' places now."""
        return tuple(c.place(getattr(self, c.name)) for c in self.controls)

    @property
    def numbers(self) -> dict:
        """What `compute` makes of the values now: the numbers in the picture."""
        return self.compute(**{c.name: getattr(self, c.name) for c in self.controls})

    @property
    def caption(self) -> str:
        """The sentence under the picture now."""
        return self.frame(self.state)["caption"]

    def frame(self, state: Sequence) -> dict:
        """The picture for one place of every control."""
        numbers = self.compute(
            **{c.name: c.value(place) for c, place in zip(self.controls, state, strict=True)}
        )
        with self._lock:
            if self._picture is None:
                self._picture = Picture(self.plot, self.size)
            return self._picture.frame(**numbers)

    def player(self) -> dict:
        """All that the player in the browser needs to know, drawn once."""
        if self._player is None or self.live:
            states = self._ahead or [self.state]
            frames = {key(state): self.frame(state) for state in states}
            base = self._picture.base
            self._player = {
                "id": self.explorer_id,
                "alt": self.alt,
                "size": [base.shape[1], base.shape[0]],
                "scale": SCALE,
                "most": MOST_FRAMES,
                "base": png(image(base)),
                "frames": frames,
            }
        controls = [
            {
                "name": c.name,
                "label": c.label,
                "kind": c.kind,
                "values": c.values and list(c.values),
                "texts": c.values and [c.format.format(v) for v in c.values],
                "start": place,
            }
            for c, place in zip(self.controls, self.state, strict=True)
        ]
        return self._player | {"controls": controls}

    def _answer(self, _widget, question: dict, _buffers) -> None:
        if question["ask"] == "player":
            self.send({"player": self.player()})
            return
        answer = {"key": question["key"], "view": question["view"]}
        try:
            self.send(answer | {"frame": self.frame(question["state"])})
        except BaseException as error:  # the player waits for an answer, whatever happened
            self.send(answer | {"error": str(error) or type(error).__name__})
            if not isinstance(error, ValueError | TypeError):
                raise

    def _repr_mimebundle_(self, **_):
        if "VSCODE_PID" in os.environ or "google.colab" in sys.modules:
            return super()._repr_mimebundle_()  # there, outputs and widgets can't meet on a page
        return {"text/html": page(self.player()), "text/plain": self.caption}


def key(state: Sequence) -> str:
    """The places of all controls as one text, the same that player.js makes of them."""
    return json.dumps(state, ensure_ascii=False, separators=(",", ":"))


def page(player: dict) -> str:
    """The player as HTML; its first picture stands there even where scripts are not allowed."""
    root = f"explorer-{uuid.uuid4().hex}"
    first = player["frames"][key([c["start"] for c in player["controls"]])]
    still = pixels(player["base"])
    still.alpha_composite(pixels(first["png"]), (first["x"], first["y"]))
    data = json.dumps(player).replace("<", "\\u003c")  # no text of ours may end the script
    return (
        f'<div id="{root}"><img alt="{html.escape(player["alt"])}" '
        f'width="{still.width / SCALE:.0f}" src="data:image/png;base64,{png(still)}">'
        f"<p>{html.escape(first['caption'])}</p></div>"
        f'<script type="module">{PLAYER}\nplay(document.getElementById("{root}"), {data});</script>'
    )
