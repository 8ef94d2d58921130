"""Learners' functions for the exercise of notebook 10, and the border that the package draws."""

import pytest
import torch
from verdicts import assert_named, assert_passed

from pedagogy.checks import check_completion_mask
from pedagogy.checks.completion_mask import EXERCISE
from pedagogy.policy import encode


def loop_of_tokens(prompt_ids, row_ids):
    mask, border = [], False
    for place, token in enumerate(row_ids):
        border = border or place >= len(prompt_ids) or token != prompt_ids[place]
        mask.append(int(border))
    return torch.tensor(mask)


def by_cumprod(prompt_ids, row_ids):
    both = min(len(prompt_ids), len(row_ids))
    border = (prompt_ids[:both] == row_ids[:both]).cumprod(0).sum()
    return torch.arange(len(row_ids)) >= border


def by_padding(prompt_ids, row_ids):
    """A -1 agrees with no token."""
    longer = torch.full_like(row_ids, -1)
    both = min(len(prompt_ids), len(row_ids))
    longer[:both] = prompt_ids[:both]
    return (longer != row_ids).cummax(0).values.long()


def without_a_thought_of_short_rows(prompt_ids, row_ids):
    mask = torch.ones(len(row_ids))
    mask[: len(prompt_ids)] = (prompt_ids != row_ids[: len(prompt_ids)]).float().cummax(0).values
    return mask


RIGHT = [
    loop_of_tokens,
    by_cumprod,
    by_padding,
    lambda p, r: by_cumprod(p, r).float(),
]


@pytest.mark.parametrize("learner", RIGHT)
def test_right_answers_pass(learner):
    assert_passed(check_completion_mask, learner)


MISTAKES = [
    (lambda p, r: (torch.arange(len(r)) >= len(p)).int(), "the border is where the prompt alone"),
    (lambda p, r: 1 - by_padding(p, r), "the mask marks the prompt"),
    (lambda p, r: by_padding(p, r).roll(1) * by_padding(p, r), "the response begins one token too"),
    (without_a_thought_of_short_rows, "a row may be shorter than its prompt"),
]


@pytest.mark.parametrize("known", EXERCISE.mistakes, ids=lambda known: known.name)
def test_no_mistake_is_taken_for_another(known):
    for form in known.functions:
        assert_named(check_completion_mask, form, known.name)


@pytest.mark.parametrize("learner, name", MISTAKES)
def test_known_mistakes_are_named_as_a_learner_would_make_them(learner, name):
    verdict = check_completion_mask(learner)
    assert not verdict.passed and name in verdict.message, verdict


@pytest.mark.slow
@pytest.mark.parametrize(
    "prompt, response",
    [
        ("Once upon a ti", "me a fox laughed."),
        ("Once upon a", " time"),
        ("The fox looked at the hens.", " The gate was shut."),
        ("He said: ", "no."),  # the space goes over to the response
    ],
)
def test_the_package_draws_the_same_border_in_a_real_tokenizer(real, prompt, response):
    batch = encode(real, [prompt], [response])
    alone = torch.tensor(real.tokenizer(prompt).input_ids)
    assert loop_of_tokens(alone, batch.input_ids[0]).tolist() == batch.completion_mask[0].tolist()
