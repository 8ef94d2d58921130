"""Whitening in the forms in which learners put it where it does not belong yet."""


def _whitened(divisor, small):
    def whitened(a):
        centred = a - a.mean()
        return centred / ((centred.square().sum() / divisor(len(a))).sqrt() + small)

    return whitened


WHITENED = (
    _whitened(lambda n: n, 0),
    _whitened(lambda n: n, 1e-8),
    _whitened(lambda n: n - 1, 0),
)
