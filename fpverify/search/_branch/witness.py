"""The witness of rule cover: points, tree and share, as the search found them."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, log10
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fpverify.backends.torch64.network import outward
from fpverify.kernel.network import Network
from fpverify.kernel.region import BoxRegion
from fpverify.search._branch.borders import Enclosure, settle_at_border
from fpverify.search._branch.solve import State


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """
    Fields:
        witness: of rule cover.
        open_low, open_high: the boxes that are left undecided.
    """

    witness: dict[str, Any]
    open_low: Tensor
    open_high: Tensor


def witness_of(network: Network, region: BoxRegion, state: State, most: int | None = None) -> Found:
    """
    Return what the kernel is to decide.

    Args:
        network, region: what was searched.
        state: after the last sweep.
        most: the kernel is asked to go through about so many boxes only, and what lies below stays open; None for all.
    """
    registry = state.registry
    open_low, open_high = torch.cat((state.low, state.left_low)), torch.cat((state.high, state.left_high))
    if most is not None and state.tree.size > most:
        ends = (np.array([outward(x)[side] for x in part]) for side, part in enumerate((region.lo, region.hi)))
        open_low, open_high = (torch.from_numpy(part) for part in state.tree.cut(most, *ends))
    boxes = [_enclosure(state, j) for j in range(len(registry))]
    inside = _inside(registry["low"], registry["high"], registry["digits"], region)
    kept = sorted(
        {*state.tree.points(), *(j for j, where in enumerate(inside) if where >= 0)}, key=_by_place(registry["place"])
    )
    for j in kept:
        if inside[j] == 0:
            boxes[j] = settle_at_border(network, region, boxes[j], registry["place"][j])
            inside[j] = boxes[j].side(region)
    points = [_point(state, j, boxes[j]) for j in kept]
    tokens = state.tree.tokens({j: i for i, j in enumerate(kept)})
    witness: dict[str, Any] = {"points": points, "tree": tokens}
    straddling = [boxes[j].region() for j in kept if inside[j] == 0]
    if len(open_low) or straddling:
        witness["share"] = _share(region, open_low, open_high, straddling)
    return Found(witness, open_low, open_high)


def _by_place(places: Tensor) -> Any:
    rows = [tuple(row) for row in torch.round(places, decimals=9).tolist()]
    return lambda j: rows[j]


def _enclosure(state: State, j: int) -> Enclosure:
    registry = state.registry
    low, high, digits = registry["low"][j].tolist(), registry["high"][j].tolist(), int(registry["digits"][j])
    return Enclosure(tuple(low), tuple(high), digits)


def _inside(low: Tensor, high: Tensor, digits: Tensor, region: BoxRegion) -> list[int]:
    """Return 1 for enclosures inside the region, -1 for those that miss it, 0 for those across its border; exactly."""
    result = np.zeros(len(low), dtype=np.int64)
    for size in sorted(set(digits.tolist())):
        rows = (digits == size).numpy()
        scale = 10**size
        least = np.array([ceil(x * scale) for x in region.lo], dtype=object)
        most = np.array([floor(x * scale) for x in region.hi], dtype=object)
        a, b = low[rows].numpy().astype(object), high[rows].numpy().astype(object)
        within = ((a >= least) & (b <= most)).all(1)
        misses = ((b < least) | (a > most)).any(1)
        result[rows] = np.where(within, 1, np.where(misses, -1, 0))
    return result.tolist()


def _point(state: State, j: int, box: Enclosure) -> dict[str, Any]:
    registry = state.registry
    parts = (registry[key][j].tolist() for key in ("unique_low", "unique_high", "unique_digits"))
    unique = [[decimal(a, k), decimal(b, k)] for a, b, k in zip(*parts, strict=True)]
    sides = zip(box.low, box.high, strict=True)
    enclosure = [[decimal(a, box.digits), decimal(b, box.digits)] for a, b in sides]
    return {"enclosure": enclosure, "unique": unique, "index": int(registry["index"][j])}


def decimal(value: int, digits: int) -> str:
    """Return value / 10^digits as a short exact text."""
    while digits > 0 and value % 10 == 0:
        value, digits = value // 10, digits - 1
    if digits == 0:
        return str(value)
    shown = str(abs(value)).rjust(digits + 1, "0")
    return f"{'-' * (value < 0)}{shown[:-digits]}.{shown[-digits:]}"


def _share(region: BoxRegion, low: Tensor, high: Tensor, straddling: Sequence[BoxRegion]) -> str:
    """Return a short text a little above the share of the region that the boxes fill; thin coordinates are left out."""
    thick = [j for j, (a, b) in enumerate(zip(region.lo, region.hi, strict=True)) if a < b]
    widths = torch.tensor([float(region.hi[j] - region.lo[j]) for j in thick], dtype=torch.float64)
    boxes = [*((high - low)[:, thick] / widths).prod(1).tolist()]
    for box in straddling:
        sides = [Fraction(box.hi[j] - box.lo[j]) / (region.hi[j] - region.lo[j]) for j in thick]
        boxes.append(float(np.prod([float(side) for side in sides])))
    total = sum(boxes) * (1 + 1e-9)
    if total <= 0:
        return "0" if not boxes else "1e-300"
    return short_above(Fraction(total))


def short_above(share: Fraction) -> str:
    """Return a short text a little above a positive share, at most 1."""
    if share >= Fraction(9999, 10_000):
        return "1"
    digits = 5 - floor(log10(share))
    return f"{ceil(share * Fraction(10) ** digits) + 1}e{-digits}"
