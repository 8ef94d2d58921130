"""The exercise of notebook 10: which tokens of a row are the response?"""

import torch

from pedagogy.checks.engine import check
from pedagogy.checks.exercise import Exercise, mistake

BEGINS = (
    "a token may reach over the border. Go along both rows: where do they begin to differ, "
    "and what if the prompt has come to its end before?"
)
FOR_EACH = "one 0 or 1 for each token of the row is asked for."
COUNT = "print the row and your mask below each other, for a prompt of two tokens."


def _border(prompt_ids, row_ids):
    both = min(len(prompt_ids), len(row_ids))
    return (prompt_ids[:both] == row_ids[:both]).long().cumprod(0).sum()


def _from(place, row_ids):
    return (torch.arange(len(row_ids)) >= place).long()


def _mask(prompt_ids, row_ids):
    return _from(_border(prompt_ids, row_ids), row_ids)


def completion_mask(prompt_ids, row_ids):
    return _mask(prompt_ids, row_ids)


def _wherever_they_differ(prompt_ids, row_ids):
    both = min(len(prompt_ids), len(row_ids))
    mask = torch.ones(len(row_ids), dtype=torch.long)
    mask[:both] = (prompt_ids[:both] != row_ids[:both]).long()
    return mask


def _last_that_agrees(prompt_ids, row_ids):
    agree = (_wherever_they_differ(prompt_ids, row_ids) == 0).nonzero()
    return _from(agree.max() + 1 if len(agree) else 0, row_ids)


def _ids(*numbers):
    return torch.tensor(numbers)


EXERCISE = Exercise(
    reference=completion_mask,
    errors=(
        (
            "must match the size",
            "a row may be shorter than its prompt: compare only as far as both go.",
        ),
    ),
    cases=(
        (_ids(4, 7), _ids(4, 7, 5, 2)),
        (_ids(4, 7, 9), _ids(4, 8, 5, 2)),  # " a" and "b" have become " ab"
        (_ids(4, 7, 9, 3), _ids(4, 8, 9, 6, 2)),  # the same token again, after the border
        (_ids(4, 7, 1, 1), _ids(4, 2)),  # a row shorter than its prompt
        (torch.arange(20), torch.cat([torch.arange(18), _ids(40, 19, 5, 5, 2)])),
    ),
    mistakes=(
        mistake(
            "the border is where the prompt alone would end",
            BEGINS,
            lambda prompt_ids, row_ids: _from(len(prompt_ids), row_ids),
        ),
        mistake(
            "each token is compared on its own, also after the border",
            "after the first token that differs, all belong to the response. Which function of "
            "torch goes on being 0 once it has met a 0?",
            _wherever_they_differ,
            _last_that_agrees,
        ),
        mistake(
            "the mask marks the prompt",
            "which tokens are the policy's own bets, those of the prompt or the others?",
            lambda prompt_ids, row_ids: 1 - _mask(prompt_ids, row_ids),
        ),
        mistake(
            "the response begins one token too late",
            COUNT,
            lambda prompt_ids, row_ids: _from(_border(prompt_ids, row_ids) + 1, row_ids),
        ),
        mistake(
            "the response begins one token too early",
            "the mask marks the tokens that are bet on, not those that bet. " + COUNT,
            lambda prompt_ids, row_ids: _from(_border(prompt_ids, row_ids) - 1, row_ids),
        ),
        mistake(
            "the end token is left out",
            "when to stop is a bet like any other: the last token counts.",
            lambda prompt_ids, row_ids: torch.cat([_mask(prompt_ids, row_ids)[:-1], _ids(0)]),
        ),
        mistake(
            "this is the place of the border, not the mask",
            f"{FOR_EACH} torch.arange(len(row_ids)) gives the places.",
            _border,
        ),
        mistake(
            "these are the tokens of the response, not the mask",
            FOR_EACH,
            lambda prompt_ids, row_ids: row_ids[_border(prompt_ids, row_ids) :],
            lambda prompt_ids, row_ids: row_ids[len(prompt_ids) :],
        ),
        mistake(
            "the places of the prompt are missing from the mask",
            FOR_EACH,
            lambda prompt_ids, row_ids: torch.ones_like(row_ids[_border(prompt_ids, row_ids) :]),
            lambda prompt_ids, row_ids: torch.ones_like(row_ids[len(prompt_ids) :]),
        ),
    ),
)


def check_completion_mask(completion_mask):
    """Return the Verdict on a completion_mask(prompt_ids, row_ids) of your own."""
    return check(EXERCISE, completion_mask)
