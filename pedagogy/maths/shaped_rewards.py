"""What each token earns: the reward model's score, less the price of leaving the reference."""

import torch
from torch import Tensor

from pedagogy import require
from pedagogy.require import Numbers


@require.tensors("(B,), counted (B, T), counted (B, T), mask (B, T), beta >= 0")
def kl_shaped_rewards(
    scores: Numbers,
    policy_logps: Numbers,
    reference_logps: Numbers,
    completion_mask: Numbers,
    beta: float,
) -> Tensor:
    """Return the reward of each token: the score comes last, the KL is paid token by token.

        r_t = -beta (log π(y_t | y_<t) - log π_ref(y_t | y_<t))  +  score, if t is the last token

    scores: (B,), one for each response.
    policy_logps, reference_logps: (B, T), token by token.
    completion_mask: (B, T), 1 on the tokens of the response. On the prompt and the padding the
        reward is 0, whatever the log-probabilities are there.
    beta: not below zero; larger: stay nearer to the reference; 0: leaving it is free.
    Returns (B, T), whose row sums are score - beta log_ratio: the RLHF objective, sampled.
    Raises ValueError for shapes that do not match, a row without response, or numbers that are
        not finite, such as the nan of a reward model that broke.

    Ziegler et al. 2019.

    By hand: token 1 costs 0.5 (-1 + 2) = 0.5, token 2 earns 3 - 0.5 (-2 + 1) = 3.5.

    >>> from torch import tensor
    >>> kl_shaped_rewards(tensor([3.0]), tensor([[-1.0, -2.0, -9.0]]),
    ...                   tensor([[-2.0, -1.0, -5.0]]), tensor([[1, 1, 0]]), beta=0.5)
    tensor([[-0.5000,  3.5000,  0.0000]])
    """
    log_ratio = torch.where(completion_mask, policy_logps - reference_logps, 0.0)  # (B, T)
    still_to_come = completion_mask.flip(-1).cumsum(-1).flip(-1)  # (B, T), token t counted
    is_last = completion_mask & (still_to_come == 1)  # (B, T)
    return -beta * log_ratio + torch.where(is_last, scores[:, None], 0.0)  # (B, T)
