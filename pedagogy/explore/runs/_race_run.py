"""One run of the race: trained, looked at now and then, stopped by the rule, and tried."""

import copy
import time
from functools import cache, partial

import torch

from pedagogy import dpo
from pedagogy.compare import evaluate
from pedagogy.explore.runs.betas import teach_judge
from pedagogy.human import label_pairs
from pedagogy.policy import load_policy
from pedagogy.reward_model import collect_pairs, scores
from pedagogy.rlhf import new_run, rlhf
from pedagogy.stories import openings

LABELS = 1000
MOMENTS = {  # of about the same time: iterations of RLHF; steps of DPO, 32 read all labels once
    "RLHF": (0, 2, 5, 8, 12, 16),
    "DPO": (0, 16, 40, 64, 96, 128),
}
PATIENCE = 2
VALIDATION = openings(128, seed=6000)
TEST = [x for x in dict.fromkeys(openings(128, seed=5000)) if x not in VALIDATION][:64]
PER_TEST = 4  # tales to each prompt of TEST
HELD_OUT = {*VALIDATION, *TEST}


def train(method, beta, rate, seed):
    """Train one policy as the race's rules say; its looks, and what its best moment is worth."""
    labels, judge, head_start = labels_and_judge(seed)
    most = MOMENTS[method][-1]
    if method == "RLHF":
        run = new_run(load_policy("cpu"), learning_rate=rate, seed=seed)
        going = rlhf(run, judge, fresh(1000 + seed), beta=beta, iterations=most)
        return follow(run, going, judge, beta, head_start, MOMENTS[method])
    run = dpo.new_run(load_policy("cpu"), learning_rate=rate, seed=seed)
    going = dpo.fit(run, labels, beta=beta, steps=most)
    return follow(run, going, judge, beta, 0.0, MOMENTS[method])


def follow(run, going, judge, beta, seconds, moments):
    """The run's looks, each number a list, until the rule stops it; then TEST, and a tale."""
    looks, kept = [], None
    for moment, done in zip(moments, (0, *moments), strict=False):
        start = time.process_time()
        try:
            for _ in range(moment - done):
                next(going)
        except ValueError:  # a rate so large that the policy was torn away: no better look comes
            break
        seconds += time.process_time() - start
        found = measures(tried_on(run, judge, VALIDATION))
        aim = round(found["proxy_reward"] - beta * found["kl"], 3)
        looks.append(found | {"aim": aim, "seconds": round(seconds, 2)})
        aims = [one["aim"] for one in looks]
        if aim == max(aims):
            kept = copy.deepcopy(run.policy.model.state_dict())
        if len(aims) - 1 - aims.index(max(aims)) == PATIENCE:
            break
    run.policy.model.load_state_dict(kept)
    tried = tried_on(run, judge, [prompt for prompt in TEST for _ in range(PER_TEST)])
    middle = tried.true_rewards.argsort(stable=True)[len(tried.prompts) // 2]
    record = {name: [one[name] for one in looks] for name in looks[0]}
    return record | {
        "test": measures(tried),
        "tale": tried.prompts[middle] + tried.responses[middle],
    }


def tried_on(run, judge, prompts):
    generator = torch.Generator().manual_seed(0)
    return evaluate(
        run.policy, prompts, reference=run.reference, reward_fn=judge, generator=generator
    )


def measures(tried):
    names = ("proxy_reward", "true_reward", "kl")
    return {name: round(getattr(tried, name), 3) for name in names}


def fresh(seed, n=LABELS):
    """n first sentences that are not held out."""
    return [x for x in openings(2 * n, seed) if x not in HELD_OUT][:n]


@cache
def labels_and_judge(seed, labels=LABELS):
    """The human's choices, the judge taught with them, and the seconds that took."""
    policy = load_policy("cpu")
    pairs = collect_pairs(policy, fresh(seed, labels), seed)
    choices = label_pairs(*pairs, seed)
    start = time.process_time()
    judge = partial(scores, teach_judge(policy, pairs, choices, seed))
    return choices, judge, time.process_time() - start
