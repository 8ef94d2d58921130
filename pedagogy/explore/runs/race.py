"""RLHF against DPO, best of n and the exact optimum: the same labels, rules and held-out prompts.

A seed decides the labels, and with them the judge; both methods, at each beta, start from the same
storyteller. Now and then a run writes tales to VALIDATION, and its aim is what one can know without
the human: the judge's mean score - beta KL. When PATIENCE such looks in a row bring no better aim,
the run stops, and its best moment is kept. By the same number each method's learning rate is
chosen for each beta, on seeds that do not race: all rates on two, the best two of them on four
more. Only what was kept is tried on TEST, and no held-out prompt is trained on. What happens where
nothing stops a run is in betas.py and dpo.py.

Each finished piece goes to race.journal, beside race.json, at once: a second start goes on, and
only without the journal all is measured anew. A piece is one (method, beta, learning rate, seed),
or what a seed's judges say of a pool of the storyteller's tales. Seconds are a processor's, of
training only; for RLHF they begin with the judge's.
"""

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from multiprocessing import get_context

import torch

from pedagogy.explore.runs import note, noted
from pedagogy.explore.runs._race_pool import NS, POOL, ask_judge, best_of_n, optima, pool
from pedagogy.explore.runs._race_run import LABELS, MOMENTS, train

BETAS = (0.03, 0.1, 0.3, 1.0, 3.0)
RATES = (3e-5, 1e-4, 3e-4, 1e-3, 3e-3)
TUNING_SEEDS = (100, 101)  # for all rates
FINAL_SEEDS = (102, 103, 104, 105)  # for the best two, which two sets of labels can't tell apart
SEEDS = tuple(range(10))
FEW = 50  # labels, for a judge that can be fooled
WORKERS = 2


def measure(seeds=SEEDS, betas=BETAS):
    """All that race.json holds, measured as far as the journal does not have it yet."""
    with ProcessPoolExecutor(WORKERS, get_context("spawn"), torch.set_num_threads, (1,)) as workers:
        for chosen_by in (TUNING_SEEDS, FINAL_SEEDS):  # these need all that those have found
            list(workers.map(tune, *zip(*product(chosen_by, betas), strict=True)))
        list(workers.map(partial(measure_seed, betas), seeds))
    return summary(noted("race"), seeds, betas)


def tune(seed, beta):
    """Both methods with every learning rate, or, on one of the later seeds, with their best two."""
    for method in MOMENTS:
        rates = RATES if seed in TUNING_SEEDS else finalists(noted("race"), method, beta)
        for rate in rates:
            once("tuning", method, beta, rate, seed, partial(train, method, beta, rate, seed))


def measure_seed(betas, seed):
    """The races with the rates that were chosen, and what the seed's judges say of the pool."""
    for beta in betas:
        for method in MOMENTS:
            rate = chosen_rate(noted("race"), method, beta)
            once("race", method, beta, rate, seed, partial(train, method, beta, rate, seed))
    for labels in (LABELS, FEW):
        once("pool", "judge", 0, labels, seed, partial(ask_judge, seed, labels))


def once(kind, method, beta, rate, seed, work):
    """Do a piece of work, unless the journal has it, and note it there."""
    key = {"kind": kind, "method": method, "beta": beta, "rate": rate, "seed": seed}
    if not any(record.items() >= key.items() for record in noted("race")):
        note("race", key | work())


def finalists(journal, method, beta):
    """The two learning rates that did best on the first seeds."""
    aims = mean_aims(journal, method, beta, TUNING_SEEDS)
    return sorted(RATES, key=aims.get)[-2:]


def chosen_rate(journal, method, beta):
    """Of these two the one that did better on all seeds."""
    aims = mean_aims(journal, method, beta, TUNING_SEEDS + FINAL_SEEDS)
    return max(finalists(journal, method, beta), key=aims.get)


def mean_aims(journal, method, beta, seeds):
    """For each learning rate the highest aim that a run had on its way, in the mean over seeds."""
    aims = {rate: [] for rate in RATES}
    for record in journal:
        kind = record["kind"], record["method"], record["beta"]
        if kind == ("tuning", method, beta) and record["seed"] in seeds:
            aims[record["rate"]].append(max(record["aim"]))
    return {rate: sum(found) / max(len(found), 1) for rate, found in aims.items()}


def summary(journal, seeds, betas):
    """The journal as the explorers read it: the rules, and all records that belong to them."""
    rates = {m: {beta: chosen_rate(journal, m, beta) for beta in betas} for m in MOMENTS}
    truth = pool(POOL)[1]

    def belongs(record):
        if record["kind"] == "pool":
            return record["seed"] in seeds
        if record["beta"] not in betas:
            return False
        if record["kind"] == "tuning":
            first = record["rate"] in RATES and record["seed"] in TUNING_SEEDS
            return first or record["seed"] in FINAL_SEEDS
        return record["seed"] in seeds and record["rate"] == rates[record["method"]][record["beta"]]

    return {
        "betas": betas,
        "seeds": seeds,
        "rates": RATES,
        "chosen_rates": {method: list(chosen.values()) for method, chosen in rates.items()},
        "moments": MOMENTS,
        "ns": NS,
        "human": {"best_of_n": best_of_n(truth, truth), "optimum": optima(truth, truth)},
        "runs": [record for record in journal if belongs(record)],
    }
