"""
Elementary functions at points: a float64 x in, proved bounds of f(x) out.

No function of a mathematical library is trusted, and none is called. Arguments are finite or as stated, never NaN.
The bounds are one a-priori error of the whole formula, applied once; they hold with and without fused multiply-add.
"""

import struct

import torch
from torch import Tensor

from fpverify.backends.torch64 import tables
from fpverify.backends.torch64.rounding import (
    ETA,
    INF,
    UNIT,
    Interval,
    around,
    high_half,
    power_of_two,
    scaled,
    scaled_outward,
)

_MAGIC = 1.5 * 2.0**52
"""Adding it rounds to an integer and leaves that integer in the low bits."""

SIN_END = 2.0**15
"""Beyond it sin, cos and tan are not reduced; their whole range is returned."""


def _bits(x: float) -> int:
    return struct.unpack("<q", struct.pack("<d", x))[0]


def _nearest_multiple(x: Tensor, step: float) -> tuple[Tensor, Tensor]:
    """Return n and n * step, exact, with n an integer nearest to x / step; |x| <= 2^20, step a power of two."""
    magic = _MAGIC * step
    shifted = x + magic
    return shifted.view(torch.int64) - _bits(magic), shifted - magic


def _nearest_integer(x: Tensor) -> tuple[Tensor, Tensor]:
    return _nearest_multiple(x, 1.0)


# exp -------------------------------------------------------------------------------------------------------------


def _exp_tail(n: Tensor, r: Tensor) -> tuple[Tensor, Tensor]:
    """Return y and k: 2^(n/64) e^r = y 2^k (1 + 2.34 u), |r| <= 0.00542, as in Theorem 3.1."""
    entry = tables.table("exp", r.device)[0].take(n & 63)
    series = r + r * r * (0.5 + r * (1.0 / 6 + r * (1.0 / 24 + r * (1.0 / 120))))
    return entry + entry * series, n >> 6


def exp_parts(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return y of [0.99, 2.02] and k with |y 2^k - e^x| <= 2.34 u e^x, for |x| <= 746. `docs/numerics.md` Theorem 3.1."""
    n, whole = _nearest_integer(x * tables.EXP.inverse)
    first, second = tables.EXP.parts
    return _exp_tail(n, (x - whole * first) - whole * second)


def exp_at(x: Tensor, halvings: int = 0) -> Interval:
    """Enclose e^x / 2^halvings (0 or 1), for every x, infinite too; at most 8 u apart. `docs/numerics.md` Theorem 3.1."""
    y, k = exp_parts(x.clamp(-746.0, 711.0))
    lo, hi = scaled_outward(around(y, 4.0, 0.0), k - halvings)
    one = 0.5**halvings
    lo = torch.where(x == 0, one, torch.where(x < -746.0, 0.0, lo))
    return lo, torch.where(x == 0, one, torch.where(x > 711.0, INF, hi))


def exp2_at(x: Tensor) -> Interval:
    """Enclose 2^x; exact at integers. `docs/numerics.md` Theorem 3.2."""
    held = x.clamp(-1080.0, 1025.0)
    n, whole = _nearest_multiple(held, 1.0 / 64)
    y, k = _exp_tail(n, (held - whole) * tables.LN2)
    lo, hi = around(y, 4.0, 0.0)
    integer = ((n & 63) == 0) & (whole == held)
    lo, hi = scaled_outward((torch.where(integer, 1.0, lo), torch.where(integer, 1.0, hi)), k)
    normal = integer & (k >= -1074) & (k <= 1023)
    exact = scaled(torch.ones_like(x), k)
    lo, hi = torch.where(normal, exact, lo), torch.where(normal, exact, hi)
    return torch.where(x < -1080.0, 0.0, lo), torch.where(x > 1025.0, INF, hi)


def exp10_at(x: Tensor) -> Interval:
    """Enclose 10^x. `docs/numerics.md` Theorem 3.2."""
    held = x.clamp(-325.0, 309.0)
    n, whole = _nearest_integer(held * tables.EXP10.inverse)
    first, second = tables.EXP10.parts
    y, k = _exp_tail(n, ((held - whole * first) - whole * second) * tables.LN10)
    lo, hi = scaled_outward(around(y, 4.0, 0.0), k)
    lo = torch.where(x == 0, 1.0, torch.where(x < -325.0, 0.0, lo))
    return lo, torch.where(x == 0, 1.0, torch.where(x > 309.0, INF, hi))


def _expm1(x: Tensor) -> Tensor:
    """Return e^x - 1 within 6.3 u relative, for |x| <= 44. `docs/numerics.md` Theorem 3.3."""
    n, whole = _nearest_integer(x * tables.EXP.inverse)
    first, second = tables.EXP.parts
    r = (x - whole * first) - whole * second
    series = r + r * r * (0.5 + r * (1.0 / 6 + r * (1.0 / 24 + r * (1.0 / 120 + r * (1.0 / 720)))))
    power = power_of_two(n >> 6)
    high, low = (column.take(n & 63) * power for column in tables.table("exp", x.device))
    return (high - 1.0) + (low + high * series)


def tanh_at(x: Tensor) -> Interval:
    """Enclose tanh x for every x, infinite too; at most 20 u relative apart. `docs/numerics.md` Theorem 3.4."""
    t = _expm1(x.abs().clamp_max(20.0) * -2.0)
    lo, hi = around(-t / (2.0 + t), 10.0)
    hi = torch.where(x.abs() > 20.0, 1.0, hi).clamp_max(1.0)
    return odd_below_identity(x, lo, hi)


def sinh_at(x: Tensor) -> Interval:
    """Enclose sinh x for every x, infinite too. `docs/numerics.md` Theorem 3.4."""
    size = x.abs()
    t = _expm1(size.clamp_max(22.0))
    lo, hi = around(0.5 * (t + t / (1.0 + t)), 10.0)
    far_lo, far_hi = exp_at(size, halvings=1)
    far = size > 22.0
    lo = torch.where(far, far_lo * (1.0 - 2.0**-50), torch.maximum(lo, size))
    return odd(x, lo, torch.where(size == 0, 0.0, torch.where(far, far_hi, hi)))


def cosh_at(x: Tensor) -> Interval:
    """Enclose cosh x for every x, infinite too. `docs/numerics.md` Theorem 3.4."""
    size = x.abs()
    y, k = exp_parts(size.clamp_max(22.0))
    t = scaled(y, k)
    lo, hi = around(0.5 * (t + torch.ones_like(t) / t), 6.0, 0.0)
    far_lo, far_hi = exp_at(size, halvings=1)
    far = size > 22.0
    lo = torch.where(far, far_lo, lo.clamp_min(1.0))
    return lo, torch.where(size == 0, 1.0, torch.where(far, far_hi * (1.0 + 2.0**-50), hi))


def sigmoid_at(x: Tensor) -> Interval:
    """Enclose 1 / (1 + e^-x) for every x, infinite too; at most 11 u relative apart. `docs/numerics.md` Theorem 3.4."""
    y, k = exp_parts(-x.abs().clamp_max(746.0))
    t = scaled(y, k)
    value = torch.where(x >= 0, 1.0, t) / (1.0 + t)
    lo, hi = around(value, 5.5 - value * 2.3)
    lo = torch.where(x < -746.0, 0.0, torch.where(x >= 0, lo.clamp_min(0.5), lo.clamp_min(0.0)))
    return lo, torch.where(x <= 0, hi.clamp_max(0.5), hi.clamp_max(1.0))


def tanh_slope_at(x: Tensor) -> Interval:
    """Enclose 1 - tanh(x)^2 for x >= 0, infinite too; at most 18 u relative apart. `docs/numerics.md` Theorem 3.9."""
    y, k = exp_parts(x.clamp_max(373.0) * -2.0)
    t = scaled(y, k)
    lo, hi = around(4.0 * t / ((1.0 + t) * (1.0 + t)), 8.0)
    return torch.where(x > 373.0, 0.0, lo.clamp_min(0.0)), hi.clamp_max(1.0)


def sigmoid_slope_at(x: Tensor) -> Interval:
    """Enclose s(x) s(-x), s the sigmoid, for x >= 0; at most 18 u relative apart. `docs/numerics.md` Theorem 3.9."""
    y, k = exp_parts(-x.clamp_max(746.0))
    t = scaled(y, k)
    lo, hi = around(t / ((1.0 + t) * (1.0 + t)), 8.0)
    return torch.where(x > 746.0, 0.0, lo.clamp_min(0.0)), hi.clamp_max(0.25)


# log -------------------------------------------------------------------------------------------------------------

_LOG_OFFSET = _bits(0.6875)


def _log(x: Tensor, rest: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """
    Return log(x + rest) within 5.2 u relative (6.7 u with a rest), and x as z 2^k with z of [0.6875, 1.375).

    x > 0 finite; |rest| <= u x, and x >= 2^-53 where there is a rest. `docs/numerics.md` Theorem 3.5.
    """
    small = x < 2.0**-1000
    pattern = torch.where(small, x * 2.0**200, x).view(torch.int64)
    shift = (pattern - _LOG_OFFSET) >> 52
    z = (pattern - (shift << 52)).view(torch.float64)
    k = torch.where(small, shift - 200, shift)
    j, centre = _nearest_multiple(z, 2.0**-7)
    high, low = (column.take((j - 88).clamp(0, 88)) for column in tables.table("log", x.device))
    difference = z - centre
    if rest is not None:
        difference = difference + rest * power_of_two((-shift).clamp_min(-1022))
    s = difference / (z + centre)
    w = s * s
    series = 2.0 * (s + s * w * (1.0 / 3 + w * (1.0 / 5 + w * (1.0 / 7))))
    first, second = tables.LOG.parts
    count = k.to(torch.float64)
    return (count * first + high) + (series + (count * second + low)), z, k


def _log_ends(x: Tensor, value: Tensor, units: float) -> Interval:
    """Widen a logarithm: its sign is that of x - 1; log 0 = -inf, log inf = inf."""
    lo, hi = around(value, units)
    lo, hi = torch.where(x >= 1, lo.clamp_min(0.0), lo), torch.where(x <= 1, hi.clamp_max(0.0), hi)
    lo = torch.where(x <= 0, -INF, torch.where(x == INF, 709.0, lo))
    return lo, torch.where(x <= 0, -INF, torch.where(x == INF, INF, hi))


def _held(x: Tensor) -> Tensor:
    """Return *x* with what is no positive finite number replaced by 1."""
    return torch.where((x > 0) & (x < INF), x, 1.0)


def log_at(x: Tensor) -> Interval:
    """Enclose log x for x >= 0 (-inf at 0), infinite too; at most 14 u relative apart. `docs/numerics.md` Theorem 3.5."""
    return _log_ends(x, _log(_held(x))[0], 7.0)


def log2_at(x: Tensor) -> Interval:
    """Enclose log2 x as `log_at`; exact at powers of two. `docs/numerics.md` Theorem 3.5."""
    value, z, k = _log(_held(x))
    lo, hi = _log_ends(x, value * tables.LOG2_E, 9.0)
    exact, finite = k.to(torch.float64), (z == 1) & (x > 0) & (x < INF)
    return torch.where(finite, exact, lo), torch.where(finite, exact, hi)


def log10_at(x: Tensor) -> Interval:
    """Enclose log10 x as `log_at`. `docs/numerics.md` Theorem 3.5."""
    lo, hi = _log_ends(x, _log(_held(x))[0] * tables.LOG10_E, 9.0)
    return torch.where(x == INF, 308.0, lo), hi


def log1p_at(x: Tensor) -> Interval:
    """Enclose log(1 + x) for x >= -1, infinite too; at most 17 u relative apart. `docs/numerics.md` Theorem 3.5."""
    held = torch.where((x > -1) & (x < INF), x, 0.0)
    total = 1.0 + held
    part = total - held
    rest = (1.0 - part) + (held - (total - part))  # TwoSum: 1 + held = total + rest, exactly
    lo, hi = around(_log(total, rest)[0], 8.5)
    lo = torch.where(x >= 0, lo.clamp_min(0.0), lo)
    hi = torch.where(x <= 0, hi.clamp_max(0.0), hi)
    hi = torch.minimum(hi, held)  # log(1 + x) <= x
    lo = torch.where(x <= -1, -INF, torch.where(x == INF, 709.0, lo))
    return lo, torch.where(x <= -1, -INF, torch.where(x == INF, INF, hi))


# sin, cos --------------------------------------------------------------------------------------------------------


class Angle:
    """
    x = n pi/64 + r for |x| <= 2^15 (others are held there): n exact, r within 2.01 u |r| + |n| 2^-121.

    `docs/numerics.md` Theorem 3.6.
    """

    def __init__(self, x: Tensor) -> None:
        self.x = x
        held = x.clamp(-SIN_END, SIN_END)
        self.n, self.whole = _nearest_integer(held * tables.SIN.inverse)
        first, second, third = tables.SIN.parts
        self.r = ((held - self.whole * first) - self.whole * second) - self.whole * third

    def sin(self, quarter: int = 0) -> Interval:
        """Enclose the sine of x + quarter * pi/2. `docs/numerics.md` Theorem 3.6."""
        r, j = self.r, self.n + 32 * quarter
        entries = tables.table("sin", r.device)[0]
        square = r * r
        s = r + r * square * (-1.0 / 6 + square * (1.0 / 120 - square * (1.0 / 5040)))
        c = square * (-0.5 + square * (1.0 / 24 - square * (1.0 / 720)))
        at, across = entries.take(j & 127), entries.take((j + 32) & 127)
        y = at + (at * c + across * s)
        reach = (y.abs() * (10.5 * UNIT)).clamp_max(3.4 * UNIT) + (self.whole.abs() * 2.0**-119 + 16 * ETA)
        return (y - reach).clamp_min(-1.0), (y + reach).clamp_max(1.0)

    def branch(self, offset: int) -> tuple[Tensor, Tensor]:
        """Bound floor((x - offset pi/64) / pi); the two differ only within 2^-90 of a jump."""
        m = self.n - offset
        edge = (m & 63) == 0
        q = m >> 6
        below, above = edge & (self.r <= 2.0**-90), edge & (self.r < -(2.0**-90))
        return q - below.to(torch.int64), q - above.to(torch.int64)


def sin_at(x: Tensor, angle: Angle) -> Interval:
    """Enclose sin x where |x| <= 2^15: also by |sin x| <= |x|, and by its sign where |x| <= 3."""
    lo, hi = angle.sin()
    lo, hi = torch.maximum(lo, -x.abs()), torch.minimum(hi, x.abs())
    lo = torch.where((x >= 0) & (x <= 3), lo.clamp_min(0.0), lo)
    return lo, torch.where((x <= 0) & (x >= -3), hi.clamp_max(0.0), hi)


def cos_at(x: Tensor, angle: Angle) -> Interval:
    """Enclose cos x where |x| <= 2^15."""
    lo, hi = angle.sin(1)
    return torch.where(x == 0, 1.0, lo), hi


# atan ------------------------------------------------------------------------------------------------------------


def atan_at(x: Tensor) -> Interval:
    """Enclose atan x for every x, infinite too; at most 14 u relative apart. `docs/numerics.md` Theorem 3.7."""
    size = x.abs()
    outer = size > 1
    t = torch.where(outer, torch.ones_like(size) / size, size)
    j, centre = _nearest_multiple(t, 2.0**-6)
    z = (t - centre) / (1.0 + t * centre)
    w = z * z
    series = z - z * w * (1.0 / 3 - w * (1.0 / 5 - w * (1.0 / 7)))
    highs, lows = tables.table("atan", x.device)
    j = j.clamp(0, 64)
    inner = highs.take(j) + (lows.take(j) + series)
    lo, hi = around(torch.where(outer, 2.0 * highs[64] - (inner - 2.0 * lows[64]), inner), 7.0)
    return odd_below_identity(x, lo, hi.clamp_max(tables.HALF_PI_ENDS[1]))


# erf -------------------------------------------------------------------------------------------------------------


def _horner(columns: tuple[Tensor, ...], j: Tensor, r: Tensor) -> Tensor:
    value = columns[-1].take(j)
    for column in reversed(columns[:-1]):
        value = column.take(j) + value * r
    return value


def erf_at(x: Tensor) -> Interval:
    """Enclose erf x for every x, infinite too. `docs/numerics.md` Theorem 3.8."""
    size = x.abs().clamp_max(tables.ERF_END)
    *columns, errors, linear = tables.table("erf", x.device)
    j, centre = _nearest_multiple(size, tables.ERF_STEP)
    r = size - centre
    y = _horner(tuple(columns), j, r)
    error = torch.where(j == 0, size * linear[0], errors.take(j))
    reach = error * (1.0 + 2.0**-40) + y.abs() * (2 * UNIT) + 16 * ETA
    lo, hi = y - reach, y + reach
    far = x.abs() >= tables.ERF_END
    lo = torch.where(far, 1.0 - UNIT, lo).clamp(0.0, 1.0 - UNIT)
    hi = torch.where(far, 1.0, torch.where(x == 0, 0.0, hi.clamp_max(1.0)))
    return odd(x, lo, hi)


def erfc_at(x: Tensor) -> Interval:
    """Enclose erfc x for every x, infinite too; at most 20 u relative apart. `docs/numerics.md` Theorem 3.8."""
    near_lo, near_hi = erf_at(x)
    near_lo, near_hi = around(1.0 - near_hi, 2.5)[0], around(1.0 - near_lo, 2.5)[1].clamp_max(2.0)
    held = x.clamp(0.5, tables.ERFCX_END)
    *columns, _errors, _linear = tables.table("erfcx", x.device)
    j, centre = _nearest_multiple(held, tables.ERFCX_STEP)
    factor = _horner(tuple(columns), j, held - centre)
    high = high_half(held)
    b = (held - high) * (held + high)  # held^2 = high^2 + b, the square exact
    y, k = exp_parts(-(high * high))
    y = y - y * (b * (1.0 - b * (0.5 - b * (1.0 / 6))))
    far_lo, far_hi = scaled_outward(around(y * factor, 10.0, 0.0), k)
    beyond = x > tables.ERFCX_END
    near = x < 0.5
    lo = torch.where(near, near_lo, torch.where(beyond, 0.0, far_lo))
    return lo, torch.where(near, near_hi, torch.where(beyond, ETA, far_hi))


def odd(x: Tensor, lo: Tensor, hi: Tensor) -> Interval:
    """Turn bounds of f(|x|), f odd and nonnegative on x >= 0, into bounds of f(x)."""
    lo = lo.clamp_min(0.0)
    return torch.where(x < 0, -hi, lo), torch.where(x < 0, -lo, hi)


def odd_below_identity(x: Tensor, lo: Tensor, hi: Tensor) -> Interval:
    """As `odd`, for f(|x|) <= |x|."""
    return odd(x, lo, torch.minimum(hi, x.abs()))
