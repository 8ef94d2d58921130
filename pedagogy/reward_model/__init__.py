"""The reward model: the judge that has learnt from choices what people like.

In the order of use: pairs.py writes pairs to be judged, model.py is the judge, loss.py and
fitting.py teach it, measure.py says how good it is, files.py keeps it.
"""

from pedagogy.maths.measures import (
    Calibration,
    bayes_accuracy,
    calibration,
    correlation,
    pair_accuracy,
)
from pedagogy.maths.preference_losses import reward_model_loss
from pedagogy.reward_model.files import load_reward_model, save_reward_model
from pedagogy.reward_model.fitting import Progress, fit
from pedagogy.reward_model.model import (
    RewardModel,
    centre,
    new_reward_model,
    score_responses,
    scores,
)
from pedagogy.reward_model.pairs import collect_pairs, score_pairs

__all__ = [
    "Calibration",
    "Progress",
    "RewardModel",
    "bayes_accuracy",
    "calibration",
    "centre",
    "collect_pairs",
    "correlation",
    "fit",
    "load_reward_model",
    "new_reward_model",
    "pair_accuracy",
    "reward_model_loss",
    "save_reward_model",
    "score_pairs",
    "score_responses",
    "scores",
]
