"""What explorers ask of their arguments; each check gives back what it was given, checked."""

import operator

from pedagogy import require
from pedagogy.human import Preference
from pedagogy.maths.graded_test import GradedTest
from pedagogy.policy import Policy


def policy(given) -> Policy:
    return _a(Policy, "a policy, such as load_policy() gives", policy=given)


def graded_test(given) -> GradedTest:
    return _a(GradedTest, "a GradedTest", test=given)


def preferences(**lists) -> list[Preference]:
    """A list of at least one Preference."""
    ((name, given),) = lists.items()
    return _list(name, given, Preference, 1)


def whole(low, high, **numbers) -> int:
    """A whole number between both ends; numpy's are welcome."""
    ((name, given),) = numbers.items()
    try:
        number = operator.index(given)
    except TypeError:
        raise TypeError(
            f"{name} is {require.said(given)}, but it must be a whole number."
        ) from None
    if not low <= number <= high:
        raise ValueError(f"{name} is {number}, but it must be from {low:,} to {high:,}.")
    return number


def two(**things):
    """A pair of whatever it is."""
    ((name, given),) = things.items()
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise TypeError(f"{name} is {require.said(given)}, but it must be two.")
    return given


def one_of(words, **things) -> int:
    """The place of a word in a list of words."""
    ((name, given),) = things.items()
    if not isinstance(given, str) or given not in words:
        raise ValueError(f"{name} is {require.said(given)}, which is none of the words.")
    return words.index(given)


def number_list(least, **lists):
    """A tensor (K,) of at least so many finite numbers."""
    ((name, _),) = lists.items()
    numbers = require.checked("(K numbers,)", **lists).cpu()
    if len(numbers) < least:
        raise ValueError(f"{name} has {len(numbers)} numbers, but there must be at least {least}.")
    return numbers


def bets(words, least=2, **chances):
    """(words, probabilities (K,)): at least so many words, one probability for each."""
    words = require.texts(least, words=words)
    ((name, _),) = chances.items()
    given = require.checked("probabilities (K,)", **chances).cpu()
    return words, _one_per_word(words, **{name: given})


def world(words, reference, rewards, least=2):
    """(words, reference (K,), rewards (K,)): what is bet on each word, never 0, and its worth."""
    words, reference = bets(words, least, reference=reference)
    rewards = _one_per_word(words, rewards=require.finite(rewards=rewards).cpu())
    if not (reference > 0).all():
        raise ValueError("reference holds 0, but each word must have a probability above zero.")
    return words, reference, rewards


def _one_per_word(words, **tensors):
    ((name, tensor),) = tensors.items()
    if tensor.shape != (len(words),):
        raise ValueError(
            f"{name} has shape {tuple(tensor.shape)}, but it must be ({len(words)},), one for "
            "each word."
        )
    return tensor


def _a(kind, wanted, **things):
    ((name, given),) = things.items()
    if not isinstance(given, kind):
        raise TypeError(f"{name} is {require.said(given)}, but it must be {wanted}.")
    return given


def _list(name, given, kind, least):
    wanted = {str: "texts", Preference: "Preferences"}[kind]
    if isinstance(given, str) or not hasattr(given, "__iter__"):
        raise TypeError(f"{name} is {require.said(given)}, but it must be a list of {wanted}.")
    things = [str(one) if isinstance(one, str) else one for one in given]  # numpy's are texts, too
    for i, one in enumerate(things):
        _a(kind, f"one of the {wanted}", **{f"{name}[{i}]": one})
    if len(things) < least:
        raise ValueError(f"{name} has {len(things)} {wanted}, but there must be at least {least}.")
    return things
