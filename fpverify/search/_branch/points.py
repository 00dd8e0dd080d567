"""From a float near a fixed point to what the kernel accepts: an enclosure, and a box in which it is the only one."""

from dataclasses import dataclass

import torch
from torch import Tensor

from fpverify.search._branch.krawczyk import krawczyk, times
from fpverify.search._branch.maps import Map

_STEPS = 8
_RATE = 0.9
"""The kernel asks for a rate below 1 in the box of uniqueness; the search for a little less."""

_TRIES = ((6.0, 0.3), (4.0, 0.3), (3.0, 0.2), (2.2, 0.1), (1.7, 0.1), (1.3, 0.03), (1.05, 0.03), (1.05, 1e-3))
"""Boxes of uniqueness that are tried: a multiple of the reach, and the least side relative to the largest."""

_LEAST = 1e-8
"""The least radius of a box of uniqueness, relative to the size of the point."""

_RADIUS = 2e-11
"""Half the width of an enclosure, relative to the size of the point."""

_ROUNDS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Certified:
    """
    Fields:
        columns: of the registry, for the points that were certified.
        passed: which of the points asked for these are.
    """

    columns: dict[str, Tensor]
    passed: Tensor


def newton(f: Map, start: Tensor, reach: Tensor) -> tuple[Tensor, Tensor]:
    """Return where Newton's iteration ends, and where it has converged within 2 *reach* of its start."""
    unit = torch.eye(start.shape[1], dtype=start.dtype, device=start.device)
    x, zero, step = start.clone(), torch.zeros_like(start), torch.full_like(start, torch.inf)
    moving = torch.arange(len(x), device=x.device)
    for _ in range(_STEPS):
        place = x[moving]
        low, high = f.value(place)
        matrix = unit - f.image(place, zero[moving]).slope
        solved, _failed = torch.linalg.solve_ex(torch.nan_to_num(matrix), ((low + high) * 0.5 - place).unsqueeze(2))
        move = solved.squeeze(2)
        x[moving], step[moving] = place + move, move.abs()
        near = ((x[moving] - start[moving]).abs() <= 3 * reach[moving]).all(1)
        moving = moving[near & ~(move.abs() <= 1e-13 * (1 + place.abs())).all(1)]
        if not len(moving):
            break
    close = ((x - start).abs() <= 2 * reach).all(1)
    return x, close & (step <= 1e-9 * (1 + x.abs())).all(1)


def certify(f: Map, places: Tensor, reach: Tensor) -> Certified:
    """
    Enclose the fixed points near *places*, and find boxes in which each is the only one.

    Args:
        places: of shape (n, d).
        reach: the box of uniqueness is to hold places ± reach at least; it is as large as a few tries allow.
    """
    found = torch.zeros(len(places), dtype=torch.bool, device=places.device)
    whole = torch.zeros(places.shape, dtype=torch.int64, device=places.device)
    low, high, digits = whole.clone(), whole.clone(), whole.clone()
    least = _LEAST * (1 + places.abs())
    for factor, thinnest in _TRIES:
        left = (~found).nonzero().squeeze(1)
        if not len(left):
            break
        wide = torch.maximum(reach[left] * factor, reach[left].amax(1, keepdim=True) * thinnest)
        box = _short_box(places[left], torch.maximum(wide, least[left]))
        good = _is_unique(f, *box)
        at = left[good]
        low[at], high[at], digits[at], found[at] = box[0][good], box[1][good], box[2][good], True
    at = found.nonzero().squeeze(1)
    return _enclosed(f, places, at, low[at], high[at], digits[at])


def _short_box(centre: Tensor, radius: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return about centre ± radius in integers over 10^digits: two or three digits of the radius."""
    digits = (2 - torch.log10(radius)).ceil().clamp(0, 17).to(torch.int64)
    scale = 10.0 ** digits.double()
    return ((centre - radius) * scale).round().long(), ((centre + radius) * scale).round().long(), digits


def _ends(low: Tensor, high: Tensor, digits: Tensor) -> tuple[Tensor, Tensor]:
    """Return midpoint and radius of short boxes, the radius a little too large."""
    scale = 10.0 ** digits.double()
    first, last = low / scale, high / scale
    c = first * 0.5 + last * 0.5
    return c, torch.maximum(last - c, c - first) * (1 + 2.0**-48)


def _is_unique(f: Map, low: Tensor, high: Tensor, digits: Tensor) -> Tensor:
    c, r = _ends(low, high, digits)
    return krawczyk(f, c, r).contracts(r, _RATE)


def _enclosed(f: Map, places: Tensor, at: Tensor, low: Tensor, high: Tensor, digits: Tensor) -> Certified:
    """Find enclosures that Krawczyk's operator of the boxes of uniqueness maps into themselves."""
    centre, (c, r) = places[at], _ends(low, high, digits)
    size = (1 + centre.abs()).amax(1)
    fine = (14 - torch.log10(size)).floor().clamp(0, 14).to(torch.int64)
    scale = (10.0 ** fine.double()).unsqueeze(1)
    wanted = torch.maximum(r * (_RADIUS * size / r.amax(1)).unsqueeze(1), 20 / scale)
    radius = torch.minimum(wanted, r * 0.02)
    first, last = ((centre - radius) * scale).round(), ((centre + radius) * scale).round()
    operator = krawczyk(f, c, r)
    done = torch.zeros(len(at), dtype=torch.bool, device=at.device)
    for _ in range(_ROUNDS):
        middle, half = (first + last) * 0.5 / scale, (last - first) * 0.5 / scale
        value = f.value(middle)
        step = times(operator.inverse, middle - (value[0] + value[1]) * 0.5)
        spread = times(operator.inverse.abs(), (value[1] - value[0]) * 0.5)
        rate = (operator.growth / r).amax(1, keepdim=True)
        reach = step.abs() + spread + rate * r * (half / r).amax(1, keepdim=True)
        done = (reach < half * (1 - 1e-6)).all(1)
        if bool(done.all()):
            break
        more = torch.where(
            done[:, None], half, torch.maximum(half * 1.5, r * (2 * (step.abs() + spread) / r).amax(1, keepdim=True))
        )
        middle = torch.where(done[:, None], middle, middle - step)
        first = torch.where(done[:, None], first, ((middle - more) * scale).floor())
        last = torch.where(done[:, None], last, ((middle + more) * scale).ceil())
    inside = (first / scale >= c - r) & (last / scale <= c + r)
    return _columns(places, at, done & inside.all(1), operator.inverse, (first, last, fine), (low, high, digits))


def _columns(
    places: Tensor,
    at: Tensor,
    good: Tensor,
    inverse: Tensor,
    enclosure: tuple[Tensor, Tensor, Tensor],
    unique: tuple[Tensor, Tensor, Tensor],
) -> Certified:
    sign = torch.linalg.det(inverse[good]).sign().long()
    low, high, digits = (part[good].long().cpu() for part in enclosure)
    unique_low, unique_high, unique_digits = (part[good].cpu() for part in unique)
    columns = {
        "place": places[at[good]].cpu(),
        "low": low,
        "high": high,
        "digits": digits,
        "unique_low": unique_low,
        "unique_high": unique_high,
        "unique_digits": unique_digits,
        "index": sign.cpu(),
    }
    passed = torch.zeros(len(places), dtype=torch.bool, device=places.device)
    passed[at[good]] = True
    return Certified(columns, passed)
