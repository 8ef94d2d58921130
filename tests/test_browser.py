"""A learner's browser: every notebook is run in JupyterLab, and every slider is moved by keyboard.

The oracle for a picture is the package itself, asked without a browser: the same values must give
the same sentence. The pictures must change, and neither page nor kernel may show an error.
"""

import os
import subprocess
import sys
import time

import pytest
from browser import LAB, ROOT, run_all, run_all_cells, serve, wait_for
from cells import run_cells

from pedagogy import explore
from pedagogy.explorer import Explorer

pytestmark = pytest.mark.browser


def explorers(name):
    """The explorers that a notebook shows, in order, made here without a browser."""
    shown = []
    run_cells(name, shown)
    return [one for one in shown if isinstance(one, Explorer)]


NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    yield from serve(tmp_path_factory.mktemp("lab"), *LAB)


def picture(page, index):
    return page.locator("canvas.pedagogy-picture").nth(index).evaluate("c => c.toDataURL()")


def caption(page, index):
    return page.locator("output.pedagogy-caption").nth(index).inner_text()


def move_every_control(page, twins, kernel):
    """Move each control by keyboard; picture and sentence must be those of the twin in Python."""
    assert page.locator("canvas.pedagogy-picture").count() == len(twins)
    for index, twin in enumerate(twins):
        wait_for(lambda i=index, t=twin: caption(page, i) == t.caption, f"explorer {index} to show")
        if twin.live and not kernel:
            continue
        root = page.locator(".pedagogy-explorer").nth(index)
        for row, control in enumerate(twin.controls):
            before = picture(page, index)
            input_ = root.locator(".pedagogy-row").nth(row).locator("input, select")
            input_.focus()
            move(page, control, twin)
            wait_for(
                lambda i=index, t=twin: caption(page, i) == t.caption,
                f"explorer {index}, {control.name}: shows {caption(page, index)!r}, "
                f"the package says {twin.caption!r}",
                seconds=30,
            )
            wait_for(
                lambda b=before, i=index: picture(page, i) != b,
                f"explorer {index}, {control.name}: the picture to change",
                seconds=10,
            )


def move(page, control, twin):
    """Press keys, and give the twin the value that they should lead to."""
    if control.kind == "typed":
        page.keyboard.press("Control+A")
        page.keyboard.type("once upon a time")
        page.keyboard.press("Enter")
        setattr(twin, control.name, "once upon a time")
        return
    last = len(control.values) - 1
    place = control.index(getattr(twin, control.name))
    back = place > last / 2
    for _ in range(min(2, last)):
        page.keyboard.press("ArrowLeft" if back else "ArrowRight")
    setattr(twin, control.name, control.values[max(place - 2, 0) if back else min(place + 2, last)])


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_slider_of_a_notebook_in_jupyterlab(name, lab, page, record_property):
    start = time.perf_counter()
    run_all(page, lab, name)
    record_property("seconds", f"{time.perf_counter() - start:.1f} s to open and run")
    move_every_control(page, explorers(name), kernel=True)
    wrong = '[data-mime-type$="stderr"], [data-mime-type$="error"]'
    assert page.locator(wrong).all_inner_texts() == []
    assert page.errors == []


def test_python_and_the_page_keep_each_others_values(lab, page):
    run_all(page, lab, "02_bradley_terry")
    page.locator(".jp-CodeCell").last.click()
    page.keyboard.press("Escape")

    def run(code):
        page.keyboard.press("b")
        page.keyboard.press("Enter")
        page.keyboard.insert_text(code)
        page.keyboard.press("Control+Enter")
        page.keyboard.press("Escape")
        output = page.locator(".jp-CodeCell").last.locator(".jp-OutputArea-output")
        output.first.wait_for(timeout=20_000)
        return output

    run("mine = explore_two_rules(); mine")
    last = page.locator("canvas.pedagogy-picture").count() - 1
    run("mine.score_a = -3; 'set'")
    twin = explore.explore_two_rules()
    twin.score_a = -3
    wait_for(lambda: caption(page, last) == twin.caption, "the page to follow Python", 20)
    page.locator(".pedagogy-explorer").last.locator("input").last.focus()
    page.keyboard.press("End")
    time.sleep(1)
    page.locator(".jp-CodeCell").last.click()
    page.keyboard.press("Escape")
    assert run("mine.score_a, mine.score_b").inner_text() == "(-3, 10)"


def test_a_static_page_plays_what_was_drawn_ahead_without_kernel_or_network(page, tmp_path):
    name = "03_kl_graded_test"
    subprocess.run(
        [sys.executable, "-m", "nbconvert", "--execute", "--to", "html", "--output-dir",
         str(tmp_path), str(ROOT / "notebooks" / f"{name}.ipynb")],
        check=True, capture_output=True, env=os.environ | {"IPYTHONDIR": str(tmp_path)},
    )  # fmt: skip
    page.context.set_offline(True)
    page.goto((tmp_path / f"{name}.html").as_uri())
    move_every_control(page, explorers(name), kernel=False)


def test_notebook_7(lab, page):
    page.goto(f"{lab}/notebooks/02_bradley_terry.ipynb?reset")
    page.wait_for_selector(".jp-NotebookKernelStatus-idle, .jp-Notebook", timeout=60_000)
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', timeout=60_000)
    run_all_cells(page, "02_bradley_terry")
    move_every_control(page, explorers("02_bradley_terry"), kernel=True)


def test_voila(page, tmp_path):
    for address in serve(tmp_path, "voila", "--Voila.ip=localhost"):
        page.goto(f"{address}/voila/render/02_bradley_terry.ipynb", timeout=120_000)
        page.wait_for_selector("canvas.pedagogy-picture", timeout=120_000)
        move_every_control(page, explorers("02_bradley_terry"), kernel=True)
        assert page.errors == []
