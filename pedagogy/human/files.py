"""Preference files: JSON lines {"prompt": …, "chosen": …, "rejected": …}.

Exactly what datasets.load_dataset("json") reads and trl trains on. A line, once appended, is on
the disk; a line cut in half by a crash is found by its number and costs no other line.
"""

import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path

from pedagogy.human.choices import Preference

FIELDS = ("prompt", "chosen", "rejected")


class PreferenceFileError(ValueError):
    """A file with a line that is no preference; `preferences` are those of all good lines."""

    def __init__(self, message, line, preferences):
        super().__init__(message)
        self.line = line
        self.preferences = preferences


def read_preferences(path):
    """All preferences of a file, list[Preference]; empty lines are passed over.

    PreferenceFileError (a ValueError): the first broken line's number and what is wrong with it;
    its `preferences` are the good lines. ValueError: a file without any line.
    """
    good, bad = [], []
    for number, line in enumerate(Path(path).read_bytes().split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            good.append(_parse(line))
        except ValueError as error:
            bad.append((number, str(error)))
    if bad:
        number, problem = bad[0]
        more = f" {len(bad) - 1} more lines are broken." if len(bad) > 1 else ""
        raise PreferenceFileError(
            f"{path}, line {number}: {problem}.{more} The {len(good)} good lines are in the "
            "error's .preferences, and the file is as it was.",
            number,
            good,
        )
    if not good:
        raise ValueError(f"{path} is empty, but it must have at least one preference.")
    return good


def append_preference(path, preference):
    """Add one line, and return when it is on the disk; never glued to a half line before it.

    OSError: a full disk, a file that may not be written; the file is then as long as before.
    """
    line = _line(preference)
    with open(path, "ab+", buffering=0) as file:  # a buffer would write again when it is closed
        size = file.seek(0, os.SEEK_END)
        if size > 0:
            file.seek(-1, os.SEEK_END)
            line = line if file.read(1) == b"\n" else b"\n" + line
        try:
            while line:
                line = line[file.write(line) :]  # a disk almost full takes a part
            os.fsync(file.fileno())
        except BaseException:
            file.truncate(size)
            raise


def remove_last_preference(path, preference):
    """Cut off the last line, if it is this preference; what stands before it is not touched.

    ValueError: the last line is another.
    """
    with open(path, "rb+") as file:
        lines = file.read().rstrip()
        start = lines.rfind(b"\n") + 1
        try:
            last = _parse(lines[start:])
        except ValueError:
            last = None
        if last != preference:
            raise ValueError(f"the last line of {path} is another, so nothing was taken off.")
        file.truncate(start)
        os.fsync(file.fileno())


def set_aside_half_line(path):
    """Move a last line that a crash cut in half to a file of its own; its path, or None.

    A line is half if it begins as ours do and has neither an end of line nor an end of JSON.
    """
    lines, aside = Path(path).read_bytes(), Path(f"{path}.half")
    start = lines.rfind(b"\n") + 1
    half = lines[start:]
    if not half.startswith(b"{") or _is_json(half):
        return None
    with open(aside, "ab") as file:
        file.write(half + b"\n")
        file.flush()
        os.fsync(file.fileno())
    os.truncate(path, start)  # only now: in a crash the half line is in both files, never in none
    return aside


def write_preferences(path, preferences):
    """Write a whole file, in place of what was there: all of it, or in a crash nothing."""
    lines = b"".join(_line(preference) for preference in preferences)
    with tempfile.NamedTemporaryFile(dir=Path(path).parent, delete=False) as draft:
        draft.write(lines)
        draft.flush()
        os.fsync(draft.fileno())
    os.replace(draft.name, path)


def _line(preference):
    if not isinstance(preference, Preference):
        raise TypeError(f"preference is {preference!r}, but it must be a Preference.")
    return json.dumps(asdict(preference)).encode() + b"\n"


def _is_json(line):
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _parse(line):
    try:
        fields = json.loads(line)
    except ValueError:  # broken JSON and broken UTF-8 alike
        raise ValueError("this is no complete JSON line") from None
    if not isinstance(fields, dict):
        raise ValueError(f"it holds {type(fields).__name__}, but it must be an object {{...}}")
    for name in FIELDS:
        if name not in fields:
            raise ValueError(f"the field {name!r} is missing")
        if not isinstance(fields[name], str):
            raise ValueError(f"{name} is {fields[name]!r}, but it must be a text")
    return Preference(*(fields[name] for name in FIELDS))
