"""The words that every sentence needs."""


def said(value):
    """The value itself when it is short, else its type."""
    try:
        text = repr(value)
    except Exception:  # a thousand lists in each other, a learner's own __repr__
        text = "\n"
    return text if len(text) <= 40 and "\n" not in text else f"a {type(value).__name__}"


def each(check, values):
    """check(name, value) of one argument, or a tuple of several."""
    checked = tuple(check(name, value) for name, value in values.items())
    return checked[0] if len(checked) == 1 else checked
