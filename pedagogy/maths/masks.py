"""Which tokens count: those of the response, not the prompt's, and never the padding."""

from pedagogy import require


def masked_mean(values, mask):
    """Return the mean over the tokens that count, as if the others were not there.

        masked_mean = Σ_t mask_t values_t / Σ_t mask_t

    values, mask: the same shape (…,); mask is 1 (or True) where a token counts, else 0.
    Returns (). ValueError when the shapes differ or no token counts.

    By hand: of 1, 2 and 9 the first two count: (1 + 2) / 2 = 1.5.

    >>> masked_mean([1, 2, 9], [1, 1, 0])
    tensor(1.5000)
    """
    values, mask = require.same_shape(values=values, mask=mask)
    # Selected, not multiplied: 0 · nan on padding would be nan.
    return values[some_tokens(mask)].mean()  # ()


def some_tokens(mask):
    """Return the mask (…,) as booleans; ValueError when no token counts."""
    mask = zeros_and_ones(mask=mask)
    if not mask.any():
        raise ValueError("mask marks no token, but it must mark at least one.")
    return mask


def tokens_in_each_row(completion_mask):
    """Return the mask (B, T) as booleans; ValueError that names a row where no token counts."""
    mask = zeros_and_ones(completion_mask=completion_mask)
    return require.tokens_in_each_row(completion_mask=mask)


def zeros_and_ones(**flags):
    """Return one tensor of zeros and ones, of any dtype, as booleans. ValueError by its name."""
    ((name, tensor),) = flags.items()
    odd = tensor[(tensor != 0) & (tensor != 1)]
    if odd.numel():
        raise ValueError(f"{name} holds {odd[0].item():.6g}, but it must hold only 0 and 1.")
    return tensor.bool()
