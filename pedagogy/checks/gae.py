"""The exercise of notebook 05, first part: was each step better than the critic expected?"""

import torch

from pedagogy.checks.engine import check
from pedagogy.checks.exercise import Exercise, mistake
from pedagogy.checks.inputs import flags, numbers
from pedagogy.checks.whitened import WHITENED

LEAK = (
    "find the step that ended a tale. What comes after it belongs to the next tale: change "
    "it, and no advantage before it should move."
)
BOTH_LINES = (
    "work out the last two steps by hand, delta first, then the recursion, with gamma 0.9 and "
    "lambda 0.8. Which of the two numbers enters where?"
)
WHICH_DONE = "dones[t] says that a tale ended with step t itself, not before or after it."
WHAT_FOLLOWS = "what follows the last step? One of the arguments gives its value."
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


def _rollout(rewards, values, next_value, dones, gamma=0.9, lam=0.8):
    tensors = (torch.tensor(x) for x in (rewards, values, next_value))
    return *tensors, *flags(dones), gamma, lam


def gae(rewards, values, next_value, dones, gamma, lam):
    delta = _delta(rewards, values, next_value, dones, gamma)
    return _add_up(delta, gamma * lam * (1 - dones.float()))


EXERCISE = Exercise(
    reference=gae,
    solutions=("gae", "response_gae"),
    errors=(
        (
            "out of bounds",
            "after the last step there is no values[t + 1]. Its place is taken by next_value.",
        ),
    ),
    # No gradient_of: PPO takes advantages as numbers, so a learner may well cut the gradient.
    cases=(
        _rollout([1.0], [0.5], 2.0, "0"),
        _rollout([1.0, -0.5, 2.0], [0.3, 1.2, -0.7], 1.5, "000"),
        # a tale that ends in mid-rollout, before a large value
        _rollout([0.5, 2.0, -1.0, 0.7], [1.0, -0.4, 30.0, 0.6], -2.0, "0100"),
        # and one that ends with the rollout
        _rollout([0.2, -1.3, 0.8, 1.1, 0.4], [0.9, 0.1, -0.6, 1.4, 0.5], 20.0, "10001", 0.7, 0.6),
        (
            *numbers(2, 62),
            torch.tensor(1.5),
            *flags("0000000000100100000010" + "0" * 40),
            0.95,
            0.9,
        ),
    ),
    edges=(
        _rollout([1.0, -2.0, 0.5], [0.5, 3.0, -1.0], 4.0, "000", gamma=1.0, lam=1.0),
        _rollout([1.0, -2.0, 0.5], [0.5, 3.0, -1.0], 4.0, "010", gamma=0.9, lam=0.0),
        _rollout([1.0, -2.0], [0.5, 3.0], 4.0, "00", gamma=0.0, lam=0.8),
    ),
    mistakes=(
        mistake(
            "the value of the next tale leaks through done",
            LEAK,
            lambda r, v, n, d, g, lam: gae(r + g * _next(v, n[None]) * d, v, n, d, g, lam),
        ),
        mistake(
            "the recursion is not cut at done",
            LEAK,
            lambda r, v, n, d, g, lam: _add_up(_delta(r, v, n, d, g), g * lam * torch.ones_like(r)),
        ),
        mistake("dones are not used", LEAK, lambda r, v, n, d, g, lam: gae(r, v, n, 0 * d, g, lam)),
        mistake(
            "done is taken the wrong way round",
            "where done is 0 the tale goes on. By what should the future be multiplied there?",
            lambda r, v, n, d, g, lam: gae(r, v, n, 1 - d.float(), g, lam),
        ),
        mistake(
            "the done of the next step is used",
            WHICH_DONE,
            lambda r, v, n, d, g, lam: gae(r, v, n, _next(d, 0 * d[:1]), g, lam),
            lambda r, v, n, d, g, lam: gae(r, v, n, _next(d, d[-1:]), g, lam),
        ),
        mistake(
            "the done of the step before is used",
            WHICH_DONE,
            lambda r, v, n, d, g, lam: gae(r, v, n, torch.cat([0 * d[:1], d[:-1]]), g, lam),
        ),
        mistake(
            "gamma is missing in delta",
            BOTH_LINES,
            lambda r, v, n, d, g, lam: gae(r, v, n, d, 1.0, g * lam),
        ),
        mistake(
            "gamma is missing in the recursion",
            BOTH_LINES,
            lambda r, v, n, d, g, lam: gae(r, v, n, d, g, lam / g),
        ),
        mistake(
            "gamma is not used",
            "try two values of gamma: the answers should differ.",
            lambda r, v, n, d, g, lam: gae(r, v, n, d, 1.0, lam),
        ),
        mistake(
            "lambda is not used",
            "try two values of lambda: the answers should differ.",
            lambda r, v, n, d, g, lam: gae(r, v, n, d, g, 1.0),
        ),
        mistake(
            "only one step is looked ahead: this is delta",
            "this is right for lambda 0. What does a step inherit from the advantage after it?",
            lambda r, v, n, d, g, lam: gae(r, v, n, d, g, 0.0),
        ),
        mistake(
            "lambda discounts the value in delta as well",
            BOTH_LINES,
            lambda r, v, n, d, g, lam: gae(r, v, n, d, g * lam, 1.0),
        ),
        mistake(
            "lambda is taken the wrong way round",
            "at lambda 0 the advantage should be delta alone.",
            lambda r, v, n, d, g, lam: gae(r, v, n, d, g, 1 - lam),
        ),
        mistake(
            "a step inherits the error after it, not the advantage after it",
            "the advantage of the next step holds the errors of all the steps to come.",
            lambda r, v, n, d, g, lam: (
                _delta(r, v, n, d, g)
                + g * lam * (1 - d.float()) * _next(_delta(r, v, n, d, g), torch.zeros(1))
            ),
        ),
        mistake(
            "the value after the last step is taken as 0",
            WHAT_FOLLOWS,
            lambda r, v, n, d, g, lam: gae(r, v, 0 * n, d, g, lam),
        ),
        mistake(
            "the first value stands after the last step",
            WHAT_FOLLOWS,
            lambda r, v, n, d, g, lam: gae(r, v, v[0], d, g, lam),
        ),
        mistake(
            "the last value stands after the last step as well",
            WHAT_FOLLOWS,
            lambda r, v, n, d, g, lam: gae(r, v, v[-1], d, g, lam),
        ),
        mistake(
            "the value after the last step stands after every step",
            "one step further back, what comes next is the value of the step you come from.",
            lambda r, v, n, d, g, lam: _add_up(
                r + g * n * (1 - d.float()) - v, g * lam * (1 - d.float())
            ),
        ),
        mistake(
            "the reward of a last step is lost",
            "nothing that comes after the end counts, but what the last step itself brought does.",
            lambda r, v, n, d, g, lam: gae(r * (1 - d.float()), v, n, d, g, lam),
        ),
        mistake(
            "the last step gets no advantage",
            "how many steps does your loop visit?",
            lambda r, v, n, d, g, lam: _add_up(
                _next(_delta(r, v, n, d, g).roll(1), torch.zeros(1)), g * lam * (1 - d.float())
            ),
        ),
        mistake(
            "these are the returns, not the advantages",
            AS_EXPECTED,
            lambda r, v, n, d, g, lam: gae(r, v, n, d, g, lam) + v,
        ),
        mistake(
            "these are discounted rewards: the critic is not asked",
            ASK_THE_CRITIC,
            lambda r, v, n, d, g, lam: gae(r, 0 * v, 0 * n, d, g, 1.0),
            lambda r, v, n, d, g, lam: gae(r, 0 * v, 0 * n, d, g, lam),
        ),
        mistake(
            "the value of the step itself is added, not subtracted",
            AS_EXPECTED,
            lambda r, v, n, d, g, lam: gae(r + 2 * v, v, n, d, g, lam),
        ),
        mistake(
            "the value of the step itself is not subtracted",
            AS_EXPECTED,
            lambda r, v, n, d, g, lam: gae(r + v, v, n, d, g, lam),
        ),
        mistake(
            "the value of the step itself stands for the next one",
            "delta compares two values: the one before the step with the one after it.",
            lambda r, v, n, d, g, lam: _add_up(
                r + g * v * (1 - d.float()) - v, g * lam * (1 - d.float())
            ),
        ),
        mistake(
            "the reward of the next step is used",
            "rewards[t] is what step t itself brought.",
            lambda r, v, n, d, g, lam: gae(_next(r, torch.zeros(1)), v, n, d, g, lam),
        ),
        mistake(
            "the whole answer has the wrong sign",
            "a step with a large reward should have a large advantage.",
            lambda r, v, n, d, g, lam: -gae(r, v, n, d, g, lam),
        ),
        mistake(
            "the order of the steps is reversed",
            "the loop runs from behind. In which order do its results stand in the answer?",
            lambda r, v, n, d, g, lam: gae(r, v, n, d, g, lam).flip(0),
        ),
        mistake(
            "each step inherits from the step before it",
            "a step deserves credit for what comes after it. In which direction must the loop run?",
            lambda r, v, n, d, g, lam: _add_up(
                _delta(r, v, n, d, g).flip(0), g * lam * (1 - d.float()).flip(0)
            ).flip(0),
        ),
        mistake(
            "the advantages are whitened",
            NOT_YET_WHITE,
            *(lambda *args, whitened=whitened: whitened(gae(*args)) for whitened in WHITENED),
        ),
        mistake(
            "the steps are summed",
            "one advantage for each step is asked for.",
            lambda r, v, n, d, g, lam: gae(r, v, n, d, g, lam).sum(),
        ),
    ),
)


def check_gae(gae):
    """Return the Verdict on a gae(rewards, values, next_value, dones, gamma, lam) of your own."""
    return check(EXERCISE, gae)
