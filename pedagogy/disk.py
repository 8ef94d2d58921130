"""Files that are the old one or the new one, never half of one, and one writer at a time."""

import errno
import glob
import os
import platform
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psutil
from filelock import FileLock

DRAFT = f".draft-{platform.node()}-"  # then the process, so that it can be asked for


@contextmanager
def draft_folder(folder):
    """A new folder in `folder`, Path, to write in; it is gone at the end, whatever happens.

    Those of processes that were killed on this machine are cleared. OSError: no right to write.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _clear_drafts(folder)
    with tempfile.TemporaryDirectory(dir=folder, prefix=f"{DRAFT}{os.getpid()}-") as draft:
        yield Path(draft)


def write_whole(path, content):
    """Write bytes in place of a file; of a link, in place of what it points to.

    A new file's mode is what the umask says, and a file that was there keeps its own.
    OSError: no room, or no right to write; what was there before is untouched.
    """
    path = Path(path).resolve()
    with draft_folder(path.parent) as draft:
        with open(draft / path.name, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, file.name)
        os.replace(file.name, path)


def locked(path):
    """A lock for `with`: one writer of a file among all threads and processes, by any of its links.

    A thread that has it may take it again. It lies beside the file, hidden, and ends with its
    process. OSError: no such folder, no right to write there; TimeoutError: ten seconds in vain.
    """
    path = Path(path).resolve()
    if not path.parent.is_dir():  # some versions of filelock would make it
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path.parent))
    return FileLock(
        path.with_name(f".{path.name}.lock"), timeout=10, poll_interval=0.01, is_singleton=True
    )


def _clear_drafts(folder):
    for draft in folder.glob(f"{glob.escape(DRAFT)}*"):
        process, _, _ = draft.name.removeprefix(DRAFT).partition("-")
        if process.isdigit() and not psutil.pid_exists(int(process)):
            shutil.rmtree(draft, ignore_errors=True)
