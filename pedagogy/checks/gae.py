"""The exercise of notebook 05, first part: was each step better than the critic expected?"""

import torch

from pedagogy.checks.engine import Exercise, Mistake, forms
from pedagogy.checks.flags import flags, judge_flags
from pedagogy.maths.advantages import gae

LEAK = (
    "find the step that ended an episode. What comes after it belongs to another episode: change "
    "it, and no advantage before it should move."
)
BOTH_LINES = (
    "work out the last two steps by hand, delta first, then the recursion, with gamma 0.9 and "
    "lambda 0.8. Which of the two numbers enters where?"
)
WHICH_DONE = "dones[t] says that the episode ended with step t itself, not before or after it."
WHAT_FOLLOWS = "what follows the last step? One of the arguments tells its value."
AS_EXPECTED = "a step that brings just what the critic expected should have advantage 0."
ASK_THE_CRITIC = "change the values: the answer should change."
NOT_YET_WHITE = (
    "whitening is a step of its own, and comes later: the critic's targets need these numbers."
)


def _next(x, last):
    """Return x_{t+1} in the place of x_t, and `last` (1,) in the last place."""
    return torch.cat([x[1:], last])


def _delta(r, v, n, d, g):
    return r + g * _next(v, n[None]) * (1 - d.float()) - v


def _add_up(delta, keep):
    """Return A_t = delta_t + keep_t A_{t+1}, from behind."""
    found, a = [], 0.0
    for delta_t, keep_t in zip(delta.flip(0), keep.flip(0), strict=True):
        a = delta_t + keep_t * a
        found.insert(0, a)
    return torch.stack(found)


def _whitened(a, ddof, small):
    variance = (a - a.mean()).square().sum() / (len(a) - ddof)
    return (a - a.mean()) / (variance.sqrt() + small)


def _rollout(rewards, values, next_value, dones, gamma=0.9, lam=0.8):
    tensors = (torch.tensor(x) for x in (rewards, values, next_value))
    return *tensors, *flags(dones), gamma, lam


EXERCISE = Exercise(
    reference=gae,
    # No gradient_of: PPO takes advantages as numbers, so a learner may well cut the gradient.
    cases=(
        _rollout([1.0], [0.5], 2.0, "0"),
        _rollout([1.0, -0.5, 2.0], [0.3, 1.2, -0.7], 1.5, "000"),
        # an episode that ends in mid-rollout, before a large value
        _rollout([0.5, 2.0, -1.0, 0.7], [1.0, -0.4, 30.0, 0.6], -2.0, "0100"),
        # and one that ends with the rollout
        _rollout([0.2, -1.3, 0.8, 1.1, 0.4], [0.9, 0.1, -0.6, 1.4, 0.5], 20.0, "10001", 0.7, 0.6),
    ),
    edges=(
        _rollout([1.0, -2.0, 0.5], [0.5, 3.0, -1.0], 4.0, "000", gamma=1.0, lam=1.0),
        _rollout([1.0, -2.0, 0.5], [0.5, 3.0, -1.0], 4.0, "010", gamma=0.9, lam=0.0),
        _rollout([1.0, -2.0], [0.5, 3.0], 4.0, "00", gamma=0.0, lam=0.8),
    ),
    mistakes=(
        Mistake(
            "the value of the next episode leaks through done",
            lambda r, v, n, d, g, lam: gae(r + g * _next(v, n[None]) * d, v, n, d, g, lam),
            LEAK,
        ),
        Mistake(
            "the recursion is not cut at done",
            lambda r, v, n, d, g, lam: _add_up(_delta(r, v, n, d, g), g * lam * torch.ones_like(r)),
            LEAK,
        ),
        Mistake(
            "dones are not used",
            lambda r, v, n, d, g, lam: gae(r, v, n, 0 * d, g, lam),
            LEAK,
        ),
        Mistake(
            "done is taken the wrong way round",
            lambda r, v, n, d, g, lam: gae(r, v, n, 1 - d.float(), g, lam),
            "where done is 0 the episode goes on. What should a factor before the future be there?",
        ),
        Mistake(
            "the done of the next step is used",
            lambda r, v, n, d, g, lam: gae(r, v, n, _next(d, 0 * d[:1]), g, lam),
            WHICH_DONE,
        ),
        Mistake(
            "the done of the next step is used",
            lambda r, v, n, d, g, lam: gae(r, v, n, _next(d, d[-1:]), g, lam),
            WHICH_DONE,
        ),
        Mistake(
            "the done of the step before is used",
            lambda r, v, n, d, g, lam: gae(r, v, n, torch.cat([0 * d[:1], d[:-1]]), g, lam),
            WHICH_DONE,
        ),
        Mistake(
            "gamma is missing in delta",
            lambda r, v, n, d, g, lam: gae(r, v, n, d, 1.0, g * lam),
            BOTH_LINES,
        ),
        Mistake(
            "gamma is missing in the recursion",
            lambda r, v, n, d, g, lam: gae(r, v, n, d, g, lam / g),
            BOTH_LINES,
        ),
        Mistake(
            "gamma is not used",
            lambda r, v, n, d, g, lam: gae(r, v, n, d, 1.0, lam),
            "try two values of gamma: the answers should differ.",
        ),
        Mistake(
            "lambda is not used",
            lambda r, v, n, d, g, lam: gae(r, v, n, d, g, 1.0),
            "try two values of lambda: the answers should differ.",
        ),
        Mistake(
            "only one step is looked ahead: this is delta",
            lambda r, v, n, d, g, lam: gae(r, v, n, d, g, 0.0),
            "this is right for lambda 0. What does a step inherit from the advantage after it?",
        ),
        Mistake(
            "lambda discounts the value in delta as well",
            lambda r, v, n, d, g, lam: gae(r, v, n, d, g * lam, 1.0),
            BOTH_LINES,
        ),
        Mistake(
            "lambda is taken the wrong way round",
            lambda r, v, n, d, g, lam: gae(r, v, n, d, g, 1 - lam),
            "at lambda 0 the advantage should be delta alone.",
        ),
        Mistake(
            "a step inherits the error after it, not the advantage after it",
            lambda r, v, n, d, g, lam: (
                _delta(r, v, n, d, g)
                + g * lam * (1 - d.float()) * _next(_delta(r, v, n, d, g), torch.zeros(1))
            ),
            "the advantage of the next step holds the errors of all the steps to come.",
        ),
        Mistake(
            "the value after the last step is taken as 0",
            lambda r, v, n, d, g, lam: gae(r, v, 0 * n, d, g, lam),
            WHAT_FOLLOWS,
        ),
        Mistake(
            "the first value stands after the last step",
            lambda r, v, n, d, g, lam: gae(r, v, v[0], d, g, lam),
            WHAT_FOLLOWS,
        ),
        Mistake(
            "the last value stands after the last step as well",
            lambda r, v, n, d, g, lam: gae(r, v, v[-1], d, g, lam),
            WHAT_FOLLOWS,
        ),
        Mistake(
            "the value after the last step stands after every step",
            lambda r, v, n, d, g, lam: _add_up(
                r + g * n * (1 - d.float()) - v, g * lam * (1 - d.float())
            ),
            "one step further back, what comes next is the value of the step you come from.",
        ),
        Mistake(
            "the reward of a last step is lost",
            lambda r, v, n, d, g, lam: gae(r * (1 - d.float()), v, n, d, g, lam),
            "nothing that comes after the end counts, but what the last step itself brought does.",
        ),
        Mistake(
            "the last step gets no advantage",
            lambda r, v, n, d, g, lam: _add_up(
                _next(_delta(r, v, n, d, g).roll(1), torch.zeros(1)), g * lam * (1 - d.float())
            ),
            "how many steps does your loop visit?",
        ),
        Mistake(
            "these are the returns, not the advantages",
            lambda r, v, n, d, g, lam: gae(r, v, n, d, g, lam) + v,
            AS_EXPECTED,
        ),
        *forms(
            "these are discounted rewards: the critic is not asked",
            ASK_THE_CRITIC,
            lambda r, v, n, d, g, lam: gae(r, 0 * v, 0 * n, d, g, 1.0),
            lambda r, v, n, d, g, lam: gae(r, 0 * v, 0 * n, d, g, lam),
        ),
        Mistake(
            "the value of the step itself is added, not subtracted",
            lambda r, v, n, d, g, lam: gae(r + 2 * v, v, n, d, g, lam),
            AS_EXPECTED,
        ),
        Mistake(
            "the value of the step itself is not subtracted",
            lambda r, v, n, d, g, lam: gae(r + v, v, n, d, g, lam),
            AS_EXPECTED,
        ),
        Mistake(
            "the value of the step itself stands for the next one",
            lambda r, v, n, d, g, lam: _add_up(
                r + g * v * (1 - d.float()) - v, g * lam * (1 - d.float())
            ),
            "delta compares two values: the one before the step with the one after it.",
        ),
        Mistake(
            "the reward of the next step is used",
            lambda r, v, n, d, g, lam: gae(_next(r, torch.zeros(1)), v, n, d, g, lam),
            "rewards[t] is what step t itself brought.",
        ),
        Mistake(
            "the sign of the whole is turned round",
            lambda r, v, n, d, g, lam: -gae(r, v, n, d, g, lam),
            "a step with a large reward should have a large advantage.",
        ),
        Mistake(
            "the order of the steps is reversed",
            lambda r, v, n, d, g, lam: gae(r, v, n, d, g, lam).flip(0),
            "the loop runs from behind. In which order do its results stand in the answer?",
        ),
        Mistake(
            "each step inherits from the step before it",
            lambda r, v, n, d, g, lam: _add_up(
                _delta(r, v, n, d, g).flip(0), g * lam * (1 - d.float()).flip(0)
            ).flip(0),
            "a step deserves credit for what comes after it. In which direction must the loop run?",
        ),
        *(
            Mistake(
                "the advantages are whitened",
                lambda r, v, n, d, g, lam, how=how: _whitened(gae(r, v, n, d, g, lam), *how),
                NOT_YET_WHITE,
            )
            for how in ((0, 0), (0, 1e-8), (1, 0))
        ),
        Mistake(
            "the steps are summed",
            lambda r, v, n, d, g, lam: gae(r, v, n, d, g, lam).sum(),
            "one advantage for each step is asked for.",
        ),
    ),
)


def check_gae(gae):
    """Return the Verdict on a gae(rewards, values, next_value, dones, gamma, lam) of your own."""
    return judge_flags(EXERCISE, gae)
