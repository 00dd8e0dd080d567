"""
The hull of every operation of `apply`, from the definitions of IEEE 1788-2015 (set-based flavour), and the tightest floats.

Written apart from the code under test: rational operations in Fractions, quotients as products with the reciprocals of
the two halves of the divisor, functions as Arb balls of 4000 bits. A ball that holds a float is taken for that float:
the floats at which these functions have float values are known exactly, and a bound so taken is never too strict.
"""

import math
import struct
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from flint import arb, ctx

from tests.backends.hammer import EXACT, HUGE, INF, NAN, ball

BITS = 4000

Box = tuple[float, float]
End = Fraction | arb | float
"""An exact number, a ball around it, or an infinity as a float."""
Hull = tuple[End, End] | None
"""None is the empty set."""

EMPTY: Box = (NAN, NAN)


def is_empty(x: Box) -> bool:
    return math.isnan(x[0])


# ---------------------------------------------------------------------------------- floats


def ordinal(x: float) -> int:
    """Return the place of *x* among the floats; both zeros have 0."""
    bits = struct.unpack("<q", struct.pack("<d", x + 0.0))[0]
    return bits if bits >= 0 else -(bits & (2**63 - 1))


def tightest(hull: Hull) -> Box:
    """Return the greatest float at or below the lower end, and the least at or above the upper end."""
    return EMPTY if hull is None else (_below(hull[0]), -_below(-hull[1]))


def _below(end: End) -> float:
    if isinstance(end, float):
        return end
    near = _nearest(end)
    if near == INF:
        return HUGE
    if near == -INF:
        return -INF
    at = ball(near) if isinstance(end, arb) else Fraction(near)
    return math.nextafter(near, -INF) if bool(end < at) else near


def _nearest(end: Fraction | arb) -> float:
    if isinstance(end, arb):
        assert end.is_finite()
        return float(end)
    try:
        return float(end)
    except OverflowError:
        return INF if end > 0 else -INF


# ---------------------------------------------------------------------------------- rational operations


def _exact(x: Box) -> tuple[Any, Any]:
    lo, hi = (end if math.isinf(end) else Fraction(end) for end in x)
    return lo, hi


def _times(a: Any, b: Any) -> Any:
    """An infinite end is no element: it stands for arbitrarily large ones, and 0 of these is 0."""
    if a == 0 or b == 0:
        return Fraction(0)
    if isinstance(a, float) or isinstance(b, float):
        return INF if (a > 0) == (b > 0) else -INF
    return a * b


def _plus(a: Any, b: Any) -> Any:
    if isinstance(a, float):
        return a
    return b if isinstance(b, float) else a + b


def _mul(x: Any, y: Any) -> Any:
    corners = [_times(a, b) for a in x for b in y]
    return min(corners), max(corners)


def _inverse(end: Any, *, positive: bool) -> Any:
    if end == 0:
        return INF if positive else -INF
    return Fraction(0) if isinstance(end, float) else 1 / end


def _halves_inverted(y: Any) -> list[Any]:
    """Return the closures of {1/b : b in y, b < 0} and {1/b : b in y, b > 0}."""
    found = []
    if y[0] < 0:
        found.append((_inverse(min(y[1], Fraction(0)), positive=False), _inverse(y[0], positive=False)))
    if y[1] > 0:
        found.append((_inverse(y[1], positive=True), _inverse(max(y[0], Fraction(0)), positive=True)))
    return found


def _union(parts: Sequence[Any]) -> Hull:
    return (min(p[0] for p in parts), max(p[1] for p in parts)) if parts else None


def _div(x: Any, y: Any) -> Hull:
    return _union([_mul(x, part) for part in _halves_inverted(y)])


def _even(x: Any, at: Callable[[Any], Any]) -> Any:
    least = Fraction(0) if x[0] <= 0 <= x[1] else min(abs(x[0]), abs(x[1]))
    return at(least), at(max(abs(x[0]), abs(x[1])))


def _power_at(n: int) -> Callable[[Any], Any]:
    return lambda a: (INF if a > 0 or n % 2 == 0 else -INF) if isinstance(a, float) else a**n


def pown(x: Box, n: int) -> Hull:
    if is_empty(x):
        return None
    if n == 0:
        return Fraction(1), Fraction(1)
    parts = [_exact(x)] if n > 0 else _halves_inverted(_exact(x))
    at = _power_at(abs(n))
    return _union([_even(p, at) if n % 2 == 0 else (at(p[0]), at(p[1])) for p in parts])


RATIONAL: dict[str, Callable[..., Any]] = {
    "neg": lambda x: (-x[1], -x[0]),
    "abs": lambda x: _even(x, lambda a: a),
    "sqr": lambda x: _even(x, _power_at(2)),
    "recip": lambda x: _div((Fraction(1), Fraction(1)), x),
    "add": lambda x, y: (_plus(x[0], y[0]), _plus(x[1], y[1])),
    "sub": lambda x, y: (_plus(x[0], -y[1]), _plus(x[1], -y[0])),
    "mul": _mul,
    "div": _div,
    "min": lambda x, y: (min(x[0], y[0]), min(x[1], y[1])),
    "max": lambda x, y: (max(x[0], y[0]), max(x[1], y[1])),
    "fma": lambda x, y, z: RATIONAL["add"](_mul(x, y), z),
    "intersection": lambda x, y: (max(x[0], y[0]), min(x[1], y[1])) if max(x[0], y[0]) <= min(x[1], y[1]) else None,
}


# ---------------------------------------------------------------------------------- functions

# name: (domain, limits or values at its ends, whether the ends of the domain belong to it)
MONOTONE: dict[str, tuple[Box, tuple[Any, Any], bool]] = {
    "exp": ((-INF, INF), (Fraction(0), INF), False),
    "exp2": ((-INF, INF), (Fraction(0), INF), False),
    "exp10": ((-INF, INF), (Fraction(0), INF), False),
    "log": ((0.0, INF), (-INF, INF), False),
    "log2": ((0.0, INF), (-INF, INF), False),
    "log10": ((0.0, INF), (-INF, INF), False),
    "log1p": ((-1.0, INF), (-INF, INF), False),
    "sqrt": ((0.0, INF), (Fraction(0), INF), True),
    "asin": ((-1.0, 1.0), ("-pi/2", "pi/2"), True),
    "acos": ((-1.0, 1.0), ("pi", Fraction(0)), True),
    "atan": ((-INF, INF), ("-pi/2", "pi/2"), False),
    "sinh": ((-INF, INF), (-INF, INF), False),
    "tanh": ((-INF, INF), (Fraction(-1), Fraction(1)), False),
    "asinh": ((-INF, INF), (-INF, INF), False),
    "acosh": ((1.0, INF), (Fraction(0), INF), True),
    "atanh": ((-1.0, 1.0), (-INF, INF), False),
    "sigmoid": ((-INF, INF), (Fraction(0), Fraction(1)), False),
    "softplus": ((-INF, INF), (Fraction(0), INF), False),
    "erf": ((-INF, INF), (Fraction(-1), Fraction(1)), False),
    "erfc": ((-INF, INF), (Fraction(2), Fraction(0)), False),
}

SATURATED = {"exp": 800, "exp10": 800, "exp2": 1100, "sinh": 800, "cosh": 800, "tanh": 800, "sigmoid": 800}
SATURATED |= {"erf": 30, "erfc": 30}
"""Beyond these arguments the tightest floats stay: the value is below 2^-1075 off a limit, or too large for a float."""


def _angle(end: Any) -> Any:
    return {"pi": arb.pi(), "pi/2": arb.pi() / 2, "-pi/2": -arb.pi() / 2}[end] if isinstance(end, str) else end


def value(name: str, x: float) -> arb:
    """Return f(x) for a finite x inside the domain, as a ball."""
    bound = SATURATED.get(name, HUGE)
    low = -800.0 if name == "softplus" else -bound
    return EXACT[name](ball(float(min(max(x, low), bound))))


def _monotone(name: str, x: Box) -> Hull:
    (first, last), limits, closed = MONOTONE[name]
    a, b = max(x[0], first), min(x[1], last)
    if a > b or (a == b and not closed and a in {first, last}):
        return None
    ends = [
        _angle(limits[0]) if p == first else _angle(limits[1]) if p == last else value(name, p) for p in (a, b)
    ]  # fmt: skip
    return (ends[1], ends[0]) if name in {"acos", "erfc"} else (ends[0], ends[1])


def _cosh(x: Box) -> Hull:
    return _even(x, lambda a: INF if a == INF else value("cosh", float(a)))


def _meets(x: Box, phase: Fraction, period: int) -> bool:
    """Return whether (phase + n period) pi lies in *x* for an integer n."""
    if math.isinf(x[0]) or math.isinf(x[1]):
        return True
    first, last = ((ball(end) / arb.pi() - ball(float(phase))) / period for end in x)
    low, high = first.ceil().unique_fmpz(), last.floor().unique_fmpz()
    assert low is not None
    assert high is not None
    return bool(low <= high)


def _wave(name: str, x: Box) -> Hull:
    shift = Fraction(1, 2) if name == "sin" else Fraction(0)
    ends = [value(name, end) for end in x if not math.isinf(end)]
    top, bottom = _meets(x, shift, 2), _meets(x, shift + 1, 2)
    low = Fraction(-1) if bottom else ends[0].min(ends[1])
    return low, Fraction(1) if top else ends[0].max(ends[1])


def _tan(x: Box) -> Hull:
    return (-INF, INF) if _meets(x, Fraction(1, 2), 1) else (value("tan", x[0]), value("tan", x[1]))


def hull(name: str, *x: Box) -> Hull:
    """Return the hull of the operation *name* over the boxes *x*."""
    if name == "convexHull":
        full = [_exact(box) for box in x if not is_empty(box)]
        return _union(full)
    if any(map(is_empty, x)):
        return None
    if name in RATIONAL:
        return RATIONAL[name](*map(_exact, x))
    return {"cosh": _cosh, "sin": lambda b: _wave("sin", b), "cos": lambda b: _wave("cos", b), "tan": _tan}.get(
        name, lambda b: _monotone(name, b)
    )(*x)


def tightest_of(name: str, *x: Box) -> Box:
    with ctx.workprec(BITS):
        return tightest(hull(name, *x))


def tightest_power(x: Box, n: int) -> Box:
    return tightest(pown(x, n))
