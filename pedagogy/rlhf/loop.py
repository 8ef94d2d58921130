"""The loop: the policy writes, the judge judges, the policy improves, and writes anew."""

import copy
import time
import warnings
from collections.abc import Callable

import torch

from pedagogy import require
from pedagogy.policy import Samples, sample
from pedagogy.rlhf.run import Round, Run
from pedagogy.rlhf.steps import improve, weigh


def rlhf(
    run: Run,
    judge: Callable[[Samples], torch.Tensor],
    prompts: list[str],
    *,
    beta: float,
    rounds: int,
    stories: int = 64,
    epochs: int = 2,
    minibatches: int = 2,
    clip_epsilon: float = 0.2,
    gamma: float = 1.0,
    lam: float = 0.95,
    max_new_tokens: int | None = None,
    true_reward: Callable[[str, str], float] | None = None,
):
    """Train run.policy towards max E[r(x, y)] - beta KL(policy || reference), yielding each Round.

    judge: scores (B,) of Samples, such as a reward model's. prompts: drawn from evenly.
    true_reward(prompt, response): what the human would say; only recorded, never trained on.
    It may be stopped at any time: the policy, and the record in run.rounds, stay usable.
    ValueError: no prompt; a judge that answers nan; a learning rate with which a round tears the
    policy away (that of the round before is put back). Warns when no story finds its end.
    Ziegler et al. 2019; Ouyang et al. 2022; Schulman et al. 2017.
    """
    require.count(rounds=rounds, stories=stories, epochs=epochs, minibatches=minibatches)
    if not prompts:
        raise ValueError("prompts is empty, but there must be at least one.")
    for _ in range(rounds):
        start = time.perf_counter()
        number = len(run.rounds) + 1
        chosen = torch.randint(len(prompts), (stories,), generator=run.dice).tolist()
        samples = sample(  # write
            run.policy,
            [prompts[i] for i in chosen],
            max_new_tokens=max_new_tokens,
            generator=run.dice,
        )
        with torch.no_grad():
            scores = judge(samples)  # judge
        experience, kl, entropy = weigh(run, samples, scores, beta=beta, gamma=gamma, lam=lam)
        good = copy.deepcopy((run.policy.model.state_dict(), run.critic.state_dict()))
        try:
            clip_fraction, value_loss = improve(
                run, experience, epochs=epochs, minibatches=minibatches, clip_epsilon=clip_epsilon
            )
        except ArithmeticError as error:
            run.policy.model.load_state_dict(good[0])
            run.critic.load_state_dict(good[1])
            raise ValueError(
                f"learning_rate is {run.learning_rate:g}, but with it round {number} {error}; the "
                "policy of the round before is put back. Try a tenth of it."
            ) from None
        pairs = list(zip(samples.prompts, samples.responses, strict=True))
        truth = [true_reward(*pair) for pair in pairs] if true_reward else None
        cut = 1 - samples.input_ids.eq(run.policy.end_id).any(-1).float().mean().item()
        if cut == 1 and max_new_tokens is None:
            warnings.warn(f"no story of round {number} found its end.", stacklevel=2)
        run.rounds.append(
            Round(
                number=number,
                proxy_reward=scores.mean().item(),
                true_reward=truth and sum(truth) / len(truth),
                kl=kl,
                entropy=entropy,
                clip_fraction=clip_fraction,
                value_loss=value_loss,
                cut=cut,
                seconds=time.perf_counter() - start,
                stories=pairs,
            )
        )
        yield run.rounds[-1]
