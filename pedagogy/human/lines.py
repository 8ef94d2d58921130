"""One judged pair as a line of a file: {"prompt": …, "chosen": …, "rejected": …}."""

import json
from dataclasses import asdict

from pedagogy.human.choices import FIELDS, Preference, as_preference
from pedagogy.human.foreign import is_json, shape_of_row


def to_line(preference):
    """Bytes that end with the line. TypeError: no Preference."""
    return json.dumps(asdict(as_preference(preference))).encode() + b"\n"


def from_line(line):
    """The Preference of a line, to the character. ValueError: what is wrong with it."""
    if not is_json(line):
        raise ValueError("this is no complete JSON line")
    fields = json.loads(line)
    if not isinstance(fields, dict):
        raise ValueError(f"it holds {type(fields).__name__}, but it must be an object {{...}}")
    if shape := shape_of_row(fields):
        raise ValueError(shape)
    for name in FIELDS:
        if name not in fields:
            raise ValueError(f"the field {name!r} is missing")
        if not isinstance(fields[name], str):
            raise ValueError(f"{name} is {fields[name]!r:.60}, but it must be a text")
    try:
        return Preference(*(fields[name] for name in FIELDS))
    except ValueError as error:
        raise ValueError(str(error).rstrip(".")) from None
