"""The exercise of notebook 07, second part: which reward does a policy seem to have followed?"""

import torch

from pedagogy.checks.engine import check
from pedagogy.checks.exercise import Exercise, mistake
from pedagogy.checks.inputs import numbers

EPSILONS = (0, 1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5)
UNCHANGED = (
    "a response as likely under the policy as under the reference has reward 0. Is it 0 here?"
)
QUOTIENT = "what becomes of a quotient under the logarithm? These are logarithms already."
LOGARITHM = "look at the formula again: what stands before each ratio of probabilities?"
ONE_EACH = "each response has a reward of its own: one for each response is asked for."

RATIOS = "these are ratios of probabilities, not their logarithms"
LOG_RATIOS = (  # wrong ways to the log-ratio of policy and reference
    mistake("the log-probabilities are divided", QUOTIENT, lambda p, q: p / q),
    mistake("a logarithm is taken of log-probabilities", QUOTIENT, lambda p, q: (p / q).log()),
    mistake(
        "nan everywhere, as from the logarithm of a negative number",
        "log-probabilities are never above 0. Must one more logarithm be taken of them?",
        lambda p, q: p.log() - q.log(),
    ),
    mistake(RATIOS, LOGARITHM, lambda p, q: (p - q).exp()),
    mistake(
        "these are differences of probabilities, not of their logarithms",
        LOGARITHM,
        lambda p, q: p.exp() - q.exp(),
    ),
    mistake(
        "the ratio is formed before its logarithm, and becomes inf or 0",
        "the formula is right, but e^300 is too large for a computer. What does a logarithm undo?",
        lambda p, q: (p - q).exp().log(),
    ),
    mistake(
        "probabilities are formed first, and round to 0 for long responses",
        "the formula is right, but e^-200 is too small for a computer. Can you stay with "
        "logarithms all the way?",
        *(lambda p, q, e=e: ((p.exp() + e) / (q.exp() + e)).log() for e in EPSILONS),
    ),
)


def implicit_reward(policy_logps, reference_logps, beta):
    return beta * (policy_logps - reference_logps)


EXERCISE = Exercise(
    reference=implicit_reward,
    gradient_of=("policy_logps",),  # the reference is a constant, and may be cut off
    cases=(
        (torch.tensor([-2.0]), torch.tensor([-3.5]), 0.3),
        (torch.tensor([-1.0, -4.0]), torch.tensor([-3.0, -2.5]), 0.3),
        (
            torch.tensor([-7.5, -2.2, -9.0, -12.0, -5.5]),
            torch.tensor([-7.0, -6.0, -9.8, -8.5, -5.5]),
            2.5,
        ),
        (numbers(100, seed=0) - 9, numbers(100, seed=1) - 9, 0.4),
    ),
    edges=(
        (torch.tensor([-4.0, -0.5]), torch.tensor([-4.0, -0.5]), 0.3),
        (torch.tensor([-200.0, -180.0]), torch.tensor([-190.0, -210.0]), 0.1),
        (torch.tensor([-400.0, -900.0]), torch.tensor([-700.0, -300.0]), 5.0),
    ),
    mistakes=(
        mistake(
            "beta is not used",
            "try two values of beta: the answers should differ.",
            lambda p, q, b: p - q,
        ),
        mistake(
            "the reference is not used",
            "keep policy_logps and change reference_logps: the answer should change.",
            lambda p, q, b: b * p,
            lambda p, q, b: p,
        ),
        mistake(
            "the policy is not used",
            "keep reference_logps and change policy_logps: the answer should change.",
            lambda p, q, b: b * q,
            lambda p, q, b: -b * q,
        ),
        mistake(
            "the sign is reversed",
            "a response that training made likelier should have a reward above 0. Does it?",
            lambda p, q, b: b * (q - p),
        ),
        mistake(
            "it is divided by beta",
            "with a large beta a policy moves only for a large reward. So which reward explains "
            "the same move when beta is larger?",
            lambda p, q, b: (p - q) / b,
        ),
        *(m.within(lambda f: lambda p, q, b: b * f(p, q)) for m in LOG_RATIOS),
        mistake("the log-probabilities are divided", QUOTIENT, lambda p, q, b: p / q),
        mistake(
            RATIOS,
            LOGARITHM,
            lambda p, q, b: (p - q).exp(),
            lambda p, q, b: (b * (p - q)).exp(),
        ),
        mistake("policy and reference are added", UNCHANGED, lambda p, q, b: b * (p + q)),
        mistake(
            "beta weighs only one of the two, as without brackets",
            UNCHANGED,
            lambda p, q, b: b * p - q,
            lambda p, q, b: p - b * q,
        ),
        mistake(
            "beta is added or subtracted, not multiplied",
            UNCHANGED,
            lambda p, q, b: p - q + b,
            lambda p, q, b: p - q - b,
        ),
        mistake(
            "the sign is lost",
            "a response that training made rarer should have a reward below 0. Does it?",
            lambda p, q, b: b * (p - q).abs(),
            lambda p, q, b: b * (p - q).square(),
            lambda p, q, b: b * (p - q).clamp(min=0),
        ),
        mistake(
            "this went through a sigmoid already",
            "a reward may be any number. The sigmoid comes later, when two are compared.",
            lambda p, q, b: torch.sigmoid(b * (p - q)),
            lambda p, q, b: torch.nn.functional.logsigmoid(b * (p - q)),
        ),
        mistake("the mean over the batch is taken", ONE_EACH, lambda p, q, b: b * (p - q).mean()),
        mistake("the sum over the batch is taken", ONE_EACH, lambda p, q, b: b * (p - q).sum()),
        mistake(
            "the mean of the batch is taken off",
            "change one response: the rewards of the others should stay as they are.",
            lambda p, q, b: b * (p - q) - b * (p - q).mean(),
        ),
        mistake(
            "every response is compared with those of other rows",
            "row i of the policy belongs to row i of the reference. Which shapes meet?",
            lambda p, q, b: b * (p[:, None] - q[None, :]),
        ),
    ),
)


def check_implicit_reward(implicit_reward):
    """Return the Verdict on an implicit_reward(policy_logps, reference_logps, beta) of your own."""
    return check(EXERCISE, implicit_reward)
