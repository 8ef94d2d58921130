"""What a checker must say of right and of wrong answers, whatever its exercise."""


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
