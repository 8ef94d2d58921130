"""Explorers of notebook 01: whole tales, and what people think of them."""

from functools import cache

import torch
from matplotlib.artist import Artist
from matplotlib.font_manager import FontProperties

from pedagogy import require
from pedagogy.explore import arguments
from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, moving
from pedagogy.human import score
from pedagogy.locale import N_, _
from pedagogy.maths.language_model import per_token_logps
from pedagogy.policy import batch_logits, sample
from pedagogy.stories import FIRST_PROMPT, split_story, write_stories

SEEDS = 12
HALF_A_LETTER = 0.26  # of a monospaced font, above its baseline, as a part of its size
LINE = 74  # characters of a tale on one line of the picture


def explore_tale(policy, prompt=FIRST_PROMPT):
    """Tales that the policy writes, with the probability of each word it drew."""
    arguments.policy(policy)
    require.text(prompt=prompt)

    @cache
    @torch.no_grad()
    def tales(temperature):
        generator = torch.Generator().manual_seed(0)
        drawn = sample(policy, [prompt] * SEEDS, temperature=temperature, generator=generator)
        logits = batch_logits(policy, drawn) / temperature
        return drawn, per_token_logps(logits, drawn.input_ids)

    def compute(temperature, seed):
        drawn, logps = tales(temperature)
        written = drawn.completion_mask[seed - 1].bool()
        logps = logps[seed - 1, written]
        ids = drawn.input_ids[seed - 1, written]
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
            Control("temperature", (0.3, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0), 1.0, _("temperature")),
            Control("seed", range(1, SEEDS + 1), 1, _("seed")),
        ],
        alt=_("A tale word by word; under each word the probability it had when it was drawn."),
        size=(9.0, 3.0),
        narrow=(4.5, 5.0),
    )


class Words(Artist):
    """Words that stand where they are placed on the axes, as one artist.

    A hundred Texts would each be laid out anew for each picture, which takes most of its time.
    """

    placed = ()  # (word, (x, y) of its left edge at half its height, font, colour), …

    def draw(self, renderer):
        brush, (_width, height) = renderer.new_gc(), renderer.get_canvas_width_height()
        for word, place, font, color in self.placed:
            x, y = self.axes.transData.transform(place)
            brush.set_foreground(color)
            below = renderer.points_to_pixels(HALF_A_LETTER * font.get_size_in_points())
            renderer.draw_text(brush, x, height - y + below, word, font, 0)


def plot_tale(figure):
    """A tale word by word, under each word the probability it had when it was drawn."""
    axes = figure.subplots()
    width, height = figure.get_size_inches()
    room, lines = LINE * width / 9, int(2 * height)
    axes.set(xlim=(0, room), ylim=(lines - 0.3, -0.7))
    axes.axis("off")
    most = int(lines * room / 4)
    words = moving(axes.add_artist(Words()))
    plain, bold = (
        FontProperties(family="monospace", weight=w, size=13) for w in ("normal", "bold")
    )
    small = FontProperties(family="monospace")

    def update(prompt, words_drawn, probabilities, temperature, logprob):
        given = prompt.split()
        column = line = 0
        words.placed = []
        drawn = zip(words_drawn, probabilities, strict=True)
        for word, p in [*((word, None) for word in given), *drawn][:most]:
            needed = max(len(word), 4)  # "100%" stands below it
            if column + needed > room:
                column, line = 0, line + 1
            if p is None:
                words.placed.append((word, (column, line), plain, COLORS["reference"]))
            else:
                font, share = bold if p < 0.1 else plain, "<1%" if p < 0.005 else f"{p:.0%}"
                words.placed.append((word, (column, line), font, "black"))
                words.placed.append((share, (column, line + 0.42), small, "black"))
            column += needed + 1
        return _(
            "Temperature {temperature:g}, log-probability {logprob:.1f}: {prompt} {tale}"
        ).format(
            temperature=temperature, logprob=logprob, prompt=prompt, tale=" ".join(words_drawn)
        )

    return update


def explore_your_scores(pairs=6, seed=94):
    """Pairs of tales for the learner to score from 1 to 5; our human's scores on demand."""
    pairs, seed = arguments.whole(1, 12, pairs=pairs), require.seed(seed=seed)
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
            Control("pair", range(1, pairs + 1), 1, _("pair of tales"), resets=True),
            Control("score_a", range(1, 6), 3, _("your score for A")),
            Control("score_b", range(1, 6), 3, _("your score for B")),
            Control("reveal", (N_("hidden"), N_("shown")), "hidden", _("our human's scores")),
        ],
        alt=_("Your scores for two tales and, when you ask for them, our human's."),
        size=(9.0, 2.6),
    )


def plot_two_scores(figure):
    """Scores for two tales, the learner's beside those of our human; the tales are the caption."""
    axes = figure.subplots()
    axes.set(xlim=(0, 5.8), ylim=(4.4, -0.6), yticks=(0, 1, 2.8, 3.8), xticks=range(6))
    axes.set_yticklabels([_("A: you"), _("A: our human"), _("B: you"), _("B: our human")])
    axes.set_xlabel(_("score"))
    title = moving(axes.set_title(" "))
    colors = [COLORS["exact"], COLORS["human"]] * 2
    places = (0, 1, 2.8, 3.8)
    bars = moving(*axes.barh(places, [0] * 4, color=colors))
    labels = moving(*(axes.text(0, y, "", va="center") for y in places))

    def update(pair, tales, your_scores, human_scores):
        title.set_text(_("pair {pair}").format(pair=pair))
        scores = (your_scores[0], human_scores[0], your_scores[1], human_scores[1])
        for bar, label, given in zip(bars, labels, scores, strict=True):
            bar.set_width(given or 0)
            label.set(text=f"{given or '?'}", x=(given or 0) + 0.1)
        if None in human_scores:
            said = _("A: {a}\nB: {b}\nYour scores: {your_a} and {your_b}; our human's: hidden.")
        else:
            said = _(
                "A: {a}\nB: {b}\n"
                "Your scores: {your_a} and {your_b}; our human's: {human_a} and {human_b}."
            )
        return said.format(
            a=tales[0],
            b=tales[1],
            your_a=your_scores[0],
            your_b=your_scores[1],
            human_a=human_scores[0],
            human_b=human_scores[1],
        )

    return update
