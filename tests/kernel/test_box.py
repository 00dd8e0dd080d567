"""Boxes: arithmetic holds the exact results, predicates are exact, and no question is answered by accident."""

import operator
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fpverify.kernel.arb import Arb, enclose_constant
from fpverify.kernel.backend import Backend
from fpverify.kernel.box import Box
from fpverify.kernel.decoration import Decoration, combine
from fpverify.kernel.errors import MisuseError, NotFiniteError
from fpverify.kernel.rational import Rational
from tests.conformance import checks
from tests.strategies import BACKENDS, Interval, arrays, box, fractions_of_unit, rationals

EVERY_BACKEND = pytest.mark.parametrize("backend", BACKENDS, ids=lambda backend: f"{backend.name}{backend.precision}")
PLACES = st.lists(fractions_of_unit(), min_size=2, max_size=2)
ONE, HALF = Fraction(1), Fraction(1, 2)


def _box(*entries: tuple[Any, Any], backend: Backend | None = None) -> Box:
    return box([(Fraction(low), Fraction(high)) for low, high in entries], backend or Arb(64))


# ------------------------------------------------------------------ arithmetic


@EVERY_BACKEND
@given(a=arrays(4), b=arrays(4), places=PLACES)
def test_arithmetic_holds_the_exact_results(backend: Backend, a: Any, b: Any, places: Any) -> None:
    checks.arithmetic_is_contained(backend, a, b, places)


@EVERY_BACKEND
@given(a=arrays(6), b=arrays(6), rows=st.sampled_from([1, 2, 3, 6]), places=PLACES)
def test_matrix_products_hold_the_exact_results(backend: Backend, a: Any, b: Any, rows: int, places: Any) -> None:
    checks.linear_algebra_is_contained(backend, a, b, rows, places)


@EVERY_BACKEND
def test_points_whose_results_must_be_rounded(backend: Backend) -> None:
    """Each single rounding counts here: no width of the arguments hides it."""
    points = checks.sharp_points(backend)
    checks.arithmetic_is_contained(backend, points, points[::-1], [Fraction(0)])
    checks.linear_algebra_is_contained(backend, points, points[::-1], 2, [Fraction(0)])


@given(a=arrays(4), b=arrays(4))
def test_exact_arithmetic_is_exact(a: Any, b: Any) -> None:
    """The rational backend returns the least box, and Arb at high precision one that agrees to its last bits."""
    x, y = box(a, Rational()), box(b, Rational())
    corners = [[p * q for p in u for q in v] for u, v in zip(a, b, strict=True)]
    assert (x * y).lower() == tuple(map(min, corners))
    assert (x * y).upper() == tuple(map(max, corners))
    assert (x + y).upper() == tuple(u[1] + v[1] for u, v in zip(a, b, strict=True))
    assert (x - y).lower() == tuple(u[0] - v[1] for u, v in zip(a, b, strict=True))
    rounded = (box(a, Arb(256)) * box(b, Arb(256))).upper()
    assert all(0 <= p - q <= Fraction(1, 2**240) for p, q in zip(rounded, (x * y).upper(), strict=True))


@EVERY_BACKEND
@given(a=arrays(3), b=arrays(3))
def test_larger_arguments_give_larger_results(backend: Backend, a: Any, b: Any) -> None:
    """Arithmetic of end points is monotone under inclusion, without tolerance: rounding of single results is, too."""
    x, y = box(a, backend), box(b, backend)
    wider = x.hull(box([(-ONE, ONE)] * 3, backend))
    for smaller, larger in ((x + y, wider + y), (x - y, wider - y), (x * y, wider * y), (-x, -wider)):
        assert larger.slack_inside(larger.lower(), larger.upper()) == 0
        assert smaller.slack_inside(larger.lower(), larger.upper()) >= 0


@EVERY_BACKEND
@given(a=arrays(3), b=arrays(3))
def test_negation_is_exact(backend: Backend, a: Any, b: Any) -> None:
    x = box(a, backend) * box(b, backend)
    assert (-x).lower() == tuple(-end for end in x.upper())
    y = -x
    assert (-y).upper() == x.upper()


@EVERY_BACKEND
@given(values=st.lists(rationals(), min_size=1, max_size=4))
def test_points_enter_exactly_where_they_can(backend: Backend, values: list[Fraction]) -> None:
    point = Box.point(values, backend)
    for low, value, high in zip(point.lower(), values, point.upper(), strict=True):
        representable = backend.precision == 0 or (
            value.denominator & (value.denominator - 1) == 0 and abs(value.numerator) < 2**backend.precision
        )
        assert low == value == high if representable else low < value < high


@EVERY_BACKEND
def test_structure(backend: Backend) -> None:
    """Rows, entries, transposes and stacks move ends and round nothing."""
    matrix = box([(Fraction(k), Fraction(k + 1)) for k in range(6)], backend, (2, 3))
    assert matrix.row(1).lower() == (3, 4, 5)
    assert matrix.entry(1, 2).upper() == (6,)
    assert matrix.row(0).entry(2).lower() == (2,)
    assert matrix.transpose().lower() == (0, 3, 1, 4, 2, 5)
    assert matrix.transpose().shape == (3, 2)
    assert Box.stack([matrix.row(1), matrix.row(0)]).lower() == (3, 4, 5, 0, 1, 2)
    assert matrix.gather([0, 0, 5], (3,)).lower() == (0, 0, 5)


# ------------------------------------------------------------------ predicates


@EVERY_BACKEND
@given(a=arrays(2), b=arrays(2))
def test_slack_decides_inclusion(backend: Backend, a: list[Interval], b: list[Interval]) -> None:
    """Non-negative exactly where the box lies in the given exact one."""
    x = box(a, backend)
    low, high = [entry[0] for entry in b], [entry[1] for entry in b]
    slack = x.slack_inside(low, high)
    gaps = [p - q for p, q in zip(x.lower(), low, strict=True)] + [q - p for p, q in zip(x.upper(), high, strict=True)]
    assert slack == min(gaps)
    inside = all(p >= q for p, q in zip(x.lower(), low, strict=True))
    inside = inside and all(p <= q for p, q in zip(x.upper(), high, strict=True))
    assert (slack >= 0) == inside


@EVERY_BACKEND
@given(a=arrays(2), b=arrays(2))
def test_intersections_and_hulls(backend: Backend, a: list[Interval], b: list[Interval]) -> None:
    x, y = box(a, backend), box(b, backend)
    common = x.intersection(y)
    meets = all(max(p, r) <= min(q, s) for p, q, r, s in zip(x.lower(), x.upper(), y.lower(), y.upper(), strict=True))
    assert (common is not None) == meets
    if common is not None:
        assert common.slack_inside(x.lower(), x.upper()) >= 0
        assert common.slack_inside(y.lower(), y.upper()) >= 0
        assert common.lower() == tuple(map(max, x.lower(), y.lower()))
    assert x.hull(y).lower() == tuple(map(min, x.lower(), y.lower()))
    assert x.hull(y).upper() == tuple(map(max, x.upper(), y.upper()))


QUESTIONS = {
    "is it true": bool,
    "is it false": operator.not_,
    "what is its hash": hash,
    "are two equal": lambda x: operator.eq(x, x + x),
    "do two differ": lambda x: operator.ne(x, x + x),
    "is it less": lambda x: x < x + x,
    "is it at most": lambda x: x <= x + x,
    "is it more than a number": lambda x: x > 0,
    "is it at least a number": lambda x: x >= 0,
    "is it in a list": lambda x: x in [x + x, x - x],
    "which is the first": lambda x: sorted([x, x + x]),
    "which is the largest": lambda x: max(x, x + x),
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_a_box_answers_no_question_by_accident(question: Any) -> None:
    """A comparison of intervals has three answers; `if box < other` would take "unknown" for one of two."""
    with pytest.raises(TypeError):
        question(_box((0, 1)))


# ------------------------------------------------------------------ misuse

MISUSE = [
    ("an interval upside down", lambda: _box((1, 0)), "lo <= hi"),
    ("too few ends", lambda: Box.from_exact([ONE], [ONE], Arb(64), (2,)), "needs 2 end points"),
    ("too many ends", lambda: Box.from_exact([ONE, ONE], [ONE, ONE], Arb(64), ()), "needs 1 end points"),
    ("a sum of two shapes", lambda: _box((0, 1)) + _box((0, 1), (0, 1)), "cannot be combined"),
    ("a product of two shapes", lambda: _box((0, 1)) * _box((0, 1), (0, 1)), "cannot be combined"),
    (
        "a matrix with too few columns",
        lambda: _box((0, 1), (0, 1)).affine_image(box([(ONE, ONE)] * 3, Arb(64), (3, 1))),
        "length 1 is needed",
    ),
    (
        "matrices that do not fit",
        lambda: box([(ONE, ONE)] * 6, Arb(64), (2, 3)).matrix_product(box([(ONE, ONE)] * 4, Arb(64), (2, 2))),
        "length 2 is needed",
    ),
    (
        "too many factors of rows",
        lambda: box([(ONE, ONE)] * 2, Arb(64), (1, 2)).scale_rows(_box((0, 1), (0, 1))),
        "length 1 is needed",
    ),
    ("two precisions in a sum", lambda: _box((0, 1)) + _box((0, 1), backend=Arb(128)), "arb 64 and arb 128"),
    ("two precisions in a hull", lambda: _box((0, 1)).hull(_box((0, 1), backend=Arb(256))), "arb 64 and arb 256"),
    ("two precisions in a part", lambda: _box((0, 1)).intersection(_box((0, 1), backend=Arb(32))), "arb 64 and arb 32"),
    ("two kinds of numbers", lambda: _box((0, 1)) * _box((0, 1), backend=Rational()), "arb 64 and rational 0"),
    ("a precision of no bits", lambda: Arb(0), "between 32 and 65536"),
    ("a precision that is no whole number", lambda: Arb(128.0), "between 32 and 65536"),
    ("a precision that is a bool", lambda: Arb(True), "between 32 and 65536"),
]


@pytest.mark.parametrize(("mistake", "message"), [row[1:] for row in MISUSE], ids=[row[0] for row in MISUSE])
def test_misuse_is_refused(mistake: Any, message: str) -> None:
    with pytest.raises(MisuseError, match=message):
        mistake()


# ------------------------------------------------------------------ decorations


@given(labels=st.lists(st.sampled_from(Decoration), max_size=4))
def test_the_weakest_decoration_wins(labels: list[Decoration]) -> None:
    assert combine(*labels) == min([Decoration.COM, *labels])


@EVERY_BACKEND
def test_every_operation_keeps_the_weakest_decoration(backend: Backend) -> None:
    """A result promises no more than its arguments."""
    strong = box([(ONE, ONE)] * 4, backend, (2, 2))
    weak = strong.with_decoration(Decoration.DEF)
    vector = strong.row(0).with_decoration(Decoration.TRV)
    common = weak.intersection(strong)
    assert common is not None
    results = [weak + strong, strong - weak, strong * weak, -weak, weak.hull(strong), common, strong.widen(weak)]
    results += [weak.magnitude(), weak.row_sums(), weak.transpose(), weak.row(1), weak.entry(0, 0)]
    results += [strong.matrix_product(weak), weak.matrix_product(strong), Box.stack([strong.row(0), weak.row(0)])]
    assert {result.decoration for result in results} == {Decoration.DEF}
    assert vector.affine_image(strong).decoration is Decoration.TRV
    assert strong.scale_rows(vector).decoration is Decoration.TRV
    assert weak.with_decoration(Decoration.COM).decoration is Decoration.DEF


# ------------------------------------------------------------------ limits of numbers


def test_numbers_beyond_all_bounds_raise() -> None:
    """Squaring leaves every range of numbers, and is noticed before memory runs out."""
    x = _box((10, 11))
    with pytest.raises(NotFiniteError):
        for _ in range(40):
            x = x * x


def test_numbers_next_to_zero_are_rounded_outward() -> None:
    x = _box((Fraction(1, 3), HALF), (-HALF, -Fraction(1, 3)))
    for _ in range(40):
        x = x * box([(Fraction(1, 3), HALF)] * 2, Arb(64)) if _ % 2 else x * x.magnitude()
    least = Fraction(1, 2**8192)
    assert x.lower() == (0, -least)
    assert x.upper() == (least, 0)


def test_the_precision_of_python_flint_is_left_alone() -> None:
    """No result depends on it, and no operation changes it."""
    from flint import ctx

    before = _box((Fraction(1, 3), HALF)) * _box((Fraction(1, 7), HALF))
    with ctx.workprec(33):
        after = _box((Fraction(1, 3), HALF)) * _box((Fraction(1, 7), HALF))
        enclose_constant(lambda x, ops: ops.exp(x), (ONE, ONE))
        assert ctx.prec == 33
    assert before.lower() == after.lower()
    assert before.upper() == after.upper()
