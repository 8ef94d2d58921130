"""The exercise of notebook 03, first part: how far apart are two distributions?"""

import torch

from pedagogy.checks.engine import Exercise, Mistake, judge
from pedagogy.maths.divergence import kl_divergence

LOOK_AT_THE_SUM = "the formula is a sum over all outcomes: of what, exactly?"
EPSILONS = (1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5)


def _terms(p, q):
    """p (log p - log q) for each outcome, 0 where p is 0: what most mistakes begin with."""
    return torch.where(p > 0, p * (torch.where(p > 0, p, 1).log() - q.log()), 0)


EXERCISE = Exercise(
    reference=kl_divergence,
    gradient_of=("p", "q"),
    simplex=True,
    cases=(
        (torch.tensor([0.5, 0.5]), torch.tensor([0.9, 0.1])),
        (torch.tensor([0.7, 0.2, 0.1]), torch.tensor([0.1, 0.6, 0.3])),
        (
            torch.tensor([[0.25, 0.25, 0.5], [0.6, 0.3, 0.1]]),
            torch.tensor([[0.5, 0.3, 0.2], [0.2, 0.1, 0.7]]),
        ),
    ),
    edges=(
        (torch.tensor([1.0, 0.0]), torch.tensor([0.25, 0.75])),
        (torch.tensor([0.5, 0.5]), torch.tensor([1.0, 0.0])),
        (torch.tensor([0.5, 0.5, 0.0]), torch.tensor([0.9, 0.1, 0.0])),
    ),
    mistakes=(
        Mistake(
            "the arguments are swapped",
            lambda p, q: _terms(q, p).sum(-1),
            "which of the two weighs the sum? KL(p, q) and KL(q, p) differ.",
        ),
        Mistake(
            "averaged over the outcomes instead of summed",
            lambda p, q: _terms(p, q).mean(-1),
            "p already weighs each outcome. Must the result be divided by their number as well?",
        ),
        Mistake(
            "negative terms are set to zero",
            lambda p, q: _terms(p, q).clamp(min=0).sum(-1),
            "single terms may be negative; it is only their sum that never is.",
        ),
        Mistake(
            "negative terms are made positive",
            lambda p, q: _terms(p, q).abs().sum(-1),
            "single terms may be negative; it is only their sum that never is.",
        ),
        Mistake(
            "this is in bits",
            lambda p, q: _terms(p, q).sum(-1) / torch.tensor(2.0).log(),
            "here the logarithm is the natural one, and the unit the nat.",
        ),
        Mistake(
            "nan where p is 0",
            lambda p, q: (p * (p.log() - q.log())).sum(-1),
            "log 0 is -inf, and 0 times it is nan. What should an outcome that never happens add?",
        ),
        Mistake(
            "nan where p and q are both 0",
            lambda p, q: (torch.xlogy(p, p) - p * q.log()).sum(-1),
            "what should an outcome add that happens in neither? Look at what comes of 0 and 0.",
        ),
        *(
            Mistake(
                "a small number is added, and an infinite divergence becomes finite",
                lambda p, q, small=small: (p * ((p + small).log() - (q + small).log())).sum(-1),
                "p gives an outcome that q holds to be impossible. How large is log(0.5 / 0)?",
            )
            for small in EPSILONS
        ),
        Mistake(
            "the minus of the divergence",
            lambda p, q: -_terms(p, q).sum(-1),
            "a divergence is never negative. Which logarithm is subtracted from which?",
        ),
        Mistake(
            "this is the cross-entropy",
            lambda p, q: -(p * q.log()).sum(-1),
            "the divergence of p from p itself should be 0. Is it?",
        ),
        Mistake(
            "this is the entropy of p",
            lambda p, q: -(p * p.log()).sum(-1),
            "keep p and change q: the answer should change.",
        ),
        Mistake(
            "the logarithm is missing",
            lambda p, q: (p * (p - q)).sum(-1),
            "the difference in the formula is one of logarithms.",
        ),
        Mistake(
            "the logarithm is missing",
            lambda p, q: (p * p / q).sum(-1),
            "the divergence of p from p itself should be 0. Is it?",
        ),
        Mistake(
            "the sum is not weighted",
            lambda p, q: (p.log() - q.log()).sum(-1),
            "an outcome that p gives often should count for more. What weighs it?",
        ),
        Mistake(
            "both directions are mixed",
            lambda p, q: (_terms(p, q) + _terms(q, p)).sum(-1) / 2,
            "this divergence has a direction: only p weighs the sum.",
        ),
        Mistake(
            "both directions are mixed",
            lambda p, q: (_terms(p, q) + _terms(q, p)).sum(-1),
            "this divergence has a direction: only p weighs the sum.",
        ),
        Mistake(
            "each distribution is compared with the mean of the two (Jensen-Shannon)",
            lambda p, q: (_terms(p, (p + q) / 2) + _terms(q, (p + q) / 2)).sum(-1) / 2,
            "here p is compared with q itself.",
        ),
        Mistake(
            "this sums squared differences", lambda p, q: (p - q).square().sum(-1), LOOK_AT_THE_SUM
        ),
        Mistake(
            "this sums absolute differences", lambda p, q: (p - q).abs().sum(-1), LOOK_AT_THE_SUM
        ),
        Mistake(
            "this is half the sum of absolute differences",
            lambda p, q: (p - q).abs().sum(-1) / 2,
            LOOK_AT_THE_SUM,
        ),
        Mistake(
            "the rows are summed as well",
            lambda p, q: _terms(p, q).sum(),
            "each row is a distribution of its own: sum over the last axis only.",
        ),
        Mistake(
            "the rows are averaged as well",
            lambda p, q: _terms(p, q).sum(-1).mean(),
            "each row is a distribution of its own, and wants a number of its own.",
        ),
        Mistake(
            "averaged over everything",
            lambda p, q: _terms(p, q).mean(),
            "sum over the last axis, and leave the rows alone.",
        ),
        Mistake(
            "summed over the rows instead of the outcomes",
            lambda p, q: _terms(p, q).sum(0),
            "the outcomes lie along the last axis.",
        ),
        Mistake(
            "nothing is summed yet",
            _terms,
            "these are the terms, one for each outcome. The divergence is their sum.",
        ),
    ),
)


def check_kl_divergence(kl_divergence):
    """Return the Verdict on a kl_divergence(p, q) of your own."""
    return judge(EXERCISE, kl_divergence)
