"""The numbers in a picture as rows of a table."""

from collections.abc import Iterator
from numbers import Real

MOST = 50  # numbers in a cell; of more, it says how many there are and where they lie


def told(numbers: dict) -> list[tuple[str, str]]:
    """(name, text) of all that an explorer's `compute` returns, names as Python would write them.

    {"beta": 0.1, "bets": {"DPO": [0.5, 0.25]}} makes ("beta", "0.1"), ('bets["DPO"]', "0.5, 0.25").
    """
    return [row for name, value in numbers.items() for row in rows(name, value)]


def rows(name: str, value) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from rows(f'{name}["{key}"]', one)
    elif isinstance(value, list | tuple) and any(isinstance(one, list | tuple) for one in value):
        for i, one in enumerate(value):
            yield from rows(f"{name}[{i}]", one)
    elif isinstance(value, list | tuple):
        yield name, listed(value)
    else:
        yield name, text(value)


def listed(values) -> str:
    if len(values) <= MOST or not all(isinstance(value, Real) for value in values):
        return ", ".join(map(text, values))
    low, high = text(min(values)), text(max(values))
    return f"{len(values):,}: {low} … {high}"


def text(value) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
