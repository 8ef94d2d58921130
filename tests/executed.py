"""Each notebook is run once, twice in a row in one kernel, for all tests that want what it says.

What it shows and leaves behind is kept in a folder until the notebook, the package or what is
installed changes: the workers of one run share it, and so does the next run.
"""

import copy
import functools
import hashlib
import importlib.metadata
import json
import os
import pickle
import queue
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dill
import nbformat
import pytest
from filelock import FileLock
from jupyter_core.utils import ensure_event_loop
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

import pedagogy

TESTS = Path(__file__).parent
NOTEBOOKS = TESTS.parent / "notebooks"
NAMES = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
REAL = "10_real_model"  # wants `make real`, and seconds for each step
STARTED = time.time()


def wants(*names):
    """The mark of a test with a `notebook`, one of these; the name ends the test's own."""
    notebooks = [pytest.param(name, marks=pytest.mark.notebook) for name in names]
    return pytest.mark.parametrize("notebook", notebooks, indirect=True)


class Executed:
    """A notebook after its first run: `notebook[name]` is what the cells left under that name."""

    def __init__(self, name, document, seconds, values, shown, when):
        self.name, self.document = name, document  # with its outputs
        self.seconds = seconds  # of the first run and of the second
        self.is_kept = when < STARTED
        self._values, self._shown = values, shown

    def __getitem__(self, name):
        packed = self._values[name]
        if isinstance(packed, str):
            raise TypeError(f"{name} could not leave its kernel: {packed}")
        return dill.loads(packed)

    def shown(self):
        """The value of each cell that ends in an expression, made anew."""
        return [dill.loads(packed) for packed in self._shown if not isinstance(packed, str)]

    def explorers(self):
        """The explorers that the notebook shows, in order: each its twin, without a browser."""
        from pedagogy.explorer import Explorer  # with torch, for which conftest need not wait

        return [value for value in self.shown() if isinstance(value, Explorer)]


def executed(name, folder):
    """The run of a notebook as it is today, from the folder if it is there."""
    source = NOTEBOOKS / f"{name}.ipynb"
    file, digest = folder / f"{name}.pickle", digest_of(source.read_bytes() + surroundings())
    with FileLock(f"{file}.lock"):
        kept = pickle.loads(file.read_bytes()) if file.exists() else {}
        if kept.get("digest") != digest:
            kept = run_twice(nbformat.read(source, as_version=4), few_steps=name == REAL)
            kept |= {"digest": digest, "when": time.time()}
            whole = file.with_suffix(".whole")
            whole.write_bytes(pickle.dumps(kept))
            whole.replace(file)
    del kept["digest"]
    return Executed(name, **kept)


def digest_of(content):
    return hashlib.sha256(content).digest()


@functools.cache
def surroundings():
    """A digest of all that a run depends on but for the notebook."""
    package = Path(pedagogy.__file__).parent
    files = [*package.rglob("*"), *TESTS.glob("kernel/*"), Path(__file__)]
    contents = [
        str(file).encode() + digest_of(file.read_bytes())
        for file in sorted(files)
        if file.is_file() and "__pycache__" not in file.parts
    ]
    installed = sorted(f"{d.name} {d.version}" for d in importlib.metadata.distributions())
    return digest_of(b"".join(contents) + "\n".join(installed).encode())


# --- running ------------------------------------------------------------------------------------


def run_twice(notebook, few_steps=False):
    """Run all cells in a fresh kernel, then all of them again in it.

    few_steps: the first run's trainings end after two, too, those of a real model with few layers.
    The document, the values and what was shown are those of the first run, which a reader sees.
    """

    def run():
        try:
            return _run_twice(notebook, few_steps)
        finally:
            ensure_event_loop().close()  # this thread's; unclosed, it would warn some later test

    # In a thread of its own: the browser's event loop may be running in this one.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(run).result()


def _run_twice(notebook, few_steps):
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": folder}}
        )
        with client.setup_kernel(env=offline_environment(folder)):
            client.kc.shell_channel.get_msg = ask_often(client.kc.shell_channel.get_msg)
            if few_steps:
                ask_kernel(client, "train_less()")
                ask_kernel(client, "load_whole_once()")
            first = run_cells(client)
            client.set_widgets_metadata()
            document = copy.deepcopy(notebook)
            left = left_by(client, folder)
            first += left.pop("spared")  # the imports of a kernel that was forked
            ask_kernel(client, "do_less()")
            second = run_cells(client)
        # A widget's callback that fails leaves its error in an Output widget.
        widgets = json.dumps(client.widget_state)
        assert '"output_type": "error"' not in widgets, f"a widget holds an error:\n{widgets}"
        asked = Path(folder, "asked").read_text()
        assert not asked, f"nothing may be fetched, but these hosts were asked for:\n{asked}"
    return {"document": document, "seconds": (first, second), **left}


def ask_often(get_msg):
    """Look for a reply each second: one that comes while nbclient sends what an Output widget
    holds is otherwise seen at the end of the time limit only (zmq tells of a message once).
    """

    async def get(timeout):
        end = time.monotonic() + timeout
        while True:
            try:
                return await get_msg(timeout=1)
            except queue.Empty:
                if time.monotonic() > end:
                    raise

    return get


def offline_environment(folder):
    """The environment of a kernel that cannot reach the network and has no settings of its own."""
    asked = Path(folder, "asked")
    asked.touch()
    path = [str(TESTS / "kernel"), os.environ.get("PYTHONPATH", "")]
    environment = {name: os.environ[name] for name in os.environ if name != "HF_HUB_OFFLINE"}
    return environment | {
        "PYTHONPATH": os.pathsep.join(filter(None, path)),
        "IPYTHONDIR": str(Path(folder, "ipython")),
        "OFFLINE_LOG": str(asked),
        "OMP_NUM_THREADS": "1",  # two workers with two threads each would wait for one another
    }


def run_cells(client):
    """Run all cells, each without error and warning; the seconds they took."""
    start = time.perf_counter()
    for index, cell in enumerate(client.nb.cells):
        client.execute_cell(cell, index)
        assert not unwanted(cell), f"cell {index} shows:\n{unwanted(cell)}"
    return time.perf_counter() - start


def unwanted(cell):
    """What a cell put out that no reader should see: errors and warnings."""
    return "\n".join(
        str(output)
        for output in cell.get("outputs", [])
        if output.output_type == "error" or output.get("name") == "stderr"
    )


def left_by(client, folder):
    """The values that the cells have left and shown so far, packed in the kernel."""
    file = Path(folder, "left.pickle")
    ask_kernel(client, f"pack({str(file)!r})")
    return pickle.loads(file.read_bytes())


def ask_kernel(client, call):
    """Call a function of packing.py in the kernel; the cells see nothing of it."""
    cell = new_code_cell(f"__import__('packing').{call}")
    client.nb.cells.append(cell)
    client.execute_cell(cell, len(client.nb.cells) - 1, store_history=False)
    client.nb.cells.pop()
