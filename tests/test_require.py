"""Every refusal is one sentence that names the argument, what came and what is wanted."""

import inspect
import math
import random
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import tensor

from pedagogy import require

NAN, INF = math.nan, math.inf
double, int64 = torch.float64, torch.int64


def taking(declared, n=1):
    """A function of n arguments a, b, c, … that takes what is declared and gives it back."""
    names = "abcdefg"[:n]
    function = eval(f"lambda {', '.join(names)}: ({', '.join(names)},)")
    return require.tensors(declared)(function)


# Numbers ---------------------------------------------------------------------------------------

THREE_FOUR = [
    [3, 4],
    (3.0, 4.0),
    np.array([3, 4]),
    np.array([4.0, 3.0])[::-1],  # torch refuses negative strides
    np.array([3, 4], dtype=">f8"),  # and the byte order of other machines
    np.array([3, 4], dtype=np.float16),
    [Decimal(3), Fraction(4)],
    pd.Series([3, 4], index=[7, 9]),
    pd.Series([3, 4], dtype="Int64"),
    tensor([3, 4]),
    [tensor(3.0), tensor(4.0)],
    [tensor(3), 4],
    [np.float32(3), 4.0],
    range(3, 5),
]


@pytest.mark.parametrize("value", THREE_FOUR, ids=lambda value: type(value).__name__)
def test_whatever_holds_numbers_becomes_a_float32_tensor(value):
    found = require.finite(score_a=value)
    assert found.dtype == torch.float32 and found.tolist() == [3, 4]


@pytest.mark.parametrize("value", [3, 3.0, np.float64(3), Decimal(3), np.array(3), tensor(3)])
def test_single_numbers_do_so_too(value):
    found = require.finite(score_a=value)
    assert found.dtype == torch.float32 and found.shape == () and found == 3
    assert require.finite(score_a=True) == 1


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, double])
def test_tensors_keep_dtype_and_graph(dtype):
    score = tensor([1.0, 2.0], dtype=dtype, requires_grad=True)
    assert require.finite(score_a=score) is score


def test_what_stands_beside_a_tensor_follows_it_and_is_not_rounded_on_the_way():
    """0.1 as float32 is 0.100000001490…"""
    ten, tenth, half, whole = taking("(…), (…), (…), (…)", 4)(
        tensor([10.0], dtype=double), 0.1, [0.1, 0.5], tensor([1])
    )
    assert {x.dtype for x in (ten, tenth, half, whole)} == {double}
    assert tenth.item() == half[0].item() == 0.1


def test_mixed_dtypes_promote_as_in_torch():
    def both(one, other):
        return [x.dtype for x in taking("(…), (…)", 2)(one, other)]

    single, half = torch.zeros(2), torch.zeros(2, dtype=torch.float16)
    assert both(single, single.double()) == [double, double]
    assert both(half, half.bfloat16()) == [torch.float32, torch.float32]
    assert both(half, tensor(0.1, dtype=double)) == [torch.float16] * 2  # a single number follows


def test_a_list_of_tensors_is_stacked_with_its_graph():
    """Scores computed one by one, as in a loop: 2w and 3w have the slopes 2 and 3."""
    w = tensor(1.0, dtype=double, requires_grad=True)
    found = require.finite(scores=[w * 2, w * 3])
    assert found.dtype == double and found.tolist() == [2, 3]
    found.sum().backward()
    assert w.grad == 5
    assert require.finite(scores=[[w, w], [w, 0.1]]).tolist() == [[1, 1], [1, 0.1]]


@given(st.lists(st.floats(width=32), min_size=1, max_size=5))
def test_finite_is_what_numpy_calls_finite(values):
    if np.isfinite(values).all():
        assert require.finite(x=values).tolist() == values
    else:
        with pytest.raises(ValueError, match="x holds .*, but it must be finite"):
            require.finite(x=values)


def test_numbers_whose_sum_overflows_are_finite_all_the_same():
    require.finite(x=tensor([3e38, 3e38]), y=tensor([6e4, 6e4], dtype=torch.float16))
    with pytest.raises(ValueError, match="y holds inf"):
        require.finite(x=tensor([3e38, 3e38]), y=tensor([-INF, INF]).neg())


def test_several_arguments_come_back_in_order():
    a, b = require.finite(score_a=1, score_b=2)
    assert (a.item(), b.item()) == (1.0, 2.0)


# One number ------------------------------------------------------------------------------------


def test_scalars():
    assert require.positive(beta=1) == 1 and isinstance(require.positive(beta=1), int)
    assert require.positive(beta=0.1, gamma=0.9) == (0.1, 0.9)
    assert require.non_negative(beta=0.0) == 0.0
    for one in (np.float64(0.5), Decimal("0.5"), np.array(0.5), tensor(0.5), Fraction(1, 2)):
        assert require.number(beta=one) == require.positive(beta=one) == 0.5
        assert type(require.number(beta=one)) is type(require.positive(beta=one)) is float


def test_a_number_may_have_a_gradient():
    beta = tensor(0.5, requires_grad=True)
    assert taking("a > 0")(beta)[0] is beta and require.positive(beta=beta) is beta


@pytest.mark.parametrize("whole", [3, np.int64(3), np.uint8(3), tensor(3)])
def test_counts_and_seeds_are_ints(whole):
    for found in (require.count(n=whole), require.seed(seed=whole)):
        assert found == 3 and type(found) is int
    drawn = torch.rand(2, generator=require.generator(seed=whole))
    assert drawn.equal(torch.rand(2, generator=torch.Generator().manual_seed(3)))


def test_the_bounds_of_counts_and_seeds():
    assert require.count(n=require.MOST) == require.MOST and require.count(5, n=5) == 5
    assert require.seed(seed=0) == 0
    most = require.seed(seed=2**63 - 1)
    torch.Generator().manual_seed(most), np.random.default_rng(most), random.Random(most)


def test_a_generator_is_itself():
    generator = torch.Generator()
    assert require.generator(generator=generator) is generator


# Texts -----------------------------------------------------------------------------------------


def test_texts_and_paths():
    assert require.texts(prompts=("a", "b")) == ["a", "b"]
    assert require.text(story="") == "" and require.text(a="a", b="b") == ("a", "b")
    assert require.path(path="x/y") == require.path(path=Path("x/y")) == Path("x/y")


# The line before a formula ---------------------------------------------------------------------


@require.tensors("(B pairs,), (B,), beta > 0")
def example(scores, others, beta=0.5):
    """Return beta (scores - others)."""
    return beta * (scores - others)


def test_the_formula_stays_what_it_was():
    assert example.__name__ == "example" and example.__doc__.startswith("Return beta")
    assert str(inspect.signature(example)) == "(scores, others, beta=0.5)"
    source = inspect.getsource(example)
    assert source.startswith("@require.tensors") and "return beta *" in source
    assert example.__wrapped__(3, 1, 2) == 4  # unchecked, for inner loops


def test_arguments_by_place_and_by_name():
    for found in (
        example([3], [1]),
        example([3], [1], 0.5),
        example([3], beta=0.5, others=[1]),
        example(others=[1], scores=[3]),
    ):
        assert found.tolist() == [1]


@pytest.mark.parametrize(
    "call, sentence",
    [
        (lambda: example([3]), "example: missing a required argument: 'others'."),
        (lambda: example([3], [1], 1, 2), "example: too many positional arguments."),
        (lambda: example([3], [1], gamma=1), "example: got an unexpected keyword argument 'gamma'"),
        (lambda: example([3], [1], scores=1), "example: multiple values for argument 'scores'."),
        (lambda: example([3], beta=1, gamma=2), "example: missing a required argument: 'others'."),
    ],
)
def test_a_call_that_does_not_fit_is_a_type_error_as_in_python(call, sentence):
    with pytest.raises(TypeError) as refusal:
        call()
    assert str(refusal.value).startswith(sentence)


def test_shapes_that_fit():
    taking("(B, T, V), (B, T), ()", 3)(torch.zeros(2, 3, 5), torch.zeros(2, 3), 1)
    taking("(…, K), (…, K), (…)", 3)(torch.zeros(4, 3), torch.zeros(3), torch.zeros(4))
    taking("(…), (…)", 2)(torch.zeros(0, 3), torch.zeros(3))  # … may hold nothing
    taking("(*S), (*S, K)", 2)(torch.zeros(4, 3), torch.zeros(4, 3, 2))
    assert taking("_, (N,)", 2)("anything", [1])[0] == "anything"


def test_masks_flags_and_ids_come_as_booleans_and_int64():
    mask = tensor([[0, 1, 1], [1, 0, 0]])
    for same in (mask, mask.bool(), mask.float(), mask.half(), mask.to(torch.uint8), mask.tolist()):
        (found,) = taking("mask (B, T)")(same)
        assert found.dtype == torch.bool and found.tolist() == mask.bool().tolist()
        assert require.tokens_in_each_row(completion_mask=same).equal(found)
    assert taking("flags (T,)")([0.0, 0.0])[0].tolist() == [False, False]
    for ids in (tensor([[0, 4]], dtype=torch.int32), np.array([[0, 4]], dtype=np.uint8)):
        found = taking("logits (B, T, V), ids (B, T)", 2)(torch.zeros(1, 2, 5), ids)[1]
        assert found.dtype == int64


def test_what_the_mask_leaves_out_may_be_anything():
    values = tensor([NAN, 1.0, INF])
    assert taking("counted (*S), mask (*S)", 2)(values, [0, 1, 0])[0] is values
    unasked = tensor([[[0.0, -INF], [NAN, INF], [NAN, INF]]])
    taking("logits (B, T, V), mask (B, T)", 2)(unasked, [[0, 1, 0]])


def test_probabilities_may_be_slightly_off_and_broadcast():
    kind = "probabilities (…, K), probabilities (…, K)"
    p, q = taking(kind, 2)([1 / 3, 1 / 3, 1 / 3], torch.full((4, 3), 1 / 3))
    assert (p.shape, q.shape) == ((3,), (4, 3))
    taking("probabilities (…, K)")([0.5, 0.50009])
    taking("probabilities (…, K)")(torch.zeros(0, 3))


def test_parts_are_asked_for_by_their_names():
    run = SimpleNamespace(policy=1, steps=[])
    assert require.parts("a run", "policy", "steps", run=run) is run
    for bad in (None, 3, SimpleNamespace(policy=1), SimpleNamespace):
        with pytest.raises(TypeError, match=r"^run is a \w+, but it must be a run\.$"):
            require.parts("a run", "policy", "steps", run=bad)


def test_shape_accepts_what_it_spells():
    assert require.shape("(V,)", probabilities=torch.ones(2)).sum() == 2
    assert len(require.shape("(N,)", wins=torch.ones(0))) == 0
    a, b = require.shape("(B,)", a=torch.ones(2), b=torch.zeros(2))
    assert (a.sum(), b.sum()) == (2, 0)


# Refusals --------------------------------------------------------------------------------------

ROWS = torch.zeros(1, 3, 2)  # logits (1, 3, 2)
ITSELF = []
ITSELF.append(ITSELF)
REFUSALS = [
    (lambda: require.finite(score_a=NAN), "score_a is nan, but it must be finite."),
    (lambda: require.finite(s=[1.0, -INF]), "s holds -inf, but it must be finite."),
    (lambda: require.finite(score_a="five"), "score_a is 'five', but it must be numbers."),
    (lambda: require.finite(score_a=["5"]), "score_a is ['5'], but it must be numbers."),
    (lambda: require.finite(score_a=None), "score_a is None, but it must be numbers."),
    (lambda: require.finite(a=[1.0, None]), "a is [1.0, None], but it must be numbers."),
    (lambda: require.finite(a=[[1.0], [1.0, 2.0]]), "a is [[1.0], [1.0, 2.0]], but it must be"),
    (lambda: require.finite(a={i: i for i in range(99)}), "a is a dict, but it must be numbers."),
    (lambda: require.finite(a=(i for i in "12")), "a is a generator, but it must be numbers."),
    (lambda: require.finite(a=[10**400]), "a is a list, but it must be numbers."),
    (lambda: require.finite(a=np.array("2026-11-25", dtype="M8[D]")), "a is a"),
    (lambda: require.finite(a=ITSELF), "a is [[...]], but it must be numbers."),
    (lambda: require.finite(a=1j), "a is complex, but it must be real numbers."),
    (lambda: require.finite(a=tensor([1j])), "a is complex, but it must be real numbers."),
    (lambda: require.finite(a=torch.ones(1).to_sparse()), "a is sparse or has no data, but it"),
    (lambda: require.finite(a=torch.ones(1, device="meta")), "a is sparse or has no data, but it"),
    (
        lambda: require.finite(a=[torch.ones(1), torch.ones(2)]),
        "a holds tensors of several shapes, but they must have one.",
    ),
    (
        lambda: taking("(N tokens,), (N,)", 2)([], []),
        "a is empty, but there must be at least one token.",
    ),
    (lambda: taking("(…, K)")([]), "a is empty, but there must be at least one K."),
    (lambda: taking("(B,)")([NAN]), "a holds nan, but it must be finite."),
    (lambda: taking("(B,)")(1.0), "a has shape (), but it must be (B,)."),
    (lambda: taking("(…, K)")(1.0), "a has shape (), but it must be (…, K)."),
    (
        lambda: taking("(B,), (B,)", 2)([1.0], [1.0, 2.0]),
        "b has shape (2,), but it must be (B,) with B = 1, as in a.",
    ),
    (
        lambda: taking("(B, T), (B, T)", 2)(torch.zeros(2, 3), torch.zeros(2, 4)),
        "b has shape (2, 4), but it must be (B, T) with T = 3, as in a.",
    ),
    (
        lambda: taking("(…, K), (…, K)", 2)([1.0], [0.5, 0.5]),
        "b has shape (2,), but it must be (…, K) with K = 1, as in a.",
    ),
    (
        lambda: taking("(…, K), (…, K)", 2)(torch.ones(2, 1), torch.ones(3, 1)),
        "a has shape (2, 1) and b has shape (3, 1), but their shapes must be the same or",
    ),
    (
        lambda: taking("(…), (…)", 2)([1, 2], [1, 2, 3]),
        "a has shape (2,) and b has shape (3,), but their shapes must be the same or broadcast.",
    ),
    (
        lambda: taking("(*S), (*S)", 2)([1, 2], [[1, 2]]),
        "a has shape (2,) and b has shape (1, 2), but their shapes must be the same.",
    ),
    (
        lambda: taking("probabilities (…, K)")([0.7, 0.5]),
        "a sums to 1.2 in its last axis, but probabilities must sum to 1.",
    ),
    (
        lambda: taking("probabilities (…, K)")([[0.5, 0.5], [0.2, 0.2]]),
        "a sums to 0.4 in its last axis, but probabilities must sum to 1.",
    ),
    (
        lambda: taking("probabilities (…, K)")([[0.5, 0.5], [1.5, -0.5]]),
        "a holds -0.5, but probabilities must not be negative.",
    ),
    (lambda: taking("probabilities (…, K)")([NAN, 1.0]), "a holds nan, but it must be finite."),
    (lambda: taking("(…) >= 0")([1, -2]), "a holds -2, but it must be a finite number not below"),
    (lambda: taking("(…) >= 0")(-2), "a is -2, but it must be a finite number not below zero."),
    (lambda: taking("flags (T,)")([1, 0.5]), "a holds 0.5, but it must hold only 0 and 1."),
    (lambda: taking("flags (T,)")([1, 2]), "a holds 2, but it must hold only 0 and 1."),
    (lambda: taking("flags (T,)")([1, -1]), "a holds -1, but it must hold only 0 and 1."),
    (lambda: taking("flags (T,)")([1, NAN]), "a holds nan, but it must hold only 0 and 1."),
    (lambda: taking("mask (*S)")([[0, 0]]), "a marks no token, but it must mark at least one."),
    (
        lambda: require.tokens_in_each_row(completion_mask=tensor([[0, 1], [0, 0]])),
        "completion_mask marks no token in row 1, but it must mark at least one in each row.",
    ),
    (
        lambda: taking("mask (B, T)")([[0, 1], [0, 0], [0, 0]]),
        "a marks no token in row 1, but it must mark at least one in each row.",
    ),
    (
        lambda: taking("logits (B, T, V), mask (B, T)", 2)(ROWS, [[1, 1, 0]]),
        "b marks the first token, but nothing predicts that one.",
    ),
    (
        lambda: taking("logits (B, T, V), ids (B, T)", 2)(ROWS, [[0, 1, 2]]),
        "b holds 2, but token ids go from 0 to 1.",
    ),
    (
        lambda: taking("logits (B, T, V), ids (B, T)", 2)(ROWS, [[0, 1, -1]]),
        "b holds -1, but token ids go from 0 to 1.",
    ),
    (
        lambda: taking("logits (B, T, V), ids (B, T)", 2)(ROWS, [[0, 1, 0.5]]),
        "b holds torch.float64, but it must hold whole numbers: token ids.",
    ),
    (
        lambda: taking("logits (B, T, V), mask (B, T)", 2)(ROWS + NAN, [[0, 0, 1]]),
        "a holds nan for a token, but must be finite, or -inf for what cannot come.",
    ),
    (
        lambda: taking("logits (B, T, V)")(tensor([[[0, INF], [0, 0]]])),
        "a holds inf for a token, but must be finite, or -inf for what cannot come.",
    ),
    (
        lambda: taking("logits (B, T, V)")(tensor([[[-INF, -INF], [0, 0]]])),
        "a holds nothing but -inf for a token, but must be finite",
    ),
    (lambda: taking("0 <= a <= 1")(1.1), "a is 1.1, but it must be between 0 and 1."),
    (lambda: taking("0 <= a <= 1")(-0.1), "a is -0.1, but it must be between 0 and 1."),
    (lambda: taking("a > 0")(tensor([])), "a has shape (0,), but it must be one number, of shape"),
    (lambda: taking("a > 0")(tensor([[0.1]])), "a has shape (1, 1), but it must be one number"),
    (lambda: taking("a > 0")([0.1]), "a has shape (1,), but it must be one number"),
    (lambda: require.positive(beta=0.0), "beta is 0, but it must be a finite number above zero."),
    (lambda: require.positive(beta=-1), "beta is -1, but it must be a finite number above zero."),
    (lambda: require.positive(beta=NAN), "beta is nan, but it must be"),
    (lambda: require.positive(beta=INF), "beta is inf, but it must be"),
    (lambda: require.positive(beta=tensor(NAN)), "beta is nan, but it must be"),
    (lambda: require.positive(beta=2**70), "beta is 1180591620717411303424, but it must be 1e+18"),
    (lambda: require.number(rate=-1e300), "rate is -1e+300, but it must be 1e+18 at most."),
    (lambda: require.positive(beta="big"), "beta is 'big', but it must be numbers."),
    (lambda: require.number(rate=-INF), "rate is -inf, but it must be a finite number."),
    (
        lambda: require.non_negative(beta=-0.5),
        "beta is -0.5, but it must be a finite number not below zero.",
    ),
    (lambda: require.count(n=0), "n is 0, but it must be 1 or more."),
    (lambda: require.count(n=10**9), "n is 1000000000, but it must be 10,000,000 at most."),
    (lambda: require.count(5, k=6), "k is 6, but it must be 5 at most."),
    (lambda: require.count(n=2.5), "n is 2.5, but it must be a whole number."),
    (lambda: require.count(n="3"), "n is '3', but it must be a whole number."),
    (lambda: require.count(n=True), "n is True, but it must be a whole number."),
    (lambda: require.count(n=tensor(True)), "n is tensor(True), but it must be a whole number."),
    (lambda: require.count(n=tensor([1, 2])), "n is tensor([1, 2]), but it must be a whole"),
    (lambda: require.seed(seed=2**70), "seed is 1180591620717411303424, but it must be from 0 to"),
    (lambda: require.seed(seed=2**63), "seed is 9223372036854775808, but it must be from 0 to"),
    (lambda: require.seed(seed=-1), "seed is -1, but it must be from 0 to 9223372036854775807."),
    (lambda: require.seed(seed=NAN), "seed is nan, but it must be a whole number."),
    (lambda: require.generator(generator="x"), "generator is 'x', but it must be a whole number."),
    (lambda: require.text(story=5), "story is 5, but it must be a text (str)."),
    (lambda: require.texts(prompts="once"), "prompts is 'once', but it must be a list of texts."),
    (lambda: require.texts(prompts=None), "prompts is None, but it must be a list of texts."),
    (lambda: require.texts(prompts=iter("ab")), "prompts is a str_"),
    (lambda: require.texts(prompts=[]), "prompts is empty, but it must have at least one text."),
    (lambda: require.texts(prompts=["a", 5]), "prompts[1] is 5, but it must be a text (str)."),
    (lambda: require.path(path=5), "path is 5, but it must be a path: a str or a Path."),
    (lambda: require.path(path="x" * 300), "path is a str, but it must be the path of a file."),
    (lambda: require.path(path=""), "path is '', but it must be the path of a file."),
    (lambda: require.shape("(V,)", logits=[1.0]), "logits is [1.0], but it must be a tensor of"),
    (
        lambda: require.shape("(B, T)", input_ids=torch.zeros(3)),
        "input_ids has shape (3,), but it must be (B, T).",
    ),
    (
        lambda: require.shape("(B, T)", input_ids=torch.zeros(2, 3), mask=torch.zeros(2, 4)),
        "mask has shape (2, 4), but it must be (B, T) with T = 3, as in input_ids.",
    ),
]


@pytest.mark.parametrize("call, sentence", REFUSALS, ids=[words for _, words in REFUSALS])
def test_refusals(call, sentence):
    with pytest.raises((ValueError, TypeError)) as refusal:
        call()
    assert str(refusal.value).startswith(sentence)


def test_a_wrong_type_is_a_type_error_and_a_wrong_number_a_value_error():
    for wrong_type in ("big", [0.1]):
        with pytest.raises(TypeError):
            require.positive(beta=wrong_type)
    for wrong_number in (0, NAN, -(10**400)):
        with pytest.raises(ValueError):
            require.positive(beta=wrong_number)
