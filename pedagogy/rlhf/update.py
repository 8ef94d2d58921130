"""A few careful steps uphill, from what one iteration has written."""

from inspect import unwrap

import torch

from pedagogy import maths
from pedagogy.rlhf.experience import logps_and_values
from pedagogy.training.rows import few_rows

MAX_KL = 1.0  # nats a word that one iteration may move the policy; careful ones move it by 0.1
MAX_NORM = 1.0  # of the policy's gradient


def ppo_update(run, experience, *, epochs, minibatches, **settings):
    """A few epochs of clipped steps uphill; the mean clip fraction and value loss, floats.

    settings: clip_epsilon, value_clip and value_weight, as for rlhf. ValueError: a learning rate
    that has torn the policy away from the one that wrote the samples.
    """
    measured = []
    for _ in range(epochs):
        order = torch.randperm(len(experience.mask), generator=run.generator)
        for rows in order.chunk(minibatches):
            run.optimiser.zero_grad()
            parts = []
            for loss, numbers in losses(run, experience, rows.tolist(), **settings):
                loss.backward()
                parts.append(numbers)
            torch.nn.utils.clip_grad_norm_(run.policy.model.parameters(), MAX_NORM)
            run.optimiser.step()
            measured.append(sum(parts))
    with torch.no_grad():
        everything = range(len(experience.mask))
        end = sum(numbers for _, numbers in losses(run, experience, everything, **settings))
    for moved in torch.stack([*measured, end])[:, 0].tolist():  # one look, at the end
        if not moved < MAX_KL:  # nan is not below either
            raise ValueError(
                f"learning_rate is {run.learning_rate:g}, but with it iteration "
                f"{len(run.iterations) + 1} moved the policy by {moved:.3g} nats a word, so that "
                "it no longer resembles the one that wrote: try a tenth of it."
            )
    return tuple(torch.stack(measured).mean(0).tolist()[1:])


def losses(run, experience, rows, *, clip_epsilon, value_clip, value_weight):
    """Yield for a few rows at a time what they add to the loss of all these rows, and measures.

    The measures, too, are to be summed: KL(old ‖ new), estimated; clip fraction; value loss.
    """
    mask = experience.mask.cpu()  # counting there keeps no GPU waiting
    tokens = mask[list(rows)].sum().item()
    for some, samples in few_rows(run.policy, experience.samples, rows):
        here = mask[some].flatten().nonzero()[:, 0].to(experience.mask.device)  # (N,)

        def picked(numbers, here=here):
            return numbers.flatten()[here]

        logps, values, _ = logps_and_values(run.policy, run.critic, samples)
        logps, old_logps = picked(logps), picked(experience.logps[some])
        ppo = logps, old_logps, picked(experience.advantages[some]), clip_epsilon
        loss = unwrap(maths.clipped_surrogate_loss)(*ppo)
        value_loss = torch.zeros_like(loss)
        if values is not None:
            value_loss = critic_loss(
                picked(values),
                picked(experience.values[some]),
                picked(experience.returns[some]),
                value_clip,
            )
        measures = (old_logps - logps).mean(), unwrap(maths.clip_fraction)(*ppo), value_loss
        share = len(here) / tokens
        yield share * (loss + value_weight * value_loss), share * torch.stack(measures).detach()


def critic_loss(values, old_values, returns, value_clip):
    """Half the squared error; value_clip: the worse of that and of what stayed so near."""
    if value_clip is None:
        return (values - returns).square().mean() / 2
    return unwrap(maths.clipped_value_loss)(values, old_values, returns, value_clip)
