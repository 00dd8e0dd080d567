"""
Between ends and balls, on plain tensors: the eager form of what `kernels.c` does in one pass each.

`mid` and `rad` are those of `linear.Ball`. Operations in place are on tensors of this package's own making.
"""

from math import inf

import torch
from torch import Tensor

from fpverify.backends.torch64.rounding import UNIT, Interval, next_down, next_up, total

TINY = 2.0**-1000
"""Added to a factor before it is multiplied: covers what underflow, or flushing to zero, took from that factor."""

FLOOR = 2.0**-900
"""Added to a sum: covers what underflow, or flushing to zero, took from its terms, up to 2^26 of them."""

Pair = tuple[Tensor, Tensor]
"""Midpoints and radii."""


def around(mid: Tensor, rad: Tensor) -> Pair:
    """Return mid ± rad; the whole line wherever mid is not finite or rad is not a finite number >= 0."""
    probe = rad + mid * 0.0  # NaN where mid is not finite, else rad; torch.isfinite takes three times as long
    usable = (probe >= 0) & (probe < inf)
    return torch.where(usable, mid, 0.0), torch.where(usable, rad, inf)


def of_ends(lo: Tensor, hi: Tensor) -> Pair:
    """Enclose [lo, hi] by a ball. `docs/numerics.md` Lemma 4.3."""
    mid = (lo * 0.5).add_(hi * 0.5)
    rad = torch.maximum(hi - mid, mid - lo)
    return around(mid, rad.mul_(1 + 4 * UNIT).add_(TINY))


def ends(mid: Tensor, rad: Tensor) -> Interval:
    """Return the ends of balls, one step outward. `docs/numerics.md` Lemma 2.1."""
    return total(next_down(mid - rad), next_up(mid + rad))


def factor(mid: Tensor, rad: Tensor, by_mid: float, by_rad: float) -> Tensor:
    """Return by_rad rad + by_mid |mid| + 2^-1000: what is multiplied with |W| in Theorems 4.4 and 4.5."""
    size = mid.abs() if by_mid == 1.0 else mid.abs().mul_(by_mid)
    return size.add_(rad if by_rad == 1.0 else rad * by_rad).add_(TINY)


def settle(mid: Tensor, rad: Tensor, offset: Tensor, inflation: float) -> Pair:
    """Return mid ± ((rad + offset) inflation + 2^-900), and overwrite *rad*: the last line of Theorem 4.4."""
    return around(mid, rad.add_(offset).mul_(inflation).add_(FLOOR))
