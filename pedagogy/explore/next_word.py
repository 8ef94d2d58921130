"""Explorers of notebook 01: bets on the next word."""

from functools import cache

import numpy as np

from pedagogy import require
from pedagogy.explore import arguments
from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, moving
from pedagogy.locale import _
from pedagogy.maths.language_model import next_word_distribution
from pedagogy.policy import next_word_logits, top_words
from pedagogy.stories import FIRST_PROMPT, spelt
from pedagogy.tokenizer import speaks_in_words

BEGINNINGS = (FIRST_PROMPT, "once", "once upon a time there", "once upon a time there was a")
TEMPERATURES = np.round(np.arange(0.1, 3.01, 0.1), 2)
ROWS = 8
MOST = 60  # characters of a prompt in a title


def explore_next_word(policy, beginnings=BEGINNINGS):
    """The policy's bets on the next word, for a few beginnings at any temperature."""
    beginnings = require.texts(beginnings=beginnings)
    return Explorer(
        _bets(policy),
        plot_next_word,
        [
            Control("prompt", beginnings, beginnings[0], _("beginning")),
            Control("temperature", TEMPERATURES, 1.0, _("temperature"), "{:.1f}"),
        ],
        alt=_("Bars of the likeliest next words and their probabilities."),
    )


def explore_typed_prompt(policy, prompt="once upon a banana there was"):
    """The policy's bets on the word after whatever the learner types."""
    require.text(prompt=prompt)
    return Explorer(
        _bets(policy),
        plot_next_word,
        [
            Control("prompt", None, prompt, _("type a beginning")),
            Control("temperature", TEMPERATURES, 1.0, _("temperature"), "{:.1f}"),
        ],
        alt=_("Bars of the likeliest next words and their probabilities."),
        live=True,
    )


def _bets(policy):
    arguments.policy(policy)
    in_words = speaks_in_words(policy.tokenizer)
    logits = cache(lambda prompt: next_word_logits(policy, prompt))

    def compute(prompt, temperature):
        prompt = spelt(prompt) if in_words else prompt  # "Once upon a time," is as good
        plain = next_word_distribution(logits(prompt))
        words = [word for word, chance in top_words(policy, plain, ROWS)]
        places = plain.topk(ROWS).indices
        warm = next_word_distribution(logits(prompt), temperature)
        return {
            "prompt": prompt,
            "temperature": temperature,
            "words": [word.strip() or repr(word) for word in words],  # " time", or a line's end
            "probabilities": warm[places].tolist(),
            "plain": plain[places].tolist(),
        }

    return compute


def plot_next_word(figure):
    """Bars for the likeliest next words; a tick shows each bet at temperature 1."""
    axes = figure.subplots()
    axes.set(xlim=(0, 1), ylim=(ROWS - 0.4, -0.6), yticks=[], xlabel=_("probability"))
    narrow = figure.get_figwidth() < 6
    most = MOST // 2 if narrow else MOST
    axes.set_xlim(*((-0.35, 1.3) if narrow else (-0.18, 1.12)))
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
    axes.spines["left"].set_visible(False)
    bars = moving(*axes.barh(range(ROWS), [0] * ROWS, color=COLORS["policy"], height=0.7))
    names = moving(*(axes.text(-0.01, y, "", ha="right", va="center") for y in range(ROWS)))
    shares = moving(*(axes.text(0, y, "", va="center") for y in range(ROWS)))
    ticks = moving(
        *(axes.plot([0, 0], [y - 0.4, y + 0.4], color="black", lw=2)[0] for y in range(ROWS))
    )
    title = moving(axes.set_title("\n" if narrow else " "))

    def update(prompt, temperature, words, probabilities, plain):
        shown = prompt if len(prompt) <= most else "… " + prompt[-most:]
        title.set_text(
            _("{prompt} …{gap}temperature {temperature:g}   (tick: temperature 1)").format(
                prompt=shown, gap="\n" if narrow else "      ", temperature=temperature
            )
        )
        for y, (word, p, p1) in enumerate(zip(words, probabilities, plain, strict=True)):
            bars[y].set_width(p)
            names[y].set_text(word)
            shares[y].set(text=f"{p:.1%}", x=max(p, p1) + 0.012)
            ticks[y].set_xdata([p1, p1])
        return _(
            "After “{prompt}”, at temperature {temperature:g}: “{first}” {p:.1%}, "
            "“{second}” {q:.1%}."
        ).format(
            prompt=prompt,
            temperature=temperature,
            first=words[0],
            p=probabilities[0],
            second=words[1],
            q=probabilities[1],
        )

    return update
