"""Short rationals above or below a bound, and norms of vectors, for witnesses."""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, isqrt

from fpverify.kernel.norm import Norm, OneNorm, SupNorm

_DIGITS = 10**5


def round_up(value: Fraction, digits: int = _DIGITS) -> Fraction:
    """Return the least multiple of 1/digits that is at least *value*, with more digits for small values."""
    while value > 0 and value * digits < 100:
        digits *= 10**3
    return Fraction(ceil(value * digits), digits)


def round_down(value: Fraction) -> Fraction:
    """Return a short rational at or below *value*."""
    return -round_up(-value) if value < 0 else Fraction(int(value * _DIGITS), _DIGITS)


def square_root_up(value: Fraction) -> Fraction:
    """Return a rational at least the square root of *value*, close to it."""
    scale = 10**24
    return Fraction(isqrt(ceil(value * scale)) + 1, 10**12)


def norm_up(norm: Norm, magnitudes: Sequence[Fraction]) -> Fraction:
    """Return a short rational at least the norm of every vector with entries at most *magnitudes*."""
    pairs = list(zip(magnitudes, norm.weights, strict=True))
    if isinstance(norm, SupNorm):
        return round_up(max(size / weight for size, weight in pairs))
    if isinstance(norm, OneNorm):
        return round_up(sum((size * weight for size, weight in pairs), Fraction(0)))
    return round_up(square_root_up(sum(((size / weight) ** 2 for size, weight in pairs), Fraction(0))))
