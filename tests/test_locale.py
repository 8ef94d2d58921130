"""What learners read is collected whole, and comes in the language of a catalogue."""

import ast
import functools
import gettext
import json
import os
import re
import struct
import subprocess
import sys
from pathlib import Path
from string import Formatter

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from pedagogy import explore, locale

PACKAGE = Path(__file__).parents[1] / "pedagogy"
MARKS = {"_": 1, "N_": 1, "ngettext": 2}  # how many of the arguments are messages


@functools.cache
def calls():
    """(file, call) of every message in the package."""
    return [
        (path, node)
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id in MARKS and path.name != "locale.py"
    ]


def messages():
    """Every literal message, as xgettext and pybabel find them."""
    for _, call in calls():
        for argument in call.args[: MARKS[call.func.id]]:
            if isinstance(argument, ast.Constant):
                yield argument.value


class Fake(gettext.NullTranslations):
    """Says every message that was collected in brackets."""

    known = frozenset(messages())

    def gettext(self, message):
        return f"⟦{message}⟧" if message in self.known else message

    def ngettext(self, one, many, n):
        return self.gettext(one if n == 1 else many)


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.setattr(locale, "catalogue", Fake)


def test_every_message_is_one_literal_with_named_fields():
    """An f-string, or a sentence glued together, could not be found by xgettext."""
    assert len(set(messages())) > 200
    for path, call in calls():
        for argument in call.args[: MARKS[call.func.id]]:
            at = f"{path.name}:{call.lineno}"
            assert not isinstance(argument, ast.JoinedStr | ast.BinOp), at
            if isinstance(argument, ast.Constant):
                fields = [field for _, field, _, _ in Formatter().parse(argument.value)]
                assert all(f is None or f.isidentifier() for f in fields), at


def drawn_texts(explorer):
    figure = Figure()
    explorer.plot(figure)(**explorer.numbers)
    return {text.get_text() for text in figure.findobj(Text)}


@pytest.mark.parametrize(
    "make",
    [
        explore.explore_two_rules,
        explore.explore_shift_scale,
        explore.explore_own_test,
        explore.explore_direction,
        explore.explore_surprise,
        explore.explore_label_count,
        explore.explore_clip,
        explore.explore_betas,
        explore.explore_learning_rates,
        explore.explore_race,
    ],
)
def test_a_catalogue_changes_caption_labels_alt_text_and_picture(make, fake):
    explorer = make()
    caption, *tale = explorer.caption.split("It writes: ")
    assert caption.startswith("⟦") and (tale or caption.endswith("⟧"))
    assert explorer.alt.startswith("⟦") and explorer.alt.endswith("⟧")
    for control in explorer.controls:
        assert control.label.startswith("⟦"), control.label
    for text in drawn_texts(explorer):
        names = re.sub("banana|time|RLHF|DPO|log 2", "", text)
        while "⟦" in names:  # a message may stand in another
            names = re.sub("⟦[^⟦⟧]*⟧", "", names)
        assert not re.search("[A-Za-z]{2}", names), text


def test_a_menu_shows_translated_texts_and_keeps_its_values(fake):
    explorer = explore.explore_your_scores(pairs=1)
    reveal = explorer.player()["controls"][-1]
    assert reveal["texts"] == ["⟦hidden⟧", "⟦shown⟧"] and reveal["values"] == ["hidden", "shown"]


def catalogue_file(messages):
    """The bytes of a .mo file, as the GNU gettext manual describes them."""
    keys = sorted({"": "Content-Type: text/plain; charset=UTF-8\n"} | messages)
    messages = {"": "Content-Type: text/plain; charset=UTF-8\n"} | messages
    start, table, body = 28 + 16 * len(keys), [[], []], b""
    for column, texts in enumerate((keys, [messages[key] for key in keys])):
        for text in map(str.encode, texts):
            table[column] += [len(text), start + len(body)]
            body += text + b"\0"
    count = len(keys)
    head = struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, 0)
    return head + struct.pack(f"<{4 * count}I", *table[0], *table[1]) + body


@pytest.mark.parametrize("language, said", [("ko", "숨김"), ("xx", "hidden"), ("", "hidden")])
def test_the_environment_names_the_language_and_an_unknown_one_is_english(language, said, tmp_path):
    file = tmp_path / "ko" / "LC_MESSAGES" / "pedagogy.mo"
    file.parent.mkdir(parents=True)
    file.write_bytes(catalogue_file({"hidden": "숨김"}))
    code = (
        "import json, pathlib, sys; from pedagogy import locale;"
        "locale.FOLDER = pathlib.Path(sys.argv[1]);"
        "print(json.dumps([locale._('hidden'), locale._('other'), locale._('')]))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, tmp_path],
        env=os.environ | {"PEDAGOGY_LANGUAGE": language},
        capture_output=True,
        check=True,
    ).stdout
    assert json.loads(out) == [said, "other", ""]
