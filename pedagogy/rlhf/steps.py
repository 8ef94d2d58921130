"""What one round does with its stories: weigh every word, then a few careful steps uphill."""

from dataclasses import dataclass

import torch

from pedagogy import maths
from pedagogy.maths.divergence import sequence_divergence
from pedagogy.maths.language_model import per_token_logps
from pedagogy.policy import Samples, batch_logits
from pedagogy.policy.logps import read


@dataclass
class Experience:
    """Stories, and all that the improvement needs to know of each token; tensors (B, T)."""

    samples: Samples
    mask: torch.Tensor  # bool, the tokens of the responses
    old_logps: torch.Tensor
    old_values: torch.Tensor
    advantages: torch.Tensor  # whitened
    returns: torch.Tensor  # from the advantages before they were whitened


TORN = 1.0  # nats a word that one round may move the policy; careful ones move it by 0.1


def logps_and_values(policy, critic, samples):
    """log π of each token and the critic's guess before it was drawn, (B, T) both; and logits."""
    output = read(policy, samples, output_hidden_states=True)
    values = critic(output.hidden_states[-1]).squeeze(-1)  # (B, T), after token t was read
    values = torch.nn.functional.pad(values[:, :-1], (1, 0))  # (B, T), before token t
    # The plain formula: padding may hold anything, and a broken policy is told by require_near.
    logps = per_token_logps.__wrapped__(output.logits, samples.input_ids)
    return logps, values, output.logits


@torch.no_grad()
def weigh(run, samples, scores, *, beta, gamma, lam):
    """Experience from stories and their scores; and the KL and the entropy of the round."""
    mask = samples.completion_mask.bool()
    logps, values, logits = logps_and_values(run.policy, run.critic, samples)
    reference_logits = batch_logits(run.reference, samples)
    reference_logps = per_token_logps(reference_logits, samples.input_ids)
    rewards = maths.kl_shaped_rewards(scores, logps, reference_logps, mask, beta)
    advantages = maths.response_gae(rewards, values, mask, gamma, lam)
    experience = Experience(
        samples,
        mask,
        old_logps=logps,
        old_values=values,
        advantages=maths.whiten(advantages, mask),
        returns=advantages + values,
    )
    kl = sequence_divergence(logits, reference_logits, mask).mean().item()
    bets = logits[:, :-1][mask[:, 1:]]  # (N, V)
    return experience, kl, maths.entropy(bets).mean().item()


def improve(run, experience, *, epochs, minibatches, clip_epsilon):
    """A few epochs of clipped steps uphill; the mean clip fraction and value loss.

    ArithmeticError: the policy has been torn away from the one that wrote the stories.
    """
    measured = []
    for _ in range(epochs):
        order = torch.randperm(len(experience.mask), generator=run.dice)
        for rows in order.to(experience.mask.device).chunk(minibatches):
            mask = experience.mask[rows]
            logps, values, _ = logps_and_values(run.policy, run.critic, rows_of(experience, rows))
            told = [
                tensor[rows][mask]
                for tensor in (experience.old_logps, experience.advantages,
                               experience.old_values, experience.returns)
            ]  # fmt: skip
            old_logps, advantages, old_values, returns = told
            require_near(old_logps, logps[mask])
            policy_loss = maths.clipped_surrogate_loss(
                logps[mask], old_logps, advantages, clip_epsilon
            )
            value_loss = maths.clipped_value_loss(values[mask], old_values, returns, clip_epsilon)
            run.optimiser.zero_grad()
            (policy_loss + 0.1 * value_loss).backward()
            torch.nn.utils.clip_grad_norm_(run.policy.model.parameters(), 1.0)
            run.optimiser.step()
            clipped = maths.clip_fraction(logps[mask], old_logps, advantages, clip_epsilon)
            measured.append((float(clipped), value_loss.item()))
    with torch.no_grad():
        logps, _, _ = logps_and_values(run.policy, run.critic, experience.samples)
    require_near(experience.old_logps[experience.mask], logps[experience.mask])
    return tuple(torch.tensor(measured).mean(0).tolist())


def require_near(old_logps, logps):
    moved = (old_logps - logps).mean().item()  # KL(old || new), estimated
    if not moved < TORN:  # nan is not below either
        raise ArithmeticError(f"moved the policy by {moved:.3g} nats a word")


def rows_of(experience, rows):
    """Some of the stories, as a smaller batch."""
    samples = experience.samples
    return Samples(
        samples.input_ids[rows],
        samples.attention_mask[rows],
        samples.completion_mask[rows],
        [samples.prompts[i] for i in rows.tolist()],
        [samples.responses[i] for i in rows.tolist()],
    )
