"""One sentence for bad input: which argument, what came, what is wanted.

A formula declares in one line what it takes, argument by argument, and its body is the formula
(tensors.py has the notation; `f.__wrapped__` is the plain formula, for inner loops):

    @require.tensors("(N tokens,), (N,), (N,), clip_epsilon > 0")
    def clipped_surrogate_loss(logps, old_logps, advantages, clip_epsilon):

Everything else takes keyword arguments, so that the name in the sentence comes for free, and
gives back what it was given, checked: one value for one argument, a tuple for several.

    beta = require.number(beta=beta)
"""

from pedagogy.require.convert import Numbers
from pedagogy.require.parts import function, parts
from pedagogy.require.scalars import (
    MOST,
    count,
    generator,
    non_negative,
    number,
    positive,
    seed,
)
from pedagogy.require.tensors import checked, finite, shape, tensors, tokens_in_each_row
from pedagogy.require.texts import path, text, texts
from pedagogy.require.words import said

__all__ = [
    "MOST",
    "Numbers",
    "checked",
    "count",
    "finite",
    "function",
    "generator",
    "non_negative",
    "number",
    "parts",
    "path",
    "positive",
    "said",
    "seed",
    "shape",
    "tensors",
    "text",
    "texts",
    "tokens_in_each_row",
]
