"""
Krawczyk's operator in integers: where the fixed points of f in a box can lie, that there is one, or at most one.

Let A enclose the slope matrices of the continuous f on a box U, so that f(x) - f(y) = S (x - y) with some S in A for all
x, y of U; let Y be any matrix, c the midpoint of a box X of U, and M >= |I - Y (I - S)| entry by entry for each S in A. Put
    K = c - Y (c - f(c)) + [-1, 1] M rad(X).

Lemma 1. Every fixed point of f in X lies in K.
Lemma 2. If K lies in X and Y is regular, then f has a fixed point in X.
Lemma 3. If M w < w for some w > 0, then f has at most one fixed point in U, each I - S is regular, so is Y, and
    sign det(I - S) = sign det Y.

Proof. Let F(x) = x - f(x), so that F(x) - F(y) = (I - S)(x - y). Then
    x - Y F(x) = c - Y F(c) + (I - Y (I - S)) (x - c)                                                             (*)
lies in K for every x in X. 1: F(x) = 0 makes the left side x. 2: by (*), the continuous map x -> x - Y F(x) sends X into
X; by Brouwer it has a fixed point, where Y F(x) = 0. 3: B = I - Y (I - S) has norm below 1 in the sup norm with weights w,
so that I - B = Y (I - S) is regular; two zeros x, y of F would give (I - S)(x - y) = 0. And det(I - t B) is not 0 for t in
[0, 1] and is 1 at t = 0, so that det Y det(I - S) > 0. If parameters are intervals, all this holds for each choice of them.

All this holds for every c in X, too, with rad(X) replaced by any r >= |x - c|: so c is a point near to the midpoint.

Y is an approximate inverse, from floating-point numbers: the lemmas ask nothing of it. The rest is exact: ends are rounded
outward to integers over 2^128, and the products of integer matrices are not rounded.

Source: R. Krawczyk, Computing 4 (1969) 187-201; A. Neumaier, Interval Methods for Systems of Equations, section 5.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import frexp, isfinite, ldexp
from operator import mul

from flint import arb_mat, ctx, fmpz_mat

from fpverify.kernel.backend import Backend, Ends
from fpverify.kernel.box import Box
from fpverify.kernel.decoration import Decoration
from fpverify.kernel.fixed import Fixed
from fpverify.kernel.network import Network

BITS = 128
"""Ends are integers over 2^BITS."""

_INVERSE_PRECISION = 128
_DOUBLED = 2.0 ** -(BITS + 1)

_INVERSE_BITS = 40
"""The largest entry of Y has about so many bits."""

Integers = list[int]
Rows = list[Integers]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """
    What the lemmas need of one box U.

    Fields:
        inverse: Y 2^bits.
        bits: at least 0.
        defect: M 2^(bits + BITS + 1).
    """

    inverse: Rows
    bits: int
    defect: Rows

    def contracts(self, weights: Sequence[Fraction]) -> bool:
        """Return whether M w < w, w being the weights rounded to positive integers over 2^BITS (Lemma 3)."""
        rounded = [ceil_scaled(weight) for weight in weights]
        (spread,) = _columns(self.defect, [rounded])
        return all(0 < w << (self.bits + BITS + 1) > bound for bound, w in zip(spread, rounded, strict=True))

    def index(self) -> int:
        """Return sign det Y."""
        determinant = fmpz_mat(self.inverse).det()
        return int(determinant > 0) - int(determinant < 0)

    def image(self, network: Network, box: Box) -> Box:
        """Return K for X = *box*. Error: outward, that of f(c) and about 2^-128 (|Y| + M)."""
        backend, centre = box.backend, _centre(box)
        value = network.enclose(centre)
        least = _floors(backend.add_down(centre.lo, backend.neg(value.hi)), backend)
        most = _ceilings(backend.add_up(centre.lo, backend.neg(value.lo)), backend)
        above, below = backend.add_up(box.hi, backend.neg(centre.lo)), backend.add_up(centre.lo, backend.neg(box.lo))
        reach = _ceilings(backend.maximum(above, below), backend)
        (step,) = _columns(self.inverse, [_sums(least, most)])
        (width,) = _columns(_sizes(self.inverse), [_differences(most, least)])
        (spread,) = _columns(self.defect, [reach])
        radius = [(w << BITS) + s for w, s in zip(width, spread, strict=True)]
        low = [(s << BITS) - r for s, r in zip(step, radius, strict=True)]
        high = [(s << BITS) + r for s, r in zip(step, radius, strict=True)]
        return centre - _box(low, high, self.bits + 2 * BITS + 1, backend)


def _centre(box: Box) -> Box:
    """Return a point of the box, near to its midpoint."""
    backend = box.backend
    half = backend.gather(backend.from_exact_up([Fraction(1, 2)]), [0] * box.shape[0])
    middle = backend.mul_down(backend.add_down(box.lo, box.hi), half)
    place = backend.maximum(box.lo, backend.minimum(middle, box.hi))
    return Box(lo=place, hi=place, shape=box.shape, backend=backend)


def operator(slopes: Box) -> Operator | None:
    """Return Y and M for the slope matrices of a box; None where f is not certainly continuous, or no Y was found."""
    if slopes.decoration < Decoration.DAC:
        return None
    size = slopes.shape[0]
    unit = [int(i == j) << BITS for i in range(size) for j in range(size)]
    low = _differences(unit, _ceilings(slopes.hi, slopes.backend))
    high = _differences(unit, _floors(slopes.lo, slopes.backend))
    doubled = _sums(low, high)
    found = _approximate_inverse(doubled, size)
    if found is None:
        return None
    inverse, bits = found
    middle = _columns(inverse, [doubled[j::size] for j in range(size)])
    spread = _differences(high, low)
    radius = _columns(_sizes(inverse), [spread[j::size] for j in range(size)])
    one = 1 << (bits + BITS + 1)
    defect = [[abs((one if i == j else 0) - middle[j][i]) + radius[j][i] for j in range(size)] for i in range(size)]
    return Operator(inverse=inverse, bits=bits, defect=defect)


def _approximate_inverse(doubled: Integers, size: int) -> tuple[Rows, int] | None:
    """Return about 2^bits times the inverse of the matrix, given over 2^(BITS + 1), and bits; None if there is none."""
    try:
        entries = [entry * _DOUBLED for entry in map(float, doubled)]
        with ctx.workprec(_INVERSE_PRECISION):
            inverse = [float(entry) for entry in arb_mat(size, size, entries).inv().entries()]
    except (OverflowError, ZeroDivisionError):
        return None
    if not all(map(isfinite, inverse)):
        return None
    bits = max(0, _INVERSE_BITS - frexp(max(map(abs, inverse)))[1])
    rounded = [int(ldexp(entry, bits)) for entry in inverse]
    return [rounded[i * size : (i + 1) * size] for i in range(size)], bits


def floor_scaled(value: Fraction) -> int:
    """Return the integer of value 2^BITS, rounded down."""
    return (value.numerator << BITS) // value.denominator


def ceil_scaled(value: Fraction) -> int:
    """Return the integer of value 2^BITS, rounded up."""
    return -((-value.numerator << BITS) // value.denominator)


def _floors(ends: Ends, backend: Backend) -> Integers:
    """Return the ends times 2^BITS, rounded down."""
    if isinstance(backend, Fixed):
        return backend.to_integers_down(ends, BITS)
    return [floor_scaled(value) for value in backend.to_exact(ends)]


def _ceilings(ends: Ends, backend: Backend) -> Integers:
    if isinstance(backend, Fixed):
        return backend.to_integers_up(ends, BITS)
    return [ceil_scaled(value) for value in backend.to_exact(ends)]


def _box(low: Integers, high: Integers, bits: int, backend: Backend) -> Box:
    """Return the least Box around the vector of the intervals [low, high], given over 2^bits."""
    if isinstance(backend, Fixed):
        ends = backend.from_integers_down(low, bits), backend.from_integers_up(high, bits)
        return Box(lo=ends[0], hi=ends[1], shape=(len(low),), backend=backend)
    one = 1 << bits
    return Box.from_exact([Fraction(n, one) for n in low], [Fraction(n, one) for n in high], backend)


def _sums(first: Integers, second: Integers) -> Integers:
    return [a + b for a, b in zip(first, second, strict=True)]


def _differences(first: Integers, second: Integers) -> Integers:
    return [a - b for a, b in zip(first, second, strict=True)]


def _columns(matrix: Rows, columns: Rows) -> Rows:
    """Return the columns of the product of the matrix with that of the given *columns*, exactly."""
    return [[sum(map(mul, row, column)) for row in matrix] for column in columns]


def _sizes(matrix: Rows) -> Rows:
    return [[abs(entry) for entry in row] for row in matrix]
