"""The exercise of notebook 03, first part: how far apart are two distributions?"""

import torch

from pedagogy.checks.engine import check
from pedagogy.checks.exercise import Exercise, mistake
from pedagogy.checks.inputs import probabilities

LOOK_AT_THE_SUM = "the formula is a sum over all outcomes: of what, exactly?"
EPSILONS = (1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5)


def _terms(p, q):
    """p (log p - log q) for each outcome, 0 where p is 0: what most mistakes begin with."""
    return p * (torch.where(p > 0, p, 1).log() - torch.where(p > 0, q, 1).log())


def kl_divergence(p, q):
    return _terms(p, q).sum(-1)


EXERCISE = Exercise(
    reference=kl_divergence,
    gradient_of=("p", "q"),
    simplex=True,
    nan_hint=(
        "\nWith one exception: where p is 0, the gradient of yours is nan, because log 0 is taken "
        "before it is thrown away. A training that meets such a p breaks. "
        "torch.where(p > 0, p, 1).log() takes a harmless logarithm there."
    ),
    solutions=("kl_divergence", "logits_divergence"),
    cases=(
        (torch.tensor([0.5, 0.5]), torch.tensor([0.9, 0.1])),
        (torch.tensor([0.7, 0.2, 0.1]), torch.tensor([0.1, 0.6, 0.3])),
        (
            torch.tensor([[0.25, 0.25, 0.5], [0.6, 0.3, 0.1]]),
            torch.tensor([[0.5, 0.3, 0.2], [0.2, 0.1, 0.7]]),
        ),
        (probabilities(5, 40, seed=0), probabilities(5, 40, seed=1)),
    ),
    edges=(
        (torch.tensor([1.0, 0.0]), torch.tensor([0.25, 0.75])),
        (torch.tensor([0.5, 0.5]), torch.tensor([1.0, 0.0])),
        (torch.tensor([0.5, 0.5, 0.0]), torch.tensor([0.9, 0.1, 0.0])),
    ),
    mistakes=(
        mistake(
            "the arguments are swapped",
            "which of the two weighs the sum? KL(p, q) and KL(q, p) differ.",
            lambda p, q: _terms(q, p).sum(-1),
        ),
        mistake(
            "averaged over the outcomes instead of summed",
            "p already weighs each outcome. Must the result be divided by their number as well?",
            lambda p, q: _terms(p, q).mean(-1),
        ),
        mistake(
            "negative terms are set to zero",
            "single terms may be negative; it is only their sum that never is.",
            lambda p, q: _terms(p, q).clamp(min=0).sum(-1),
        ),
        mistake(
            "negative terms are made positive",
            "single terms may be negative; it is only their sum that never is.",
            lambda p, q: _terms(p, q).abs().sum(-1),
        ),
        mistake(
            "this is in bits",
            "here the logarithm is the natural one, and the unit the nat.",
            lambda p, q: _terms(p, q).sum(-1) / torch.tensor(2.0).log(),
        ),
        mistake(
            "nan where p is 0",
            "log 0 is -inf, and 0 times it is nan. What should an outcome that never happens add?",
            lambda p, q: (p * (p.log() - q.log())).sum(-1),
        ),
        mistake(
            "nan where p and q are both 0",
            "what should an outcome add that happens in neither? Look at what comes of 0 and 0.",
            lambda p, q: (torch.xlogy(p, p) - p * q.log()).sum(-1),
        ),
        mistake(
            "a 0 of q is repaired where p is above 0",
            "p gives an outcome that q calls impossible. Should what q never says be free?",
            lambda p, q: _terms(p, torch.where(q > 0, q, 1)).sum(-1),
        ),
        mistake(
            "a small number is added, and an infinite divergence becomes finite",
            "p gives an outcome that q calls impossible. How large is log(0.5 / 0)?",
            *(lambda p, q, e=e: (p * ((p + e).log() - (q + e).log())).sum(-1) for e in EPSILONS),
        ),
        mistake(
            "an infinite divergence becomes a large number",
            "p gives an outcome that q calls impossible, and that costs infinitely much. What does "
            "nan_to_num make of inf?",
            lambda p, q: (p * (p.log() - q.log())).nan_to_num().sum(-1),
        ),
        mistake(
            "the minus of the divergence",
            "a divergence is never negative. Which logarithm is subtracted from which?",
            lambda p, q: -_terms(p, q).sum(-1),
        ),
        mistake(
            "this is the cross-entropy",
            "the divergence of p from p itself should be 0. Is it?",
            lambda p, q: -(p * q.log()).sum(-1),
        ),
        mistake(
            "this is the entropy of p",
            "keep p and change q: the answer should change.",
            lambda p, q: -(p * p.log()).sum(-1),
        ),
        mistake(
            "the logarithm is missing",
            "the difference in the formula is one of logarithms.",
            lambda p, q: (p * (p - q)).sum(-1),
        ),
        mistake(
            "the logarithm is missing",
            "the divergence of p from p itself should be 0. Is it?",
            lambda p, q: (p * p / q).sum(-1),
        ),
        mistake(
            "the sum is not weighted",
            "an outcome that p gives often should count for more. What weighs it?",
            lambda p, q: (p.log() - q.log()).sum(-1),
        ),
        mistake(
            "both directions are mixed",
            "this divergence has a direction: only p weighs the sum.",
            lambda p, q: (_terms(p, q) + _terms(q, p)).sum(-1) / 2,
            lambda p, q: (_terms(p, q) + _terms(q, p)).sum(-1),
        ),
        mistake(
            "each distribution is compared with the mean of the two (Jensen-Shannon)",
            "here p is compared with q itself.",
            lambda p, q: (_terms(p, (p + q) / 2) + _terms(q, (p + q) / 2)).sum(-1) / 2,
        ),
        mistake(
            "this sums squared differences", LOOK_AT_THE_SUM, lambda p, q: (p - q).square().sum(-1)
        ),
        mistake(
            "this sums absolute differences", LOOK_AT_THE_SUM, lambda p, q: (p - q).abs().sum(-1)
        ),
        mistake(
            "this is half the sum of absolute differences",
            LOOK_AT_THE_SUM,
            lambda p, q: (p - q).abs().sum(-1) / 2,
        ),
        mistake(
            "the rows are summed as well",
            "each row is a distribution of its own: sum over the last axis only.",
            lambda p, q: _terms(p, q).sum(),
        ),
        mistake(
            "the rows are averaged as well",
            "each row is a distribution of its own, and needs a number of its own.",
            lambda p, q: _terms(p, q).sum(-1).mean(),
        ),
        mistake(
            "averaged over everything",
            "sum over the last axis, and leave the rows alone.",
            lambda p, q: _terms(p, q).mean(),
        ),
        mistake(
            "summed over the rows instead of the outcomes",
            "the outcomes lie along the last axis.",
            lambda p, q: _terms(p, q).sum(0),
        ),
        mistake(
            "nothing is summed yet",
            "these are the terms, one for each outcome. The divergence is their sum.",
            _terms,
        ),
    ),
)


def check_kl_divergence(kl_divergence):
    """Return the Verdict on a kl_divergence(p, q) of your own."""
    return check(EXERCISE, kl_divergence)
