"""Claims about where orbits end: absorbed, attracts and converges, followed in floats from many starts."""

from collections.abc import Sequence
from fractions import Fraction

import torch
from torch import Tensor

from fpverify.kernel.box import Box
from fpverify.kernel.exact import exact
from fpverify.kernel.network import Network
from fpverify.kernel.norm import norm_from_data
from fpverify.kernel.region import Ball, BoxRegion, Region, parts_of, region_from_data
from fpverify.numeric.build import TorchNetwork
from fpverify.numeric.confirm import (
    BACKEND,
    Point,
    Promise,
    fixed_point_near,
    holds_none,
    into,
    mignitude,
    norm_up,
    proves,
)
from fpverify.numeric.iterate import iterate
from fpverify.numeric.orbits import Trial
from fpverify.numeric.places import TorchNorm, doubles, places_of
from fpverify.numeric.roots import NEWTON_SIZE, exact_row, newton, settle
from fpverify.numeric.rounding import gamma
from fpverify.numeric.solutions import refined
from fpverify.numeric.subject import Finding, Subject

_SLACK = 1e-9
_BLUNT = 1e-6
_RESIDUAL = 1e-12
_POWERS = 32
_MOST_TRIED = 64
_MOST_EXAMINED = 8


def absorbed(subject: Subject) -> Finding:
    """From the step at which the box is reached, compare distances from the fixed point with K^t |x^k - p|."""
    facts, finding = subject.claim.facts, Finding()
    box = BoxRegion.of(*facts["box"])
    for f in subject.members():
        point = settle(f, _centre(box, f))
        finding.include(_rates(subject, f, point))
        finding.include(_only_one(subject, f, point))
    note = f"Distances from the fixed point were compared with K^t |x^{facts['steps']} - p| at every later step."
    finding.notes.append(note)
    return finding


def attracts(subject: Subject) -> Finding:
    """Follow orbits from the ball to their limit, and compare its slopes with the rate."""
    ball, rate, finding = subject.claim.region, exact(subject.claim.facts["rate"]), Finding()
    assert isinstance(ball, Ball)
    for f in subject.members():
        point = settle(f, _centre(ball, f))
        finding.include(_is_near(subject, f, point, ball))
        finding.include(_ends(subject, f, point))
        finding.include(_slopes(f, point, rate))
    finding.notes.append("Orbits from the ball were followed, and the powers of the derivative compared with K^m.")
    return finding


def converges(subject: Subject) -> Finding:
    """Follow orbits from the starts to the limit of the one from the centre of the stated ball or box."""
    target, finding = region_from_data(subject.claim.facts["into"]), Finding()
    assert isinstance(target, (Ball, BoxRegion))
    for f in subject.members():
        finding.include(_ends(subject, f, settle(f, _centre(target, f))))
    finding.notes.append(
        "Orbits were followed until they came to the fixed point that attracts that region, or did not."
    )
    return finding


# ------------------------------------------------------------------ rates


def _rates(subject: Subject, f: TorchNetwork, point: Tensor) -> Finding:
    facts, size = subject.claim.facts, subject.network.state_size
    norm = norm_from_data(facts["norm"], size)
    promise = Promise(network=f.network, rate=exact(facts["rate"]), norm=norm, noise=(Fraction(0),) * size)
    box = places_of(BoxRegion.of(*facts["box"]), 1, f.device, subject.generator("choices"))
    trial = Trial(subject=subject, f=f, promise=promise, places=box, points=point, samples=subject.samples)
    starts = _starts(subject, f, point)
    *_, later = iterate(f, starts, facts["steps"])
    first = trial.norm(later - point)
    hull = torch.cat([later, point])
    slack = trial.slack(hull.amin(dim=0), hull.amax(dim=0))
    finding = Finding(samples=starts.shape[0], steps=facts["steps"] + subject.steps)
    for time, x in enumerate(iterate(f, later, subject.steps)):
        power, error = trial.rate**time, trial.norm(x - point)
        bound = power * first
        limit = bound + slack + gamma(2 * size + 4 * time + 32) * (bound + error)
        ratios = (error / limit).nan_to_num(nan=torch.inf)
        finding.curve.append((float(error.max()), float(bound.max())))
        finding.worst_ratio = max(finding.worst_ratio, float(ratios.max()))
        broken = ~(error <= limit)
        if bool(broken.any()):
            start = exact_row(starts, int(ratios.argmax()))
            examine = lambda start=start, time=time: _rate_breaks(promise, subject, point, start, time)  # noqa: E731
            note = "A state is farther from the fixed point than the rate admits."
            return finding.violate(int(broken.sum()), note, examine)
    return finding


def _rate_breaks(promise: Promise, subject: Subject, near: Tensor, start: Point | None, time: int) -> bool:
    """
    Return whether the kernel proves that an orbit from the region breaks the bound.

    If the claim were true, each fixed point in the region would be p: so any enclosure of one there will do.
    """
    network, region, centre = promise.network, subject.claim.region, exact_row(near, 0)
    if start is None or centre is None:
        return False

    def decide() -> bool:
        place = fixed_point_near(network, centre)
        if place is None or not _lies_in(region, place):
            return False
        state = Box.point(into(region, start), BACKEND)
        for _ in range(subject.claim.facts["steps"]):
            state = network.enclose(state)
        first = norm_up(promise.norm, (state - place).magnitude().upper())
        for _ in range(time):
            state = network.enclose(state)
        return not promise.norm.vector_at_most(mignitude(state - place), promise.rate**time * first)

    return proves(decide)


def _slopes(f: TorchNetwork, point: Tensor, rate: Fraction) -> Finding:
    """
    Compare traces of powers of the derivative J at the fixed point with the rate.

    If f contracts with the rate K near p in some norm, no eigenvalue of J exceeds K, and |tr J^m| <= d K^m for each m.
    """
    size, power = point.shape[1], f.jacobian(point)[0]
    slopes, norm = power, float(power.norm())
    if not f.network.is_smooth:
        return Finding()
    for m in range(1, _POWERS + 1):
        slack = gamma(4 * m * size + 64) * size * max(norm, 1.0) ** m + _SLACK * float(rate) ** m
        if not abs(float(power.trace())) <= size * float(rate) ** m + slack:
            examine = lambda m=m: _trace_exceeds(f.network, exact_row(point, 0), rate, m)  # noqa: E731
            return Finding().violate(1, "The derivative at the fixed point has an eigenvalue above the rate.", examine)
        power = power @ slopes
    return Finding()


def _trace_exceeds(network: Network, near: Point | None, rate: Fraction, exponent: int) -> bool:
    def decide() -> bool:
        place = None if near is None else fixed_point_near(network, near)
        if place is None:
            return False
        slopes = network.slopes(place)
        power, size = slopes, network.state_size
        for _ in range(exponent - 1):
            power = power.matrix_product(slopes)
        low, high = (sum(ends[:: size + 1], Fraction(0)) for ends in (power.lower(), power.upper()))
        return max(low, -high) > size * rate**exponent

    return proves(decide)


# ------------------------------------------------------------------ limits


def _ends(subject: Subject, f: TorchNetwork, point: Tensor) -> Finding:
    """Look whether orbits from the region come to the fixed point."""
    finding, starts = Finding(), _starts(subject, f, point)
    lost = _lost(f, starts, point, 10 * subject.steps)
    finding.samples, finding.steps = starts.shape[0], 10 * subject.steps
    finding.violate(int(lost.sum()), f"{int(lost.sum())} orbits do not come to the fixed point.")
    finding.include(_only_one(subject, f, point))
    return finding.include(refined(f, point[0]))


def _is_near(subject: Subject, f: TorchNetwork, point: Tensor, ball: Ball) -> Finding:
    """Compare the distance of the fixed point from the centre with the stated one."""
    distance = exact(subject.claim.facts["distance"])
    gap = TorchNorm.of(ball.norm, f.device)(point - doubles(ball.centre, f.device))
    rest = (f(point) - point).abs().amax()
    size = 1 + float(point.abs().amax())
    if float(gap) <= float(distance) + _SLACK * size and float(rest) <= _BLUNT * size:
        return Finding()
    note = f"The orbit from the centre of the ball ends {float(gap):.3g} away from it."
    return Finding().violate(1, note, lambda: holds_none(f.network, _around(ball, distance)))


def _lost(f: TorchNetwork, x: Tensor, point: Tensor, steps: int) -> Tensor:
    """
    Return which orbits do not come to the fixed point: far in the last quarter of the steps, and not nearer than before.

    The second quarter is what is compared with, so that slow convergence contradicts nothing. NaN does not converge.
    """
    early, late = (torch.zeros(len(x), dtype=x.dtype, device=x.device) for _ in range(2))
    for time, state in enumerate(iterate(f, x, steps)):
        gap = (state - point).abs().amax(dim=-1)
        if steps <= 4 * time < 2 * steps:
            early = torch.maximum(early, gap)
        if 4 * time >= 3 * steps:
            late = torch.maximum(late, gap)
    tolerance = _BLUNT * (1 + point.abs().amax())
    return ~(late <= tolerance) & ~(late < (1 - _BLUNT) * early)


def _only_one(subject: Subject, f: TorchNetwork, point: Tensor) -> Finding:
    """Search for another fixed point in the region by Newton's method: its orbit stays where it is."""
    if point.shape[1] > NEWTON_SIZE:
        return Finding()
    starts = _starts(subject, f, point)
    starts = starts[:: -(-len(starts) // _MOST_TRIED)]
    *_, last = iterate(f, starts, subject.steps)
    found = newton(f, torch.cat([starts, last]), 20)
    size = 1 + found.abs()
    rest = ((f(found) - found).abs() <= _RESIDUAL * size).all(dim=-1)
    other = found[rest & ((found - point).abs() > _BLUNT * size).any(dim=-1)]
    other = other[torch.stack([_inside(part, other) for part in _parts(subject)]).any(dim=0)]
    rows = [exact_row(other, index) for index in range(min(len(other), _MOST_EXAMINED))]
    own, note = exact_row(point, 0), "Newton's method found another fixed point in the region."
    examine = lambda: any(_is_another(subject, f.network, own, row) for row in rows)  # noqa: E731
    return Finding().violate(len(other), note, examine)


def _is_another(subject: Subject, network: Network, own: Point | None, other: Point | None) -> bool:
    """
    Return whether the kernel proves that a fixed point of the region is not p.

    For it is farther from the centre of a ball than p may be, or there is a second one that would be p: one in the region,
    or in what p attracts.
    """
    if own is None or other is None:
        return False
    here, first = (fixed_point_near(network, point) for point in (other, own))
    parts, facts, ball = _parts(subject), subject.claim.facts, subject.claim.region
    if here is None or not any(_lies_in(part, here) for part in parts):
        return False
    box = BoxRegion(lo=here.lower(), hi=here.upper())
    if isinstance(ball, Ball) and "distance" in facts and box.is_disjoint_from(_around(ball, exact(facts["distance"]))):
        return True
    parts = [*parts, region_from_data(facts["into"])] if "into" in facts else parts
    if first is None or not any(_lies_in(part, first) for part in parts):
        return False
    return box.is_disjoint_from(BoxRegion(lo=first.lower(), hi=first.upper()))


def _around(ball: Ball, distance: Fraction) -> BoxRegion:
    """Return a box that holds every state at most so far from the centre."""
    return BoxRegion(lo=tuple(c - distance for c in ball.centre), hi=tuple(c + distance for c in ball.centre))


# ------------------------------------------------------------------ helpers


def _centre(region: Ball | BoxRegion, f: TorchNetwork) -> Tensor:
    box = region.bounding_box() if isinstance(region, Ball) else region
    return ((doubles(box.lo, f.device) + doubles(box.hi, f.device)) / 2)[None]


def _parts(subject: Subject) -> Sequence[Region]:
    """Return the boxes of the region; the region itself, if it is none."""
    return parts_of(subject.claim.region) or (subject.claim.region,)


def _starts(subject: Subject, f: TorchNetwork, point: Tensor) -> Tensor:
    """Return states of the region; on the whole space, states around the fixed point."""
    parts, generator = _parts(subject), subject.generator("starts")
    places = [places_of(part, subject.samples, f.device, generator) for part in parts]
    each = -(-subject.samples // len(parts))
    return torch.cat([place.starts(each, point, generator)[0] for place in places])


def _inside(region: Region, x: Tensor) -> Tensor:
    """Return which states lie in a box or a ball; all, for the whole space."""
    if isinstance(region, BoxRegion):
        return ((x >= doubles(region.lo, x.device)) & (x <= doubles(region.hi, x.device))).all(dim=-1)
    if isinstance(region, Ball):
        norm = TorchNorm.of(region.norm, x.device)
        return norm(x - doubles(region.centre, x.device)) <= float(region.radius)
    return torch.ones(len(x), dtype=torch.bool, device=x.device)


def _lies_in(region: Region, place: Box) -> bool:
    """Return whether each point of *place* certainly lies in the box, the ball or the whole space."""
    if isinstance(region, BoxRegion):
        return region.slack(place) >= 0
    if isinstance(region, Ball):
        ends = zip(place.lower(), place.upper(), region.centre, strict=True)
        return region.norm.vector_at_most([max(high - c, c - low) for low, high, c in ends], region.radius)
    return True
