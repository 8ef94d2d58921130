"""The human's taste by hand, choices by counting, and files that survive accidents."""

import dataclasses
import importlib.util
import json
import math
import os
import random
import re
import statistics
import subprocess
import sys
from datetime import datetime

import numpy as np
import pytest
import torch

from pedagogy import human
from pedagogy.human import (
    Preference,
    PreferenceFileError,
    Taste,
    choices,
    explain_reward,
    label_pairs,
    true_reward,
)
from pedagogy.stories import FIRST_PROMPT, WORDS, split_story, write_stories

PROMPT = "once upon a time there lived a kind princess in a castle ."
MEETING = "one day she met a hungry wolf by the river . "
SHARED = "she shared her bread with the wolf . "
STOLE = "she stole the ring of the wolf . "
PAIR = Preference("once upon a", "time", "banana")


def test_the_story_of_the_course():
    assert true_reward(FIRST_PROMPT, "time") == 5.0
    assert true_reward(FIRST_PROMPT, "banana") == 2.0
    assert human.score(FIRST_PROMPT, "time") == 5
    assert human.score(FIRST_PROMPT, "banana") == 2


@pytest.mark.parametrize(
    "response, parts",
    [
        (
            MEETING + SHARED + "the wolf thanked her with a bow . they lived happily ever after .",
            {"sense": 4, "kindness": 1, "ending": 1},
        ),
        (MEETING + SHARED + "she yawned and slept .", {"sense": 4, "kindness": 0.5, "ending": -1}),
        (
            MEETING + STOLE + "the wolf wept all night . she was alone for ever .",
            {"sense": 4, "kindness": -1, "ending": -2, "meanness": -1, "tears": -1},
        ),
        (
            MEETING + "she shared her ripe banana with the wolf . they lived happily ever after .",
            {"sense": 4, "kindness": 0.5, "ending": 1},
        ),
        (
            MEETING + "she shared her banana with the wolf . they lived happily ever after .",
            {"sense": 4, "kindness": 0.5, "ending": 1, "bananas": -2},
        ),
        # No word, nor the end, makes sense; 3 of its 4 triples were said before.
        (
            "happily happily happily happily happily happily",
            {"kindness": -1, "ending": -1, "boredom": -3},
        ),
        # Kind and happy words without sense earn nothing; the full stop is senseless too.
        ("helped shared thanked happily .", {"kindness": -1, "ending": -1}),
        ("", {"kindness": -1, "ending": -1}),
    ],
)
def test_parts_by_hand(response, parts):
    nothing = dict.fromkeys(explain_reward(PROMPT, response), 0.0)
    assert explain_reward(PROMPT, response) == pytest.approx(nothing | parts)


def test_parts_sum_to_the_reward_and_scores_are_clipped():
    for tale in write_stories(200, seed=4):
        prompt, response = split_story(tale)
        reward = true_reward(prompt, response)
        assert reward == pytest.approx(sum(explain_reward(prompt, response).values()))
        near = abs(human.score(prompt, response) - min(5, max(1, reward)))
        assert near <= 0.5 and human.score(prompt, response) in {1, 2, 3, 4, 5}
    assert human.score(PROMPT, "happily " * 9) == 1


def test_sense_is_full_in_tales_and_lost_in_salad():
    rng = random.Random(0)
    for tale in write_stories(200, seed=6):
        prompt, response = split_story(tale)
        assert explain_reward(prompt, response)["sense"] == 4.0
        words = response.split()
        rng.shuffle(words)
        assert explain_reward(prompt, " ".join(words))["sense"] < 2.0
        assert true_reward(prompt, " ".join(rng.choices(WORDS, k=30))) < 0


@pytest.mark.parametrize(
    "right, wrong",
    [
        ("with the wolf", "with the fox"),
        ("she shared", "he shared"),
        ("a hungry", "hungry a"),
    ],
)
def test_broken_sense_costs(right, wrong):
    tale = MEETING + SHARED + "they lived happily ever after ."
    assert true_reward(PROMPT, tale.replace(right, wrong)) < true_reward(PROMPT, tale)


def test_an_unfinished_tale_makes_less_sense_than_a_finished_one():
    tale = MEETING + "she helped the wolf at once ."
    assert explain_reward(PROMPT, tale)["sense"] > explain_reward(PROMPT, tale[:-7])["sense"]


def test_saying_it_again_bores():
    once = MEETING + SHARED
    assert true_reward(PROMPT, once + once) < true_reward(PROMPT, once)


def test_the_grammar_leaves_much_to_gain():
    rewards = [true_reward(*split_story(tale)) for tale in write_stories(1500, seed=7)]
    assert 1.0 < statistics.mean(rewards) < 2.5
    assert statistics.stdev(rewards) > 1.5
    assert max(rewards) == 6.0


def test_a_text_must_be_a_str():
    with pytest.raises(TypeError, match="response is None"):
        true_reward(PROMPT, None)
    with pytest.raises(TypeError, match="prompt is 3"):
        human.score(3, "time")


def test_choices_follow_bradley_terry():
    n = 4000
    pairs = human.label_pairs(["once upon a"] * n, ["banana"] * n, ["time"] * n, seed=0)
    share = sum(pair.chosen == "time" for pair in pairs) / n
    p = math.exp(5) / (math.exp(5) + math.exp(2))  # 0.953
    assert share == pytest.approx(p, abs=4 * math.sqrt(p * (1 - p) / n))
    assert {(pair.chosen, pair.rejected) for pair in pairs} == {
        ("time", "banana"),
        ("banana", "time"),
    }


def test_the_same_choices_from_the_same_seed():
    lists = ["once upon a"] * 60, ["hill"] * 60, ["star"] * 60
    assert human.label_pairs(*lists, seed=1) == human.label_pairs(*lists, seed=1)
    assert human.label_pairs(*lists, seed=1) != human.label_pairs(*lists, seed=2)


def test_judge_wants_lists_of_one_length():
    with pytest.raises(ValueError, match=r"\(1, 1, 2\)"):
        human.label_pairs(["x"], ["a"], ["b", "c"], seed=0)


def test_files_come_back_as_they_were(tmp_path):
    path = tmp_path / "pairs.jsonl"
    strange = Preference('a "quoted"\nprompt', "naïve ☂ \u2028 end", "")
    human.write_preferences(path, [PAIR, strange])
    human.append_preference(path, PAIR)
    assert human.read_preferences(path) == [PAIR, strange, PAIR]
    assert len(path.read_bytes().splitlines()) == 3
    assert {file.name for file in tmp_path.iterdir()} == {path.name, f".{path.name}.lock"}


def test_append_makes_a_new_file(tmp_path):
    human.append_preference(tmp_path / "new.jsonl", PAIR)
    assert human.read_preferences(tmp_path / "new.jsonl") == [PAIR]


def test_datasets_reads_our_files(datasets, tmp_path):
    path = tmp_path / "pairs.jsonl"
    human.write_preferences(path, [PAIR, dataclasses.replace(PAIR, chosen="midnight")])
    rows = load_rows(datasets, path)
    assert rows.column_names == ["prompt", "chosen", "rejected"]
    assert [Preference(**row) for row in rows] == human.read_preferences(path)


def load_rows(datasets, path):
    cache = str(path.parent / "cache")
    return datasets.load_dataset("json", data_files=str(path), split="train", cache_dir=cache)


def test_texts_that_look_like_dates_stay_texts_the_way_the_module_says(datasets, tmp_path):
    path = tmp_path / "dates.jsonl"
    pairs = [Preference("when ?", "2024-01-01", " 2025-01-01")]
    human.write_preferences(path, pairs)
    rows = load_rows(datasets, path)
    assert (rows[0]["chosen"], rows[0]["rejected"]) == (datetime(2024, 1, 1), " 2025-01-01")
    said = re.search(r"datasets\.Dataset.from_list\(.*\)", human.files.__doc__)[0]
    rows = eval(said, {"datasets": datasets, "path": path, **vars(human)})
    assert [Preference(**row) for row in rows] == pairs


GOOD = json.dumps(dataclasses.asdict(PAIR))


@pytest.mark.parametrize(
    "bad, problem",
    [
        ('{"prompt": "once upon a", "cho', "no complete JSON line"),
        ('{"prompt": "a", "chosen": "b"}', "'rejected' is missing"),
        ('{"prompt": "a", "chosen": 5, "rejected": "c"}', "chosen is 5"),
        ('["a", "b", "c"]', "holds list"),
        ("null", "holds NoneType"),
        ("[" * 100_000, "no complete JSON line"),
        (
            '{"prompt": "a", "chosen": "time \\ud83d", "rejected": "c"}',
            r"chosen has half a character, '\\ud83d', at place 5",
        ),
    ],
)
def test_a_broken_line_is_named_and_costs_no_other(tmp_path, bad, problem):
    path = tmp_path / "pairs.jsonl"
    path.write_text(f"{GOOD}\n\n{bad}\n{GOOD}\n", encoding="utf-8")
    with pytest.raises(PreferenceFileError, match=f"line 3: .*{problem}") as caught:
        human.read_preferences(path)
    assert caught.value.line == 3
    assert caught.value.preferences == [PAIR, PAIR]


def test_broken_bytes_are_a_broken_line(tmp_path):
    path = tmp_path / "pairs.jsonl"
    path.write_bytes(GOOD.encode() + b"\n\xff\xfe\n")
    with pytest.raises(PreferenceFileError, match="line 2"):
        human.read_preferences(path)


def test_a_half_last_line_stays_alone(tmp_path):
    path = tmp_path / "pairs.jsonl"
    half = GOOD[:20]
    path.write_text(f"{GOOD}\n{half}", encoding="utf-8")
    human.append_preference(path, PAIR)
    assert path.read_text(encoding="utf-8") == f"{GOOD}\n{half}\n{GOOD}\n"
    with pytest.raises(PreferenceFileError, match="line 2") as caught:
        human.read_preferences(path)
    assert caught.value.preferences == [PAIR, PAIR]


def test_an_empty_file_is_an_error(tmp_path):
    path = tmp_path / "empty.jsonl"
    for nothing in ("", "\n \n"):
        path.write_text(nothing, encoding="utf-8")
        with pytest.raises(ValueError, match="empty.jsonl is empty"):
            human.read_preferences(path)


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "pairs.jsonl"
    human.write_preferences(path, [PAIR])
    with pytest.raises(TypeError, match="must be a Preference"):
        human.write_preferences(path, [PAIR, "not one"])
    assert human.read_preferences(path) == [PAIR]
    with pytest.raises(TypeError, match="must be a Preference"):
        human.append_preference(path, {"prompt": "x"})


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path):
    resource = pytest.importorskip("resource", reason="Windows has no limits on files")
    path = tmp_path / "pairs.jsonl"
    human.write_preferences(path, [PAIR])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            human.write_preferences(path, [PAIR] * 9)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == [path] and human.read_preferences(path) == [PAIR]


def test_a_line_is_taken_off_wherever_it_stands_and_no_other_byte(tmp_path):
    path = tmp_path / "pairs.jsonl"
    older = b'{"rejected": "banana",  "prompt": "once upon a", "chosen": "time"}\r\n'
    path.write_bytes(older + b"a margin\n" + older + b"\n" + GOOD.replace("time", "hill").encode())
    human.remove_preference(path, Preference("once upon a", " time", " banana"))
    assert path.read_bytes() == older + b"a margin\n\n" + GOOD.replace("time", "hill").encode()
    with pytest.raises(ValueError, match="no line of .*pairs.jsonl says this"):
        human.remove_preference(path, dataclasses.replace(PAIR, rejected="time"))


APPEND = """
import sys
from pedagogy.human import Preference, append_preference
print("here", flush=True)
append_preference(sys.argv[1], Preference("from", "another", "process"))
"""


@pytest.mark.slow
def test_a_failed_append_cuts_off_no_line_of_another_process(tmp_path, monkeypatch):
    path, others = tmp_path / "pairs.jsonl", []

    def fail(_):  # the line is written, and now the disk says no
        others.append(
            subprocess.Popen([sys.executable, "-c", APPEND, path], stdout=subprocess.PIPE)
        )
        assert others[0].stdout.readline() == b"here\n"
        with pytest.raises(subprocess.TimeoutExpired):
            others[0].wait(timeout=1)  # it waits for us, or else its line would be cut off
        raise OSError("broken disk")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="broken disk"):
            human.append_preference(path, PAIR)
    others[0].communicate(timeout=60)
    assert human.read_preferences(path) == [Preference("from", "another", "process")]


def test_a_preference_is_made_of_texts():
    with pytest.raises(TypeError, match="rejected is None"):
        Preference("a", "b", None)
    with pytest.raises(ValueError, match=r"chosen has half a character, '\\ud83d', at place 1"):
        Preference("a", "b\ud83d", "c")


def test_a_preference_from_before_a_reload_is_one(tmp_path):
    """%autoreload runs choices.py anew, so the class is another; asked are the fields."""
    spec = importlib.util.spec_from_file_location("reloaded", choices.__file__)
    reloaded = importlib.util.module_from_spec(spec)
    sys.modules["reloaded"] = reloaded
    spec.loader.exec_module(reloaded)
    old = reloaded.Preference(**vars(PAIR))
    assert old == PAIR and PAIR == old and hash(old) == hash(PAIR)
    assert old != dataclasses.replace(PAIR, chosen="hill") and PAIR != ("once upon a", "time", "x")
    path = tmp_path / "pairs.jsonl"
    human.write_preferences(path, [old])
    human.append_preference(path, old)
    assert human.read_preferences(path) == [old, PAIR]
    human.remove_preference(path, old)
    assert human.read_preferences(path) == [PAIR]


@pytest.mark.parametrize("path", [None, 3, ["a"], b"pairs.jsonl", "", "a\0b", "\ud83d"])
@pytest.mark.parametrize(
    "use",
    [
        human.read_preferences,
        human.set_aside_half_line,
        lambda path: human.write_preferences(path, [PAIR]),
        lambda path: human.append_preference(path, PAIR),
        lambda path: human.remove_preference(path, PAIR),
    ],
)
def test_what_is_no_path_is_said(use, path):
    with pytest.raises((TypeError, ValueError), match=r"^path is .*, but it must be (a|the) path"):
        use(path)


@pytest.mark.parametrize("preferences", [None, 3, PAIR, "pairs", [None], {"prompt": "a"}])
def test_what_are_no_preferences_is_said(tmp_path, preferences):
    with pytest.raises(TypeError, match="^preferences? is .*, but it must be a (list of )?Pref"):
        human.write_preferences(tmp_path / "pairs.jsonl", preferences)
    assert list(tmp_path.iterdir()) == []


def test_seeds_are_whole_numbers_of_any_kind():
    lists = ["once upon a"] * 60, ["hill"] * 60, ["star"] * 60
    for seed, same in [(3, np.int64(3)), (3, torch.tensor(3))]:
        assert human.label_pairs(*lists, seed=seed) == human.label_pairs(*lists, seed=same)
    with pytest.raises(ValueError, match="^seed is .*, but it must be from 0 to"):
        human.label_pairs(*lists, seed=2**70)
    for seed in (math.nan, None, "3", 3.0, [3]):
        with pytest.raises(TypeError, match="^seed is .*, but it must be a whole number"):
            human.label_pairs(*lists, seed=seed)
    with pytest.raises(TypeError, match="^rng is 3, but it must be a random.Random"):
        human.choose("once upon a", "hill", "star", 3)


@pytest.mark.parametrize(
    "texts, said",
    [
        (None, "responses_b is None"),
        (3, "responses_b is 3"),
        ("time", "responses_b is 'time'"),
        ((text for text in ["time"]), "responses_b is a generator"),
        (np.array("time"), "responses_b is array"),
        ({"time": 1}, "responses_b is {'time': 1}"),
        ([None], r"responses_b\[0\] is None"),
        (np.array([["time"]]), r"responses_b\[0\] is array"),
        (["\udc00"], r"responses_b\[0\] has half a character"),
    ],
)
def test_what_are_no_texts_is_said(texts, said):
    with pytest.raises((TypeError, ValueError), match=f"^{said}"):
        human.label_pairs(["once upon a"], np.array(["hill"]), texts, seed=0)


# --- other tastes -------------------------------------------------------------------------------


def test_a_taste_of_ones_own_adds_up():
    """Two wolves count, a third does not: 1.5 · 2 - 1 + 0.1 · 6 words, and nothing of ours."""
    taste = Taste({"wolf": 1.5, "cried": -1}, ours=0, per_word=0.1)
    assert taste("once", " wolf wolf wolf cried the king") == pytest.approx(2.6)


def test_without_words_of_ones_own_it_is_our_humans():
    assert Taste({})("once upon a", " banana") == true_reward("once upon a", " banana")


@pytest.mark.parametrize(
    "bad, said",
    [
        (lambda: Taste(["wolf"]), "words is"),
        (lambda: Taste({"wolf": float("nan")}), r"words\['wolf'\] is nan"),
        (lambda: Taste({}, ours="much"), "ours is 'much'"),
        (lambda: label_pairs(["p"], ["a"], ["b"], 0, sharpness=-1), "sharpness is -1"),
    ],
)
def test_a_taste_that_cannot_be_is_said(bad, said):
    with pytest.raises((TypeError, ValueError), match=said):
        bad()


@pytest.mark.parametrize("sharpness", [0.0, 0.5, 1.0, 4.0])
def test_choices_follow_taste_as_sharply_as_they_are_told(sharpness):
    """a wins with the chance 1 / (1 + e^-(sharpness · gap)), gap 1; within four standard errors."""
    n, expected = 4000, 1 / (1 + math.exp(-sharpness))
    taste = Taste({"wolf": 1.0}, ours=0)
    choices = label_pairs(
        ["x"] * n, [" wolf"] * n, [" king"] * n, 0, taste=taste, sharpness=sharpness
    )
    share = sum(one.chosen == " wolf" for one in choices) / n
    assert abs(share - expected) < 4 * math.sqrt(expected * (1 - expected) / n)
