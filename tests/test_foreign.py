"""Preference data as people have it: other files, other shapes, other encodings."""

import dataclasses
import gzip
import json
import sys

import pandas
import pytest

from pedagogy.human import (
    Preference,
    PreferenceFileError,
    append_preference,
    plain_pairs,
    read_preferences,
)

OURS = [Preference("a day", " 2024-01-01", " 5"), Preference("é", " 🍌", "\n")]
ROWS = [dataclasses.asdict(pair) for pair in OURS]
LINES = "\n".join(map(json.dumps, ROWS)).encode()
USER, GOOD, BAD = (
    {"role": role, "content": text}
    for role, text in (("user", "Hi?"), ("assistant", "Yes."), ("assistant", "No."))
)


class Tokenizer:
    """What a chat template makes of messages, worked by hand."""

    chat_template = "one"

    def apply_chat_template(self, messages, tokenize, add_generation_prompt):
        said = "".join(f"<{m['role']}>{m['content']}</>\n" for m in messages)
        return said + "<assistant>" * add_generation_prompt


# --- files --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.write_bytes(LINES),
        lambda path: path.write_bytes(b"\xef\xbb\xbf" + LINES.replace(b"\n", b"\r\n\r\n")),
        lambda path: path.write_text(json.dumps(ROWS, indent=1)),
        lambda path: path.write_text(json.dumps(ROWS, ensure_ascii=False), "utf-8-sig"),
        lambda path: path.write_bytes(gzip.compress(LINES)),
        lambda path: path.write_bytes(gzip.compress(json.dumps(ROWS).encode())),
        lambda path: pandas.DataFrame(ROWS).to_parquet(path),
        lambda path: pandas.DataFrame(ROWS).assign(more=1).to_parquet(path, compression="gzip"),
    ],
)
def test_a_file_is_read_whatever_it_is_packed_in(tmp_path, make):
    make(tmp_path / "pairs")
    assert read_preferences(tmp_path / "pairs") == OURS


@pytest.mark.parametrize(
    "content, sentence",
    [
        (b"PK\x03\x04 and so on", "is packed with zip, but it must be JSON lines: unpack it"),
        (gzip.compress(LINES, mtime=0)[:-9], "is packed with gzip, but it can't be unpacked: "),
        (b"PAR1 and so on", "is a Parquet table, but a damaged one: "),
        (LINES.decode().encode("utf-16"), "is text in UTF-16, but it must be in UTF-8: "),
        (b"[]", "is empty"),
    ],
)
def test_what_can_be_no_file_of_pairs_is_named(tmp_path, content, sentence):
    path = tmp_path / "pairs"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"^{path} {sentence}"):
        read_preferences(path)


def test_a_table_without_pyarrow_says_what_to_install(tmp_path, monkeypatch):
    pandas.DataFrame(ROWS).to_parquet(tmp_path / "pairs")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ModuleNotFoundError, match="pip install datasets"):
        read_preferences(tmp_path / "pairs")


def test_nothing_is_appended_to_a_packed_file(tmp_path):
    path = tmp_path / "pairs.jsonl.gz"
    path.write_bytes(gzip.compress(LINES))
    with pytest.raises(ValueError, match="is packed with gzip, but it must be JSON lines, so that"):
        append_preference(path, OURS[0])
    assert read_preferences(path) == OURS


def test_a_broken_row_of_an_array_is_named_by_its_number_and_costs_no_other(tmp_path):
    path = tmp_path / "pairs.json"
    path.write_text(json.dumps([ROWS[0], {**ROWS[1], "chosen": None}, 5, ROWS[1]]))
    with pytest.raises(
        PreferenceFileError, match="row 2: chosen is None, .* 1 more rows"
    ) as caught:
        read_preferences(path)
    assert (caught.value.line, caught.value.preferences) == (2, OURS)


def test_a_line_in_latin_1_is_named_with_its_byte(tmp_path):
    path = tmp_path / "pairs.jsonl"
    path.write_bytes(LINES + b"\n" + '{"prompt": "é"}'.encode("latin-1"))
    with pytest.raises(PreferenceFileError, match="line 3: byte 0xe9 at place 12 is no UTF-8"):
        read_preferences(path)


# --- rows ---------------------------------------------------------------------------------------

HH = "\n\nHuman: {}\n\nAssistant:"


def read(tmp_path, *rows, tokenizer=None):
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return read_preferences(path, tokenizer=tokenizer)


@pytest.mark.parametrize(
    "chosen, rejected, pair",
    [
        (HH.format("a?") + " I know.", HH.format("a?") + " I do not.",
         (HH.format("a?"), " I know.", " I do not.")),
        (HH.format("a?") + " b" + HH.format("c?") + " d", HH.format("a?") + " b" + HH.format("c?"),
         (HH.format("a?") + " b" + HH.format("c?"), " d", "")),
        ("once upon a time .", "once upon a banana .", ("once upon a", " time .", " banana .")),
        ("a tale: timely", "a tale: time", ("a tale:", " timely", " time")),
    ],
)  # fmt: skip
def test_a_prompt_inside_both_texts_is_taken_out(tmp_path, chosen, rejected, pair):
    found = read(tmp_path, {"chosen": chosen, "rejected": rejected})
    assert found == [Preference(*pair)]


def test_where_trl_takes_a_prompt_out_of_words_so_do_we(tmp_path):
    import trl  # after seconds, which the other tests of this file need not wait

    row = {"chosen": "Human: hi Assistant: hello", "rejected": "Human: hi Assistant: no"}
    assert read(tmp_path, row) == [Preference(**trl.extract_prompt(row))]


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": [USER], "chosen": [GOOD], "rejected": [BAD]},
        {"chosen": [USER, GOOD], "rejected": [USER, BAD]},
        {"prompt": "Hi?", "chosen": [USER, GOOD], "rejected": [USER, BAD], "score_chosen": 8.0},
        {"instruction": "Hi?", "completions": [
            {"response": "Well.", "overall_score": 5},
            {"response": "No.", "overall_score": 1.5},
            {"response": "Yes.", "overall_score": 9.0}]},
        {"prompt": "Hi?", "completions": [
            {"response": "Yes.", "score": 1}, {"response": "No.", "score": 0}]},
    ],
)  # fmt: skip
def test_messages_and_scores_become_texts_by_the_chat_template(tmp_path, row):
    wanted = Preference("<user>Hi?</>\n<assistant>", "Yes.</>", "No.</>")
    assert read(tmp_path, row, tokenizer=Tokenizer()) == [wanted]


@pytest.mark.parametrize(
    "row, sentence",
    [
        ({"prompt": "hi", "completion": "yes", "label": True}, "a thumb up or down; to make a"),
        ({"chosen": "one", "rejected": "two"}, "'prompt' is missing, .* no beginning in common"),
        ({"prompt": [USER], "chosen": [GOOD], "rejected": "No."}, "rejected is 'No.', .* messages"),
        ({"chosen": [USER], "rejected": [GOOD]}, "must begin alike and then differ"),
        ({"chosen": [USER, GOOD], "rejected": [USER, {"role": "x"}]}, "it must be a list of "),
        ({"prompt": 5, "completions": []}, "instruction is 5, but it must be a text"),
        ({"prompt": "a", "completions": [{"response": "b"}]}, r"completions\[0\] is .*overall_sco"),
        ({"prompt": "a", "completions": [{"response": "b", "score": 1}] * 2},
         r"the scores \[1, 1\], but two must differ"),
    ],
)  # fmt: skip
def test_rows_that_are_no_pair_get_one_sentence(tmp_path, row, sentence):
    with pytest.raises(PreferenceFileError, match=f"line 1: .*{sentence}"):
        read(tmp_path, row, tokenizer=Tokenizer())


def test_messages_without_a_tokenizer_say_what_makes_texts_of_them(tmp_path):
    with pytest.raises(PreferenceFileError, match="it is a chat in messages; read_preferences"):
        read(tmp_path, {"prompt": [USER], "chosen": [GOOD], "rejected": [BAD]})


# --- the pairs that ship ------------------------------------------------------------------------


def test_the_plain_pairs_show_their_taste_at_a_glance():
    train, held_out = plain_pairs()
    assert (len(train), len(held_out)) == (160, 40)
    everything = train + held_out
    for field in ("prompt", "chosen", "rejected"):
        texts = [getattr(pair, field) for pair in everything]
        assert len(set(texts)) == 200 and all(text == text.rstrip() for text in texts)
    for pair in everything:
        assert pair.prompt[-1] == "." and pair.chosen[0] == pair.rejected[0] == " "
        assert len(pair.chosen.split()) <= 9 < 11 <= len(pair.rejected.split())
