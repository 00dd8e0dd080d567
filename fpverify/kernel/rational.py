"""
The exact backend: end points are rationals and nothing is rounded.

It serves polynomials and piecewise rational functions, where it proves inequalities that touch (such as |f'| <= 19/20
with equality at an end point), which outward rounding never can. Numbers grow with the depth of the computation: it is
for small networks and few steps.
"""

from fractions import Fraction
from typing import Any, Never

from flint import fmpq

from fpverify.kernel.backend import Formula
from fpverify.kernel.errors import NotFiniteError, NotRationalError
from fpverify.kernel.scalar import ScalarBackend


def _irrational(*_: object) -> Never:
    raise NotRationalError("the rational backend knows + - * / abs, sign, maximum and minimum only")


class RationalOps:
    """The vocabulary of `Ops` for exact rationals; functions with irrational values raise NotRationalError."""

    pi = sqrt = exp = log = log1p = tanh = sin = cos = erf = erfc = staticmethod(_irrational)

    @staticmethod
    def number(value: Fraction) -> fmpq:
        return fmpq(value.numerator, value.denominator)

    @staticmethod
    def abs(x: fmpq) -> fmpq:
        return abs(x)

    @staticmethod
    def sign(x: fmpq) -> fmpq:
        return fmpq((x > 0) - (x < 0))

    @staticmethod
    def maximum(x: Any, y: Any) -> fmpq:
        return fmpq(max(x, y))

    @staticmethod
    def minimum(x: Any, y: Any) -> fmpq:
        return fmpq(min(x, y))


_MOST_BITS = 2**20


class Rational(ScalarBackend):
    """Exact arithmetic: every primitive returns the true value; numbers of more than 2^20 bits are given up."""

    name = "rational"
    precision = 0

    def _from_exact(self, value: Fraction) -> fmpq:
        return RationalOps.number(value)

    def _to_exact(self, end: fmpq) -> Fraction:
        return Fraction(int(end.p), int(end.q))

    def _up(self, result: fmpq) -> fmpq:
        if max(result.p.bit_length(), result.q.bit_length()) > _MOST_BITS:
            raise NotFiniteError(f"a rational needs more than {_MOST_BITS} bits: use the backend arb")
        return result

    def _down(self, result: fmpq) -> fmpq:
        return self._up(result)

    def _floor(self, end: fmpq) -> fmpq:
        return fmpq(end.floor())

    def _at_point(self, formula: Formula, end: fmpq) -> fmpq:
        return fmpq(formula(end, RationalOps))
