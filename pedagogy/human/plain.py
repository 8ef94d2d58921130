"""A taste for a model that knows more than fairy tales: short and plain beats long and flowery."""

from pathlib import Path

from pedagogy.human.files import read_preferences

ASSETS = Path(__file__).parents[1] / "assets"
HELD_OUT = 5  # one pair in so many


def plain_pairs():
    """(train, held_out): 160 and 40 Preferences, written by us, no text twice.

    Of a sentence that goes on in two ways, the plain one is chosen, always: the same human as in
    the fairy tales, but with another taste, and one that a glance at a sample shows. The plain one
    is also the shorter one, always.
    """
    pairs = read_preferences(ASSETS / "plain.jsonl")
    held_out = pairs[HELD_OUT - 1 :: HELD_OUT]
    return [pair for pair in pairs if pair not in held_out], held_out


def crossed_pairs():
    """Twelve Preferences in which the chosen one is plain and *long*: what was learnt, which?"""
    return read_preferences(ASSETS / "crossed.jsonl")
