"""Learners' functions for the exercises of notebooks 04 to 06, as a learner would write them."""

import pytest
import torch
import torch.nn.functional as F
from torch.distributions import Bernoulli, Categorical
from verdicts import assert_gradient_lost, assert_gradient_wrong, assert_named, assert_passed

from pedagogy.checks import (
    check_clipped_surrogate_loss,
    check_gae,
    check_kl_shaped_rewards,
    check_reward_model_loss,
    check_sequence_logps,
)

# Right answers: the reward model's loss --------------------------------------------------------


def loop_of_pairs(chosen_scores, rejected_scores):
    total = 0
    for c, r in zip(chosen_scores, rejected_scores, strict=True):
        total = total + torch.log1p(torch.exp(-(c - r).abs())) + torch.relu(r - c)
    return total / len(chosen_scores)


LOSSES = [
    lambda c, r: -F.logsigmoid(c - r).mean(),
    lambda c, r: F.softplus(r - c).mean(),
    lambda c, r: -torch.stack([c, r], dim=-1).log_softmax(-1)[:, 0].mean(),
    lambda c, r: F.binary_cross_entropy_with_logits(c - r, torch.ones_like(c)),
    lambda c, r: F.cross_entropy(torch.stack([c, r], 1), torch.zeros(len(c), dtype=torch.long)),
    lambda c, r: (torch.logaddexp(c, r) - c).mean(),
    lambda c, r: torch.logaddexp(torch.zeros_like(c), r - c).sum() / len(c),
    lambda c, r: -Bernoulli(logits=c - r).log_prob(torch.ones(())).mean(),
    lambda c, r: -F.logsigmoid(c.double() - r.double()).mean(),
    loop_of_pairs,
]


# Right answers: the log-probability of a response ----------------------------------------------


def loop_of_words(logits, input_ids, completion_mask):
    rows = []
    for z, ids, mask in zip(logits, input_ids, completion_mask, strict=True):
        total = 0.0
        for t in range(1, len(ids)):
            if mask[t]:
                total = total + torch.log_softmax(z[t - 1], dim=-1)[ids[t]]
        rows.append(total)
    return torch.stack(rows)


def by_selection(logits, input_ids, completion_mask):
    """Right for booleans only: whole numbers would be taken for positions."""
    logps = logits[:, :-1].log_softmax(-1).gather(2, input_ids[:, 1:].unsqueeze(2)).squeeze(2)
    keep = completion_mask[:, 1:]
    return torch.stack([row[k].sum() for row, k in zip(logps, keep, strict=True)])


def by_cross_entropy(logits, input_ids, completion_mask):
    losses = F.cross_entropy(logits[:, :-1].transpose(1, 2), input_ids[:, 1:], reduction="none")
    return -(losses * completion_mask[:, 1:]).sum(dim=1)


def by_labels(logits, input_ids, completion_mask):
    """The way of most trainers: -100 marks what does not count."""
    labels = input_ids.masked_fill(completion_mask == 0, -100)
    losses = F.cross_entropy(
        logits[:, :-1].transpose(1, 2), labels[:, 1:], ignore_index=-100, reduction="none"
    )
    return losses.sum(1).neg()


def by_shifted_logits(logits, input_ids, completion_mask):
    """Nothing predicts the first token, so anything may stand there: the mask leaves it out."""
    logits = torch.cat([torch.zeros_like(logits[:, :1]), logits[:, :-1]], dim=1)
    logps = Categorical(logits=logits).log_prob(input_ids)
    return logps.masked_fill(~completion_mask.bool(), 0).sum(-1)


def by_logsumexp(z, ids, mask):
    picked = z[:, :-1].gather(-1, ids[:, 1:, None])[..., 0]
    return ((picked - z[:, :-1].logsumexp(-1)) * mask[:, 1:].float()).sum(-1)


def by_one_hot(z, ids, mask):
    words = F.one_hot(ids[:, 1:], z.shape[-1])
    return torch.einsum(
        "btv,btv,bt->b", z[:, :-1].log_softmax(-1), words.float(), mask[:, 1:] * 1.0
    )


LOGPS = [
    loop_of_words,
    by_selection,
    by_cross_entropy,
    by_labels,
    by_shifted_logits,
    by_logsumexp,
    by_one_hot,
    lambda z, ids, m: (
        z.log_softmax(-1)[:, :-1].gather(-1, ids[:, 1:, None])[..., 0] * m[:, 1:]
    ).sum(-1),
    lambda z, ids, m: torch.where(  # wants booleans
        m[:, 1:], z.log_softmax(-1)[:, :-1].gather(-1, ids[:, 1:, None])[..., 0], 0
    ).sum(-1),
    lambda z, ids, m: (  # wants numbers
        z.log_softmax(-1)[:, :-1].gather(-1, ids[:, 1:, None])[..., 0] * (1 - (1 - m[:, 1:]))
    ).sum(-1),
]


# Right answers: the shaped rewards -------------------------------------------------------------


def loop_of_rewards(scores, policy_logps, reference_logps, completion_mask, beta):
    rewards = torch.zeros_like(policy_logps)
    for i in range(len(scores)):
        for t in range(policy_logps.shape[1]):
            if completion_mask[i, t]:
                rewards[i, t] = -beta * (policy_logps[i, t] - reference_logps[i, t])
                last = t
        rewards[i, last] += scores[i]
    return rewards


def by_index(scores, policy_logps, reference_logps, completion_mask, beta):
    rewards = beta * (reference_logps - policy_logps) * completion_mask
    positions = torch.arange(policy_logps.shape[1])
    last = (completion_mask * positions).argmax(-1)
    rewards[torch.arange(len(scores)), last] += scores
    return rewards


@torch.no_grad()
def without_gradients(scores, policy_logps, reference_logps, completion_mask, beta):
    """PPO takes the rewards as numbers."""
    rewards = -beta * (policy_logps - reference_logps)
    rewards[~completion_mask] = 0  # wants booleans
    last = completion_mask.shape[1] - 1 - completion_mask.int().flip(1).argmax(1)
    return rewards.scatter_add(1, last[:, None], scores[:, None])


REWARDS = [
    loop_of_rewards,
    by_index,
    without_gradients,
    lambda s, p, q, m, b: (
        -(b * (p - q) * m - s[:, None] * ((m.cumsum(-1) == m.sum(-1, keepdim=True)) & (m == 1)))
    ),
]


# Right answers: advantages ---------------------------------------------------------------------


def backwards(rewards, values, next_value, dones, gamma, lam):
    advantages = torch.zeros_like(rewards)
    last = 0
    for t in reversed(range(len(rewards))):
        after = next_value if t == len(rewards) - 1 else values[t + 1]
        delta = rewards[t] + gamma * after * (1 - dones[t]) - values[t]
        last = delta + gamma * lam * (1 - dones[t]) * last
        advantages[t] = last
    return advantages


def forwards(rewards, values, next_value, dones, gamma, lam):
    found = []
    for start in range(len(rewards)):
        total, weight = 0.0, 1.0
        for t in range(start, len(rewards)):
            after = next_value if t + 1 == len(rewards) else values[t + 1]
            total += weight * (rewards[t] + (0 if dones[t] else gamma * after) - values[t])
            if dones[t]:
                break
            weight *= gamma * lam
        found.append(total)
    return torch.stack(found)


def with_booleans(rewards, values, next_value, dones, gamma, lam):
    after = torch.where(dones, 0.0, torch.cat([values[1:], next_value.unsqueeze(0)]))
    deltas, goes_on = rewards + gamma * after - values, ~dones
    advantages, advantage = [], 0.0
    for t in range(len(rewards) - 1, -1, -1):
        advantage = deltas[t] + gamma * lam * advantage * goes_on[t]
        advantages = [advantage, *advantages]
    return torch.stack(advantages)


def with_floats(rewards, values, next_value, dones, gamma, lam):
    """PPO takes the advantages as numbers."""
    values, advantage, found = [*values.tolist(), next_value.item()], 0.0, []
    for t in range(len(rewards) - 1, -1, -1):
        goes_on = 1.0 - float(dones[t])
        delta = rewards[t].item() + gamma * values[t + 1] * goes_on - values[t]
        advantage = delta + gamma * lam * goes_on * advantage
        found.insert(0, advantage)
    return torch.tensor(found)


def by_lambda_returns(rewards, values, next_value, dones, gamma, lam):
    """G_t = r_t + gamma ((1 - lam) V_{t+1} + lam G_{t+1}); the advantage is G - V."""
    coming, after, returns = next_value, next_value, []
    for t in reversed(range(len(rewards))):
        coming = rewards[t] + gamma * (1 - 1.0 * dones[t]) * ((1 - lam) * after + lam * coming)
        after = values[t]
        returns.append(coming)
    return torch.stack(returns[::-1]) - values


ADVANTAGES = [
    backwards,
    forwards,
    with_booleans,
    with_floats,
    by_lambda_returns,
    torch.no_grad()(backwards),
]


# Right answers: the clipped loss ---------------------------------------------------------------


def by_sign(logps, old_logps, advantages, clip_epsilon):
    ratio = torch.exp(logps - old_logps)
    highest, lowest = ratio.clamp(max=1 + clip_epsilon), ratio.clamp(min=1 - clip_epsilon)
    return -(torch.where(advantages > 0, highest, lowest) * advantages).mean()


def loop_of_tokens(logps, old_logps, advantages, clip_epsilon):
    total = 0
    for new, old, a in zip(logps, old_logps, advantages, strict=True):
        ratio = (new - old).exp()
        total = total + min(ratio * a, min(max(ratio, 1 - clip_epsilon), 1 + clip_epsilon) * a)
    return -total / len(logps)


def negated_at_the_end(logps, old_logps, advantages, clip_epsilon):
    ratio = torch.exp(logps - old_logps.detach())
    objective = torch.min(
        ratio * advantages.detach(),
        torch.clamp(ratio, 1 - clip_epsilon, 1 + clip_epsilon) * advantages.detach(),
    )
    return -1 * objective.mean()


def by_the_worse_loss(logps, old_logps, advantages, clip_epsilon):
    ratio = (logps - old_logps).exp()
    losses = -advantages * ratio, -advantages * ratio.clip(1 - clip_epsilon, 1 + clip_epsilon)
    return torch.maximum(*losses).mean()


def as_in_openais_spinning_up(logps, old_logps, advantages, clip_epsilon):
    limit = torch.where(advantages >= 0, 1 + clip_epsilon, 1 - clip_epsilon) * advantages
    return -torch.minimum((logps - old_logps).exp() * advantages, limit).mean()


CLIPPED = [
    by_sign,
    loop_of_tokens,
    negated_at_the_end,
    by_the_worse_loss,
    as_in_openais_spinning_up,
]

RIGHT = [
    (check, learner)
    for check, learners in [
        (check_reward_model_loss, LOSSES),
        (check_sequence_logps, LOGPS),
        (check_kl_shaped_rewards, REWARDS),
        (check_gae, ADVANTAGES),
        (check_clipped_surrogate_loss, CLIPPED),
    ]
    for learner in learners
]


@pytest.mark.parametrize("check, learner", RIGHT)
def test_right_answers_in_another_form_pass(check, learner):
    assert_passed(check, learner)


@pytest.mark.parametrize("cast", [torch.Tensor.bool, torch.Tensor.long, torch.Tensor.double])
def test_the_mask_may_be_cast_to_anything(cast):
    assert check_sequence_logps(lambda z, ids, m: by_cross_entropy(z, ids, cast(m))).passed
    assert check_kl_shaped_rewards(
        lambda s, p, q, m, b: loop_of_rewards(s, p, q, cast(m), b)
    ).passed
    assert check_gae(lambda r, v, n, d, g, lam: forwards(r, v, n, cast(d), g, lam)).passed


# Known mistakes --------------------------------------------------------------------------------


def tokens(z, ids):
    return z[:, :-1].log_softmax(-1).gather(-1, ids[:, 1:, None])[..., 0]


def score_in_the_last_column(scores, policy_logps, reference_logps, completion_mask, beta):
    rewards = -beta * (policy_logps - reference_logps) * completion_mask
    rewards[:, -1] += scores
    return rewards


def score_instead_of_the_last_price(scores, policy_logps, reference_logps, mask, beta):
    rewards = -beta * (policy_logps - reference_logps) * mask
    last = mask.shape[1] - 1 - mask.int().flip(1).argmax(1)
    rewards[torch.arange(len(scores)), last] = scores
    return rewards


def score_after_the_end(scores, policy_logps, reference_logps, mask, beta):
    """Stops with an IndexError where no column follows the end."""
    rewards = -beta * (policy_logps - reference_logps) * mask
    last = mask.shape[1] - 1 - mask.int().flip(1).argmax(1)
    rewards[torch.arange(len(scores)), last + 1] += scores
    return rewards


def score_at_the_length(scores, policy_logps, reference_logps, mask, beta):
    rewards = -beta * (policy_logps - reference_logps) * mask
    rewards[torch.arange(len(scores)), mask.sum(1).long() - 1] += scores
    return rewards


def score_in_all_rows(scores, policy_logps, reference_logps, mask, beta):
    rewards = -beta * (policy_logps - reference_logps) * mask
    last = (mask * torch.arange(mask.shape[1])).argmax(1)
    rewards[:, last] = rewards[:, last] + scores
    return rewards


def kl_everywhere(scores, policy_logps, reference_logps, completion_mask, beta):
    return by_index(scores, policy_logps, reference_logps, completion_mask, 0.0) - beta * (
        policy_logps - reference_logps
    )


def backwards_with(leak=False, uncut=False, after_the_last=None, delta_gamma=None, lam_to=None):
    """The plain loop with something wrong in it."""

    def wrong(rewards, values, next_value, dones, gamma, lam):
        found, last = torch.zeros_like(rewards), 0
        lam = lam if lam_to is None else lam_to
        after = next_value if after_the_last is None else torch.tensor(after_the_last)
        for t in reversed(range(len(rewards))):
            goes_on = 1 - dones[t]
            discount = gamma if delta_gamma is None else delta_gamma
            delta = rewards[t] + discount * after * (1 if leak else goes_on) - values[t]
            last = delta + gamma * lam * (1 if uncut else goes_on) * last
            found[t], after = last, values[t]
        return found

    return wrong


def always_the_last_value(rewards, values, next_value, dones, gamma, lam):
    found, last = torch.zeros_like(rewards), 0
    for t in reversed(range(len(rewards))):
        delta = rewards[t] + gamma * next_value * (1 - dones[t]) - values[t]
        found[t] = last = delta + gamma * lam * (1 - dones[t]) * last
    return found


def left_reversed(uncut=False):
    """The plain loop whose list is never turned round, with or without a second mistake."""

    def wrong(rewards, values, next_value, dones, gamma, lam):
        found, last = [], 0
        for t in reversed(range(len(rewards))):
            goes_on = 1 if uncut else 1 - dones[t]
            delta = rewards[t] + gamma * next_value * goes_on - values[t]
            last = delta + gamma * lam * goes_on * last
            next_value = values[t]
            found.append(last)
        return torch.stack(found)

    return wrong


def score_before_the_mask(scores, policy_logps, reference_logps, mask, beta):
    rewards = -beta * (policy_logps - reference_logps)
    rewards[:, -1] += scores
    return rewards * mask


def score_at_the_last_of_all(scores, policy_logps, reference_logps, mask, beta):
    rewards = -beta * (policy_logps - reference_logps) * mask
    rewards[:, mask.nonzero()[:, 1].max()] += scores
    return rewards


def ratio(new, old):
    return torch.exp(new - old)


MISTAKES = [
    # those of other people, found in public
    (
        check_reward_model_loss,
        lambda c, r: F.softplus(c - r).mean(),
        "chosen and rejected are swapped",
    ),
    (
        check_reward_model_loss,
        lambda c, r: -torch.log(torch.sigmoid(c - r)).mean(),
        "log of sigmoid in several steps: inf where the gap is large",
    ),
    (
        check_reward_model_loss,
        lambda c, r: torch.log(1 + torch.exp(r - c)).mean(),
        "log of sigmoid in several steps: inf where the gap is large",
    ),
    (
        check_reward_model_loss,
        lambda c, r: F.binary_cross_entropy(torch.sigmoid(c - r), torch.ones(len(c))),
        "the log is cut off at -100, and a hopeless pair costs too little",
    ),
    (
        check_reward_model_loss,
        lambda c, r: -torch.sigmoid(c - r).mean(),
        "the logarithm is forgotten",
    ),
    (
        check_reward_model_loss,
        lambda c, r: F.softplus(r - c).sum(),
        "the sum is taken, not the mean",
    ),
    (check_reward_model_loss, lambda c, r: -F.softplus(r - c).mean(), "the minus is forgotten"),
    (
        check_reward_model_loss,
        lambda c, r: F.softplus(r.mean() - c.mean()),
        "the gaps are averaged before the surprise is taken",
    ),
    (
        check_sequence_logps,
        lambda z, ids, m: -(F.cross_entropy(z.transpose(1, 2), ids, reduction="none") * m).sum(1),
        "logits and tokens are not shifted against each other",
    ),
    (
        check_sequence_logps,
        lambda z, ids, m: torch.stack(
            [row[k == 1].mean() for row, k in zip(tokens(z, ids), m[:, 1:], strict=True)]
        ),
        "this is the mean over the response, not the sum",
    ),
    (
        check_sequence_logps,
        lambda z, ids, m: tokens(z, ids).sum(1),
        "the mask is not used: the prompt and the padding are counted",
    ),
    (
        check_sequence_logps,
        lambda z, ids, m: torch.stack(
            [row[m[i, 1:].tolist().index(1) :].sum() for i, row in enumerate(tokens(z, ids))]
        ),
        "the padding is counted",
    ),
    (
        check_sequence_logps,
        lambda z, ids, m: torch.stack(
            [row[: m[i].nonzero().max()].sum() for i, row in enumerate(tokens(z, ids))]
        ),
        "the prompt is counted",
    ),
    (
        check_sequence_logps,
        lambda z, ids, m: (z[:, :-1].gather(2, ids[:, 1:, None])[..., 0] * m[:, 1:]).sum(1),
        "raw logits are added",
    ),
    (
        check_kl_shaped_rewards,
        lambda s, p, q, m, b: loop_of_rewards(s, p, q, m, -b),
        "the KL is paid as a bonus",
    ),
    (
        check_kl_shaped_rewards,
        lambda s, p, q, m, b: (s[:, None] - b * (p - q)) * m,
        "the score is given to every token",
    ),
    (
        check_kl_shaped_rewards,
        score_in_the_last_column,
        "the score is in the last column, which may be padding",
    ),
    (check_kl_shaped_rewards, score_after_the_end, "the score comes one token after the end"),
    (
        check_kl_shaped_rewards,
        lambda s, p, q, m, b: torch.where(
            m.flip(-1).cumsum(-1).flip(-1) == 1, s[:, None] - b * (p - q) * m, -b * (p - q) * m
        ),
        "before a response of one token, the prompt gets the score too",
    ),
    (
        check_kl_shaped_rewards,
        lambda s, p, q, m, b: (
            s[:, None] * (m.cumsum(-1) == m.sum(-1, keepdim=True)) - b * (p - q) * m
        ),
        "the score is given to the padding after the end too",
    ),
    (
        check_kl_shaped_rewards,
        score_at_the_length,
        "the score is placed by the length of the response, as if there were no prompt",
    ),
    (check_kl_shaped_rewards, kl_everywhere, "the KL is left on prompt and padding"),
    (
        check_gae,
        backwards_with(leak=True),
        "the value of the next tale leaks through done",
    ),
    (check_gae, backwards_with(uncut=True), "the recursion is not cut at done"),
    (check_gae, backwards_with(leak=True, uncut=True), "dones are not used"),
    (check_gae, backwards_with(delta_gamma=1), "gamma is missing in delta"),
    (check_gae, backwards_with(lam_to=1), "lambda is not used"),
    (
        check_gae,
        backwards_with(after_the_last=0.0),
        "the value after the last step is taken as 0",
    ),
    (
        check_gae,
        lambda r, v, n, d, g, lam: backwards(r, v, n, d, g, lam) + v,
        "these are the returns, not the advantages",
    ),
    (
        check_clipped_surrogate_loss,
        lambda n, o, a, e: torch.min(-ratio(n, o) * a, -ratio(n, o).clamp(1 - e, 1 + e) * a).mean(),
        "min and max are confused",
    ),
    (
        check_clipped_surrogate_loss,
        lambda n, o, a, e: torch.min(ratio(n, o) * a, ratio(n, o).clamp(1 - e, 1 + e) * a).mean(),
        "the minus is forgotten: this is the objective",
    ),
    (
        check_clipped_surrogate_loss,
        lambda n, o, a, e: -torch.mean(torch.clip(ratio(n, o), 1 - e, 1 + e) * a),
        "it is clipped without the min",
    ),
    (
        check_clipped_surrogate_loss,
        lambda n, o, a, e: -(n.exp() / o.exp() * a)[(n - o).isfinite()].mean(),
        "nothing is clipped",
    ),
    (
        check_clipped_surrogate_loss,
        lambda n, o, a, e: by_sign(o, n, a, e),
        "the ratio is inverted",
    ),
    # and those that a first try easily makes
    (check_gae, left_reversed(), "the order of the steps is reversed"),
    (check_gae, left_reversed(uncut=True), "the order of the steps is reversed"),
    (
        check_kl_shaped_rewards,
        score_before_the_mask,
        "the score is added in the last column, and the mask wipes it out where it is padding",
    ),
    (
        check_kl_shaped_rewards,
        score_at_the_last_of_all,
        "the longest response says where every response ends",
    ),
    (
        check_clipped_surrogate_loss,
        lambda n, o, a, e: torch.min(ratio(n, o) * a, ratio(n, o).clamp(1 - e, 1 + e) * a),
        "nothing is averaged yet, and the minus is forgotten",
    ),
    (
        check_sequence_logps,
        lambda z, ids, m: (tokens(z, ids) * m[:, :-1]).sum(1),
        "the mask is not shifted with the tokens",
    ),
    (
        check_sequence_logps,
        lambda z, ids, m: loop_of_words(z, ids, m * (m.cumsum(1) > 1)),
        "the first token of the response is not counted",
    ),
    (
        check_sequence_logps,
        lambda z, ids, m: by_cross_entropy(z, ids, m).neg(),
        "this is the minus of the log-probability",
    ),
    (
        check_sequence_logps,
        lambda z, ids, m: (
            z.log_softmax(-1).gather(-1, ids.roll(-1, 1).unsqueeze(-1)).squeeze(-1) * m
        ).sum(1),
        "the mask is not shifted with the tokens",
    ),
    (
        check_sequence_logps,
        lambda z, ids, m: (
            z.log_softmax(0)[:, :-1].gather(2, ids[:, 1:, None])[..., 0] * m[:, 1:]
        ).sum(1),
        "the words compete along the wrong axis",
    ),
    (
        check_reward_model_loss,
        lambda c, r: F.logsigmoid(c - r),
        "nothing is averaged yet, and the minus is forgotten",
    ),
    (
        check_reward_model_loss,
        lambda c, r: -torch.log(c / (c + r)).mean(),
        "each score is taken as a share of their sum",
    ),
    (
        check_reward_model_loss,
        lambda c, r: F.mse_loss(torch.sigmoid(c - r), torch.ones_like(c)),
        "this squares the distance of the probability from 1",
    ),
    (check_kl_shaped_rewards, score_instead_of_the_last_price, "the last token pays no KL"),
    (
        check_kl_shaped_rewards,
        score_in_all_rows,
        "each response also gets the scores of the others, where those end",
    ),
    (
        check_gae,
        always_the_last_value,
        "the value after the last step stands after every step",
    ),
    (
        check_gae,
        lambda r, v, n, d, g, lam: backwards(r * (d == 0), v, n, d, g, lam),
        "the reward of a last step is lost",
    ),
    (
        check_clipped_surrogate_loss,
        lambda n, o, a, e: -torch.min(ratio(n, o), ratio(n, o).clip(1 - e, 1 + e) * a).mean(),
        "one of the two products is without its advantage",
    ),
    (
        check_kl_shaped_rewards,
        lambda s, p, q, m, b: by_index(s, p, q, m, b).sum(1),
        "the tokens are summed",
    ),
    (
        check_gae,
        lambda r, v, n, d, g, lam: backwards(r, v, n, torch.cat([d[1:], d[-1:]]), g, lam),
        "the done of the next step is used",
    ),
    (
        check_gae,
        lambda r, v, n, d, g, lam: backwards(r, v, v[0], d, g, lam),
        "the first value stands after the last step",
    ),
    (
        check_gae,
        lambda r, v, n, d, g, lam: backwards(r, v, n, d, g, lam).flip(0),
        "the order of the steps is reversed",
    ),
    (
        check_reward_model_loss,
        lambda c, r: -torch.log(F.logsigmoid(c - r)).mean(),
        "nan everywhere, as where the logarithm is taken twice",
    ),
    (
        check_reward_model_loss,
        lambda c, r: torch.log1p(torch.exp(r - c)).mean(),
        "log of sigmoid in several steps: inf where the gap is large",
    ),
    (
        check_clipped_surrogate_loss,
        lambda n, o, a, e: by_sign(n, o, a, 0.2),
        "clip_epsilon is not used",
    ),
    (
        check_clipped_surrogate_loss,
        lambda n, o, a, e: len(n) * by_sign(n, o, a, e),
        "the sum is taken, not the mean",
    ),
    (
        check_clipped_surrogate_loss,
        lambda n, o, a, e: -(torch.min(ratio(n, o), ratio(n, o).clamp(1 - e, 1 + e)) * a).mean(),
        "the min is taken of the ratios, before the advantage",
    ),
    (
        check_clipped_surrogate_loss,
        lambda n, o, a, e: by_the_worse_loss(n, o, (a - a.mean()) / a.std(correction=0), e),
        "the advantages are whitened here",
    ),
    (
        check_gae,
        lambda r, v, n, d, g, lam: F.layer_norm(
            backwards(r, v, n, d, g, lam), normalized_shape=r.shape, eps=1e-12
        ),
        "the advantages are whitened",
    ),
    (
        check_clipped_surrogate_loss,
        lambda n, o, a, e: by_sign(n.exp().log(), o.exp().log(), a, e),
        "the exponentials are taken one by one, and round to 0 for unlikely tokens",
    ),
]


@pytest.mark.parametrize("check, learner, name", MISTAKES, ids=[name for _, _, name in MISTAKES])
def test_known_mistakes_are_named(check, learner, name):
    assert_named(check, learner, name)


def test_a_mistake_is_named_whatever_the_mask_must_be():
    """This one wants booleans, and stops with an error on whole numbers."""

    def mean(z, ids, m):
        picked = torch.where(m[:, 1:], tokens(z, ids), 0)
        return picked.sum(1) / m[:, 1:].sum(1)

    expected = "this is the mean over the response, not the sum"
    assert check_sequence_logps(mean).misconception == expected


def test_an_overflow_is_shown_where_it_happens():
    """e^50 is still a number, e^1000 is none."""
    verdict = check_reward_model_loss(lambda c, r: -(c.exp() / (c.exp() + r.exp())).log().mean())
    assert verdict.misconception == "e to the score overflows for large scores"
    assert "chosen_scores = [1000, 500]" in verdict.message and "yours     nan" in verdict.message


def test_nan_everywhere_is_no_deaf_function():
    verdict = check_clipped_surrogate_loss(lambda n, o, a, e: n.log().mean())
    assert "the logarithm of a number below 0" in verdict.message
    assert "whatever it is given" not in verdict.message


def values_beyond_the_end(rewards, values, next_value, dones, gamma, lam):
    return torch.stack([gamma * values[t + 1] - values[t] for t in range(len(rewards))])


@pytest.mark.parametrize(
    "check, learner, advice",
    [
        (check_gae, values_beyond_the_end, "there is no values[t + 1]"),
        (
            check_sequence_logps,
            lambda z, ids, m: (tokens(z, ids) * m).sum(-1),
            "all lost one column",
        ),
        (
            check_sequence_logps,
            lambda z, ids, m: z[:, :-1].log_softmax(-1).gather(-1, ids[:, :, None]).sum(-1),
            "all lost one column",
        ),
        (
            check_sequence_logps,
            lambda z, ids, m: torch.stack(
                [
                    sum(
                        z[b].log_softmax(-1)[t, ids[b, t + 1]]
                        for t in range(ids.shape[1])
                        if m[b, t]
                    )
                    for b in range(len(ids))
                ]
            ),
            "do those of the last column bet on?",
        ),
        (
            check_sequence_logps,
            lambda z, ids, m: z[:, :-1].log_softmax(-1).gather(-1, ids[:, 1:]).sum(-1),
            "Notebook 01",
        ),
    ],
)
def test_the_first_errors_of_an_exercise_get_advice(check, learner, advice):
    verdict = check(learner)
    assert "your function stopped with" in verdict.message and advice in verdict.message


def test_a_wrong_answer_shows_the_rollout():
    """delta = 1 + 0.9 · 2 - 0.5 = 2.3; without next_value 1 - 0.5 = 0.5."""
    assert str(check_gae(backwards_with(after_the_last=0.0))) == (
        "Not yet: the value after the last step is taken as 0.\n"
        "  input     rewards = [1], values = [0.5], next_value = 2, dones = [0], "
        "gamma = 0.9, lam = 0.8\n"
        "  expected  [2.3]\n"
        "  yours     [0.5]\n"
        "Where to look: what follows the last step? One of the arguments gives its value."
    )


# Gradients -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "check, cut",
    [
        (check_reward_model_loss, lambda c, r: LOSSES[0](c, r).detach()),
        (check_sequence_logps, lambda z, ids, m: loop_of_words(z.detach(), ids, m)),
        (check_clipped_surrogate_loss, lambda n, o, a, e: by_sign(n.detach(), o, a, e)),
    ],
)
def test_a_lost_gradient_is_noticed(check, cut):
    assert_gradient_lost(check, cut)


@pytest.mark.parametrize(
    "check, half",
    [
        (check_reward_model_loss, lambda c, r: LOSSES[0](c, r.detach())),
        (
            check_sequence_logps,
            lambda z, ids, m: by_logsumexp(z, ids, m) / 2 + by_logsumexp(z.detach(), ids, m) / 2,
        ),
        (
            check_clipped_surrogate_loss,
            lambda n, o, a, e: by_sign(n, o, a, e) * 2 - by_sign(n, o, a, e).detach(),
        ),
    ],
)
def test_a_wrong_gradient_is_noticed(check, half):
    assert_gradient_wrong(check, half)


def test_inputs_changed_in_place_are_noticed():
    verdict = check_kl_shaped_rewards(lambda s, p, q, m, b: by_index(s, p.sub_(q), 0 * q, m, b))
    assert "your function changes policy_logps itself" in verdict.message
