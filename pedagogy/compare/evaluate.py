"""One policy, tried out: what it writes to some prompts, and what that is worth."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from pedagogy import require
from pedagogy.human import true_reward
from pedagogy.maths.divergence import sequence_divergence
from pedagogy.policy import Policy, Samples, batch_logits
from pedagogy.policy.logps import require_texts
from pedagogy.policy.model import require_same_vocabulary
from pedagogy.policy.sampling import sample_in_turn


@dataclass
class Evaluation:
    """What a policy wrote, one response to each prompt, and its measures, (N,) on the CPU."""

    prompts: list[str]
    responses: list[str]
    true_rewards: torch.Tensor  # what the human would say
    kls: torch.Tensor  # nats: each word's divergence from the reference, exact, summed
    proxy_rewards: torch.Tensor | None  # what the judge said, if there was one

    @property
    def true_reward(self):
        """The mean over the prompts, a float; the same for the other two."""
        return self.true_rewards.mean().item()

    @property
    def kl(self):
        return self.kls.mean().item()

    @property
    def proxy_reward(self):
        return None if self.proxy_rewards is None else self.proxy_rewards.mean().item()


@torch.no_grad()
def evaluate(
    policy: Policy,
    prompts: list[str],
    *,
    reference: Policy,
    judge: Callable[[Samples], torch.Tensor] | None = None,
    max_new_tokens: int | None = None,
    generator: torch.Generator | None = None,
):
    """Let a policy write one response to each prompt, and return the Evaluation.

    reference: what the divergence is from. judge: scores (B,) of Samples, as in rlhf; it finds
    them on the device of the reference, wherever the policy is. Prompts may repeat: many tales to
    one prompt are a better estimate. max_new_tokens and generator as for sample; with
    max_new_tokens=1 the KL is exact.

    ValueError: what sample cannot use, another vocabulary than the reference's, or a judge whose
    scores are not one finite number for each response.
    """
    require_texts(prompts=prompts)
    require_same_vocabulary(policy=policy, reference=reference)
    responses, measures = [], []
    for samples in sample_in_turn(
        policy, prompts, max_new_tokens=max_new_tokens, generator=generator
    ):
        logits = batch_logits(policy, samples).to(reference.device).float()  # (B, T, V)
        samples = _moved(samples, reference.device)
        reference_logits = batch_logits(reference, samples).float()
        kls = sequence_divergence(logits, reference_logits, samples.completion_mask)
        measures.append([kls] if judge is None else [kls, _scores(judge, samples)])
        responses += samples.responses
    kls, *scores = (torch.cat(parts).cpu() for parts in zip(*measures, strict=True))
    truth = [true_reward(*pair) for pair in zip(prompts, responses, strict=True)]
    return Evaluation(list(prompts), responses, torch.tensor(truth), kls, *scores or [None])


def _moved(samples, device):
    tensors = (samples.input_ids, samples.attention_mask, samples.completion_mask)
    return Samples(*(t.to(device) for t in tensors), samples.prompts, samples.responses)


def _scores(judge, samples):
    scores = require.finite(judge=judge(samples))
    if scores.shape != (len(samples.responses),):
        raise ValueError(
            f"judge gave scores of shape {tuple(scores.shape)} for {len(samples.responses)} "
            "responses, but it must give one for each."
        )
    return scores.float()
