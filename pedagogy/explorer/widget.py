"""The widget that joins numbers, a picture and controls, and its page for the browser."""

import html
import itertools
import json
import threading
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import anywidget
import traitlets

from pedagogy import require
from pedagogy.explorer.controls import Control, Value
from pedagogy.explorer.numbers import told
from pedagogy.explorer.picture import Picture, Sketch, outlines, svg_image
from pedagogy.explorer.style import DARK
from pedagogy.front_end import NO_MATHS, mime_bundle
from pedagogy.locale import _
from pedagogy.progress import counted

PLAYER = Path(__file__).with_name("player.js").read_text(encoding="utf-8")
MOST_FRAMES = 600
STILL = '<style>[data-jp-theme-light="false"] .pedagogy-still{color-scheme:dark}</style>'


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
        narrow: tuple[float, float] | None = None,
    ):
        for name, function in (("compute", compute), ("plot", plot)):
            if not callable(function):
                raise TypeError(f"{name} is {require.said(function)}, but it must be a function.")
        if not require.text(alt=alt).strip():
            raise ValueError("alt is empty, but it must say what the picture shows.")
        self.compute, self.plot, self.controls = compute, plot, self._controls(controls)
        self.alt, self.live, self.size, self.narrow = alt, live, size, narrow
        typed = [c.name for c in self.controls if c.kind == "typed"]
        if typed and not live:
            raise ValueError(f"{typed[0]} is typed, so its pictures need live=True.")
        indices = [range(len(c.values)) for c in self.controls if c.values]
        self._ahead = [] if live else list(itertools.product(*indices))
        if len(self._ahead) > MOST_FRAMES:
            raise ValueError(
                f"controls make {len(self._ahead)} pictures, but at most {MOST_FRAMES} are drawn "
                "ahead; give the sliders fewer values, or set live=True."
            )
        self.pictures = []
        self._sketch = self._player = None
        self.add_traits(**{c.name: Value(c).tag(sync=True) for c in self.controls})
        super().__init__(explorer_id=uuid.uuid4().hex)
        self.on_msg(self._answer)
        for control in self.controls:
            if control.resets:
                self.observe(self._reset, control.name)

    @classmethod
    def _controls(cls, controls):
        """The controls as a list, each with a name of its own."""
        if isinstance(controls, str) or not isinstance(controls, Sequence):
            raise TypeError(f"controls is {require.said(controls)}, but it must be a list.")
        for place, control in enumerate(controls):
            require.parts("a Control", "kind", "label", **{f"controls[{place}]": control})
        names = [c.name for c in controls]
        for place, name in enumerate(names):
            if name in names[:place] or hasattr(cls, name):
                raise ValueError(f"controls has {name!r}, but something is called so already.")
        return list(controls)

    @property
    def state(self) -> tuple:
        """The controls' indices now."""
        return tuple(c.index(getattr(self, c.name)) for c in self.controls)

    @property
    def numbers(self) -> dict:
        """What `compute` makes of the values now: the numbers in the picture."""
        return self._computed(self.state)

    @property
    def caption(self) -> str:
        """The sentence under the picture now."""
        numbers = self.numbers
        with self._lock:
            if not self._sketch:
                self._sketch = Sketch(self.plot, self.size)
            return self._sketch.caption(**numbers)

    def frame(self, state: Sequence) -> dict:
        """What moves in the picture for one index of every control, and what it says."""
        numbers = self._computed(state)
        with self._lock:
            if not self.pictures:
                self.pictures = self._drawn()
            drawn = [picture.frame(**numbers) for picture in self.pictures]
        draws = [items for items, _caption in drawn]
        return {
            "caption": drawn[0][1],
            "draws": draws,
            "rows": told(numbers),
            "glyphs": outlines(sum(draws, [])),
        }

    def _computed(self, state: Sequence) -> dict:
        numbers = self.compute(
            **{c.name: c.value(index) for c, index in zip(self.controls, state, strict=True)}
        )
        if not isinstance(numbers, dict):
            raise TypeError(
                f"compute returned {require.said(numbers)}, but it must be a dict of what the "
                "picture's update takes."
            )
        return numbers

    def _drawn(self) -> list[Picture]:
        """The picture; if it can't be cut into columns, another one for a phone."""
        wide = Picture(self.plot, self.size)
        if len(wide.columns) > 2:
            return [wide]
        return [wide, Picture(self.plot, self.narrow or (self.size[0] / 2, self.size[1]))]

    def player(self) -> dict:
        """All that the player in the browser needs to know, drawn once.

        items, rows: of all frames, each once; frames hold their places.
        """
        if self._player is None or self.live:
            states = self._ahead or [self.state]
            drawing = counted(states, _("drawing {done} of {total}"), len(states))
            frames = {key(state): self.frame(state) for state in drawing}
            items, rows = Once(), Once()
            self._player = {
                "id": self.explorer_id,
                "alt": self.alt,
                "views": [
                    {"size": p.size, "columns": p.columns, "base": items.places(p.base)}
                    for p in self.pictures
                ],
                "frames": {
                    at: {
                        "caption": frame["caption"],
                        "draws": [items.places(draw) for draw in frame["draws"]],
                        "rows": rows.places(frame["rows"]),
                    }
                    for at, frame in frames.items()
                },
                "items": items.all(),
                "rows": rows.all(),
                "glyphs": outlines(items.all()),
                "dark": DARK,
                "most": MOST_FRAMES,
                "noKernel": _(
                    "This one is drawn while you move it, so it needs a running notebook."
                ),
                "kernelGone": _("The kernel behind this picture is gone: run the cell again."),
                "numbers": _("The numbers in this picture"),
                "inPython": _("In Python, an explorer has them as its numbers: explorer.numbers"),
            }
        controls = [
            {
                "name": c.name,
                "label": c.label,
                "kind": c.kind,
                "values": c.values and list(c.values),
                "texts": c.values and [_(c.format.format(v)) for v in c.values],
                "start": index,
                "home": c.index(c.start),
                "resets": c.resets,
            }
            for c, index in zip(self.controls, self.state, strict=True)
        ]
        return self._player | {"controls": controls}

    def still(self) -> str:
        """The picture of the values now, and its sentence, as HTML that never moves."""
        return still(self.player())

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

    def _reset(self, moved) -> None:
        for control in self.controls:
            if control.name != moved["name"]:
                setattr(self, control.name, control.start)

    def _repr_mimebundle_(self, **_options):
        return mime_bundle(lambda: page(self.player()), self.caption, super()._repr_mimebundle_)


def key(state: Sequence) -> str:
    """The indices of all controls as one text, the same that player.js makes of them."""
    return json.dumps(state, ensure_ascii=False, separators=(",", ":"))


class Once:
    """Things that JSON knows, each of which is kept once."""

    def __init__(self):
        self.known = {}

    def places(self, things) -> list[int]:
        texts = (json.dumps(thing) for thing in things)
        return [self.known.setdefault(text, len(self.known)) for text in texts]

    def all(self) -> list:
        return list(map(json.loads, self.known))


def still(player: dict) -> str:
    """The first picture and its sentence as HTML without a script."""
    first = player["frames"][key([c["start"] for c in player["controls"]])]
    wide = player["views"][0]
    items = [player["items"][place] for place in wide["base"] + first["draws"][0]]
    picture = svg_image(wide["size"], wide["columns"], items, player["alt"])
    return f"{STILL}{picture}<p>{html.escape(first['caption'])}</p>"


def page(player: dict) -> str:
    """The player as HTML; its first picture stands there even where scripts are not allowed."""
    root = f"explorer-{uuid.uuid4().hex}"
    data = json.dumps(player).replace("<", "\\u003c")  # no text of ours may end the script
    return (
        f'<div id="{root}" class="{NO_MATHS}">{still(player)}</div>'
        f'<script type="module">{PLAYER}\nplay(document.getElementById("{root}"), {data});</script>'
    )
