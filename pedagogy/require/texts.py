"""Texts and paths that can be used."""

import os
from pathlib import Path

from pedagogy.require.words import each, said


def text(**values):
    """Return the values as they came; each must be a str without half characters."""
    return each(_text, values)


def texts(least=1, /, **values):
    """Return each value as list[str]; at least so many texts, and all lists of one length."""
    lists = {name: _texts(name, value, least) for name, value in values.items()}
    sizes = tuple(len(one) for one in lists.values())
    if len(set(sizes)) > 1:
        raise ValueError(
            f"{', '.join(values)} have {sizes} texts, but they must have the same number."
        )
    return each(lambda name, value: lists[name], values)


def path(**values):
    """Return each value as a Path; it must be a str or a Path, and not empty."""
    return each(_path, values)


def _text(name, value):
    if not isinstance(value, str):
        raise TypeError(f"{name} is {said(value)}, but it must be a text (str).")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"{name} has half a character, {value[error.start]!r}, at place {error.start}, but it "
            "must be whole text: cut it out or put another in its place."
        ) from None
    return value


def _texts(name, value, least):
    try:
        len(value)  # not of a generator, which could be read only once
        if isinstance(value, str | bytes | dict | set):
            raise TypeError
        value = list(value)
    except TypeError:
        raise TypeError(f"{name} is {said(value)}, but it must be a list of texts.") from None
    if not value and least:
        raise ValueError(f"{name} is empty, but it must have at least one text.")
    if len(value) < least:
        raise ValueError(f"{name} has {len(value)} texts, but there must be at least {least}.")
    return [_text(f"{name}[{number}]", one) for number, one in enumerate(value)]


def _path(name, value):
    if not isinstance(value, str | os.PathLike) or isinstance(os.fspath(value), bytes):
        raise TypeError(f"{name} is {said(value)}, but it must be a path: a str or a Path.")
    try:
        parts = os.fsencode(value).split(os.sep.encode())
        usable = any(parts) and b"\0" not in os.fsencode(value) and max(map(len, parts)) < 256
    except UnicodeEncodeError:
        usable = False
    if not usable:
        raise ValueError(f"{name} is {said(value)}, but it must be the path of a file.")
    return Path(value)
