"""Interval operations on float64 tensors: IEEE 1788 special values, the hammer, refusals, old traps, sabotage."""

import math
import random
from itertools import product

import pytest
import torch

from fpverify.backends.torch64 import apply, elementwise, rounding
from fpverify.backends.torch64.apply import OPERATIONS
from fpverify.kernel.errors import MisuseError, UnknownNameError
from tests.backends.hammer import (
    BINARY,
    ETA,
    EXACT,
    EXTREMES,
    HUGE,
    INF,
    NAN,
    TINY,
    floats,
    hammer,
    hammer_two,
    intervals,
    tensors,
    ulps_from,
    violations,
    widths,
)

EMPTY, ENTIRE, ZERO, ONE = (NAN, NAN), (-INF, INF), (0.0, 0.0), (1.0, 1.0)
SHORT = ["recip", "neg", "sqr", "abs", "sqrt"]


def same(x, y):
    return all(a == b or (math.isnan(a) and math.isnan(b)) for a, b in zip(x, y, strict=True))


def one(name, *operands):
    made = [tensors([x]) if isinstance(x, tuple) else x for x in operands]
    return floats(apply(name, *made))[0]


# The tables of IEEE 1788-2015, chapters 10 and 12, in its set-based flavour; results that a float64 holds exactly.
SPECIAL = [
    ("add", ENTIRE, ONE, ENTIRE),
    ("add", (1.0, INF), (-INF, 4.0), ENTIRE),
    ("add", (-INF, 2.0), ZERO, (-INF, 2.0)),
    ("add", (0.1, 0.2), (-0.0, 0.0), (0.1, 0.2)),
    ("add", ZERO, (-0.0, -0.0), ZERO),
    ("add", (ETA, TINY), (ETA, ETA), (2 * ETA, TINY + ETA)),
    ("add", (HUGE, HUGE), (HUGE, HUGE), (HUGE, INF)),
    ("sub", (1.0, INF), (1.0, INF), ENTIRE),
    ("sub", (0.1, 0.1), (0.1, 0.1), ZERO),
    ("sub", (-INF, 2.0), ENTIRE, ENTIRE),
    ("sub", (-HUGE, -HUGE), (HUGE, HUGE), (-INF, -HUGE)),
    ("mul", ZERO, ENTIRE, ZERO),
    ("mul", (-0.0, 0.0), (-INF, 1.0), ZERO),
    ("mul", ENTIRE, ENTIRE, ENTIRE),
    ("mul", (0.0, INF), ENTIRE, ENTIRE),
    ("mul", (0.0, INF), (0.0, INF), (0.0, INF)),
    ("mul", (0.0, INF), (-INF, 0.0), (-INF, 0.0)),
    ("mul", (-INF, -0.0), (-INF, 0.0), (0.0, INF)),
    ("mul", (0.0, ETA), (0.0, 0.5), (0.0, ETA)),
    ("mul", (-INF, INF), (0.0, 1.0), ENTIRE),
    ("div", ZERO, ENTIRE, ZERO),
    ("div", (1.0, 2.0), ZERO, EMPTY),
    ("div", ZERO, ZERO, EMPTY),
    ("div", ENTIRE, (-0.0, 0.0), EMPTY),
    ("div", ZERO, (0.0, 1.0), ZERO),
    ("div", ZERO, (-1.0, 0.0), ZERO),
    ("div", ONE, (-1.0, 1.0), ENTIRE),
    ("div", (0.0, 1.0), (0.0, 1.0), (0.0, INF)),
    ("div", (0.0, 1.0), (-1.0, -0.0), (-INF, 0.0)),
    ("div", (-1.0, 0.0), (0.0, 1.0), (-INF, 0.0)),
    ("div", (-1.0, 0.0), (-1.0, 0.0), (0.0, INF)),
    ("div", (-1.0, 1.0), (0.0, 1.0), ENTIRE),
    ("div", (-1.0, 1.0), (-1.0, 0.0), ENTIRE),
    ("div", ENTIRE, (1.0, 2.0), ENTIRE),
    ("div", (1.0, INF), (1.0, INF), (0.0, INF)),
    ("div", (-INF, -1.0), (1.0, INF), (-INF, 0.0)),
    ("div", (1.0, 2.0), (0.0, INF), (0.0, INF)),
    ("div", (1.0, 2.0), (-INF, 0.0), (-INF, 0.0)),
    ("recip", ZERO, EMPTY),
    ("recip", ENTIRE, ENTIRE),
    ("recip", (0.0, INF), (0.0, INF)),
    ("recip", (-INF, -0.0), (-INF, 0.0)),
    ("recip", (-3.0, 3.0), ENTIRE),
    ("sqr", ENTIRE, (0.0, INF)),
    ("sqr", ZERO, ZERO),
    ("sqr", (-INF, -0.0), (0.0, INF)),
    ("sqrt", (-5.0, -1.0), EMPTY),
    ("sqrt", (-5.0, -ETA), EMPTY),
    ("sqrt", (-5.0, 0.0), ZERO),
    ("sqrt", (-5.0, 25.0), (0.0, 5.0)),
    ("sqrt", (4.0, 9.0), (2.0, 3.0)),
    ("sqrt", ENTIRE, (0.0, INF)),
    ("pown", (-3.0, 5.0), 0, ONE),
    ("pown", ENTIRE, 0, ONE),
    ("pown", ZERO, 0, ONE),
    ("pown", ENTIRE, 1, ENTIRE),
    ("pown", ENTIRE, 2, (0.0, INF)),
    ("pown", ENTIRE, 3, ENTIRE),
    ("pown", ENTIRE, -1, ENTIRE),
    ("pown", ENTIRE, -2, (0.0, INF)),
    ("pown", ZERO, 5, ZERO),
    ("pown", ZERO, -1, EMPTY),
    ("pown", ZERO, -2, EMPTY),
    ("pown", (0.0, INF), -3, (0.0, INF)),
    ("pown", (-INF, 0.0), -3, (-INF, 0.0)),
    ("pown", (-INF, 0.0), -2, (0.0, INF)),
    ("abs", (-3.0, 2.0), (0.0, 3.0)),
    ("abs", ENTIRE, (0.0, INF)),
    ("abs", (-INF, -1.5), (1.5, INF)),
    ("abs", (-0.0, -0.0), ZERO),
    ("neg", (-INF, 3.0), (-3.0, INF)),
    ("neg", (0.0, 1.0), (-1.0, 0.0)),
    ("min", ENTIRE, (1.0, 2.0), (-INF, 2.0)),
    ("max", ENTIRE, (1.0, 2.0), (1.0, INF)),
    ("min", (1.0, 5.0), (2.0, 4.0), (1.0, 4.0)),
    ("max", (1.0, 5.0), (2.0, 4.0), (2.0, 5.0)),
    ("fma", ZERO, ENTIRE, (1.0, 2.0), (1.0, 2.0)),
    ("fma", ENTIRE, ONE, ONE, ENTIRE),
    ("intersection", (1.0, 3.0), (2.1, 4.0), (2.1, 3.0)),
    ("intersection", (1.0, 3.0), (3.0, 4.0), (3.0, 3.0)),
    ("intersection", (1.0, 3.0), (4.0, 5.0), EMPTY),
    ("intersection", ENTIRE, (4.0, 5.0), (4.0, 5.0)),
    ("intersection", (-0.0, 1.0), (-1.0, 0.0), ZERO),
    ("convexHull", (1.0, 2.0), (4.0, 5.0), (1.0, 5.0)),
    ("convexHull", EMPTY, (4.0, 5.0), (4.0, 5.0)),
    ("convexHull", (4.0, 5.0), EMPTY, (4.0, 5.0)),
    ("convexHull", EMPTY, EMPTY, EMPTY),
]


@pytest.mark.parametrize("case", SPECIAL, ids=lambda c: f"{c[0]}{c[1:]}")
def test_special_values_are_exact(case):
    name, *operands, expected = case
    assert same(one(name, *operands), expected)


@pytest.mark.parametrize("name", sorted(set(OPERATIONS) - {"convexHull"}))
def test_the_empty_set_goes_through_every_operation(name):
    """An empty operand, in any place, gives an empty result; a neighbour in the batch is untouched."""
    operation = OPERATIONS[name]
    for place in range(operation.arity):
        operands = [tensors([(0.25, 0.5), EMPTY if k == place else (0.25, 0.5)]) for k in range(operation.arity)]
        full, empty = floats(apply(name, *operands, *([2] if operation.exponent else [])))
        assert same(empty, EMPTY)
        assert not math.isnan(full[0]) or name == "acosh"


@pytest.mark.parametrize("name", SHORT)
def test_the_hammer_finds_nothing_unary(name):
    assert hammer(name, 2000) == []


@pytest.mark.parametrize("name", BINARY)
def test_the_hammer_finds_nothing_binary(name):
    assert hammer_two(name, 1000) == []


@pytest.mark.parametrize("exponent", [-1000, -7, -3, -2, -1, 1, 2, 3, 5, 6, 8, 127, 1001])
def test_the_hammer_finds_nothing_pown(exponent):
    def exact(a):
        return None if exponent < 0 and a == 0 else a**exponent

    assert hammer("pown", 400, 1, exponent, exact=exact) == []


def test_the_hammer_finds_nothing_fma():
    dice = random.Random(3)
    ends = [-INF, -HUGE, -1.5, -ETA, 0.0, 1e-200, 1.0, HUGE, INF]
    few = [(a, b) for a, b in product(ends, ends) if a <= b and a < INF and b > -INF]
    boxes = [[dice.choice(few) for _ in range(800)] for _ in range(3)]
    assert violations(EXACT["fma"], boxes, floats(apply("fma", *map(tensors, boxes)))) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", [*SHORT, *BINARY])
def test_the_hammer_finds_nothing_for_long(name, seed):
    assert (hammer_two if name in BINARY else hammer)(name, 30_000, 100 + seed) == []


@pytest.mark.parametrize("name", SHORT)
def test_points_are_at_most_two_ulps_wide(name):
    dice = random.Random(0)
    assert widths(name, [math.ldexp(dice.uniform(1, 2), dice.randint(-900, 900)) for _ in range(4000)])[0] <= 2


@pytest.mark.parametrize("name", [*SHORT, *BINARY, "fma", "intersection", "convexHull"])
def test_a_wider_operand_gives_a_wider_result(name):
    """Rounding to nearest is monotone, so these operations are isotone to the last bit."""
    inner = intervals(500, 5)
    outer = [
        (ulps_from(a, -2), ulps_from(b, 2)) if abs(a) < HUGE / 2 and abs(b) < HUGE / 2 else (a, b) for a, b in inner
    ]
    arity = OPERATIONS[name].arity
    inside, outside = ([tensors(x)] * arity for x in (inner, outer))
    for (a, b), (c, d) in zip(floats(apply(name, *inside)), floats(apply(name, *outside)), strict=True):
        assert math.isnan(a) or (c <= a and b <= d)


# refusals


@pytest.mark.parametrize("bad", [(2.0, 1.0), (NAN, 1.0), (1.0, NAN), (INF, INF), (-INF, -INF)])
@pytest.mark.parametrize("name", ["exp", "add", "intersection", "convexHull"])
def test_what_is_no_interval_is_refused(name, bad):
    operands = [tensors([ONE, bad])] * OPERATIONS[name].arity
    with pytest.raises(MisuseError, match="write lo <= hi"):
        apply(name, *operands)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_float32_is_refused(name):
    """float32 tanh(0.4) was once enclosed by 0.3803: its bits were read as those of a float64."""
    x = torch.tensor([0.3]), torch.tensor([0.4])
    extra = [2] if OPERATIONS[name].exponent else []
    with pytest.raises(TypeError, match="float64"):
        apply(name, *[x] * OPERATIONS[name].arity, *extra)
    with pytest.raises(TypeError, match="float64"):
        OPERATIONS[name].function(*[x] * OPERATIONS[name].arity, *extra)


def test_unknown_names_list_the_known_ones():
    with pytest.raises(UnknownNameError, match="atanh"):
        apply("arctan", tensors([ONE]))


@pytest.mark.parametrize("operands", [(), (tensors([ONE]),), (tensors([ONE]), 2.0), (tensors([ONE]), True), (ONE, 2)])
def test_wrong_operands_are_refused(operands):
    with pytest.raises(MisuseError):
        apply("pown", *operands)


# traps of earlier versions


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_a_lost_bound_is_infinite_and_never_empty(name):
    """Behind the door NaN means that something overflowed: the result must not shrink, and must not be empty."""
    operation = OPERATIONS[name]
    extra = [3] if operation.exponent else []
    for lost in ((NAN, NAN), (NAN, 0.5), (0.5, NAN)):
        whole = tuple(f if math.isnan(v) else v for v, f in zip(lost, ENTIRE, strict=True))
        got = operation.function(*[tensors([lost])] * operation.arity, *extra)
        want = operation.function(*[tensors([whole])] * operation.arity, *extra)
        assert got[0].item() <= want[0].item()
        assert got[1].item() >= want[1].item()
        assert not isinstance(got, rounding.Clipped) or torch.equal(got.empty, want.empty)


def test_nextafter_is_that_of_the_standard():
    dice = random.Random(2)
    points = [
        *EXTREMES,
        INF,
        -INF,
        -0.0,
        *(math.ldexp(dice.uniform(-2, 2), dice.randint(-1074, 1022)) for _ in range(4000)),
    ]
    x = torch.tensor(points, dtype=torch.float64)
    for step, end in ((rounding.next_up, INF), (rounding.next_down, -INF)):
        assert step(x).tolist() == [math.nextafter(p, end) for p in points]
        assert [step(x[k : k + 1]).item() for k in range(60)] == [math.nextafter(p, end) for p in points[:60]]


HOSTILE = {
    "negative": lambda x: -(x**0.5),
    "far": lambda x: x**0.5 * 1.5,
    "above": lambda x: x**0.5 * (1 + 2e-13),
    "below": lambda x: x**0.5 * (1 - 2e-13),
    "nan": lambda x: x * math.nan,
    "infinite": lambda x: x * 0 + math.inf,
    "zero": lambda x: x * 0,
    "identity": lambda x: x,
}


@pytest.mark.parametrize("guess", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_square_root_costs_width_only(monkeypatch, guess):
    """torch.sqrt is not correctly rounded (1.3 % of random arguments); here it may be as wrong as it likes."""
    monkeypatch.setattr(torch, "sqrt", guess)
    assert hammer("sqrt", 300) == []


def test_a_scalar_of_another_device_is_no_divisor():
    """CUDA divides by a CPU number as a product with its rounded reciprocal: two roundings."""
    x = torch.ones(3, dtype=torch.float64), torch.ones(3, dtype=torch.float64)
    y = tuple(end.to("meta") for end in x)
    with pytest.raises(MisuseError, match="device"):
        elementwise.div(x, y)


def test_shapes_broadcast_and_strides_do_not_matter():
    x = torch.linspace(-3, 3, 24, dtype=torch.float64).reshape(4, 6)
    box, row = (x, x + 0.5), (x[:1], x[:1] + 1)
    whole = apply("mul", box, row)
    assert whole[0].shape == (4, 6)
    for name in ("exp", "sin", "atan", "erf", "log", "sqrt"):
        strided = apply(name, (box[0].T[::2], box[1].T[::2]))
        plain = apply(name, (box[0].T[::2].contiguous(), box[1].T[::2].contiguous()))
        assert all(torch.equal(a.nan_to_num(7.0), b.nan_to_num(7.0)) for a, b in zip(strided, plain, strict=True))
    point = torch.tensor(0.5, dtype=torch.float64)
    assert apply("sigmoid", (point, point))[0].shape == ()


# sabotage


def test_the_hammer_sees_that_nothing_is_widened(monkeypatch):
    monkeypatch.setattr(elementwise, "next_down", lambda x: x)
    monkeypatch.setattr(elementwise, "next_up", lambda x: x)
    assert all(hammer_two(name, 300) for name in ("add", "sub", "mul", "div"))
    assert all(hammer(name, 300) for name in ("recip", "sqr", "sqrt"))


@pytest.mark.parametrize("side", ["next_down", "next_up"])
def test_the_hammer_sees_one_bound_that_is_not_widened(monkeypatch, side):
    monkeypatch.setattr(elementwise, side, lambda x: x)
    assert all(hammer_two(name, 300) for name in ("add", "sub", "mul", "div"))


def test_the_hammer_sees_a_swapped_bound(monkeypatch):
    monkeypatch.setattr(elementwise, "next_down", rounding.next_up)
    assert all(hammer_two(name, 300) for name in ("add", "mul", "div"))
