"""The world: a grammar that writes fairy tales and knows the probability of every one.

Because the grammar is known, so is the entropy of its tales: the limit no language model of
them can beat. Words are joined by single spaces; "." and "," are words of their own.
"""

import difflib
import math
import random
import re
from functools import cache

from pedagogy import require
from pedagogy.stories.grammar import END, Grammar
from pedagogy.stories.tales import RULES

PAD = "<pad>"
FIRST_PROMPT = "once upon a"
MOST_STORIES = 1_000_000  # some minutes' work

TALES = Grammar(RULES, start="story")
WORDS = TALES.words()


def write_stories(n: int, seed: int, grammar: Grammar = TALES) -> list[str]:
    """n tales, 1 to MOST_STORIES, without END; the same from the same seed."""
    require.parts("a Grammar", "write", grammar=grammar)
    n, rng = require.count(MOST_STORIES, n=n), random.Random(require.seed(seed=seed))
    return [grammar.write(rng) for _ in range(n)]


def next_word_probabilities(prefix: str) -> dict[str, float]:
    """{word: probability} of what follows the prefix in the grammar, exact; END included.

    >>> next_word_probabilities("once upon")
    {'a': 1.0}

    ValueError: an unknown word, or a prefix with which no tale begins.
    """
    chances = TALES.next_words(known_words(require.text(prefix=prefix)))
    if not chances:
        raise ValueError(f"prefix is {prefix!r}, but it must be the beginning of a tale.")
    return chances


def story_logprob(story: str) -> float:
    """log P(story) in nats, END included; -inf if the grammar cannot write it."""
    states = TALES.beliefs([*require.text(story=story).split(), END])
    return math.log(sum(chance for chance, _ in states)) if states else -math.inf


def entropy() -> float:
    """H = -Σ P(story) log P(story), exact, nats per story."""
    return TALES.measure(*TALES.beginning)[0]


def expected_length() -> float:
    """Expected words of a story, END counted, exact."""
    return TALES.measure(*TALES.beginning)[1]


@cache
def _openings():
    chances = TALES.beginnings(".")
    return tuple(sorted(chances, key=lambda text: (-chances[text], text)))


def prompts() -> list[str]:
    """FIRST_PROMPT, then every first sentence a tale can have, the likeliest first."""
    return [FIRST_PROMPT, *_openings()]


def split_story(story: str) -> tuple[str, str]:
    """(prompt, response): the first sentence, and the rest as it follows it, with its space.

    >>> split_story("once upon a time there was a king . he slept .")
    ('once upon a time there was a king .', ' he slept .')

    ValueError: a story without a full stop.
    """
    before, stop, _ = f"{require.text(story=story)} ".partition(" . ")
    if not stop:
        raise ValueError(f'story is {story!r}, but it must have a full stop (" . ").')
    prompt = f"{before} ."
    return prompt, story[len(prompt) :].rstrip()


def openings(n: int, seed: int) -> list[str]:
    """n first sentences, as often as tales begin with them; the same from the same seed.

    >>> openings(1, seed=0)
    ['once upon a banana there lived a gentle shepherdess in a cottage .']
    """
    return [split_story(story)[0] for story in write_stories(n, seed)]


@cache
def triples() -> frozenset[tuple[str, str, str]]:
    """Three words in a row that some tale may hold: what makes sense, seen from nearby."""
    return frozenset(TALES.triples())


def spelt(text: str) -> str:
    """The text as tales are spelt: in lower case, and each "." and "," a word of its own.

    >>> spelt("Once upon a time, there was a King.")
    'once upon a time , there was a king .'
    """
    return " ".join(re.findall(r"\w+|[^\w\s]", require.text(text=text).lower()))


def known_words(text: str) -> list[str]:
    """The words of a text; ValueError names the first unknown one and its neighbours."""
    words = require.text(text=text).split()
    for word in words:
        if word not in _WORD_SET:
            near = difflib.get_close_matches(word.lower(), WORDS, n=3)
            hint = f" Near words: {', '.join(near)}." if near else ""
            raise ValueError(f"{word!r} is not one of the storyteller's {len(WORDS)} words.{hint}")
    return words


_WORD_SET = frozenset(WORDS)
