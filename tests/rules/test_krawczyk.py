"""Krawczyk's operator: compared with exact rationals, for maps whose fixed points and slopes are known exactly."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import fpverify as fp
from fpverify.kernel.backend import Backend
from fpverify.kernel.box import Box
from fpverify.kernel.decoration import Decoration
from fpverify.kernel.fixed import Fixed
from fpverify.kernel.network import Network
from fpverify.kernel.region import BoxRegion
from fpverify.kernel.rules._krawczyk import BITS, Operator, ceil_scaled, floor_scaled, operator
from tests.rules.cases import ARB, FIXED, RATIONAL, act, affine, chain, linear

Rows = list[list[Fraction]]
SIZES = st.integers(1, 3)
EIGHTHS = st.integers(-16, 16).map(lambda n: Fraction(n, 8))
THIRDS = st.integers(-9, 9).map(lambda n: Fraction(n, 3))
WIDTHS = st.fractions(0, 1, max_denominator=50)
BACKENDS = st.sampled_from([ARB, FIXED, Fixed(64), RATIONAL])


def matrix_of(entries: list[list[int]]) -> Rows:
    return [[Fraction(entry) for entry in row] for row in entries]


def product(a: Rows, b: Rows) -> Rows:
    return [
        [sum((x * y for x, y in zip(row, column, strict=True)), Fraction(0)) for column in zip(*b, strict=True)]
        for row in a
    ]


def read(found: Operator) -> tuple[Rows, Rows]:
    """Return Y and M as rationals, from what the fields of an Operator say."""
    inverse = [[x / 2**found.bits for x in row] for row in matrix_of(found.inverse)]
    defect = [[x / 2 ** (found.bits + BITS + 1) for x in row] for row in matrix_of(found.defect)]
    return inverse, defect


def ends(box: Box) -> tuple[Any, Any]:
    return box.lower(), box.upper()


def unit(d: int) -> Rows:
    return [[Fraction(int(i == j)) for j in range(d)] for i in range(d)]


def cubes(weight: Rows, fixed: Sequence[Fraction]) -> Network:
    """Return x <- W g(x) + b with g(x) = x^3/4 - x and b such that *fixed* is a fixed point, exactly."""
    images = [sum((w * _g(x) for w, x in zip(row, fixed, strict=True)), Fraction(0)) for row in weight]
    bias = [str(x - y) for x, y in zip(fixed, images, strict=True)]
    activation = act("polynomial", coefficients=["0", "-1", "0", "1/4"])
    return chain(activation, affine([[str(w) for w in row] for row in weight], bias), size=len(fixed))


def _g(x: Fraction) -> Fraction:
    return x**3 / 4 - x


@st.composite
def problems(draw: st.DrawFn) -> tuple[Network, Rows, list[Fraction], BoxRegion, Backend]:
    """Return a network with its weights, a fixed point and a box around it, where it may lie anywhere."""
    d = draw(SIZES)
    weight = [[draw(THIRDS) for _ in range(d)] for _ in range(d)]
    fixed = [draw(EIGHTHS) for _ in range(d)]
    below, above = ([draw(WIDTHS) for _ in range(d)] for _ in range(2))
    low = tuple(x - w for x, w in zip(fixed, below, strict=True))
    high = tuple(x + w for x, w in zip(fixed, above, strict=True))
    return cubes(weight, fixed), weight, fixed, BoxRegion(lo=low, hi=high), draw(BACKENDS)


@given(problems())
def test_a_fixed_point_lies_in_the_image(problem: tuple[Network, Rows, list[Fraction], BoxRegion, Backend]) -> None:
    """Lemma 1, for thin boxes and corners that are not dyadic, too."""
    network, _, fixed, box, backend = problem
    found = operator(network.slopes(box.outer(backend)))
    assume(found is not None)
    assert found is not None
    low, high = ends(found.image(network, box.outer(backend)))
    assert all(a <= x <= b for a, x, b in zip(low, fixed, high, strict=True))


@given(problems(), st.data())
def test_the_defect_bounds_that_of_every_slope_matrix(
    problem: tuple[Network, Rows, list[Fraction], BoxRegion, Backend], data: st.DataObject
) -> None:
    """M >= |I - Y (I - S)| for Jacobians and for slopes between two points of the box."""
    network, weight, _, box, backend = problem
    found = operator(network.slopes(box.outer(backend)))
    assume(found is not None)
    assert found is not None
    inverse, defect = read(found)
    d = len(weight)
    places = [[a + (b - a) * data.draw(WIDTHS) for a, b in zip(box.lo, box.hi, strict=True)] for _ in range(2)]
    factors = [(_g(x) - _g(y)) / (x - y) if x != y else 3 * x**2 / 4 - 1 for x, y in zip(*places, strict=True)]
    slope = [[w * g for w, g in zip(row, factors, strict=True)] for row in weight]
    gap = [[u - s for u, s in zip(a, b, strict=True)] for a, b in zip(unit(d), slope, strict=True)]
    rest = product(inverse, gap)
    for i in range(d):
        for j in range(d):
            assert abs(int(i == j) - rest[i][j]) <= defect[i][j]


@given(problems())
def test_what_contracts_does_so_exactly_and_has_the_index_of_its_slopes(
    problem: tuple[Network, Rows, list[Fraction], BoxRegion, Backend],
) -> None:
    """Lemma 3: M w < w in rationals, and the sign of det(I - Df(p))."""
    network, weight, fixed, box, backend = problem
    widths = tuple(b - a for a, b in zip(box.lo, box.hi, strict=True))
    found = operator(network.slopes(box.outer(backend)))
    if found is None or not found.contracts(widths):
        return
    _, defect = read(found)
    rounded = [Fraction(ceil_scaled(w), 2**BITS) for w in widths]
    assert all(
        sum(m * w for m, w in zip(row, rounded, strict=True)) < own for row, own in zip(defect, rounded, strict=True)
    )
    jacobian = np.array([[float(w * (3 * x**2 / 4 - 1)) for w, x in zip(row, fixed, strict=True)] for row in weight])
    assert found.index() == np.sign(np.linalg.det(np.eye(len(fixed)) - jacobian)) != 0


def test_some_of_the_boxes_contract() -> None:
    """So that the property above is not empty."""
    network = cubes([[Fraction(1, 3), Fraction(2)], [Fraction(-1), Fraction(1, 3)]], [Fraction(0), Fraction(1, 8)])
    box = BoxRegion.of(("-1/8", "1/8"), (0, "1/4"))
    found = operator(network.slopes(box.outer(ARB)))
    assert found is not None
    assert found.contracts((Fraction(1, 4), Fraction(1, 4)))


@given(problems())
def test_two_fixed_points_never_share_a_contracting_box(
    problem: tuple[Network, Rows, list[Fraction], BoxRegion, Backend],
) -> None:
    """W g(x) + b with W = c I, so that the other fixed points in each coordinate are known: 0 and +-2 sqrt(1 + 1/c)."""
    _, _, fixed, box, backend = problem
    network = cubes([[Fraction(1, 3)]], [Fraction(0)])  # fixed at 0 and +-4
    wide = BoxRegion(lo=(min(Fraction(0), box.lo[0]),), hi=(Fraction(4) + abs(fixed[0]),))
    found = operator(network.slopes(wide.outer(backend)))
    assert found is None or not found.contracts((wide.hi[0] - wide.lo[0],))


@given(st.fractions(max_denominator=10**30), st.integers(0, 300))
def test_scaling_rounds_outward(value: Fraction, power: int) -> None:
    for number in (value, -value, value / 2**power, value * 2**power):
        low, high = floor_scaled(number), ceil_scaled(number)
        assert Fraction(low, 2**BITS) <= number <= Fraction(high, 2**BITS)
        assert high - low == (1 if (number * 2**BITS).denominator > 1 else 0)


# ------------------------------------------------------------------ single points


def image(network: Network, *sides: tuple[Any, Any], backend: Backend = ARB) -> tuple[Any, Any]:
    around = tuple((fp.exact(low) - 1, fp.exact(high) + 1) for low, high in sides)
    found = operator(network.slopes(BoxRegion.of(*around).outer(backend)))
    assert found is not None
    return ends(found.image(network, BoxRegion.of(*sides).outer(backend)))


def test_the_image_of_an_exact_fixed_point_is_that_point() -> None:
    """And no wider: a thin enclosure is allowed."""
    assert image(linear([["1/2"]]), (0, 0)) == ((0,), (0,))
    turn = linear([["3/5", "3/5"], ["-3/5", "3/5"]])
    assert image(turn, (0, 0), (0, 0)) == ((0, 0), (0, 0))
    third = Fraction(1, 3)
    assert image(linear([["1/4"]], ["1/4"]), ("1/3", "1/3"), backend=RATIONAL) == ((third,), (third,))


@pytest.mark.parametrize("bias", ["1e-30", "1e-40", "1e-100", "-1e-100"])
@pytest.mark.parametrize("backend", [ARB, FIXED, RATIONAL], ids=lambda backend: backend.name)
def test_the_image_of_a_point_that_is_not_fixed_sticks_out(bias: str, backend: Backend) -> None:
    """However near the fixed point is, also below the unit 2^-128."""
    low, high = image(linear([["1/2"]], [bias]), (0, 0), backend=backend)
    assert low[0] <= 2 * Fraction(bias) <= high[0]
    assert (low, high) != ((0,), (0,))


# ------------------------------------------------------------------ where there is no operator


def test_there_is_none_across_a_jump() -> None:
    jump = chain(act("sign"), affine([["1/2"]], ["0"]))
    assert operator(jump.slopes(BoxRegion.of(("-1/2", 1)).outer(ARB))) is None
    assert operator(jump.slopes(BoxRegion.of((0, 1)).outer(ARB))) is None
    assert operator(jump.slopes(BoxRegion.of(("1/100", 1)).outer(ARB))) is not None


def test_there_is_none_behind_a_jump() -> None:
    """Whatever comes after it: the jump is part of f."""
    for after in (
        [act("tanh")],
        [act("relu"), affine([["0"]], ["1"])],
        [{"add": {"with": 0}}],
        [{"multiply": {"with": 0}}],
    ):
        network = chain(act("sign"), *after)
        assert operator(network.slopes(BoxRegion.of((-1, 1)).outer(ARB))) is None


@pytest.mark.parametrize("weight", ["1", "1e400", "-1e400"])
def test_there_is_none_where_floats_fail(weight: str) -> None:
    """I - A is singular, or an entry is beyond floats."""
    assert operator(linear([[weight]]).slopes(BoxRegion.of((-1, 1)).outer(ARB))) is None


@pytest.mark.parametrize("weight", ["1e300", "-1e-300", "1e-1000", "1.0000000000000000000000000001"])
def test_extreme_slopes_give_bounds_that_hold(weight: str) -> None:
    """Also where the inverse underflows: M tells how bad it is."""
    found = operator(linear([[weight]]).slopes(BoxRegion.of((-1, 1)).outer(ARB)))
    if found is not None:
        inverse, defect = read(found)
        assert abs(1 - inverse[0][0] * (1 - Fraction(weight))) <= defect[0][0]


@given(
    st.integers(1, 3),
    st.lists(st.integers(-9, 9), min_size=9, max_size=9),
    st.lists(st.integers(-99, 99), min_size=9, max_size=9),
)
def test_any_inverse_gives_a_sound_operator(d: int, slopes: list[int], inverse: list[int]) -> None:
    """The lemmas ask nothing of Y: with a foreign one the image still holds the fixed point 0, or nothing contracts."""
    network = linear([[str(Fraction(slopes[i * d + j], 4)) for j in range(d)] for i in range(d)])
    box = BoxRegion.cube(1, dimension=d)
    found = operator(network.slopes(box.outer(ARB)))
    assume(found is not None)
    assert found is not None
    foreign = [inverse[i * d : (i + 1) * d] for i in range(d)]
    rest = product(
        matrix_of(foreign),
        [[u - Fraction(slopes[i * d + j], 4) for j, u in enumerate(row)] for i, row in enumerate(unit(d))],
    )
    scale = 2 ** (BITS + 1)
    defect = [[ceil_entry(abs(int(i == j) - rest[i][j]) * scale) for j in range(d)] for i in range(d)]
    other = Operator(inverse=foreign, bits=0, defect=defect)
    low, high = ends(other.image(network, box.outer(ARB)))
    assert all(a <= 0 <= b for a, b in zip(low, high, strict=True))
    if other.contracts((Fraction(2),) * d):
        assert other.index() == found.index()


def ceil_entry(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)


def test_weights_that_are_not_positive_contract_nothing() -> None:
    """A thin uniqueness box is no uniqueness box."""
    found = operator(linear([["1/2"]]).slopes(BoxRegion.of((-1, 1)).outer(ARB)))
    assert found is not None
    assert found.contracts((Fraction(1),))
    assert not found.contracts((Fraction(0),))
    assert not found.contracts((Fraction(-1),))


def test_slopes_of_a_lesser_decoration_are_refused() -> None:
    slopes = Box.point([Fraction(0)], ARB, (1, 1))
    assert operator(slopes.with_decoration(Decoration.DAC)) is not None
    assert operator(slopes.with_decoration(Decoration.DEF)) is None
