"""Texts and paths that can be used."""

import os
from pathlib import Path

from pedagogy.require.words import each, said


def text(**values):
    """Return the values as they came; each must be a str."""
    return each(_text, values)


def texts(**values):
    """Return each value as list[str]; it must be a list (or tuple) of at least one str."""
    return each(_texts, values)


def path(**values):
    """Return each value as a Path; it must be a str or a Path, and not empty."""
    return each(_path, values)


def _text(name, value):
    if not isinstance(value, str):
        raise TypeError(f"{name} is {said(value)}, but it must be a text (str).")
    return value


def _texts(name, value):
    if not isinstance(value, list | tuple):
        raise TypeError(f"{name} is {said(value)}, but it must be a list of texts.")
    if not value:
        raise ValueError(f"{name} is empty, but it must have at least one text.")
    return [_text(f"{name}[{number}]", one) for number, one in enumerate(value)]


def _path(name, value):
    if not isinstance(value, str | os.PathLike):
        raise TypeError(f"{name} is {said(value)}, but it must be a path: a str or a Path.")
    if not os.fspath(value):
        raise ValueError(f"{name} is empty, but it must be a path: a str or a Path.")
    return Path(value)
