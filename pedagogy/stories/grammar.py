"""A grammar without recursion: write texts, and know the probability of each one exactly.

A half-written text is a state: the symbols still to come, leftmost first, and the memory of the
words drawn once for the whole text. Each text has one derivation, so the probability of a
derivation is the probability of its text. tales.py shows the notation.
"""

import math
from functools import cache, lru_cache
from typing import NamedTuple

END = "<end>"


class Slot(NamedTuple):
    """A place to fill: by a rule, or by the rule that agrees with a remembered variable."""

    rule: str
    variable: str


class Grammar:
    """Texts drawn from rules {name: {text: weight}}, beginning with the rule `start`."""

    def __init__(self, rules, start):
        self.rules = {name: _parse(texts) for name, texts in rules.items()}
        self.beginning = ((Slot(start, ""),), ())
        # Caches live as long as the grammar: the same half-written texts come up all the time.
        self.needs = cache(self._needs)
        self.steps = lru_cache(maxsize=50_000)(self._steps)
        self.measure = cache(self._measure)

    def words(self):
        """All words, sorted."""
        texts = [text for options in self.rules.values() for _, text in options]
        return tuple(sorted({word for text in texts for word in text if isinstance(word, str)}))

    def options(self, slot, memory):
        """What may stand in a slot: [(probability, symbols, memory)]."""
        known = dict(memory)
        if slot.rule in known:
            return [(1.0, (known[slot.rule],), memory)]
        rule = f"{slot.rule}:{known[slot.variable]}" if slot.variable else slot.rule
        if not rule.isupper():
            return [(chance, text, memory) for chance, text in self.rules[rule]]
        return [(chance, text, (*memory, (rule, text[0]))) for chance, text in self.rules[rule]]

    def write(self, rng):
        """One text drawn with `rng`, a random.Random; words joined by single spaces."""
        (to_come, memory), words = self.beginning, []
        to_come = list(to_come)
        while to_come:
            symbol = to_come.pop(0)
            if isinstance(symbol, str):
                words.append(symbol)
                continue
            options = self.options(symbol, memory)
            _, text, memory = rng.choices(options, [option[0] for option in options])[0]
            to_come[:0] = text
        return " ".join(words)

    def _steps(self, symbols, memory):
        """All ways to the next word: [(probability, word, state after it)]."""
        if not symbols:
            return [(1.0, END, None)]
        head, rest = symbols[0], symbols[1:]
        if isinstance(head, str):
            return [(1.0, head, (rest, self.remember(rest, memory)))]
        return [
            (chance * p, word, after)
            for chance, text, known in self.options(head, memory)
            for p, word, after in self.steps(text + rest, known)
        ]

    def beliefs(self, words):
        """Where a text that begins with these words may be: [(probability, state)]."""
        beliefs = [(1.0, self.beginning)]
        for word in words:
            beliefs = [
                (weight * p, after)
                for weight, state in beliefs
                if state
                for p, next_word, after in self.steps(*state)
                if next_word == word
            ]
        return beliefs

    def next_words(self, words):
        """{word: probability} of what follows these words; empty if no text begins so."""
        chances = {}
        for weight, state in self.beliefs(words):
            for p, word, _ in self.steps(*state):
                chances[word] = chances.get(word, 0.0) + weight * p
        total = sum(chances.values())
        return {word: chance / total for word, chance in chances.items()}

    def beginnings(self, last):
        """All beginnings up to the first word `last` (END: all texts): {text: probability}."""
        found, unfinished = {}, [(1.0, (), self.beginning)]
        while unfinished:
            chance, words, state = unfinished.pop()
            for p, word, after in self.steps(*state):
                if word == last:
                    text = " ".join(words if word == END else (*words, word))
                    found[text] = found.get(text, 0.0) + chance * p
                elif after:
                    unfinished.append((chance * p, (*words, word), after))
        return found

    def remember(self, symbols, memory):
        """The part of the memory that these symbols can still use."""
        repeated, agreed = self.needs(symbols)
        return tuple(sorted(pair for pair in memory if pair[0] in repeated | agreed))

    def _needs(self, symbols):
        """Names of the variables these symbols may repeat, and of those they agree with."""
        repeated, agreed = frozenset(), frozenset()
        for slot in symbols:
            if isinstance(slot, str):
                continue
            repeated |= {slot.rule} if slot.rule.isupper() else set()
            agreed |= {slot.variable} if slot.variable else set()
            for text in self._texts(slot):
                more = self.needs(text)
                repeated, agreed = repeated | more[0], agreed | more[1]
        return repeated, agreed

    def _texts(self, slot):
        """Every text that may stand in a slot, whatever is remembered."""
        wanted = f"{slot.rule}:" if slot.variable else slot.rule
        return [
            text
            for name, options in self.rules.items()
            for _, text in options
            if name == wanted or (slot.variable and name.startswith(wanted))
        ]

    def _measure(self, symbols, memory):
        """Exact entropy (nats) and expected number of words, END counted, of what is to come.

        H(state) = Σ p (H(next state) - log p) over the options of the leftmost slot.
        """
        if not symbols:
            return 0.0, 1.0
        head, rest = symbols[0], symbols[1:]
        if isinstance(head, str):
            entropy, length = self.measure(rest, self._gist(rest, memory))
            return entropy, length + 1.0
        entropy = length = 0.0
        for chance, text, known in self.options(head, memory):
            more = self.measure(text + rest, self._gist(text + rest, known))
            entropy += chance * (more[0] - math.log(chance))
            length += chance * more[1]
        return entropy, length

    def _gist(self, symbols, memory):
        """The memory without words that are only repeated: which word it is changes no number."""
        agreed = self.needs(symbols)[1]
        return tuple(
            (name, word if name in agreed else "?") for name, word in self.remember(symbols, memory)
        )

    def triples(self):
        """All (word, word, word) in a row, END counted as one, if nothing had to be remembered."""
        steps = cache(self._loose_steps)
        found, seen, unfinished = set(), set(), [("", "", self.beginning[0])]
        while unfinished:
            first, second, symbols = unfinished.pop()
            for word, rest in steps(symbols):
                found.add((first, second, word))
                place = (second, word, rest)
                if word != END and place not in seen:
                    seen.add(place)
                    unfinished.append(place)
        return found

    def _loose_steps(self, symbols):
        if not symbols:
            return {(END, ())}
        head, rest = symbols[0], symbols[1:]
        if isinstance(head, str):
            return {(head, rest)}
        return set().union(*(self._loose_steps(text + rest) for text in self._texts(head)))


def _parse(texts):
    total = sum(texts.values())
    return [(weight / total, tuple(_symbols(text))) for text, weight in texts.items()]


def _symbols(text):
    """Words and slots of a text; the name of a slot may hold spaces."""
    for part in text.replace("{", "\0{").replace("}", "}\0").split("\0"):
        if part.startswith("{"):
            rule, _, variable = part[1:-1].partition(":")
            yield Slot(rule, variable)
        else:
            yield from part.split()
