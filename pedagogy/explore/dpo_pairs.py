"""Explorers of notebook 08: what becomes of chosen and rejected responses, pair by pair."""

from functools import partial

import numpy as np
import torch

from pedagogy.explorer import Control, Explorer
from pedagogy.human import true_reward
from pedagogy.maths.preference_losses import dpo_loss, gradient_weight, implicit_reward
from pedagogy.plots.dpo_pairs import plot_log_probs, plot_pull, plot_shared_weights

GOOD = 4  # true reward of a good tale; an average one has less than 2
SHOWN = 12  # pairs that can be picked out of all that are drawn
GAPS = np.round(np.arange(0, 6.01, 0.25), 2)
WEIGHTS = ("one for each word", "one for all words")


def explore_pull(pairs, looks, beta):
    """How hard each pair pulls, from the first step to the last.

    pairs: list[Preference]; looks: {step: (chosen_logps, rejected_logps)}, (N,) each, of the
    policy after so many steps; at 0 it still was the reference.
    """
    margins = {step: _margin(looks, step, beta) for step in looks}
    pulls = {
        step: gradient_weight(margin, torch.zeros(len(pairs))) for step, margin in margins.items()
    }
    steps = list(looks)
    kinds = [_kind(pair) for pair in pairs]
    means = {
        kind: [pulls[step][[k == kind for k in kinds]].mean().item() for step in steps]
        for kind in ("with the taste", "against the taste")
    }
    places = _some(pulls[steps[-1]])

    def compute(step, pair):
        place = places[pair - 1]
        return {
            "step": step,
            "margins": margins[step].tolist(),
            "pulls": pulls[step].tolist(),
            "kinds": kinds,
            "place": place,
            "course": [pulls[step][place].item() for step in steps],
            "pair": pairs[place],
        }

    return Explorer(
        compute,
        partial(plot_pull, steps=steps, means=means, reach=_reach(margins)),
        [
            Control("step", steps, steps[-1], "step"),
            Control("pair", range(1, len(places) + 1), SHOWN, "pair, from settled to pulling"),
        ],
        alt="Left: each pair's margin and pull. Right: mean pulls over the steps, and one pair's.",
    )


def explore_log_probs(pairs, looks):
    """How much likelier chosen and rejected responses became; arguments as for explore_pull."""
    start = torch.stack([*looks[0]])
    changes = {step: torch.stack([*logps]) - start for step, logps in looks.items()}  # (2, N)
    steps = list(looks)
    places = _some(changes[steps[-1]][0])
    good = [true_reward(pair.prompt, pair.chosen) >= GOOD for pair in pairs]

    def compute(step, pair):
        chosen, rejected = changes[step].tolist()
        place = places[pair - 1]
        told = {"step": step, "chosen": chosen, "rejected": rejected, "good": good}
        return told | {"place": place, "pair": pairs[place]}

    means = torch.stack([change.mean(-1) for change in changes.values()], 1).tolist()
    means = dict(zip(("chosen", "rejected"), means, strict=True))
    return Explorer(
        compute,
        partial(plot_log_probs, steps=steps, means=means, reach=_reach(changes)),
        [
            Control("step", steps, steps[-1], "step"),
            Control("pair", range(1, len(places) + 1), 2, "pair, by the fall of the chosen"),
        ],
        alt="Left: change of chosen and rejected, pair by pair. Right: both means over the steps.",
    )


def explore_shared_weights(words, reference, rewards, chosen, rejected):
    """One judged pair of words, and two policies that the loss can't tell apart.

    words, reference, rewards: (K,); chosen, rejected: words. One policy has a weight for each
    word, of which only two learn; the other has one weight, which moves each by its reward.
    """
    pair = words.index(chosen), words.index(rejected)
    rewards, reference = torch.as_tensor(rewards), torch.as_tensor(reference)
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
            Control("gap", gaps, 2.0, "how much more the chosen gained", "{:.2f}"),
            Control("weights", WEIGHTS, WEIGHTS[0], "weights"),
        ],
        alt="Left: four words before and after. Right: what chosen and rejected gained or lost.",
    )


def _margin(looks, step, beta):
    """By how much the implicit rewards of the chosen are ahead, (N,)."""
    chosen, rejected = (
        implicit_reward(now, before, beta)
        for now, before in zip(looks[step], looks[0], strict=True)
    )
    return chosen - rejected


def _kind(pair):
    chosen, rejected = (true_reward(pair.prompt, y) for y in (pair.chosen, pair.rejected))
    return "with the taste" if chosen >= rejected else "against the taste"


def _some(values):
    """A few places, evenly from the lowest of the values (N,) to the highest."""
    order = values.argsort()
    few = torch.linspace(0, len(order) - 1, min(SHOWN, len(order))).round().long()
    return order[few].tolist()


def _reach(found):
    """The lowest and the highest number of all tensors in a dict."""
    numbers = torch.stack([*found.values()])
    return numbers.min().item(), numbers.max().item()
