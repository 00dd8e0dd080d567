"""The backend of fixed point: each primitive against Fractions, where least and greatest are known exactly."""

from fractions import Fraction
from itertools import product
from math import ceil, floor
from typing import Any

import pytest
from flint import arb, ctx
from hypothesis import given
from hypothesis import strategies as st

from fpverify.kernel.box import Box
from fpverify.kernel.certificate import BACKENDS
from fpverify.kernel.errors import MisuseError, NotFiniteError
from fpverify.kernel.fixed import Fixed

NARROW, USUAL = Fixed(64), Fixed()
EACH = st.sampled_from([NARROW, USUAL])
LARGE = st.integers(-(2**300), 2**300)
ENDS = st.one_of(st.integers(-3, 3), LARGE, st.integers(-(2**70), 2**70))
SPANS = st.tuples(ENDS, ENDS).map(lambda pair: (min(pair), max(pair)))


def scaled(value: Fraction, backend: Fixed) -> Fraction:
    return value * 2**backend.precision


@given(EACH, st.lists(st.fractions(), min_size=1))
def test_exact_numbers_enter_between_their_neighbours(backend: Fixed, values: list[Fraction]) -> None:
    assert list(backend.from_exact_up(values)) == [ceil(scaled(v, backend)) for v in values]
    assert list(backend.from_exact_down(values)) == [floor(scaled(v, backend)) for v in values]


@given(EACH, ENDS, ENDS)
def test_products_and_quotients_are_the_nearest_on_their_side(backend: Fixed, a: int, b: int) -> None:
    exact = Fraction(a * b, 2**backend.precision)
    assert (backend.mul_down((a,), (b,)), backend.mul_up((a,), (b,))) == ((floor(exact),), (ceil(exact),))
    if b > 0:
        assert backend.div_up((a,), (b,)) == (ceil(Fraction(a << backend.precision, b)),)


@given(EACH, ENDS, ENDS)
def test_sums_signs_and_floors_are_exact(backend: Fixed, a: int, b: int) -> None:
    one = 2**backend.precision
    assert backend.add_up((a,), (b,)) == backend.add_down((a,), (b,)) == (a + b,)
    assert backend.sum_up((a, b, a, a), 2) == backend.sum_down((a, b, a, a), 2) == (a + b, 2 * a)
    assert backend.neg((a,)) == (-a,)
    assert backend.floor((a,)) == (floor(Fraction(a, one)) * one,)
    assert backend.to_exact((a,)) == (Fraction(a, one),)


@given(EACH, SPANS, SPANS)
def test_products_of_intervals_end_at_the_least_and_the_greatest_product_of_ends(
    backend: Fixed, x: Any, y: Any
) -> None:
    corners = [Fraction(u * v, 2**backend.precision) for u, v in product(x, y)]
    low, high = backend.products((x[0],), (x[1],), (y[0],), (y[1],))
    assert (low, high) == ((floor(min(corners)),), (ceil(max(corners)),))


@given(EACH, st.lists(st.tuples(SPANS, SPANS), min_size=4, max_size=4))
def test_sums_of_products_are_rounded_once(backend: Fixed, pairs: Any) -> None:
    ends = [tuple(pair[k][side] for pair in pairs) for k in (0, 1) for side in (0, 1)]
    low, high = backend.sums_of_products(*ends, 2)
    corners = [[Fraction(u * v, 2**backend.precision) for u, v in product(x, y)] for x, y in pairs]
    sums = [(min(p) + min(q), max(p) + max(q)) for p, q in (corners[:2], corners[2:])]
    assert low == tuple(floor(least) for least, _ in sums)
    assert high == tuple(ceil(most) for _, most in sums)


@given(EACH, ENDS, st.integers(0, 400))
def test_other_powers_of_two_are_rounded_outward(backend: Fixed, n: int, bits: int) -> None:
    exact = Fraction(n, 2**backend.precision) * 2**bits
    assert backend.to_integers_down((n,), bits) == [floor(exact)]
    assert backend.to_integers_up((n,), bits) == [ceil(exact)]
    exact = Fraction(n, 2**bits) * 2**backend.precision
    assert backend.from_integers_down([n], bits) == (floor(exact),)
    assert backend.from_integers_up([n], bits) == (ceil(exact),)


@given(EACH, ENDS)
def test_points_enter_the_formula_whole(backend: Fixed, a: int) -> None:
    """Also those with more bits than the balls have: the identity encloses its argument."""
    ((low,), (high,)) = backend.at_points(lambda x, ops: x, (a,))
    assert low <= a <= high
    assert low == a == high or abs(a) >= 2 ** (backend.precision + 32)


@given(EACH, ENDS, ENDS)
def test_rational_formulas_are_enclosed_to_the_last_places(backend: Fixed, a: int, b: int) -> None:
    c = Fraction(b, 7 * 2**64)
    ((low,), (high,)) = backend.at_points(lambda x, ops: ops.number(c) / (1 + ops.abs(x)), (a,))
    truth = scaled(c / (1 + abs(Fraction(a, 2**backend.precision))), backend)
    assert low <= truth <= high
    assert high - low <= 3 + abs(truth) / 2 ** (backend.precision + 16)


def test_a_wide_ball_keeps_its_radius() -> None:
    """What a formula returns is taken as it is."""
    ((low,), (high,)) = USUAL.at_points(lambda x, ops: arb(-1, 3), (0,))
    assert low <= -4 * 2**192
    assert high >= 2 * 2**192


@pytest.mark.parametrize(
    "formula",
    ids=range(7),
    argvalues=[
        lambda x, ops: arb.nan(),
        lambda x, ops: arb.pos_inf(),
        lambda x, ops: arb(0, "inf"),
        lambda x, ops: ops.number(Fraction(1)) / x,
        lambda x, ops: ops.log(x),
        lambda x, ops: ops.exp(ops.exp(40 + x)),
        lambda x, ops: -ops.exp(ops.exp(40 + x)),
    ],
)
def test_what_is_not_finite_is_refused(formula: Any) -> None:
    for ends in ((0,), (2**192, 0)):
        with pytest.raises(NotFiniteError):
            USUAL.at_points(formula, ends)


def test_numbers_that_grow_without_end_are_given_up() -> None:
    x = Box.point([Fraction(2**4000)], USUAL)
    with pytest.raises(NotFiniteError, match="exceeds"):
        for _ in range(20):
            x = x * x
    with pytest.raises(NotFiniteError):
        USUAL.mul_up((-(2**600_000),), (2**600_000,))
    with pytest.raises(NotFiniteError):
        USUAL.from_exact_down([-(Fraction(2) ** (2**20))])


@pytest.mark.parametrize("precision", [0, 63, 4097, 128.0, True, "128", None], ids=repr)
def test_other_precisions_are_refused(precision: Any) -> None:
    with pytest.raises(MisuseError, match="between 64 and 4096"):
        Fixed(precision)


def test_the_checker_knows_it() -> None:
    backend = BACKENDS["fixed"](192)
    assert (backend.name, backend.precision) == ("fixed", 192)


def test_the_precision_of_flint_is_neither_read_nor_changed() -> None:
    with ctx.workprec(40):
        narrow = USUAL.at_points(lambda x, ops: ops.exp(x), (2**192,))
        assert ctx.prec == 40
    assert narrow == USUAL.at_points(lambda x, ops: ops.exp(x), (2**192,))
    assert narrow[1][0] - narrow[0][0] <= 3
