"""Explorer of notebook 07: the best policy."""

from functools import partial

import numpy as np
import torch

from pedagogy.explore import arguments
from pedagogy.explore.policies import draw_policies
from pedagogy.explorer import Control, Explorer
from pedagogy.explorer.style import COLORS, MARKS, moving
from pedagogy.locale import N_, _
from pedagogy.maths.divergence import kl_divergence
from pedagogy.maths.optimum import log_partition, optimal_policy

SHARES = np.round(np.arange(0, 1.001, 0.01), 2)
BETAS = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0)


def explore_best_policy(words, reference, rewards):
    """A policy for the learner to make as good as they can; no policy earns over beta log Z.

    words: K ≥ 3 names; reference (K,): what is bet on each, never 0; rewards (K,).
    """
    words, reference, rewards = arguments.world(words, reference, rewards, least=3)
    rest = reference[2:] / reference[2:].sum()

    def compute(first, share, beta, reveal):
        second = (1 - first) * share
        policy = torch.cat([torch.tensor([first, second]), (1 - first - second) * rest])  # (K,)
        optimum = optimal_policy(reference, rewards, beta)
        shown = optimum if reveal == "shown" else torch.full_like(optimum, torch.nan)
        return {
            "beta": beta,
            "policies": (reference.tolist(), policy.tolist(), shown.tolist()),
            "reward": float(policy @ rewards),
            "divergence": float(kl_divergence(policy, reference)),
            "distance": float(kl_divergence(policy, optimum)),
            "log_z": float(log_partition(reference, rewards, beta)),
        }

    start = reference[0].item(), (reference[1] / (1 - reference[0])).item()
    best, usual = rewards.max().item(), (reference @ rewards).item()
    span = max(best - usual, 0.1)  # the most is between these two, and there one has to see it
    rest_of = _("of the rest, “{word}”").format(word=words[1])
    return Explorer(
        compute,
        partial(plot_best_policy, words=words, low=best - 2 * span, high=best + span),
        [
            Control("first", SHARES, start[0], f"“{words[0]}”", "{:.2f}"),
            Control("share", SHARES, start[1], rest_of, "{:.2f}"),
            Control("beta", BETAS, 2.0, _("beta")),
            Control("reveal", (N_("hidden"), N_("shown")), "hidden", _("optimum")),
        ],
        alt=_(
            "Left: policies as bars. Right: the reward, the price down to what remains, the most."
        ),
        live=True,
    )


def plot_best_policy(figure, words, low, high):
    """A policy that the learner makes, what it earns, and the height that no policy gets over.

    low, high: the ends of the axis of what a policy earns; less stands at the edge.
    """
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    update_policies = draw_policies(left, words)
    right.set(xlim=(low, high), ylim=(2.6, -0.9), yticks=[0, 1, 2])
    right.set_xlabel(_("what lies beyond\nstands at the edge"))
    right.set_yticklabels([_("reward"), _("− beta × divergence"), _("what remains")])
    earned, remains = (
        moving(right.plot([low], [row], MARKS[name], ms=10, color=COLORS[name], clip_on=False)[0])
        for row, name in ((0, "human"), (2, "policy"))
    )
    price = moving(right.barh([1], [0], color=COLORS["divergence"])[0])
    notes = moving(*(right.text(high, y, "", va="center", ha="right") for y in range(3)))
    height = moving(right.plot([low, low], [-0.5, 2.5], "--", color=COLORS["exact"])[0])
    name = moving(right.text(low, -0.55, _("the most"), ha="center", va="bottom"))

    def update(beta, policies, reward, divergence, distance, log_z):
        update_policies(policies)
        most = beta * log_z
        values = (reward, -beta * divergence, reward - beta * divergence)
        ends = np.clip((values[0], values[2]), low, high)
        earned.set_xdata(ends[:1])
        remains.set_xdata(ends[1:])
        price.set(x=ends[1], width=ends[0] - ends[1])
        for note, value in zip(notes, values, strict=True):
            note.set_text(f"{np.round(value, 3) + 0.0:.3f}")  # no -0.000 to puzzle over
        height.set_xdata([most, most])
        name.set_x(most)
        return _(
            "beta {beta:g}: {reward:.3f} - beta × {divergence:.3f} = {remains:.3f}. "
            "The most is {most:.3f}; {missing:.3f} is missing: beta × {distance:.3f}."
        ).format(
            beta=beta,
            reward=reward,
            divergence=divergence,
            remains=values[2],
            most=most,
            missing=most - values[2],
            distance=distance,
        )

    return update
