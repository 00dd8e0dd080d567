"""A fixed point at the border of the box that is searched: inside, outside, or exactly there."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import ceil, floor

import torch
from torch import Tensor

from fpverify.kernel.arb import Arb
from fpverify.kernel.box import Box
from fpverify.kernel.errors import FpverifyError
from fpverify.kernel.network import Network
from fpverify.kernel.region import BoxRegion

_STEPS = 6
_FINE = 24
"""Digits behind the point of an enclosure at the border."""

_WORKING = 192
_MOST_CORNERS = 64


@dataclass(frozen=True, slots=True)
class Enclosure:
    """The box [low, high] / 10^digits."""

    low: tuple[int, ...]
    high: tuple[int, ...]
    digits: int

    def region(self) -> BoxRegion:
        scale = 10**self.digits
        return BoxRegion(
            lo=tuple(Fraction(a, scale) for a in self.low), hi=tuple(Fraction(b, scale) for b in self.high)
        )

    def side(self, region: BoxRegion) -> int:
        """Return 1 inside the region, -1 outside, 0 across its border."""
        box = self.region()
        if region.contains(box.lo) and region.contains(box.hi):
            return 1
        return -1 if region.is_disjoint_from(box) else 0


def settle_at_border(network: Network, region: BoxRegion, box: Enclosure, place: Tensor) -> Enclosure:
    """Return a box that decides on which side the point lies, if one is found, else the one given."""
    exact = _exact_point(network, box)
    if exact is not None:
        return exact
    finer = _refined(network, place)
    return box if finer is None or finer.side(region) == 0 else finer


def _exact_point(network: Network, box: Enclosure) -> Enclosure | None:
    """Return the thin enclosure of a short decimal point of the box that f keeps exactly, if there is one."""
    region = box.region()
    sides = [_short_numbers(a, b) for a, b in zip(region.lo, region.hi, strict=True)]
    for count, point in enumerate(product(*sides)):
        if count >= _MOST_CORNERS:
            break
        if _is_fixed(network, point):
            return _of_exact(point)
    return None


def _short_numbers(low: Fraction, high: Fraction) -> list[Fraction]:
    """Return the shortest dyadic number of [low, high], if a short one lies there."""
    for bits in range(21):
        whole = ceil(low * 2**bits)
        if whole <= high * 2**bits:
            return [Fraction(whole, 2**bits)]
    return []


def _is_fixed(network: Network, point: tuple[Fraction, ...]) -> bool:
    image = network.enclose(Box.point(point, Arb()))
    return image.lower() == image.upper() == point


def _of_exact(point: tuple[Fraction, ...]) -> Enclosure:
    digits = max(value.denominator.bit_length() - 1 for value in point)
    numbers = tuple(int(value * 10**digits) for value in point)
    return Enclosure(numbers, numbers, digits)


def _refined(network: Network, place: Tensor) -> Enclosure | None:
    """Return an enclosure of about 24 digits, by Newton's iteration with many bits and an inverse in floats."""
    backend = Arb(_WORKING)
    point = [Fraction(value) for value in place.tolist()]
    size = len(point)
    try:
        slopes = network.slopes(Box.point(point, backend))
        middle = [float((a + b) / 2) for a, b in zip(slopes.lower(), slopes.upper(), strict=True)]
        matrix = torch.eye(size, dtype=torch.float64) - torch.tensor(middle, dtype=torch.float64).reshape(size, size)
        inverse = [[Fraction(x) for x in row] for row in torch.linalg.inv(matrix).tolist()]
        for _ in range(_STEPS):
            value = network.enclose(Box.point(point, backend))
            rest = [x - (a + b) / 2 for x, a, b in zip(point, value.lower(), value.upper(), strict=True)]
            point = [
                x - sum(y * e for y, e in zip(row, rest, strict=True)) for x, row in zip(point, inverse, strict=True)
            ]
            point = [Fraction(round(x * 2**_WORKING), 2**_WORKING) for x in point]
    except (FpverifyError, RuntimeError, ValueError, OverflowError):
        return None
    scale = 10**_FINE
    low, high = (floor(x * scale) - 50 for x in point), (ceil(x * scale) + 50 for x in point)
    return Enclosure(tuple(low), tuple(high), _FINE)
