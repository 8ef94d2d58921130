"""A real transformers tokenizer whose tokens are words, and that never guesses."""

import pytest

from pedagogy.stories import END, PAD, WORDS, write_stories
from pedagogy.tokenizer import make_tokenizer, texts_to_ids

TOKENIZER = make_tokenizer()


def test_every_word_is_one_token_and_comes_back():
    text = " ".join(WORDS)
    ids = TOKENIZER.encode(text)
    assert len(ids) == len(WORDS) == len(set(ids)) == len(TOKENIZER) - 2
    assert TOKENIZER.decode(ids) == text


def test_words_of_ones_own():
    reader = make_tokenizer(["red", "blue"])
    assert reader.encode("blue red") == [3, 2] and len(reader) == 4
    for bad in (None, 3, "red", [], ["red", 3]):
        with pytest.raises((TypeError, ValueError), match=r"^words"):
            make_tokenizer(bad)
    for twice in (["red", "red"], [END]):
        with pytest.raises(ValueError, match="^words holds one twice, or PAD or END, but"):
            make_tokenizer(twice)


def test_tales_come_back_as_they_were():
    for tale in write_stories(50, seed=0):
        assert TOKENIZER.decode(TOKENIZER(tale).input_ids) == tale


def test_pad_and_end():
    assert (TOKENIZER.pad_token, TOKENIZER.eos_token) == (PAD, END)
    assert (TOKENIZER.pad_token_id, TOKENIZER.eos_token_id) == (0, 1)
    assert TOKENIZER.decode([2, 1, 0], skip_special_tokens=True) == WORDS[0]
    batch = TOKENIZER(["once upon", "once"], padding=True)
    assert batch.attention_mask == [[1, 1], [0, 1]]


def test_an_unknown_word_is_named_with_its_neighbours():
    with pytest.raises(ValueError, match="'princes' is not one .*princess"):
        texts_to_ids(TOKENIZER, ["the princes slept"])
    with pytest.raises(ValueError, match="'Time'.*time"):
        texts_to_ids(TOKENIZER, ["once upon a Time"])
    with pytest.raises(Exception, match="UNK"):  # the bare tokenizer does not guess either
        TOKENIZER.encode("the princes slept")


def test_special_tokens_are_no_words():
    for token in (PAD, END):
        with pytest.raises(ValueError, match=token):
            texts_to_ids(TOKENIZER, [f"once {token} upon"])


def test_a_text_must_be_a_str():
    with pytest.raises(TypeError, match=r"text is \['once'\]"):
        texts_to_ids(TOKENIZER, [["once"]])


def test_many_texts_are_read_as_each_alone(monkeypatch):
    monkeypatch.setattr("pedagogy.tokenizer.AT_ONCE", 2)
    texts = [*write_stories(4, seed=0), "once", "once", "", *write_stories(4, seed=0)]
    assert texts_to_ids(TOKENIZER, texts) == [TOKENIZER.encode(text) for text in texts]
    assert texts_to_ids(TOKENIZER, []) == []
    with pytest.raises(ValueError, match="'pear' is not one"):
        texts_to_ids(TOKENIZER, ["once", "a banana", "a pear"])


def test_what_the_tokenizer_cannot_read_is_named_among_others():
    fruit = make_tokenizer(["apple", "pear"])
    with pytest.raises(ValueError, match="text is 'plum', but the tokenizer can't read it"):
        texts_to_ids(fruit, ["apple pear", "plum", "pear"])
