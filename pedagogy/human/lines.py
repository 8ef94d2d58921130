"""One judged pair as a line of a file: {"prompt": …, "chosen": …, "rejected": …}."""

import json
from codecs import BOM_UTF8
from dataclasses import asdict

from pedagogy.human.choices import Preference, as_preference
from pedagogy.human.foreign import is_json, texts_of


def to_line(preference):
    """Bytes that end with the line. TypeError: no Preference."""
    return json.dumps(asdict(as_preference(preference))).encode() + b"\n"


def from_line(line, tokenizer=None):
    """The Preference of a line, to the character. ValueError: what is wrong with it."""
    line = line.removeprefix(BOM_UTF8)
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise ValueError(
            f"byte {line[error.start]:#04x} at place {error.start} is no UTF-8, but all must be: "
            "if the file is in Latin-1 or another encoding, an editor saves it as UTF-8"
        ) from None
    if not is_json(text):
        raise ValueError("this is no complete JSON line")
    return from_row(json.loads(text), tokenizer)


def from_row(fields, tokenizer=None):
    """The Preference of a row, which has its fields or those of another kind of data."""
    if not isinstance(fields, dict):
        raise ValueError(f"it holds {type(fields).__name__}, but it must be an object {{...}}")
    try:
        return Preference(*texts_of(fields, tokenizer))
    except ValueError as error:
        raise ValueError(str(error).rstrip(".")) from None
