"""The notebooks with their outputs, run again only when they or the package have changed."""

import hashlib
import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "build" / "executed"


def executed_notebooks() -> dict:
    """All notebooks after their run, {name: document}; two are run at a time."""
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    with ThreadPoolExecutor(2) as threads:
        return dict(zip([path.stem for path in paths], threads.map(executed, paths), strict=True))


def executed(path: Path):
    """A notebook after its run, from the folder where it is kept if nothing has changed."""
    kept = KEPT / path.name
    digest = digest_of([path, *package_files()])
    if kept.exists():
        document = nbformat.read(kept, as_version=4)
        if document.metadata.get("digest") == digest:
            return document
    print(f"running {path.name}", flush=True)
    document = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:  # labels and saved runs are left there
        resources = {"metadata": {"path": folder}}
        settings = {"timeout": None, "coalesce_streams": True}  # lines that come late, too
        quiet = ["--log-level=ERROR"]  # a kernel warns each time that nobody encrypts what it says
        client = NotebookClient(document, resources=resources, extra_arguments=quiet, **settings)
        client.execute()
    document.metadata["digest"] = digest
    KEPT.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(document), "utf-8")
    return document


def package_files():
    files = sorted((ROOT / "pedagogy").rglob("*"))
    return [file for file in files if file.is_file() and "__pycache__" not in file.parts]


def digest_of(files) -> str:
    contents = (hashlib.sha256(file.read_bytes()).digest() for file in files)
    return hashlib.sha256(b"".join(contents)).hexdigest()
