"""What is neither number nor text: a policy, a judge, a run, known by their parts."""

from pedagogy.require.words import each


def parts(wanted, *names, **values):
    """Return the values as they came; each must have these parts, as `wanted` has them.

    By their names, not by class: a class is another one after its module was reloaded.
    """

    def check(name, value):
        if isinstance(value, type) or not all(hasattr(value, part) for part in names):
            raise TypeError(f"{name} is a {type(value).__name__}, but it must be {wanted}.")
        return value

    return each(check, values)


def function(**values):
    """Return the values as they came; each must be a function, and no network of transformers.

    Such a one can be called, too, but with token ids, and would blame what it is given.
    """
    for name, value in values.items():
        if hasattr(value, "get_input_embeddings"):
            raise TypeError(
                f"{name} is a {type(value).__name__}, but it must be a function: write one that "
                "asks the network."
            )
    return parts("a function", "__call__", **values)
