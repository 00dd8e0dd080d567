"""Matrices in integers: every operation holds what it should, and a factor shows that a matrix is positive definite."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest
from flint import fmpz_mat
from hypothesis import given
from hypothesis import strategies as st

from fpverify.kernel.errors import FormatError
from fpverify.kernel.rules._matrices import BITS, Matrices, is_definite, upper_triangle
from tests.rules.factors import UNIT, factor

ENTRIES = st.fractions(-3, 3, max_denominator=1000)
WIDTHS = st.sampled_from([Fraction(0), Fraction(0), Fraction(1, 10**30), Fraction(1, 7), Fraction(2)])
PLACES = st.fractions(0, 1, max_denominator=16)
Rows = list[list[Fraction]]


@st.composite
def sets(draw: st.DrawFn, rows: int, columns: int) -> tuple[Matrices, Rows]:
    """Return a set of matrices, and one of them."""
    low = [draw(ENTRIES) for _ in range(rows * columns)]
    high = [a + draw(WIDTHS) for a in low]
    member = [a + (b - a) * draw(PLACES) for a, b in zip(low, high, strict=True)]
    return Matrices.between(low, high, columns), [member[i * columns : (i + 1) * columns] for i in range(rows)]


def holds(matrices: Matrices, member: Rows) -> bool:
    """Decide exactly whether a matrix lies in the set."""
    shape = (len(member), len(member[0]))
    assert (
        (matrices.middle.nrows(), matrices.middle.ncols())
        == shape
        == (
            matrices.radius.nrows(),
            matrices.radius.ncols(),
        )
    )
    places = [(i, j) for i in range(shape[0]) for j in range(shape[1])]
    return all(
        abs(member[i][j] * 2**BITS - int(matrices.middle[i, j])) <= int(matrices.radius[i, j]) for i, j in places
    )


def product(one: Rows, other: Rows) -> Rows:
    columns = [*zip(*other, strict=True)]
    return [[sum((a * b for a, b in zip(row, c, strict=True)), Fraction(0)) for c in columns] for row in one]


def minors(matrix: Rows) -> list[Fraction]:
    """Return the leading principal minors."""
    return [determinant([row[:k] for row in matrix[:k]]) for k in range(1, len(matrix) + 1)]


def determinant(matrix: Sequence[Sequence[Fraction]]) -> Fraction:
    rows, value = [list(row) for row in matrix], Fraction(1)
    for i in range(len(rows)):
        pivot = next((k for k in range(i, len(rows)) if rows[k][i]), None)
        if pivot is None:
            return Fraction(0)
        value *= rows[pivot][i] * (1 if pivot == i else -1)
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for k in range(i + 1, len(rows)):
            share = rows[k][i] / rows[i][i]
            rows[k] = [a - share * b for a, b in zip(rows[k], rows[i], strict=True)]
    return value


# ------------------------------------------------------------------ sets


@given(st.data(), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
def test_operations_hold_the_results_for_their_members(data: st.DataObject, n: int, m: int, k: int) -> None:
    """Sum, difference, product and transpose, in exact numbers."""
    (one, a), (same, b), (other, c) = data.draw(sets(n, m)), data.draw(sets(n, m)), data.draw(sets(m, k))
    assert holds(one, a)
    assert holds(one + same, [[x + y for x, y in zip(*rows, strict=True)] for rows in zip(a, b, strict=True)])
    assert holds(one - same, [[x - y for x, y in zip(*rows, strict=True)] for rows in zip(a, b, strict=True)])
    assert holds(one * other, product(a, c))
    assert holds(one.transpose(), [list(column) for column in zip(*a, strict=True)])
    assert holds((one * other).transpose() * same, product([list(r) for r in zip(*product(a, c), strict=True)], b))


@given(st.data(), st.integers(1, 3), st.integers(1, 3))
def test_a_magnitude_is_a_bound_of_each_member(data: st.DataObject, n: int, m: int) -> None:
    matrices, member = data.draw(sets(n, m))
    bounds = matrices.magnitude()
    assert all(abs(member[i][j]) * 2**BITS <= int(bounds[i, j]) for i in range(n) for j in range(m))


@given(st.lists(st.tuples(ENTRIES, WIDTHS, PLACES), min_size=1, max_size=4))
def test_a_diagonal_set_holds_its_matrices(given_entries: list[tuple[Fraction, Fraction, Fraction]]) -> None:
    low, high = [a for a, _, _ in given_entries], [a + w for a, w, _ in given_entries]
    diagonal = [a + w * t for a, w, t in given_entries]
    size = len(low)
    member = [[diagonal[i] if i == j else Fraction(0) for j in range(size)] for i in range(size)]
    found = Matrices.diagonal(low, high)
    assert found.size == size
    assert holds(found, member)
    assert all(int(found.magnitude()[i, j]) == 0 for i in range(size) for j in range(size) if i != j)


@given(st.data())
def test_a_placed_matrix_is_a_block(data: st.DataObject) -> None:
    """With zeros around it, and as wide as it was."""
    matrices, member = data.draw(sets(2, 3))
    placed = matrices.placed((1, 2), (1, 2, 3))
    nothing = [[Fraction(0)] * 6]
    assert holds(placed, nothing + [[*nothing[0][:3], *row] for row in member] + nothing * 3)
    assert sum(map(int, placed.radius.entries())) == sum(map(int, matrices.radius.entries()))


def test_a_product_of_exact_matrices_is_known_to_its_last_places() -> None:
    """The sets are no wider than rounding makes them: 1/3 is known to one unit, its square to three."""
    third = Matrices.between([Fraction(1, 3)], [Fraction(1, 3)], 1)
    assert int(third.radius[0, 0]) == 1
    assert int((third * third).radius[0, 0]) <= 3
    half = Matrices.between([Fraction(1, 2)], [Fraction(1, 2)], 1)
    assert (int(half.radius[0, 0]), int((half * half).radius[0, 0])) == (0, 1)


@given(st.data())
def test_a_member_outside_is_seen(data: st.DataObject) -> None:
    """The test `holds` fails for what lies outside by one unit in 2^60."""
    matrices, _ = data.draw(sets(2, 2))
    far = [
        [Fraction(int(matrices.middle[i, j]) + int(matrices.radius[i, j]) + (i == j == 0), 2**BITS) for j in range(2)]
        for i in range(2)
    ]
    assert not holds(matrices, far)


# ------------------------------------------------------------------ positive definiteness


@st.composite
def symmetric(draw: st.DrawFn, size: int, radius: Any) -> tuple[Matrices, Rows]:
    """Return a set of symmetric matrices around a random one, often near to a singular one, and one of them."""
    parts = [[draw(st.integers(-4, 4)) for _ in range(size)] for _ in range(draw(st.integers(1, size)))]
    shift = draw(st.sampled_from([Fraction(0), Fraction(1, 2**20), Fraction(-1, 2**20), Fraction(1), Fraction(-1)]))
    middle = [[Fraction(sum(v[i] * v[j] for v in parts)) + shift * (i == j) for j in range(size)] for i in range(size)]
    width = draw(radius)
    moves = {(i, j): width * draw(st.sampled_from([-1, 0, 1])) for i in range(size) for j in range(i, size)}
    member = [[middle[i][j] + moves[min(i, j), max(i, j)] for j in range(size)] for i in range(size)]
    flat = [entry for row in middle for entry in row]
    return Matrices.between([x - width for x in flat], [x + width for x in flat], size), member


FACTOR_ENTRIES = st.one_of(st.integers(-4, 4).map(lambda n: n * UNIT), st.integers(-(2**40), 2**40))


@given(st.data(), st.integers(1, 4))
def test_what_is_shown_has_positive_minors(data: st.DataObject, size: int) -> None:
    """Whatever the factor: an exact decision by minors agrees, for the middle and for members at the border."""
    radii = st.sampled_from([Fraction(0), Fraction(1, 2**22), Fraction(1, 3)])
    matrices, member = data.draw(symmetric(size, radii))
    words = " ".join(str(data.draw(FACTOR_ENTRIES)) for _ in range(size * (size + 1) // 2))
    text = data.draw(st.sampled_from([factor(matrices), factor(matrices, 0.9), words]))
    if is_definite(matrices, upper_triangle(text, size)):
        assert all(minor > 0 for minor in minors(member))


@given(st.data(), st.integers(1, 4))
def test_definite_matrices_are_shown_by_the_factor_of_floats(data: st.DataObject, size: int) -> None:
    """So that the property above is not empty: where the least eigenvalue is not tiny, it works."""
    matrices, member = data.draw(symmetric(size, st.just(Fraction(0))))
    positive = all(
        minor > 0
        for minor in minors([[x - Fraction(i == j, 2) for j, x in enumerate(row)] for i, row in enumerate(member)])
    )
    shown = is_definite(matrices, upper_triangle(factor(matrices), size))
    assert shown or not positive
    assert not shown or all(minor > 0 for minor in minors(member))


@pytest.mark.parametrize(
    "rows",
    [
        [[0]],
        [[1, 1], [1, 1]],
        [[1, 0], [0, 0]],
        [[4, 2, 0], [2, 1, 0], [0, 0, 1]],
        [[1, 2, 3], [2, 4, 6], [3, 6, 9]],
        [[0, 0], [0, 0]],
    ],
    ids=str,
)
@given(st.data())
def test_a_matrix_that_is_only_semidefinite_is_never_shown(rows: list[list[int]], data: st.DataObject) -> None:
    """Not by its exact factor, and not by any other one."""
    size = len(rows)
    flat = [Fraction(entry) for row in rows for entry in row]
    matrices = Matrices.between(flat, flat, size)
    entries = [data.draw(FACTOR_ENTRIES) for _ in range(size * (size + 1) // 2)]
    for text in (factor(matrices), " ".join(map(str, entries))):
        assert not is_definite(matrices, upper_triangle(text, size))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([[1, 1], [1, 1]], [UNIT, UNIT, 0]),
        ([[1, 2], [2, 4]], [UNIT, 2 * UNIT, 0]),
        ([[1, 0], [0, 0]], [UNIT, 0, 0]),
        ([[0]], [0]),
    ],
)
def test_the_exact_factor_of_a_semidefinite_matrix_shows_nothing(rows: list[list[int]], words: list[int]) -> None:
    """There E = 0, which is not strictly dominant."""
    flat = [Fraction(entry) for row in rows for entry in row]
    given_factor = upper_triangle(" ".join(map(str, words)), len(rows))
    assert not is_definite(Matrices.between(flat, flat, len(rows)), given_factor)


def test_dominance_is_strict_and_counts_the_radius() -> None:
    """With the factor 0 the matrix itself has to be dominant: by its diagonal less its radii, row by row."""
    nothing = upper_triangle("0 0 0", 2)

    def decide(entries: list[int], radius: int) -> bool:
        return is_definite(Matrices(fmpz_mat(2, 2, entries), fmpz_mat(2, 2, [radius] * 4)), nothing)

    assert decide([5, 2, 2, 5], 1)
    assert decide([5, -2, -2, 5], 1)
    assert not decide([4, 2, 2, 5], 1)
    assert not decide([5, 2, 2, 4], 1)
    assert not decide([5, 5, 5, 5], 0)
    assert not decide([5, 3, 3, 5], 1)
    assert not decide([-5, 0, 0, -5], 0)
    assert not decide([5, 0, 0, 1], 1)
    assert decide([3, 0, 0, 3], 1)
    assert not decide([2, 0, 0, 2], 1)


def test_a_triangle_is_read_row_by_row_from_the_diagonal_on() -> None:
    assert upper_triangle("1 -2 3 4 5 -6", 3) == fmpz_mat([[1, -2, 3], [0, 4, 5], [0, 0, -6]])


@pytest.mark.parametrize(
    "text",
    [
        *(None, 7, ["1", "2", "3"], "", " ", "1 2", "1 2 3 4", "1  2", " 1 2 3", "1 2 3 ", "1 2 x", "1 2 3.0"),
        *("1 2 --3", "1 2 -", "1 2 +3", "1 2 1e3", "1 2 1_0", "1 2 0x3", "1 2 \u0663", "1 2 " + "9" * 41, "1 2 nan"),
        *("1\n2 3", "1 2\t3"),
    ],
    ids=repr,
)
def test_a_malformed_triangle_is_an_error_of_the_format(text: object) -> None:
    with pytest.raises(FormatError):
        upper_triangle(text, 2)
