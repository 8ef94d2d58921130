"""What a checker must say of right and of wrong answers, whatever its exercise."""

import importlib.util
import inspect

from pedagogy import checks, maths


def copied(original):
    """Return the package's module or function as a learner would have it who copied its file."""
    spec = importlib.util.spec_from_file_location(
        "my_copy", inspect.getsourcefile(inspect.unwrap(original))
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module if inspect.ismodule(original) else getattr(module, original.__name__)


CHECKERS = {  # and right answers: copies of the package's own functions
    getattr(checks, name): copied(getattr(maths, name.removeprefix("check_")))
    for name in checks.__all__
    if hasattr(maths, name.removeprefix("check_"))
}


def assert_passed(check, learner):
    verdict = check(learner)
    assert verdict.passed, verdict


def assert_named(check, learner, name):
    """The learner's mistake is a known one, and called so."""
    verdict = check(learner)
    assert not verdict.passed
    assert verdict.misconception == name, verdict
    assert verdict.message.startswith(f"Not yet: {name}.\n"), verdict


def assert_gradient_lost(check, learner):
    _assert_almost(check(learner), "the numbers are right, but no gradient flows")


def assert_gradient_wrong(check, learner):
    _assert_almost(check(learner), "the numbers are right, but their gradient is not.")


def _assert_almost(verdict, words):
    assert not verdict.passed
    assert verdict.message.startswith(f"Almost: {words}"), verdict
