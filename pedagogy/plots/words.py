"""Pictures for notebook 01: bets on the next word, a tale word by word, two scores."""

from pedagogy.plots.style import COLORS, moving

ROWS = 8
MOST = 60  # characters of a prompt in a title


def plot_next_word(figure):
    """Bars for the likeliest next words; a tick shows each bet at temperature 1."""
    axes = figure.subplots()
    axes.set(xlim=(0, 1), ylim=(ROWS - 0.4, -0.6), yticks=[], xlabel="probability")
    axes.set_xlim(-0.18, 1.12)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
    axes.spines["left"].set_visible(False)
    bars = moving(*axes.barh(range(ROWS), [0] * ROWS, color=COLORS["policy"], height=0.7))
    names = moving(*(axes.text(-0.01, y, "", ha="right", va="center") for y in range(ROWS)))
    shares = moving(*(axes.text(0, y, "", va="center") for y in range(ROWS)))
    ticks = moving(
        *(axes.plot([0, 0], [y - 0.4, y + 0.4], color="black", lw=2)[0] for y in range(ROWS))
    )
    title = moving(axes.set_title(" "))

    def update(prompt, temperature, words, probabilities, plain):
        shown = prompt if len(prompt) <= MOST else "… " + prompt[-MOST:]
        title.set_text(f"{shown} …      temperature {temperature:g}   (black tick: temperature 1)")
        for y, (word, p, p1) in enumerate(zip(words, probabilities, plain, strict=True)):
            bars[y].set_width(p)
            names[y].set_text(word)
            shares[y].set(text=f"{p:.1%}", x=max(p, p1) + 0.012)
            ticks[y].set_xdata([p1, p1])
        first, second = words[:2]
        return (
            f"After “{prompt}”, at temperature {temperature:g}: “{first}” {probabilities[0]:.1%}, "
            f"“{second}” {probabilities[1]:.1%}."
        )

    return update


LINE = 74  # characters of a tale on one line of the picture


def plot_tale(figure, lines=6):
    """A tale word by word, under each word the probability it had when it was drawn."""
    axes = figure.subplots()
    axes.set(xlim=(0, LINE), ylim=(lines - 0.3, -0.7))
    axes.axis("off")
    most = lines * LINE // 4
    style = {"family": "monospace", "va": "center"}
    words = moving(*(axes.text(0, 0, "", size=13, **style) for _ in range(most)))
    chances = moving(*(axes.text(0, 0, "", size=9, **style) for _ in range(most)))

    def update(prompt, words_drawn, probabilities, temperature, logprob):
        given = prompt.split()
        told = [*given, *words_drawn, *[""] * most][:most]
        column = line = 0
        for i, word in enumerate(told):
            drawn = word and i >= len(given)
            p = probabilities[i - len(given)] if drawn else 1
            room = max(len(word), 4)  # "100%" stands below it
            if column + room > LINE:
                column, line = 0, line + 1
            words[i].set(text=word, position=(column, line))
            words[i].set_color("black" if drawn else COLORS["reference"])
            words[i].set_weight("bold" if p < 0.1 else "normal")
            share = "<1%" if p < 0.005 else f"{p:.0%}"
            chances[i].set(text=share if drawn else "", position=(column, line + 0.42))
            column += room + 1
        return (
            f"Temperature {temperature:g}, log-probability {logprob:.1f}: "
            f"{prompt} {' '.join(words_drawn)}"
        )

    return update


def plot_two_scores(figure):
    """Scores for two tales, the learner's beside those of our human; the tales are the caption."""
    axes = figure.subplots()
    axes.set(xlim=(0, 5.8), ylim=(4.4, -0.6), yticks=(0, 1, 2.8, 3.8), xticks=range(6))
    axes.set_yticklabels(["A: you", "A: our human", "B: you", "B: our human"])
    axes.set_xlabel("score")
    title = moving(axes.set_title(" "))
    colors = [COLORS["policy"], COLORS["human"]] * 2
    places = (0, 1, 2.8, 3.8)
    bars = moving(*axes.barh(places, [0] * 4, color=colors))
    labels = moving(*(axes.text(0, y, "", va="center") for y in places))

    def update(pair, tales, your_scores, human_scores):
        title.set_text(f"pair {pair}")
        scores = (your_scores[0], human_scores[0], your_scores[1], human_scores[1])
        for bar, label, score in zip(bars, labels, scores, strict=True):
            bar.set_width(score or 0)
            label.set(text=f"{score or '?'}", x=(score or 0) + 0.1)
        hidden = None in human_scores
        return (
            f"A: {tales[0]}\nB: {tales[1]}\nYour scores: {your_scores[0]} and {your_scores[1]}; "
            f"our human's: {'hidden' if hidden else '{} and {}'.format(*human_scores)}."
        )

    return update
