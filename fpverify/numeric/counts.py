"""Claims that count fixed points by products of cells: Newton's method must find them in cells, and one in each product."""

from fractions import Fraction

import torch
from torch import Tensor

from fpverify.kernel.network import Network
from fpverify.kernel.region import BoxRegion, Region
from fpverify.numeric.build import TorchNetwork
from fpverify.numeric.confirm import Point, fixed_point_near, is_outside
from fpverify.numeric.roots import exact_row
from fpverify.numeric.solutions import refined, roots_in
from fpverify.numeric.subject import Finding, Subject

_SAME = 1e-6
_SLACK = 1e-9
_BEYOND = Fraction(1, 2)
_MOST_REFINED = 9

Cells = list[list[tuple[Fraction, Fraction]]]


def product_count(subject: Subject) -> Finding:
    """Search for fixed points; each must lie in cells, and no two of them in the same product of cells."""
    region, finding = subject.claim.region, Finding()
    cells = [[(Fraction(low), Fraction(high)) for low, high, _ in row] for row in subject.claim.facts.get("cells", [])]
    box = _place(region, subject.network)
    found: list[int] = []
    for f in subject.members():
        points = _distinct(roots_in(f, box, subject))
        finding.samples += subject.samples
        for point in points[:_MOST_REFINED]:
            finding.include(refined(f, point))
        if cells:
            finding.include(_misplaced(f, points, cells, region))
        elif len(points) > 3 ** min(region.dimension, 20):
            finding.violate(1, f"Newton's method found {len(points)} fixed points.")
        found.append(len(points))
    names = ", ".join(map(str, sorted(set(found))))
    finding.notes.append(f"From {subject.samples} starts, Newton's method and iteration found {names} of them.")
    return finding


def _place(region: Region, network: Network) -> BoxRegion:
    """Return where to search: the box; or where the values of f lie, if that is known; or more than [-1, 1] on each side."""
    if isinstance(region, BoxRegion):
        return region
    layer = network.looped_layer()
    span = None if layer is None else layer[1].function.values.everywhere()
    low, high = (-1 - _BEYOND, 1 + _BEYOND) if span is None else span
    return BoxRegion(lo=(low,) * region.dimension, hi=(high,) * region.dimension)


def _distinct(points: Tensor) -> Tensor:
    """Return one of those points that agree to six digits."""
    kept = points[:1]
    for point in torch.unique(torch.round(points / _SAME), dim=0)[1:] * _SAME:
        if float((kept - point).abs().amax(dim=-1).min()) > 4 * _SAME:
            kept = torch.cat([kept, points[(points - point).abs().amax(dim=-1).argmin()][None]])
    return kept


def _misplaced(f: TorchNetwork, points: Tensor, cells: Cells, region: Region) -> Finding:
    finding, seen = Finding(), dict[tuple[int, ...], int]()
    for i in range(len(points)):
        place = [_cell(x, row) for x, row in zip(points[i].tolist(), cells, strict=True)]
        exact = exact_row(points, i)
        assert exact is not None
        if None in place:
            finding.violate(1, "A fixed point lies in no cell.", lambda e=exact: _is_stray(f.network, e, cells, region))
            continue
        key = tuple(one for one in place if one is not None)
        if key in seen:
            other = exact_row(points, seen[key])
            assert other is not None
            finding.violate(1, "Two lie in one product of cells.", lambda a=exact, b=other: _are_two(f.network, a, b))
        seen[key] = i
    return finding


def _cell(x: float, row: list[tuple[Fraction, Fraction]]) -> int | None:
    inside = (i for i, (low, high) in enumerate(row) if float(low) - _SLACK <= x <= float(high) + _SLACK)
    return next(inside, None)


def _is_stray(network: Network, point: Point, cells: Cells, region: Region) -> bool:
    """Return whether the kernel proves that a fixed point of the region has a coordinate in none of its cells."""
    place = fixed_point_near(network, point)
    if place is None or (isinstance(region, BoxRegion) and region.slack(place) < 0):
        return False
    sides = zip(place.lower(), place.upper(), cells, strict=True)
    return any(all(top < low or bottom > high for low, high in row) for bottom, top, row in sides)


def _are_two(network: Network, point: Point, other: Point) -> bool:
    """Return whether the kernel proves that there are different fixed points near two points."""
    one, two = fixed_point_near(network, point), fixed_point_near(network, other)
    return one is not None and two is not None and is_outside(BoxRegion(lo=one.lower(), hi=one.upper()), two)
