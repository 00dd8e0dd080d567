"""Elementary functions of intervals: special values, the hammer, claimed errors, sabotage."""

import math
import random

import pytest
import torch
from flint import arb, ctx

from fpverify.backends.torch64 import apply, compiled, functions, points, tables
from fpverify.kernel.errors import SoundnessError
from tests.backends.hammer import (
    BITS,
    DELICATE,
    ETA,
    EXACT,
    FUNCTIONS,
    HUGE,
    INF,
    NAN,
    ball,
    floats,
    hammer,
    intervals,
    is_outside,
    tensors,
    ulps_from,
    violations,
    widths,
)

EMPTY, ENTIRE, ZERO, ONE = (NAN, NAN), (-INF, INF), (0.0, 0.0), (1.0, 1.0)
CPU = torch.device("cpu")

# The set-based results that a float64 holds exactly.
SPECIAL = [
    ("exp", ENTIRE, (0.0, INF)),
    ("exp", (-INF, 0.0), (0.0, 1.0)),
    ("exp", (-0.0, 0.0), ONE),
    ("exp", (-INF, -HUGE), (0.0, ETA)),
    ("exp", (HUGE, INF), (HUGE, INF)),
    ("exp2", (-1074.0, 1023.0), (ETA, 2.0**1023)),
    ("exp2", (1024.0, INF), (HUGE, INF)),
    ("exp2", (-3.0, 10.0), (0.125, 1024.0)),
    ("exp10", (-INF, 0.0), (0.0, 1.0)),
    ("log", (-3.0, 0.0), EMPTY),
    ("log", (-3.0, -1.0), EMPTY),
    ("log", ZERO, EMPTY),
    ("log", (-1.0, 1.0), (-INF, 0.0)),
    ("log", (0.0, INF), ENTIRE),
    ("log", ENTIRE, ENTIRE),
    ("log", ONE, ZERO),
    ("log2", (ETA, 2.0**1023), (-1074.0, 1023.0)),
    ("log2", (-1.0, 32.0), (-INF, 5.0)),
    ("log10", (-1.0, 1.0), (-INF, 0.0)),
    ("log10", (-1.0, -0.0), EMPTY),
    ("log1p", (-1.0, 0.0), (-INF, 0.0)),
    ("log1p", (-2.0, -1.0), EMPTY),
    ("sin", ENTIRE, (-1.0, 1.0)),
    ("sin", (-0.0, 0.0), ZERO),
    ("sin", (1e300, 1e300), (-1.0, 1.0)),
    ("sin", (-2.0, 2.0), (-1.0, 1.0)),
    ("cos", ZERO, ONE),
    ("cos", ENTIRE, (-1.0, 1.0)),
    ("cos", (-0.0, 4.0), (-1.0, 1.0)),
    ("tan", ENTIRE, ENTIRE),
    ("tan", ZERO, ZERO),
    ("tan", (1.5, 1.6), ENTIRE),
    ("tan", (-1.0, 3.0), ENTIRE),
    ("tan", (0.0, 1e300), ENTIRE),
    ("asin", (-5.0, -1.1), EMPTY),
    ("asin", (1.5, INF), EMPTY),
    ("asin", ZERO, ZERO),
    ("acos", ONE, ZERO),
    ("acos", (1.0, 7.0), ZERO),
    ("acos", (-7.0, -1.5), EMPTY),
    ("atan", ZERO, ZERO),
    ("sinh", ENTIRE, ENTIRE),
    ("sinh", ZERO, ZERO),
    ("cosh", ENTIRE, (1.0, INF)),
    ("cosh", ZERO, ONE),
    ("cosh", (-INF, -0.0), (1.0, INF)),
    ("tanh", ENTIRE, (-1.0, 1.0)),
    ("tanh", ZERO, ZERO),
    ("asinh", ENTIRE, ENTIRE),
    ("asinh", ZERO, ZERO),
    ("acosh", (-INF, 0.9), EMPTY),
    ("acosh", ENTIRE, (0.0, INF)),
    ("acosh", (-3.0, 1.0), ZERO),
    ("atanh", (-1.0, 1.0), ENTIRE),
    ("atanh", ENTIRE, ENTIRE),
    ("atanh", ONE, EMPTY),
    ("atanh", (-4.0, -1.0), EMPTY),
    ("atanh", (0.0, 1.0), (0.0, INF)),
    ("sigmoid", ENTIRE, (0.0, 1.0)),
    ("sigmoid", ZERO, (0.5, 0.5)),
    ("softplus", ENTIRE, (0.0, INF)),
    ("erf", ENTIRE, (-1.0, 1.0)),
    ("erf", ZERO, ZERO),
    ("erfc", ENTIRE, (0.0, 2.0)),
]


@pytest.mark.parametrize("case", SPECIAL, ids=lambda c: f"{c[0]}{c[1]}")
def test_special_values_are_exact(case):
    name, x, expected = case
    got = floats(apply(name, tensors([x])))[0]
    assert all(a == b or (math.isnan(a) and math.isnan(b)) for a, b in zip(got, expected, strict=True))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_hammer_finds_nothing(name):
    assert hammer(name, 4000) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_hammer_finds_nothing_for_long(name, seed):
    assert hammer(name, 60_000, 50 + seed) == []


# Greatest width at points, in ulps: twice the units of `around`, or measured for compositions. Bounds of quality.
WIDTHS = {
    "exp": 8,
    "exp2": 8,
    "exp10": 8,
    "log": 14,
    "log2": 18,
    "log10": 18,
    "log1p": 17,
    "sin": 21,
    "cos": 21,
    "tan": 44,
}
WIDTHS |= {"atan": 14, "sinh": 20, "cosh": 16, "tanh": 20, "sigmoid": 12, "erf": 16, "erfc": 24}
WIDTHS |= {"asin": 28, "acos": 28, "asinh": 28, "acosh": 28, "atanh": 28, "softplus": 28}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_points_are_as_narrow_as_said(name):
    """The relative width is bounded where the function is small too: next to 0, and next to a zero of the function."""
    dice = random.Random(1)
    near = [dice.uniform(-1, 1) for _ in range(1500)] + [
        dice.choice((1, -1)) * 10 ** dice.uniform(-12, 2) for _ in range(1500)
    ]
    delicate = [x for x in DELICATE if abs(x) <= points.SIN_END]
    assert 0 < widths(name, near + [1 + x * 1e-3 for x in near[:500]] + delicate)[0] <= WIDTHS[name]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_wider_operand_gives_a_wider_result(name):
    """Isotone up to rounding: the outer interval is wider by 2^-40 of its ends, more than any noise of the kernels."""
    inner = intervals(600, 9)
    outer = [(a - abs(a) * 2.0**-40 - 1e-12, b + abs(b) * 2.0**-40 + 1e-12) for a, b in inner]
    got, wide = floats(apply(name, tensors(inner))), floats(apply(name, tensors(outer)))
    for (a, b), (c, d) in zip(got, wide, strict=True):
        assert math.isnan(a) or c <= a or c - a <= abs(a) * 2.0**-48
        assert math.isnan(a) or d >= b or b - d <= abs(b) * 2.0**-48


def test_inverse_functions_meet():
    """A functional equation: log exp x, tan atan x, sinh asinh x, 1 - erfc x overlap x or its image."""
    x = tensors([(v, v) for v in (-3.0, -0.5, -1e-9, 1e-300, 0.1, 0.75, 2.0, 5.0)])
    for outer, inner in (("log", "exp"), ("log2", "exp2"), ("log10", "exp10"), ("tan", "atan"), ("sinh", "asinh")):
        lo, hi = apply(outer, apply(inner, x))
        assert bool(((lo <= x[0]) & (x[0] <= hi) & (hi - lo < 1e-12)).all())
    one = tensors([ONE])
    lo, hi = apply("sub", apply("sub", one, apply("erfc", x)), apply("erf", x))
    assert bool(((lo <= 0) & (hi >= 0)).all())


@pytest.mark.parametrize("index", range(-30, 31))
def test_turning_points_are_met(index):
    """Intervals of one or two floats around k pi/2: the extreme value is in the result exactly when it has to be."""
    for name, at in (("sin", index * math.pi + math.pi / 2), ("cos", index * math.pi)):
        boxes = [(ulps_from(at, a), ulps_from(at, b)) for a in range(-3, 4) for b in range(a, 4)]
        with ctx.workprec(BITS):
            value = arb(1) if (arb(at).sin() if name == "sin" else arb(at).cos()) > 0 else arb(-1)
            place = arb.pi() * index + (arb.pi() / 2 if name == "sin" else 0)
            for box, result in zip(boxes, floats(apply(name, tensors(boxes))), strict=True):
                reaches = ball(box[0]) <= place <= ball(box[1])
                assert not (reaches and is_outside(value, result))
    with ctx.workprec(BITS):
        pole = float((arb.pi() * index + arb.pi() / 2).mid())
        below = ball(pole) < arb.pi() * index + arb.pi() / 2
    lo, hi = (pole, ulps_from(pole, 1)) if below else (ulps_from(pole, -1), pole)
    left, right, across = floats(apply("tan", tensors([(lo, lo), (hi, hi), (lo, hi)])))
    assert left[0] > 1e12
    assert right[1] < -1e12
    assert across == ENTIRE


def test_tables_refuse_a_wrong_constant():
    with pytest.raises(SoundnessError, match="ln2/64"):
        tables._reduction("ln2/64", lambda: arb.const_log2() / 64, (20,), 95)
    with pytest.raises(SoundnessError, match="two"):
        tables._require(False, "two")


# sabotage


@pytest.mark.parametrize("name", [n for n in FUNCTIONS if n not in {"asin", "tan", "erf"}])
def test_the_hammer_sees_that_nothing_is_widened(monkeypatch, name):
    """All but compositions whose own products are wide enough to hide it."""
    monkeypatch.setattr(points, "around", lambda value, units, slack=0.0: (value, value))
    monkeypatch.setattr(points, "UNIT", 0.0)
    assert hammer(name, 1000)


@pytest.mark.parametrize("name", ["exp", "log", "tanh", "atan", "sigmoid", "erfc"])
def test_the_hammer_sees_one_bound_that_is_not_widened(monkeypatch, name):
    true = points.around
    for keep in (0, 1):
        monkeypatch.setattr(
            points, "around", lambda v, *a, keep=keep: tuple(e if k == keep else v for k, e in enumerate(true(v, *a)))
        )
        assert hammer(name, 1000)


@pytest.mark.parametrize(
    ("table", "row", "name"),
    [
        ("exp", 17, "exp"),
        ("exp", 63, "sinh"),
        ("exp", 40, "exp2"),
        ("sin", 33, "sin"),
        ("sin", 100, "cos"),
        ("log", 20, "log"),
        ("log", 41, "log1p"),
        ("atan", 30, "atan"),
        ("erf", 15, "erf"),
        ("erfcx", 25, "erfc"),
    ],
)
def test_the_hammer_sees_a_wrong_table_entry(table, row, name, monkeypatch):
    """One entry of a table, wrong by 2^-44 of its size; the compiled path has a copy of its own."""
    monkeypatch.setattr(compiled, "WORTH", INF)
    column = tables.table(table, CPU)[0]
    kept = column[row].item()
    try:
        column[row] = kept * (1 + 2.0**-44)
        dense = [k / 512 for k in range(-3000, 3000)]
        exact, hits = EXACT[name], 0
        with ctx.workprec(BITS):
            for x, result in zip(dense, floats(apply(name, tensors([(x, x) for x in dense]))), strict=True):
                value = exact(ball(x))
                hits += value is not None and is_outside(value, result)
        assert hits
    finally:
        column[row] = kept


def test_the_hammer_sees_swapped_ends(monkeypatch):
    monkeypatch.setattr(functions, "_increasing", lambda x, at: (at(x[1])[0], at(x[0])[1]))
    assert hammer("tanh", 300)
    assert hammer("cosh", 300)


def test_the_hammer_sees_a_turning_point_that_is_missed(monkeypatch):
    monkeypatch.setattr(points.Angle, "branch", lambda self, offset: (self.n * 0, self.n * 0))
    assert hammer("sin", 300)
    assert hammer("cos", 300)
    assert hammer("tan", 300)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_hammer_finds_nothing_on_cuda(name):
    x = intervals(3000, 4)
    on_device = tuple(end.cuda() for end in tensors(x))
    lo, hi = apply(name, on_device)
    assert violations(EXACT[name], [x], floats((lo.cpu(), hi.cpu()))) == []
