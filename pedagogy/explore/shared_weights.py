"""Explorer of notebook 08: one judged pair of words, and two policies with one loss."""

from functools import partial

import numpy as np
import torch

from pedagogy.explore import arguments
from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, MARKS, moving
from pedagogy.locale import N_, _
from pedagogy.maths.preference_losses import dpo_loss

GAPS = np.round(np.arange(0, 6.01, 0.25), 2)
WEIGHTS = (N_("one for each word"), N_("one for all words"))
SIDES = {N_("chosen"): "-", N_("rejected"): "--"}


def explore_shared_weights(words, reference, rewards, chosen, rejected):
    """One judged pair of words, and two policies that the loss can't tell apart.

    words, reference, rewards: (K,); chosen, rejected: words. One policy has a weight for each
    word, of which only two learn; the other has one weight, which moves each by its reward.
    """
    words, reference, rewards = arguments.world(words, reference, rewards)
    pair = arguments.one_of(words, chosen=chosen), arguments.one_of(words, rejected=rejected)
    if rewards[pair[0]] == rewards[pair[1]]:
        raise ValueError("rewards of chosen and rejected are the same, but one must be larger.")
    separate = torch.zeros(len(words))
    separate[pair[0]], separate[pair[1]] = 0.5, -0.5
    shared = rewards / (rewards[pair[0]] - rewards[pair[1]])
    moves = dict(zip(WEIGHTS, (separate, shared), strict=True))
    gaps = GAPS.tolist()
    start = reference.log()

    def logps(gap, weights):
        """Log-probabilities at which the log ratios of the pair are so far apart, (K,)."""
        return (start + gap * moves[weights]).log_softmax(-1)

    def compute(gap, weights):
        here = logps(gap, weights)
        changes = torch.stack([logps(g, weights) - start for g in gaps], 1)  # (K, G)
        places = torch.tensor(pair)[:, None]
        return {
            "gap": gap,
            "weights": weights,
            "probabilities": here.exp().tolist(),
            "courses": changes[list(pair)].tolist(),
            "loss": dpo_loss(*here[places], *start[places], beta=1.0).item(),
        }

    return Explorer(
        compute,
        partial(
            plot_shared_weights, words=words, reference=reference.tolist(), gaps=gaps, pair=pair
        ),
        [
            Control("gap", gaps, 2.0, _("how much more the chosen gained"), "{:.2f}"),
            Control("weights", WEIGHTS, WEIGHTS[0], _("weights")),
        ],
        alt=_("Left: four words before and after. Right: what chosen and rejected gained or lost."),
    )


def plot_shared_weights(figure, words, reference, gaps, pair):
    """Four words, of which two were judged, and what their log-probabilities do.

    words, reference: (K,); gaps (N,): of the log ratios; pair: places of chosen and rejected.
    """
    left, right = figure.subplots(1, 2)
    place = np.arange(len(words))
    roles = dict(zip(pair, ("chosen", "rejected"), strict=True))
    left.bar(place - 0.2, reference, 0.36, color=COLORS["reference"], label=_("reference"))
    colors = [COLORS[roles.get(i, "policy")] for i in place]
    bars = moving(*left.bar(place + 0.2, reference, 0.36, color=colors))
    notes = moving(*(left.text(i + 0.2, 0, "", ha="center", va="bottom") for i in place))
    left.set(xticks=place, ylim=(0, 1.15), yticks=[0, 0.5, 1], ylabel=_("probability"))
    left.set_xticklabels([f"{w}\n{_(roles.get(i, N_('not judged')))}" for i, w in enumerate(words)])
    left.legend(loc="upper right")
    right.set(xlim=(gaps[0], gaps[-1]), ylim=(-9, 3), ylabel=_("change in log-probability, nats"))
    right.set_xlabel(_("how much more the chosen gained, nats"))
    right.axhline(0, color=COLORS["guide"], lw=0.7, zorder=0)
    title = moving(right.set_title(" "))
    lines = [right.plot([], [], SIDES[s], color=COLORS[s], label=_(s))[0] for s in SIDES]
    look = {"ms": 9, "clip_on": False}  # whole at both ends
    points = [right.plot([0], [0], MARKS[s], color=COLORS[s], **look)[0] for s in SIDES]
    moving(*lines, *points)
    right.legend(loc="lower left")

    def update(gap, weights, probabilities, courses, loss):
        for bar, note, value, before in zip(bars, notes, probabilities, reference, strict=True):
            bar.set_height(value)
            note.set(text=f"{value:.3f}", y=max(value, before))
        for line, point, course in zip(lines, points, courses, strict=True):
            line.set_data(gaps, course)
            point.set_data([gap], [course[gaps.index(gap)]])
        title.set_text(_("at beta 1: loss {loss:.3f}").format(loss=loss))
        chosen = pair[0]
        return _(
            "Weights: {weights}. At beta 1 the loss is {loss:.3f}; “{word}”, the chosen word, "
            "went from {before:.3f} to {after:.3f}."
        ).format(
            weights=_(weights),
            loss=loss,
            word=words[chosen],
            before=reference[chosen],
            after=probabilities[chosen],
        )

    return update
