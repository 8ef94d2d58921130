"""RLHF against DPO: the same labels, the same start, and about the same time of one core.

A seed decides the labels, and with them the judge; RLHF and DPO, at each beta, start from the
same storyteller. On the way both are evaluated now and then, on the same prompts; the seconds
are the processor's, of training only: for RLHF they begin with the judge's.
"""

import time
from functools import partial

import torch

from pedagogy import dpo
from pedagogy.compare import evaluate
from pedagogy.explore.runs.betas import judged_pairs, teach_judge
from pedagogy.policy import load_policy
from pedagogy.reward_model import scores
from pedagogy.rlhf import new_run, rlhf
from pedagogy.stories import openings

BETAS = (0.03, 0.1, 0.3, 1.0, 3.0)
SEEDS = (0, 1, 2)
LABELS = 1000
RATES = {"RLHF": 1e-3, "DPO": 5e-4}  # with which each does well; notebook 08 has DPO's others
TALES = 128  # in each evaluation
ITERATIONS = (0, 2, 5, 10, 16, 24)  # of RLHF, after which it is evaluated
STEPS = (0, 16, 32, 64, 112, 176)  # of DPO; 32 steps read all labels once


def measure():
    """All runs: {"betas", "seeds", "judge_seconds", "runs": [run, …]}."""
    runs, judge_seconds = [], []
    for seed in SEEDS:
        labels, judge, seconds = labels_and_judge(seed)
        judge_seconds.append(round(seconds, 2))
        for beta in BETAS:
            runs.append(race_rlhf(judge, beta, seed, seconds))
            runs.append(race_dpo(labels, judge, beta, seed))
            for run in runs[-2:]:
                print({name: run[name] for name in run if name != "tale"})
    return {"betas": BETAS, "seeds": SEEDS, "judge_seconds": judge_seconds, "runs": runs}


def labels_and_judge(seed, labels=LABELS):
    """The human's choices, the judge taught with them, and the seconds that took."""
    policy = load_policy("cpu")
    pairs, choices = judged_pairs(policy, seed, labels)
    start = time.process_time()
    reward_model = teach_judge(policy, pairs, choices, seed)
    return choices, partial(scores, reward_model), time.process_time() - start


def race_rlhf(judge, beta, seed, head_start, moments=ITERATIONS):
    """Train one policy with RLHF, evaluated after each of these iterations; head_start: seconds."""
    run = new_run(load_policy("cpu"), learning_rate=RATES["RLHF"], seed=seed)
    going = rlhf(run, judge, openings(1000, seed=1000 + seed), beta=beta, iterations=moments[-1])
    return {"method": "RLHF"} | follow(run, going, judge, beta, seed, head_start, moments)


def race_dpo(labels, judge, beta, seed, moments=STEPS):
    """Train one policy with DPO, evaluated after each of these steps."""
    run = dpo.new_run(load_policy("cpu"), learning_rate=RATES["DPO"], seed=seed)
    going = dpo.fit(run, labels, beta=beta, steps=moments[-1])
    return {"method": "DPO"} | follow(run, going, judge, beta, seed, 0.0, moments)


def follow(run, going, judge, beta, seed, seconds, moments):
    """The run's measures at each moment, and the last tale; the judge is asked of both methods."""
    measures = {"seconds": [], "true_reward": [], "proxy_reward": [], "kl": []}
    prompts = openings(TALES, seed=5000)
    for moment, done in zip(moments, (0, *moments), strict=False):
        start = time.process_time()
        for _ in range(moment - done):
            next(going)
        seconds += time.process_time() - start
        generator = torch.Generator().manual_seed(seed)
        now = evaluate(
            run.policy, prompts, reference=run.reference, reward_fn=judge, generator=generator
        )
        measured = (seconds, now.true_reward, now.proxy_reward, now.kl)
        for name, value in zip(measures, measured, strict=True):
            measures[name].append(round(value, 2))
    tale = now.prompts[0] + now.responses[0]
    return {"beta": beta, "seed": seed} | measures | {"tale": tale}
