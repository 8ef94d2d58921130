"""What the browser tests share: a Jupyter server on a copy of the notebooks, and patience."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat.sign import NotebookNotary
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).parents[1]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 120  # seconds; nobody waits as long, but on a busy machine
LAB = (
    "jupyterlab",
    "--allow-root",
    "--IdentityProvider.token=",
    "--ServerApp.disable_check_xsrf=True",
    "--LabApp.expose_app_in_browser=True",
)


class Server(NamedTuple):
    """A server on the notebooks that lie in a folder; it trusts what it finds signed there."""

    address: str
    notebooks: Path
    data: Path

    def put(self, path, document):
        """Write a notebook whose outputs are trusted, as one that was run here is."""
        file = self.notebooks / path
        file.parent.mkdir(exist_ok=True)
        nbformat.write(document, file)
        NotebookNotary(data_dir=str(self.data)).sign(document)

    def end_kernels(self):
        for kernel in json.load(urllib.request.urlopen(f"{self.address}/api/kernels")):
            url = f"{self.address}/api/kernels/{kernel['id']}"
            urllib.request.urlopen(urllib.request.Request(url, method="DELETE"))


def serve(folder, *command):
    """Start a server on a copy of the notebooks, with settings of its own."""
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    settings = folder / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    # All cells in the page at once, so that the test can see them; and, as in `make lab`, no
    # question about the kernel, which JupyterLab asks when the machine is slow.
    (settings / "tracker.jupyterlab-settings").write_text(
        '{"windowingMode": "none", "autoStartDefaultKernel": true}'
    )
    for extensions in ("labconfig", "jupyter_server_config.d"):  # those of `make lab`
        shutil.copytree(ROOT / "tools" / "jupyter" / extensions, folder / "config" / extensions)
    environment = os.environ | {
        "JUPYTER_CONFIG_PATH": "",  # not those of `make`, whose root is the project's
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
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
        yield Server(address, folder / "notebooks", folder / "data")
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


def wait_for(condition, what, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.1)


def write_notebook(file, *cells):
    """A notebook of these cells of code."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    file.parent.mkdir(exist_ok=True)
    notebook = new_notebook(cells=list(map(new_code_cell, cells)), metadata={"kernelspec": kernel})
    nbformat.write(notebook, file)


OPEN = "path => window.jupyterapp.commands.execute('docmanager:open', { path })"
CLOSE = "for (const one of [...window.jupyterapp?.shell.widgets('main') ?? []]) one.dispose()"


def close_all(page):
    """Leave JupyterLab without a notebook; what it still asks is not for the next test."""
    page.evaluate(CLOSE)
    if page.locator(".jp-Dialog").count():
        page.goto("about:blank")


def run_all(page, server, name):
    """Open a notebook in JupyterLab and run all of it."""
    open_notebook(page, server, name)
    run_all_cells(page, name)


def open_notebook(page, server, name):
    """Open a notebook in JupyterLab, and wait until its kernel is there.

    JupyterLab itself is opened once: its scripts run for many seconds.
    """
    if not page.url.startswith(f"{server.address}/lab"):
        page.goto(f"{server.address}/lab/tree/{name}.ipynb?reset")
    else:
        page.evaluate(OPEN, f"{name}.ipynb")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]')


def run_all_cells(page, name, entry="Run All Cells", cells=slice(None)):
    """Ask the Run menu for an entry until these code cells have run."""

    def has_run():
        ask_again_if_forgotten(page, entry, cells)
        return all(re.match(r"\[\d+\]", text) for text in prompts(page)[cells])

    ask_to_run(page, entry)
    wait_for(has_run, f"all cells of {name}", seconds=600)


def ask_to_run(page, entry="Run All Cells"):
    menu(page, "Run", entry)
    page.wait_for_timeout(500)


def ask_again_if_forgotten(page, entry="Run All Cells", cells=slice(None)):
    """A kernel that is still starting may forget what it was asked."""
    if all("[ ]" in text for text in prompts(page)[cells]):
        ask_to_run(page, entry)


def prompts(page):
    return page.locator(".jp-CodeCell .jp-InputArea-prompt").all_inner_texts()


def menu(page, title, entry):
    """Choose from JupyterLab's menus."""
    page.click(f".lm-MenuBar-itemLabel:text-is('{title}')")
    page.click(f".lm-Menu-itemLabel:text-is('{entry}')")
