"""The learner's judgements: right whichever side was left, on disk at once, safe from accidents."""

import copy
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import tracemalloc
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from pedagogy.human import Preference, append_preference, read_preferences, write_preferences
from pedagogy.labels import Labels, widget
from pedagogy.labels.pairs import make_pairs
from pedagogy.labels.pile import Pile
from pedagogy.policy import load_policy

PROMPTS = ["once upon a", "there lived a", "they lived", "the wolf", "she said"]
GOOD = ["time", "king", "happily", "sang", "</script><b>yes</b>"]
BAD = ["banana", "king king", "", "wept", "no"]
OTHER = Preference("the dragon", "roared", "purred")


def labels(path, **options):
    return Labels(PROMPTS, GOOD, BAD, path, **options)


def prefer_good(desk):
    """Choose the good response, wherever it stands."""
    desk.choose("left" if desk.current.left in GOOD else "right")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "mine.jsonl"


def good_preferences(*places):
    return [Preference(PROMPTS[i], GOOD[i], BAD[i]) for i in places]


# --- judging --------------------------------------------------------------------------------------


def test_what_is_stored_is_right_whichever_side_was_left(path):
    for seed in range(8):
        path.unlink(missing_ok=True)
        desk = labels(path, seed=seed)
        for _ in PROMPTS:
            prefer_good(desk)
        assert desk.preferences == read_preferences(path) == good_preferences(*range(5))


def test_sides_come_from_the_seed_and_favour_none(tmp_path):
    def lefts(seed):
        n = 1000
        desk = Labels(["x"] * n, ["a"] * n, ["b"] * n, tmp_path / "none.jsonl", seed=seed)
        return [pair.left for pair in desk._pile.pairs]

    assert lefts(1) == lefts(1) != lefts(2)
    assert 420 < lefts(1).count("a") < 580  # five standard deviations: 5 √(1000 / 4) = 79


def test_a_judgement_is_on_the_disk_before_the_next_pair_is_seen(path, monkeypatch):
    events = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (events.append("on disk"), fsync(file)))
    desk = labels(path)
    desk.observe(lambda change: events.append(len(read_preferences(path))), "current")
    desk.observe(lambda change: events.append("page"), "shown")
    prefer_good(desk)
    prefer_good(desk)
    assert events[0] == events[3] == "on disk"
    assert sorted(map(str, events[1:3])) == ["1", "page"]
    assert sorted(map(str, events[4:])) == ["2", "page"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning")  # trl's own settings
def test_trl_reads_the_file_and_trains_on_it_word_by_word(datasets, path, tmp_path):
    """Prompt, words, END: as the tokenizer says when it is asked for each text alone."""
    import trl  # after seconds, which the other tests of this file need not wait

    policy = load_policy("cpu")
    prompts = ["once upon a", "there lived a", "they lived"]
    good = [" time there was a king .", " princess .", " happily ever after ."]
    desk = Labels(prompts, good, [" banana", " wolf wolf", " in a castle ."], path)
    while desk.current:
        desk.choose("left" if desk.current.left in good else "right")
    rows = datasets.load_dataset(
        "json", data_files=str(path), split="train", cache_dir=str(tmp_path / "cache")
    )
    assert rows.column_names == ["prompt", "chosen", "rejected"]
    assert [Preference(**row) for row in rows] == desk.preferences
    settings = trl.DPOConfig(
        output_dir=str(tmp_path / "trl"), report_to="none", use_cpu=True, bf16=False, max_steps=1,
        save_strategy="no", disable_tqdm=True, logging_steps=1, dataloader_pin_memory=False,
    )  # fmt: skip
    trainer = trl.DPOTrainer(
        policy.model,
        copy.deepcopy(policy.model),
        args=settings,
        train_dataset=rows,
        processing_class=policy.tokenizer,
    )
    ids, end = policy.tokenizer.encode, policy.end_id
    for row, pair in zip(trainer.train_dataset, desk.preferences, strict=True):
        assert row["prompt_ids"] == ids(pair.prompt)
        assert row["chosen_ids"] == [*ids(pair.chosen), end] and len(row["chosen_ids"]) > 2
        assert row["rejected_ids"] == [*ids(pair.rejected), end]
    trainer.train()
    (loss,) = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    assert loss == pytest.approx(math.log(2), abs=1e-4)  # nothing learnt yet: every margin is 0


def test_the_traits_tell_observers_one_story(path):
    desk, seen = labels(path), []
    desk.observe(lambda _: seen.append((desk.judged, len(desk.preferences), desk.current)))
    prefer_good(desk)
    assert {(judged, n) for judged, n, _ in seen} == {(1, 1)}
    assert {pair.prompt for _, _, pair in seen} == {PROMPTS[1]}
    with pytest.raises(Exception, match="read-only"):
        desk.judged = 5


def test_mixing_with_the_simulated_human_is_adding_lists(path):
    desk = labels(path)
    prefer_good(desk)
    assert [*desk.preferences] * 2 + [OTHER] == [*good_preferences(0, 0), OTHER]


# --- skip and undo --------------------------------------------------------------------------------


def test_a_skipped_pair_comes_again_at_the_end_and_then_the_next_time(path):
    desk = labels(path)
    desk.skip()
    for _ in range(4):
        prefer_good(desk)
    assert desk.current.prompt == PROMPTS[0]
    desk.skip()
    assert desk.current is None
    assert "You skipped 1" in desk.shown["farewell"] and str(path) in desk.shown["farewell"]
    with pytest.raises(ValueError, match="No pair is left"):
        desk.skip()
    with pytest.raises(ValueError, match="No pair is left"):
        desk.choose("left")
    again = labels(path)
    assert (again.judged, again.current.prompt) == (4, PROMPTS[0])


def test_undo_takes_back_each_step_in_turn(path):
    desk = labels(path)
    stages = []
    for step in (prefer_good, Labels.skip, prefer_good, prefer_good, prefer_good, Labels.skip):
        stages.append((desk.current, path.read_bytes() if path.exists() else b""))
        step(desk)
    for current, content in reversed(stages):
        desk.undo()
        assert (desk.current, path.read_bytes()) == (current, content)
    with pytest.raises(ValueError, match="nothing to undo"):
        desk.undo()


def test_undo_reaches_back_before_a_restart_but_not_to_other_pairs(path):
    append_preference(path, OTHER)
    prefer_good(labels(path))
    desk = labels(path)
    desk.skip()
    desk.undo()
    desk.undo()
    assert desk.current.prompt == PROMPTS[0]
    assert read_preferences(path) == [OTHER]
    with pytest.raises(ValueError, match="nothing to undo"):
        desk.undo()


def test_undo_after_a_restart_shows_the_pair_judged_last(path):
    desk = labels(path)
    desk.skip()
    prefer_good(desk)
    again = labels(path)
    again.undo()
    assert again.current.prompt == PROMPTS[1]


def test_undo_takes_off_no_line_but_its_own(path):
    prefer_good(labels(path))
    append_preference(path, OTHER)
    desk = labels(path)
    desk.undo()
    assert read_preferences(path) == [OTHER]
    assert (desk.judged, desk.current.prompt) == (0, PROMPTS[0])


# --- going on where one stopped -------------------------------------------------------------------


def test_a_new_widget_goes_on_where_the_file_stops(path):
    prefer_good(labels(path))
    desk = labels(path, seed=5)  # other sides, the same pairs
    assert (desk.judged, desk.current.prompt) == (1, PROMPTS[1])
    assert desk.shown["news"] == "Welcome back: 1 done before."


def test_the_same_pair_given_twice_is_judged_twice(path):
    def desk():
        return Labels(["x", "y", "x"], ["a", "c", "b"], ["b", "d", "a"], path)

    first = desk()
    first.choose("left")
    assert [first.judged, desk().judged, desk().current.prompt] == [1, 1, "y"]
    first.choose("left")
    assert desk().current.prompt == "x"
    first.choose("right")
    assert desk().current is None


def test_a_judgement_without_the_space_counts_and_comes_back_as_the_pair_has_it(path):
    """Files of before kept responses bare; today a response begins with its space."""
    older = b'{"prompt": "once upon a", "chosen": "banana", "rejected": "time"}\n'
    path.write_bytes(older)

    def desk():
        return Labels(["once upon a ", "the wolf"], [" time", " sang"], [" banana", " wept"], path)

    assert desk().preferences == [Preference("once upon a ", " banana", " time")]
    assert desk().judged == 1 and path.read_bytes() == older
    going_on = desk()
    assert going_on.shown["pair"].keys() == {"prompt", "left", "right"}
    assert set(going_on.shown["pair"].values()) == {"the wolf", "sang", "wept"}  # as it is read
    going_on.choose("left")
    assert read_preferences(path)[1] == going_on.preferences[1]
    assert {going_on.preferences[1].chosen, going_on.preferences[1].rejected} == {" sang", " wept"}
    going_on.undo()
    assert path.read_bytes() == older
    going_on.undo()
    assert path.read_bytes() == b"" and going_on.current.prompt == "once upon a "


def test_of_a_pair_judged_too_often_the_last_word_counts(path):
    """Two kernels once judged a pair twice; undone and judged again, it is the new judgement."""
    for pair in (("time", "banana"), ("banana", "time"), ("time", "banana")):
        append_preference(path, Preference("once upon a", *pair))
    desk = labels(path)
    assert desk.preferences == good_preferences(0) and "other pairs" not in desk.shown["news"]
    desk.undo()
    desk.choose("left" if desk.current.left in BAD else "right")
    assert labels(path).preferences == [Preference("once upon a", "banana", "time")]
    assert len(read_preferences(path)) == 3


def test_judgements_of_other_pairs_stay_and_are_said(path):
    append_preference(path, OTHER)
    desk = labels(path)
    prefer_good(desk)
    assert desk.preferences == good_preferences(0)
    assert read_preferences(path) == [OTHER, *good_preferences(0)]
    assert "holds choices between other pairs (1)" in labels(path).shown["news"]


CHILD = """
import sys
from pedagogy.labels import Labels
n = 5000
desk = Labels([f"p{i}" for i in range(n)], ["a"] * n, ["b"] * n, sys.argv[1])
desk.observe(lambda change: print(change.new, flush=True), "judged")
while desk.current:
    desk.choose("left")
"""


@pytest.mark.slow
def test_kill_9_loses_nothing_that_was_seen(path):
    n = 5000
    for stop in (7, 31, 60):
        child = subprocess.Popen([sys.executable, "-c", CHILD, path], stdout=subprocess.PIPE)
        for line in child.stdout:
            if int(line) >= stop:
                break
        child.send_signal(signal.SIGKILL)
        seen = [int(line), *map(int, child.stdout.read().split())]
        child.wait()
        whole = read_preferences(path)  # no line is broken
        assert stop <= seen[-1] <= len(whole) <= seen[-1] + 1
        assert len({preference.prompt for preference in whole}) == len(whole)
        desk = Labels([f"p{i}" for i in range(n)], ["a"] * n, ["b"] * n, path)
        assert (desk.judged, desk.current.prompt) == (len(whole), f"p{len(whole)}")


# --- accidents ------------------------------------------------------------------------------------


def test_a_line_cut_anywhere_is_kept_apart(path, tmp_path):
    write_preferences(path, good_preferences(0, 1))
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for cut in range(first + 1, len(whole) - 1):
        half_file = Path(f"{path}.half")
        half_file.unlink(missing_ok=True)
        path.write_bytes(whole[:cut])
        desk = labels(path)
        assert (desk.judged, desk.current.prompt) == (1, PROMPTS[1])
        assert desk.shown["news"].startswith(
            "The last line of mine.jsonl was half; it is in mine.jsonl.half now."
        )
        assert half_file.read_bytes() == whole[first:cut] + b"\n"
        prefer_good(desk)
        assert path.read_bytes() == whole


def test_a_whole_line_without_its_end_counts(path):
    write_preferences(path, good_preferences(0))
    path.write_bytes(path.read_bytes()[:-1])
    desk = labels(path)
    assert desk.judged == 1
    prefer_good(desk)
    assert read_preferences(path) == good_preferences(0, 1)


def test_a_broken_line_within_stays_and_is_said(path):
    one, two = good_preferences(0, 1)
    append_preference(path, one)
    with path.open("a") as file:
        file.write("what is this\n")
    append_preference(path, two)
    before = path.read_bytes()
    desk = labels(path)
    assert desk.judged == 2 and path.read_bytes() == before
    assert "Line 2 of mine.jsonl is no preference" in desk.shown["news"]


@pytest.mark.parametrize("text", ["a diary\nof mine", '{"a": 1}', "{}"])
def test_a_file_of_something_else_is_refused_and_left_alone(path, text):
    path.write_text(text)
    with pytest.raises(ValueError, match="^file is mine.jsonl, but no line of it is a preference"):
        labels(path)
    assert path.read_text() == text


def test_a_file_of_another_kind_is_named(path):
    path.write_text("[\n1\n]")
    with pytest.raises(ValueError, match="mine.jsonl is one JSON array, but it must be JSON lines"):
        labels(path)


def test_an_empty_file_is_a_new_file(path):
    path.write_text("\n")
    assert labels(path).shown["news"] == ""


def test_a_file_that_is_gone_is_written_again(path):
    append_preference(path, OTHER)
    desk = labels(path)
    prefer_good(desk)
    path.unlink()
    prefer_good(desk)
    assert read_preferences(path) == [OTHER, *good_preferences(0, 1)]
    assert desk.shown["news"] == "mine.jsonl was gone, and has been written again."
    desk.undo()
    assert read_preferences(path) == [OTHER, *good_preferences(0)] and desk.shown["news"] == ""


def test_a_folder_that_is_gone_is_not_called_safe_and_nothing_is_dropped(tmp_path):
    path = tmp_path / "home" / "mine.jsonl"
    path.parent.mkdir()
    desk = labels(path)
    prefer_good(desk)
    shutil.rmtree(path.parent)
    with pytest.raises(FileNotFoundError):
        prefer_good(desk)
    assert desk.preferences == good_preferences(0)
    assert desk.shown["problem"] == (
        f"Not saved: No such file or directory ({path}). The file is gone: its 1 choices are "
        "only here now, and will be written again with the next one that can be saved."
    )
    path.parent.mkdir()
    prefer_good(desk)
    assert read_preferences(path) == good_preferences(0, 1)


def test_another_time_of_change_alone_changes_nothing(path):
    desk = labels(path)
    prefer_good(desk)
    os.utime(path, (0, 0))
    prefer_good(desk)
    assert desk.shown["problem"] == "" and desk.judged == 2


FULL_DISK = """
import resource, signal, sys
from pedagogy.labels import Labels
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
desk = Labels(["p", "q"], ["a" * 90, "c"], ["b", "d" * 200], sys.argv[1])
desk.choose("left")
pair, size = desk.current, desk.file.stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, resource.RLIM_INFINITY))
desk._hear(desk, {"turn": desk.shown["turn"], "act": "right"}, [])
print(desk.shown["problem"])
assert (desk.current, desk.judged, desk.file.stat().st_size) == (pair, 1, size)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
desk._hear(desk, {"turn": desk.shown["turn"], "act": "right"}, [])
assert (desk.shown["problem"], desk.judged, desk.current) == ("", 2, None)
"""


@pytest.mark.slow
def test_a_disk_that_is_full_in_the_middle_of_a_line(path):
    answer = subprocess.run(
        [sys.executable, "-c", FULL_DISK, path], capture_output=True, text=True, check=True
    )
    assert answer.stdout.startswith("Not saved: File too large (")
    assert len(read_preferences(path)) == 2


def test_a_folder_that_is_not_there(tmp_path):
    desk = labels(tmp_path / "nowhere" / "mine.jsonl")
    pair = desk.current
    with pytest.raises(FileNotFoundError):
        desk.choose("left")
    assert desk.current == pair
    assert desk.shown["problem"] == f"Not saved: No such file or directory ({desk.file})."


READ_ONLY = """
import os, sys
from pedagogy.labels import Labels
os.geteuid() or os.seteuid(65534)  # root may write everywhere
desk = Labels(["p", "q"], ["a", "c"], ["b", "d"], sys.argv[1])
for act in ("left", "undo"):
    desk._hear(desk, {"turn": desk.shown["turn"], "act": act}, [])
    print(desk.shown["problem"])
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_a_folder_that_may_not_be_written_to():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mine.jsonl")
        append_preference(path, Preference("p", "a", "b"))
        Path(folder, ".mine.jsonl.lock").unlink()
        Path(folder).chmod(0o555)
        answer = subprocess.run(
            [sys.executable, "-c", READ_ONLY, path], capture_output=True, text=True, check=True
        )
        said = f"Not saved: Permission denied ({path}). All earlier work is safe.\n"
        assert answer.stdout == said * 2
        assert read_preferences(path) == [Preference("p", "a", "b")]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((["x"], ["a"], ["b", "c"]), r"have \(1, 1, 2\) texts"),
        ((["x"], ["a"], ["a"]), "no pair of two different responses"),
        (([], [], []), "no pair of two different responses"),
        (("x", ["a"], ["b"]), "^prompts is 'x', but it must be a list of texts"),
        ((["x"], ["a"], [None]), r"^responses_b\[0\] is None, but it must be a text"),
        ((["x"], None, ["b"]), "^responses_a is None, but it must be a list of texts"),
        ((["x"], (x for x in "a"), ["b"]), "^responses_a is a generator, but it must be a list"),
        ((["x", "y"], ["a", "time \ud83d"], ["b", "c"]), r"^responses_a\[1\] has half a char"),
        ((["x"], ["a"], [" a "]), "no pair of two different responses"),
    ],
)
def test_bad_lists(path, arguments, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Labels(*arguments, path)


@pytest.mark.parametrize("file", [None, 3, ["a"], ""])
def test_what_is_no_file_is_said(file):
    with pytest.raises((TypeError, ValueError), match="^file is .*, but it must be (a|the) path"):
        labels(file)


def test_texts_and_seeds_may_come_from_numpy(path):
    arrays = [np.array(texts) for texts in (PROMPTS, GOOD, BAD)]
    desk = Labels(*arrays, path, seed=np.int64(7))
    assert desk._pile.pairs == labels(path, seed=7)._pile.pairs
    for seed in (None, math.nan, "7"):
        with pytest.raises(TypeError, match="^seed is .*, but it must be a whole number"):
            labels(path, seed=seed)


def test_pairs_without_a_difference_are_left_out_and_that_is_said(path):
    desk = Labels(["x", "y"], ["a", "b"], ["a", "c"], path)
    assert desk.current.prompt == "y" and desk.shown["total"] == 1
    assert desk.shown["news"] == "Left out, since both texts are the same: 1."


def test_a_side_is_left_or_right(path):
    with pytest.raises(ValueError, match="side is 'up'"):
        labels(path).choose("up")
    assert not path.exists()


# --- two kernels, one file ------------------------------------------------------------------------


def test_what_another_has_judged_is_not_judged_again_and_that_is_said(path):
    one, two = labels(path), labels(path)
    prefer_good(one)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="changed from elsewhere"):
        prefer_good(two)
    assert path.read_bytes() == before
    assert (two.judged, two.current) == (1, one.current)
    assert two.shown["problem"] == (
        "mine.jsonl was changed from elsewhere: there, that pair is done already. "
        "Nothing was written."
    )
    prefer_good(two)
    assert read_preferences(path) == good_preferences(0, 1)


def test_what_another_has_judged_elsewhere_in_the_pile_is_no_hindrance(path):
    one, two = labels(path), labels(path)
    two.skip()
    prefer_good(one)
    prefer_good(two)
    assert read_preferences(path) == two.preferences == good_preferences(0, 1)
    assert two.shown["problem"] == "" and two.current.prompt == PROMPTS[2]


def test_undo_takes_back_ones_own_step_and_leaves_the_other_its_line(path):
    one, two = labels(path), labels(path)
    prefer_good(one)
    two.skip()
    prefer_good(two)
    one.undo()
    assert read_preferences(path) == good_preferences(1)
    assert (one.current.prompt, one.judged, one.shown["canUndo"]) == (PROMPTS[0], 1, False)
    two.undo()
    assert path.read_bytes() == b"" and two.current.prompt == PROMPTS[1]


def test_what_another_has_taken_back_comes_again(path):
    one = labels(path)
    prefer_good(one)
    prefer_good(one)
    two = labels(path)
    two.undo()
    with pytest.raises(ValueError, match="changed from elsewhere"):
        one.undo()
    assert one.preferences == two.preferences == good_preferences(0)
    for _ in range(4):
        prefer_good(one)
    assert one.current is None and one.preferences[-1] == good_preferences(1)[0]
    assert read_preferences(path) == one.preferences


TWO = """
import random, sys
from pedagogy.labels import Labels
n, rng = 80, random.Random(int(sys.argv[2]))
once = set()  # a pair that is skipped twice is set aside, and then nobody may judge it
desk = Labels([f"p{i}" for i in range(n)], ["a"] * n, ["b"] * n, sys.argv[1])
print("here", flush=True)
sys.stdin.readline()
while desk.current:
    pair = desk.current
    try:
        if pair not in once and rng.random() < 0.2:
            desk.skip()
            once.add(pair)
        elif desk._pile._past and rng.random() < 0.2:
            place, was_judged = desk._pile._past[-1]
            desk.undo()
            if was_judged:
                print("-", desk._pile.pairs[place].prompt, flush=True)
        else:
            desk.choose("left")
            print("+", pair.prompt, flush=True)
    except ValueError as error:
        assert "changed from elsewhere" in str(error)
"""


@pytest.mark.slow
def test_two_processes_lose_nothing_and_judge_no_pair_twice(path):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    children = [
        subprocess.Popen([sys.executable, "-c", TWO, path, str(seed)], **pipes) for seed in (1, 2)
    ]
    for child in children:
        assert child.stdout.readline() == "here\n"
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()
    told = Counter()
    for child in children:
        for line in child.communicate()[0].splitlines():
            sign, prompt = line.split()
            told[prompt] += 1 if sign == "+" else -1
        assert child.returncode == 0
    assert set(told.values()) == {1}, "a pair was told to be judged twice, or taken back by nobody"
    assert Counter(one.prompt for one in read_preferences(path)) == told


def test_memory_grows_with_the_pairs_and_not_with_their_square(path):
    n = 3000
    pairs = make_pairs([f"p{i}" for i in range(n)], ["a"] * n, ["b"] * n, seed=0)
    write_preferences(path, [pair.prefer("left") for pair in pairs[:-1]])
    tracemalloc.start()
    pile = Pile(pairs, path)
    pile.choose("left")
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(pile.preferences) == n
    assert held < 1000 * n  # a queue at each step would be 8 · n² / 2 = 36 MB


# --- the browser's half ---------------------------------------------------------------------------


def hear(desk, act, turn):
    desk._hear(desk, {"act": act, "turn": turn}, [])


def test_a_second_click_of_the_same_turn_does_not_count(path):
    desk = labels(path)
    turn = desk.shown["turn"]
    for _ in range(3):
        hear(desk, "left", turn)
    assert desk.judged == len(read_preferences(path)) == 1
    hear(desk, "undo", desk.shown["turn"])
    hear(desk, "undo", desk.shown["turn"])
    assert desk.judged == 0 and desk.shown["problem"] == "There is nothing to undo."


def test_every_answer_changes_the_page_so_that_it_never_waits(path):
    desk = labels(path.parent / "nowhere" / "mine.jsonl")
    turns = []
    desk.observe(lambda change: turns.append(change.new["turn"]), "shown")
    for _ in range(2):
        hear(desk, "left", desk.shown["turn"])
    assert len(turns) == 2


class Texts(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.texts = [], []

    def handle_starttag(self, tag, _):
        self.tags.append(tag)

    def handle_data(self, data):
        self.texts.append(data)


def test_the_page_holds_story_text_as_text(path):
    desk = Labels(["<i>p</i>"], ["</script><b>yes</b>"], ["no"], path)
    bundle = desk._repr_mimebundle_()
    parser = Texts()
    parser.feed(bundle["text/html"])
    assert parser.tags == ["div", "p", "p", "p", "p", "script"]
    assert {"<i>p</i>", "</script><b>yes</b>", "no"} <= set(parser.texts)
    data = json.dumps([desk.labels_id, desk.shown]).replace("<", "\\u003c")
    assert f"...{data});" in parser.texts[-1] and "</script" not in widget.SCRIPT
    assert bundle["text/plain"] == "0 of 1 done, in mine.jsonl"


def test_where_outputs_and_widgets_cannot_meet_it_is_a_plain_widget(path, monkeypatch):
    monkeypatch.setenv("VSCODE_PID", "1")
    assert "application/vnd.jupyter.widget-view+json" in labels(path)._repr_mimebundle_()[0]
