"""How likely are tokens and responses? Oracles: scipy, cross-entropy, finite differences."""

import doctest
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax, softmax
from torch import tensor

from pedagogy.maths import divergence, language_model
from pedagogy.maths.divergence import logits_divergence, sequence_divergence
from pedagogy.maths.language_model import next_word_distribution, per_token_logps, sequence_logps

NAN, INF = math.nan, math.inf


def drawn(*shape, seed=0, dtype=torch.float64):
    return 3 * torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def test_the_numbers_in_the_docstrings():
    for module in (language_model, divergence):
        assert doctest.testmod(module).attempted > 2 and not doctest.testmod(module).failed


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=5), st.floats(0.1, 10))
def test_the_next_word_is_scipys_softmax(logits, temperature):
    found = next_word_distribution(tensor(logits, dtype=torch.float64), temperature)
    assert found.tolist() == pytest.approx(softmax(tensor(logits).double() / temperature), abs=1e-4)


def test_the_next_word_row_by_row_and_at_a_tiny_temperature():
    rows = drawn(2, 3, 4)
    found = next_word_distribution(rows, 1e-300)
    assert found.equal(torch.nn.functional.one_hot(rows.argmax(-1), 4).double())
    assert next_word_distribution(tensor([1e30, -1e30]), 1e-20).tolist() == [1, 0]


# Of the token taken, from all V ------------------------------------------------------------------


@pytest.mark.parametrize("dtype, digits", [(torch.float64, 1e-12), (torch.float32, 1e-6)])
def test_token_by_token_it_is_scipys_log_softmax(dtype, digits):
    logits = drawn(3, 5, 7, dtype=dtype)
    ids = torch.randint(7, (3, 5), generator=torch.Generator().manual_seed(1))
    table = log_softmax(logits.double().numpy(), axis=-1)
    wanted = [[table[b, t, ids[b, t + 1]] for t in range(4)] for b in range(3)]
    found = per_token_logps(logits, ids)
    assert found.dtype == dtype and (found[:, 0] == 0).all()
    torch.testing.assert_close(found[:, 1:].double(), tensor(wanted).double(), atol=digits, rtol=0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_small_floats_are_reckoned_with_in_float32(dtype):
    logits, ids = drawn(2, 3, 50, dtype=torch.float32).to(dtype), tensor([[1, 2, 3], [4, 5, 6]])
    found = per_token_logps(logits, ids)
    assert found.dtype == torch.float32 and found.equal(per_token_logps(logits.float(), ids))


def test_the_gradient_is_that_of_finite_differences_and_of_cross_entropy():
    logits, ids = drawn(2, 4, 3).requires_grad_(), tensor([[0, 1, 2, 0], [2, 2, 1, 0]])
    assert torch.autograd.gradcheck(lambda x: per_token_logps(x, ids), logits)
    mask = tensor([[0, 1, 1, 0], [0, 0, 0, 1]])
    (found,) = torch.autograd.grad(sequence_logps(logits, ids, mask).sum(), logits)
    losses = torch.nn.functional.cross_entropy(
        logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten(), reduction="none"
    )
    (wanted,) = torch.autograd.grad(-(losses * mask[:, 1:].flatten()).sum(), logits)
    torch.testing.assert_close(found, wanted)


def test_no_number_is_kept_for_each_of_the_v_words():
    """For the gradient torch keeps the logits, which are there anyway, and (B, T) numbers."""
    logits, ids = drawn(2, 5, 1000, dtype=torch.float32).requires_grad_(), torch.zeros(2, 5).long()
    kept = {}

    def keep(x):
        kept[x.untyped_storage().data_ptr()] = x.untyped_storage().nbytes()
        return x

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda x: x):
        per_token_logps(logits, ids).sum().backward()
    del kept[logits.untyped_storage().data_ptr()]
    assert sum(kept.values()) < 1000


@given(st.integers(0, 99))
def test_a_response_is_the_sum_over_its_tokens(seed):
    logits, ids = drawn(2, 4, 3, seed=seed), tensor([[0, 1, 2, 0], [2, 2, 1, 0]])
    table = log_softmax(logits.numpy(), axis=-1)
    found = sequence_logps(logits, ids, [[0, 1, 1, 0], [0, 0, 0, 1]])
    wanted = [table[0, 0, 1] + table[0, 1, 2], table[1, 2, 0]]
    assert found.tolist() == pytest.approx(wanted, abs=1e-12)


def test_what_is_no_response_may_hold_anything():
    logits = tensor([[[NAN, 0.0], [0.0, 0.0], [INF, NAN]]])
    assert sequence_logps(logits, [[0, 1, 1]], [[0, 0, 1]]).item() == pytest.approx(-math.log(2))


def test_a_token_that_cannot_come():
    """-inf beside the token taken: e^0 / (e^0 + e^0 + 0); on the token taken: log 0."""
    logits = tensor([[[0.0, 0.0, -INF], [0.0, 0.0, 0.0]]], requires_grad=True)
    found = sequence_logps(logits, [[0, 1]], [[0, 1]])
    found.sum().backward()
    assert found.item() == pytest.approx(-math.log(2))
    assert logits.grad[0, 0].tolist() == pytest.approx([-0.5, 0.5, 0])
    assert sequence_logps(logits, [[0, 2]], [[0, 1]]).item() == -INF


# How far apart, word by word -----------------------------------------------------------------


def test_divergences_are_summed_over_the_response():
    logits, others = drawn(2, 4, 5, seed=1), drawn(2, 4, 5, seed=2)
    found = sequence_divergence(logits, others, [[0, 1, 1, 0], [0, 0, 0, 1]])
    words = logits_divergence(logits, others)  # (B, T), of the token after
    torch.testing.assert_close(found, torch.stack([words[0, 0] + words[0, 1], words[1, 2]]))


def test_the_divergence_of_rows_and_of_what_a_softmax_rounds_to_zero():
    """Far hills: KL between e^-x²/2 and the same 30 further is finite, though softmax says 0."""
    x = torch.arange(-40.0, 41.0)
    hills = torch.stack([-x.square() / 2, -(x - 30).square() / 2])
    assert (hills.softmax(-1) == 0).any()
    found = logits_divergence(hills, hills.flip(0))
    assert found.tolist() == pytest.approx([450, 450], rel=1e-4)  # 30² / 2, as for two normals


IDS = tensor([[0, 1, 1]])


@pytest.mark.parametrize(
    "call, sentence",
    [
        (lambda z, m: sequence_logps(z * NAN, IDS, m), "logits holds nan for a token"),
        (lambda z, m: sequence_logps(z + INF, IDS, m), "logits holds inf for a token"),
        (lambda z, m: sequence_logps(z, IDS, m / 2), "completion_mask holds 0.5"),
        (lambda z, m: sequence_logps(z, IDS, 2 * m), "completion_mask holds 2"),
        (lambda z, m: sequence_logps(z, IDS, -m), "completion_mask holds -1"),
        (lambda z, m: sequence_logps(z, IDS, m * NAN), "completion_mask holds nan"),
        (lambda z, m: sequence_logps(z, IDS, 0 * m), "completion_mask marks no token in row 0"),
        (lambda z, m: sequence_logps(z, IDS, 1 - m), "completion_mask marks the first token"),
        (lambda z, m: sequence_logps(z, 9 * IDS, m), "input_ids holds 9, but token ids go from"),
        (lambda z, m: sequence_logps(z[:0], IDS[:0], m[:0]), "logits is empty"),
        (lambda z, m: per_token_logps(z * NAN, IDS), "logits holds nan for a token"),
        (lambda z, m: per_token_logps(z[..., :1], IDS), "input_ids holds 1, but token ids go from"),
        (lambda z, m: sequence_divergence(z, z, m / 2), "completion_mask holds 0.5"),
        (lambda z, m: sequence_divergence(z, z, 1 - m), "completion_mask marks the first token"),
        (lambda z, m: sequence_divergence(z, z, 0 * m), "completion_mask marks no token in row 0"),
        (lambda z, m: sequence_divergence(z, z * NAN, m), "reference_logits holds nan"),
        (lambda z, m: sequence_divergence(z, z[:, :2], m), "reference_logits has shape"),
        (lambda z, m: logits_divergence(z, z[0]), "their shapes must be the same"),
        (lambda z, m: logits_divergence(z, z[..., :2]), "reference_logits has shape"),
        (lambda z, m: logits_divergence(z, z - INF), "reference_logits holds -inf"),
        (lambda z, m: next_word_distribution(z, 0), "temperature is 0"),
        (lambda z, m: next_word_distribution(z * NAN), "logits holds nan"),
        (lambda z, m: next_word_distribution(5.0), r"logits has shape \(\), but it must be \(…, V"),
    ],
)
def test_what_gives_no_probability_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call(torch.zeros(1, 3, 4), tensor([[0, 1, 1]]))
