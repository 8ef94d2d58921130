"""The site and the slides: whole from disk, with the network off, on phone and projector."""

import html
import re
from html.parser import HTMLParser

import nbformat
import pytest
from executed import NAMES, NOTEBOOKS, wants
from pages import course, deck
from pages.site import write_site
from test_browser import move_every_control

WIDTH = """new Promise((tell) => {  // once all that follows the width of the page has done so
    const look = () => tell(document.documentElement.scrollWidth);
    requestAnimationFrame(() => requestAnimationFrame(look));
})"""
FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$\n]+\$", re.DOTALL)


def sources(name):
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


class Reader(HTMLParser):
    """The tags of a page, by name, and its words outside of code."""

    def __init__(self, file):
        super().__init__()
        self.tags, self.words, self.inside = [], "", []
        self.feed(file.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag in ("script", "style", "pre", "code"):
            self.inside.append(tag)

    def handle_endtag(self, tag):
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data):
        self.words += "" if self.inside else data


@pytest.fixture
def folder(notebook, tmp_path_factory):
    """The site and the slides of one notebook, written once."""
    folder = tmp_path_factory.getbasetemp() / notebook.name
    if not folder.exists():
        write_site({notebook.name: notebook.document}, folder / "site")
        deck.write_slides({notebook.name: notebook.document}, folder / "slides")
    return folder


@pytest.fixture
def offline(page):
    """A page that can't reach the network and remembers what it asked for but files."""
    page.asked = []
    page.context.set_offline(True)
    page.on("request", lambda r: r.url.startswith(("file:", "data:")) or page.asked.append(r.url))
    page.on("console", lambda said: said.type == "error" and page.errors.append(said.text))
    yield page
    assert (page.asked, page.errors) == ([], [])


# --- what stands on a page -----------------------------------------------------------------------


def test_the_head_of_a_notebook_is_read():
    one = course.read("03_kl_graded_test", sources("03_kl_graded_test"))
    assert (one.title, one.minutes, one.more) == ("03 · How different are two tests?", 22, 7)
    assert (one.seconds, one.exercises) == ("10 to 25", ["modified_grade", "kl_divergence"])


@pytest.mark.parametrize("name", NAMES)
def test_every_notebook_has_such_a_head(name):
    assert course.read(name, sources(name)).title.startswith(name[:2])


@wants("03_kl_graded_test", "06_rlhf")
def test_links_and_pictures_lead_to_what_is_there(notebook, folder):
    there = {f"{name}.html" for name in NAMES}
    for file in folder.glob("s*/*.html"):
        tags = Reader(file).tags
        names = {attributes["id"] for _, attributes in tags if attributes.get("id")}
        for tag, attributes in tags:
            link = attributes.get("href") or attributes.get("src") or "data:"
            if link.startswith("data:") or (tag == "a" and link.startswith("http")):
                continue
            path, _, place = link.partition("#")
            assert not path or path in there or (file.parent / path).exists(), (file.name, link)
            assert path or place in names, (file.name, link)


@wants("03_kl_graded_test")
def test_every_formula_is_mathml(notebook, folder):
    texts = [cell.source for cell in notebook.document.cells if cell.cell_type == "markdown"]
    shown = Reader(folder / "site" / f"{notebook.name}.html")
    formulas = FORMULA.findall(re.sub(r"`[^`\n]*`", "", "\n".join(texts)))
    assert [tag for tag, _ in shown.tags].count("math") == len(formulas)
    for file in folder.glob("s*/*.html"):
        assert "$" not in Reader(file).words


@wants("03_kl_graded_test", "06_rlhf")
def test_a_page_says_what_needs_a_running_notebook(notebook, folder):
    words = Reader(folder / "site" / f"{notebook.name}.html").words
    stubs = len(course.read(notebook.name, notebook.document).exercises)
    assert words.count("Here you write the function.") == stubs
    assert "Not yet" not in words
    trainings = sum(" = watch(" in cell.source for cell in notebook.document.cells)
    assert words.count("This is a training as it went") == trainings
    page = (folder / "site" / f"{notebook.name}.html").read_text("utf-8")
    assert page.count("<picture>") == trainings


def test_the_fifty_minutes_are_made_of_cells_that_show_a_picture():
    for _minutes, question, name, wanted in deck.TOUR:
        (cell,) = (cell for cell in sources(name).cells if cell.id == wanted)
        assert re.search(r"\b(explore|show|watch)_?\w*\(", cell.source), question


# --- what stands on a slide ----------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_heading_begins_a_slide_and_no_formula_is_missing(name):
    document = deck.for_pages(sources(name))
    said = "\n\n".join(c.source for c in document.cells if c.cell_type == "markdown")
    said = re.sub(r"<details>.*?</details>", "", said, flags=re.DOTALL)
    bodies = [slide.body for slide in deck.slides(document)]
    begun = [re.findall(r"<h2[^>]*>(.*?)</h2>", body) for body in bodies]
    headings = [html.unescape(re.sub("<.*?>", "", one)) for one, *_ in filter(None, begun)]
    written = re.findall(r"^## (.+)$", re.sub(r"^## .+\s*\Z", "", said, flags=re.M), flags=re.M)
    assert list(dict.fromkeys(headings)) == [course.plain(one) for one in written]
    assert "".join(bodies).count('display="block"') == said.count("$$") / 2
    assert "".join(bodies).count("<strong>Predict") == said.count("**Predict")


def test_what_is_shown_under_a_heading_and_after_a_picture():
    said = [
        "A policy bets. " + "It bets on words. " * 20,
        "Nobody reads this. The sum of all bets is",
        "$$1$$",
        "Some are large. **Predict:** which?",
        "- one",
        "As in this cell:",
    ]
    shown = deck.on_slide(said, begins=True)
    assert shown[0].startswith("A policy bets. It") and len(shown[0]) <= deck.SHORT
    assert shown[1:] == ["The sum of all bets is\n\n$$1$$", "**Predict:** which?", "- one"]
    assert deck.on_slide(said, begins=False) == shown[1:3]
    assert deck.on_slide(said[-1:], begins=True) == ["As in this cell."]


def test_what_does_not_fit_on_a_slide_stands_on_the_next():
    table = "And now three things:\n\n| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 6
    parts = deck.in_parts(["A first sentence.", table, "Done."])
    assert parts == [["A first sentence."], [table], ["Done."]]


# --- in a browser --------------------------------------------------------------------------------


@pytest.mark.browser
@wants("03_kl_graded_test")
def test_a_page_from_disk_plays_what_was_drawn_ahead(notebook, folder, offline):
    offline.set_viewport_size({"width": 1280, "height": 9000})  # explorers begin when they are near
    offline.goto((folder / "site" / f"{notebook.name}.html").as_uri())
    move_every_control(offline, notebook.explorers(), kernel=False)


@pytest.mark.browser
@wants("03_kl_graded_test", "09_rlhf_vs_dpo")
def test_nothing_is_wider_than_the_screen(notebook, folder, offline):
    for page in (notebook.name, "index", "sources"):
        offline.set_viewport_size({"width": 1920, "height": 9000})
        offline.goto((folder / "site" / f"{page}.html").as_uri())
        for width in (1920, 1280, 390):
            offline.set_viewport_size({"width": width, "height": 9000})
            assert offline.evaluate(WIDTH) == width, page
            for training in offline.locator("picture img").all():  # its columns, on a phone
                training.evaluate("image => image.decode()")
                box = training.bounding_box()
                assert (box["height"] > box["width"]) == (width == 390)


@pytest.mark.browser
def test_the_words_of_all_slides_fit_on_them(offline, tmp_path):
    deck.write_slides({name: sources(name) for name in NAMES}, tmp_path / "slides")
    offline.set_viewport_size({"width": 1280, "height": 720})
    for name in NAMES:
        offline.goto((tmp_path / "slides" / f"{name}.html").as_uri())
        too_large = offline.evaluate("""() => Reveal.getSlides().flatMap((slide, place) => {
            Reveal.slide(place);
            const high = slide.scrollHeight > slide.clientHeight;
            return high || slide.scrollWidth > slide.clientWidth ? [place] : [];
        })""")
        assert too_large == [], name


@pytest.mark.browser
@wants("03_kl_graded_test", "09_rlhf_vs_dpo")
def test_picture_and_sentence_fit_on_a_slide_in_a_hall(notebook, folder, offline):
    offline.set_viewport_size({"width": 1920, "height": 1080})
    offline.goto((folder / "slides" / f"{notebook.name}.html").as_uri())
    slides = deck.slides(deck.for_pages(notebook.document))
    shown = [place for place, one in enumerate(slides) if "--controls" in one.body]
    assert len(shown) == len(notebook.explorers())
    for place in shown:
        offline.evaluate("place => Reveal.slide(place)", place)
        slide = offline.locator("section.present")
        slide.locator("canvas.pedagogy-picture").wait_for()
        assert slide.evaluate("slide => slide.scrollHeight - slide.clientHeight") <= 0, place


def place_of_one_slider(notebook):
    """The number of the first slide that has just one."""
    slides = deck.slides(deck.for_pages(notebook.document))
    return next(i for i, one in enumerate(slides) if "--controls: 1" in one.body)


@pytest.mark.browser
@wants("03_kl_graded_test")
def test_arrow_keys_stay_in_a_slider_and_turn_the_slides_elsewhere(notebook, folder, offline):
    place = place_of_one_slider(notebook)
    offline.goto((folder / "slides" / f"{notebook.name}.html").as_uri() + f"#/{place}")
    slide = offline.locator("section.present")
    slide.locator("input").focus()
    before = slide.locator("output.pedagogy-caption").inner_text()
    offline.keyboard.press("ArrowRight")
    offline.wait_for_function(
        "old => document.querySelector('.present .pedagogy-caption').innerText !== old", arg=before
    )
    assert offline.url.endswith(f"#/{place}")
    slide.locator("input").blur()
    offline.keyboard.press("ArrowRight")
    offline.wait_for_function("place => Reveal.getIndices().h === place", arg=place + 1)


@pytest.mark.browser
@wants("03_kl_graded_test")
def test_a_finger_on_a_slider_leaves_the_slide_and_beside_it_turns_it(notebook, folder, offline):
    place = place_of_one_slider(notebook)
    finger = offline.context.new_cdp_session(offline)
    finger.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    offline.goto((folder / "slides" / f"{notebook.name}.html").as_uri() + f"#/{place}")
    slide = offline.locator("section.present")
    slide.locator("canvas.pedagogy-picture").wait_for()

    def swipe(over):
        box = over.bounding_box()
        x, y = box["x"] + box["width"] - 20, box["y"] + box["height"] / 2
        for kind, left in [("Start", 0), *(("Move", 30 * step) for step in range(1, 9))]:
            at = {"type": f"touch{kind}", "touchPoints": [{"x": x - left, "y": y}]}
            finger.send("Input.dispatchTouchEvent", at)
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        return offline.evaluate("Reveal.getIndices().h")

    assert swipe(slide.locator("input")) == place
    assert swipe(slide.locator("h3")) == place + 1
