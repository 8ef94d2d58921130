"""What the measured races of notebook 09 found, as arrays over betas and seeds."""

from functools import cache

import numpy as np

from pedagogy.explore.runs import read_runs
from pedagogy.maths.best_of_n import best_of_n_kl_bound

MANY, FEW = 1000, 50  # labels that the judges of best of n were taught with


@cache
def told():
    """race.json as runs/race.py wrote it."""
    return read_runs("race")


def runs(kind):
    """{(method, beta, rate, seed): record} of a kind: "tuning", "race" or "pool"."""
    keys = ("method", "beta", "rate", "seed")
    return {tuple(r[k] for k in keys): r for r in told()["runs"] if r["kind"] == kind}


def tuned(method, beta):
    """{rate: {seed: the aim at each look}} of the runs that chose a learning rate."""
    found = {rate: {} for rate in told()["rates"]}
    for (one, at, rate, seed), run in runs("tuning").items():
        if (one, at) == (method, beta):
            found[rate][seed] = run["aim"]
    return found


def raced(method):
    """The races of a method, {(beta, seed): record}."""
    return {(b, seed): r for (m, b, _, seed), r in runs("race").items() if m == method}


def unstopped(method):
    """Runs of notebook 06 or 08 that nothing stopped, at the usual rate, {(beta, seed): record}."""
    found = read_runs({"RLHF": "betas", "DPO": "dpo"}[method])
    usual = found.get("learning_rate")  # RLHF's runs have one rate only
    return {
        (run["beta"], run["seed"]): run
        for run in found["runs"]
        if run.get("learning_rate") == usual
    }


def tested(method, what):
    """A measure of a method on the test prompts, (betas, seeds)."""
    found = raced(method)
    return np.array([[found[b, s]["test"][what] for s in told()["seeds"]] for b in told()["betas"]])


def objective(method):
    """Reward - beta KL of a method on the test prompts, by the human, (betas, seeds)."""
    betas = np.array(told()["betas"])[:, None]
    return tested(method, "true_reward") - betas * tested(method, "kl")


def best_of_n(what="true_reward", labels=MANY):
    """A measure of the tale picked by the judges of so many labels, (seeds, ns)."""
    found = runs("pool")
    return np.array([found["judge", 0, labels, s]["best_of_n"][what] for s in told()["seeds"]])


def bar(beta):
    """Reward - beta KL of best of n, by the human, (seeds,), and each seed's n.

    KL is the bound. n is what the judge's score - beta KL says, the storyteller's tales being
    judged: no policy is trained or chosen by it.
    """
    kls = np.array([best_of_n_kl_bound(n) for n in told()["ns"]])
    place = (best_of_n("proxy_reward") - beta * kls).argmax(1)  # (seeds,)
    rewards = best_of_n()[np.arange(len(place)), place]
    return rewards - beta * kls[place], np.array(told()["ns"])[place]


def optimum(beta):
    """The exact optimum for the human at a beta, a dict."""
    return next(best for best in told()["human"]["optimum"] if best["beta"] == beta)


def aims(what, beta):
    """A measure of the optimum for each seed's judge, (seeds,); nan: too few samples to tell."""
    found = [runs("pool")["judge", 0, MANY, seed]["optimum"] for seed in told()["seeds"]]
    at = [{best["beta"]: best[what] for best in each} for each in found]
    return np.array([each.get(beta, np.nan) for each in at])


def shortfall(method, beta):
    """How far a method stays below the exact optimum, and why: three (seeds,), units of reward.

    All of it, by the human's reward - beta KL; the part that the optimum for the judge's scores
    lacks, too (how wrong the aim is); and beta KL(policy ‖ that optimum), which is how far the
    policy is from the aim, by the judge's own score - beta KL.
    """
    row, best = told()["betas"].index(beta), optimum(beta)
    most = best["true_reward"] - beta * best["kl"]
    proxy = tested(method, "proxy_reward")[row] - beta * tested(method, "kl")[row]
    wrong = most - (aims("true_reward", beta) - beta * aims("kl", beta))
    return most - objective(method)[row], wrong, beta * aims("log_z", beta) - proxy


def mean_and_error(values):
    """The mean over seeds, the last axis, and its standard error."""
    values = np.asarray(values)
    return values.mean(-1), values.std(-1, ddof=1) / np.sqrt(values.shape[-1])


def ahead(ours, theirs):
    """Whether ours is more, seed by seed: by more than three standard errors of the difference."""
    mean, error = mean_and_error(np.subtract(ours, theirs))
    return bool(mean > 3 * error)
