"""
The reference backend: end points are exact binary numbers, rounded outward through Arb balls.

Width never lives in an Arb radius: a radius has 30 bits, and `arb(0, 2).tanh()` encloses [-52.6, 0.965]. Balls appear
only for the result of one operation on thin operands, and are turned into an end point at once.

Source:
    F. Johansson, Arb: efficient arbitrary-precision midpoint-radius interval arithmetic, IEEE Trans. Comput. 66 (2017).
"""

from contextlib import AbstractContextManager
from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpq

from fpverify.kernel.backend import Formula
from fpverify.kernel.errors import MisuseError, NotFiniteError
from fpverify.kernel.scalar import ScalarBackend


class ArbOps:
    """The vocabulary of `Ops` for Arb balls: every function encloses its true values."""

    @staticmethod
    def number(value: Fraction) -> arb:
        return arb(fmpq(value.numerator, value.denominator))

    @staticmethod
    def pi() -> arb:
        return arb.pi()

    @staticmethod
    def sqrt(x: arb) -> arb:
        return x.sqrt()

    @staticmethod
    def exp(x: arb) -> arb:
        return x.exp()

    @staticmethod
    def log(x: arb) -> arb:
        return x.log()

    @staticmethod
    def log1p(x: arb) -> arb:
        return x.log1p()

    @staticmethod
    def tanh(x: arb) -> arb:
        return x.tanh()

    @staticmethod
    def sin(x: arb) -> arb:
        return x.sin()

    @staticmethod
    def cos(x: arb) -> arb:
        return x.cos()

    @staticmethod
    def erf(x: arb) -> arb:
        return x.erf()

    @staticmethod
    def erfc(x: arb) -> arb:
        return x.erfc()

    @staticmethod
    def abs(x: arb) -> arb:
        return abs(x)

    @staticmethod
    def sign(x: arb) -> arb:
        return x.sgn()

    @staticmethod
    def maximum(x: arb, y: arb) -> arb:
        return arb(x).max(y)

    @staticmethod
    def minimum(x: arb, y: arb) -> arb:
        return arb(x).min(y)


_ZERO, _TINY, _HUGE = arb(0), arb((1, -(2**13))), arb((1, 2**20))


class Arb(ScalarBackend):
    """
    Directed rounding at *precision* bits, through Arb.

    End points are 0 or of a size between 2^-8192 and 2^1048576, so that each has an exact value of bounded length, and
    one near to 0 can be written down.

    Args:
        precision: bits of the end points, at least 32. The global precision of python-flint is set and restored
            around each primitive and never read.
    """

    name = "arb"

    def __init__(self, precision: int = 128) -> None:
        if not isinstance(precision, int) or isinstance(precision, bool) or not 32 <= precision <= 65536:
            raise MisuseError(f"precision {precision!r}: write a whole number of bits between 32 and 65536")
        self.precision = precision

    def _working(self) -> AbstractContextManager[Any]:
        return ctx.workprec(self.precision)

    def _from_exact(self, value: Fraction) -> arb:
        return ArbOps.number(value)

    def _to_exact(self, end: arb) -> Fraction:
        mantissa, exponent = (int(part) for part in end.man_exp())
        return Fraction(mantissa << exponent) if exponent >= 0 else Fraction(mantissa, 1 << -exponent)

    def _up(self, result: arb) -> arb:
        end = result.upper()
        return end if _is_usual(end) else _in_range(_finite(result), end, _TINY if end > 0 else _ZERO)

    def _down(self, result: arb) -> arb:
        end = result.lower()
        return end if _is_usual(end) else _in_range(_finite(result), end, -_TINY if end < 0 else _ZERO)

    def _floor(self, end: arb) -> arb:
        return end.floor().lower()

    def _at_point(self, formula: Formula, end: arb) -> arb:
        return formula(end, ArbOps)


def _finite(ball: arb) -> arb:
    if not ball.is_finite():
        raise NotFiniteError("an enclosure is not finite")
    return ball


def _is_usual(end: arb) -> bool:
    """Return whether an end is finite, with its ball, and far from the limits; no ball has one infinite end only."""
    return 1e-300 < abs(float(end)) < 1e300


def _in_range(ball: arb, end: arb, outward: arb) -> arb:
    """Return *outward* for an end nearer to 0 than 2^-8192; Arb would go on, past what a Fraction can hold."""
    if abs(end) > _HUGE:
        raise NotFiniteError("an enclosure exceeds 2^1048576")
    return end if abs(end) >= _TINY else outward


def enclose_constant(
    formula: Formula, location: tuple[Fraction, Fraction], precision: int = 256
) -> tuple[Fraction, Fraction]:
    """
    Enclose `formula` over the thin interval *location* by one ball evaluation.

    Meant for constants and for critical values, where *location* is a point known to some 2^-*precision*.

    Returns:
        Exact lower and upper bounds of `formula(x)` for every x in *location*.

    Error:
        Outward, by the blow-up of ball arithmetic on an interval of this width.

    Raises:
        NotFiniteError: if the formula overflows or is undefined there.
    """
    backend = Arb(precision)
    with ctx.workprec(precision):
        ball = ArbOps.number(location[0]).union(ArbOps.number(location[1]))
        value = formula(ball, ArbOps)
        low, high = backend._down(value), backend._up(value)
    return backend._to_exact(low), backend._to_exact(high)
