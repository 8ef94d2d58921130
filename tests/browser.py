"""What the browser tests share: a Jupyter server on a copy of the notebooks, and patience."""

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
LAB = (
    "jupyterlab",
    "--allow-root",
    "--IdentityProvider.token=",
    "--ServerApp.disable_check_xsrf=True",
)


def serve(folder, *command):
    """Start a server on a copy of the notebooks, with settings of its own; yields its address."""
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    settings = folder / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    # All cells in the page at once, so that the test can see them; and, as in `make lab`, no
    # question about the kernel, which JupyterLab asks when the machine is slow.
    (settings / "tracker.jupyterlab-settings").write_text(
        '{"windowingMode": "none", "autoStartDefaultKernel": true}'
    )
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "IPYTHONDIR": str(folder / "ipython"),
    }
    port = free_port()
    log = (folder / "server.log").open("w")
    server = subprocess.Popen(
        [sys.executable, "-m", *command, f"--port={port}", "--no-browser"],
        cwd=folder / "notebooks",
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    address = f"http://localhost:{port}"
    try:
        wait_for(lambda: answers(address), f"{command[0]} to answer; see {log.name}")
        yield address
    finally:
        server.terminate()
        server.wait(30)
        log.close()


def free_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]


def answers(address):
    try:
        return urllib.request.urlopen(address, timeout=5).status == 200
    except OSError:
        return False


def wait_for(condition, what, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.1)


def run_all(page, address, name):
    """Open a notebook in JupyterLab and run all of it."""
    open_notebook(page, address, name)
    run_all_cells(page, name)


def open_notebook(page, address, name):
    """Open a notebook in JupyterLab, and wait until its kernel is there."""
    page.goto(f"{address}/lab/tree/{name}.ipynb?reset")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', timeout=60_000)


def run_all_cells(page, name, entry="Run All Cells", cells=slice(None)):
    """Ask the Run menu for an entry until these code cells have run."""
    prompts = page.locator(".jp-CodeCell .jp-InputArea-prompt")

    def ask():
        menu(page, "Run", entry)
        page.wait_for_timeout(500)

    def has_run():
        texts = prompts.all_inner_texts()[cells]
        if all("[ ]" in text for text in texts):
            ask()  # a kernel that is still starting may forget what it was asked
        return all(re.match(r"\[\d+\]", text) for text in texts)

    ask()
    wait_for(has_run, f"all cells of {name}", seconds=180)


def menu(page, title, entry):
    """Choose from JupyterLab's menus."""
    page.click(f".lm-MenuBar-itemLabel:text-is('{title}')")
    page.click(f".lm-Menu-itemLabel:text-is('{entry}')")
