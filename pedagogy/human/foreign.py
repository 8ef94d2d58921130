"""What people have instead of preference files, and how to make one of it."""

import json

LINES = '.to_json("pairs.jsonl", orient="records", lines=True)'
KINDS = {  # how a file begins -> what it is, and what makes JSON lines of it
    b"\x1f\x8b": ("packed with gzip", "unpack it with gunzip"),
    b"PK\x03\x04": ("packed with zip", "unpack it with unzip"),
    b"PAR1": ("a Parquet table", f"pandas.read_parquet(path){LINES}"),
}


def kind_of_file(content):
    """(what the file is, how to make JSON lines of it), or None for what may be JSON lines."""
    for beginning, kind in KINDS.items():
        if content.startswith(beginning):
            return kind
    is_array = content.lstrip().startswith(b"[") and is_json(content)
    return ("one JSON array", f"pandas.read_json(path, dtype=False){LINES}") if is_array else None


def is_json(content):
    """Whether bytes are one complete JSON value."""
    try:
        json.loads(content)
    except (ValueError, RecursionError):  # broken JSON, broken UTF-8, a thousand brackets
        return False
    return True


def shape_of_row(fields):
    """A sentence for the shapes of preference data that trl knows beside ours, or ""."""
    if {"prompt", "completion", "label"} <= fields.keys():
        return (
            "it is one response with a thumb up or down; to make a pair, take a response with "
            "label true as chosen and one with false, to the same prompt, as rejected"
        )
    if any(_is_chat(fields.get(name)) for name in ("prompt", "chosen", "rejected")):
        return (
            "it is a chat in messages; make texts of them with trl.apply_chat_template(row, "
            "tokenizer), and first, if there is no prompt, trl.extract_prompt(row)"
        )
    if "prompt" not in fields and {"chosen", "rejected"} <= fields.keys():
        return (
            "the field 'prompt' is missing; if chosen and rejected begin alike, the prompt is in "
            "both, and trl.extract_prompt(row) takes it out"
        )
    return ""


def _is_chat(value):
    return isinstance(value, list) and bool(value) and all(isinstance(m, dict) for m in value)
