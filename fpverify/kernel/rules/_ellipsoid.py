"""The ellipsoid {x: |V (x - c)| <= R}: lengths, the box and the balls around it, and what contraction in it means."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import isqrt

from flint import fmpz_mat

from fpverify.kernel.box import Box
from fpverify.kernel.region import Ball, BoxRegion
from fpverify.kernel.rules._matrices import BITS, Matrices

_ONE = 1 << BITS
_HALF = BITS // 2
_SQUARINGS = 4


@dataclass(frozen=True, kw_only=True)
class Ellipsoid:
    """
    Fields:
        shape: V, as integers over 2^30.
        inverse: T, about V^-1, as integers over 2^30.
        centre: c.
        radius: R.
    """

    shape: fmpz_mat
    inverse: fmpz_mat
    centre: tuple[Fraction, ...]
    radius: Fraction

    @cached_property
    def _stretch(self) -> Fraction | None:
        """Return s = 1 / (1 - |I - V T|_F), rounded up; None if that norm is not certainly below 1."""
        size = len(self.centre)
        unit = fmpz_mat(size, size, [_ONE if i == j else 0 for i in range(size) for j in range(size)])
        defect = root_up(sum(int(g) ** 2 for g in (unit - self.shape * self.inverse).entries()))
        return Fraction(_ONE, _ONE - defect) if defect < _ONE else None

    def slack_around(self, ball: Ball) -> Fraction | None:
        """Return a lower bound of R - |V|_2 r - |V (u - c)|, r and u being those of the ball; None if V may be singular."""
        moved = [a - b for a, b in zip(ball.centre, self.centre, strict=True)]
        reach = _norm_bound(self.shape) * ball.radius + self._length(Matrices.between(moved, moved, 1))
        return self.radius - reach if self._stretch is not None else None

    def directions(self) -> Matrices:
        """Return T: each x of the ellipsoid is c + T y with |y| at most `reach`, as V^-1 = T (I - G)^-1."""
        return _exactly(self.inverse)

    def reach(self) -> Fraction:
        """Return R s."""
        assert self._stretch is not None
        return self.radius * self._stretch

    def box(self) -> BoxRegion:
        """Return a box around the ellipsoid: half-widths R s |T_i|."""
        scale = self.reach() / (1 << _HALF)
        half = [scale * root_up(sum(int(t) ** 2 for t in row)) for row in self.inverse.tolist()]
        low = tuple(c - h for c, h in zip(self.centre, half, strict=True))
        return BoxRegion(lo=low, hi=tuple(c + h for c, h in zip(self.centre, half, strict=True)))

    def contraction_form(self, slopes: Matrices, rate: Fraction) -> Matrices:
        """Return a set that holds K^2 (V T)' (V T) - (V J T)' (V J T) for each J of *slopes*."""
        shape, inverse, size = _exactly(self.shape), _exactly(self.inverse), len(self.centre)
        unit, moved = shape * inverse, shape * (slopes * inverse)
        square = Matrices.diagonal([rate * rate] * size, [rate * rate] * size)
        return square * (unit.transpose() * unit) - moved.transpose() * moved

    def length(self, vector: Box) -> Fraction:
        """Return an upper bound of |V z| for each z in the box *vector*."""
        return self._length(Matrices.between(vector.lower(), vector.upper(), 1))

    def _length(self, vector: Matrices) -> Fraction:
        moved = (_exactly(self.shape) * vector).magnitude()
        return Fraction(root_up(sum(int(entry) ** 2 for entry in moved.entries())), _ONE)

    def distance(self, ball: Ball, length: Fraction) -> Fraction:
        """Return an upper bound of |x - u|, u being the centre of the ball, for each x with |V (x - c)| <= *length*."""
        assert self._stretch is not None
        frobenius = Fraction(root_up(sum(int(t) ** 2 for t in self.inverse.entries())), 1 << _HALF)
        return _euclidean([a - b for a, b in zip(ball.centre, self.centre, strict=True)]) + frobenius * (
            self._stretch * length
        )


def _euclidean(vector: Sequence[Fraction]) -> Fraction:
    square = sum((x * x for x in vector), Fraction(0)) * (1 << 2 * BITS)
    return Fraction(root_up(-(-square.numerator // square.denominator)), _ONE)


def _norm_bound(matrix: fmpz_mat) -> Fraction:
    """Return an upper bound of |V|_2, V = matrix / 2^30: (V' V)^16 has at least the norm |V|_2^32, and at most its |.|_F."""
    power = matrix.transpose() * matrix
    for _ in range(_SQUARINGS):
        power *= power
    bound = sum(int(entry) ** 2 for entry in power.entries())
    for _ in range(_SQUARINGS + 2):
        bound = root_up(bound)
    return Fraction(bound, 1 << _HALF)


def _exactly(matrix: fmpz_mat) -> Matrices:
    """Return a matrix over 2^30 as the one element of a set."""
    return Matrices(matrix * (1 << _HALF), fmpz_mat(matrix.nrows(), matrix.ncols()))


def root_up(square: int) -> int:
    """Return the least integer whose square is not below *square*."""
    root = isqrt(square)
    return root if root * root == square else root + 1
