"""How good is the judge? Measures on pairs it has not seen; DPO's implicit rewards fit in too."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from scipy.stats import binned_statistic, pearsonr

from pedagogy import require


def pair_accuracy(chosen_scores, rejected_scores):
    """Return the share of pairs in which the judge would have chosen as people did; a float.

    chosen_scores, rejected_scores: (N,), pair by pair. A tie counts half.
    ValueError: shapes that differ, no pair, or a score that is not finite.

    >>> pair_accuracy([2.0, 1.0, 0.0, 3.0], [1.0, 1.0, 5.0, 0.0])
    0.625
    """
    gaps = _gaps(chosen_scores=chosen_scores, rejected_scores=rejected_scores)
    return float((np.sign(gaps) + 1).mean() / 2)


def best_accuracy(rewards_a, rewards_b):
    """Return the accuracy of who knows the true rewards: on average no judge can have a better.

        mean_i max(P_i, 1 - P_i) = mean_i σ(|r_a,i - r_b,i|),  P_i by Bradley and Terry

    Not 1, since people do not always choose what they like better. rewards_a, rewards_b: (N,),
    of both responses of each pair. Returns a float. Errors as in pair_accuracy.
    By hand: rewards 5 and 2 are chosen rightly with 0.9526, twins with 1/2: 0.7263.

    >>> round(best_accuracy([5, 3], [2, 3]), 4)
    0.7263
    """
    return float(expit(np.abs(_gaps(rewards_a=rewards_a, rewards_b=rewards_b))).mean())


def correlation(scores, rewards):
    """Return Pearson's correlation of scores with true rewards, a float from -1 to 1.

    Neither the zero nor the scale of the scores matters. scores, rewards: (N,).
    ValueError: shapes that differ, numbers not finite, or scores (rewards) that are all the same.

    >>> round(correlation([1, 2, 3], [10, 20, 60]), 4)
    0.9449
    """
    scores, rewards = require.finite(scores=scores, rewards=rewards)
    require.shape("(N,)", scores=scores, rewards=rewards)
    for name, values in (("scores", scores), ("rewards", rewards)):
        if len(values.unique()) < 2:
            raise ValueError(f"{name} must have at least two different values, but it has not.")
    return float(pearsonr(_numbers(scores), _numbers(rewards)).statistic)


@dataclass
class Calibration:
    """Bin by bin, (bins,): what the judge foretold, what came, and in how many pairs (nan if 0)."""

    predicted: np.ndarray
    observed: np.ndarray
    counts: np.ndarray


def calibration(chosen_scores, rejected_scores, bins=10):
    """Return how often the judge's favourites were chosen, beside how often it would expect that.

    Of each pair, the favourite is what scores higher, and the judge expects it to be chosen with
    P = σ(|gap|), from 1/2 to 1. Pairs of like P fall into one of equal bins; in each, the mean P
    (predicted) should be near the share of favourites that were chosen (observed; a tie is half).
    Arguments and errors as in pair_accuracy; bins: a whole number.

    By hand: gaps log 3, log 3 and -log 3 all say 3/4 for the favourite, and 2 of 3 were chosen.

    >>> calibration([1.0986, 1.0986, 0.0], [0.0, 0.0, 1.0986], bins=1).predicted.round(2)
    array([0.75])
    >>> calibration([1.0986, 1.0986, 0.0], [0.0, 0.0, 1.0986], bins=1).observed.round(2)
    array([0.67])
    """
    gaps = _gaps(chosen_scores=chosen_scores, rejected_scores=rejected_scores)
    expected, came = expit(np.abs(gaps)), (np.sign(gaps) + 1) / 2
    means, _, places = binned_statistic(
        expected, [expected, came], "mean", require.count(bins=bins), range=(0.5, 1)
    )
    return Calibration(*means, np.bincount(places, minlength=bins + 1)[1:])


def _gaps(**pair):
    """Differences of two lists of finite numbers, pair by pair, (N,), N at least 1."""
    a, b = require.one_per("pair", "N", **pair)
    return _numbers(a) - _numbers(b)


def _numbers(tensor):
    """A tensor of any device as a numpy array in float64."""
    return tensor.detach().cpu().double().numpy()
