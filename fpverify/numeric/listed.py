"""Claims that list fixed points, periodic points or basins: searched for with floats, from many starts."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from fpverify.kernel.exact import exact_vector
from fpverify.kernel.network import Network
from fpverify.kernel.region import BoxRegion, Region
from fpverify.kernel.rules._lift import lift
from fpverify.numeric.build import TorchNetwork
from fpverify.numeric.confirm import Point, fixed_point_near, holds_none, leaves_for_good
from fpverify.numeric.iterate import iterate
from fpverify.numeric.places import doubles, unit_points
from fpverify.numeric.roots import NEWTON_SIZE, exact_row, newton
from fpverify.numeric.solutions import refined, roots_in
from fpverify.numeric.subject import Finding, Subject

_SLACK = 1e-9
_BLUNT = 1e-6
_MOST_REFINED = 9
_DEVIATIONS = 5


def counted(subject: Subject) -> Finding:
    """Search for fixed points: each must lie in a listed box, if all are listed, and each box must hold one."""
    claim, finding = subject.claim, Finding()
    boxes = _boxes(claim.facts["points"])
    complete = claim.kind == "exactly"
    for f in subject.members():
        found = roots_in(f, _place(claim.region, boxes), subject)
        finding.samples += subject.samples
        if complete:
            finding.include(_strays(f, found, boxes, claim.region))
        finding.include(_held(f, boxes))
    finding.include(_types(subject.f, claim.facts["points"], boxes))
    for box in boxes[:_MOST_REFINED]:
        finding.include(refined(subject.f, _centres([box], subject.f.device)[0]))
    finding.notes.append(f"Fixed points were searched for from {subject.samples} starts, and in each listed box.")
    return finding


def periodic(subject: Subject) -> Finding:
    """Look for an orbit through each listed box that closes after the period."""
    facts, finding = subject.claim.facts, Finding(steps=subject.claim.facts["period"])
    boxes = _boxes(facts["points"])
    if boxes:
        far = ~(_outside(_closed(subject, _centres(boxes, subject.device)), boxes) <= _BLUNT)
        finding.samples = len(boxes)
        worst = boxes[int(far.to(torch.int8).argmax())]
        examine = lambda: leaves_for_good(subject.network, worst, facts["period"])  # noqa: E731
        finding.violate(int(far.sum()), "An orbit does not return.", examine)
    finding.notes.append(f"The orbits of the {len(boxes)} listed points were followed through the period.")
    return finding


def _closed(subject: Subject, x: Tensor) -> Tensor:
    """Return states near *x* whose orbits close, by Newton's method for the whole orbit; for a large one, f^k(x)."""
    period = subject.claim.facts["period"]
    *orbit, last = iterate(subject.f, x, period)
    if period * x.shape[1] > NEWTON_SIZE:
        return last
    whole = TorchNetwork(lift(subject.nominal, period), subject.device)
    return newton(whole, torch.cat(orbit, dim=1), 20)[:, : x.shape[1]]


def basin(subject: Subject) -> Finding:
    """Follow orbits from random starts: the share that comes to each point is at least the one that is claimed."""
    claim, finding = subject.claim, Finding(samples=subject.samples, steps=subject.steps)
    assert isinstance(claim.region, BoxRegion)
    unit = unit_points(subject.samples, claim.region.dimension, subject.generator("samples"))
    x = torch.lerp(doubles(claim.region.lo, subject.device), doubles(claim.region.hi, subject.device), unit)
    *_, last = iterate(subject.f, x, 10 * subject.steps)
    for point, box in zip(claim.facts["points"], _boxes(claim.facts["points"]), strict=True):
        (share,) = exact_vector([point["share"]])
        near = _outside(last, [box] * len(last)) < _BLUNT
        seen, wanted = float(near.double().mean()), float(share)
        spread = _DEVIATIONS * (wanted * (1 - wanted) / subject.samples) ** 0.5 + 2 / subject.samples
        finding.violate(int(seen < wanted - spread), f"Only a share of {seen:.3g} comes to the point in {box}.")
    finding.notes.append(f"{subject.samples} orbits were followed, and the shares of the basins compared.")
    return finding


def _boxes(points: Sequence[Mapping[str, Any]]) -> list[BoxRegion]:
    return [BoxRegion(lo=exact_vector(point["lower"]), hi=exact_vector(point["upper"])) for point in points]


def _centres(boxes: Sequence[BoxRegion], device: torch.device) -> Tensor:
    ends = [(doubles(box.lo, device) + doubles(box.hi, device)) / 2 for box in boxes]
    return torch.stack(ends)


def _outside(x: Tensor, boxes: Sequence[BoxRegion]) -> Tensor:
    """Return how far each state is outside of its box, relative to its size; 0 or less inside."""
    low, high = (torch.stack([doubles(getattr(box, end), x.device) for box in boxes]) for end in ("lo", "hi"))
    return torch.maximum(low - x, x - high).amax(dim=-1) / (1 + x.abs().amax(dim=-1))


def _place(region: Region, boxes: Sequence[BoxRegion]) -> BoxRegion:
    """Return where to search: the box; for all of R^d the hull of the listed boxes and a border."""
    if isinstance(region, BoxRegion):
        return region
    low, high = (zip(*(end for end in ends), strict=True) for ends in ([b.lo for b in boxes], [b.hi for b in boxes]))
    return BoxRegion(lo=tuple(min(side) - 1 for side in low), hi=tuple(max(side) + 1 for side in high))


def _strays(f: TorchNetwork, found: Tensor, boxes: Sequence[BoxRegion], region: Region) -> Finding:
    if not len(found):
        return Finding()
    low, high = (torch.stack([doubles(getattr(box, end), f.device) for box in boxes]) for end in ("lo", "hi"))
    gaps = torch.stack([torch.maximum(low - x, x - high).amax(dim=-1).amin() for x in found])
    stray = gaps > _SLACK * (1 + found.abs().amax(dim=-1))
    if not bool(stray.any()):
        return Finding()
    point = exact_row(found, int(stray.nonzero()[0]))
    assert point is not None
    examine = lambda: _is_new(f.network, point, boxes, region)  # noqa: E731
    return Finding().violate(int(stray.sum()), "Newton's method found a fixed point that is not listed.", examine)


def _is_new(network: Network, point: Point, boxes: Sequence[BoxRegion], region: Region) -> bool:
    """Return whether the kernel proves that there is a fixed point of the region outside of all boxes."""
    place = fixed_point_near(network, point)
    if place is None or (isinstance(region, BoxRegion) and region.slack(place) < 0):
        return False
    here = BoxRegion(lo=place.lower(), hi=place.upper())
    return all(here.is_disjoint_from(box) for box in boxes)


def _held(f: TorchNetwork, boxes: Sequence[BoxRegion]) -> Finding:
    """Start Newton's method in each box: it must end there."""
    if not boxes or boxes[0].dimension > NEWTON_SIZE:
        return Finding()
    found = newton(f, _centres(boxes, f.device), 20)
    far = ~(_outside(found, boxes) <= _SLACK)
    worst = boxes[int(far.to(torch.int8).argmax())]
    examine = lambda: holds_none(f.network, worst)  # noqa: E731
    return Finding().violate(int(far.sum()), "Newton's method leaves a listed box.", examine)


def _types(f: TorchNetwork, points: Sequence[Mapping[str, Any]], boxes: Sequence[BoxRegion]) -> Finding:
    """Compare the numbers of eigenvalues outside the unit circle with the stated ones."""
    typed = [(box, point.get("unstable_dimension")) for box, point in zip(boxes, points, strict=True)]
    known = [(box, number) for box, number in typed if number is not None]
    if not known or known[0][0].dimension > NEWTON_SIZE:
        return Finding()
    sizes = torch.linalg.eigvals(f.jacobian(_centres([box for box, _ in known], f.device))).abs()
    outside = (sizes > 1).sum(dim=-1).cpu()
    wrong = outside != torch.tensor([number for _, number in known])
    return Finding().violate(int(wrong.sum()), "The eigenvalues at a point are not as stated.")
