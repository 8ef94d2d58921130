"""Words to numbers and back: a real transformers tokenizer whose tokens are whole words."""

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from transformers import PreTrainedTokenizerFast

from pedagogy.stories import END, PAD, WORDS, known_words


def make_tokenizer():
    """The storyteller's tokenizer: PAD is 0, END is 1, then WORDS in order.

    It has no token for unknown words, so it cannot pass over one in silence: it raises.

    >>> make_tokenizer().decode(make_tokenizer().encode("once upon a banana ."))
    'once upon a banana .'
    """
    numbers = {word: number for number, word in enumerate((PAD, END, *WORDS))}
    words = Tokenizer(WordLevel(numbers))
    words.pre_tokenizer = WhitespaceSplit()
    return PreTrainedTokenizerFast(
        tokenizer_object=words,
        pad_token=PAD,
        eos_token=END,
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )


def text_to_ids(tokenizer, text, *, special=True):
    """Token ids of a text, list[int], with the tokenizer's own special tokens or without.

    ValueError: a word that a word-level tokenizer does not know, and the words near it.
    """
    if not isinstance(text, str):
        raise TypeError(f"text is {text!r}, but it must be words in one str.")
    if isinstance(tokenizer.backend_tokenizer.model, WordLevel):
        known_words(text)
    return tokenizer.encode(text, add_special_tokens=special)
