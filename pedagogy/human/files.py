"""Preference files: JSON lines {"prompt": …, "chosen": …, "rejected": …}.

What datasets.load_dataset("json") reads and trl trains on. Texts are kept to the character: a
response stands there as it follows the prompt, with the space before it. Only where all texts of a
column look like dates, load_dataset makes dates of them (huggingface/course#692), with or without
features=; then, take datasets.Dataset.from_list([vars(pair) for pair in read_preferences(path)]).

A line, once appended, is on the disk; a line cut in half by a crash is found by its number and
costs no other line. Many processes may append to one file and take lines off: one does at a time.
"""

import os
from pathlib import Path

from pedagogy import require
from pedagogy.disk import locked, write_whole
from pedagogy.human.choices import FIELDS, as_preference
from pedagogy.human.foreign import is_json, kind_of_file, rows_of
from pedagogy.human.lines import from_line, from_row, to_line


class PreferenceFileError(ValueError):
    """A file with a line that is no preference; `preferences` are those of all good lines."""

    def __init__(self, message, line, preferences):
        super().__init__(message)
        self.line = line
        self.preferences = preferences


def read_preferences(path, *, tokenizer=None):
    """All preferences of a file, list[Preference]; empty lines are passed over.

    JSON lines, one JSON array, or a Parquet table, all maybe packed with gzip. A row is one of
    ours; or chosen and rejected with the prompt at the front of both (hh-rlhf: up to the last
    "Assistant:" that they share, else to the last word); or lists of messages; or a prompt whose
    completions have scores (UltraFeedback: the best against the worst). tokenizer: a model's; its
    chat template makes texts of messages, up to the end token of the answer.

    PreferenceFileError (a ValueError): the first broken line's number and what is wrong with it;
    its `preferences` are the good lines. ValueError: a file without any line, or of another kind
    (zip, UTF-16). ModuleNotFoundError: Parquet without pyarrow. TypeError: no path.
    """
    content = require.path(path=path).read_bytes()
    unit, rows = rows_of(path, content)
    good, bad = [], []
    for number, row in enumerate(rows, start=1):
        if isinstance(row, bytes) and not row.strip():
            continue
        try:
            read = from_line if isinstance(row, bytes) else from_row
            good.append(read(row, tokenizer))
        except ValueError as error:
            bad.append((number, str(error)))
    if bad:
        number, problem = bad[0]
        more = f" {len(bad) - 1} more {unit}s are broken." if len(bad) > 1 else ""
        raise PreferenceFileError(
            f"{path}, {unit} {number}: {problem}.{more} The {len(good)} good {unit}s are in the "
            "error's .preferences, and the file is as it was.",
            number,
            good,
        )
    if not good:
        raise ValueError(f"{path} is empty, but it must have at least one preference.")
    return good


def require_lines(path, content):
    """ValueError for what read_preferences reads, but no line may be appended to."""
    if kind := kind_of_file(content):
        raise ValueError(f"{path} is {kind}, but it must be JSON lines, so that others may follow.")


def append_preference(path, preference):
    """Add one line, and return when it is on the disk; never glued to a half line before it.

    OSError: a full disk, a file that may not be written; the file is then as long as before.
    ValueError: a file that is packed, or a table.
    """
    path, line = require.path(path=path), to_line(preference)
    # A buffer would write again when it is closed.
    with locked(path), open(path, "ab+", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        if size > 0:
            file.seek(0)
            require_lines(path, file.read(4))
            file.seek(-1, os.SEEK_END)
            line = line if file.read(1) == b"\n" else b"\n" + line
        try:
            while line:
                line = line[file.write(line) :]  # a disk almost full takes a part
            os.fsync(file.fileno())
        except BaseException:
            file.truncate(size)
            raise


def remove_preference(path, preference):
    """Take off the last line that says the same, white space around the texts aside.

    All other lines stay as they are. ValueError: no line says so. OSError: as in appending.
    """
    path, wanted = require.path(path=path), said(preference)
    with locked(path):
        with open(path, "rb+") as file:  # a file that may not be written is not replaced either
            lines = file.read().splitlines(keepends=True)
        for place in reversed(range(len(lines))):
            if _said(lines[place]) == wanted:
                return write_whole(path, b"".join(lines[:place] + lines[place + 1 :]))
    raise ValueError(f"no line of {path} says this, so nothing was taken off.")


def said(preference):
    """(prompt, chosen, rejected) without the white space around them: what a judgement says."""
    return tuple(getattr(as_preference(preference), name).strip() for name in FIELDS)


def set_aside_half_line(path):
    """Move a last line that a crash cut in half to a file of its own; its path, or None.

    A line is half if it begins as ours do and has neither an end of line nor an end of JSON.
    """
    path = require.path(path=path)
    if not _half_line(path):
        return None
    with locked(path):  # or it is whole by now: somebody was at work on it
        half, aside = _half_line(path), Path(f"{path}.half")
        if not half:
            return None
        with open(aside, "ab") as file:
            file.write(half + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.truncate(path, path.stat().st_size - len(half))  # now: in a crash it is in both files
    return aside


def write_preferences(path, preferences):
    """Write a whole file, in place of what was there: all of it, or in a crash nothing.

    TypeError: no Preferences. OSError: no room, no right to write; the old file is as it was.
    """
    path = require.path(path=path)
    try:
        preferences = list(preferences)
    except TypeError:
        raise TypeError(
            f"preferences is {require.said(preferences)}, but it must be a list of Preferences."
        ) from None
    write_whole(path, b"".join(map(to_line, preferences)))


def _half_line(path):
    line = path.read_bytes().rpartition(b"\n")[2]
    return line if line.startswith(b"{") and not is_json(line) else b""


def _said(line):
    try:
        return said(from_line(line))
    except ValueError:
        return None
