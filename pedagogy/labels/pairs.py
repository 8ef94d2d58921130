"""Two responses to one prompt; which stands left is drawn, since people favour a side."""

import random
from typing import NamedTuple

from pedagogy import require
from pedagogy.human import Preference


class Pair(NamedTuple):
    """Two responses to one prompt, in the places where they are shown."""

    prompt: str
    left: str
    right: str

    def prefer(self, side):
        """The Preference that a click on "left" or "right" means."""
        if side not in ("left", "right"):
            raise ValueError(f'side is {require.said(side)}, but it must be "left" or "right".')
        chosen, rejected = (self.left, self.right) if side == "left" else (self.right, self.left)
        return Preference(self.prompt, chosen, rejected)

    def bare(self):
        """The pair as it is read: without the white space around its texts."""
        return Pair(*(text.strip() for text in self))


def make_pairs(prompts, responses_a, responses_b, seed):
    """list[Pair], each side drawn from the seed; two responses that read alike make no pair."""
    prompts, responses_a, responses_b = require.texts(
        0, prompts=prompts, responses_a=responses_a, responses_b=responses_b
    )
    rng = random.Random(require.seed(seed=seed))
    sides = [rng.sample(two, 2) for two in zip(responses_a, responses_b, strict=True)]
    pairs = [Pair(prompt, *two) for prompt, two in zip(prompts, sides, strict=True)]
    return [pair for pair in pairs if pair.bare().left != pair.bare().right]


def content(prompt, one, other):
    """What two judgements of one pair have in common, whichever response stood left or won."""
    return prompt.strip(), frozenset((one.strip(), other.strip()))
