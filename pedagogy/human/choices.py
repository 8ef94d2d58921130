"""Which of two responses? People choose the better one often, not always: Bradley-Terry."""

import random
from dataclasses import dataclass

from pedagogy import require
from pedagogy.human.taste import true_reward
from pedagogy.maths.bradley_terry import bradley_terry_probability

FIELDS = ("prompt", "chosen", "rejected")


@dataclass(frozen=True)
class Preference:
    """One judged pair, in the fields that datasets and trl expect.

    A response is text exactly as it follows the prompt, so it mostly begins with a space:

        Preference("once upon a", " time", " banana")

    TypeError: a field that is no str. ValueError: one with half a character (a lone surrogate).
    """

    prompt: str
    chosen: str
    rejected: str

    def __post_init__(self):
        require.text(**vars(self))

    def __eq__(self, other):
        # By name, not by class: %autoreload makes a new class, and old pairs stay what they are.
        if type(other).__qualname__ != type(self).__qualname__:
            return NotImplemented
        return vars(self) == vars(other)


def as_preference(preference):
    """A Preference of what has its fields, such as one from before a reload. TypeError: others."""
    if not all(hasattr(preference, name) for name in FIELDS):
        raise TypeError(f"preference is {require.said(preference)}, but it must be a Preference.")
    return Preference(*(getattr(preference, name) for name in FIELDS))


def choose(prompt, response_a, response_b, rng, *, taste=true_reward, sharpness=1.0):
    """The human's choice, a Preference: a is chosen with P = σ(sharpness · (r(x, a) - r(x, b))).

    rng: a random.Random, from which one number is drawn. taste: r, a function of prompt and
    response, such as a Taste. sharpness: not below zero; 0 is a coin, a large one never errs.
    Bradley & Terry 1952.
    TypeError: texts that are no str, an rng that is no random.Random.
    """
    if not isinstance(rng, random.Random):
        raise TypeError(f"rng is {require.said(rng)}, but it must be a random.Random.")
    require.text(prompt=prompt, response_a=response_a, response_b=response_b)
    require.function(taste=taste)
    sharpness = require.non_negative(sharpness=sharpness)
    likes = (
        require.number(**{"taste(prompt, response)": taste(prompt, response)})
        for response in (response_a, response_b)
    )
    a_wins = bradley_terry_probability(*(sharpness * like for like in likes))
    if rng.random() < a_wins.item():
        return Preference(prompt, response_a, response_b)
    return Preference(prompt, response_b, response_a)


def label_pairs(prompts, responses_a, responses_b, seed, *, taste=true_reward, sharpness=1.0):
    """Choices for many pairs, list[Preference]; the same from the same seed. As `choose`.

    ValueError: lists of different lengths. TypeError: no lists of str, no whole number as seed.
    """
    prompts, responses_a, responses_b = require.texts(
        0, prompts=prompts, responses_a=responses_a, responses_b=responses_b
    )
    rng = random.Random(require.seed(seed=seed))
    return [
        choose(prompt, a, b, rng, taste=taste, sharpness=sharpness)
        for prompt, a, b in zip(prompts, responses_a, responses_b, strict=True)
    ]
