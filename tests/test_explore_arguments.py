"""Whatever an explorer is given: it draws it, or says in a sentence which argument is wrong."""

import math
import re

import numpy as np
import pytest
import torch

from pedagogy import explore
from pedagogy.explorer import Control, Explorer
from pedagogy.human import Preference
from pedagogy.maths.graded_test import GRADED_TEST
from pedagogy.policy import load_policy

POLICY = load_policy("cpu")
WORDS = ["time", "banana", "hill"]
BETS = torch.tensor([0.7, 0.2, 0.1])
REWARDS = torch.tensor([5.0, 2.0, 4.0])
RATIOS = torch.tensor([[1.0, 1.0], [1.5, 0.5]])
PAIRS = [Preference("once upon a", "time", "banana"), Preference("once upon a", "hill", "time")]
LOOKS = {0: (torch.zeros(2), torch.zeros(2)), 8: (torch.ones(2), -torch.ones(2))}
WORLD = {"words": WORDS, "reference": BETS, "rewards": REWARDS}

GOOD = {  # right arguments of every explorer that has any
    "explore_next_word": {"policy": POLICY, "beginnings": ["once upon a"]},
    "explore_typed_prompt": {"policy": POLICY},
    "explore_tale": {"policy": POLICY},
    "explore_your_scores": {"pairs": 2, "seed": 3},
    "explore_shift_scale": {"score_a": 5.0, "score_b": 2.0},
    "explore_recovery": {"hidden": [-1.0, 1.0], "most": 10},
    "show_graded_tests": {"test": GRADED_TEST},
    "explore_flip": {"test": GRADED_TEST},
    "explore_own_test": {"test": GRADED_TEST},
    "explore_moved_words": {"words": WORDS, "reference": BETS},
    "explore_estimates": {"policy": BETS, "reference": BETS, "most": 5},
    "explore_calibration": {"chosen_scores": REWARDS, "rejected_scores": BETS},
    "explore_advantages": {"words": WORDS, "rewards": REWARDS, "values": {1.0: BETS}},
    "explore_steps": {
        "with_clip": RATIOS,
        "without": RATIOS,
        "advantages": torch.tensor([1.0, -1.0]),
        "clip_epsilon": 0.2,
        "distances": {"with": RATIOS[:, 0], "without": RATIOS[:, 0]},
    },
    "explore_best_policy": WORLD,
    "explore_derivation": WORLD | {"pair": (0, 1)},
    "explore_two_prompts": {"prompts": ["a", "b"], "worlds": [tuple(WORLD.values())] * 2},
    "explore_likelihood": WORLD | {"preferences": PAIRS},
    "explore_gradient_weight": {"pairs": PAIRS, "looks": LOOKS, "beta": 0.5},
    "explore_log_probs": {"pairs": PAIRS, "looks": LOOKS},
    "explore_shared_weights": WORLD | {"chosen": "time", "rejected": "banana"},
    "check_prediction": {"prediction": {"further": "?", "bar": "?"}},
}
NAN = float("nan")
BAD = {
    "None": None,
    "a number": 2.5,
    "minus one": -1,
    "a huge number": 10**9,
    "infinity": math.inf,
    "nan": NAN,
    "a text": "x",
    "an empty list": [],
    "a list of None": [None, None],
    "a list of nan": [NAN, NAN, NAN],
    "a list too short": [1.0],
    "an empty tensor": torch.tensor([]),
    "a tensor of another shape": torch.ones(2, 3, 4),
    "an empty dict": {},
    "an object": object(),
    "a model": POLICY.model,
}
CASES = [(maker, name) for maker, good in GOOD.items() for name in good]


def said(found):
    """The sentence under a picture, or what else a function gives."""
    return found.caption if isinstance(found, Explorer) else str(found)


def drawn(found):
    """The same, and the picture is drawn."""
    return found.frame(found.state)["caption"] if isinstance(found, Explorer) else str(found)


@pytest.mark.parametrize("maker", GOOD)
def test_right_arguments_are_taken(maker):
    assert not re.search(r"\bnan\b", said(getattr(explore, maker)(**GOOD[maker])))


@pytest.mark.parametrize("maker, name", CASES)
def test_wrong_arguments_are_named_in_one_sentence(maker, name):
    for what, bad in BAD.items():
        try:
            caption = drawn(getattr(explore, maker)(**GOOD[maker] | {name: bad}))
        except (TypeError, ValueError) as error:
            why = str(error)
            assert name in why or "words" in why, f"{what}: {why}"
            assert why.endswith(".") and len(why) < 300, f"{what}: {why}"
        else:  # what can be drawn is drawn
            assert not re.search(r"\b(nan|inf)\b", caption), f"{what}: {caption}"


@pytest.mark.parametrize("watch, count", [("watch", "iterations"), ("watch_steps", "steps")])
@pytest.mark.parametrize("going", [None, 3, ["a text"]])
def test_what_is_no_training_cannot_be_watched(watch, count, going, capsys):
    with pytest.raises(TypeError, match="^going (is|yields) .*, (but it must be|which has no) "):
        getattr(explore, watch)(going, **{count: 2})
    with pytest.raises((TypeError, ValueError), match=f"^{count} is"):
        getattr(explore, watch)([], **{count: 0 if going else "x"})


@pytest.mark.parametrize("going", [None, 3, ["a text"]])
@pytest.mark.parametrize("name", ["rlhf", "dpo"])
def test_two_trainings_are_watched_only_where_both_are_some(name, going, capsys):
    given = {"rlhf": [], "dpo": [], "iterations": 1, "steps": 1} | {name: going}
    with pytest.raises(TypeError, match=f"^{name} (is|yields) .*, (but it must be|which has no) "):
        explore.watch_both(**given)


@pytest.mark.parametrize("going", [None, 3])
def test_what_is_no_training_cannot_be_stopped(going):
    with pytest.raises(TypeError, match=f"^going is {going}, but it must be what a training"):
        list(explore.until_stopped(going))


def test_numpys_numbers_and_words_are_as_good_as_pythons():
    plain = explore.explore_your_scores(pairs=2, seed=3).caption
    assert explore.explore_your_scores(pairs=np.int64(2), seed=np.int64(3)).caption == plain
    plain = explore.explore_moved_words(WORDS, BETS).caption
    assert explore.explore_moved_words(np.array(WORDS), BETS.numpy()).caption == plain


@pytest.mark.parametrize(
    "values, wrong",
    [
        ([], r"\[\]"),
        (3, "3"),
        ([1, NAN], r"\[1, nan\]"),
        ([[1, 2]], r"\[\[1, 2\]\]"),
        ([None], r"\[None\]"),
        ([[1], [1, 2]], r"\[\[1\], \[1, 2\]\]"),
        (torch.ones(2, device="meta"), "a Tensor|tensor.*"),
    ],
)
def test_a_control_without_values_is_refused(values, wrong):
    with pytest.raises(ValueError, match=f"^values of height are {wrong}, but they must be"):
        Control("height", values, 1, "height")
