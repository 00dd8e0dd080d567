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

Y is an approximate inverse, computed in floating point: the lemmas ask nothing of it. The rest is exact: ends are rounded
outward to integers over 2^128, and the products of integer matrices are not rounded.

Source: R. Krawczyk, Computing 4 (1969) 187-201; A. Neumaier, Interval Methods for Systems of Equations, section 5.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import frexp, isfinite

from flint import fmpz_mat

from fpverify.kernel.backend import Backend
from fpverify.kernel.box import Box
from fpverify.kernel.decoration import Decoration
from fpverify.kernel.network import Network

BITS = 128
"""Ends are integers over 2^BITS."""

_INVERSE_BITS = 40
"""The largest entry of Y has about so many bits."""

Vector = tuple[Fraction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """
    What the lemmas need of one box U.

    Fields:
        inverse: Y 2^bits.
        bits: at least 0.
        defect: M 2^(bits + BITS + 1).
    """

    inverse: fmpz_mat
    bits: int
    defect: fmpz_mat

    def contracts(self, weights: Vector) -> bool:
        """Return whether M w < w, w being the weights rounded to positive integers over 2^BITS (Lemma 3)."""
        rounded = [ceil_scaled(weight) for weight in weights]
        spread = _entries(self.defect * _column(rounded))
        return all(0 < w << self._scale > bound for bound, w in zip(spread, rounded, strict=True))

    def index(self) -> int:
        """Return sign det Y."""
        determinant = self.inverse.det()
        return int(determinant > 0) - int(determinant < 0)

    def image(self, network: Network, low: Vector, high: Vector, backend: Backend) -> tuple[Vector, Vector]:
        """Return the ends of K for X = [low, high]. Error: outward, that of f(c) and about 2^-128 (|Y| + M)."""
        centre = tuple((a + b) / 2 for a, b in zip(low, high, strict=True))
        value = network.enclose(Box.point(centre, backend))
        least = [floor_scaled(c - b) for c, b in zip(centre, value.upper(), strict=True)]
        most = [ceil_scaled(c - a) for c, a in zip(centre, value.lower(), strict=True)]
        radius = [ceil_scaled((b - a) / 2) for a, b in zip(low, high, strict=True)]
        step = _entries(self.inverse * _column(_sums(least, most)))
        width = _entries(absolute(self.inverse) * _column(_differences(most, least)))
        spread = _entries(self.defect * _column(radius))
        unit, finer = Fraction(1, 1 << self._scale), Fraction(1, 1 << (self._scale + BITS))
        reach = [w * unit + s * finer for w, s in zip(width, spread, strict=True)]
        middle = [c - s * unit for c, s in zip(centre, step, strict=True)]
        return tuple(map(Fraction.__sub__, middle, reach)), tuple(map(Fraction.__add__, middle, reach))

    @property
    def _scale(self) -> int:
        return self.bits + BITS + 1


def operator(slopes: Box) -> Operator | None:
    """Return Y and M for the slope matrices of a box; None where f is not certainly continuous, or no Y was found."""
    size = slopes.shape[0]
    unit = [Fraction(int(i == j)) for i in range(size) for j in range(size)]
    low = [floor_scaled(u - b) for u, b in zip(unit, slopes.upper(), strict=True)]
    high = [ceil_scaled(u - a) for u, a in zip(unit, slopes.lower(), strict=True)]
    found = _approximate_inverse(_sums(low, high), size) if slopes.decoration >= Decoration.DAC else None
    if found is None:
        return None
    inverse, bits = found
    middle = _entries(inverse * fmpz_mat(size, size, _sums(low, high)))
    radius = _entries(absolute(inverse) * fmpz_mat(size, size, _differences(high, low)))
    identity = [int(u) << (bits + BITS + 1) for u in unit]
    defect = [abs(one - m) + r for one, m, r in zip(identity, middle, radius, strict=True)]
    return Operator(inverse=inverse, bits=bits, defect=fmpz_mat(size, size, defect))


def _approximate_inverse(doubled: Sequence[int], size: int) -> tuple[fmpz_mat, int] | None:
    """Return about 2^bits times the inverse of the matrix, given over 2^(BITS + 1), and bits; None if there is none."""
    try:
        entries = [entry / (1 << (BITS + 1)) for entry in doubled]
        inverse = _inverted([entries[i * size : (i + 1) * size] for i in range(size)])
    except (OverflowError, ZeroDivisionError):
        return None
    if not all(isfinite(entry) for entry in inverse):
        return None
    bits = max(0, _INVERSE_BITS - frexp(max(abs(entry) for entry in inverse))[1])
    return fmpz_mat(size, size, [int(Fraction(entry) * (1 << bits)) for entry in inverse]), bits


def _inverted(rows: list[list[float]]) -> list[float]:
    """Invert by elimination in floating point: nothing rests on the result."""
    size = len(rows)
    work = [[*row, *(float(i == j) for j in range(size))] for i, row in enumerate(rows)]
    for k in range(size):
        best = max(range(k, size), key=lambda i: abs(work[i][k]))
        work[k], work[best] = work[best], work[k]
        work[k] = [entry / work[k][k] for entry in work[k]]
        for i in range(size):
            factor = work[i][k]
            if i != k and factor:
                work[i] = [x - factor * y for x, y in zip(work[i], work[k], strict=True)]
    return [entry for row in work for entry in row[size:]]


def floor_scaled(value: Fraction) -> int:
    """Return the integer of value 2^BITS, rounded down."""
    return (value.numerator << BITS) // value.denominator


def ceil_scaled(value: Fraction) -> int:
    """Return the integer of value 2^BITS, rounded up."""
    return -((-value.numerator << BITS) // value.denominator)


def _sums(first: Sequence[int], second: Sequence[int]) -> list[int]:
    return [a + b for a, b in zip(first, second, strict=True)]


def _differences(first: Sequence[int], second: Sequence[int]) -> list[int]:
    return [a - b for a, b in zip(first, second, strict=True)]


def _column(values: Sequence[int]) -> fmpz_mat:
    return fmpz_mat(len(values), 1, list(values))


def absolute(matrix: fmpz_mat) -> fmpz_mat:
    """Return |matrix|, entry by entry."""
    return fmpz_mat(matrix.nrows(), matrix.ncols(), [abs(entry) for entry in matrix.entries()])


def _entries(matrix: fmpz_mat) -> list[int]:
    return [int(entry) for entry in matrix.entries()]
