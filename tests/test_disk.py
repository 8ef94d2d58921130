"""Files that stay whole when their writer is killed, and one writer at a time."""

import os
import signal
import stat
import subprocess
import sys

import pytest

from pedagogy.disk import DRAFT, draft_folder, locked, write_whole


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file.txt"


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_a_new_file_has_the_mode_of_the_umask_and_an_old_one_its_own(path):
    before = os.umask(0o022)
    try:
        write_whole(path, b"one")
        assert mode(path) == 0o644
        os.umask(0o077)
        write_whole(path.with_name("private"), b"one")
        assert mode(path.with_name("private")) == 0o600
        path.chmod(0o664)
        write_whole(path, b"two")
    finally:
        os.umask(before)
    assert (mode(path), path.read_bytes()) == (0o664, b"two")


def test_a_link_stays_and_what_it_points_to_is_written(path, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    target = tmp_path / "elsewhere" / "real"
    path.symlink_to(target)
    for content in (b"one", b"two"):
        write_whole(path, content)
        assert path.is_symlink() and target.read_bytes() == content
    assert list(target.parent.iterdir()) == [target]


def test_a_failure_leaves_what_was_there_and_no_draft(path, tmp_path):
    write_whole(path, b"old")
    with pytest.raises(OSError, match="full"), draft_folder(tmp_path) as draft:
        (draft / path.name).write_bytes(b"new")
        raise OSError("full")
    assert list(tmp_path.iterdir()) == [path] and path.read_bytes() == b"old"


HELD = """
import sys
from pathlib import Path
from pedagogy.disk import {manager}
with {manager}(sys.argv[1]) as draft:
    {work}
    print("here", flush=True)
    sys.stdin.read()
"""


def held(manager, path, work="pass"):
    """A process that has come to the middle of `manager`, and stays there."""
    code = HELD.format(manager=manager, work=work)
    child = subprocess.Popen(
        [sys.executable, "-c", code, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout.readline() == b"here\n"
    return child


def kill(child):
    child.send_signal(signal.SIGKILL)
    child.communicate()


def test_the_draft_of_a_killed_process_is_cleared_and_no_other(path, tmp_path):
    child = held("draft_folder", tmp_path, "(draft / 'file.txt').write_bytes(bytes(9))")
    (draft,) = tmp_path.iterdir()
    assert draft.name.startswith(f"{DRAFT}{child.pid}-")
    write_whole(path, b"old")
    assert set(tmp_path.iterdir()) == {draft, path}, "it was at work on it"
    kill(child)
    assert draft.exists()
    elsewhere = tmp_path / f".draft-another machine-{child.pid}-x"
    elsewhere.mkdir()
    write_whole(path, b"new")
    assert set(tmp_path.iterdir()) == {elsewhere, path} and path.read_bytes() == b"new"


def test_one_writer_at_a_time_until_its_end(path):
    child = held("locked", path)
    lock = locked(path)
    with pytest.raises(TimeoutError):
        lock.acquire(timeout=0.05)
    kill(child)
    with locked(path), locked(path):  # and again in the same thread
        assert lock.is_locked
    assert not lock.is_locked


def test_a_lock_is_that_of_the_file_by_any_name_and_makes_no_folder(path, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(path)
    assert locked(link).lock_file == locked(path).lock_file
    with pytest.raises(FileNotFoundError, match="nowhere"):
        locked(tmp_path / "nowhere" / "file.txt")
    assert not (tmp_path / "nowhere").exists()
