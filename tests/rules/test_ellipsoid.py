"""The ellipsoid |V (x - c)| <= R: every bound holds for points that are computed exactly."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from flint import fmpz_mat
from hypothesis import assume, given
from hypothesis import strategies as st

from fpverify.kernel.box import Box
from fpverify.kernel.rules._ellipsoid import Ellipsoid, _norm_bound, root_up
from fpverify.kernel.rules._matrices import Matrices, upper_triangle
from tests.rules.cases import ARB
from tests.rules.factors import UNIT, ball, triangle
from tests.rules.test_matrices import Rows, holds, product

UNITS = st.integers(-2 * UNIT, 2 * UNIT)
DIAGONAL = st.integers(UNIT // 4, 4 * UNIT)
SMALL = st.fractions(-2, 2, max_denominator=64)
Vector = list[Fraction]


@st.composite
def ellipsoids(draw: st.DrawFn) -> Ellipsoid:
    """Return an ellipsoid with an approximate inverse, sometimes a bad one."""
    size = draw(st.integers(1, 3))
    entries = [[draw(DIAGONAL if i == j else UNITS) if j >= i else 0 for j in range(size)] for i in range(size)]
    inverse = np.linalg.inv(np.array(entries, dtype=float) / UNIT) * draw(st.sampled_from([1.0, 1.0, 1.1, 0.9]))
    return Ellipsoid(
        shape=fmpz_mat(entries),
        inverse=upper_triangle(triangle(inverse), size),
        centre=tuple(draw(SMALL) for _ in range(size)),
        radius=draw(st.fractions(0, 3, max_denominator=64)),
    )


def rows(matrix: fmpz_mat) -> Rows:
    return [[Fraction(int(entry), UNIT) for entry in row] for row in matrix.tolist()]


def image(matrix: Rows, vector: Sequence[Fraction]) -> Vector:
    return [row[0] for row in product(matrix, [[x] for x in vector])]


def solved(matrix: Rows, vector: Sequence[Fraction]) -> Vector:
    """Return z with V z = *vector*, V upper triangular, exactly."""
    z = list(vector)
    for i in reversed(range(len(z))):
        z[i] = (z[i] - sum((matrix[i][j] * z[j] for j in range(i + 1, len(z))), Fraction(0))) / matrix[i][i]
    return z


def square(vector: Sequence[Fraction]) -> Fraction:
    return sum((x * x for x in vector), Fraction(0))


@st.composite
def directions(draw: st.DrawFn, size: int) -> Vector:
    """Return a vector of length at most 1; by the rational parametrization of the sphere of length 1 exactly."""
    t = [draw(st.fractions(-3, 3, max_denominator=8)) for _ in range(size - 1)]
    norm = square(t)
    point = [2 * x / (1 + norm) for x in t] + [(1 - norm) / (1 + norm)]
    share = draw(st.sampled_from([Fraction(1), Fraction(1), Fraction(1, 2)]))
    order = draw(st.permutations(range(size)))
    return [share * point[i] for i in order]


@given(st.lists(UNITS, min_size=9, max_size=9), st.lists(SMALL, min_size=3, max_size=3))
def test_the_bound_of_the_norm_is_one(entries: list[int], vector: Vector) -> None:
    """And a good one: it exceeds the norm by at most the 32nd root of sqrt 3, 1.8 per cent."""
    matrix = fmpz_mat(3, 3, entries)
    bound = _norm_bound(matrix)
    assert square(image(rows(matrix), vector)) <= bound**2 * square(vector)
    norm = float(np.linalg.norm(np.array(matrix.tolist(), dtype=float) / UNIT, 2))
    assert norm * (1 - 1e-9) <= float(bound) <= norm * 1.018 + 1e-6


def test_the_bound_of_the_norm_is_above_it_where_that_is_known() -> None:
    """For diagonal matrices, the zero matrix, and one whose powers are small."""
    assert _norm_bound(fmpz_mat(2, 2, [3 * UNIT, 0, 0, 2 * UNIT])) >= 3
    assert _norm_bound(fmpz_mat(2, 2)) == 0
    nilpotent = _norm_bound(fmpz_mat(2, 2, [0, 5 * UNIT, 0, 0]))
    assert 5 <= nilpotent <= 5 + Fraction(1, 1000)
    assert _norm_bound(fmpz_mat(1, 1, [1])) >= Fraction(1, UNIT)
    assert _norm_bound(fmpz_mat(1, 1, [-7])) >= Fraction(7, UNIT)


@given(st.integers(0, 10**40))
def test_roots_are_rounded_up(value: int) -> None:
    root = root_up(value)
    assert root * root >= value
    assert root == 0 or (root - 1) ** 2 < value


@given(st.data())
def test_the_box_holds_the_ellipsoid(data: st.DataObject) -> None:
    """Points of its surface at random, and those that are farthest along an axis."""
    shape = data.draw(ellipsoids())
    assume(shape._stretch is not None)
    size = len(shape.centre)
    inverse = np.linalg.inv(np.array(shape.shape.tolist(), dtype=float))
    farthest = [[*map(Fraction, row / np.linalg.norm(row) * (1 - 1e-9))] for row in inverse]
    for direction in (data.draw(directions(size)), *farthest):
        assert square(direction) <= 1
        offset = solved(rows(shape.shape), [shape.radius * x for x in direction])
        assert shape.box().contains([c + z for c, z in zip(shape.centre, offset, strict=True)])


@pytest.mark.parametrize("share", ["9/10", "1/2", "11/10", "1"])
def test_what_the_inverse_lacks_is_made_up_for(share: str) -> None:
    """With V = I and T = t I the box and the distance are at least those of the unit circle."""
    entry = int(UNIT * Fraction(share))
    shape = Ellipsoid(
        shape=fmpz_mat(2, 2, [UNIT, 0, 0, UNIT]),
        inverse=fmpz_mat(2, 2, [entry, 0, 0, entry]),
        centre=(Fraction(3), Fraction(-1)),
        radius=Fraction(1),
    )
    box = shape.box()
    assert box.contains((Fraction(2), Fraction(-2)))
    assert box.contains((Fraction(4), Fraction(0)))
    assert shape.distance(ball([3, -1], 1), Fraction(1)) >= 1
    assert shape.distance(ball([3, 0], 1), Fraction(1)) >= 2


@given(st.data())
def test_the_ball_lies_in_the_ellipsoid(data: st.DataObject) -> None:
    """Where the slack says so: |V (x - c)| <= R for points of the sphere."""
    shape = data.draw(ellipsoids())
    size = len(shape.centre)
    inner = ball([c + data.draw(SMALL) / 8 for c in shape.centre], data.draw(st.fractions(0, 1, max_denominator=64)))
    slack = shape.slack_around(inner)
    if slack is None:
        return
    x = [u + inner.radius * e for u, e in zip(inner.centre, data.draw(directions(size)), strict=True)]
    length = square(image(rows(shape.shape), [a - b for a, b in zip(x, shape.centre, strict=True)]))
    assert shape.radius - slack >= 0
    assert length <= (shape.radius - slack) ** 2


@given(st.data())
def test_lengths_and_distances_are_upper_bounds(data: st.DataObject) -> None:
    shape = data.draw(ellipsoids())
    size = len(shape.centre)
    low = [data.draw(SMALL) for _ in range(size)]
    high = [a + data.draw(st.sampled_from([Fraction(0), Fraction(1, 3)])) for a in low]
    z = [data.draw(st.sampled_from(ends)) for ends in zip(low, high, strict=True)]
    assert square(image(rows(shape.shape), z)) <= shape.length(Box.from_exact(low, high, ARB)) ** 2
    assume(shape._stretch is not None)
    length = data.draw(st.fractions(0, 2, max_denominator=64))
    offset = solved(rows(shape.shape), [length * e for e in data.draw(directions(size))])
    given_ball = ball([data.draw(SMALL) for _ in range(size)], 1)
    x = [c + w for c, w in zip(shape.centre, offset, strict=True)]
    gap = square([a - b for a, b in zip(x, given_ball.centre, strict=True)])
    assert gap <= shape.distance(given_ball, length) ** 2


@given(st.data())
def test_the_form_of_a_contraction_holds_that_of_each_slope_matrix(data: st.DataObject) -> None:
    """K^2 (V T)' (V T) - (V J T)' (V J T), in exact numbers."""
    shape = data.draw(ellipsoids())
    size = len(shape.centre)
    low = [data.draw(SMALL) for _ in range(size * size)]
    high = [a + data.draw(st.sampled_from([Fraction(0), Fraction(1, 5)])) for a in low]
    chosen = [data.draw(st.sampled_from(ends)) for ends in zip(low, high, strict=True)]
    slopes = [chosen[i * size : (i + 1) * size] for i in range(size)]
    rate = data.draw(st.fractions(0, 1, max_denominator=10))
    v, t = rows(shape.shape), rows(shape.inverse)
    unit, moved = product(v, t), product(v, product(slopes, t))
    expected = [
        [rate**2 * a - b for a, b in zip(*pair, strict=True)] for pair in zip(_gram(unit), _gram(moved), strict=True)
    ]
    assert holds(shape.contraction_form(Matrices.between(low, high, size), rate), expected)


def _gram(matrix: Rows) -> Rows:
    return product([list(column) for column in zip(*matrix, strict=True)], matrix)


def test_a_matrix_that_may_be_singular_has_no_ellipsoid() -> None:
    """V = 0, V singular, V regular with an inverse that is none, or just none."""

    def slack(shape: list[int], inverse: list[int]) -> Fraction | None:
        made = Ellipsoid(
            shape=fmpz_mat(2, 2, shape), inverse=fmpz_mat(2, 2, inverse), centre=(Fraction(0),) * 2, radius=Fraction(9)
        )
        return made.slack_around(ball([0, 0], 1))

    one = [UNIT, 0, 0, UNIT]
    assert slack(one, one) is not None
    assert slack(one, [UNIT + UNIT // 2, 0, 0, UNIT]) is not None
    assert slack([0] * 4, one) is None
    assert slack([UNIT, UNIT, 0, 0], one) is None
    assert slack(one, [0] * 4) is None
    assert slack(one, [2 * UNIT, 0, 0, UNIT]) is None
    assert slack(one, [-UNIT, 0, 0, -UNIT]) is None
