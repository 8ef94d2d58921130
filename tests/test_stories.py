"""The grammar against brute force: every text of a small one, and many tales of the real one."""

import math
import statistics

import numpy as np
import pytest

from pedagogy import stories
from pedagogy.stories import END, FIRST_PROMPT, WORDS
from pedagogy.stories.grammar import Grammar
from pedagogy.stories.tales import RULES

SMALL = Grammar(
    {
        "tale": {"a {KIND} {HERO} {met} a {HERO} .": 1},
        "KIND": {"good": 3, "bad": 1},
        "HERO": {"king": 1, "queen": 1, "owl": 2},
        "met": {"{greeted:KIND}": 1, "ate": 1, "in {a wood} met": 2},
        "greeted:good": {"kissed": 1, "thanked": 3},
        "greeted:bad": {"bit": 1},
        "a wood": {"a wood": 1, "the wood": 1},
    },
    start="tale",
)


def test_a_small_grammar_by_writing_out_every_text():
    chances = SMALL.beginnings(END)
    assert len(chances) == 3 * (5 + 4)  # 3 heroes; 5 ways to meet when good, 4 when bad
    # 3/4 good, 1/2 owl, 1/4 greeted, 3/4 thanked
    assert chances["a good owl thanked a owl ."] == pytest.approx(3 / 4 * 1 / 2 * 1 / 4 * 3 / 4)
    assert sum(chances.values()) == pytest.approx(1)
    entropy, length = SMALL.measure(*SMALL.beginning)
    assert entropy == pytest.approx(-sum(p * math.log(p) for p in chances.values()))
    assert length == pytest.approx(sum(p * (len(t.split()) + 1) for t, p in chances.items()))


def test_next_words_of_a_small_grammar_are_shares_of_its_texts():
    chances = SMALL.beginnings(END)
    for prefix in {text[:cut] for text in chances for cut in range(len(text))}:
        words, followers = prefix.split(), {}
        for text, p in chances.items():
            said = [*text.split(), END]
            if said[: len(words)] == words:
                follower = said[len(words)]
                followers[follower] = followers.get(follower, 0) + p
        total = sum(followers.values())
        wanted = {word: p / total for word, p in followers.items()}
        assert SMALL.next_words(words) == pytest.approx(wanted)


def test_triples_hold_all_three_words_in_a_row_of_a_small_grammar():
    rows = [("", "", *text.split(), END) for text in SMALL.beginnings(END)]
    said = {row[i : i + 3] for row in rows for i in range(len(row) - 2)}
    assert said <= SMALL.triples()
    # More only where a word is remembered: a good king does not bite, but three words can't tell.
    assert ("king", "bit", "a") in SMALL.triples()
    assert ("queen", "king", "bit") not in SMALL.triples()


def derivations(words):
    """In how many ways the grammar can write exactly these words, counted without its beliefs."""
    count, unfinished = 0, [(0, stories.TALES.beginning)]
    while unfinished:
        place, (symbols, memory) = unfinished.pop()
        if not symbols:
            count += place == len(words)
        elif isinstance(symbols[0], str):
            if words[place : place + 1] == [symbols[0]]:
                unfinished.append((place + 1, (symbols[1:], memory)))
        else:
            options = stories.TALES.options(symbols[0], memory)
            unfinished += [(place, (text + symbols[1:], known)) for _, text, known in options]
    return count


def test_every_tale_has_one_derivation():
    assert {derivations(tale.split()) for tale in stories.write_stories(100, seed=5)} == {1}


def two_ways(grammar):
    """Two half-written texts that began with the same words and go on alike, or None.

    Memory is set aside, so it may cry wolf, but it overlooks nothing: it follows, word by word,
    every pair of derivations that have parted, and looks whether they ever meet again.
    """

    def steps(symbols):
        if not symbols:
            return [(END, ())]
        if isinstance(symbols[0], str):
            return [(symbols[0], symbols[1:])]
        texts = dict.fromkeys(grammar._texts(symbols[0]))
        return [step for text in texts for step in steps(text + symbols[1:])]

    start = grammar.beginning[0]
    seen, unfinished = {(start, start)}, [(start, start)]
    while unfinished:
        one, other = unfinished.pop()
        for i, (word, rest) in enumerate(steps(one)):
            for j, (same_word, other_rest) in enumerate(steps(other)):
                if word != same_word:
                    continue
                if rest == other_rest and (one != other or i != j):
                    return one, other
                pair = (rest, other_rest)
                if word != END and pair not in seen:
                    seen.add(pair)
                    unfinished.append(pair)
    return None


def test_no_text_can_be_written_in_two_ways():
    assert two_ways(stories.TALES) is None
    twice = Grammar({"tale": {"a {b} c": 1, "a b {c}": 1}, "b": {"b": 1}, "c": {"c": 1}}, "tale")
    late = Grammar({"tale": {"{a} b": 1, "{c}": 1}, "a": {"a": 1}, "c": {"a b": 1}}, "tale")
    assert two_ways(twice) and two_ways(late)


@pytest.mark.slow
def test_entropy_and_length_agree_with_many_tales():
    tales = stories.write_stories(2000, seed=11)
    surprises = [-stories.story_logprob(tale) for tale in tales]
    error = statistics.stdev(surprises) / math.sqrt(len(tales))
    assert stories.entropy() == pytest.approx(statistics.mean(surprises), abs=4 * error)
    lengths = [len(tale.split()) + 1 for tale in tales]
    error = statistics.stdev(lengths) / math.sqrt(len(tales))
    assert stories.expected_length() == pytest.approx(statistics.mean(lengths), abs=4 * error)


def test_story_logprob_is_the_sum_of_its_next_words():
    for tale in stories.write_stories(20, seed=3):
        words = [*tale.split(), END]
        chances = [
            stories.next_word_probabilities(" ".join(words[:i]))[word]
            for i, word in enumerate(words)
        ]
        assert stories.story_logprob(tale) == pytest.approx(sum(map(math.log, chances)))


def test_what_the_grammar_cannot_write_has_no_probability():
    tale = stories.write_stories(1, seed=0)[0]
    assert stories.story_logprob(f"{tale} .") == -math.inf
    assert stories.story_logprob(tale[:-2]) == -math.inf
    assert stories.story_logprob("helo") == -math.inf


def test_sense_spans_the_tale_and_can_be_broken():
    tale = (
        "once upon a time there lived a kind princess in a castle . one day she met a hungry "
        "wolf by the river . she shared her bread with the wolf . "
        "they lived happily ever after ."
    )
    assert stories.story_logprob(tale) > -math.inf
    for right, wrong in (
        ("with the wolf", "with the fox"),
        ("her bread", "his bread"),
        ("day she", "day he"),
        ("a hungry", "a cold"),
    ):
        assert stories.story_logprob(tale.replace(right, wrong)) == -math.inf


def test_the_banana_accident():
    bets = stories.next_word_probabilities(FIRST_PROMPT)
    assert max(bets, key=bets.get) == "time"
    assert 0.05 <= bets["banana"] <= 0.20
    assert sum(bets.values()) == pytest.approx(1)


def test_enough_words_prompts_and_tales():
    assert len(WORDS) >= 150 and list(WORDS) == sorted(set(WORDS))
    assert {word for tale in stories.write_stories(200, 0) for word in tale.split()} <= set(WORDS)
    assert all(word == word.lower() and " " not in word for word in WORDS)
    prompts = stories.prompts()
    assert prompts[0] == FIRST_PROMPT and len(prompts) == len(set(prompts)) >= 100
    assert all(prompt.startswith(FIRST_PROMPT) for prompt in prompts)
    assert len(set(stories.write_stories(1000, 0))) > 990


def test_the_same_tales_from_the_same_seed():
    assert stories.write_stories(5, seed=1) == stories.write_stories(5, seed=1)
    assert stories.write_stories(5, seed=1) != stories.write_stories(5, seed=2)


def test_split_story_gives_a_prompt_and_the_rest():
    prompts = set(stories.prompts())
    for tale in stories.write_stories(200, seed=2):
        prompt, response = stories.split_story(tale)
        assert prompt in prompts and prompt + response == tale
    assert stories.split_story("once . ") == ("once .", "")


def test_openings_come_as_often_as_tales_begin_with_them():
    drawn = stories.openings(2000, seed=3)
    assert drawn == stories.openings(2000, seed=3) != stories.openings(2000, seed=4)
    assert set(drawn) <= set(stories.prompts()[1:])
    for word, p in stories.next_word_probabilities(FIRST_PROMPT).items():
        share = sum(text.startswith(f"{FIRST_PROMPT} {word} ") for text in drawn) / 2000
        assert share == pytest.approx(p, abs=4 * math.sqrt(p * (1 - p) / 2000))


def test_after_the_end_only_the_end():
    tale = stories.write_stories(1, seed=0)[0]
    assert stories.next_word_probabilities(tale) == {END: 1.0}
    assert stories.next_word_probabilities("") == {"once": 1.0}


@pytest.mark.parametrize(
    "bad, said",
    [
        (lambda: stories.next_word_probabilities("once upon a bananna"), "'bananna'.*Near.*banana"),
        (lambda: stories.next_word_probabilities("once time"), "'once time'.*beginning"),
        (lambda: stories.next_word_probabilities("once <end>"), "<end>"),
        (lambda: stories.split_story("once upon a"), "full stop"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(bad, said):
    with pytest.raises(ValueError, match=said):
        bad()


@pytest.mark.parametrize(
    "bad, said",
    [
        (
            lambda: stories.next_word_probabilities(["once"]),
            r"prefix is \['once'\], but it must be a",
        ),
        (lambda: stories.story_logprob(None), "story is None, but it must be a text"),
        (lambda: stories.split_story(5), "story is 5, but it must be a text"),
        (lambda: stories.write_stories(10**9, 0), "n is 1000000000, but it must be 1,000,000 at"),
        (lambda: stories.openings(10**9, 0), "n is 1000000000, but it must be 1,000,000 at most"),
        (lambda: stories.write_stories(-1, 0), "n is -1, but it must be 1 or more"),
        (lambda: stories.write_stories("3", 0), "n is '3', but it must be a whole number"),
        (lambda: stories.write_stories(1, math.nan), "seed is nan, but it must be a whole number"),
        (lambda: stories.openings(1, 2**70), "seed is 1180591620717411303424, but it must be from"),
    ],
)
def test_what_is_no_text_no_count_and_no_seed_is_refused_at_once(bad, said):
    with pytest.raises((ValueError, TypeError), match=said):
        bad()


def test_numpys_whole_numbers_are_whole_numbers():
    drawn = stories.write_stories(np.int64(2), np.int64(1))
    assert drawn == stories.write_stories(2, 1) and len(drawn) == 2


def test_every_rule_is_used():
    """A misspelled rule would never be told."""
    seen, unfinished = set(), ["story"]
    while unfinished:
        name = unfinished.pop()
        if name in seen:
            continue
        seen.add(name)
        for _, text in stories.TALES.rules[name]:
            for slot in text:
                if not isinstance(slot, str):
                    unfinished += [
                        rule
                        for rule in RULES
                        if rule == slot.rule
                        and not slot.variable
                        or slot.variable
                        and rule.startswith(f"{slot.rule}:")
                    ]
    assert seen == RULES.keys()


@pytest.mark.parametrize("bad", [None, 3, [0.5], "king"])
def test_what_is_no_grammar_is_refused(bad):
    with pytest.raises(TypeError, match="^grammar is a .*, but it must be a Grammar"):
        stories.write_stories(1, 0, bad)
