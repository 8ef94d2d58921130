"""The human: a stated taste, choices drawn from it, and files to keep choices in.

A learner may take the human's place: their clicks make the same preference files.
"""

from pedagogy.human.choices import Preference, choose, label_pairs
from pedagogy.human.files import (
    PreferenceFileError,
    append_preference,
    read_preferences,
    remove_preference,
    set_aside_half_line,
    write_preferences,
)
from pedagogy.human.plain import crossed_pairs, plain_pairs
from pedagogy.human.taste import Taste, explain_reward, score, true_reward

__all__ = [
    "Preference",
    "PreferenceFileError",
    "Taste",
    "append_preference",
    "choose",
    "crossed_pairs",
    "explain_reward",
    "label_pairs",
    "plain_pairs",
    "read_preferences",
    "remove_preference",
    "score",
    "set_aside_half_line",
    "true_reward",
    "write_preferences",
]
