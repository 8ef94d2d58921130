"""Learners' functions for the exercises of notebooks 07 and 08, as a learner would write them."""

import pytest
import torch
import torch.nn.functional as F
from torch.distributions import Bernoulli, Categorical
from verdicts import assert_gradient_lost, assert_gradient_wrong, assert_named, assert_passed

from pedagogy.checks import check_dpo_loss, check_implicit_reward, check_optimal_policy

# Right answers: the optimal policy -------------------------------------------------------------


def loop_of_answers(reference, rewards, beta):
    if reference.dim() > 1:
        rows = zip(reference, rewards, strict=True)
        return torch.stack([loop_of_answers(p, r, beta) for p, r in rows])
    best = rewards[reference > 0].max()
    weights = [p * torch.exp((r - best) / beta) for p, r in zip(reference, rewards, strict=True)]
    return torch.stack(weights) / sum(weights)


def by_the_best_reward(reference, rewards, beta):
    weights = reference * torch.exp((rewards - rewards.max(-1, keepdim=True).values) / beta)
    return weights / weights.sum(-1, keepdim=True)


def by_log_z(reference, rewards, beta):
    log_z = torch.logsumexp(reference.log() + rewards / beta, dim=-1, keepdim=True)
    return torch.exp(reference.log() + rewards / beta - log_z)


OPTIMA = [
    loop_of_answers,
    by_the_best_reward,
    by_log_z,
    lambda p, r, b: torch.softmax(torch.log(p) + r / b, dim=-1),
    lambda p, r, b: F.log_softmax(p.log() + r / b, -1).exp(),
    lambda p, r, b: F.softmax((b * p.log() + r) / b, dim=-1),
    lambda p, r, b: p * F.softmax(r / b, -1) / (p * F.softmax(r / b, -1)).sum(-1, keepdim=True),
    lambda p, r, b: Categorical(logits=p.log() + r / b).probs,
    lambda p, r, b: torch.softmax(p.double().log() + r.double() / b, -1),
    lambda p, r, b: by_log_z(p.detach(), r, b),
]


# Right answers: the implicit reward ------------------------------------------------------------


def loop_of_responses(policy_logps, reference_logps, beta):
    pairs = zip(policy_logps, reference_logps, strict=True)
    return torch.stack([beta * (policy - reference) for policy, reference in pairs])


REWARDS = [
    loop_of_responses,
    lambda p, q, b: b * p - b * q,
    lambda p, q, b: -(q - p) * b,
    lambda p, q, b: torch.sub(p, q).mul(b),
    lambda p, q, b: b * (p - q.detach()),
    lambda p, q, b: b * (p.double() - q.double()),
]


# Right answers: the loss -----------------------------------------------------------------------


def loop_of_pairs(
    policy_chosen_logps,
    policy_rejected_logps,
    reference_chosen_logps,
    reference_rejected_logps,
    beta,
):
    total = 0.0
    for i in range(len(policy_chosen_logps)):
        chosen = policy_chosen_logps[i] - reference_chosen_logps[i]
        rejected = policy_rejected_logps[i] - reference_rejected_logps[i]
        total = total + F.logsigmoid(beta * (chosen - rejected))
    return -total / len(policy_chosen_logps)


def negated_at_the_end(pc, pr, rc, rr, beta):
    policy_gap, reference_gap = pc - pr, rc - rr
    objective = F.logsigmoid(beta * (policy_gap - reference_gap)).mean()
    return -objective


def by_a_batch_of_both(pc, pr, rc, rr, beta):
    """As trainers do: chosen and rejected go through in one batch, and are parted again."""
    rewards = beta * (torch.cat([pc, pr]) - torch.cat([rc, rr]).detach())
    chosen, rejected = rewards.chunk(2)
    return F.softplus(rejected - chosen).mean()


def on_rewards(loss):
    """Any right loss of a reward model is one of DPO, on implicit rewards."""
    return lambda pc, pr, rc, rr, b: loss(b * (pc - rc), b * (pr - rr))


def labels(rewards):
    return torch.zeros(len(rewards), dtype=torch.long)


LOSSES = [
    loop_of_pairs,
    negated_at_the_end,
    by_a_batch_of_both,
    on_rewards(lambda c, r: -torch.stack([c, r], dim=-1).log_softmax(-1)[:, 0].mean()),
    on_rewards(lambda c, r: F.binary_cross_entropy_with_logits(c - r, torch.ones_like(c))),
    on_rewards(lambda c, r: F.cross_entropy(torch.stack([c, r], 1), labels(c))),
    on_rewards(lambda c, r: (torch.logaddexp(c, r) - c).mean()),
    on_rewards(lambda c, r: torch.logaddexp(torch.zeros_like(c), r - c).sum() / len(c)),
    on_rewards(lambda c, r: -Bernoulli(logits=c - r).log_prob(torch.ones(())).mean()),
    lambda *args: loop_of_pairs(*(x.double() for x in args[:4]), args[4]),
    lambda pc, pr, rc, rr, b: negated_at_the_end(pc, pr, rc.detach(), rr.detach(), b),
]

RIGHT = [
    (check, learner)
    for check, learners in [
        (check_optimal_policy, OPTIMA),
        (check_implicit_reward, REWARDS),
        (check_dpo_loss, LOSSES),
    ]
    for learner in learners
]


@pytest.mark.parametrize("check, learner", RIGHT)
def test_right_answers_in_another_form_pass(check, learner):
    assert_passed(check, learner)


# Known mistakes --------------------------------------------------------------------------------


def softmax_over(dim):
    return lambda p, r, b: torch.softmax(p.log() + r / b, dim=dim)


def share(weights):
    return weights / weights.sum(dim=-1, keepdim=True)


def z_without_reference(reference, rewards, beta):
    z = sum(torch.exp(r / beta) for r in rewards.unbind(-1))
    return reference * torch.exp(rewards / beta) / z.unsqueeze(-1)


def z_without_log(reference, rewards, beta):
    weights = reference * torch.exp(rewards / beta)
    return torch.exp(reference.log() + rewards / beta - weights.sum(-1, keepdim=True))


def loss_by_powers(pc, pr, rc, rr, beta):
    """The Bradley-Terry formula as it stands on paper."""
    chosen, rejected = torch.exp(pc - rc) ** beta, torch.exp(pr - rr) ** beta
    return -torch.log(chosen / (chosen + rejected)).mean()


def loss_by_probabilities(pc, pr, rc, rr, beta):
    """The formula of the paper, letter by letter."""
    chosen = torch.log(torch.exp(pc) / torch.exp(rc))
    rejected = torch.log(torch.exp(pr) / torch.exp(rr))
    return -F.logsigmoid(beta * chosen - beta * rejected).mean()


def gap(pc, pr, rc, rr):
    return (pc - rc) - (pr - rr)


OPTIMUM_MISTAKES = [
    # those of other people, found in public
    (lambda p, r, b: share(p * r / b), "exp is forgotten"),
    (lambda p, r, b: torch.softmax(p.log() + b * r, -1), "beta multiplies"),
    (lambda p, r, b: torch.softmax(r / b, dim=-1), "the reference is dropped"),
    (lambda p, r, b: p * torch.exp(r / b), "it is not divided by Z"),
    # and those that a first try easily makes
    (softmax_over(0), "it is divided by Z along the wrong axis"),
    (
        lambda p, r, b: (p * torch.exp(r / b)) / (p * torch.exp(r / b)).sum(),
        "all prompts share one Z",
    ),
    (lambda p, r, b: share(p * torch.exp(r / b)), "e to the reward over beta overflows"),
    (
        lambda p, r, b: torch.exp(
            p.log() + r / b - torch.log((p * torch.exp(r / b)).sum(-1, True))
        ),
        "e to the reward over beta overflows",
    ),
    (
        lambda p, r, b: p * torch.exp(r / b) / (p * torch.exp(r / b)).sum(dim=-1),
        "each Z divides a column, not the row of its prompt",
    ),
    (
        lambda p, r, b: share(p * torch.exp((r - torch.max(r)) / b)),
        "the best reward of all prompts is taken off, not that of each",
    ),
    (lambda p, r, b: p.log() + r / b, "these are logarithms, and log Z is forgotten"),
    (lambda p, r, b: torch.exp(p.log() + r / b), "it is not divided by Z"),
    (lambda p, r, b: (p.log() + r / b).log_softmax(-1), "these are logarithms of probabilities"),
    (z_without_reference, "the reference is missing in Z"),
    (z_without_log, "Z is subtracted from the exponent, not its logarithm"),
    (lambda p, r, b: torch.softmax(p.log() - r / b, -1), "the reward has the wrong sign"),
    (lambda p, r, b: torch.softmax(p.log() + r, -1), "beta is not used"),
    (
        lambda p, r, b: torch.softmax((p.log() + r) / b, -1),
        "the reference is raised to 1 / beta as well",
    ),
    (
        lambda p, r, b: torch.softmax(p + r / b, -1),
        "the reference is added to the exponent as it is",
    ),
    (
        lambda p, r, b: torch.softmax(torch.log(p + 1e-8) + r / b, -1),
        "a small number is added, and what the reference never says becomes possible",
    ),
    (
        lambda p, r, b: torch.softmax(torch.log(torch.clamp(p, 1e-5)) + r / b, -1),
        "a small number is added, and what the reference never says becomes possible",
    ),
]

REWARD_MISTAKES = [
    # those of other people, found in public
    (lambda p, q, b: p - q, "beta is not used"),
    (lambda p, q, b: b * p, "the reference is not used"),
    (lambda p, q, b: b * q - b * p, "the sign is reversed"),
    # and those that a first try easily makes
    (lambda p, q, b: (p - q) / b, "it is divided by beta"),
    (lambda p, q, b: b * p / q, "the log-probabilities are divided"),
    (lambda p, q, b: b * torch.log(p / q), "a logarithm is taken of log-probabilities"),
    (
        lambda p, q, b: b * (torch.log(p) - torch.log(q)),
        "nan everywhere, as from the logarithm of a negative number",
    ),
    (
        lambda p, q, b: b * torch.exp(p - q),
        "these are ratios of probabilities, not their logarithms",
    ),
    (
        lambda p, q, b: b * (p.exp() / q.exp()).log(),
        "probabilities are formed first, and round to 0 for long responses",
    ),
    (
        lambda p, q, b: b * (torch.log(p.exp()) - torch.log(q.exp())),
        "probabilities are formed first, and round to 0 for long responses",
    ),
    (
        lambda p, q, b: b * ((p - q).exp()).log(),
        "the ratio is formed before its logarithm, and becomes inf or 0",
    ),
    (lambda p, q, b: b * p - q, "beta weighs only one of the two, as without brackets"),
    (lambda p, q, b: b * (p + q), "policy and reference are added"),
    (lambda p, q, b: (b * (p - q)).mean(), "the mean over the batch is taken"),
    (lambda p, q, b: torch.relu(b * (p - q)), "the sign is lost"),
]

LOSS_MISTAKES = [
    # those of other people, found in public
    (
        lambda *args: -args[4] * F.logsigmoid(gap(*args[:4])).mean(),
        "beta is outside the log-sigmoid",
    ),
    (lambda *args: -F.logsigmoid(gap(*args[:4])).mean(), "beta is not used"),
    (lambda pc, pr, rc, rr, b: -F.logsigmoid(b * (pc - pr)).mean(), "the reference is not used"),
    (
        lambda pc, pr, rc, rr, b: negated_at_the_end(pr, pc, rr, rc, b),
        "the gap is reversed, as if chosen and rejected were swapped",
    ),
    (lambda *args: -torch.sigmoid(args[4] * gap(*args[:4])).mean(), "the logarithm is forgotten"),
    (lambda *args: -loop_of_pairs(*args), "the minus is forgotten"),
    (lambda *args: loop_of_pairs(*args) * len(args[0]), "the sum is taken, not the mean"),
    (
        lambda *args: -F.logsigmoid(args[4] * gap(*args[:4]).mean()),
        "the gaps are averaged before the surprise is taken",
    ),
    # and those that a first try easily makes
    (
        lambda pc, pr, rc, rr, b: negated_at_the_end(pr, pc, rc, rr, b),
        "the policy's part is reversed, as if its chosen and rejected were swapped",
    ),
    (
        lambda pc, pr, rc, rr, b: negated_at_the_end(pc, pr, rr, rc, b),
        "the reference's part is reversed, as if its chosen and rejected were swapped",
    ),
    (
        lambda pc, pr, rc, rr, b: -F.logsigmoid(b * ((pc - pr) + (rc - rr))).mean(),
        "the reference's part is reversed, as if its chosen and rejected were swapped",
    ),
    (
        on_rewards(lambda c, r: -F.logsigmoid(c + r).mean()),
        "the two responses are added, not compared",
    ),
    (
        lambda pc, pr, rc, rr, b: -F.logsigmoid(b * (pc - pr - rc - rr)).mean(),
        "one sign is wrong, as without brackets",
    ),
    (
        lambda pc, pr, rc, rr, b: -F.logsigmoid(b * (pc - rc) - (pr - rr)).mean(),
        "beta weighs only a part, as without brackets",
    ),
    (lambda *args: -F.logsigmoid(gap(*args[:4]) / args[4]).mean(), "it is divided by beta"),
    (
        on_rewards(lambda c, r: -torch.log(torch.sigmoid(c - r)).mean()),
        "log of sigmoid in several steps: inf where the gap is large",
    ),
    (
        on_rewards(lambda c, r: torch.log(1 + torch.exp(r - c)).mean()),
        "log of sigmoid in several steps: inf where the gap is large",
    ),
    (loss_by_powers, "e to the reward overflows for large rewards"),
    (loss_by_probabilities, "probabilities are formed first, and round to 0 for long responses"),
    (
        on_rewards(lambda c, r: -torch.log(torch.sigmoid(c - r) + 1e-6).mean()),
        "a small number keeps the log finite, and a hopeless pair costs too little",
    ),
    (
        on_rewards(lambda c, r: -torch.log(torch.sigmoid(c - r).clamp(1e-7, 1)).mean()),
        "a small number keeps the log finite, and a hopeless pair costs too little",
    ),
    (
        on_rewards(lambda c, r: F.binary_cross_entropy((c - r).sigmoid(), torch.ones_like(c))),
        "the log is cut off at -100, and a hopeless pair costs too little",
    ),
    (on_rewards(lambda c, r: F.softplus(r - c)), "nothing is averaged yet"),
    (on_rewards(lambda c, r: F.softplus(r - c).mean() / 2), "this is half of the loss"),
    (
        on_rewards(lambda c, r: -torch.log10(torch.sigmoid(c - r)).mean()),
        "the logarithm is not the natural one",
    ),
    (
        on_rewards(lambda c, r: F.relu(1 - (c - r)).mean()),
        "this is a hinge: the pull ends at a gap of 1",
    ),
    (
        lambda *args: torch.mean((gap(*args[:4]) - 1 / (2 * args[4])) ** 2),
        "this is IPO's loss: it squares the distance of the log-ratio from 1 / (2 beta)",
    ),
    (
        on_rewards(lambda c, r: (0.9 * F.softplus(r - c) + 0.1 * F.softplus(c - r)).mean()),
        "labels are smoothed: each pair counts a little the other way round",
    ),
    (
        on_rewards(lambda c, r: -(F.logsigmoid(c) + F.logsigmoid(-r)).mean()),
        "each response is used on its own",
    ),
    (
        lambda pc, pr, rc, rr, b: -F.logsigmoid(b * (pc / rc - pr / rr)).mean(),
        "the log-probabilities are divided",
    ),
    (
        on_rewards(lambda c, r: -F.logsigmoid(torch.sigmoid(c - r)).mean()),
        "the sigmoid is taken twice",
    ),
]

MISTAKES = [
    (check, learner, name)
    for check, mistakes in [
        (check_optimal_policy, OPTIMUM_MISTAKES),
        (check_implicit_reward, REWARD_MISTAKES),
        (check_dpo_loss, LOSS_MISTAKES),
    ]
    for learner, name in mistakes
]


@pytest.mark.parametrize("check, learner, name", MISTAKES, ids=[name for _, _, name in MISTAKES])
def test_known_mistakes_are_named(check, learner, name):
    assert_named(check, learner, name)


def test_a_wrong_answer_shows_the_pair():
    """The gap is (-2 + 2.5) - (-3 + 2.2) = 1.3: log(1 + e^-0.39), and 0.3 log(1 + e^-1.3)."""
    assert str(check_dpo_loss(LOSS_MISTAKES[0][0])) == (
        "Not yet: beta is outside the log-sigmoid.\n"
        "  input     policy_chosen_logps = [-2], policy_rejected_logps = [-3], "
        "reference_chosen_logps = [-2.5], reference_rejected_logps = [-2.2], beta = 0.3\n"
        "  expected  0.517\n"
        "  yours     0.0723\n"
        "Where to look: a policy that is still the reference should cost log 2 = 0.6931, for any "
        "beta."
    )


# Gradients -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "check, cut",
    [
        (check_optimal_policy, lambda p, r, b: by_log_z(p, r.detach(), b)),
        (check_implicit_reward, lambda p, q, b: b * (p.detach() - q)),
        (check_dpo_loss, torch.no_grad()(negated_at_the_end)),
    ],
)
def test_a_lost_gradient_is_noticed(check, cut):
    assert_gradient_lost(check, cut)


@pytest.mark.parametrize(
    "check, bent",
    [
        (
            check_optimal_policy,
            lambda p, r, b: by_log_z(p, r, b) / 2 + by_log_z(p, r.detach(), b) / 2,
        ),
        (check_implicit_reward, lambda p, q, b: 2 * b * (p - q) - b * (p - q).detach()),
        (check_dpo_loss, lambda *args: 2 * loop_of_pairs(*args) - loop_of_pairs(*args).detach()),
    ],
)
def test_a_wrong_gradient_is_noticed(check, bent):
    assert_gradient_wrong(check, bent)


@pytest.mark.parametrize("side", [0, 1])
def test_a_response_that_is_cut_off_is_named(side):
    """Values are right then, and only half of the pull is left."""

    def half(*args):
        args = [x.detach() if i == side else x for i, x in enumerate(args[:4])] + [args[4]]
        return negated_at_the_end(*args)

    verdict = check_dpo_loss(half)
    assert verdict.misconception == "one of the two responses is cut off"
    assert verdict.message.startswith(f"Almost: {verdict.misconception}. Only the gradient shows")
