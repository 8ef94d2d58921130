"""The widget around a pile of pairs, and its page for the browser."""

import html
import json
import threading
import uuid
from contextlib import suppress
from pathlib import Path

import anywidget
import traitlets

from pedagogy.front_end import NO_MATHS, mime_bundle
from pedagogy.labels.pairs import Pair, make_pairs
from pedagogy.labels.pile import Pile

SCRIPT = Path(__file__).with_name("labels.js").read_text(encoding="utf-8")


class Labels(anywidget.AnyWidget):
    """Pairs to judge by click or key; each judgement is a line of `file` before the next is shown.

        labels = Labels(prompts, responses_a, responses_b, "my_labels.jsonl")

    Made again with the same file, it goes on where it stopped. Which response stands left is drawn
    from `seed`. A skipped pair comes once more at the end; skipped again, it waits for the next
    time. Undo takes back the last step made here, also that of an earlier day, but never a
    judgement of other pairs. Two kernels may share a file: neither touches the other's new lines,
    and a pair that is judged in one is up in the other no more.

    `preferences` are the judgements of these pairs, with the texts as they were given; the page
    shows them without the white space around, and in the file it makes no difference either. The
    file may hold others, and keeps them (`read_preferences(file)` has all). To let each of the
    learner's judgements count as much as five of the simulated human's:

        [*labels.preferences] * 5 + label_pairs(prompts, responses_a, responses_b, seed=0)

    `preferences`, `judged` and `current` can be observed; they change after the file.

    ValueError, TypeError: lists of different lengths, no pair of different texts, half a
    character, a file that is no preference file. OSError: a file that cannot be read.
    """

    _esm = SCRIPT
    labels_id = traitlets.Unicode().tag(sync=True)
    shown = traitlets.Dict().tag(sync=True)  # all that the page shows, changed in one go
    preferences = traitlets.List(read_only=True)
    judged = traitlets.Int(read_only=True)
    current = traitlets.Instance(Pair, allow_none=True, read_only=True)

    def __init__(self, prompts, responses_a, responses_b, file, *, seed=0):
        pairs = make_pairs(prompts, responses_a, responses_b, seed)
        if not pairs:
            raise ValueError("There is nothing to choose from: no pair of two different responses.")
        self._pile = Pile(pairs, file)
        self._lock = threading.RLock()  # clicks may come in a thread of their own
        same = len(prompts) - len(pairs)
        left_out = [f"Left out, since both texts are the same: {same}."] if same else []
        self._show(news=" ".join(self._pile.news + left_out))
        super().__init__(labels_id=uuid.uuid4().hex)
        self.on_msg(self._hear)

    @property
    def file(self) -> Path:
        return self._pile.file

    def choose(self, side: str) -> None:
        """Prefer the current pair's "left" or "right" response; returns when it is on the disk."""
        self._step(self._pile.choose, side)

    def skip(self) -> None:
        """Leave the current pair for later."""
        self._step(self._pile.skip)

    def undo(self) -> None:
        """Take back the last judgement or skip; its pair is on the screen again."""
        self._step(self._pile.undo)

    def _step(self, step, *arguments):
        problem = ""
        with self._lock:
            self._pile.news = []
            try:
                step(*arguments)
            except OSError as error:
                why = f"Not saved: {error.strerror or error} ({self.file})."
                problem = f"{why} {self._pile.safety}".strip()
                raise
            except ValueError as error:
                problem = str(error)
                raise
            finally:
                self._show(news=" ".join(self._pile.news), problem=problem)

    def _hear(self, _widget, message: dict, _buffers) -> None:
        """A click or a key in the browser; it counts only for the turn in which it was made."""
        with self._lock, suppress(OSError, ValueError):  # said on the page
            if message["turn"] != self.shown["turn"]:
                return
            if message["act"] in ("skip", "undo"):
                getattr(self, message["act"])()
            else:
                self.choose(message["act"])

    def _show(self, news="", problem=""):
        pile = self._pile
        with self.hold_trait_notifications():
            self.set_trait("preferences", pile.preferences)
            self.set_trait("judged", len(pile.preferences))
            self.set_trait("current", pile.current)
            self.shown = {
                "turn": self.shown.get("turn", 0) + 1,
                "pair": pile.current and pile.current.bare()._asdict(),
                "judged": self.judged,
                "total": len(pile.pairs),
                "canUndo": pile.can_undo,
                "farewell": "" if pile.current else self._farewell(),
                "news": news,
                "problem": problem,
            }

    def _farewell(self) -> str:
        pile = self._pile
        lefts, aside = pile.lefts, len(pile.pairs) - self.judged
        lines = [
            f"Thank you! You chose in {self.judged} of {len(pile.pairs)} pairs.",
            f"The left one won {lefts} ×, the right one {self.judged - lefts} ×.",
        ]
        if aside:
            lines.append(f"You skipped {aside}; run this cell again, and they come again.")
        return "\n".join([*lines, f"Your choices are in {self.file}"])

    def _repr_mimebundle_(self, **_):
        said = f"{self.judged} of {self.shown['total']} done, in {self.file.name}"
        return mime_bundle(
            lambda: page(self.labels_id, self.shown), said, super()._repr_mimebundle_
        )


def page(labels_id: str, shown: dict) -> str:
    """The widget as HTML; the pair stands there even where scripts are not allowed."""
    root = f"labels-{uuid.uuid4().hex}"
    texts = shown["pair"].values() if shown["pair"] else [shown["farewell"]]
    still = "".join(f'<p dir="auto">{html.escape(text)}</p>' for text in texts)
    still += "<p>To choose, open this page as a notebook and run it.</p>"
    data = json.dumps([labels_id, shown]).replace("<", "\\u003c")  # no text may end the script
    return (
        f'<div id="{root}" class="{NO_MATHS}">{still}</div>'
        f'<script type="module">{SCRIPT}\n'
        f'label(document.getElementById("{root}"), ...{data});</script>'
    )
