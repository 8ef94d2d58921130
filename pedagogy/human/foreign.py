"""What people have instead of our preference files, and what becomes of it.

A file may be packed, a table or one array (`rows_of`); a row may be a dialogue, a chat, or scores
(`texts_of`). What can be read is read; for the rest there is a sentence that says what it is.
"""

import codecs
import gzip
import io
import json
import os
import re

from pedagogy.chat import chat_text

GZIP, ZIP, PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"PAR1"  # how a file begins
KINDS = {
    GZIP: "packed with gzip",
    ZIP: "packed with zip",
    PARQUET: "a Parquet table",
    codecs.BOM_UTF16_LE: "text in UTF-16",
    codecs.BOM_UTF16_BE: "text in UTF-16",
}
SCORES = ("overall_score", "score")  # UltraFeedback's name first


def kind_of_file(content):
    """What a file is that has no JSON lines, or None."""
    kind = next((kind for begin, kind in KINDS.items() if content.startswith(begin)), None)
    text = content.removeprefix(codecs.BOM_UTF8).lstrip()
    if kind is None and text.startswith(b"[") and is_json(content):
        return "one JSON array"
    return kind


def rows_of(path, content):
    """("line" or "row", its rows): lines as bytes, or rows of a table or array as they are.

    ValueError: a file that can't be read. ModuleNotFoundError: a Parquet table, and no pyarrow.
    """
    kind = kind_of_file(content)
    if content.startswith(GZIP):
        try:
            return rows_of(path, gzip.decompress(content))
        except (OSError, EOFError) as error:
            raise ValueError(f"{path} is {kind}, but it can't be unpacked: {error}.") from None
    if content.startswith(PARQUET):
        return "row", _table(path, content)
    if kind == "one JSON array":
        return "row", json.loads(content)
    if content.startswith(ZIP):
        raise ValueError(f"{path} is {kind}, but it must be JSON lines: unpack it with unzip.")
    if kind:
        raise ValueError(f"{path} is {kind}, but it must be in UTF-8: save it so in an editor.")
    return "line", content.split(b"\n")


def _table(path, content):
    try:
        from pyarrow import ArrowInvalid, parquet
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            f"{path} is a Parquet table, which needs the package pyarrow: pip install datasets."
        ) from None
    try:
        return parquet.read_table(io.BytesIO(content)).to_pylist()
    except (ArrowInvalid, OSError) as error:
        raise ValueError(f"{path} is a Parquet table, but a damaged one: {error}") from None


def is_json(content):
    """Whether bytes are one complete JSON value."""
    try:
        json.loads(content)
    except (ValueError, RecursionError):  # broken JSON, broken UTF-8, a thousand brackets
        return False
    return True


def texts_of(fields, tokenizer=None):
    """(prompt, chosen, rejected) of a row of any shape; ours is given back as it is.

    tokenizer: whose chat template makes texts of messages. ValueError: what is wrong with it.
    """
    if {"prompt", "completion", "label"} <= fields.keys():
        raise ValueError(
            "it is one response with a thumb up or down; to make a pair, take a response with "
            "label true as chosen and one with false, to the same prompt, as rejected"
        )
    if "completions" in fields:
        fields = _best_and_worst(fields)
    if any(isinstance(fields.get(name), list) for name in ("prompt", "chosen", "rejected")):
        return _chat(fields, tokenizer)
    both = [fields.get("chosen"), fields.get("rejected")]
    if "prompt" not in fields and all(isinstance(text, str) for text in both):
        return _dialogue(*both)
    for name in ("prompt", "chosen", "rejected"):
        if name not in fields:
            raise ValueError(f"the field {name!r} is missing")
        if not isinstance(fields[name], str):
            raise ValueError(f"{name} is {fields[name]!r:.60}, but it must be a text")
    return fields["prompt"], *both


def _dialogue(chosen, rejected):
    """Of hh-rlhf: both texts begin with the prompt, up to the last "Assistant:" or else word."""
    common = os.path.commonprefix([chosen, rejected])
    turns = [turn.end() for turn in re.finditer(r"\bAssistant:", common)]
    end = (
        turns[-1] if turns else max((gap.start() for gap in re.finditer(r"\s+", common)), default=0)
    )
    if not common[:end].strip():
        raise ValueError(
            "the field 'prompt' is missing, and chosen and rejected have no beginning in common "
            "that could be one"
        )
    return common[:end], chosen[end:], rejected[end:]


def _best_and_worst(fields):
    """Of UltraFeedback: a chat with the response of the highest score and that of the lowest."""
    prompt = fields.get("instruction", fields.get("prompt"))
    if not isinstance(prompt, str):
        raise ValueError(f"instruction is {prompt!r:.60}, but it must be a text")
    found = []
    for number, one in enumerate(fields["completions"] or []):
        score = next((one[name] for name in SCORES if isinstance(one, dict) and name in one), None)
        if not isinstance(score, (int, float)) or not isinstance(one.get("response"), str):
            raise ValueError(
                f"completions[{number}] is {one!r:.60}, but it must have a text as response and a "
                f"number as {' or '.join(SCORES)}"
            )
        found.append((score, one["response"]))
    scores = [score for score, _ in found]
    if len(set(scores)) < 2:
        raise ValueError(f"completions have the scores {scores}, but two must differ for a choice")
    best, worst = found[scores.index(max(scores))][1], found[scores.index(min(scores))][1]
    said = {"prompt": [{"role": "user", "content": prompt}]}
    return said | {
        side: [{"role": "assistant", "content": text}]
        for side, text in (("chosen", best), ("rejected", worst))
    }


def _chat(fields, tokenizer):
    if tokenizer is None:
        raise ValueError(
            "it is a chat in messages; read_preferences(path, tokenizer=policy.tokenizer) makes "
            "texts of them by the model's own chat template"
        )
    for side in ("chosen", "rejected"):
        if not isinstance(fields.get(side), list) or not fields[side]:
            raise ValueError(f"{side} is {fields.get(side)!r:.60}, but it must be messages")
    chosen, rejected = fields["chosen"], fields["rejected"]
    prompt = fields.get("prompt")
    if not isinstance(prompt, list):  # then it is in both, and may stand beside them as a text
        pairs = enumerate(zip(chosen, rejected, strict=False))
        same = next(
            (i for i, (one, other) in pairs if one != other), min(len(chosen), len(rejected))
        )
        prompt, chosen, rejected = chosen[:same], chosen[same:], rejected[same:]
    if not (prompt and chosen and rejected):
        raise ValueError("chosen and rejected must begin alike and then differ, or have a prompt")
    try:
        before = chat_text(tokenizer, prompt)
        whole = [chat_text(tokenizer, prompt + side, answered=True) for side in (chosen, rejected)]
    except TypeError as error:
        raise ValueError(str(error).rstrip(".")) from None
    if not all(text.startswith(before) for text in whole):
        raise ValueError("the chat template writes the prompt otherwise when an answer follows")
    return before, *(text[len(before) :] for text in whole)
