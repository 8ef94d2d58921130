"""A learner judges pairs in a real browser; the oracle is the file, read after every step."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from browser import menu, open_notebook, run_all, run_all_cells, wait_for, write_notebook
from executed import NOTEBOOKS
from nbformat.v4 import new_code_cell

from pedagogy.labels import Labels

pytestmark = pytest.mark.browser

NASTY = '<b>bold</b> </script> & "quoted"'
PAIRS = [
    ("once upon a", " time", " banana"),
    ("there lived a", "king", "king king"),
    ("she said", NASTY, "nothing"),
    ("the wolf", "wept", "sang"),
    ("they lived", "happily", ""),
]
CODE = f"""from pedagogy.labels import Labels
labels = Labels(*zip(*{PAIRS!r}), "mine.jsonl")
labels"""
DO_LESS = f"""import sys
sys.path.append({str(Path(__file__).parent / "kernel")!r})
__import__("packing").do_less()"""


@pytest.fixture
def desk(lab, page, request):
    """A learner in JupyterLab, in a folder of its own, with a file that is not there yet."""
    yield sit_down(page, lab, request.node.name)
    assert page.errors == []


def sit_down(page, server, folder):
    write_notebook(server.notebooks / folder / "labels.ipynb", CODE)
    return Desk(page, server, folder)


class Desk:
    """What a learner sees and does, and the file beside it."""

    def __init__(self, page, server, folder, file="mine.jsonl", pairs=5):
        self.page, self.server, self.folder, self.pairs = page, server, folder, pairs
        self.file = server.notebooks / folder / file

    @property
    def root(self):
        return self.page.locator(".pedagogy-labels")

    @property
    def texts(self):
        """The prompt and the two responses on the page."""
        return tuple(self.root.locator(".pedagogy-labels-text:visible").all_text_contents())

    def lines(self):
        """The file's judgements as they are read; each must be a whole line at any time."""
        text = self.file.read_text() if self.file.exists() else ""
        assert text == "" or text.endswith("\n")
        lines = [json.loads(line).values() for line in text.splitlines()]
        return [tuple(text.strip() for text in line) for line in lines]

    def ready(self, judged):
        """Wait until so many are judged, in the page and in the file, and the next may be."""
        wait_for(lambda: f"{judged} of {self.pairs}" in self.root.inner_text(), f"{judged} judged")
        assert len(self.lines()) == judged
        self.root.locator('button[aria-disabled="false"]').first.wait_for()

    def press(self, key):
        self.page.keyboard.press(key)

    def click(self, words, which=0):
        self.root.locator("button", has_text=words).nth(which).click()

    def judge(self, act, side, judged):
        """One judgement by click or key: it is the file's last line, the side's text chosen."""
        prompt, left, right = self.texts
        act()
        self.ready(judged)
        chosen, rejected = (left, right) if side == "left" else (right, left)
        assert self.lines()[-1] == (prompt, chosen, rejected)
        assert self.texts != (prompt, left, right)


def test_five_pairs_by_mouse_and_keys_through_a_reload_and_a_restart(desk):
    page = desk.page
    run_all(page, desk.server, f"{desk.folder}/labels")
    desk.ready(0)
    desk.judge(lambda: desk.click("better", 0), "left", 1)
    desk.judge(lambda: desk.press("ArrowRight"), "right", 2)

    nasty = desk.texts
    assert NASTY in nasty  # as text, in the page as in the file
    desk.press("s")
    wait_for(lambda: desk.texts != nasty, "the next pair")
    desk.ready(2)
    desk.judge(lambda: desk.press("1"), "left", 3)
    desk.press("u")
    desk.ready(2)
    desk.click("Undo")
    wait_for(lambda: desk.texts == nasty, "the skipped pair to come back")
    desk.ready(2)
    desk.judge(lambda: desk.press("2"), "right", 3)
    assert page.locator(".jp-CodeCell").count() == 1, "JupyterLab has taken a key for itself"

    menu(page, "File", "Save Notebook")
    page.wait_for_selector(".jp-mod-current:not(.jp-mod-dirty)")
    page.reload()
    desk.root.wait_for()
    desk.ready(3)
    desk.root.focus()
    desk.judge(lambda: desk.press("ArrowLeft"), "left", 4)

    fifth = desk.texts
    menu(page, "Kernel", "Restart Kernel…")
    page.click(".jp-Dialog button:has-text('Restart')")
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
    desk.click("better", 1)
    wait_for(lambda: "does not answer" in desk.root.inner_text(), "a word about the kernel")
    assert desk.texts == fifth and len(desk.lines()) == 4
    run_all_cells(page, "labels")
    wait_for(lambda: "Welcome back: 4" in desk.root.inner_text(), "the work to go on")
    desk.ready(4)
    assert desk.texts == fifth
    desk.click("better", 1)
    desk.ready(5)
    assert desk.lines()[-1] == (fifth[0], fifth[2], fifth[1])
    assert "You chose in 5 of 5" in desk.texts[0] and str(desk.file) in desk.texts[0]
    desk.press("u")
    desk.ready(4)
    assert desk.texts == fifth


def test_haste_judges_one_pair_once_and_a_problem_is_said(desk):
    run_all(desk.page, desk.server, f"{desk.folder}/labels")
    desk.ready(0)
    desk.root.locator("button", has_text="better").first.dblclick()
    desk.ready(1)
    for _ in range(3):
        desk.page.keyboard.down("2")  # held: the browser repeats the key
    desk.page.keyboard.up("2")
    desk.ready(2)

    kept, pair = desk.file.with_suffix(".kept"), desk.texts
    desk.file.rename(kept)
    desk.file.mkdir()  # no file to write in
    desk.press("1")
    wait_for(lambda: "Not saved: Is a directory" in desk.root.inner_text(), "the problem")
    assert "All earlier work is safe" not in desk.root.inner_text() and desk.texts == pair
    desk.file.rmdir()
    kept.rename(desk.file)
    desk.ready(2)
    desk.judge(lambda: desk.press("1"), "left", 3)


def test_a_pair_judged_in_another_kernel_is_not_judged_again(desk):
    run_all(desk.page, desk.server, f"{desk.folder}/labels")
    desk.ready(0)
    other = Labels(*zip(*PAIRS, strict=True), desk.file)
    other.choose("left")
    desk.click("better", 1)
    wait_for(lambda: "that pair is done already" in desk.root.inner_text(), "the news")
    desk.ready(1)
    assert desk.texts[0] == PAIRS[1][0]
    desk.judge(lambda: desk.press("1"), "left", 2)


def test_two_judgements_in_notebook_04_count_in_what_it_shows_next(lab, page):
    name = "two judgements/04_reward_model"
    notebook = nbformat.read(NOTEBOOKS / "04_reward_model.ipynb", as_version=4)
    notebook.cells.insert(0, new_code_cell(DO_LESS))  # its trainings are taken elsewhere
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    (here,) = (i for i, cell in enumerate(code) if "labels = Labels(" in cell.source)
    del notebook.cells[notebook.cells.index(code[here + 4]) + 1 :]
    lab.put(f"{name}.ipynb", notebook)
    desk = Desk(page, lab, "two judgements", "my_labels.jsonl", 16)
    open_notebook(page, lab, name)
    cells = page.locator(".jp-CodeCell")

    def select(number):
        cells.nth(number).click()
        page.keyboard.press("Escape")

    select(here)
    run_all_cells(page, name, "Run All Above Selected Cell", slice(here))
    page.keyboard.press("Control+Enter")
    desk.root.wait_for()
    desk.ready(0)
    desk.root.focus()
    desk.judge(lambda: desk.press("ArrowRight"), "right", 1)
    desk.judge(lambda: desk.press("1"), "left", 2)

    select(here + 1)
    run_all_cells(page, name, "Run Selected Cell and All Below", slice(here + 1, None))
    taken, agreed, known = (
        cells.nth(here + later).locator(".jp-OutputArea").first.inner_text() for later in (1, 2, 4)
    )
    assert "(2, 2)" in taken
    # Of two choices the judge has none, one or both; of the stand-in's sixteen it has seven.
    assert agreed.split()[-1] in ("0.0", "0.5", "1.0")
    assert re.search(r"your clicks: (0|50|100)% before", known)
    assert page.errors == []


def two_judgements(desk):
    desk.root.wait_for()
    desk.ready(0)
    tale = desk.root.locator(".pedagogy-labels-side .pedagogy-labels-text").last
    left, top = (tale.bounding_box()[side] for side in "xy")
    desk.page.mouse.move(left + 2, top + 9)
    desk.page.mouse.down()
    desk.page.mouse.move(left + 40, top + 9)  # the text is marked, and nothing is chosen
    desk.page.mouse.up()
    desk.page.wait_for_timeout(500)
    desk.ready(0)
    desk.judge(tale.click, "right", 1)
    desk.judge(lambda: desk.press("1"), "left", 2)


def test_notebook_7(lab, page):
    desk = sit_down(page, lab, "notebook 7")
    page.goto(f"{lab.address}/notebooks/{desk.folder}/labels.ipynb")
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
    its_own_errors = list(page.errors)
    run_all_cells(page, "labels")
    two_judgements(desk)
    assert page.errors == its_own_errors


def test_voila(voila, page):
    desk = sit_down(page, voila, "labels")
    page.goto(f"{voila.address}/voila/render/labels/labels.ipynb", timeout=600_000)
    two_judgements(desk)
    assert page.errors == []


def test_each_text_runs_in_its_own_direction(page, tmp_path):
    hebrew, arabic = "שלום לכם", "كان يا ما كان"
    desk = Labels(["once upon a"], [hebrew], [arabic], tmp_path / "mine.jsonl")
    page.set_content(desk._repr_mimebundle_()["text/html"])
    wait_for(lambda: page.locator(".pedagogy-labels-two").is_visible(), "the widget")
    for text, direction in (("once upon a", "ltr"), (hebrew, "rtl"), (arabic, "rtl")):
        found = page.locator(".pedagogy-labels-text", has_text=text)
        assert found.evaluate("node => getComputedStyle(node).direction") == direction
    assert page.errors == []


def test_a_static_page_shows_the_first_pair_and_what_it_needs(browser, tmp_path):
    write_notebook(tmp_path / "labels.ipynb", CODE)
    subprocess.run(
        [sys.executable, "-m", "nbconvert", "--execute", "--to", "html",
         str(tmp_path / "labels.ipynb")],
        check=True, capture_output=True, env=os.environ | {"IPYTHONDIR": str(tmp_path)},
    )  # fmt: skip
    for scripts in (True, False):
        context = browser.new_context(java_script_enabled=scripts, offline=True)
        page = context.new_page()
        page.goto((tmp_path / "labels.html").as_uri())
        wait_for(lambda page=page: "To choose, " in page.locator("body").inner_text(), "that")
        output = page.locator(".jp-OutputArea-output").inner_text()
        assert all(text.strip() in output for text in PAIRS[0])
        if scripts:
            page.locator(".pedagogy-labels button").first.click(force=True)
            assert "0 of 5 done" in output
        context.close()
