"""Two responses to one prompt; which stands left is drawn, since people favour a side."""

import random
from typing import NamedTuple

from pedagogy.human import Preference


class Pair(NamedTuple):
    """Two responses to one prompt, in the places where they are shown."""

    prompt: str
    left: str
    right: str

    def prefer(self, side):
        """The Preference that a click on "left" or "right" means."""
        if side not in ("left", "right"):
            raise ValueError(f'side is {side!r}, but it must be "left" or "right".')
        chosen, rejected = (self.left, self.right) if side == "left" else (self.right, self.left)
        return Preference(self.prompt, chosen, rejected)


def make_pairs(prompts, responses_a, responses_b, seed):
    """list[Pair], each side drawn from the seed; two responses of the same text make no pair."""
    lists = {"prompts": prompts, "responses_a": responses_a, "responses_b": responses_b}
    for name, texts in lists.items():
        if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
            raise TypeError(f"{name} is {texts!r:.60}, but it must be a list of str.")
    sizes = tuple(len(texts) for texts in lists.values())
    if len(set(sizes)) > 1:
        raise ValueError(
            f"prompts, responses_a, responses_b have {sizes} texts, but each prompt "
            "must have one response in both."
        )
    rng = random.Random(seed)
    sides = [rng.sample(two, 2) for two in zip(responses_a, responses_b, strict=True)]
    pairs = [Pair(prompt, *two) for prompt, two in zip(prompts, sides, strict=True)]
    return [pair for pair in pairs if pair.left != pair.right]


def content(prompt, one, other):
    """What two judgements of one pair have in common, whichever response stood left or won."""
    return prompt, frozenset((one, other))
