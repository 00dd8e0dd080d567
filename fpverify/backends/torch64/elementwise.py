"""
Operations on intervals, entry by entry, as IEEE 1788-2015 defines them in its set-based flavour.

An interval is the set of the reals between its ends, so an infinite end stands for arbitrarily large reals and 0 * inf
is 0. Each function first makes its operands total (a NaN end is infinite). Ends satisfy lo <= hi, lo < inf, hi > -inf.
All bounds err outward; a bound is at most one float64 from the nearest correct one unless stated otherwise.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from fpverify.backends.torch64.rounding import (
    HUGE,
    INF,
    Clipped,
    Interval,
    clipped,
    high_half,
    next_down,
    next_up,
    total,
)
from fpverify.kernel.errors import MisuseError


def neg(x: Interval) -> Interval:
    """Return {-a}. Exact."""
    lo, hi = total(*x)
    return -hi, -lo


def add(x: Interval, y: Interval) -> Interval:
    """Enclose {a + b}. `docs/numerics.md` Lemma 2.1 and Lemma 2.2: a sum below 2^-1021 and x + 0 are exact."""
    (a, b), (c, d) = total(*x), total(*y)
    return total(_sum(a, c, next_down), _sum(b, d, next_up))


def sub(x: Interval, y: Interval) -> Interval:
    """Enclose {a - b} = x + (-y); as `add`."""
    return add(x, neg(y))


def mul(x: Interval, y: Interval) -> Interval:
    """Enclose {a b}. `docs/numerics.md` Theorem 2.4."""
    x, y = total(*x), total(*y)
    positive, negative = _signs(x, y)
    zero = _is_zero(x) | _is_zero(y)
    return _settled(*_corners([a * b for a in x for b in y]), positive | zero, negative | zero)


def div(x: Interval, y: Interval) -> Clipped:
    """
    Enclose {a / b : b != 0}; empty where y is [0, 0]. `docs/numerics.md` Theorem 2.4.

    | y          | lower end                      | upper end                      |
    |------------|--------------------------------|--------------------------------|
    | 0 not in y | least corner                   | greatest corner                |
    | [0, d]     | x.lo / d if x >= 0, else -inf  | x.hi / d if x <= 0, else inf   |
    | [c, 0]     | x.hi / c if x <= 0, else -inf  | x.lo / c if x >= 0, else inf   |
    | c < 0 < d  | -inf, or 0 if x = [0, 0]       | inf, or 0 if x = [0, 0]        |
    """
    x, y = total(*x), total(*y)
    if x[0].device != y[0].device:  # CUDA divides by a number of the CPU as a product with its rounded reciprocal
        raise MisuseError(f"div of operands on {x[0].device} and {y[0].device}: write .to(device)")
    (a, b), (c, d) = x, y
    lo, hi = _corners([p / q for p in x for q in y])
    above, below = (c == 0) & (d > 0), (d == 0) & (c < 0)
    astride = (c <= 0) & (d >= 0) & ~above & ~below
    lo = torch.where(above, torch.where(a >= 0, a / d, -INF), torch.where(below, torch.where(b <= 0, b / c, -INF), lo))
    hi = torch.where(above, torch.where(b <= 0, b / d, INF), torch.where(below, torch.where(a >= 0, a / c, INF), hi))
    zero = _is_zero(x)
    positive, negative = _signs(x, y)
    lo, hi = torch.where(astride, -INF, lo), torch.where(astride, INF, hi)
    return clipped(*_settled(lo, hi, positive | zero, negative | zero), (c == 0) & (d == 0))


def recip(x: Interval) -> Clipped:
    """Enclose {1 / a : a != 0}; empty where x is [0, 0]; as `div`."""
    one = torch.ones_like(x[0])
    return div((one, one), x)


def fma(x: Interval, y: Interval, z: Interval) -> Interval:
    """Enclose {a b + c} by a product and a sum: each end within three float64 of the larger term of that of the hull."""
    return add(mul(x, y), z)


def absolute(x: Interval) -> Interval:
    """Return {|a|}. Exact."""
    x = total(*x)
    return _nearest_to_zero(x), torch.maximum(x[0].abs(), x[1].abs())


def minimum(x: Interval, y: Interval) -> Interval:
    """Return {min(a, b)}. Exact."""
    (a, b), (c, d) = total(*x), total(*y)
    return torch.minimum(a, c), torch.minimum(b, d)


def maximum(x: Interval, y: Interval) -> Interval:
    """Return {max(a, b)}. Exact."""
    (a, b), (c, d) = total(*x), total(*y)
    return torch.maximum(a, c), torch.maximum(b, d)


def intersection(x: Interval, y: Interval) -> Clipped:
    """Return the reals in both; exact."""
    (a, b), (c, d) = total(*x), total(*y)
    lo, hi = torch.maximum(a, c), torch.minimum(b, d)
    return clipped(lo, hi, lo > hi)


def hull(x: Interval, y: Interval) -> Interval:
    """Return the least interval that contains both; exact."""
    (a, b), (c, d) = total(*x), total(*y)
    return torch.minimum(a, c), torch.maximum(b, d)


def sqr(x: Interval) -> Interval:
    """Enclose {a^2}; the same as `pown` with exponent 2."""
    return _power(total(*x), 2)


def pown(x: Interval, exponent: int) -> Clipped:
    """
    Enclose {a^n} for an integer n; a != 0 where n < 0; [1, 1] where n = 0.

    Error: |n| - 1 products at most, each one float64 wide; a negative power is the reciprocal of the positive one.
    """
    if not isinstance(exponent, int) or isinstance(exponent, bool):
        raise MisuseError(f"exponent {exponent!r}: write a Python int")
    x = total(*x)
    never = torch.zeros_like(x[0], dtype=torch.bool)
    if exponent < 0:
        return recip(_power(x, -exponent))
    return clipped(*_power(x, exponent), never)


def sqrt(x: Interval) -> Clipped:
    """Enclose {sqrt(a) : a >= 0}; empty where x < 0. `docs/numerics.md` Theorem 2.5; torch.sqrt is only a guess."""
    lo, hi = total(*x)
    return clipped(sqrt_at(lo.clamp_min(0.0))[0], sqrt_at(hi.clamp_min(0.0))[1], hi < 0)


def sqrt_at(x: Tensor) -> Interval:
    """
    Enclose sqrt(x) at points x >= 0; [0, inf] where the guess of torch.sqrt is useless. `docs/numerics.md` Theorem 2.5.

    Error: at most 2 float64 between the ends; tight for squares of numbers of 26 bits.
    """
    large, small = x > 2.0**500, x < 2.0**-500
    plain = torch.ones_like(x)  # torch.where of two numbers would be float32
    reduced = x * torch.where(large, 2.0**-600, torch.where(small, 2.0**600, plain))
    guess = torch.sqrt(reduced).abs()
    high = high_half(guess)
    low = guess - high
    residual = ((reduced - high * high) - 2.0 * high * low) - low * low
    step = residual / (2.0 * guess)
    doubt = step.abs() * 2.0**-38 + guess * 2.0**-90
    exact = (low == 0) & (high * high == reduced)
    sound = residual.abs() <= reduced * 2.0**-40
    back = torch.where(large, 2.0**300, torch.where(small, 2.0**-300, plain))
    lo = torch.where(exact, guess, next_down(guess + (step - doubt))) * back
    hi = torch.where(exact, guess, next_up(guess + (step + doubt))) * back
    known = (exact | sound) & (x > 0) & (x < INF)
    return torch.where(known, lo, 0.0), torch.where(known, hi, torch.where(x == 0, 0.0, INF))


def _sum(a: Tensor, b: Tensor, outward: Callable[[Tensor], Tensor]) -> Tensor:
    result = a + b
    exact = (a == 0) | (b == 0) | (result.abs() < 2.0**-1021)
    return torch.where(exact, result, outward(result))


def _corners(values: list[Tensor]) -> Interval:
    """
    Return the least and the greatest of four corners.

    With ends that are no NaN a corner is NaN only as 0 * inf or inf / inf. There 0 belongs to the closure of the set,
    and no extreme is lost: the set is monotone in each operand, and the extreme sits at another corner.
    """
    p, q, r, s = (torch.nan_to_num(value, nan=0.0, posinf=INF, neginf=-INF) for value in values)
    least = torch.minimum(torch.minimum(p, q), torch.minimum(r, s))
    return least, torch.maximum(torch.maximum(p, q), torch.maximum(r, s))


def _signs(x: Interval, y: Interval) -> tuple[Tensor, Tensor]:
    """Return where a b (or a / b) is certainly >= 0, and where certainly <= 0."""
    (a, b), (c, d) = x, y
    return ((a >= 0) & (c >= 0)) | ((b <= 0) & (d <= 0)), ((a >= 0) & (d <= 0)) | ((b <= 0) & (c >= 0))


def _settled(lo: Tensor, hi: Tensor, positive: Tensor, negative: Tensor) -> Interval:
    """Step outward, but not past 0 where the sign is known: so 0 times anything is [0, 0]."""
    lo, hi = next_down(lo), next_up(hi)
    lo = torch.where(positive, lo.clamp_min(0.0), lo)
    hi = torch.where(negative, hi.clamp_max(0.0), hi)
    return total(lo, hi)


def _is_zero(x: Interval) -> Tensor:
    return (x[0] == 0) & (x[1] == 0)


def _nearest_to_zero(x: Interval) -> Tensor:
    return torch.where((x[0] <= 0) & (x[1] >= 0), 0.0, torch.minimum(x[0].abs(), x[1].abs()))


def _power(x: Interval, n: int) -> Interval:
    if n == 0:
        return torch.ones_like(x[0]), torch.ones_like(x[1])
    if n % 2 == 0:
        return _power_of_positive(_nearest_to_zero(x), n)[0], _power_of_positive(
            torch.maximum(x[0].abs(), x[1].abs()), n
        )[1]
    (a, b), (c, d) = _power_of_positive(x[0].abs(), n), _power_of_positive(x[1].abs(), n)
    return torch.where(x[0] >= 0, a, -b), torch.where(x[1] >= 0, d, -c)


def _power_of_positive(base: Tensor, n: int) -> Interval:
    """Enclose base^n for base >= 0, n >= 1, by squaring; each product steps outward, and 0 stays 0."""
    lo, hi = None, None
    square_lo, square_hi = base, base
    while True:
        if n & 1:
            lo = square_lo if lo is None else _product(lo, square_lo, down=True)
            hi = square_hi if hi is None else _product(hi, square_hi, down=False)
        n >>= 1
        if not n:
            break
        square_lo, square_hi = _product(square_lo, square_lo, down=True), _product(square_hi, square_hi, down=False)
    assert lo is not None
    assert hi is not None
    return lo.clamp_max(HUGE), torch.where(base == 0, 0.0, hi)


def _product(a: Tensor, b: Tensor, *, down: bool) -> Tensor:
    """
    Bound a b for a, b >= 0.

    0 * inf does not occur: both factors are powers of one base bounded on one side, so both lie on one side of 1, or
    equal a bound of 1. An upper bound of a number below 1 stays finite, a lower bound of one above 1 stays positive.
    """
    return next_down(a * b).clamp_min(0.0) if down else next_up(a * b)
