"""
What an enclosure must satisfy, as functions that raise AssertionError.

They take the backend and the function under test as arguments, so that `test_sabotage` can show that they fail on broken
ones. A violation of soundness is one that is proved: an exact comparison of rationals, or a ball of the oracle that lies
wholly outside. Reading an end as a Fraction fails for NaN and infinities, so finiteness is checked before containment.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations, pairwise

from fpverify.kernel.activations import Function
from fpverify.kernel.activations._shapes import Shape
from fpverify.kernel.backend import Backend, Ends, Formula
from fpverify.kernel.box import Box
from fpverify.kernel.decoration import Decoration
from fpverify.kernel.errors import NotRationalError
from fpverify.kernel.norm import Norm, OneNorm, SupNorm, TwoNorm
from fpverify.kernel.rational import Rational
from tests import oracles
from tests.strategies import Interval, box

Places = Sequence[Fraction]
"""Numbers in [0, 1]: where in each interval to look."""


# ------------------------------------------------------------------ activations


def values_are_contained(function: Function, backend: Backend, entries: Sequence[Interval], places: Places) -> None:
    """Each interval's range holds g(x) for the points x of the interval at *places* and for its ends."""
    _points_are_contained(function.formula, function.values, backend, entries, places)


def slopes_are_contained(function: Function, backend: Backend, entries: Sequence[Interval], places: Places) -> None:
    """Each interval's slopes hold g'(x), and (g(x) - g(y)) / (x - y), for points x, y of the interval."""
    if not function.continuous:
        entries = [(low, high) for low, high in entries if not low <= 0 <= high]
    _points_are_contained(function.slope, function.slopes, backend, entries, places)
    for (low, high), (bottom, top) in zip(entries, ranges(function.slopes, backend, entries), strict=True):
        for x, y in pairwise(_points(low, high, places)):
            ball = oracles.secant(function.formula, x, y)
            assert not oracles.is_outside(ball, bottom, top), (
                f"secant from {x} to {y}: {ball}, not in [{bottom}, {top}]"
            )


def _points_are_contained(
    formula: Formula, shape: Shape, backend: Backend, entries: Sequence[Interval], places: Places
) -> None:
    for (low, high), (bottom, top) in zip(entries, ranges(shape, backend, entries), strict=True):
        for x in _points(low, high, places):
            ball = oracles.point(formula, x)
            assert not oracles.is_outside(ball, bottom, top), f"at {x}: {ball}, not in [{bottom}, {top}]"


def grows_with_its_argument(shape: Shape, backend: Backend, entries: Sequence[Interval], places: Places) -> None:
    """
    The range over a part of an interval lies in the range over the interval.

    Up to the last bits, since ends that nearly agree are rounded one by one; exactly, in exact arithmetic.
    """
    parts = [_part(entry, min(places), max(places)) for entry in entries]
    for inner, outer in zip(ranges(shape, backend, parts), ranges(shape, backend, entries), strict=True):
        slack = _rounding(backend, *inner, *outer)
        assert outer[0] - slack <= inner[0], f"{inner} is not in {outer}"
        assert inner[1] <= outer[1] + slack, f"{inner} is not in {outer}"


def precisions_overlap(shape: Shape, backends: Iterable[Backend], entries: Sequence[Interval]) -> None:
    """The ranges at all precisions meet, since each holds the true range."""
    results = [ranges(shape, backend, entries) for backend in backends]
    for mine, theirs in combinations(results, 2):
        for (a, b), (c, d) in zip(mine, theirs, strict=True):
            assert a <= d, f"[{a}, {b}] and [{c}, {d}] do not meet"
            assert c <= b, f"[{a}, {b}] and [{c}, {d}] do not meet"


def agrees_with_exact(shape: Shape, backend: Backend, entries: Sequence[Interval]) -> bool:
    """The range holds the exact one and differs by rounding only; returns whether exact arithmetic knows the function."""
    try:
        truth = ranges(shape, Rational(), entries)
    except NotRationalError:
        return False
    for exact, rounded in zip(truth, ranges(shape, backend, entries), strict=True):
        slack = _rounding(backend, *exact)
        assert rounded[0] <= exact[0] + _LOCATED, f"{rounded} does not hold {exact}"
        assert exact[1] - _LOCATED <= rounded[1], f"{rounded} does not hold {exact}"
        assert rounded[0] >= exact[0] - slack, f"{rounded} is wider than {exact}"
        assert rounded[1] <= exact[1] + slack, f"{rounded} is wider than {exact}"
    return True


def ends_are_attained(
    formula: Formula, shape: Shape, backend: Backend, entry: Interval, turns: Sequence[Fraction], floor: Fraction
) -> None:
    """
    The range over *entry* ends where the function does, up to 28 bits of the precision: relative 2^-100 at 128 bits.

    Args:
        turns: approximations of all points in the interval at which the function turns.
        floor: sizes below it count as it does, where the formula subtracts numbers of that size.
    """
    ((bottom, top),) = ranges(shape, backend, [entry])
    balls = [oracles.point(formula, x) for x in (*entry, *turns)]
    sizes = [max(oracles.size(ball), floor) / 2 ** (backend.precision - 28) + _UNDERFLOW for ball in balls]
    assert any(not oracles.is_above(top - slack, ball) for ball, slack in zip(balls, sizes, strict=True)), (
        f"over [{entry[0]}, {entry[1]}] the upper end {float(top)} is not attained"
    )
    assert any(not oracles.is_above(-bottom - slack, -ball) for ball, slack in zip(balls, sizes, strict=True)), (
        f"over [{entry[0]}, {entry[1]}] the lower end {float(bottom)} is not attained"
    )


def bounds_hold_everywhere(formula: Formula, shape: Shape, places: Iterable[Fraction]) -> None:
    """The bounds over all of R, if there are any, hold at the given points."""
    span = shape.everywhere()
    if span is None:
        return
    for x in places:
        ball = oracles.point(formula, x)
        assert not oracles.is_outside(ball, *span), f"at {x}: {ball}, not in [{span[0]}, {span[1]}]"


def jumps_are_told(function: Function, backend: Backend, entry: Interval, *, holds_jump: bool) -> None:
    """The decorations of values and slopes fall to DEF where the interval holds a jump, and only there."""
    expected = Decoration.DEF if holds_jump else Decoration.COM
    for shape in (function.values, function.slopes):
        found = shape.range(box([entry], backend)).decoration
        assert found is expected, f"over {entry}: {found.name} where {expected.name} is true"


# ------------------------------------------------------------------ arithmetic


def primitives_are_directed(backend: Backend, a: Sequence[Fraction], b: Sequence[Fraction]) -> None:
    """Every `_up` is at least the true value and every `_down` at most; what is called exact is exact."""
    x, y = backend.from_exact_up(a), backend.from_exact_up(b)
    p, q = backend.to_exact(x), backend.to_exact(y)
    size, pairs = len(a), list(zip(p, q, strict=True))
    _between(backend, backend.from_exact_down(a), list(a), x)
    _between(backend, backend.add_down(x, y), [u + v for u, v in pairs], backend.add_up(x, y))
    _between(backend, backend.mul_down(x, y), [u * v for u, v in pairs], backend.mul_up(x, y))
    _between(backend, backend.sum_down(x, size), [sum(p)], backend.sum_up(x, size))
    divisors = backend.maximum(y, backend.from_exact_up([Fraction(1, 3)] * size))
    quotients = [u / v for u, v in zip(p, backend.to_exact(divisors), strict=True)]
    _between(backend, backend.neg(backend.div_up(backend.neg(x), divisors)), quotients, backend.div_up(x, divisors))
    below = [u <= v for u, v in pairs]
    assert list(backend.less_equal(x, y)) == below, "less_equal must be decided exactly"
    exactly = {
        "neg": (backend.neg(x), [-u for u in p]),
        "maximum": (backend.maximum(x, y), [max(pair) for pair in pairs]),
        "minimum": (backend.minimum(x, y), [min(pair) for pair in pairs]),
        "floor": (backend.floor(x), [Fraction(u.__floor__()) for u in p]),
        "select": (backend.select(below, x, y), [min(pair) for pair in pairs]),
        "gather": (backend.gather(x, [size - 1, 0, 0]), [p[-1], p[0], p[0]]),
        "concatenate": (backend.concatenate([x, y]), [*p, *q]),
    }
    for name, (found, truth) in exactly.items():
        assert list(backend.to_exact(found)) == truth, f"{name} must be exact"
    assert backend.length(x) == size, "length counts the entries"


def _between(backend: Backend, down: Ends, truth: Sequence[Fraction], up: Ends) -> None:
    for low, value, high in zip(backend.to_exact(down), truth, backend.to_exact(up), strict=True):
        assert low <= value <= high, f"{value} is not in [{low}, {high}]"


def arithmetic_is_contained(backend: Backend, a: Sequence[Interval], b: Sequence[Interval], places: Places) -> None:
    """Sums, products and so on of boxes hold those of their points; *a* and *b* are of one length."""
    x, y = box(a, backend), box(b, backend)
    _holds(x, [low for low, _ in a])
    _holds(x, [high for _, high in a])
    for s in places:
        for t in places:
            u, v = [_at(entry, s) for entry in a], [_at(entry, t) for entry in b]
            pairs = list(zip(u, v, strict=True))
            _holds(-x, [-p for p in u])
            _holds(x + y, [p + q for p, q in pairs])
            _holds(x - y, [p - q for p, q in pairs])
            _holds(x * y, [p * q for p, q in pairs])
            _holds(x.hull(y), u)
            _holds(x.hull(y), v)
            _holds(x.widen(y.magnitude()), [p + q for p, q in pairs])
            _holds(x.widen(y.magnitude()), [p - q for p, q in pairs])
            sizes = x.magnitude().upper()
            assert all(abs(p) <= size for p, size in zip(u, sizes, strict=True)), f"{u} is larger than {sizes}"


def linear_algebra_is_contained(
    backend: Backend, a: Sequence[Interval], b: Sequence[Interval], rows: int, places: Places
) -> None:
    """Matrix products hold those of their points; *a* is read as a matrix with *rows* rows, *b* as its transpose's shape."""
    width = len(a) // rows
    left, right = box(a, backend, (rows, width)), box(b, backend, (width, rows))
    first_column = right.transpose().row(0)
    for s in places:
        for t in places:
            u, v = [_at(entry, s) for entry in a], [_at(entry, t) for entry in b]
            product = [
                sum(u[i * width + k] * v[k * rows + j] for k in range(width)) for i in range(rows) for j in range(rows)
            ]
            _holds(left.matrix_product(right), product)
            _holds(first_column.affine_image(left), product[::rows])
            _holds(left.row_sums(), [sum(u[i * width : (i + 1) * width]) for i in range(rows)])
            scaled = [u[i * width + k] * v[i] for i in range(rows) for k in range(width)]
            _holds(left.scale_rows(box(b[:rows], backend)), scaled)


def sharp_points(backend: Backend) -> list[Interval]:
    """Return points that *backend* represents, and whose sums and products it must round: none is hidden by another."""
    bits = backend.precision or 64
    last = Fraction(1, 2 ** (bits - 4))
    values = (1 + last, 1 - last, Fraction(3, 4**bits), -1 - 3 * last)
    return [(value, value) for value in values]


# ------------------------------------------------------------------ norms


def no_false_bound_is_shown(
    norm: Norm, backend: Backend, entries: Sequence[Interval], bound: Fraction, places: Places
) -> None:
    """Where the norm shows that all matrices have norm at most *bound*, each of them has, exactly."""
    size = norm.dimension
    slack = norm.operator_slack(box(entries, backend, (size, size)), bound)
    if slack is None:
        return
    assert slack >= 0, f"negative slack {slack}"
    for t in (Fraction(0), Fraction(1), *places):
        matrix = [_at(entry, t) for entry in entries]
        assert has_norm_at_most(norm, matrix, bound - slack), f"{norm} of {matrix} exceeds {bound} - {slack}"


def has_norm_at_most(norm: Norm, matrix: Sequence[Fraction], bound: Fraction) -> bool:
    """Decide exactly whether the operator norm of *matrix* is at most *bound*."""
    w, size = norm.weights, norm.dimension
    scaled = {(i, j): matrix[i * size + j] * w[j] / w[i] for i in range(size) for j in range(size)}
    if isinstance(norm, SupNorm):
        return max(sum(abs(scaled[i, j]) for j in range(size)) for i in range(size)) <= bound
    if isinstance(norm, OneNorm):
        by_column = {(i, j): matrix[i * size + j] * w[i] / w[j] for i in range(size) for j in range(size)}
        return max(sum(abs(by_column[i, j]) for i in range(size)) for j in range(size)) <= bound
    assert isinstance(norm, TwoNorm), f"no oracle for {norm}"
    gram = [[sum(scaled[k, i] * scaled[k, j] for k in range(size)) for j in range(size)] for i in range(size)]
    rest = [[(bound * bound if i == j else 0) - gram[i][j] for j in range(size)] for i in range(size)]
    return bound >= 0 and is_positive_semidefinite(rest)


def is_positive_semidefinite(matrix: Sequence[Sequence[Fraction]]) -> bool:
    """Decide by all principal minors (Sylvester's criterion for the semidefinite case)."""
    size = len(matrix)
    subsets = (rows for k in range(1, size + 1) for rows in combinations(range(size), k))
    return all(_determinant([[matrix[i][j] for j in rows] for i in rows]) >= 0 for rows in subsets)


# ------------------------------------------------------------------ internals

_LOCATED = Fraction(1, 2**200)
"""Room for critical values at irrational places, which exact arithmetic, too, knows to some 220 bits only."""

_UNDERFLOW = Fraction(1, 2**8190)
"""Ends nearer to 0 are rounded outward by Arb."""


def ranges(shape: Shape, backend: Backend, entries: Sequence[Interval]) -> list[Interval]:
    """Return the exact ends of the range over each interval."""
    result = shape.range(box(entries, backend))
    return list(zip(result.lower(), result.upper(), strict=True))


def _at(entry: Interval, place: Fraction) -> Fraction:
    return entry[0] + place * (entry[1] - entry[0])


def _part(entry: Interval, first: Fraction, last: Fraction) -> Interval:
    return _at(entry, first), _at(entry, last)


def _points(low: Fraction, high: Fraction, places: Places) -> list[Fraction]:
    return sorted({low, high, *(_at((low, high), place) for place in places)})


def _rounding(backend: Backend, *numbers: Fraction) -> Fraction:
    """Return some units in the last place of the largest number (or of 1); 0 in exact arithmetic."""
    return max(1, *map(abs, numbers)) * Fraction(2**12, 2**backend.precision) if backend.precision else Fraction(0)


def _holds(enclosure: Box, values: Sequence[Fraction]) -> None:
    for low, value, high in zip(enclosure.lower(), values, enclosure.upper(), strict=True):
        assert low <= value <= high, f"{value} is not in [{low}, {high}]"


def _determinant(matrix: list[list[Fraction]]) -> Fraction:
    if len(matrix) == 1:
        return matrix[0][0]
    minors = (_determinant([row[:j] + row[j + 1 :] for row in matrix[1:]]) for j in range(len(matrix)))
    return sum(((-1) ** j * matrix[0][j] * minor for j, minor in enumerate(minors)), Fraction(0))
