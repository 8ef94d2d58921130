"""Every explorer: the numbers in its picture against an oracle, its first and last pictures drawn.

The machine is tested in test_explorer.py, the pictures in a browser in test_browser.py.
"""

import functools
import math
import re
import signal
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from corners import visit_corners
from scipy.special import expit, rel_entr, softmax

from pedagogy import explore
from pedagogy.explore import live
from pedagogy.explore.next_word import plot_next_word
from pedagogy.explorer import Control, Explorer
from pedagogy.maths.graded_test import GRADED_TEST
from pedagogy.policy import load_policy, next_word_distribution, next_word_logits
from pedagogy.stories import next_word_probabilities, story_logprob

POLICY = load_policy("cpu")
BETS = next_word_distribution(next_word_logits(POLICY, "once upon a"))
WORDS = ("time", "banana", "hill")
CHANCES = torch.tensor([0.7, 0.2, 0.1])

MAKERS = {
    "next_word": lambda: explore.explore_next_word(POLICY),
    "typed_prompt": lambda: explore.explore_typed_prompt(POLICY),
    "tale": lambda: explore.explore_tale(POLICY),
    "your_scores": explore.explore_your_scores,
    "two_rules": explore.explore_two_rules,
    "shift_scale": explore.explore_shift_scale,
    "recovery": functools.cache(explore.explore_recovery),  # 128 fits
    "graded_tests": explore.show_graded_tests,
    "flip": explore.explore_flip,
    "own_test": explore.explore_own_test,
    "moved_words": lambda: explore.explore_moved_words(WORDS, CHANCES),
    "direction": explore.explore_direction,
    "estimates": lambda: explore.explore_estimates(BETS.sqrt() / BETS.sqrt().sum(), BETS),
}


def test_no_explorer_is_forgotten():
    files = Path(__file__).parent.glob("test_explore*.py")
    tests = "".join(file.read_text(encoding="utf-8") for file in files)
    assert [name for name in explore.__all__ if not re.search(rf"\b{name}\b", tests)] == []


@pytest.mark.parametrize("name", MAKERS)
def test_the_corners_of_every_slider_can_be_drawn_and_say_different_things(name):
    visit_corners(MAKERS[name]())


def test_next_word_bars_are_near_the_grammar_and_follow_temperature():
    explorer = MAKERS["next_word"]()
    explorer.temperature = 2.0
    shown = explorer.numbers
    grammar = next_word_probabilities("once upon a")
    for word, p in zip(shown["words"][:6], shown["plain"], strict=False):
        assert p == pytest.approx(grammar[word], abs=0.02)
    # By hand: p_T(time) / p_T(banana) = (p(time) / p(banana)) ** (1 / T).
    ratio = shown["plain"][0] / shown["plain"][1]
    assert shown["probabilities"][0] / shown["probabilities"][1] == pytest.approx(ratio**0.5, 1e-4)


def test_a_typed_word_that_is_unknown_is_said_in_a_sentence():
    explorer = MAKERS["typed_prompt"]()
    explorer.prompt = "once upon a bananna"
    with pytest.raises(ValueError, match="'bananna'.*banana"):
        _ = explorer.caption


def test_a_tale_has_about_the_probability_that_the_grammar_gives_it():
    explorer = MAKERS["tale"]()
    off = []
    for seed in range(1, 9):
        explorer.seed = seed
        shown = explorer.numbers
        assert shown["logprob"] == pytest.approx(sum(map(math.log, shown["probabilities"])), 1e-3)
        tale = " ".join([shown["prompt"], *shown["words_drawn"][:-1]])
        off.append(shown["logprob"] - story_logprob(tale))
    assert abs(np.median(off)) < 1  # nats, in more than twenty


@pytest.mark.parametrize("a, b", [(5, 2), (-5, 10), (2, -1), (0, 0)])
def test_two_rules_show_the_share_and_the_sigmoid(a, b):
    explorer = explore.explore_two_rules()
    explorer.score_a, explorer.score_b = a, b
    assert explorer.numbers["probability"] == pytest.approx(expit(a - b), abs=1e-6)
    if a + b:
        assert explorer.numbers["share"] == pytest.approx(a / (a + b))
    else:
        assert "undefined" in explorer.caption


def test_a_shift_moves_the_share_but_not_bradley_terry():
    explorer = explore.explore_shift_scale()
    explorer.shift, explorer.scale = 4, 2.0
    shown = explorer.numbers
    assert (shown["score_a"], shown["score_b"]) == (14, 8)
    assert shown["share_a"] == pytest.approx(14 / 22)
    assert shown["probability"] == pytest.approx(expit(6), abs=1e-6)


def test_ten_thousand_comparisons_recover_the_scores_better_than_ten():
    explorer = MAKERS["recovery"]()
    errors = explorer.numbers["errors"]
    assert errors[-1] < 0.1 < errors[0]


def test_a_typical_error_of_a_tenth_takes_two_to_three_thousand_comparisons():
    explorer = MAKERS["recovery"]()
    errors = {}
    for n in (1000, 2000, 3000):
        by_seed = [explorer.compute(n, seed)["error"] for seed in explorer.controls[1].values]
        errors[n] = np.mean(by_seed)
    assert errors[1000] > errors[2000] > 0.1 > errors[3000]


def test_the_preferred_test_flips_at_a_tenth():
    """By hand: 6 - beta = 10 - 41 beta at beta = 4/40."""
    explorer = explore.explore_flip()
    for beta, winner in [(0.0, "test 2 wins"), (0.0975, "test 2 wins"), (0.1025, "test 1 wins")]:
        explorer.beta = beta
        assert explorer.numbers["grades"] == pytest.approx([6 - beta, 10 - 41 * beta], abs=1e-5)
        assert winner in explorer.caption
    explorer.beta = 0.1
    assert "equal" in explorer.caption


def test_the_best_answer_to_question_7_is_what_the_notebook_says():
    """By hand: from 18, 1 point a unit against beta x / 4: x = 4 at beta 1, all 6 at beta 0.1."""
    explorer = explore.explore_own_test()
    for beta, best in [(0.1, 24.0), (1.0, 22.0)]:
        explorer.beta = beta
        worth = {}
        for answer in explorer.controls[0].values:
            explorer.answer_7 = answer
            worth[answer] = explorer.numbers["modified"]
        assert max(worth, key=worth.get) == best
    assert worth[22.0] == pytest.approx(6) and worth[24.0] == pytest.approx(5.5)
    assert GRADED_TEST.original[6] == 18


@pytest.mark.parametrize("banana", [0.0, 0.2, 0.77, 1.0])
def test_moved_words_against_scipy(banana):
    explorer = MAKERS["moved_words"]()
    explorer.probability = banana
    new = np.array(explorer.numbers["probabilities"])
    assert new.sum() == pytest.approx(1) and new[1] == pytest.approx(banana)
    assert new[0] * 0.1 == pytest.approx(new[2] * 0.7)  # the others share in proportion
    old = CHANCES.numpy()
    assert explorer.numbers["reverse"] == pytest.approx(rel_entr(new, old).sum(), abs=1e-5)
    assert explorer.numbers["forward"] == pytest.approx(rel_entr(old, new).sum(), abs=1e-5)


def test_the_direction_decides_where_a_wide_hill_stands():
    explorer = explore.explore_direction()
    for width in explorer.controls[1].values:
        shown = explorer.compute(middle=20, width=width)
        assert int(np.argmin(shown["kl_p_q"])) == 11  # on the larger hill, as the notebook says
        assert int(np.argmin(shown["kl_q_p"])) == 18  # near the mean, 0.6 · 11 + 0.4 · 29 = 18.2


def test_rare_is_not_impossible():
    """A hill at 0 is e^-128 high at 40: little, but not 0, as scipy says in float64."""
    explorer = explore.explore_direction()
    outcomes = np.arange(41.0)
    hills = [softmax(-((outcomes - m) ** 2) / 12.5) for m in range(41)]
    target = 0.999 * (0.6 * hills[11] + 0.4 * hills[29]) + 0.001 / 41
    wanted = [rel_entr(target, hill).sum() for hill in hills]
    assert explorer.compute(middle=0, width=2.5)["kl_q_p"] == pytest.approx(wanted, rel=1e-9)
    explorer.middle, explorer.width = 0, 2.5
    assert f"KL(q ‖ p) is {wanted[0]:.2f}" in explorer.caption


def test_the_next_pair_hides_its_scores_until_the_learner_has_decided():
    explorer = explore.explore_your_scores()
    explorer.score_a, explorer.score_b, explorer.reveal = 5, 1, "shown"
    assert "hidden" not in explorer.caption
    explorer.pair = 2
    assert (explorer.score_a, explorer.score_b, explorer.reveal) == (3, 3, "hidden")
    assert explorer.numbers["human_scores"] == (None, None)


def test_a_prompt_with_dollars_is_drawn_as_it_is():
    """GPT-2 knows the word '$$', and a learner may type '$x^$': letters, in picture and caption."""
    words = ["$$", "$5 and $6", *"abcdef"]
    numbers = {"temperature": 1.0, "words": words, "probabilities": [0.1] * 8, "plain": [0.1] * 8}
    typed = Control("prompt", None, "is $x^$ right?", "prompt")
    explorer = Explorer(
        lambda prompt: numbers | {"prompt": prompt}, plot_next_word, [typed], alt="x", live=True
    )
    assert explorer.caption == (
        "After “is $x^$ right?”, at temperature 1: “$$” 10.0%, “$5 and $6” 10.0%."
    )


def test_a_beginning_may_be_typed_as_in_a_book():
    explorer = explore.explore_typed_prompt(POLICY)
    explorer.prompt = "once upon a time , there was a king ."
    wanted = explorer.numbers
    explorer.prompt = " Once upon a TIME, there was a King."
    assert explorer.numbers == wanted


def test_estimates_come_near_the_exact_value_and_k1_may_be_negative():
    cooler = next_word_distribution(next_word_logits(POLICY, "once upon a"), 0.8)
    explorer = explore.explore_estimates(cooler, BETS)
    exact = rel_entr(cooler.double().numpy(), BETS.double().numpy()).sum()
    negative = []
    for seed in range(1, 7):
        explorer.seed = seed
        mean = explorer.numbers["running"]
        assert mean[2][-1] == pytest.approx(exact, abs=0.02)
        negative += [seed] if mean[0][39] < 0 else []
    assert negative == [3]  # as notebook 03 says of 40 samples


@pytest.fixture
def interrupts():
    """An interrupt is heard, also where the tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_lets_the_step_at_hand_end_and_a_second_one_does_not(interrupts, capsys):
    done = []
    for step in explore.until_stopped(range(9)):
        if step == 3:
            signal.raise_signal(signal.SIGINT)
        done.append(step)
    assert done == [0, 1, 2, 3] and capsys.readouterr().out == "Stopped after step 4.\n"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(KeyboardInterrupt):
        for _ in explore.until_stopped(iter("ab")):
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
    assert list(explore.until_stopped(iter("ab"))) == ["a", "b"]


def test_steps_are_counted_where_it_is_known_how_many_come(monkeypatch):
    said = []
    monkeypatch.setattr(live, "counted", lambda steps, text, total: said.append(total) or steps)
    judged = [SimpleNamespace(steps=5)] * 5  # as reward_model.fit tells it
    for going in (range(3), judged, "ab", []):
        steps = going if going == range(3) else iter(going)
        assert list(explore.until_stopped(steps)) == list(going)
    assert said == [3, 5]
