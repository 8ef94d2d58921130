"""One policy, tried out: what it writes to some prompts, and what that is worth."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import unwrap

import torch

from pedagogy import human, require
from pedagogy.maths.divergence import sequence_divergence
from pedagogy.policy import Policy, Samples, batch_logits
from pedagogy.policy.logps import on_device
from pedagogy.policy.network import require_same_vocabulary
from pedagogy.policy.sampling import sample_in_turn
from pedagogy.training.rewards import rewards_of, true_rewards_of
from pedagogy.training.rows import few_rows


@dataclass
class Evaluation:
    """What a policy wrote, one response to each prompt, and its measures, (N,) on the CPU."""

    prompts: list[str]
    responses: list[str]
    true_rewards: torch.Tensor | None  # what the human would say, where we can ask
    kls: torch.Tensor  # nats: each word's divergence from the reference, exact, summed
    proxy_rewards: torch.Tensor | None  # what reward_fn said, if there was one

    @property
    def true_reward(self):
        """The mean over the prompts, a float, or None; the same for the other two."""
        return _mean(self.true_rewards)

    @property
    def kl(self):
        return _mean(self.kls)

    @property
    def proxy_reward(self):
        return _mean(self.proxy_rewards)


@torch.no_grad()
def evaluate(
    policy: Policy,
    prompts: list[str],
    *,
    reference: Policy,
    reward_fn: Callable[[Samples], torch.Tensor] | None = None,
    true_reward: Callable[[str, str], float] | None = human.true_reward,
    max_new_tokens: int | None = None,
    generator: torch.Generator | None = None,
):
    """Let a policy write one response to each prompt, and return the Evaluation.

    reference: what the divergence is from. reward_fn: rewards (B,) of Samples, as in rlhf; it
    finds them on the device of the reference, wherever the policy is. true_reward(prompt,
    response): what the human would say; None where nobody can. Prompts may repeat: many tales to
    one prompt are a better estimate. max_new_tokens and generator as for sample; with
    max_new_tokens=1 the KL is exact. Dropout is off meanwhile.

    ValueError: what sample cannot use, another vocabulary than the reference's, or a reward_fn
    that does not give one finite number for each response.
    """
    require.texts(prompts=prompts)
    require_same_vocabulary(policy=policy, reference=reference)
    responses, measures = [], []
    with _without_dropout(policy.model, reference.model):
        for samples in sample_in_turn(
            policy, prompts, max_new_tokens=max_new_tokens, generator=generator
        ):
            measured = [
                _divergence(policy, reference, some) for _, some in few_rows(policy, samples)
            ]
            samples = on_device(samples, reference.device)
            measures.append([torch.cat(measured)])
            if reward_fn is not None:
                measures[-1].append(rewards_of(reward_fn, samples))
            responses += samples.responses
    kls, *rewards = (torch.cat(parts).cpu() for parts in zip(*measures, strict=True))
    truth = true_rewards_of(true_reward, prompts, responses)
    truth = truth and torch.tensor(truth)
    return Evaluation(list(prompts), responses, truth, kls, *rewards or [None])


def _divergence(policy, reference, samples):
    """KL(policy ‖ reference) of a few responses, (R,), on the device of the reference."""
    logits = batch_logits(policy, samples).to(reference.device)  # (R, T, V)
    samples = on_device(samples, reference.device)
    reference_logits = batch_logits(reference, samples)
    mask = samples.completion_mask.bool()
    return unwrap(sequence_divergence)(logits, reference_logits, mask)


@contextmanager
def _without_dropout(*models):
    """Measure as if dropout were off, and leave each network in the mode in which it came."""
    modes = [model.training for model in models]
    try:
        for model in models:
            model.eval()
        yield
    finally:
        for model, mode in zip(models, modes, strict=True):
            model.train(mode)


def _mean(numbers):
    return None if numbers is None else numbers.mean().item()
