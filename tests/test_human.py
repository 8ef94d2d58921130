"""The human's taste by hand, choices by counting, and files that survive accidents."""

import dataclasses
import json
import math
import random
import statistics

import datasets
import pytest

from pedagogy import human
from pedagogy.human import Preference, PreferenceFileError, explain_reward, true_reward
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
    pairs = human.judge(["once upon a"] * n, ["banana"] * n, ["time"] * n, seed=0)
    share = sum(pair.chosen == "time" for pair in pairs) / n
    p = math.exp(5) / (math.exp(5) + math.exp(2))  # 0.953
    assert share == pytest.approx(p, abs=4 * math.sqrt(p * (1 - p) / n))
    assert {(pair.chosen, pair.rejected) for pair in pairs} == {
        ("time", "banana"),
        ("banana", "time"),
    }


def test_the_same_choices_from_the_same_seed():
    lists = ["once upon a"] * 60, ["hill"] * 60, ["star"] * 60
    assert human.judge(*lists, seed=1) == human.judge(*lists, seed=1)
    assert human.judge(*lists, seed=1) != human.judge(*lists, seed=2)


def test_judge_wants_lists_of_one_length():
    with pytest.raises(ValueError, match=r"\(1, 1, 2\)"):
        human.judge(["x"], ["a"], ["b", "c"], seed=0)


def test_files_come_back_as_they_were(tmp_path):
    path = tmp_path / "pairs.jsonl"
    strange = Preference('a "quoted"\nprompt', "naïve ☂ \u2028 end", "")
    human.write_preferences(path, [PAIR, strange])
    human.append_preference(path, PAIR)
    assert human.read_preferences(path) == [PAIR, strange, PAIR]
    assert len(path.read_bytes().splitlines()) == 3
    assert list(tmp_path.iterdir()) == [path]


def test_append_makes_a_new_file(tmp_path):
    human.append_preference(tmp_path / "new.jsonl", PAIR)
    assert human.read_preferences(tmp_path / "new.jsonl") == [PAIR]


def test_datasets_reads_our_files(tmp_path, monkeypatch):
    # Online, datasets would count this reading on a server.
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    path = tmp_path / "pairs.jsonl"
    human.write_preferences(path, [PAIR, dataclasses.replace(PAIR, chosen="midnight")])
    rows = datasets.load_dataset(
        "json", data_files=str(path), split="train", cache_dir=str(tmp_path / "cache")
    )
    assert rows.column_names == ["prompt", "chosen", "rejected"]
    assert [Preference(**row) for row in rows] == human.read_preferences(path)


GOOD = json.dumps(dataclasses.asdict(PAIR))


@pytest.mark.parametrize(
    "bad, problem",
    [
        ('{"prompt": "once upon a", "cho', "no complete JSON line"),
        ('{"prompt": "a", "chosen": "b"}', "'rejected' is missing"),
        ('{"prompt": "a", "chosen": 5, "rejected": "c"}', "chosen is 5"),
        ('["a", "b", "c"]', "holds list"),
        ("null", "holds NoneType"),
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


def test_a_preference_is_made_of_texts():
    with pytest.raises(TypeError, match="rejected is None"):
        Preference("a", "b", None)
