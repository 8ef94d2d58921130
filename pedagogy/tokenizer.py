"""Words to numbers and back: a real transformers tokenizer whose tokens are whole words."""

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from transformers import PreTrainedTokenizerFast

from pedagogy import require
from pedagogy.stories import END, PAD, WORDS, known_words

AT_ONCE = 1000  # texts: what a tokenizer says of each takes more memory than its ids


def make_tokenizer(words=WORDS):
    """A tokenizer of whole words, the storyteller's or others: PAD is 0, END is 1, then the words.

    It has no token for unknown words, so it cannot pass over one in silence: it raises.

    >>> make_tokenizer().decode(make_tokenizer().encode("once upon a banana ."))
    'once upon a banana .'
    """
    words = require.texts(words=words)
    numbers = {word: number for number, word in enumerate((PAD, END, *words))}
    if len(numbers) < 2 + len(words):
        raise ValueError("words holds one twice, or PAD or END, but each must be another one.")
    reader = Tokenizer(WordLevel(numbers))
    reader.pre_tokenizer = WhitespaceSplit()
    return PreTrainedTokenizerFast(
        tokenizer_object=reader,
        pad_token=PAD,
        eos_token=END,
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )


def speaks_in_words(tokenizer):
    """Whether this is the storyteller's vocabulary, a bool; a few of its numbers tell."""
    few = ["once", WORDS[-1]]
    numbers = [2 + WORDS.index(word) for word in few]
    return len(tokenizer) == 2 + len(WORDS) and tokenizer.convert_tokens_to_ids(few) == numbers


def texts_to_ids(tokenizer, texts):
    """Token ids of each text, list[list[int]], after special tokens that the tokenizer begins with.

    Those that it would add at the end are left out: the text may go on. Many texts are read at
    once, and each only once.

    ValueError: a word that the storyteller does not know, and the words near it; or what is no
    text for this tokenizer, such as half a character. TypeError: not a str.
    """
    for text in texts:
        require.text(text=text)
    different, read = list(dict.fromkeys(texts)), {}
    if speaks_in_words(tokenizer):
        for text in different:
            known_words(text)
    for start in range(0, len(different), AT_ONCE):
        some = different[start : start + AT_ONCE]
        read.update(zip(some, _read(tokenizer, some), strict=True))
    return [read[text] for text in texts]


def _read(tokenizer, texts):
    try:
        read = tokenizer(texts, return_special_tokens_mask=True)
    except Exception as error:  # tokenizers raise bare Exceptions for unknown words
        if len(texts) > 1:  # which of them?
            return [_read(tokenizer, [text])[0] for text in texts]
        text = texts[0]
        raise ValueError(f"text is {text!r}, but the tokenizer can't read it: {error}.") from None
    rows = zip(read["input_ids"], read["special_tokens_mask"], strict=True)
    return [_without_end(tokenizer, ids, added) for ids, added in rows]


def _without_end(tokenizer, ids, added):
    """added: 1 where the tokenizer itself put a special token, else 0."""
    begins = ids[:1] == [tokenizer.bos_token_id]
    end = max((place + 1 for place, special in enumerate(added) if not special), default=begins)
    twice = begins and added[0] and ids[1:2] == ids[:1]  # the text spells it, too
    return ids[twice : min(end, len(ids))]


def ids_to_text(tokenizer, ids, before):
    """The text of tokens that follow the tokens `before`, its space included; no special tokens."""
    start, whole = (
        tokenizer.decode(part, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        for part in (before, before + ids)
    )
    return whole[len(start) :]
