"""
Vectors of our own for every operation of `apply`, after the text of IEEE 1788-2015 in its set-based flavour.

Each vector is an operation, its operands, and the tightest result, which an oracle computes from the definitions. The
result of `apply` must contain it, must be empty exactly where it is, and must be so many floats near.
"""

import math
from itertools import product

import pytest
import torch

from fpverify.backends.torch64 import apply
from fpverify.backends.torch64.apply import OPERATIONS
from fpverify.kernel.errors import MisuseError, UnknownNameError
from tests.backends.hammer import DELICATE, ETA, HUGE, INF, NAN, TINY, floats, tensors, ulps_from
from tests.backends.interval_oracle import EMPTY, is_empty, ordinal, tightest_of, tightest_power

ENTIRE, ZERO, ONE = (-INF, INF), (0.0, 0.0), (1.0, 1.0)
U = 2.0**-53

# ---------------------------------------------------------------------------------- operands

BOXES = [
    EMPTY, ENTIRE, ZERO, (-0.0, 0.0), (0.0, -0.0), (-0.0, -0.0), ONE, (-1.0, -1.0), (-1.0, 1.0), (0.0, 1.0),
    (-1.0, 0.0), (-1.0, -0.0), (-0.0, 1.0), (0.0, INF), (-INF, 0.0), (-INF, -0.0), (1.0, INF), (-INF, -1.0),
    (-INF, 1.0), (-1.0, INF), (0.1, 0.1), (-0.1, 0.3), (0.25, 0.75), (-0.75, -0.25), (1.0, 2.0), (-2.0, -1.0),
    (2.0, 3.0), (-3.0, 5.0), (ETA, ETA), (-ETA, ETA), (-ETA, -ETA), (ETA, TINY), (TINY, 2 * TINY), (-TINY, 1.0),
    (HUGE, HUGE), (-HUGE, HUGE), (-HUGE, -HUGE), (HUGE, INF), (-INF, -HUGE), (1e-300, 1e300), (1 - U, 1 + 2 * U),
    (1 + 2 * U, 1 + 4 * U), (-1 - 2 * U, -1 + U), (1.5, 1.6), (3.0, 3.5), (-4.0, 0.5), (22.0, 710.0),
    (-746.0, -745.0), (16.0, 100.0), (1e-8, 1e-8), (2.0**-60, 2.0**60), (0.5, INF), (-INF, 1e-300), (1000.0, 1001.0),
]  # fmt: skip
"""Empty, entire, signed zeros, half lines, points, the ends of every domain, subnormal and huge numbers."""

NARROW = [(ulps_from(c, i), ulps_from(c, j)) for c in DELICATE[::3] for i, j in ((0, 0), (-1, 1))]

PAIRED = [
    EMPTY, ENTIRE, ZERO, (-0.0, -0.0), ONE, (-2.0, -1.0), (1.0, 3.0), (-1.0, 0.1), (0.0, 1.0), (-3.0, -0.0), (0.0, INF),
    (-INF, 0.0), (2.5, INF), (-INF, -0.1), (ETA, TINY), (-ETA, ETA), (HUGE, HUGE), (-HUGE, 1.0), (0.1, 0.1), (1e200, HUGE),
]  # fmt: skip
"""All pairs of these, and for fma some triples."""

EXPONENTS = [-9, -3, -2, -1, 0, 1, 2, 3, 4, 7, 8]


def operands(name) -> list[tuple]:
    """The operand tuples of an operation."""
    match OPERATIONS[name].arity:
        case 1:
            return [(x,) for x in BOXES + NARROW]
        case 2:
            return list(product(PAIRED, PAIRED))
        case _:
            return list(product(PAIRED[::2], PAIRED[1::2], PAIRED[::3]))


def vectors(name) -> list[tuple[tuple, tuple[float, float]]]:
    """The cases of an operation: operands and exponents, with the tightest results."""
    if OPERATIONS[name].exponent:
        return [((x[0], n), tightest_power(x[0], n)) for x in operands(name) for n in EXPONENTS]
    return [(x, tightest_of(name, *x)) for x in operands(name)]


def results(name, cases):
    """The results of `apply`, in one call for each exponent."""
    if not OPERATIONS[name].exponent:
        return floats(apply(name, *(tensors(list(column)) for column in zip(*cases, strict=True))))
    found = {}
    for n in EXPONENTS:
        boxes = [x for x, exponent in cases if exponent == n]
        found |= {(str(x), n): r for x, r in zip(boxes, floats(apply(name, tensors(boxes), n)), strict=True)}
    return [found[str(x), n] for x, n in cases]


# ---------------------------------------------------------------------------------- the tightest results

BASIC = "neg abs sqr sqrt recip add sub mul div min max intersection convexHull".split()

# So many floats may lie between a bound and the tightest one: half the width at points, and a rounding.
FLOATS = dict.fromkeys(BASIC, 2) | dict.fromkeys("neg abs min max intersection convexHull".split(), 0)
FLOATS |= {"exp": 8, "exp2": 8, "exp10": 8, "log": 14, "log2": 18, "log10": 18, "log1p": 17, "sin": 21, "cos": 21}
FLOATS |= {"tan": 44, "atan": 14, "sinh": 20, "cosh": 16, "tanh": 20, "sigmoid": 12, "erf": 16, "erfc": 24}
FLOATS |= {"asin": 28, "acos": 28, "asinh": 28, "acosh": 28, "atanh": 28, "softplus": 28}

FAR_ANGLES = 2.0**15


def judged(name, x):
    """Whether a width is promised: an angle beyond 2^15 is not reduced."""
    return name not in {"sin", "cos", "tan"} or all(abs(end) <= FAR_ANGLES for end in x[0])


def near(bound, best, most, lost=2.0**-1000):
    """Whether at most so many floats lie between; and 20 more below *lost* unless 2 are promised: `around` adds 16 eta."""
    return abs(ordinal(bound) - ordinal(best)) <= most + (20 if most > 2 and abs(best) < lost else 0)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_results_contain_the_tightest_ones(name):
    """Sound, an interval again, and empty exactly where the exact result is."""
    cases = vectors(name)
    assert len(cases) >= 100
    for (x, best), (lo, hi) in zip(cases, results(name, [x for x, _ in cases]), strict=True):
        assert (math.isnan(lo), math.isnan(hi)) == (is_empty(best), is_empty(best)), (x, best, (lo, hi))
        if not is_empty(best):
            assert -INF <= lo <= best[0] <= best[1] <= hi <= INF, (x, best, (lo, hi))
            assert lo < INF, x
            assert hi > -INF, x


@pytest.mark.parametrize("name", sorted(set(OPERATIONS) - {"pown", "fma"}))
def test_results_are_near_the_tightest_ones(name):
    cases = vectors(name)
    for (x, best), (lo, hi) in zip(cases, results(name, [x for x, _ in cases]), strict=True):
        if not is_empty(best) and judged(name, x):
            assert near(lo, best[0], FLOATS[name]), (x, best, (lo, hi))
            assert near(hi, best[1], FLOATS[name]), (x, best, (lo, hi))


def test_powers_are_near_the_tightest_ones():
    """
    |n| - 1 products at most, each a float wide, and a reciprocal: 2 |n| floats, and none for n = 0 and 1.

    A negative power of what overflows is known to 2^-1022 only.
    """
    cases = vectors("pown")
    for (x, best), (lo, hi) in zip(cases, results("pown", [x for x, _ in cases]), strict=True):
        most = 0 if x[1] in {0, 1} else 2 * abs(x[1])
        for bound, exact in ((lo, best[0]), (hi, best[1])):
            lost = x[1] < 0 and max(abs(bound), abs(exact)) < TINY
            assert is_empty(best) or lost or near(bound, exact, most), (x, best, (lo, hi))


def test_fused_products_are_near_the_tightest_ones():
    """
    Three floats of the largest of product, summand and result: one step and half a spacing of rounding for each of the
    two operations, which cannot know what cancels.
    """
    cases = vectors("fma")
    for (x, best), (lo, hi) in zip(cases, results("fma", [x for x, _ in cases]), strict=True):
        product_hull = tightest_of("mul", *x[:2])
        for bound, exact, k in ((lo, best[0], 0), (hi, best[1], 1)):
            size = max(abs(product_hull[k]), abs(x[2][k]), abs(exact))
            if not is_empty(best) and size < HUGE / 4:
                assert abs(bound - exact) <= 3 * math.ulp(size), (x, best, (lo, hi))


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_large_tensors_give_the_same_results(name):
    """Bit by bit but for the sign of 0: large tensors are computed on another path where there is one."""
    extra = [3] if OPERATIONS[name].exponent else []
    columns = [tensors(list(column)) for column in zip(*operands(name), strict=True)]
    few = apply(name, *columns, *extra)
    copies = 1 + 20_000 // len(few[0])
    many = apply(name, *((lo.repeat(copies), hi.repeat(copies)) for lo, hi in columns), *extra)
    for one, other in zip(few, many, strict=True):
        assert torch.equal(
            one.repeat(copies).nan_to_num(nan=7.5, posinf=INF, neginf=-INF),
            other.nan_to_num(nan=7.5, posinf=INF, neginf=-INF),
        )


# ---------------------------------------------------------------------------------- the oracle, from the text

TEXT = [
    ("add", ((1.0, 2.0), EMPTY), EMPTY),
    ("add", ((1.0, 2.0), ENTIRE), ENTIRE),
    ("add", ((0.1, 0.1), (0.2, 0.2)), (0.3, 0.30000000000000004)),
    ("sub", ((1.0, INF), (1.0, INF)), ENTIRE),
    ("mul", (ZERO, ENTIRE), ZERO),
    ("mul", ((0.0, INF), (-INF, 0.0)), (-INF, 0.0)),
    ("div", ((1.0, 2.0), ZERO), EMPTY),
    ("div", (ZERO, ZERO), EMPTY),
    ("div", (ZERO, ENTIRE), ZERO),
    ("div", ((1.0, 2.0), (0.0, 4.0)), (0.25, INF)),
    ("div", ((1.0, 2.0), (-4.0, 0.0)), (-INF, -0.25)),
    ("div", ((-2.0, -1.0), (0.0, 4.0)), (-INF, -0.25)),
    ("div", ((-1.0, 2.0), (0.0, 4.0)), ENTIRE),
    ("div", ((1.0, 2.0), (-1.0, 1.0)), ENTIRE),
    ("div", ((1.0, 2.0), (4.0, INF)), (0.0, 0.5)),
    ("recip", (ZERO,), EMPTY),
    ("recip", ((0.0, 4.0),), (0.25, INF)),
    ("recip", ((-2.0, 0.0),), (-INF, -0.5)),
    ("recip", ((-2.0, 4.0),), ENTIRE),
    ("sqr", ((-3.0, 2.0),), (0.0, 9.0)),
    ("sqrt", ((-4.0, 2.0),), (0.0, 1.4142135623730951)),
    ("sqrt", ((-4.0, -ETA),), EMPTY),
    ("log", ((-1.0, 0.0),), EMPTY),
    ("log", ((-1.0, 1.0),), (-INF, 0.0)),
    ("log2", ((0.125, 32.0),), (-3.0, 5.0)),
    ("log10", ((0.0, 1.0),), (-INF, 0.0)),
    ("exp", (ENTIRE,), (0.0, INF)),
    ("exp", ((-INF, 0.0),), (0.0, 1.0)),
    ("exp", ((-INF, -800.0),), (0.0, ETA)),
    ("exp", ((800.0, 900.0),), (HUGE, INF)),
    ("exp2", ((-1075.0, 1024.0),), (0.0, INF)),
    ("sin", (ENTIRE,), (-1.0, 1.0)),
    ("sin", ((0.0, 2.0),), (0.0, 1.0)),
    ("cos", ((3.0, 3.5),), (-1.0, -0.9364566872907962)),
    ("tan", ((1.5, 1.6),), ENTIRE),
    ("tan", ((0.0, 0.0),), ZERO),
    ("asin", ((-7.0, -2.0),), EMPTY),
    ("asin", ((1.0, 5.0),), (1.5707963267948966, 1.5707963267948968)),
    ("acos", ((-5.0, 5.0),), (0.0, 3.1415926535897936)),
    ("atan", (ENTIRE,), (-1.5707963267948968, 1.5707963267948968)),
    ("acosh", ((0.0, 1.0),), ZERO),
    ("acosh", ((-5.0, 0.9),), EMPTY),
    ("atanh", (ONE,), EMPTY),
    ("atanh", ((-1.0, 1.0),), ENTIRE),
    ("tanh", ((20.0, INF),), (1 - U, 1.0)),
    ("cosh", ((-3.0, 0.0),), (1.0, 10.067661995777767)),
    ("abs", ((-3.0, 2.0),), (0.0, 3.0)),
    ("min", (ENTIRE, (1.0, 2.0)), (-INF, 2.0)),
    ("max", (ENTIRE, (1.0, 2.0)), (1.0, INF)),
    ("fma", ((1.0, 2.0), (3.0, 4.0), (-1.0, 1.0)), (2.0, 9.0)),
    ("fma", (ZERO, ENTIRE, ONE), ONE),
    ("intersection", ((1.0, 2.0), (3.0, 4.0)), EMPTY),
    ("intersection", ((1.0, 3.0), (3.0, 4.0)), (3.0, 3.0)),
    ("convexHull", (EMPTY, (3.0, 4.0)), (3.0, 4.0)),
    ("convexHull", ((1.0, 2.0), (3.0, 4.0)), (1.0, 4.0)),
    ("convexHull", (EMPTY, EMPTY), EMPTY),
]


@pytest.mark.parametrize("case", TEXT, ids=lambda c: f"{c[0]}{c[1]}")
def test_the_oracle_says_what_the_standard_says(case):
    name, x, expected = case
    best = tightest_of(name, *x)
    assert is_empty(best) if is_empty(expected) else best == expected


@pytest.mark.parametrize(
    ("x", "n", "expected"),
    [
        ((-2.0, 3.0), 0, ONE),
        (ENTIRE, 0, ONE),
        (EMPTY, 0, EMPTY),
        ((-2.0, 3.0), 2, (0.0, 9.0)),
        ((-2.0, 3.0), 3, (-8.0, 27.0)),
        ((-2.0, 4.0), -1, ENTIRE),
        ((-2.0, 4.0), -2, (0.0625, INF)),
        ((0.0, 4.0), -1, (0.25, INF)),
        ((-4.0, 0.0), -3, (-INF, -0.015625)),
        (ZERO, -2, EMPTY),
        (ZERO, -1, EMPTY),
        (ENTIRE, -2, (0.0, INF)),
        ((2.0, INF), -1, (0.0, 0.5)),
    ],
)
def test_the_oracle_of_powers_says_what_the_standard_says(x, n, expected):
    best = tightest_power(x, n)
    assert is_empty(best) if is_empty(expected) else best == expected


def test_a_point_whose_value_is_a_float_is_contained():
    """Also where a function is exact by no arithmetic identity: the value itself lies in the result."""
    exact = [
        *[("sqrt", float(k * k), float(k)) for k in range(40)],
        *[("exp2", float(k), 2.0**k) for k in range(-1074, 1024, 37)],
        *[("log2", 2.0**k, float(k)) for k in range(-1074, 1024, 37)],
        *[("exp10", float(k), 10.0**k) for k in range(23)],
        *[("log10", 10.0**k, float(k)) for k in range(23)],
        *[(name, 0.0, 0.0) for name in "sin tan asin atan sinh tanh asinh atanh log1p erf sqr".split()],
        *[(name, 0.0, 1.0) for name in "exp exp2 exp10 cos cosh erfc".split()],
        ("log", 1.0, 0.0),
        ("acos", 1.0, 0.0),
        ("acosh", 1.0, 0.0),
        ("sigmoid", 0.0, 0.5),
    ]
    for name, x, value in exact:
        ((lo, hi),) = floats(apply(name, tensors([(x, x)])))
        assert lo <= value <= hi, (name, x)


# ---------------------------------------------------------------------------------- refusals


def pair(lo, hi, dtype=torch.float64):
    return torch.tensor([lo], dtype=dtype), torch.tensor([hi], dtype=dtype)


REFUSED = {
    "inverted": (pair(2.0, 1.0), MisuseError),
    "inverted by a float": (pair(1.0, 1 - U), MisuseError),
    "inverted below normal": (pair(ETA, 0.0), MisuseError),
    "inverted and infinite": (pair(INF, -INF), MisuseError),
    "a lower NaN": (pair(NAN, 1.0), MisuseError),
    "an upper NaN": (pair(1.0, NAN), MisuseError),
    "a NaN beside inf": (pair(NAN, INF), MisuseError),
    "a NaN beside -inf": (pair(-INF, NAN), MisuseError),
    "no real but inf": (pair(INF, INF), MisuseError),
    "no real but -inf": (pair(-INF, -INF), MisuseError),
    "float32": (pair(0.25, 0.5, torch.float32), TypeError),
    "float16": (pair(0.25, 0.5, torch.float16), TypeError),
    "bfloat16": (pair(0.25, 0.5, torch.bfloat16), TypeError),
    "int64": (pair(0, 1, torch.int64), TypeError),
    "complex": (pair(0.0, 1.0, torch.complex128), TypeError),
    "one end float32": ((pair(0.25, 0.5)[0], pair(0.25, 0.5, torch.float32)[1]), TypeError),
    "numbers": ((0.25, 0.5), TypeError),
    "one number": (0.25, MisuseError),
    "a list": ([pair(0.25, 0.5)[0], pair(0.25, 0.5)[1]], MisuseError),
    "three ends": ((*pair(0.25, 0.5), pair(0.25, 0.5)[0]), MisuseError),
    "nothing": (None, MisuseError),
}


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_what_is_no_interval_is_refused_in_every_place(name):
    """In each place, the others being proper; the one bad entry of a batch counts as much."""
    operation = OPERATIONS[name]
    extra = [2] if operation.exponent else []
    for bad, error in REFUSED.values():
        for place in range(operation.arity):
            with pytest.raises(error):
                apply(name, *(bad if k == place else pair(0.25, 0.5) for k in range(operation.arity)), *extra)
    for ends in ((2.0, 1.0), (NAN, 1.0), (1.0, NAN), (INF, INF)):
        batch = tensors([(0.25, 0.5), ends, EMPTY])
        with pytest.raises(MisuseError, match="write lo <= hi"):
            apply(name, *[batch] * operation.arity, *extra)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_the_number_of_operands_is_that_of_the_operation(name):
    operation, x = OPERATIONS[name], pair(0.25, 0.5)
    right = operation.arity + operation.exponent
    for count in {0, 1, 2, 3, 4} - {right}:
        with pytest.raises(MisuseError, match="operands"):
            apply(name, *[x] * count)


@pytest.mark.parametrize("exponent", [2.0, True, "2", None, pair(2.0, 2.0), torch.tensor(2), 2.5, math.inf])
def test_an_exponent_is_a_python_int(exponent):
    with pytest.raises(MisuseError, match="int"):
        apply("pown", pair(0.25, 0.5), exponent)


@pytest.mark.parametrize("name", ["", "Add", "ADD", "pow", "atan2", "rootn", "log2p1", "interior", "cancelPlus"])
def test_operations_that_are_not_offered_are_refused(name):
    with pytest.raises(UnknownNameError, match="write one of"):
        apply(name, pair(0.25, 0.5), pair(0.25, 0.5))


def test_shapes_that_do_not_broadcast_are_refused():
    x = tensors([(0.25, 0.5)] * 3)
    with pytest.raises(RuntimeError):
        apply("add", x, tensors([(0.25, 0.5)] * 2))
