"""
The only rounding this package knows: round to nearest by the hardware, then one step outward.

Inside the package a NaN means that a bound was lost, and a lost bound is infinite: `total`. Where a partial function may
have no value, the empty set is a mask of its own (`Clipped`), never a pair of NaNs and never an inverted pair.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from fpverify.kernel.errors import MisuseError

UNIT = 2.0**-53
"""Half the distance from 1 to the next float64: the relative error of one rounding."""

ETA = 2.0**-1074
"""The smallest positive float64."""

HUGE = float.fromhex("0x1.fffffffffffffp1023")
"""The largest finite float64."""

INF = float("inf")

Interval = tuple[Tensor, Tensor]
"""Lower and upper ends, float64, of one shape (or of shapes that broadcast)."""


class DtypeError(MisuseError, TypeError):
    """A tensor is not float64; the proofs hold for float64 only."""


class Clipped(NamedTuple):
    """
    The hull of a partial function over an interval.

    Where `empty` holds the interval misses the domain; the ends are then (-inf, inf), safe for who forgets the mask.
    """

    lo: Tensor
    hi: Tensor
    empty: Tensor


def require_f64(*tensors: Tensor) -> None:
    """Raise DtypeError unless every tensor is float64; float32 would pass silently through every formula below."""
    for tensor in tensors:
        if not isinstance(tensor, Tensor):
            raise DtypeError(f"{tensor!r} is no tensor: write torch.tensor(..., dtype=torch.float64)")
        if tensor.dtype != torch.float64:
            raise DtypeError(f"a tensor of {tensor.dtype}: write .to(torch.float64), which is exact for float32")


def next_up(x: Tensor) -> Tensor:
    """Return the least float64 above *x*; inf stays. `docs/numerics.md` Lemma 2.1."""
    require_f64(x)
    return torch.nextafter(x, x.new_full((), INF))


def next_down(x: Tensor) -> Tensor:
    """Return the greatest float64 below *x*; -inf stays. `docs/numerics.md` Lemma 2.1."""
    require_f64(x)
    return torch.nextafter(x, x.new_full((), -INF))


def total(lo: Tensor, hi: Tensor) -> Interval:
    """Replace a NaN end by the infinite one on its side; other ends are kept."""
    require_f64(lo, hi)
    return (
        torch.nan_to_num(lo, nan=-INF, posinf=INF, neginf=-INF),
        torch.nan_to_num(hi, nan=INF, posinf=INF, neginf=-INF),
    )


def clipped(lo: Tensor, hi: Tensor, empty: Tensor) -> Clipped:
    """Return (lo, hi) with the whole line where *empty* holds."""
    lo, hi = total(torch.where(empty, -INF, lo), torch.where(empty, INF, hi))
    return Clipped(lo, hi, empty.expand(lo.shape))


def around(value: Tensor, units: float | Tensor, slack: float = 16 * ETA) -> Interval:
    """
    Enclose every real v with |value - v| <= (units - 1.1) u |v| + slack / 2, where 1.1 < units <= 64.

    `docs/numerics.md` Lemma 2.3. Not for infinite values: `total` is left to the caller.
    """
    reach = value.abs() * (units * UNIT) + slack
    return value - reach, value + reach


def power_of_two(exponent: Tensor) -> Tensor:
    """Return 2^exponent for integers of [-1022, 1023], by writing the exponent field."""
    return ((exponent + 1023) << 52).view(torch.float64)


def scaled(value: Tensor, exponent: Tensor) -> Tensor:
    """
    Return value * 2^exponent for 2^-8 <= value <= 4, |exponent| <= 2000.

    Error: none where the result is normal, else one rounding. `docs/numerics.md` Lemma 2.3.
    """
    first = exponent >> 1
    return value * power_of_two(first) * power_of_two(exponent - first)


def scaled_outward(ends: Interval, exponent: Tensor) -> Interval:
    """Enclose [lo, hi] * 2^exponent for ends of [2^-8, 4]. Error: none unless the result is subnormal."""
    lo, hi = scaled(ends[0], exponent), scaled(ends[1], exponent)
    lo = torch.where(lo < 2.0**-1021, next_down(lo).clamp_min(0.0), lo.clamp_max(HUGE))
    return lo, torch.where(hi < 2.0**-1021, next_up(hi), hi)


def high_half(x: Tensor) -> Tensor:
    """Cut *x* to its leading 26 bits; the rest, x minus the result, is exact and has at most 27."""
    return (x.view(torch.int64) & -(1 << 27)).view(torch.float64)
