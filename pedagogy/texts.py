"""One sentence for a text, a path or a seed that cannot be used; `require` does so for numbers.

Every validator takes keyword arguments, so that the name in the sentence comes for free,
and gives back what it was given, checked: one value for one argument, a list for several.
"""

import operator
import os
from pathlib import Path


def text(**values):
    """Return the values as they came; each must be a str without half characters."""
    return _each(_text, values)


def texts(**values):
    """Return each value as list[str], of text as `text` has it; all must be of one length."""
    lists = _each(_texts, values)
    if len(values) > 1 and len({len(one) for one in lists}) > 1:
        sizes = tuple(len(one) for one in lists)
        raise ValueError(
            f"{', '.join(values)} have {sizes} texts, but they must have the same number."
        )
    return lists


def path(**values):
    """Return each value as a Path; it must be a str or a Path, and not empty."""
    return _each(_path, values)


def seed(**values):
    """Return each value as an int; Python's, numpy's and torch's whole numbers of any size."""
    return _each(_seed, values)


def shown(value):
    """The value itself, as str, when it is short; else its type."""
    try:
        said = repr(value)
    except Exception:  # a thousand lists in each other, a learner's own __repr__
        said = "\n"
    return said if len(said) <= 40 and "\n" not in said else f"a {type(value).__name__}"


def _text(name, value):
    if not isinstance(value, str):
        raise TypeError(f"{name} is {shown(value)}, but it must be a str.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"{name} has half a character, {value[error.start]!r}, at place {error.start}, but it "
            "must be whole text: cut it out or put another in its place."
        ) from None
    return value


def _texts(name, value):
    try:
        len(value)  # not of a generator, which could be read only once
        if isinstance(value, str | bytes | dict | set):
            raise TypeError
        value = list(value)
    except TypeError:
        raise TypeError(f"{name} is {shown(value)}, but it must be a list of str.") from None
    return [_text(f"{name}[{number}]", one) for number, one in enumerate(value)]


def _path(name, value):
    if not isinstance(value, str | os.PathLike) or isinstance(os.fspath(value), bytes):
        raise TypeError(f"{name} is {shown(value)}, but it must be a path: a str or a Path.")
    try:
        if os.fsencode(value) and b"\0" not in os.fsencode(value):
            return Path(value)
    except UnicodeEncodeError:
        pass
    raise ValueError(f"{name} is {shown(value)}, but it must be the path of a file.")


def _seed(name, value):
    try:
        return operator.index(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} is {shown(value)}, but it must be a whole number.") from None


def _each(check, values):
    checked = [check(name, value) for name, value in values.items()]
    return checked[0] if len(checked) == 1 else checked
