"""
Elementary functions of intervals, on their whole domains.

A monotone function takes its bounds at the two ends; no monotonicity of what is computed is used. A function with
turning points adds its extreme values where the interval may reach one. Operands as in `elementwise`: made total first,
lo <= hi, lo < inf, hi > -inf. Where a docstring names no error, it is that of the point bounds in `points`.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from fpverify.backends.torch64 import compiled, points, tables
from fpverify.backends.torch64.elementwise import absolute, add, div, mul, sqrt, sub
from fpverify.backends.torch64.points import SIN_END, Angle, atan_at, exp_at, log1p_at, log_at
from fpverify.backends.torch64.rounding import INF, Clipped, Interval, clipped, total

_At = Callable[[Tensor], Interval]


_BLOCK = 2**14
"""Points are evaluated in blocks of so many on the CPU: the intermediate results then stay in its caches."""


def _increasing(x: Interval, at: _At) -> Interval:
    lo, hi = total(*x)
    return total(_at_end(lo, at, 0), _at_end(hi, at, 1))


def _at_end(x: Tensor, at: _At, side: int) -> Tensor:
    """Return one end of the bounds at points."""
    if x.numel() <= 2 * _BLOCK or x.device.type != "cpu":
        return at(x)[side]
    return torch.cat([at(part)[side] for part in x.reshape(-1).split(_BLOCK)]).reshape(x.shape)


def _decreasing(x: Interval, at: _At) -> Interval:
    lo, hi = total(*x)
    return total(at(hi)[0], at(lo)[1])


# exponentials ----------------------------------------------------------------------------------------------------


def exp(x: Interval) -> Interval:
    """Enclose {e^a}. `docs/numerics.md` Theorem 3.1."""
    return compiled.function("exp", x) or _increasing(x, exp_at)


def exp2(x: Interval) -> Interval:
    """Enclose {2^a}. `docs/numerics.md` Theorem 3.2."""
    return _increasing(x, points.exp2_at)


def exp10(x: Interval) -> Interval:
    """Enclose {10^a}. `docs/numerics.md` Theorem 3.2."""
    return _increasing(x, points.exp10_at)


def sinh(x: Interval) -> Interval:
    """Enclose {sinh a}. `docs/numerics.md` Theorem 3.4."""
    return _increasing(x, points.sinh_at)


def cosh(x: Interval) -> Interval:
    """Enclose {cosh a}; even, increasing in |a|. `docs/numerics.md` Theorem 3.4."""
    return _increasing(absolute(x), points.cosh_at)


def tanh(x: Interval) -> Interval:
    """Enclose {tanh a}. `docs/numerics.md` Theorem 3.4."""
    return compiled.function("tanh", x) or _increasing(x, points.tanh_at)


def tanh_slope(x: Interval) -> Interval:
    """Enclose {1 - tanh(a)^2}; even, decreasing in |a|. `docs/numerics.md` Theorem 3.9."""
    return compiled.function("tanh_slope", x) or _decreasing(absolute(x), points.tanh_slope_at)


def sigmoid(x: Interval) -> Interval:
    """Enclose {1 / (1 + e^-a)}. `docs/numerics.md` Theorem 3.4."""
    return compiled.function("sigmoid", x) or _increasing(x, points.sigmoid_at)


def sigmoid_slope(x: Interval) -> Interval:
    """Enclose {s(a) s(-a)}, s the sigmoid; even, decreasing in |a|. `docs/numerics.md` Theorem 3.9."""
    return compiled.function("sigmoid_slope", x) or _decreasing(absolute(x), points.sigmoid_slope_at)


def softplus(x: Interval) -> Interval:
    """Enclose {log(1 + e^a)} = max(a, 0) + log1p(e^-|a|), by composition of enclosures."""

    def at(a: Tensor) -> Interval:
        lo, hi = exp_at(-a.abs())
        hinge = a.clamp_min(0.0)
        return add((hinge, hinge), (log1p_at(lo)[0], log1p_at(hi)[1]))

    return _increasing(x, at)


# logarithms ------------------------------------------------------------------------------------------------------


def _logarithm(x: Interval, at: _At) -> Clipped:
    lo, hi = total(*x)
    return clipped(at(lo)[0], at(hi)[1], hi <= 0)


def log(x: Interval) -> Clipped:
    """Enclose {log a : a > 0}; empty where x <= 0. `docs/numerics.md` Theorem 3.5."""
    return _logarithm(x, log_at)


def log2(x: Interval) -> Clipped:
    """Enclose {log2 a : a > 0}; empty where x <= 0. `docs/numerics.md` Theorem 3.5."""
    return _logarithm(x, points.log2_at)


def log10(x: Interval) -> Clipped:
    """Enclose {log10 a : a > 0}; empty where x <= 0. `docs/numerics.md` Theorem 3.5."""
    return _logarithm(x, points.log10_at)


def log1p(x: Interval) -> Clipped:
    """Enclose {log(1 + a) : a > -1}; empty where x <= -1. `docs/numerics.md` Theorem 3.5."""
    lo, hi = total(*x)
    return clipped(log1p_at(lo)[0], log1p_at(hi)[1], hi <= -1)


def asinh(x: Interval) -> Interval:
    """
    Enclose {asinh a} by composition of enclosures: asinh a = log1p(a + a^2 / (1 + sqrt(1 + a^2))), a >= 0.

    Beyond 2^30: asinh a = log a + log 2 + d with 0 <= d <= 1 / (4 a^2) <= 2^-60.
    """

    def at(a: Tensor) -> Interval:
        held = _both(a.abs().clamp_max(2.0**30))
        one, square = _one(a), mul(held, held)
        inside = add(held, _pair(div(square, add(one, _pair(sqrt(add(one, square)))))))
        lo, hi = log1p_at(inside[0])[0], torch.minimum(log1p_at(inside[1])[1], a.abs())
        return points.odd(a, *_beyond(a.abs(), (lo, hi), (0.0, 2.0**-60)))

    return _increasing(x, at)


def acosh(x: Interval) -> Clipped:
    """
    Enclose {acosh a : a >= 1} by composition of enclosures: acosh a = log1p((a - 1) + sqrt((a - 1)(a + 1))).

    Beyond 2^30: acosh a = log a + log 2 - d with 0 <= d <= 1 / a^2 <= 2^-60. Empty where x < 1.
    """

    def at(a: Tensor) -> Interval:
        held = _both(a.clamp(1.0, 2.0**30))
        less, more = sub(held, _one(a)), add(held, _one(a))
        inside = add(less, _pair(sqrt(mul(less, more))))
        return _beyond(a, (log1p_at(inside[0])[0], log1p_at(inside[1])[1]), (-(2.0**-60), 0.0))

    lo, hi = total(*x)
    return clipped(at(lo.clamp_min(1.0))[0], at(hi)[1], hi < 1)


def atanh(x: Interval) -> Clipped:
    """
    Enclose {atanh a : |a| < 1} by composition of enclosures: atanh a = log1p(2 a / (1 - a)) / 2, a >= 0.

    Empty where x >= 1 or x <= -1.
    """

    def at(a: Tensor) -> Interval:
        size = a.abs()
        inside = div(_both(2.0 * size), sub(_one(a), _both(size)))
        lo, hi = 0.5 * log1p_at(inside.lo)[0], 0.5 * log1p_at(inside.hi)[1]
        return points.odd(a, torch.maximum(lo, size), torch.where(size == 1, INF, torch.where(size == 0, 0.0, hi)))

    lo, hi = total(*x)
    return clipped(at(lo.clamp(-1.0, 1.0))[0], at(hi.clamp(-1.0, 1.0))[1], (lo >= 1) | (hi <= -1))


# angles ----------------------------------------------------------------------------------------------------------


def sin(x: Interval) -> Interval:
    """Enclose {sin a}; [-1, 1] where an end is beyond 2^15. `docs/numerics.md` Theorem 3.6."""
    return _wave(x, points.sin_at, 32)


def cos(x: Interval) -> Interval:
    """Enclose {cos a}; [-1, 1] where an end is beyond 2^15. `docs/numerics.md` Theorem 3.6."""
    return _wave(x, points.cos_at, 0)


def tan(x: Interval) -> Interval:
    """
    Enclose {tan a}, the quotient of the bounds of sin and cos; at most 44 u relative apart.

    The whole line where a pole may lie inside, or an end is beyond 2^15. `docs/numerics.md` Theorem 3.6.
    """

    def at(a: Tensor, angle: Angle) -> Interval:
        return _pair(div(points.sin_at(a, angle), points.cos_at(a, angle)))

    lo, hi = total(*x)
    left, right = Angle(lo), Angle(hi)
    whole = (left.branch(32)[0] != right.branch(32)[1]) | ~((lo >= -SIN_END) & (hi <= SIN_END))
    return total(torch.where(whole, -INF, at(lo, left)[0]), torch.where(whole, INF, at(hi, right)[1]))


def asin(x: Interval) -> Clipped:
    """Enclose {asin a : |a| <= 1} by composition: asin a = 2 atan(a / (1 + sqrt((1 - a)(1 + a)))), a >= 0."""

    def at(a: Tensor) -> Interval:
        size, one = _both(a.abs()), _one(a)
        root = _pair(sqrt(mul(sub(one, size), add(one, size))))
        ratio = div(size, add(one, root))
        lo, hi = 2.0 * atan_at(ratio.lo)[0], 2.0 * atan_at(ratio.hi)[1]
        return points.odd(a, torch.maximum(lo, a.abs()), hi.clamp_max(tables.HALF_PI_ENDS[1]))

    lo, hi = total(*x)
    return clipped(at(lo.clamp(-1.0, 1.0))[0], at(hi.clamp(-1.0, 1.0))[1], (lo > 1) | (hi < -1))


def acos(x: Interval) -> Clipped:
    """Enclose {acos a : |a| <= 1} by composition: acos a = 2 atan(sqrt((1 - a) / (1 + a))), a > -1; acos -1 = pi."""

    def at(a: Tensor) -> Interval:
        size, one = _both(a), _one(a)
        root = sqrt(_pair(div(sub(one, size), add(one, size))))
        lo, hi = 2.0 * atan_at(root.lo)[0], 2.0 * atan_at(root.hi)[1]
        return torch.where(a == -1, tables.PI_ENDS[0], lo), torch.where(a == -1, INF, hi).clamp_max(tables.PI_ENDS[1])

    lo, hi = total(*x)
    return clipped(at(hi.clamp(-1.0, 1.0))[0], at(lo.clamp(-1.0, 1.0))[1], (lo > 1) | (hi < -1))


def atan(x: Interval) -> Interval:
    """Enclose {atan a}. `docs/numerics.md` Theorem 3.7."""
    return _increasing(x, atan_at)


# error function --------------------------------------------------------------------------------------------------


def erf(x: Interval) -> Interval:
    """Enclose {erf a}. `docs/numerics.md` Theorem 3.8."""
    return _increasing(x, points.erf_at)


def erfc(x: Interval) -> Interval:
    """Enclose {1 - erf a}. `docs/numerics.md` Theorem 3.8."""
    return _decreasing(x, points.erfc_at)


def _wave(x: Interval, at: Callable[[Tensor, Angle], Interval], offset: int) -> Interval:
    """
    Enclose sin (offset 32) or cos (offset 0).

    Entering branch q, at (q + offset/64) pi, the function is 1 for even q and -1 for odd q, and monotone inside.
    """
    lo, hi = total(*x)
    left, right = Angle(lo), Angle(hi)
    (a, b), (c, d) = at(lo, left), at(hi, right)
    first, last = left.branch(offset)[0], right.branch(offset)[1]
    far = ~((lo >= -SIN_END) & (hi <= SIN_END))
    top = far | ((last >> 1) > (first >> 1))
    bottom = far | (((last + 1) >> 1) > ((first + 1) >> 1))
    return total(torch.where(bottom, -1.0, torch.minimum(a, c)), torch.where(top, 1.0, torch.maximum(b, d)))


def _beyond(a: Tensor, near: Interval, rest: tuple[float, float]) -> Interval:
    """Return *near*, and log a + log 2 + rest where a > 2^30."""
    low, high = (torch.full_like(a, end) for end in tables.LN2_ENDS)
    tail = torch.full_like(a, rest[0]), torch.full_like(a, rest[1])
    lo, hi = add(add(log_at(a), (low, high)), tail)
    far = a > 2.0**30
    return torch.where(far, lo, near[0]), torch.where(far, hi, near[1])


def _one(a: Tensor) -> Interval:
    return _both(torch.ones_like(a))


def _both(a: Tensor) -> Interval:
    return a, a


def _pair(x: Clipped) -> Interval:
    return x.lo, x.hi
