"""The machine behind the sliders: pictures from values alone, drawn right, sent whole."""

import base64
import io
import json
import random
import re
import sys
from html.parser import HTMLParser
from threading import Thread
from types import ModuleType, SimpleNamespace

import ipywidgets
import matplotlib
import numpy as np
import pytest
import traitlets
from contrast import LETTERS, LINES, PAPERS, contrast
from IPython.core.events import EventManager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from pedagogy import progress
from pedagogy.explorer import Control, Explorer, widget
from pedagogy.explorer.numbers import told
from pedagogy.explorer.style import LOOKS, STYLE
from pedagogy.explorer.widget import MOST_FRAMES, key, page

SIZE = (3.0, 2.0)
HEIGHTS = (0.1, 0.3, 0.5, 0.9)
NASTY = '</script><b id="x">&|"\''


def compute(height, word="calm"):
    if height == 0.9 and word == "broken":
        raise RuntimeError("the tower fell")
    if word == "refused":
        raise ValueError("word is 'refused', but it must be kind.")
    return {"height": height, "word": word}


def plot(figure):
    """Artists that move, none of which touches one that stands still."""
    axes = figure.subplots()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.plot([0.1, 0.9], [0.95, 0.95], color="gray")
    (bar,) = axes.bar([0.7], [0], 0.2, bottom=0.02, color="tab:orange", animated=True)
    (dot,) = axes.plot([0.3], [0], "o", color="tab:blue", animated=True)
    text = axes.text(0.2, 0.85, "", animated=True)

    def update(height, word):
        bar.set_height(height - 0.05)
        dot.set_ydata([height])
        text.set_text(f"{word} {height}")
        return f"{word}: the bar is {height} high."

    return update


def tower(*controls, **options):
    controls = controls or [Control("height", HEIGHTS, 0.3, "height")]
    return Explorer(compute, plot, controls, alt="a tower", **({"size": SIZE} | options))


def height_and_word(*words):
    return Control("height", HEIGHTS, 0.3, "height"), Control("word", words, words[0], "word")


def drawn_plainly(plot, numbers, width):
    """The same picture by matplotlib alone: a new figure, no artist animated; on white."""
    with matplotlib.rc_context(STYLE | {"text.hinting": "none"}):
        figure = Figure(figsize=SIZE, dpi=width / SIZE[0], facecolor="white")
        canvas = FigureCanvasAgg(figure)
        update = plot(figure)
        canvas.draw()  # the layout is settled before the moving artists are seen
        figure.set_layout_engine("none")
        update(**numbers)
        for artist in figure.findobj(lambda artist: artist.get_animated()):
            artist.set_animated(False)
        canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].astype(int)


def on_white(png):
    picture = Image.open(io.BytesIO(png)).convert("RGBA")
    paper = Image.new("RGBA", picture.size, "white")
    paper.alpha_composite(picture)
    return np.asarray(paper.convert("RGB")).astype(int)


def assert_alike(shown, wanted):
    """Two painters set the greys at the edges of lines differently, and nothing else."""
    assert shown.shape == wanted.shape
    off = np.abs(shown - wanted).max(axis=-1)
    assert off.mean() < 2.5 and (off > 150).mean() < 0.002


# --- pictures ------------------------------------------------------------------------------------


@pytest.mark.browser
def test_every_picture_is_what_matplotlib_alone_draws(page):
    """On the canvas, and in the image for where no script runs; wide enough not to be a phone's."""
    explorer = tower()
    page.set_viewport_size({"width": 616, "height": 800})  # and 8 at each side are the page's
    page.set_content(f"<!doctype html><body>{widget.page(explorer.player())}")
    canvas = page.locator("canvas.pedagogy-picture")
    for place, height in enumerate(HEIGHTS):
        page.locator("input").fill(str(place))
        data = canvas.evaluate("c => c.toDataURL()").partition(",")[2]
        shown = on_white(base64.b64decode(data))
        assert shown.shape[:2] == (400, 600)
        assert_alike(shown, drawn_plainly(plot, compute(height), shown.shape[1]))
    page.set_content(f"<!doctype html><body>{explorer.still()}")
    page.locator("img").evaluate("image => (image.width = 600)")
    shown = on_white(page.locator("img").screenshot())
    assert_alike(shown, drawn_plainly(plot, compute(0.3), shown.shape[1]))


@pytest.mark.slow
def test_a_picture_does_not_depend_on_the_walk_that_led_there():
    controls = height_and_word("calm", "wild")
    fresh = {(i, j): tower(*controls).frame((i, j)) for i in range(4) for j in range(2)}
    explorer, walk = tower(*controls), random.Random(0)
    for _ in range(40):
        state = walk.choice(list(fresh))
        assert explorer.frame(state) == fresh[state]
    assert len({str(frame["draws"]) for frame in fresh.values()}) == 8


def test_the_sentence_needs_no_picture_and_is_that_of_the_picture():
    explorer, drawn = tower(), tower()
    for place, explorer.height in enumerate(HEIGHTS):
        assert explorer.caption == drawn.frame([place])["caption"]
    assert explorer.pictures == []


def test_two_threads_get_the_right_pictures():
    explorers = [tower(), tower()]
    wanted = [explorers[0].frame([place]) for place in range(4)]
    wrong = []

    def ask(seed):
        walk = random.Random(seed)
        for _ in range(40):
            place = walk.randrange(4)
            if walk.choice(explorers).frame([place]) != wanted[place]:
                wrong.append(place)

    threads = [Thread(target=ask, args=[seed]) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_picture_in_which_nothing_moves_is_its_background():
    def still(figure):
        figure.subplots().plot([0, 1], [0, 1])
        return lambda height, word: f"Nothing moves at {height}."

    explorer = Explorer(compute, still, tower().controls, alt="a line", size=SIZE)
    frame = explorer.frame([2])
    assert frame["draws"] == [[], []] and explorer.player()["views"][0]["base"]
    assert frame["caption"] == "Nothing moves at 0.5."


def test_drawing_leaves_matplotlibs_settings_alone():
    before = dict(matplotlib.rcParams)
    tower().player()
    assert dict(matplotlib.rcParams) == before


# --- values --------------------------------------------------------------------------------------


def test_values_are_read_set_and_observed_from_python():
    explorer, seen = tower(*height_and_word("calm", "wild")), []
    explorer.observe(lambda change: seen.append((change["name"], change["new"])))
    assert (explorer.height, explorer.word, explorer.state) == (0.3, "calm", (1, 0))
    explorer.height, explorer.word = 0.5, "wild"
    assert explorer.numbers == {"height": 0.5, "word": "wild"}
    assert explorer.caption == "wild: the bar is 0.5 high."
    assert seen == [("height", 0.5), ("word", "wild")]


@pytest.mark.parametrize(
    "given, place", [(0.5, 0.5), (0.42, 0.5), (1, 0.9), (-7, 0.1), (np.float32(0.3), 0.3)]
)
def test_a_number_goes_to_the_nearest_place(given, place):
    explorer = tower()
    explorer.height = given
    assert explorer.height == place


@pytest.mark.parametrize("given", ["0.3", None, [0.3], float("nan"), float("inf")])
def test_what_is_no_number_is_refused_by_the_controls_name(given):
    explorer = tower()
    with pytest.raises(ValueError, match="^height is .*, but it must be a number.$"):
        explorer.height = given
    assert explorer.height == 0.3


def test_a_word_that_is_no_choice_is_refused_by_the_controls_name():
    explorer = tower(*height_and_word("calm", "wild"))
    with pytest.raises(ValueError, match="^word is 'odd', but it must be 'calm' or 'wild'.$"):
        explorer.word = "odd"


def test_a_start_that_is_no_choice_is_refused():
    with pytest.raises(ValueError, match="^word is 'odd', but"):
        tower(Control("word", ("calm", "wild"), "odd", "word"))


def test_explorers_can_be_linked_with_each_other_and_with_widgets():
    one, two, number = tower(), tower(), ipywidgets.FloatText()
    traitlets.link((one, "height"), (two, "height"))
    traitlets.link((two, "height"), (number, "value"))
    one.height = 0.9
    assert (two.height, number.value) == (0.9, 0.9)
    number.value = 0.5
    assert one.height == 0.5


# --- what the browser gets -----------------------------------------------------------------------


def test_the_player_has_every_picture_and_starts_where_the_values_are():
    explorer = tower(*height_and_word("calm", "wild"))
    explorer.word = "wild"
    player = explorer.player()
    assert list(player["frames"]) == [f"[{i},{j}]" for i in range(4) for j in range(2)]
    assert [control["start"] for control in player["controls"]] == [1, 1]
    assert [control["kind"] for control in player["controls"]] == ["range", "choice"]
    assert player["controls"][0]["texts"] == ["0.1", "0.3", "0.5", "0.9"]
    assert player["frames"]["[1,1]"]["caption"] == "wild: the bar is 0.3 high."


def test_too_many_pictures_to_draw_ahead_are_refused():
    many = Control("height", range(MOST_FRAMES + 1), 0, "height")
    with pytest.raises(ValueError, match=f"make {MOST_FRAMES + 1} pictures, but at most"):
        tower(many)
    assert len(tower(many, live=True).player()["frames"]) == 1


def test_a_typed_control_needs_a_live_explorer():
    typed = Control("word", None, "calm", "word")
    with pytest.raises(ValueError, match="^word is typed, so its pictures need live=True.$"):
        tower(Control("height", HEIGHTS, 0.3, "height"), typed)


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"name": 5}, "name is 5, but it must be a text"),
        ({"name": "two words"}, "name is 'two words', but it must be one that Python can set"),
        ({"name": "lambda"}, "name is 'lambda', but it must be one that Python can set"),
        ({"label": None}, "label is None, but it must be a text"),
        ({"format": "{:q}"}, "format is '{:q}', but it must take one value of height"),
        ({"format": "{other}"}, "format is '{other}', but it must take one value of height"),
        ({"start": None}, "height is None, but it must be a number"),
        ({"start": float("nan")}, "height is nan, but it must be a number"),
        ({"start": "high"}, "height is 'high', but it must be a number"),
        ({"values": ["low"], "start": "high"}, "height is 'high', but it must be 'low'"),
        ({"values": [1, "low"]}, "values of height are [1, 'low'], but they must be finite"),
        ({"values": [False, True]}, "values of height are [False, True], but they must be finite"),
        ({"values": [1, 1.0]}, "values of height are [1, 1.0], but none may come twice"),
        ({"values": []}, "values of height are [], but they must be finite"),
    ],
)
def test_nonsense_in_a_control_is_a_sentence(wrong, words):
    settings = {"name": "height", "values": HEIGHTS, "start": 0.3, "label": "height"} | wrong
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(words)}"):
        Control(**settings)


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"compute": None}, "compute is None, but it must be a function"),
        ({"compute": lambda height: height}, "compute returned 0.3, but it must be a dict"),
        ({"plot": "tower"}, "plot is 'tower', but it must be a function"),
        ({"plot": lambda figure: None}, "update is a NoneType, but it must be a function"),
        ({"plot": lambda figure: lambda height: None}, "caption is None, but it must be a text"),
        ({"alt": " "}, "alt is empty, but it must say what the picture shows"),
        ({"controls": None}, "controls is None, but it must be a list"),
        ({"controls": ["height"]}, "controls[0] is a str, but it must be a Control"),
        ({"controls": [Control("h", [1], 1, "h")] * 2}, "controls has 'h', but something is"),
        ({"controls": [Control("state", [1], 1, "s")]}, "controls has 'state', but something is"),
    ],
)
def test_nonsense_in_an_explorer_is_a_sentence(wrong, words):
    settings = {
        "compute": lambda height: {"height": height},
        "plot": lambda figure: lambda height: "It stands.",
        "controls": [Control("height", HEIGHTS, 0.3, "height")],
        "alt": "A tower.",
    } | wrong
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(words)}"):
        print(Explorer(**settings).caption)


class Reader(HTMLParser):
    """The tags of a page, its texts outside scripts, and its scripts."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts, self.scripts, self.script = [], [], [], False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.script = tag == "script"

    def handle_data(self, data):
        (self.scripts if self.script else self.texts).append(data)

    def handle_endtag(self, tag):
        self.script = False


def nasty():
    controls = (
        Control("height", HEIGHTS, 0.3, NASTY),
        Control("word", (NASTY, "<!--<script>"), NASTY, "word"),
    )
    return Explorer(compute, plot, controls, alt=NASTY, size=SIZE)


def test_a_page_without_scripts_shows_the_picture_and_its_sentence():
    explorer = nasty()
    reader = Reader(page(explorer.player()))
    assert [tag for tag, _ in reader.tags] == ["div", "style", "img", "p", "script"]
    still = reader.tags[2][1]
    assert still["alt"] == NASTY
    assert still["width"] == "300"
    assert still["src"].startswith("data:image/svg+xml;base64,")
    assert f"{NASTY}: the bar is 0.3 high." in reader.texts


def test_no_text_ends_a_pages_script_and_all_of_it_arrives():
    explorer = nasty()
    (script,) = Reader(page(explorer.player())).scripts
    data = script.rpartition('"), ')[2].removesuffix(");")
    assert "<" not in data
    assert json.loads(data) == explorer.player()


def test_a_notebook_stores_the_page_and_its_sentence():
    explorer = tower()
    bundle = explorer._repr_mimebundle_()
    assert bundle["text/plain"] == "calm: the bar is 0.3 high."
    assert explorer.explorer_id in bundle["text/html"]


WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.mark.parametrize("house", ["VS Code", "Colab"])
def test_where_outputs_and_widgets_cannot_meet_it_is_a_widget(house, monkeypatch):
    if house == "VS Code":  # which sets this name in every notebook that it runs
        monkeypatch.setattr(sys.modules["__main__"], "__vsc_ipynb_file__", "a.ipynb", raising=False)
    else:
        monkeypatch.setitem(sys.modules, "google.colab", ModuleType("colab"))
    bundle, _metadata = tower()._repr_mimebundle_()
    assert WIDGET in bundle and "text/html" not in bundle


def test_where_it_may_be_vs_code_it_is_a_page_and_a_widget(monkeypatch):
    monkeypatch.setenv("VSCODE_PID", "1")
    monkeypatch.delenv("JPY_PARENT_PID", raising=False)
    explorer = tower()
    bundle, _metadata = explorer._repr_mimebundle_()
    assert WIDGET in bundle and explorer.explorer_id in bundle["text/html"]
    assert bundle["text/plain"] == "calm: the bar is 0.3 high."


def test_what_lab_or_nbconvert_starts_in_vs_codes_terminal_is_a_page_as_elsewhere(monkeypatch):
    monkeypatch.setenv("VSCODE_PID", "1")
    monkeypatch.setenv("JPY_PARENT_PID", "1")
    assert set(tower()._repr_mimebundle_()) == {"text/html", "text/plain"}


def test_a_page_keeps_dollars_from_mathjax():
    (root, attributes), *_rest = Reader(page(tower().player())).tags
    assert root == "div" and {"tex2jax_ignore", "mathjax_ignore"} <= set(
        attributes["class"].split()
    )


def test_words_between_dollars_are_letters_in_the_picture():
    """'$$' and '$x^$' are no formulas that matplotlib could draw; '$a$' would lose its dollars."""

    def plot(figure):
        axes = figure.subplots()
        axes.set_xticks([0], ["$$"])
        text = axes.text(0, 0, r"Is $\alpha^$ right?", animated=True)
        return lambda height: text.get_window_extent().width and "drawn"

    explorer = Explorer(lambda height: {"height": height}, plot, tower().controls, alt="words")
    assert explorer.caption == "drawn"


# --- controls that put others back ---------------------------------------------------------------


def test_a_control_that_resets_puts_the_others_back_to_their_starts():
    first = Control("height", HEIGHTS, 0.3, "height", resets=True)
    explorer = tower(first, Control("word", ("calm", "wild"), "calm", "word"))
    explorer.word = "wild"
    assert (explorer.height, explorer.word) == (0.3, "wild")
    explorer.height = 0.9
    assert (explorer.height, explorer.word) == (0.9, "calm")
    controls = explorer.player()["controls"]
    assert [(c["resets"], c["home"]) for c in controls] == [(True, 1), (False, 0)]


# --- while it draws ------------------------------------------------------------------------------


class Line:
    """A line in a notebook, as IPython's DisplayHandle."""

    said = []

    def display(self, text):
        self.said.append(text.data)

    update = display


@pytest.mark.parametrize("patience, lines", [(-1, True), (60, False)])
def test_only_a_slow_drawing_counts_and_its_line_vanishes(patience, lines, monkeypatch):
    monkeypatch.setattr(progress, "DisplayHandle", Line)
    monkeypatch.setattr(progress, "get_ipython", lambda: SimpleNamespace(kernel=True))
    monkeypatch.setattr(progress, "PATIENCE", patience)
    monkeypatch.setattr(progress, "EVERY", -1)
    monkeypatch.setattr(Line, "said", said := [])
    assert list(progress.counted("abc", "{done} of {total}", 6, each=2)) == ["a", "b", "c"]
    counts = [f"<small>{n} of 6 …</small>" for n in (0, 2, 4)]
    assert said == ([*counts, ""] if lines else [])
    said.clear()
    for _first in progress.counted("abc", "{done} of {total}", 6, each=2):
        break  # and so it does where nobody wants the rest
    assert said == ([counts[0], ""] if lines else [])


@pytest.mark.parametrize("loaded", [True, False])
def test_while_torch_is_loaded_a_line_says_so_until_the_cell_has_run(loaded, monkeypatch):
    events = EventManager(None, {"post_run_cell": None})
    monkeypatch.setattr(progress, "DisplayHandle", Line)
    monkeypatch.setattr(
        progress, "get_ipython", lambda: SimpleNamespace(kernel=True, events=events)
    )
    monkeypatch.setattr(Line, "said", said := [])
    if not loaded:
        monkeypatch.delitem(sys.modules, "torch")
    progress.while_loading("loading")
    assert said == ([] if loaded else ["<small>loading …</small>"])
    for _cell in range(2):
        events.trigger("post_run_cell", None)
    assert said == ([] if loaded else ["<small>loading …</small>", ""])


def test_outside_a_notebook_nothing_is_counted(monkeypatch, capsys):
    monkeypatch.setattr(progress, "PATIENCE", -1)
    assert list(progress.counted("ab", "", 2)) == ["a", "b"]
    assert capsys.readouterr() == ("", "")


# --- live ----------------------------------------------------------------------------------------


@pytest.fixture
def live():
    """A live explorer, and the messages that it sends."""
    explorer = tower(*height_and_word("calm", "wild", "refused", "broken"), live=True)
    explorer.send = (sent := []).append
    return explorer, sent


def ask(state):
    return {"ask": "frame", "state": state, "key": key(state), "view": "one"}


def test_a_live_explorer_answers_with_the_picture_asked_for(live):
    explorer, sent = live
    explorer._answer(explorer, ask([2, 1]), [])
    assert sent == [{"key": "[2,1]", "view": "one", "frame": explorer.frame([2, 1])}]
    assert sent[0]["frame"]["caption"] == "wild: the bar is 0.5 high."


def test_bad_values_arrive_as_a_sentence_and_the_next_picture_is_right(live):
    explorer, sent = live
    wanted = explorer.frame([0, 0])
    explorer._answer(explorer, ask([0, 2]), [])
    explorer._answer(explorer, ask([0, 0]), [])
    assert sent[0]["error"] == "word is 'refused', but it must be kind."
    assert "frame" not in sent[0]
    assert sent[1]["frame"] == wanted


def test_a_crash_is_answered_too_and_then_raised(live):
    explorer, sent = live
    with pytest.raises(RuntimeError):
        explorer._answer(explorer, ask([3, 3]), [])
    assert sent[0]["error"] == "the tower fell"


@pytest.mark.parametrize("error", [NotImplementedError, KeyboardInterrupt])
def test_an_error_without_words_is_answered_with_its_name(error):
    def interrupted(height):
        raise error

    explorer = Explorer(interrupted, plot, tower().controls, alt="a tower", live=True)
    explorer.send = (sent := []).append
    with pytest.raises(error):
        explorer._answer(explorer, ask([0]), [])
    assert sent[0]["error"] == error.__name__


def test_inside_other_widgets_it_asks_for_its_player(live):
    explorer, sent = live
    explorer.word = "wild"
    explorer._answer(explorer, {"ask": "player"}, [])
    assert sent == [{"player": explorer.player()}]
    assert list(sent[0]["player"]["frames"]) == ["[1,1]"]


@pytest.mark.parametrize("text", ["a|b", 'she said "no"', "back\\slash", "élan ẞ", ""])
def test_any_text_can_be_typed(text):
    typed = Control("word", None, "calm", "word")
    explorer = tower(Control("height", HEIGHTS, 0.3, "height"), typed, live=True)
    explorer.word = text
    assert explorer.state == (1, text)
    assert f"{text}: the bar is 0.3 high." in Reader(page(explorer.player())).texts


def test_no_two_states_share_a_key():
    states = [("a|b", "c"), ("a", "b|c"), ('a","b', "c"), ("a", 'b","c'), (1, "c"), ("1", "c")]
    assert len({key(state) for state in states}) == len(states)


# --- looks ---------------------------------------------------------------------------------------


def test_contrast_is_measured_as_wcag_says():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)  # W3C's example


@pytest.mark.parametrize("name", sorted(set(LOOKS) - {"band", "paper"}))
def test_a_look_stands_out_from_white_and_from_dark_paper(name):
    least = LINES if name == "guide" else LETTERS
    for kind, papers in PAPERS.items():
        for paper in papers:
            assert contrast(getattr(LOOKS[name], kind), paper) >= least


def test_no_two_things_look_alike():
    for kind in ("light", "dark"):
        assert len({getattr(look, kind) for look in LOOKS.values()}) == len(LOOKS)
    marks = [look.mark for look in LOOKS.values() if look.mark]
    assert len(set(marks)) == len(marks)


# --- the table of numbers ------------------------------------------------------------------------


def test_the_table_names_numbers_as_python_does():
    numbers = {"beta": 0.123456, "runs": {"DPO": [[1, 2.5], [3, 4]]}, "word": "hi", "none": (None,)}
    rows = told(numbers | {"many": list(range(1000))})
    assert rows == [
        ("beta", "0.1235"),
        ('runs["DPO"][0]', "1, 2.5"),
        ('runs["DPO"][1]', "3, 4"),
        ("word", "hi"),
        ("none", "None"),
        ("many", "1,000: 0 … 999"),
    ]


def test_each_picture_has_its_numbers():
    player = tower(*height_and_word("calm", "wild")).player()
    rows = [player["rows"][place] for place in player["frames"]["[2,1]"]["rows"]]
    assert rows == [["height", "0.5"], ["word", "wild"]]
