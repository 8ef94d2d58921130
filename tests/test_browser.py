"""A learner's browser: every explorer of every notebook in JupyterLab, moved by keyboard.

The oracle for a picture is the package itself, asked without a browser: the same values must give
the same sentence. The pictures must change, and neither page nor kernel may show an error.
"""

import copy
import re
import subprocess
import sys
import time

import nbformat
import pytest
from browser import (
    ask_again_if_forgotten,
    ask_to_run,
    menu,
    open_notebook,
    prompts,
    run_all,
    run_all_cells,
    wait_for,
    write_notebook,
)
from executed import NAMES, wants

from pedagogy import explore

pytestmark = pytest.mark.browser
WRONG = '[data-mime-type$="stderr"], [data-mime-type$="error"]'  # outputs no reader should see


def picture(page, index):
    return page.locator("canvas.pedagogy-picture").nth(index).evaluate("c => c.toDataURL()")


def caption(page, index):
    return page.locator("output.pedagogy-caption").nth(index).inner_text()


def move_every_control(page, twins, kernel):
    """Move each control by keyboard; picture and sentence must be those of the twin in Python."""
    canvases = page.locator("canvas.pedagogy-picture")
    wait_for(lambda: canvases.count() == len(twins), f"{len(twins)} explorers")
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
            )
            wait_for(
                lambda b=before, i=index: picture(page, i) != b,
                f"explorer {index}, {control.name}: the picture to change",
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


def to_open(notebook, twins):
    """The notebook as it was run, but for the cells up to the last picture that needs the kernel.

    Also how many cells of code these are.
    """
    document = copy.deepcopy(notebook.document)
    document.metadata.pop("widgets", None)  # JupyterLab keeps none, unless it is told to
    code = [cell for cell in document.cells if cell.cell_type == "code"]
    showing = [i for i, cell in enumerate(code) if "play(document" in str(cell.outputs)]
    live = [i for i, twin in zip(showing, twins, strict=True) if twin.live]
    to_run = code[: max(live) + 1] if live else []
    for cell in to_run:
        cell.outputs, cell.execution_count = [], None
    return document, len(to_run)


@wants(*NAMES)
def test_every_slider_of_a_notebook_in_jupyterlab(notebook, lab, page, record_property):
    start = time.perf_counter()
    twins = notebook.explorers()
    document, count = to_open(notebook, twins)
    lab.put(f"{notebook.name}.ipynb", document)
    open_notebook(page, lab, notebook.name)
    if count:
        page.locator(".jp-CodeCell").nth(count).click()
        page.keyboard.press("Escape")
        run_all_cells(page, notebook.name, "Run All Above Selected Cell", slice(count))
    record_property("seconds", f"{time.perf_counter() - start:.1f} s to open, {count} cells run")
    move_every_control(page, twins, kernel=True)
    open_every_fold(page, notebook)
    find_every_formula_set(page, notebook)
    assert page.locator(WRONG).all_inner_texts() == []
    assert page.errors == []


def open_every_fold(page, notebook):
    """Hints and answers are closed at first; each opens on its own, and closes."""
    folds = page.locator(".jp-RenderedMarkdown details")
    opened = page.locator(".jp-RenderedMarkdown details[open]")
    count = prose_of(notebook).count("<details>")
    assert folds.count() == count and opened.count() == 0
    if count:
        folds.first.locator("summary").click()
        assert opened.count() == 1
        folds.first.locator("summary").click()
    found = folds.evaluate_all("""folds => folds.map(fold => {
        const look = () => [fold.innerText, folds.filter((one) => one.open).length];
        const looks = [look()];
        for (const _click of [1, 2]) { fold.firstElementChild.click(); looks.push(look()); }
        return looks;
    })""")
    for (closed, none), (text, one), (again, none_again) in found:
        assert (none, one, none_again) == (0, 1, 0)
        assert text.startswith(f"{closed}\n") and again == closed


def find_every_formula_set(page, notebook):
    """As many formulas are set as are written, none is marked as wrong, and none is left raw."""
    written = re.findall(r"\$\$.+?\$\$|\$[^$\n]+?\$", prose_of(notebook), flags=re.S)
    formulas = page.locator(".jp-RenderedMarkdown mjx-container")
    wait_for(lambda: formulas.count() == len(written), f"{len(written)} formulas to be set")
    assert page.locator("mjx-merror").count() == 0
    rest = page.locator(".jp-RenderedMarkdown").evaluate_all("""cells => cells.map(cell => {
        const rest = cell.cloneNode(true);
        rest.querySelectorAll("mjx-container, code").forEach(set => set.remove());
        return rest.textContent;
    })""")
    assert [text for text in rest if re.search(r"\$|\\[A-Za-z]", text)] == []


def prose_of(notebook):
    cells = notebook.document.cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def test_python_and_the_page_keep_each_others_values(lab, page):
    write_notebook(lab.notebooks / "both.ipynb", "from pedagogy.explore import explore_two_rules")
    run_all(page, lab, "both")

    def select_last_cell():
        page.locator(".jp-CodeCell").last.click()
        page.keyboard.press("Escape")

    def run(code):
        page.keyboard.press("b")
        page.keyboard.press("Enter")
        page.keyboard.insert_text(code)
        page.keyboard.press("Control+Enter")
        page.keyboard.press("Escape")
        wait_for(lambda: re.match(r"\[\d+\]", prompts(page)[-1]), f"{code} to run")
        # The first output may be what is left of a bar that told how far the drawing was: nothing.
        return page.locator(".jp-CodeCell").last.locator(".jp-OutputArea-output").last

    select_last_cell()
    run("mine = explore_two_rules(); mine")
    run("mine.score_a = -3; 'set'")
    twin = explore.explore_two_rules()
    twin.score_a = -3
    wait_for(lambda: caption(page, 0) == twin.caption, "the page to follow Python")
    page.locator(".pedagogy-explorer").last.locator("input").last.focus()
    page.keyboard.press("End")
    select_last_cell()
    wait_for(
        lambda: run("mine.score_a, mine.score_b").inner_text() == "(-3, 10)",
        "Python to follow the page",
    )


@wants("03_kl_graded_test")
def test_a_static_page_plays_what_was_drawn_ahead_without_kernel_or_network(
    notebook, page, tmp_path
):
    nbformat.write(notebook.document, tmp_path / "page.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--to", "html", str(tmp_path / "page.ipynb")]
    subprocess.run(command, check=True, capture_output=True)
    page.context.set_offline(True)
    page.goto((tmp_path / "page.html").as_uri())
    twins = notebook.explorers()
    move_every_control(page, twins, kernel=False)
    fits_a_phone(page, twins)
    follows_a_dark_page(page)


def fits_a_phone(page, twins):
    """No wider than the page, its columns below each other, sliders for a thumb."""
    page.set_viewport_size({"width": 844, "height": 390})  # on its side
    canvas = page.locator("canvas.pedagogy-picture").first
    wait_for(lambda: 250 < canvas.bounding_box()["height"] < 312, "a picture to fill the screen")
    page.set_viewport_size({"width": 390, "height": 844})
    for index, twin in enumerate(twins):
        root = page.locator(".pedagogy-explorer").nth(index)
        room = root.bounding_box()["width"]
        canvas = root.locator("canvas")
        wait_for(
            lambda c=canvas, r=room: abs(c.bounding_box()["width"] - r) < 1, "a picture to fit"
        )
        assert room <= 390
        if len(twin.pictures) == 1:
            assert canvas.bounding_box()["height"] > room
        for slider in root.locator("input").all():
            box = slider.bounding_box()
            assert box["width"] == pytest.approx(room, abs=1) and box["height"] >= 44


def follows_a_dark_page(page):
    """Where letters turn bright, the picture is drawn in bright colours on the page's own paper."""
    solid_colors = """c => {
        const { data } = c.getContext("2d").getImageData(0, 0, c.width, c.height);
        const solid = [...Array(data.length / 4).keys()].filter((i) => data[4 * i + 3] === 255);
        const hex = (value) => value.toString(16).padStart(2, "0");
        const color = (i) => "#" + [0, 1, 2].map((part) => hex(data[4 * i + part])).join("");
        return [...new Set(solid.map(color))];
    }"""
    canvas = page.locator("canvas.pedagogy-picture").first
    assert {"#000000", "#0072b2"} <= set(canvas.evaluate(solid_colors))
    page.add_style_tag(content=":root { --jp-content-font-color1: #eee; background: #111 }")
    page.locator(".pedagogy-dark").first.wait_for()
    seen = set(canvas.evaluate(solid_colors))
    assert {"#eeeeee", "#56b4e9"} <= seen and not {"#000000", "#0072b2", "#ffffff"} & seen


def test_notebook_7(lab, page):
    world = ("time", "hill", "king"), (0.7, 0.2, 0.1), (2, 1, 0)
    calls = ("explore_flip", ()), ("explore_best_policy", world)  # drawn ahead, and live
    cells = [f"from pedagogy import explore\nexplore.{name}(*{given})" for name, given in calls]
    write_notebook(lab.notebooks / "seven.ipynb", *cells)
    page.goto(f"{lab.address}/notebooks/seven.ipynb?reset")
    page.wait_for_selector(".jp-NotebookKernelStatus-idle, .jp-Notebook")
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
    run_all_cells(page, "seven")
    twins = [getattr(explore, name)(*given) for name, given in calls]
    move_every_control(page, twins, kernel=True)


@wants("02_bradley_terry")
def test_voila(notebook, voila, page):
    page.goto(f"{voila.address}/voila/render/{notebook.name}.ipynb", timeout=600_000)
    page.wait_for_selector("canvas.pedagogy-picture")
    move_every_control(page, notebook.explorers(), kernel=True)
    assert page.errors == []


TRAINING = """\
import time
from types import SimpleNamespace
from pedagogy.explore import until_stopped, watch

def going(iterations):
    for number in range(1, iterations + 1):
        yield SimpleNamespace(number=number, proxy_reward=1.5, true_reward=0.25, kl=number / 4)
        time.sleep(1)

iterations = watch(going(4), iterations=4)"""
STOPPED = (
    """\
came = watch(going(100), iterations=100)
print(len(came), "came")""",
    """\
for came in until_stopped(going(100)):
    pass
print(came.number, "came")""",
)


def test_a_training_is_drawn_in_one_place_while_it_goes_on_and_can_be_stopped(lab, page):
    write_notebook(lab.notebooks / "training.ipynb", TRAINING, *STOPPED)
    open_notebook(page, lab, "training")
    output = page.locator(".jp-CodeCell").first.locator(".jp-OutputArea-output")
    seen = []

    def is_over():
        ask_again_if_forgotten(page)
        texts = output.all_inner_texts()
        assert len(texts) <= 1, f"one picture, drawn again, not {texts}"
        seen.extend(text for text in texts if text not in seen)
        return "Iteration 4: judge 1.50, human 0.25, KL 1.00 nats." in seen

    ask_to_run(page)
    wait_for(is_over, "the last iteration")
    assert len(seen) > 1, f"the picture stood still: {seen}"

    for number, what in enumerate(("iteration", "step"), start=1):
        cell = page.locator(".jp-CodeCell").nth(number)
        busy = cell.locator(".jp-InputPrompt", has_text="[*]")
        wait_for(lambda b=busy: b.count() == 1, "the training to begin")
        page.wait_for_timeout(1500)
        menu(page, "Kernel", "Interrupt Kernel")
        text = cell.locator(".jp-OutputArea").first
        wait_for(lambda t=text: "came" in t.inner_text(), "the training to be stopped")
        assert re.search(rf"Stopped after {what} (\d+)\.\s+\1 came", text.inner_text())
    assert page.locator(WRONG).all_inner_texts() == []
