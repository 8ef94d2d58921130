"""What a reward model minimises: how surprised it is by what people chose."""

import torch

from pedagogy import require


def reward_model_loss(chosen_scores, rejected_scores):
    """Return the mean surprise that the chosen response won, by Bradley and Terry.

        loss = -mean_i log sigmoid(r_chosen,i - r_rejected,i)

    chosen_scores, rejected_scores: (B,), pair by pair. Returns (), in nats: log 2 = 0.6931 when
    the scores do not tell the two apart, and never inf, however wrong they are. Only differences
    count: scores mean nothing beyond the order and the gaps that they give.

    ValueError: shapes that differ, no pair, or a score that is not finite, such as nan.
    Ouyang et al. 2022 (InstructGPT), eq. 1.

    By hand: gaps 2 and 0: -(log 0.8808 + log 0.5) / 2 = (0.1269 + 0.6931) / 2 = 0.4100.

    >>> reward_model_loss([3.0, 1.0], [1.0, 1.0])
    tensor(0.4100)
    """
    chosen, rejected = require.one_per(
        "pair", "B", chosen_scores=chosen_scores, rejected_scores=rejected_scores
    )
    # One step, not log(sigmoid(…)): that gives -inf at a gap of -100 in float32.
    return -torch.nn.functional.logsigmoid(chosen - rejected).mean()  # ()
