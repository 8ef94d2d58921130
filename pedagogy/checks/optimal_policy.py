"""The exercise of notebook 07, first part: the best policy, where all answers can be listed."""

import torch
from torch.nn.functional import one_hot

from pedagogy.checks.engine import check
from pedagogy.checks.exercise import Exercise, mistake
from pedagogy.checks.inputs import numbers, probabilities

EPSILONS = (1e-30, 1e-20, 1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5)
ADD_UP = "add up your probabilities, prompt by prompt. Do they give 1?"
EQUAL_REWARDS = (
    "where all rewards are equal, the best policy is the reference. Is it yours as well?"
)
LARGER_BETA = "the larger beta, the nearer the best policy is to the reference. Is yours?"
ONE_Z_EACH = "each prompt is a row and has a Z of its own. Along which axis do its answers lie?"
TOO_LARGE = (
    "the formula is right, but e^10000 is too large for a computer, and e^-10000 too small. The "
    "same number taken off all rewards of a prompt changes nothing: which one helps?"
)


def _weights(reference, rewards, beta):
    return reference * (rewards / beta).exp()


def _logs(reference, rewards, beta):
    return reference.log() + rewards / beta


def _z(reference, rewards, beta):
    return _weights(reference, rewards, beta).sum(-1, keepdim=True)


def _share(weights):
    return weights / weights.sum(-1, keepdim=True)


def _greedy(values):
    return one_hot(values.argmax(-1), values.shape[-1]).float()


def optimal_policy(reference, rewards, beta):
    return _logs(reference, rewards, beta).softmax(-1)


EXERCISE = Exercise(
    reference=optimal_policy,
    solutions=("optimal_policy", "optimal_logps"),
    gradient_of=("rewards",),  # the reference is a constant, and may be cut off
    cases=(
        (torch.tensor([0.8, 0.2]), torch.tensor([1.0, 1.5]), 0.5),
        (torch.tensor([0.5, 0.2, 0.3]), torch.tensor([-1.0, 2.0, 0.5]), 2.0),
        (
            torch.tensor([[0.6, 0.3, 0.1], [0.25, 0.05, 0.7], [0.4, 0.35, 0.25]]),
            torch.tensor([[0.5, -0.4, 1.2], [2.0, 1.0, -0.8], [-1.5, 0.3, -0.6]]),
            0.7,
        ),
        (probabilities(5, 40, seed=0), numbers(5, 40, seed=1), 0.8),
    ),
    edges=(
        (torch.tensor([0.1, 0.9]), torch.tensor([2.0, 2.0]), 0.3),
        (torch.tensor([0.4, 0.6]), torch.tensor([3.0, -2.0]), 1e6),
        (torch.tensor([0.7, 0.3, 0.0]), torch.tensor([1.0, 1.5, 41.0]), 0.5),  # 0 · e^82 is 0
        (
            torch.tensor([[0.3, 0.7], [0.6, 0.4]]),
            torch.tensor([[1000.0, 900.0], [-1000.0, -900.0]]),
            0.1,
        ),
    ),
    mistakes=(
        mistake(
            "exp is forgotten",
            "a negative reward should not become a negative probability.",
            lambda p, r, b: _share(p * r / b),
            lambda p, r, b: p * r / b,
        ),
        mistake("beta multiplies", LARGER_BETA, lambda p, r, b: _share(_weights(p, r, 1 / b))),
        mistake(
            "beta is not used",
            "try two values of beta: the answers should differ.",
            lambda p, r, b: _share(_weights(p, r, 1)),
        ),
        mistake("the reference is dropped", EQUAL_REWARDS, lambda p, r, b: (r / b).softmax(-1)),
        mistake(
            "the reference is added to the exponent as it is",
            EQUAL_REWARDS,
            lambda p, r, b: (p + r / b).softmax(-1),
        ),
        mistake(
            "the reference is multiplied inside the exponent",
            EQUAL_REWARDS,
            lambda p, r, b: (p * r / b).softmax(-1),
        ),
        mistake(
            "it is divided by the reference",
            EQUAL_REWARDS,
            lambda p, r, b: _share((r / b).exp() / p),
        ),
        mistake(
            "the reference is raised to 1 / beta as well",
            EQUAL_REWARDS,
            lambda p, r, b: _logs(p, r, 1).div(b).softmax(-1),
        ),
        mistake(
            "the reward has the wrong sign",
            "raise one answer's reward: its probability should grow. Does it?",
            lambda p, r, b: _share(_weights(p, -r, b)),
        ),
        mistake("it is not divided by Z", ADD_UP, _weights),
        mistake("the reference is missing in Z", ADD_UP, lambda p, r, b: p * (r / b).softmax(-1)),
        mistake(
            "Z is subtracted from the exponent, not its logarithm",
            ADD_UP,
            lambda p, r, b: (_logs(p, r, b) - _z(p, r, b)).exp(),
        ),
        mistake(
            "it is divided by Z along the wrong axis",
            ONE_Z_EACH,
            lambda p, r, b: _weights(p, r, b) / _weights(p, r, b).sum(0, keepdim=True),
        ),
        mistake(
            "all prompts share one Z",
            ONE_Z_EACH,
            lambda p, r, b: _weights(p, r, b) / _weights(p, r, b).sum(),
        ),
        mistake(
            "each Z divides a column, not the row of its prompt",
            "which shape has your Z, and what happens when a matrix is divided by it?",
            lambda p, r, b: _weights(p, r, b) / _weights(p, r, b).sum(-1),
        ),
        mistake(
            "these are logarithms, and log Z is forgotten",
            "probabilities are asked for: never negative, and they add up to 1.",
            _logs,
        ),
        mistake(
            "these are logarithms of probabilities",
            "probabilities are asked for, and they are never negative.",
            lambda p, r, b: _logs(p, r, b).log_softmax(-1),
        ),
        mistake(
            "the softmax is taken of what went through exp already",
            EQUAL_REWARDS,
            lambda p, r, b: _weights(p, r, b).softmax(-1),
        ),
        mistake(
            "one answer gets everything",
            "at this beta the other answers should keep a part. How much?",
            lambda p, r, b: _greedy(r),
            lambda p, r, b: _greedy(_logs(p, r, b)),
        ),
        mistake(
            "this is the reference itself",
            "raise one answer's reward: its probability should grow. Does it?",
            lambda p, r, b: p,
        ),
        mistake(
            "e to the reward over beta overflows",
            TOO_LARGE,
            lambda p, r, b: _share(_weights(p, r, b)),
            lambda p, r, b: (_logs(p, r, b) - _z(p, r, b).log()).exp(),
        ),
        mistake(
            "the best reward of all prompts is taken off, not that of each",
            "where one prompt has rewards far below another's, e to all of them rounds to 0.",
            lambda p, r, b: _share(_weights(p, r - r.max(), b)),
        ),
        mistake(
            "a small number is added, and what the reference never says becomes possible",
            "the formula multiplies by the reference. What is 0 times a large number?",
            *(lambda p, r, b, e=e: _logs(p + e, r, b).softmax(-1) for e in EPSILONS),
            *(lambda p, r, b, e=e: _logs(p.clamp(min=e), r, b).softmax(-1) for e in EPSILONS),
        ),
    ),
)


def check_optimal_policy(optimal_policy):
    """Return the Verdict on an optimal_policy(reference, rewards, beta) of your own."""
    return check(EXERCISE, optimal_policy)
