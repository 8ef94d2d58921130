"""What the policy has written, weighed word by word."""

from dataclasses import dataclass
from inspect import unwrap

import torch

from pedagogy import maths, require
from pedagogy.maths.divergence import sequence_divergence
from pedagogy.maths.language_model import per_token_logps
from pedagogy.policy import Samples, batch_logits, sample
from pedagogy.policy.logps import forward
from pedagogy.training.rows import few_rows


@dataclass
class Experience:
    """Samples, and all that advantages and improvement need of each token; tensors (B, T)."""

    samples: Samples
    mask: torch.Tensor  # bool, the tokens of the responses
    logps: torch.Tensor  # log π of the policy that wrote them
    rewards: torch.Tensor  # a row's sum is its score - beta log_ratio
    values: torch.Tensor | None  # the critic's guess before each token, where there is a critic
    advantages: torch.Tensor | None = None  # whitened
    returns: torch.Tensor | None = None  # from the advantages before they were whitened


def write(run, prompts, *, batch_size, samples_per_prompt, max_new_tokens):
    """Samples of the policy, to prompts that chance has drawn."""
    drawn = torch.randint(
        len(prompts), (batch_size // samples_per_prompt,), generator=run.generator
    )
    chosen = [prompts[i] for i in drawn.repeat_interleave(samples_per_prompt).tolist()]
    return sample(run.policy, chosen, max_new_tokens=max_new_tokens, generator=run.generator)


def gae_advantages(experience, gamma, lam):
    """Return generalised advantage estimates, (B, T): those of PPO, for which it has a critic.

    Schulman et al. 2016.
    """
    require.parts("an Experience", "rewards", "values", "mask", experience=experience)
    return maths.response_gae(experience.rewards, experience.values, experience.mask, gamma, lam)


@torch.no_grad()
def collect_experience(
    run, samples, scores, *, beta, gamma=1.0, lam=0.95, advantages=gae_advantages
):
    """Experience from samples and their scores (B,); and the KL and the entropy, () both."""
    measured = [_measure(run, some) for _, some in few_rows(run.policy, samples)]
    logps, reference_logps, kls, entropies, *values = (
        torch.cat(tensors) for tensors in zip(*measured, strict=True)
    )
    mask = samples.completion_mask.bool()
    rewards = unwrap(maths.kl_shaped_rewards)(scores, logps, reference_logps, mask, beta)
    experience = Experience(samples, mask, logps, rewards, *values or [None])
    raw = advantages(experience, gamma, lam)
    if not isinstance(raw, torch.Tensor) or raw.shape != mask.shape:
        came = f"shape {tuple(raw.shape)}" if hasattr(raw, "shape") else f"a {type(raw).__name__}"
        raise ValueError(
            f"advantages gave {came}, but it must give a tensor of shape {tuple(mask.shape)}: "
            "one number for each token."
        )
    experience.advantages = maths.whiten(raw, mask)
    experience.returns = raw + experience.values if values else None
    return experience, kls.mean(), entropies.mean()


def _measure(run, samples):
    """Of a few rows: both log-probabilities, (R, T); KL, (R,); entropies, (N,); maybe values."""
    mask = samples.completion_mask.bool()
    logps, values, logits = logps_and_values(run.policy, run.critic, samples)
    reference_logits = batch_logits(run.reference, samples)
    return (
        logps,
        unwrap(per_token_logps)(reference_logits, samples.input_ids),
        unwrap(sequence_divergence)(logits, reference_logits, mask),
        unwrap(maths.entropy)(logits[:, :-1][mask[:, 1:]]),  # of the bets
        *([] if values is None else [values]),
    )


def logps_and_values(policy, critic, samples):
    """log π of each token and the critic's guess before it was drawn, (B, T) both; and logits."""
    output = forward(policy, samples, output_hidden_states=critic is not None)
    logits, values = output.logits, None
    if critic is not None:
        hidden = output.hidden_states[-1].to(critic.weight.dtype)
        values = critic(hidden).squeeze(-1)  # (B, T), after token t was read
        values = torch.nn.functional.pad(values[:, :-1], (1, 0))  # (B, T), before token t
    return unwrap(per_token_logps)(logits, samples.input_ids), values, logits
