"""Whatever a learner's function does, a checker ends in a sentence, and soon."""

import asyncio
import builtins
import math
import random
import signal
import sys
import threading
import time

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from verdicts import CHECKERS, assert_passed

from pedagogy import maths
from pedagogy.checks import (
    check_bradley_terry_probability,
    check_dpo_loss,
    check_gae,
    check_kl_divergence,
    check_modified_grade,
    check_next_word_distribution,
    check_reward_model_loss,
    check_sequence_logps,
    engine,
)


def named(checker):
    return checker.__name__


def right_pair(chosen_scores, rejected_scores):
    return -F.logsigmoid(chosen_scores - rejected_scores).mean()


def stub(*args):
    raise NotImplementedError("your turn")


def overwriting(*args):
    for arg in args:
        if isinstance(arg, torch.Tensor):
            arg.zero_()
    return torch.tensor(0.5)


def endless(*args):
    return endless(*args)


def leaving(*args):
    raise SystemExit


def swearing(*args):
    raise RuntimeError("<b>bold</b>\nsecond line")


class Odd:
    def __call__(self, *args):
        return self

    def __repr__(self):
        raise ValueError("no")


ABUSE = [
    (stub, "NotImplementedError. your turn"),
    (overwriting, "Not yet"),
    (endless, "stopped with RecursionError"),
    (leaving, "stopped with SystemExit"),
    (swearing, "stopped with RuntimeError: <b>bold</b>\n"),
    (Odd(), "a value of type Odd"),
    (lambda *args: None, "gave back nothing (None)"),
    (lambda *args: [0.5], "a value of type list"),
    (lambda *args: "0.5", "a value of type str"),
    (lambda *args: np.ones(2), "a value of type ndarray"),
    (lambda *args: torch.tensor(1j), "a value of type Tensor, but a tensor of real numbers"),
    (lambda *args: torch.empty(0), "shape (0,)"),
    (lambda *args: torch.ones(9, 9), "a tensor of shape (9, 9)"),
    (lambda *args: torch.tensor(True), "yours     1"),
    (lambda *args: torch.ones(2).to_sparse(), "Not yet"),
    (lambda *args: torch.ones(2, device="meta"), "Not yet"),
    (lambda: 0, "your function takes (), but it is called with ("),
    (lambda a, b, *, c: 0, "your function takes (a, b, *, c), but it is called with ("),
    (torch.ones, "Not yet"),
    (builtins.max, "Not yet"),
    (torch.tensor(0.5), "a function is wanted here, but a value of type Tensor came"),
    (None, "a function is wanted here, but a value of type NoneType came"),
]


FIRST, *OTHERS = CHECKERS
ALL = [FIRST, *(pytest.param(check, marks=pytest.mark.slow) for check in OTHERS)]


@pytest.mark.parametrize("check", ALL, ids=named)
@pytest.mark.parametrize("learner, words", ABUSE)
def test_abuse_ends_in_a_sentence(check, learner, words):
    verdict = check(learner)
    assert not verdict.passed
    assert verdict.message.startswith("Not yet: ")
    assert words in verdict.message, verdict
    assert check(CHECKERS[check]).passed  # and nothing of it stays behind


def test_a_float_for_a_tensor_is_noticed():
    verdict = check_bradley_terry_probability(lambda a, b: 1 / (1 + math.exp(b - a)))
    assert "a value of type float" in verdict.message


def test_inputs_changed_in_place_are_noticed():
    def in_place(logits, temperature=1.0):
        logits /= temperature
        return torch.softmax(logits, -1)

    verdict = check_next_word_distribution(in_place)
    assert not verdict.passed
    assert verdict.message.startswith("Almost: the numbers are right, but your function changes")
    assert "changes logits itself" in verdict.message


# Endless, and hard to stop --------------------------------------------------------------------


def spinning(*args):
    while True:
        pass


def spinning_and_catching(*args):
    while True:
        try:
            time.sleep(0.001)
        except Exception:
            pass


def sleeping(*args):
    time.sleep(3)
    return args[0]


def no_more_than(threads):
    """Wait a little for a thread that has done its work to go."""
    deadline = time.monotonic() + 2
    while threading.active_count() > threads and time.monotonic() < deadline:
        time.sleep(0.01)
    return threading.active_count() <= threads


@pytest.fixture
def short(monkeypatch):
    check_reward_model_loss(right_pair)  # torch's very first calls take long
    monkeypatch.setattr(engine, "SECONDS", 0.3)


@pytest.mark.parametrize("check", [check_gae, check_modified_grade, check_dpo_loss], ids=named)
@pytest.mark.parametrize("learner", [spinning, spinning_and_catching])
def test_an_endless_loop_ends_in_a_sentence_and_is_stopped(short, check, learner):
    threads, start = threading.active_count(), time.monotonic()
    verdict = check(learner)
    assert not verdict and time.monotonic() - start < 3
    assert "your function was still at work after 0.3 seconds.\nWhere to look:" in str(verdict)
    assert no_more_than(threads)


def test_what_cannot_be_stopped_is_left_behind_and_said(short):
    verdict = check_modified_grade(sleeping)
    assert "and could not be stopped: it goes on behind the scenes" in str(verdict)


def test_a_loop_that_only_the_largest_input_meets_is_stopped(short):
    verdict = check_reward_model_loss(lambda c, r: spinning() if len(c) > 60 else right_pair(c, r))
    assert "chosen_scores = a tensor of shape (100,)" in str(verdict) and "at work" in str(verdict)


@pytest.mark.slow
def test_an_endless_message_of_an_error_is_stopped_too(short):
    class Endless(Exception):
        __str__ = spinning

    def raising(*args):
        raise Endless

    assert "at work" in str(check_modified_grade(raising))


def test_it_works_in_another_thread_and_in_a_running_event_loop(short):
    found = []
    thread = threading.Thread(target=lambda: found.append(check_modified_grade(spinning)))
    thread.start()
    thread.join()

    async def cell():
        return check_modified_grade(spinning)

    thread = threading.Thread(target=lambda: found.append(asyncio.run(cell())))  # a loop of its own
    thread.start()
    thread.join()
    assert all("at work" in str(verdict) for verdict in found) and len(found) == 2


@pytest.mark.parametrize("learner", [spinning, spinning_and_catching])
def test_ctrl_c_stops_the_checker_and_the_function(learner):
    threads = threading.active_count()
    timer = threading.Timer(0.2, signal.raise_signal, [signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        check_modified_grade(learner)
    timer.join()
    assert no_more_than(threads)


# Whatever is raised ---------------------------------------------------------------------------


class Own(BaseException):
    pass


class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no")


@pytest.mark.parametrize("error", [KeyboardInterrupt, GeneratorExit, Own, Mute, SystemExit])
@pytest.mark.parametrize("check", CHECKERS, ids=named)
def test_whatever_it_raises_is_a_sentence(check, error):
    def raising(*args):
        raise error

    verdict = check(raising)
    assert not verdict and f"your function stopped with {error.__name__}" in verdict.message


class Unsigned:
    def __call__(self, *args):
        return torch.tensor(0.5)

    @property
    def __signature__(self):
        raise RuntimeError("no")


class Nameless(type):
    @property
    def __name__(cls):
        raise RuntimeError("no")


def test_what_does_not_even_tell_its_type_is_a_sentence():
    odd = Nameless("odd", (), {})()
    for learner in (odd, lambda *args: odd):
        assert str(check_modified_grade(learner)).startswith("Not yet: what your function gave")


def test_a_signature_that_fails_is_not_asked_again():
    assert str(check_modified_grade(Unsigned())).startswith("Not yet: this answer is not right.")


# Something else given back --------------------------------------------------------------------


async def coroutine(*args):
    return args[0]


def generator(*args):
    yield args[0]


OTHER_TYPES = [
    (coroutine, "a coroutine", "write `def`, not `async def`"),
    (generator, "a generator", "`yield` gives values one at a time"),
    (lambda c, r: (right_pair(c, r),), "a tuple of one value", "a comma after the value"),
    (lambda c, r: (right_pair(c, r), c, r), "3 things (a tuple)", "only the first is asked for"),
    (lambda c, r: [right_pair(c, r)], "a value of type list", "torch.stack(the_list)"),
    (lambda c, r: {"loss": right_pair(c, r)}, "a value of type dict", "the one tensor"),
    (lambda c, r: str(right_pair(c, r)), "a value of type str", "that is text"),
    (lambda c, r: right_pair(c, r).numpy(), "a value of type ndarray", "comes from numpy"),
    (lambda c, r: right_pair(c, r).item(), "a value of type float", "math.exp(x)"),
    (lambda c, r: (c - r).mean, "a value of type builtin", "Are the brackets missing"),
    (lambda c, r: right_pair(c, r).to_sparse(), "a sparse tensor", "x.to_dense()"),
    (lambda c, r: right_pair(c, r).to("meta"), "a tensor without numbers", "the device 'meta'"),
    (lambda c, r: right_pair(c, r).expand(10**9), "1,000,000,000 numbers", "far more"),
]


@pytest.mark.filterwarnings("error")  # such as: the coroutine was never awaited
@pytest.mark.parametrize("learner, what, advice", OTHER_TYPES, ids=[w for _, w, _ in OTHER_TYPES])
def test_each_other_type_gets_its_own_advice(learner, what, advice):
    """The first of the three things is right: logsigmoid by hand, and it still is one of three."""
    verdict = check_reward_model_loss(learner)
    assert not verdict and f"your function gave back {what}" in verdict.message, verdict
    assert advice in verdict.message.partition("Where to look: ")[2]


def test_advantages_left_in_a_list_are_to_be_stacked():
    verdict = check_gae(lambda *args: list(CHECKERS[check_gae](*args)))
    assert "torch.stack(the_list) makes one tensor of a list of tensors" in str(verdict)


def test_sparse_advantages_do_not_pass_though_detached_ones_do():
    """PPO takes advantages as numbers, so the gradient may be cut; but as an ordinary tensor."""
    assert check_gae(lambda *args: CHECKERS[check_gae](*args).detach())
    assert not check_gae(lambda *args: CHECKERS[check_gae](*args).to_sparse())


class Liar(torch.Tensor):
    """A tensor that says of itself what one wants to hear."""

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if function in (torch.allclose, torch.equal, torch.Tensor.equal):
            return True
        return super().__torch_function__(function, types, args, kwargs)

    def detach(self):
        return self

    def to(self, *args):
        return self


@pytest.mark.parametrize("check", CHECKERS, ids=named)
def test_a_tensor_cannot_answer_for_itself(check):
    right = CHECKERS[check]
    assert not check(lambda *args: (torch.as_tensor(right(*args)) * 2).as_subclass(Liar))
    assert check(lambda *args: torch.as_tensor(right(*args)).as_subclass(Liar))


# State ----------------------------------------------------------------------------------------


def test_a_list_that_lives_on_as_a_default_is_named():
    right = CHECKERS[check_gae]

    def gae(rewards, values, next_value, dones, gamma, lam, out=[]):  # noqa: B006
        out.extend(right(rewards, values, next_value, dones, gamma, lam))
        return torch.stack(out)

    verdict = check_gae(gae)
    assert str(verdict).startswith("Not yet: called twice on the same input, your function gave")
    assert "  first     [2.3], shape (1,)\n  second    [2.3, 2.3], shape (2,)\n" in str(verdict)
    assert "A default such as `out=[]` is made only once" in str(verdict)


def test_a_random_answer_is_named():
    assert "called twice" in str(check_reward_model_loss(lambda c, r: torch.rand(())))


def changing(grade, divergence, beta):
    answer = grade - beta * divergence
    torch.set_grad_enabled(False)
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(1)
    np.random.seed(1)
    random.seed(1)
    sys.setrecursionlimit(5000)
    return answer


def state():
    return (
        torch.is_grad_enabled(),
        torch.get_default_dtype(),
        torch.get_rng_state().tolist(),
        np.random.get_state()[1].tolist(),
        random.getstate(),
        sys.getrecursionlimit(),
    )


def test_what_a_function_changes_for_the_whole_kernel_is_put_back():
    before = state()
    assert_passed(check_modified_grade, changing)  # its gradient too
    assert state() == before


def test_the_checkers_leave_the_random_numbers_alone():
    before = state()
    check_gae(lambda *args: torch.rand(3))
    assert state() == before


# The package's own answer ---------------------------------------------------------------------


@pytest.mark.parametrize("check", CHECKERS, ids=named)
def test_the_packages_own_function_is_no_answer(check):
    name = check.__name__.removeprefix("check_")
    theirs = getattr(maths, name)
    room = sys.modules[theirs.__module__].__dict__
    for learner in (theirs, lambda *args: theirs(*args), lambda *args: room[name](*args)):
        verdict = check(learner)
        assert str(verdict).startswith("Not yet: your function asks the package for the answer")
        assert f"it calls {theirs.__module__}.{name}." in str(verdict)


def test_its_inner_half_is_no_answer_either():
    verdict = check_sequence_logps(lambda z, ids, m: (maths.per_token_logps(z, ids) * m).sum(-1))
    assert "it calls pedagogy.maths.language_model.per_token_logps." in str(verdict)


def test_the_loss_of_another_exercise_may_be_used():
    """That DPO's loss is the reward model's on implicit rewards is what notebook 08 teaches."""
    assert_passed(
        check_dpo_loss,
        lambda pc, pr, rc, rr, b: maths.reward_model_loss(b * (pc - rc), b * (pr - rr)),
    )


@pytest.mark.parametrize("check", CHECKERS, ids=named)
def test_what_stands_in_the_package_changes_no_verdict(check, monkeypatch):
    """As after a learner's `pedagogy.maths.dpo_loss = mine`, in each module that has the name."""
    right = CHECKERS[check]

    def mine(*args):
        return right(*args) * 2

    for module in list(sys.modules.values()):
        for name in (check.__name__.removeprefix("check_"), "implicit_reward", "per_token_logps"):
            if getattr(module, "__name__", "").startswith("pedagogy") and "checks" not in str(
                module
            ):
                monkeypatch.setattr(module, name, mine, raising=False)
    assert not check(mine)
    assert check(right)


# Only on large inputs -------------------------------------------------------------------------


@pytest.mark.parametrize("check", CHECKERS, ids=named)
def test_a_mistake_that_begins_beyond_sixty_numbers_is_found(check):
    right = CHECKERS[check]

    def learner(*args):
        size = (
            max(arg.numel() for arg in args if isinstance(arg, torch.Tensor))
            if any(isinstance(arg, torch.Tensor) for arg in args)
            else 1
        )
        return right(*args) * (1.5 if size > 60 else 1)

    verdict = check(learner)
    assert not verdict
    assert "Where to look: smaller inputs come out right. Does one of your lines" in str(verdict)


def test_of_a_large_answer_the_first_wrong_place_is_shown():
    def learner(logits, temperature=1.0):
        answer = torch.softmax(logits / temperature, -1)
        if len(answer) > 60:
            answer = torch.where(torch.arange(len(answer)) == 7, 0.25, answer)
        return answer

    verdict = str(check_next_word_distribution(learner))
    assert "  yours     0.25 at [7], and others\n" in verdict


# What beginners meet --------------------------------------------------------------------------


forgetful = eval("lambda a, b: torch.sigmoid(a - b)", {})  # in a kernel without torch


@pytest.mark.parametrize(
    "answer, advice",
    [
        (lambda a, b: 1 / (1 + 2.718281828 ^ (b - a)), "a power is written **"),
        (lambda a, b: undefined_name(a - b), "is it imported"),  # noqa: F821
        (lambda a, b: clip(a - b, 0, 1), "Is `torch.clip` meant?"),  # noqa: F821
        (lambda a, b: logsigmoid(a - b).exp(), "Is `torch.nn.functional.logsigmoid` meant?"),  # noqa: F821
        (lambda a, b: F.log_sigmoid(a - b).exp(), "Is `logsigmoid` meant?"),
        (lambda a, b: torch.sigmoid(a - b).nansum(1), "The last axis is -1"),
        (forgetful, "`import torch` is missing"),
        (lambda a, b: (a - b - a.max).sigmoid(), "are the brackets missing"),
        (lambda a, b: (a - b).sigmoid().cumprod(), "want the axis along which they work"),
        (lambda a, b: (a - b)[10**6], "an index goes beyond the end"),
        (lambda a, b: [a - b][1].sigmoid(), "an index goes beyond the end"),
        (lambda a, b: torch.sigmoid(a - b if a > b else a - b), "torch.where"),
        (lambda a, b: 1 / (1 + __import__("math").exp(b - a)), "math"),
    ],
)
def test_the_errors_beginners_meet_get_advice(answer, advice):
    verdict = check_bradley_terry_probability(answer)
    assert not verdict.passed and advice in verdict.message
    assert "still raises NotImplementedError" not in verdict.message


def test_a_name_of_the_notebook_used_for_an_argument_is_said():
    weights = torch.tensor([4.0, 1.0, 5.0])  # of a cell above
    verdict = check_next_word_distribution(lambda logits, temperature=1: weights / weights.sum())
    assert "the same answer whatever it is given" in verdict.message and not verdict


# The gradient where p is 0 --------------------------------------------------------------------


@pytest.mark.parametrize(
    "learner",
    [
        lambda p, q: (p * (p.log() - q.log())).nansum(-1) + 0 * q.sum(-1),
        lambda p, q: torch.where(p > 0, p * torch.log(p / q), 0.0).sum(-1),
    ],
)
def test_a_gradient_that_is_nan_where_p_is_0_is_said(learner):
    """d(p log p)/dp is -inf at 0, so no gradient is right there; but nan breaks a training."""
    p = torch.tensor([0.5, 0.5, 0.0], requires_grad=True)
    (gradient,) = torch.autograd.grad(learner(p, torch.tensor([0.4, 0.4, 0.2])), p)
    assert gradient[2].isnan()
    verdict = check_kl_divergence(learner)
    assert verdict and "where p is 0, the gradient of yours is nan" in verdict.message


def test_a_gradient_that_is_never_nan_is_praised_without_reserve():
    assert "nan" not in check_kl_divergence(CHECKERS[check_kl_divergence]).message
