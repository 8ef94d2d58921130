"""Several policies side by side: a table, their tales, and who beats whom how often."""

import math
from dataclasses import dataclass

import torch

from pedagogy import human, require
from pedagogy.compare.evaluate import Evaluation, evaluate
from pedagogy.compare.table import Table
from pedagogy.maths.bradley_terry import bradley_terry_probability

Z = 1.959964  # 95 % of a normal distribution lie within so many standard deviations
BY = {  # what decides who wins: who is asked, and where the answers are
    "true_reward": ("true_reward", "true_rewards"),
    "choice": ("true_reward", "true_rewards"),
    "proxy_reward": ("reward_fn", "proxy_rewards"),
}


@dataclass
class WinRate:
    """How often one side won, and the 95 % interval for what many more pairs would say."""

    share: float
    low: float
    high: float
    pairs: int

    def __str__(self):
        return f"{self.share:.2f} ({self.low:.2f} to {self.high:.2f}, {self.pairs} pairs)"


def win_rate(wins):
    """Return the mean of wins with Wilson's interval, which never leaves 0 to 1.

        (s + z²/2n ± z √(s (1 - s)/n + z²/4n²)) / (1 + z²/n),  s the mean, z = 1.96

    wins: (N,), N at least 1, independent; 1 for a win, 0 for a loss, and all between: a tie is
    1/2, a choice that has not been made yet its probability. Such wins scatter less than wins
    and losses of the same mean do, so that the interval is at worst too wide.
    ValueError: no win, or one that is not from 0 to 1. Wilson 1927.

    By hand: 9 wins of 10: (0.9 + 0.1921 ± 1.96 √(0.009 + 0.0096)) / 1.3841.

    >>> print(win_rate([1.0] * 9 + [0.0]))
    0.90 (0.60 to 0.98, 10 pairs)
    """
    wins = require.shape("(N,)", wins=require.finite(wins=wins)).cpu().double()
    n = len(wins)
    if not n or wins.min() < 0 or wins.max() > 1:
        raise ValueError(f"wins has {n} numbers, but it must have some, all from 0 to 1.")
    share = wins.mean().item()
    middle, width = share + Z**2 / (2 * n), math.sqrt(share * (1 - share) / n + (Z / n) ** 2 / 4)
    low, high = ((middle + side * Z * width) / (1 + Z**2 / n) for side in (-1, 1))
    return WinRate(share, max(low, 0.0), min(high, 1.0), n)


@dataclass
class Comparison:
    """Evaluations by name, on the same prompts; shows itself as a table."""

    evaluations: dict[str, Evaluation]

    def __getitem__(self, name):
        return self.evaluations[name]

    def win_rate(self, name, other, by=None):
        """Return how often `name` wins against `other`, response against response: a WinRate.

        by: "true_reward": the better response wins; "choice": the human chooses, and errs now and
        then (Bradley-Terry); "proxy_reward": reward_fn's favourite wins. By default by the true
        reward, where there is one, else by reward_fn. A tie counts half.
        """
        by = self._wins_by() if by is None else by
        if by not in BY:
            raise ValueError(f"by is {by!r}, but it must be {' or '.join(map(repr, BY))}.")
        for who in (name, other):
            if who not in self.evaluations:
                raise ValueError(f"{who!r} was not compared; there are {list(self.evaluations)}.")
        asked, measure = BY[by]
        ours, theirs = (getattr(self.evaluations[who], measure) for who in (name, other))
        if ours is None:
            raise ValueError(f"by is {by!r}, but no {asked} took part in the comparison.")
        if by == "choice":
            return win_rate(bradley_terry_probability(ours, theirs))
        return win_rate((1 + (ours - theirs).sign()) / 2)

    def tales(self, count=3):
        """The first prompts, and what each policy wrote to them, side by side: a Table."""
        evaluations = self.evaluations.values()
        columns = [next(iter(evaluations)).prompts, *(one.responses for one in evaluations)]
        rows = list(zip(*columns, strict=True))[: require.count(count=count)]
        rows = [[text.strip() for text in row] for row in rows]  # a response begins with a space
        return Table([["", *self.evaluations], *rows], align="left")

    def table(self):
        """A row of numbers for each policy, with a column for each that was measured: a Table."""
        first = next(iter(self.evaluations))
        measures = {"true reward": "true_reward", "proxy reward": "proxy_reward", "KL, nats": "kl"}
        shown = {
            head: measure
            for head, measure in measures.items()
            if getattr(self[first], measure) is not None
        }
        wins = self._wins_by()
        rows = [["", *shown, *([f"wins against {first}"] if wins else [])]]
        for name, one in self.evaluations.items():
            numbers = [f"{getattr(one, measure):.2f}" for measure in shown.values()]
            against = "" if name == first or not wins else str(self.win_rate(name, first))
            rows.append([name, *numbers, *([against] if wins else [])])
        return Table(rows)

    def _wins_by(self):
        """What there is to win by: the true reward, else the reward_fn's, else nothing."""
        one = next(iter(self.evaluations.values()))
        known = {"true_reward": one.true_rewards, "proxy_reward": one.proxy_rewards}
        return next((by for by, rewards in known.items() if rewards is not None), None)

    def __repr__(self):
        return repr(self.table())

    def _repr_html_(self):
        return self.table()._repr_html_()


def compare(
    policies,
    prompts,
    *,
    reference,
    reward_fn=None,
    true_reward=human.true_reward,
    max_new_tokens=None,
    seed=0,
):
    """Let all policies write to the same prompts, and return the Comparison.

    policies: {name: Policy}, on whatever devices; they draw one after the other from the same
    generator, so that no tale of one depends on a tale of another. The rest as for evaluate.
    ValueError: no policy, no prompt, or what evaluate cannot use.
    """
    require.parts("a dict of policies by name", "items", "keys", policies=policies)
    if not policies:
        raise ValueError("policies is empty, but there must be at least one.")
    require.texts(prompts=prompts)
    settings = {
        "reference": reference,
        "reward_fn": reward_fn,
        "true_reward": true_reward,
        "max_new_tokens": max_new_tokens,
        "generator": torch.Generator().manual_seed(require.seed(seed=seed)),
    }
    return Comparison({name: evaluate(p, prompts, **settings) for name, p in policies.items()})
