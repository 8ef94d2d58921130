"""Which of two responses? People choose the better one often, not always: Bradley-Terry."""

import random
from dataclasses import dataclass

from pedagogy.human.taste import true_reward
from pedagogy.maths.bradley_terry import bradley_terry_probability


@dataclass(frozen=True)
class Preference:
    """One judged pair, in the fields that datasets and trl expect."""

    prompt: str
    chosen: str
    rejected: str

    def __post_init__(self):
        for name, text in vars(self).items():
            if not isinstance(text, str):
                raise TypeError(f"{name} is {text!r}, but it must be a str.")


def choose(prompt, response_a, response_b, rng):
    """The human's choice, a Preference: a is chosen with probability σ(r(x, a) - r(x, b)).

    rng: a random.Random, from which one number is drawn. Bradley & Terry 1952.
    """
    a_wins = bradley_terry_probability(
        true_reward(prompt, response_a), true_reward(prompt, response_b)
    )
    if rng.random() < a_wins.item():
        return Preference(prompt, response_a, response_b)
    return Preference(prompt, response_b, response_a)


def judge(prompts, responses_a, responses_b, seed):
    """Choices for many pairs, list[Preference]; the same from the same seed.

    ValueError: lists of different lengths.
    """
    sizes = len(prompts), len(responses_a), len(responses_b)
    if len(set(sizes)) > 1:
        raise ValueError(
            f"prompts, responses_a, responses_b have {sizes} texts, but each prompt "
            "must have one response in both."
        )
    rng = random.Random(seed)
    return [
        choose(prompt, a, b, rng)
        for prompt, a, b in zip(prompts, responses_a, responses_b, strict=True)
    ]
