"""
The compiled path against the eager one, on points chosen to hurt: what a library must pass before it is used.

The numbers have to be equal; the sign of a zero is not compared.
"""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from fpverify.backends.torch64 import balls, elementwise, points
from fpverify.backends.torch64.library import Library
from fpverify.backends.torch64.rounding import HUGE, UNIT, Interval, total

_REFERENCES: dict[str, Callable[[Interval], Interval]] = {
    "exp": lambda x: _increasing(x, points.exp_at),
    "tanh": lambda x: _increasing(x, points.tanh_at),
    "sigmoid": lambda x: _increasing(x, points.sigmoid_at),
    "tanh_slope": lambda x: _decreasing(elementwise.absolute(x), points.tanh_slope_at),
    "sigmoid_slope": lambda x: _decreasing(elementwise.absolute(x), points.sigmoid_slope_at),
}


def eager(name: str, x: Interval) -> Interval:
    """Enclose the function *name* over *x* by the eager path: the reference."""
    return _REFERENCES[name](x)


def _increasing(x: Interval, at: Callable[[Tensor], Interval]) -> Interval:
    lo, hi = total(*x)
    return total(at(lo)[0], at(hi)[1])


def _decreasing(x: Interval, at: Callable[[Tensor], Interval]) -> Interval:
    return total(at(x[1])[0], at(x[0])[1])


def differences(library: Library) -> list[str]:
    """Return the functions of *library* whose results on the adversarial points are not those of the eager path."""
    with torch.device("cpu"):  # whatever the default device is
        x = adversarial()
        found = {name: (library.function(name, *x), eager(name, x)) for name in _REFERENCES}
        found |= _conversions(library, x) | _scalings(library, x)
        differing = [name for name, (ours, expected) in found.items() if ours is None or not _same(ours, expected)]
        return differing + _blind(library, x)


_Pair = tuple[Sequence[Tensor] | None, Sequence[Tensor]]
"""A result of the library and that of the eager path."""


def _conversions(library: Library, x: Interval) -> dict[str, _Pair]:
    lost = torch.tensor([math.nan, 0.0, 5.0, math.inf], dtype=torch.float64)  # half a NaN, inverted, and of no number
    x = torch.cat((x[0], lost)), torch.cat((x[1], lost.roll(1)))
    mid, rad = balls.of_ends(*x)
    place = torch.arange(_ROW, dtype=torch.float64)
    offset = place.remainder(5) * 2.0**-1070 + place.remainder(3) * 1.75
    rows = [_rows(part) for part in (mid, rad)]
    by = 2.0**-45, 1 + 4 * UNIT
    settled = library.settle(rows[0].clone(), rows[1].clone(), offset, 1 + 2.0**-40)
    return {
        "of_ends": (library.of_ends(*x), (mid, rad)),
        "ends": (library.ends(mid, rad), balls.ends(mid, rad)),
        "ends of NaN": (library.ends(*x), balls.ends(*x)),
        "factor": ((library.factor(mid, rad, *by),), (balls.factor(mid, rad, *by),)),
        "settle": (settled, balls.settle(rows[0], rows[1].clone(), offset, 1 + 2.0**-40)),
    }


def _scalings(library: Library, x: Interval) -> dict[str, _Pair]:
    """Every interval times some thirty others, with zeros, infinities and all signs among them."""
    by = _rows(x[0]), _rows(x[1])
    mixed = torch.randperm(by[0].numel(), generator=torch.Generator().manual_seed(0))
    each = tuple(torch.stack([_rows(end.flatten()[mixed.roll(97 * k)]) for k in range(8)], 1) for end in by)
    shared = tuple(end[::3].reshape(1, -1, _ROW)[:, :24] for end in each)
    return {
        name: (
            library.scale((low.contiguous(), high.contiguous()), by),
            elementwise.mul((low, high), (by[0].unsqueeze(1), by[1].unsqueeze(1))),
        )
        for name, (low, high) in {"scale": each, "scale by one": shared}.items()
    }


def _blind(library: Library, x: Interval) -> list[str]:
    """Return the functions that compute with a NaN, where they should leave it to the eager path."""
    lost, middle = x[0].clone(), x[0].numel() // 2
    lost[middle] = math.nan
    nans = {"lower": (lost, x[1]), "upper": (x[0], lost)}
    found = {f"{side} {name}": library.function(name, *ends) for name in _REFERENCES for side, ends in nans.items()}
    row, ones = lost[middle - 5 :][:_ROW].reshape(1, _ROW), torch.ones(1, _ROW, dtype=torch.float64)
    for place in range(4):
        a, b, c, d = (row if place == k else ones for k in range(4))
        found[f"scale ({place})"] = library.scale((a.unsqueeze(0), b.unsqueeze(0)), (c, d))
    return [f"{name} of NaN" for name, result in found.items() if result is not None]


_ROW = 47
"""Length of a row: no multiple of the vectors of any processor, so that the loops and what they leave over are met."""


def _rows(x: Tensor) -> Tensor:
    return x[: x.numel() // _ROW * _ROW].reshape(-1, _ROW)


def _same(found: Sequence[Tensor], expected: Sequence[Tensor]) -> bool:
    """Whether all numbers are equal; 0 and -0 are."""
    return all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))


def adversarial() -> Interval:
    """
    Return some 3000 intervals, thin and wide: each seam and place of the table, subnormal, huge and infinite ends.

    Every entry of the table is met with several exponents, and each cut of an argument from both sides.
    """
    seams = torch.arange(-1400, 1401, dtype=torch.float64) * (math.log(2) / 128)
    near = [place * (1 + step * 2.0**-52) for place in _PLACES for step in (-1, 0, 1)]
    special = torch.tensor([sign * place for place in near if place <= HUGE for sign in (1, -1)], dtype=torch.float64)
    infinite = torch.full((3,), math.inf, dtype=torch.float64)
    lo = torch.cat((seams, special, -special.abs(), -infinite))
    hi = torch.cat((seams, special, special.abs(), torch.tensor([-1.0, 0.0, math.inf], dtype=torch.float64)))
    width = torch.arange(len(lo), dtype=torch.float64).remainder(5) * (hi.abs().clamp_max(1.0) * 0.25)
    return lo, torch.maximum(lo, hi + width)


_PLACES = [
    0.0,
    2.0**-1074,
    2.0**-1060,
    2.0**-1022,
    2.0**-1021,
    1e-300,
    2.0**-60,
    1e-9,
    0.3,
    1.0,
    18.7,
    20.0,
    40.0,
    373.0,
]
_PLACES += [650.0, 707.7, 708.4, 709.78, 710.5, 711.0, 745.13, 745.2, 746.0, 800.0, 1e10, 2.0**500, 1e300, HUGE]
