"""Which tokens count: those of the response, not the prompt's, and never the padding.

One rule for every mask of the package: it holds 0 and 1, of any dtype, and marks at least one
token, in each row if rows are responses. What stands where it is 0 changes nothing, not even nan.
Where logits are asked, it must not mark the first token of a row, since nothing predicts that one.
"""

from torch import Tensor

from pedagogy import require
from pedagogy.require import Numbers


@require.tensors("counted (*S), mask (*S)")
def masked_mean(values: Numbers, mask: Numbers) -> Tensor:
    """Return the mean over the tokens that count, as if the others were not there.

        masked_mean = Σ_t mask_t values_t / Σ_t mask_t

    values, mask: the same shape (…,); mask is 1 (or True) where a token counts, else 0.
    Returns ().
    Raises ValueError when the shapes differ, no token counts, or one that does is not finite.

    By hand: of 1, 2 and 9 the first two count: (1 + 2) / 2 = 1.5.

    >>> masked_mean([1, 2, 9], [1, 1, 0])
    tensor(1.5000)
    """
    # Selected, not multiplied: 0 · nan on padding would be nan.
    return values[mask].mean()  # ()
