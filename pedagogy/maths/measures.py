"""How good is the judge? Measures on pairs it has not seen; DPO's implicit rewards fit in too."""

from dataclasses import dataclass

import numpy as np
import scipy  # its parts are loaded when they are first asked for

from pedagogy import require
from pedagogy.require import Numbers

MOST_BINS = 10_000


@require.tensors("(N pairs,), (N,)")
def pair_accuracy(chosen_scores: Numbers, rejected_scores: Numbers) -> float:
    """Return the share of pairs in which the judge would have chosen as people did; a float.

    chosen_scores, rejected_scores: (N,), pair by pair. A tie counts half.
    Raises ValueError for shapes that differ, no pair, or a score that is not finite.

    >>> pair_accuracy([2.0, 1.0, 0.0, 3.0], [1.0, 1.0, 5.0, 0.0])
    0.625
    """
    gaps = _array(chosen_scores) - _array(rejected_scores)  # (N,)
    return float((np.sign(gaps) + 1).mean() / 2)


@require.tensors("(N pairs,), (N,)")
def bayes_accuracy(rewards_a: Numbers, rewards_b: Numbers) -> float:
    """Return the Bayes accuracy, that of the true rewards: on average no judge has a better one.

        mean_i max(P_i, 1 - P_i) = mean_i σ(|r_a,i - r_b,i|),  P_i by Bradley and Terry

    Not 1, since people do not always choose what they like better.

    rewards_a, rewards_b: (N,), of both responses of each pair.
    Raises what pair_accuracy raises.

    By hand: rewards 5 and 2 are chosen rightly with 0.9526, twins with 1/2: 0.7263.

    >>> round(bayes_accuracy([5, 3], [2, 3]), 4)
    0.7263
    """
    gaps = _array(rewards_a) - _array(rewards_b)  # (N,)
    return float(scipy.special.expit(np.abs(gaps)).mean())


@require.tensors("(N pairs,), (N,)")
def correlation(scores: Numbers, rewards: Numbers) -> float:
    """Return Pearson's correlation of scores with true rewards, a float from -1 to 1.

    Neither the zero nor the scale of the scores matters. scores, rewards: (N,).
    Raises ValueError for shapes that differ, numbers that are not finite, or scores (rewards)
        that are all the same.

    >>> round(correlation([1, 2, 3], [10, 20, 60]), 4)
    0.9449
    """
    for name, values in (("scores", scores), ("rewards", rewards)):
        if len(values.unique()) < 2:
            raise ValueError(f"{name} must have at least two different values, but it has not.")
    return float(scipy.stats.pearsonr(_array(scores), _array(rewards)).statistic)


@dataclass
class Calibration:
    """Bin by bin, (bins,): what the judge predicted, what came, in how many pairs (nan if 0)."""

    predicted: np.ndarray
    observed: np.ndarray
    counts: np.ndarray


@require.tensors("(N pairs,), (N,), _")
def calibration(chosen_scores: Numbers, rejected_scores: Numbers, bins: int = 10) -> Calibration:
    """Return how often the judge's favourites were chosen, beside how often it would expect that.

    Of each pair, the favourite is what scores higher, and the judge expects it to be chosen with
    P = σ(|gap|), from 1/2 to 1. Pairs of like P fall into one of equal bins; in each, the mean P
    (predicted) should be near the share of favourites that were chosen (observed; a tie is half).

    bins: how many, 1 or more. The other arguments and errors are those of pair_accuracy.

    By hand: gaps log 3, log 3 and -log 3 all say 3/4 for the favourite, and 2 of 3 were chosen.

    >>> calibration([1.0986, 1.0986, 0.0], [0.0, 0.0, 1.0986], bins=1).predicted.round(2)
    array([0.75])
    >>> calibration([1.0986, 1.0986, 0.0], [0.0, 0.0, 1.0986], bins=1).observed.round(2)
    array([0.67])
    """
    bins = require.count(MOST_BINS, bins=bins)
    gaps = _array(chosen_scores) - _array(rejected_scores)  # (N,)
    expected, came = scipy.special.expit(np.abs(gaps)), (np.sign(gaps) + 1) / 2
    means, _, places = scipy.stats.binned_statistic(
        expected, [expected, came], "mean", bins, range=(0.5, 1)
    )
    return Calibration(*means, np.bincount(places, minlength=bins + 1)[1:])


def _array(tensor):
    """A tensor of any device as a numpy array in float64."""
    return tensor.detach().cpu().double().numpy()
