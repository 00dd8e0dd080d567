"""
The backend of fixed point: end points are integers over 2^precision, so that sums and comparisons are exact.

It is made for many small computations, such as the nodes of a tree of boxes: a primitive is one comprehension over Python
integers. Functions are evaluated by Arb at single points, as in the backend arb, and rounded outward to integers.

For integers p and n, n // p and n >> k = n // 2^k are the floors of n / p and n / 2^k, also for negative n; so -(-n // p)
and -(-n >> k) are the ceilings. Each rounding below is one of these.
"""

from collections.abc import Sequence
from fractions import Fraction

from flint import arb, ctx

from fpverify.kernel.arb import ArbOps
from fpverify.kernel.backend import Formula
from fpverify.kernel.errors import MisuseError, NotFiniteError
from fpverify.kernel.scalar import Entries

Integers = tuple[int, ...]

_MOST_BITS = 2**20
_ZERO, _ONE = arb(0), arb(1)
_HUGE, _MINUS_HUGE = arb((1, _MOST_BITS)), arb((-1, _MOST_BITS))
_GUARD = 32
"""Functions are evaluated with so many bits more: values of a size below 2^32 are then known to the last place."""


class Fixed(Entries):
    """
    Directed rounding to integers over 2^precision.

    The error is absolute: what is much smaller than 2^-precision is rounded to 0 or to one unit. Integers of more than
    2^20 bits are given up; only sums, which add a bit or so to their terms, are not looked at.

    Args:
        precision: bits behind the point, from 64 to 4096.
    """

    name = "fixed"

    def __init__(self, precision: int = 192) -> None:
        if not isinstance(precision, int) or isinstance(precision, bool) or not 64 <= precision <= 4096:
            raise MisuseError(f"precision {precision!r}: write a whole number of bits between 64 and 4096")
        self.precision = precision
        self._unit, self._scale = arb((1, -precision)), arb((1, precision))

    def from_exact_up(self, values: Sequence[Fraction]) -> Integers:
        bits = self.precision
        return _moderate([-((-v.numerator << bits) // v.denominator) for v in values])

    def from_exact_down(self, values: Sequence[Fraction]) -> Integers:
        bits = self.precision
        return _moderate([(v.numerator << bits) // v.denominator for v in values])

    def to_exact(self, ends: Integers) -> tuple[Fraction, ...]:
        one = 1 << self.precision
        return tuple([Fraction(x, one) for x in ends])

    def neg(self, a: Integers) -> Integers:
        return tuple([-x for x in a])

    def add_up(self, a: Integers, b: Integers) -> Integers:
        """Return the sums, exactly: a 2^-precision + b 2^-precision = (a + b) 2^-precision."""
        return tuple([x + y for x, y in zip(a, b, strict=True)])

    add_down = add_up

    def mul_up(self, a: Integers, b: Integers) -> Integers:
        """Return the ceilings of a b / 2^precision: (a 2^-p)(b 2^-p) = (a b 2^-p) 2^-p."""
        bits = self.precision
        return _moderate([-(-x * y >> bits) for x, y in zip(a, b, strict=True)])

    def mul_down(self, a: Integers, b: Integers) -> Integers:
        """Return the floors of a b / 2^precision."""
        bits = self.precision
        return _moderate([x * y >> bits for x, y in zip(a, b, strict=True)])

    def products(self, a: Integers, b: Integers, c: Integers, d: Integers) -> tuple[Integers, Integers]:
        """Return lower and upper bounds of x y over x in [a, b], y in [c, d], entry by entry: exact, then rounded."""
        bits, (low, high) = self.precision, _least_products(a, b, c, d)
        return _moderate([x >> bits for x in low]), _moderate([-(x >> bits) for x in high])

    def sums_of_products(
        self, a: Integers, b: Integers, c: Integers, d: Integers, group: int
    ) -> tuple[Integers, Integers]:
        """Return bounds of the sums of consecutive groups of such products: the exact sums are rounded."""
        bits, starts, (low, high) = self.precision, range(0, len(a), group), _least_products(a, b, c, d)
        sums = [[sum(part[start : start + group]) for start in starts] for part in (low, high)]
        return _moderate([x >> bits for x in sums[0]]), _moderate([-(x >> bits) for x in sums[1]])

    def div_up(self, a: Integers, b: Integers) -> Integers:
        """Return the ceilings of a 2^precision / b, b being positive: a 2^-p / (b 2^-p) = (a 2^p / b) 2^-p."""
        bits = self.precision
        return _moderate([-((-x << bits) // y) for x, y in zip(a, b, strict=True)])

    def sum_up(self, a: Integers, group: int) -> Integers:
        """Return the sums of consecutive groups, exactly."""
        return tuple([sum(a[start : start + group]) for start in range(0, len(a), group)])

    sum_down = sum_up

    def floor(self, a: Integers) -> Integers:
        bits = self.precision
        return tuple([x >> bits << bits for x in a])

    def at_points(self, formula: Formula, a: Integers) -> tuple[Integers, Integers]:
        """
        Enclose the formula by Arb, from balls that hold the points to balls v that hold the values times 2^precision.

        With m and r the midpoint and the radius of v, which are exact, and n = floor(m), all of v lies between n - ceil(r)
        and n + 1 + ceil(r); v itself is n if it is an exact integer. What is not certainly of a size below 2^(2^20), NaN
        among it, is not finite.
        """
        with ctx.workprec(self.precision + _GUARD):
            balls = [formula(arb(x) * self._unit, ArbOps) * self._scale for x in a]
            if not all(_MINUS_HUGE < v < _HUGE for v in balls):
                raise NotFiniteError("an enclosure is not finite or exceeds 2^1048576")
            floors = [int(v.mid().floor().unique_fmpz()) for v in balls]
            radii = [1 if _ZERO < (r := v.rad()) < _ONE else int(r.ceil().unique_fmpz()) for v in balls]
            above = [r + (0 if v.is_integer() else 1) for v, r in zip(balls, radii, strict=True)]
        low = [n - r for n, r in zip(floors, radii, strict=True)]
        return tuple(low), tuple([n + r for n, r in zip(floors, above, strict=True)])

    # ------------------------------------------------------------------ integers over another power of 2

    def to_integers_up(self, a: Integers, bits: int) -> list[int]:
        """Return the least integers n with n / 2^bits >= a."""
        shift = self.precision - bits
        return [-(-x >> shift) for x in a] if shift >= 0 else [x << -shift for x in a]

    def to_integers_down(self, a: Integers, bits: int) -> list[int]:
        """Return the greatest integers n with n / 2^bits <= a."""
        shift = self.precision - bits
        return [x >> shift for x in a] if shift >= 0 else [x << -shift for x in a]

    def from_integers_up(self, values: list[int], bits: int) -> Integers:
        """Return the least ends that are not below n / 2^bits."""
        shift = bits - self.precision
        return _moderate([-(-n >> shift) for n in values] if shift >= 0 else [n << -shift for n in values])

    def from_integers_down(self, values: list[int], bits: int) -> Integers:
        """Return the greatest ends that are not above n / 2^bits."""
        shift = bits - self.precision
        return _moderate([n >> shift for n in values] if shift >= 0 else [n << -shift for n in values])


def _least_products(a: Integers, b: Integers, c: Integers, d: Integers) -> tuple[list[int], list[int]]:
    """
    Return the least values of x y and of -x y over the integers and all reals x in [a, b], y in [c, d], exactly.

    For x >= 0 the least of x y over y is x c, so that of all is a c or b c, by the sign of c; for x <= 0 it is x d, so b d
    or a d, by the sign of d. If a < 0 < b it is a d or b c, the smaller: over x >= 0 it is b c, or 0 if c > 0, when a d < 0
    is less; over x <= 0 it is a d, or 0 if d < 0, when b c < 0 is less. For -x y = x (-y) the same with -y in [-d, -c].
    """
    entries = list(zip(a, b, c, d, strict=True))
    low = [
        (u if y >= 0 else v) * y if u >= 0 else (u if z >= 0 else v) * z if v <= 0 else min(u * z, v * y)
        for u, v, y, z in entries
    ]
    high = [
        (u if z <= 0 else v) * -z if u >= 0 else (u if y <= 0 else v) * -y if v <= 0 else min(u * -y, v * -z)
        for u, v, y, z in entries
    ]
    return low, high


def _moderate(ends: list[int]) -> Integers:
    if ends and max(map(int.bit_length, ends)) > _MOST_BITS:
        raise NotFiniteError("an enclosure exceeds 2^1048576")
    return tuple(ends)
