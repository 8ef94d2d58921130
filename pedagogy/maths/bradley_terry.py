"""From scores to probabilities and back.

A score says how good an answer is; a comparison says only which of two is better. Bradley and
Terry (1952) join the two: the difference of the scores decides how likely the better one wins.

Left out: ties, and the order in which two answers are shown.
"""

import numpy as np
import scipy  # its parts are loaded when they are first asked for
import torch
from torch import Tensor

from pedagogy import require
from pedagogy.require import Numbers
from pedagogy.require.convert import to_tensor

MOST_ITEMS = 5_000  # the table of who beat whom has n_items² numbers


@require.tensors("(…), (…)")
def bradley_terry_probability(score_a: Numbers, score_b: Numbers) -> Tensor:
    """Return the probability that a beats b.

        P(a beats b) = e^a / (e^a + e^b) = σ(a - b)

    score_a, score_b: finite, shapes (…,) that broadcast.
    Returns (…,), each between 0 and 1.
    Raises ValueError or TypeError when a score is not a finite number.

    Bradley & Terry 1952.

    By hand: e^5 / (e^5 + e^2) = 148.41 / (148.41 + 7.39) = 0.9526.

    >>> bradley_terry_probability(5, 2)
    tensor(0.9526)
    """
    return torch.sigmoid(score_a - score_b)


@require.tensors("(…), (…)")
def proportional_probability(score_a: Numbers, score_b: Numbers) -> Tensor:
    """Return a's share of the two scores: the first idea one has, and it fails.

        a / (a + b)

    Negative scores give shares below 0 and above 1, scores that cancel give inf or nan, and adding
    10 to both changes the answer.

    score_a, score_b: finite, shapes (…,) that broadcast.
    Returns (…,): whatever comes out, so that the failure can be seen.

    >>> proportional_probability([5.0, 15.0, -1.0, 2.0], [2.0, 12.0, 4.0, -2.0])
    tensor([ 0.7143,  0.5556, -0.3333,     inf])
    """
    return score_a / (score_a + score_b)


@require.tensors("(…, K)")
def choice_probabilities(scores: Numbers) -> Tensor:
    """Return the probability that each of K answers is chosen as the best: a softmax.

        P(i is chosen) = e^score_i / Σ_j e^score_j

    With K = 2 this is Bradley-Terry.

    scores: (…, K), finite.
    Returns (…, K).

    Luce 1959.

    >>> choice_probabilities([5, 2])
    tensor([0.9526, 0.0474])
    """
    return torch.softmax(scores, dim=-1)


@require.tensors("(K items,), _, _")
def simulate_comparisons(scores: Numbers, n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return (winners, losers), each (n,): n pairs drawn evenly, won by the Bradley-Terry rule.

    scores: (K,), finite, K at least 2.
    n: how many, 1 or more.
    seed: a whole number; the same seed gives the same comparisons.
    """
    n, generator = require.count(n=n), require.generator(seed=seed)
    if len(scores) < 2:
        raise ValueError(f"scores has shape {tuple(scores.shape)}, but it must be (K,), K >= 2.")
    a = torch.randint(len(scores), (n,), generator=generator)
    step = torch.randint(1, len(scores), (n,), generator=generator)
    b = (a + step) % len(scores)  # never a itself
    scores = scores.cpu()  # where the dice are
    a_wins = torch.rand(n, generator=generator) < torch.sigmoid(scores[a] - scores[b])
    return torch.where(a_wins, a, b), torch.where(a_wins, b, a)


def fit_scores(winners: Numbers, losers: Numbers, n_items: int, prior: float = 0.0) -> Tensor:
    """Return the scores (n_items,) that make the observed comparisons most likely.

        maximise  sum over comparisons of log σ(s_winner - s_loser)  -  prior/2 Σ_i s_i²

    Only differences count, so the scores are given with mean zero. At the maximum each item is
    expected to win just as often as it did win (with prior = 0).

    winners, losers: item numbers (N,), N >= 1; comparison i was winners[i] against losers[i].
    n_items: how many items there are, those that nobody compared included.
    prior: 0 for none; above it, a belief held before any comparison, that scores are spread
        around zero with variance 1/prior.
    Returns (n_items,).
    Raises ValueError when no finite scores are best: an item, or a group, that never lost to the
        others wants a score of plus infinity (Ford 1957). More comparisons help, or a prior.

    By hand: 3 wins to 1 give a difference of log(3/1) = 1.0986.

    >>> fit_scores([0, 0, 0, 1], [1, 1, 1, 0], n_items=2)
    tensor([ 0.5493, -0.5493])
    """
    prior, n_items = require.non_negative(prior=prior), require.count(MOST_ITEMS, n_items=n_items)
    wins = _count_wins(winners, losers, n_items)
    if prior == 0:
        _require_finite_maximum(wins)
    games, total = wins + wins.T, wins.sum()

    def loss(s):
        fit = (wins * scipy.special.log_expit(_differences(s))).sum() - prior / 2 * s @ s
        return -fit / total

    def gradient(s):
        expected_wins = (games * scipy.special.expit(_differences(s))).sum(1)
        return (expected_wins - wins.sum(1) + prior * s) / total

    best = scipy.optimize.minimize(loss, np.zeros(n_items), jac=gradient, options={"gtol": 1e-9}).x
    return torch.tensor(best - best.mean(), dtype=torch.float32)


def _differences(s):
    return s[:, None] - s[None, :]  # (K, K)


def _count_wins(winners, losers, n_items):
    """Return wins (K, K): wins[i, j] is how often i beat j."""
    winners = _item_numbers("winners", winners, n_items)
    losers = _item_numbers("losers", losers, n_items)
    if len(winners) != len(losers):
        raise ValueError(
            f"winners has shape {winners.shape} and losers has shape {losers.shape}, but their "
            "shapes must be the same."
        )
    if (winners == losers).any():
        raise ValueError(f"item {winners[winners == losers][0]} is compared with itself.")
    wins = np.zeros((n_items, n_items))
    np.add.at(wins, (winners, losers), 1)
    return wins


def _item_numbers(name, values, n_items):
    values = to_tensor(name, values).cpu().numpy()
    if values.ndim != 1 or values.size == 0:
        raise ValueError(f"{name} has shape {values.shape}, but it must be (N,) with N >= 1.")
    if not np.issubdtype(values.dtype, np.integer):
        raise TypeError(f"{name} holds {values.dtype}, but it must hold whole item numbers.")
    bad = values[(values < 0) | (values >= n_items)]
    if bad.size:
        raise ValueError(f"{name} holds item {bad[0]}, but items go from 0 to {n_items - 1}.")
    return values


def _require_finite_maximum(wins):
    """Ford's condition: from every item a chain of wins must lead to every other item."""
    n_groups, group = scipy.sparse.csgraph.connected_components(wins > 0, connection="strong")
    if n_groups == 1:
        return
    reasons = []
    for g in range(n_groups):
        inside, outside = group == g, group != g
        won, lost = wins[inside][:, outside].any(), wins[outside][:, inside].any()
        if not (won and lost):
            words = "never lost to" if won else "never beat" if lost else "never met"
            reasons.append((np.flatnonzero(inside).tolist(), words))
    items, words = min(reasons, key=lambda reason: len(reason[0]))
    raise ValueError(
        f"items {items} {words} any of the others, so no finite scores are best: "
        "give more comparisons, or a prior (prior=1.0) that holds scores near zero."
    )
