"""Explorers of notebook 01: bets on the next word, whole tales, and what people think of them."""

from functools import cache

import numpy as np
import torch

from pedagogy.explorer import Control, Explorer
from pedagogy.human import score
from pedagogy.maths.language_model import next_word_distribution, per_token_logps
from pedagogy.plots.words import ROWS, plot_next_word, plot_tale, plot_two_scores
from pedagogy.policy import batch_logits, next_word_logits, sample, top_words
from pedagogy.stories import FIRST_PROMPT, split_story, write_stories

BEGINNINGS = (FIRST_PROMPT, "once", "once upon a time there", "once upon a time there was a")
TEMPERATURES = np.round(np.arange(0.1, 3.01, 0.1), 2)
THROWS = 12
BETS = "Bars of the likeliest next words and their probabilities."


def explore_next_word(policy, beginnings=BEGINNINGS):
    """The policy's bets on the next word, for a few beginnings at any temperature."""
    return Explorer(
        _bets(policy),
        plot_next_word,
        [
            Control("prompt", beginnings, beginnings[0], "beginning"),
            Control("temperature", TEMPERATURES, 1.0, "temperature", "{:.1f}"),
        ],
        alt=BETS,
    )


def explore_typed_prompt(policy, prompt="once upon a banana there was"):
    """The policy's bets on the word after whatever the learner types."""
    return Explorer(
        _bets(policy),
        plot_next_word,
        [
            Control("prompt", None, prompt, "type a beginning"),
            Control("temperature", TEMPERATURES, 1.0, "temperature", "{:.1f}"),
        ],
        alt=BETS,
        live=True,
    )


def _bets(policy):
    logits = cache(lambda prompt: next_word_logits(policy, prompt))

    def compute(prompt, temperature):
        plain = next_word_distribution(logits(prompt))
        words = [word for word, _ in top_words(policy, plain, ROWS)]
        places = policy.tokenizer.convert_tokens_to_ids(words)
        warm = next_word_distribution(logits(prompt), temperature)
        return {
            "prompt": prompt,
            "temperature": temperature,
            "words": words,
            "probabilities": warm[places].tolist(),
            "plain": plain[places].tolist(),
        }

    return compute


def explore_tale(policy, prompt=FIRST_PROMPT):
    """Tales that the policy writes, with the probability of each word it drew."""

    @cache
    @torch.no_grad()
    def tales(temperature):
        seed = torch.Generator().manual_seed(0)
        drawn = sample(policy, [prompt] * THROWS, temperature=temperature, generator=seed)
        logits = batch_logits(policy, drawn) / temperature
        return drawn, per_token_logps(logits, drawn.input_ids)

    def compute(temperature, dice):
        drawn, logps = tales(temperature)
        written = drawn.completion_mask[dice - 1].bool()
        logps = logps[dice - 1, written]
        ids = drawn.input_ids[dice - 1, written]
        return {
            "prompt": prompt,
            "words_drawn": policy.tokenizer.convert_ids_to_tokens(ids),
            "probabilities": logps.exp().tolist(),
            "temperature": temperature,
            "logprob": float(logps.sum()),
        }

    return Explorer(
        compute,
        plot_tale,
        [
            Control("temperature", (0.3, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0), 1.0, "temperature"),
            Control("dice", range(1, THROWS + 1), 1, "throw of the dice"),
        ],
        alt="A tale word by word; under each word the probability it had when it was drawn.",
        size=(9.0, 3.0),
    )


def explore_your_scores(pairs=6, seed=94):
    """Pairs of tales for the learner to score from 1 to 5; our human's scores on demand."""
    tales = write_stories(2 * pairs, seed)

    def compute(pair, score_a, score_b, reveal):
        both = tales[2 * pair - 2 : 2 * pair]
        human = [score(*split_story(tale)) for tale in both]
        return {
            "pair": pair,
            "tales": both,
            "your_scores": (score_a, score_b),
            "human_scores": human if reveal == "shown" else (None, None),
        }

    return Explorer(
        compute,
        plot_two_scores,
        [
            Control("pair", range(1, pairs + 1), 1, "pair of tales"),
            Control("score_a", range(1, 6), 3, "your score for A"),
            Control("score_b", range(1, 6), 3, "your score for B"),
            Control("reveal", ("hidden", "shown"), "hidden", "our human's scores"),
        ],
        alt="Your scores for two tales and, when you ask for them, our human's.",
        size=(9.0, 2.6),
    )
