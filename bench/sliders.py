"""How fast do the sliders answer? Measures the techniques side by side in headless Chromium.

    python bench/sliders.py [--quick]

One figure, drawn by each technique in a JupyterLab notebook whose kernel has torch and
transformers imported, like those of the lessons. Real key presses and mouse drags move the
slider. A picture counts when the right one is on the screen: watch.js reads its number back at
each animation frame. The techniques take turns, so that a busy machine is unfair to none.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from pathlib import Path

import figure
import nbformat
import numpy as np
from playwright.async_api import async_playwright
from report import report

HERE = Path(__file__).resolve().parent
SETUP = f"""
import json, sys, time
sys.path[:0] = [{str(HERE.parent)!r}, {str(HERE)!r}]
import torch
from transformers import GPT2LMHeadModel
import ipywidgets as widgets
import figure
from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.widget import page

def explorer(*more, **mode):
    controls = [Control("step", range(figure.STEPS), 0, "step"), *more]
    return Explorer(figure.compute, figure.plot, controls, alt="bars", size=figure.SIZE, **mode)
"""
# A live explorer's second slider does nothing but make each picture one not seen before.
LIVE = 'explorer(Control("turn", range(100), 0, "turn"), live=True)'
FLOOR = """
label = widgets.Label("0").add_class("bench-label")
slider = widgets.IntSlider(max=100)
slider.observe(lambda change: setattr(label, "value", str(change["new"])), "value")
widgets.VBox([slider, label])"""
AHEAD = """
ahead = explorer()
began = time.perf_counter()
ahead.player()
seconds = time.perf_counter() - began
with open("ahead.json", "w") as file:
    json.dump({"seconds": seconds, "bytes": len(page(ahead.player()))}, file)
ahead"""
CELLS = {
    "usual": "widgets.interact(figure.show_anew, step=(0, 100));",
    "floor": FLOOR,
    "live": LIVE,
    "ahead": AHEAD,
    "ahead, VBox": "widgets.VBox([explorer()])",
}
PROMPT_CELLS = {"floor, make lab": FLOOR, "live, make lab": LIVE}  # by tools/jupyter's settings
FULL = {"rounds": 3, "changes": 25, "drags": 3, "pause": 0.15}
QUICK = {"rounds": 1, "changes": 8, "drags": 1, "pause": 0.05}
SLIDER = "input[type=range], .noUi-handle"


def write_notebook(path, cells):
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in [SETUP, *cells]])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(made, path)


@contextlib.contextmanager
def jupyterlab(folder, **environment):
    """The address of a JupyterLab that knows nothing of the user's settings."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kinds = ("JUPYTER_CONFIG_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")
    own = {kind: str(folder / f"{kind}-{port}") for kind in kinds}
    options = ["--no-browser", "--allow-root", "--IdentityProvider.token="]
    options += [f"--port={port}", f"--ServerApp.root_dir={folder}"]
    command = [sys.executable, "-m", "jupyterlab", *options]
    with open(folder / f"server-{port}.log", "w") as log:
        server = subprocess.Popen(command, env=os.environ | own | environment, stderr=log)
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=5)
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


async def open_page(browser, address):
    context = await browser.new_context(viewport={"width": 1300, "height": 900})
    await context.add_init_script(path=HERE / "watch.js")
    await context.set_offline(address.startswith("file:"))
    page = await context.new_page()
    await page.goto(address, wait_until="domcontentloaded")
    return page


async def open_notebook(browser, server, path, cells):
    """The cells of a notebook that was run from top to bottom, by name."""
    write_notebook(path, cells.values())
    page = await open_page(browser, f"{server}/lab/tree/{path.name}")
    await page.get_by_text("(ipykernel) | Idle").wait_for()
    await page.get_by_text("Run", exact=True).first.click()
    await page.get_by_text("Run All Cells", exact=True).click()
    found = {name: page.locator(".jp-CodeCell").nth(i) for i, name in enumerate(cells, start=1)}
    for cell in found.values():
        await cell.locator(SLIDER).first.wait_for(timeout=60_000)
    return found


async def open_static(browser, folder):
    """The explorer in an HTML file made by nbconvert, opened with the network off."""
    write_notebook(folder / "static.ipynb", [AHEAD])
    command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "html", "static.ipynb"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    page = await open_page(browser, (folder / "static.html").as_uri())
    return page.locator(".jp-CodeCell").last


async def measure(cell, plan, seen):
    """One round for one technique, changes and then drags; the figures are added to `seen`."""
    page = cell.page
    await cell.scroll_into_view_if_needed()
    root = await cell.locator(".jp-Cell-outputWrapper").element_handle()
    handle = (await page.evaluate_handle("root => watch(root)", root)).as_element()
    await start(cell, handle)
    before = await page.evaluate("({...traffic})")
    for step in range(1, plan["changes"] + 1):
        await page.evaluate("step => void (window.answer = watching.right(step))", step)
        await page.keyboard.press("ArrowRight")
        answer = await page.evaluate("answer")
        seen["ms"].append(answer["ms"])
        seen["messages"].append(answer["messages"])
        await asyncio.sleep(plan["pause"] + random.random() / 20)  # at no fixed part of a frame
    after = await page.evaluate("({...traffic})")
    seen["kB"].append((after["bytes"] - before["bytes"]) / plan["changes"] / 1000)
    for _ in range(plan["drags"]):
        await start(cell, handle)
        await drag(page, handle, seen)
    await page.evaluate("watching.stop()")


async def start(cell, handle):
    """Put the slider at 0, and turn a live explorer to pictures that it hasn't shown yet."""
    await handle.press("Home")
    turn = cell.locator("input[type=range]").nth(1)
    if await turn.count():
        await turn.press("ArrowRight")
    await handle.focus()
    await cell.page.evaluate("watching.settled()")
    await asyncio.sleep(0.3)


async def drag(page, handle, seen):
    """Take the slider's thumb and pull it to the end, a step a move, 60 moves a second."""
    native = await handle.get_attribute("type")
    box = await (handle if native else await handle.query_selector("xpath=../..")).bounding_box()
    left, y = box["x"] + (8 if native else 0), box["y"] + box["height"] / 2
    width = box["width"] - (16 if native else 0)
    await page.mouse.move(left, y)
    await page.mouse.down()
    session = await page.context.new_cdp_session(page)
    event = {"type": "mouseMoved", "button": "left", "buttons": 1, "y": y}
    frames = await page.evaluate("watching.log.length")
    moves, begun = [], time.perf_counter()
    for i, part in enumerate(np.linspace(0, 1, figure.STEPS)):
        await asyncio.sleep(begun + i / 60 - time.perf_counter())
        move = session.send("Input.dispatchMouseEvent", event | {"x": left + width * part})
        moves.append(asyncio.create_task(move))  # a hand doesn't wait for the page either
    log = await page.evaluate("frames => watching.log.slice(frames)", frames)
    await asyncio.gather(*moves)
    seen["settle"].append((await page.evaluate("watching.settled()"))["ms"])
    await page.mouse.up()
    passed = {frame["value"] for frame in log}
    shown = [frame["shown"] for frame in log if frame["shown"] in passed]
    new = sum(a != b for a, b in zip(shown, shown[1:], strict=False))
    seen["pictures"].append(new / (log[-1]["now"] - log[0]["now"]) * 1000)
    seen["blank"].append(sum(frame["shown"] is None for frame in log) / len(log))


async def run(plan, quick, folder):
    """What was seen of each technique, and what drawing ahead took."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(jupyterlab(folder))
        async with async_playwright() as play:
            chromium = shutil.which("chromium") or shutil.which("google-chrome")
            browser = await play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            stages = await open_notebook(browser, server, folder / "bench.ipynb", CELLS)
            if not quick:
                settings = {"JUPYTER_CONFIG_PATH": str(HERE.parent / "tools" / "jupyter")}
                lab = stack.enter_context(jupyterlab(folder, **settings))
                stages |= await open_notebook(browser, lab, folder / "lab.ipynb", PROMPT_CELLS)
                stages["ahead, file"] = await open_static(browser, folder)
            seen = defaultdict(lambda: defaultdict(list))
            for i in range(plan["rounds"]):
                for name, cell in stages.items():
                    print(f"round {i + 1} of {plan['rounds']}: {name}", file=sys.stderr)
                    await measure(cell, plan, seen[name])
            await browser.close()
    return seen, json.loads((folder / "ahead.json").read_text())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="rough figures in half a minute")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as folder:
        print(report(*asyncio.run(run(QUICK if quick else FULL, quick, Path(folder)))))
