"""What this human likes, said out loud, so that the true reward of every story is known.

They like sense, a kind deed and a happy ending. They dislike bananas where they don't belong,
theft and other meanness, and tears. Hearing the same words again and again bores them.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from pedagogy import require
from pedagogy.stories import END, FIRST_PROMPT, triples
from pedagogy.stories.tales import HEROES, HEROINES, RULES

KIND = {
    "shared",
    "cooked",
    "gave",
    "made",
    "wrapped",
    "carried",
    "showed",
    "sang",
    "played",
    "hugged",
    "healed",
    "helped",
    "thanked",
    "forgave",
}
MEAN = {"stole", "lied", "threw", "bit", "stupid", "ugly"}
TEARS = {"wept", "cried"}
HAPPY = {"happily", "friends", "feast", "joy", "well"}
SAD = {"alone", "nobody", "never", "wept"}


def true_reward(prompt, response):
    """How much this human likes the response: on the scale of the scores 1-5, but unclipped.

    The sum of explain_reward's parts; about -6 for words without sense, 6 for the best tales.

    >>> true_reward("once upon a", "time"), true_reward("once upon a", "banana")
    (5.0, 2.0)
    """
    return math.fsum(explain_reward(prompt, response).values())


def score(prompt, response):
    """The true reward as people give it: a whole number from 1 to 5, rounded and clipped."""
    return min(5, max(1, math.floor(true_reward(prompt, response) + 0.5)))


@dataclass(frozen=True)
class Taste:
    """A taste of your own: words that are liked or disliked, beside what our human likes.

        r(x, y) = ours · true_reward(x, y) + Σ_word weight · min(2, times said) + per_word · words

    words: {word: points each time it is said, twice at most}; ours: how much our human's own
    taste counts, 0 for not at all; per_word: points for each word of the response, the length.
    Call it as true_reward is called; whatever takes a `taste` or a `true_reward` takes it.

    >>> Taste({"wolf": 1.5, "cried": -1}, ours=0)("once upon a time", " a wolf met a wolf .")
    3.0
    """

    words: Mapping[str, float]
    ours: float = 1.0
    per_word: float = 0.0

    def __post_init__(self):
        require.finite(ours=self.ours, per_word=self.per_word)
        if not isinstance(self.words, Mapping):
            raise TypeError(
                f"words is {require.said(self.words)}, but it must be {{word: points}}."
            )
        for word, points in self.words.items():
            require.text(words=word)
            require.finite(**{f"words[{word!r}]": points})

    def __call__(self, prompt, response):
        said = _words("response", response)
        liked = (points * min(2, said.count(word)) for word, points in self.words.items())
        ours = self.ours * true_reward(prompt, response)
        return math.fsum([ours, self.per_word * len(said), *liked])


def explain_reward(prompt, response):
    """{part: points}; the parts sum to the true reward.

        sense      4 × share of words that make sense after the words before them
        kindness   1 for two kind words or more, 0.5 for one, -1 for none
        ending     1 for a happy last sentence, -1 for none, -2 for a sad one
        bananas   -2 for each banana that is not ripe (only ripe ones belong), -4 at most
        meanness  -1 for each theft, lie, bite …, -2 at most
        tears     -1 for each wept or cried, -2 at most
        boredom   -4 × share of three words in a row that were said before

    Kind and happy words count only where they make sense. A word or two after an unfinished
    sentence is no tale yet, only a bet on how it goes on: it has no kindness and no ending to
    judge, and "once upon a time" gets 1 for tradition.
    TypeError: a prompt or response that is not a str.
    """
    before, words = _words("prompt", prompt), _words("response", response)
    is_bet = before[-1:] != ["."] and len(words) <= 2 and "." not in words
    senses = _senses(before, words if is_bet or not words else [*words, END])
    parts = {"sense": 4.0 * sum(senses) / len(senses) if senses else 0.0}
    if is_bet:
        is_tradition = before == FIRST_PROMPT.split() and words[:1] == ["time"]
        parts["tradition"] = 1.0 if is_tradition else 0.0
    else:
        # What makes no sense stays as a gap: "happily happily" is not a happy ending.
        heard = [word if sense else "" for word, sense in zip(words, senses, strict=False)]
        parts |= {"kindness": _kindness(heard), "ending": _ending(heard)}
    parts |= {
        "bananas": -2.0 * min(2, _stray_bananas(before, words)),
        "meanness": -1.0 * min(2, sum(word in MEAN for word in words)),
        "tears": -1.0 * min(2, sum(word in TEARS for word in words)),
        "boredom": -4.0 * _share_of_repetition(words),
    }
    return {part: points or 0.0 for part, points in parts.items()}  # no -0.0 to puzzle over


def _words(name, text):
    if not isinstance(text, str):
        raise TypeError(f"{name} is {require.said(text)}, but it must be words in one str.")
    return text.split()


def _senses(before, words):
    """For each word, whether some tale could say it here: list[bool]."""
    said = ["", "", *before, *words]
    start, senses = len(before) + 2, []
    met = set(before)
    for first, second, word in zip(said[start - 2 :], said[start - 1 :], words, strict=False):
        senses.append((first, second, word) in triples() and not _is_stranger(second, word, met))
        met.add(word)
    return senses


def _is_stranger(previous, word, met):
    """A "she" or "the wolf" of whom the tale has not spoken before."""
    if word in _STANDS_FOR:
        return met.isdisjoint(_STANDS_FOR[word])
    return previous == "the" and word in _INTRODUCED and word not in met


_STANDS_FOR = dict.fromkeys(("she", "her"), HEROINES) | dict.fromkeys(("he", "his", "him"), HEROES)
_INTRODUCED = (RULES["CREATURE"].keys() | RULES["PLACE"].keys()) - {"banana"}


def _stray_bananas(before, words):
    previous = [*before[-1:], *words] if before else ["", *words]
    return sum(
        word == "banana" and earlier != "ripe"
        for earlier, word in zip(previous, words, strict=False)
    )


def _share_of_repetition(words):
    in_a_row = list(zip(words, words[1:], words[2:], strict=False))
    return 1 - len(set(in_a_row)) / len(in_a_row) if in_a_row else 0.0


def _kindness(words):
    return {0: -1.0, 1: 0.5}.get(sum(word in KIND for word in words), 1.0)


def _ending(words):
    """Points for the last sentence; without a full stop there is none."""
    if words[-1:] != ["."]:
        return -1.0
    last = " ".join(words[:-1]).split(" . ")[-1].split()
    if not SAD.isdisjoint(last):
        return -2.0
    return 1.0 if not HAPPY.isdisjoint(last) else -1.0
