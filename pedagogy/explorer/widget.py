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

from pedagogy.explorer.controls import Control, Value
from pedagogy.explorer.picture import SCALE, Picture, image, pixels, png
from pedagogy.front_end import NO_MATHS, mime_bundle
from pedagogy.locale import _
from pedagogy.progress import counted

PLAYER = Path(__file__).with_name("player.js").read_text(encoding="utf-8")
MOST_FRAMES = 600


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
        indices = [range(len(c.values)) for c in self.controls if c.values]
        self._ahead = [] if live else list(itertools.product(*indices))
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
        for control in self.controls:
            if control.resets:
                self.observe(self._reset, control.name)

    @property
    def state(self) -> tuple:
        """The controls' indices now."""
        return tuple(c.index(getattr(self, c.name)) for c in self.controls)

    @property
    def numbers(self) -> dict:
        """What `compute` makes of the values now: the numbers in the picture."""
        return self.compute(**{c.name: getattr(self, c.name) for c in self.controls})

    @property
    def caption(self) -> str:
        """The sentence under the picture now."""
        return self.frame(self.state)["caption"]

    def frame(self, state: Sequence) -> dict:
        """The picture for one index of every control."""
        numbers = self.compute(
            **{c.name: c.value(index) for c, index in zip(self.controls, state, strict=True)}
        )
        with self._lock:
            if self._picture is None:
                self._picture = Picture(self.plot, self.size)
            return self._picture.frame(**numbers)

    def player(self) -> dict:
        """All that the player in the browser needs to know, drawn once."""
        if self._player is None or self.live:
            states = self._ahead or [self.state]
            drawing = counted(states, _("drawing {done} of {total}"), len(states))
            frames = {key(state): self.frame(state) for state in drawing}
            base = self._picture.base
            self._player = {
                "id": self.explorer_id,
                "alt": self.alt,
                "size": [base.shape[1], base.shape[0]],
                "scale": SCALE,
                "most": MOST_FRAMES,
                "base": png(image(base)),
                "noKernel": _(
                    "This one is drawn while you move it, so it needs a running notebook."
                ),
                "kernelGone": _("The kernel behind this picture is gone: run the cell again."),
                "frames": frames,
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


def still(player: dict) -> str:
    """The first picture and its sentence as HTML without a script."""
    first = player["frames"][key([c["start"] for c in player["controls"]])]
    picture = pixels(player["base"])
    picture.alpha_composite(pixels(first["png"]), (first["x"], first["y"]))
    return (
        f'<img alt="{html.escape(player["alt"])}" width="{picture.width / SCALE:.0f}" '
        f'src="data:image/png;base64,{png(picture)}"><p>{html.escape(first["caption"])}</p>'
    )


def page(player: dict) -> str:
    """The player as HTML; its first picture stands there even where scripts are not allowed."""
    root = f"explorer-{uuid.uuid4().hex}"
    data = json.dumps(player).replace("<", "\\u003c")  # no text of ours may end the script
    return (
        f'<div id="{root}" class="{NO_MATHS}">{still(player)}</div>'
        f'<script type="module">{PLAYER}\nplay(document.getElementById("{root}"), {data});</script>'
    )
