"""Claims about where fixed points are, or are not: searched for with floats, from many starts."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise

import torch
from torch import Tensor

from fpverify.kernel.box import Box
from fpverify.kernel.exact import exact_vector
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import BoxRegion, Cover, Periodic, Region
from fpverify.kernel.rules import RULES
from fpverify.kernel.verdict import Status
from fpverify.numeric.build import TorchNetwork
from fpverify.numeric.confirm import BACKEND, Point, fixed_point_near, image_is_outside, into, motion_signs
from fpverify.numeric.iterate import iterate
from fpverify.numeric.places import doubles, unit_points
from fpverify.numeric.refine import MpNetwork, refine
from fpverify.numeric.roots import NEWTON_SIZE, bisect, exact_row, newton, settle, sign_changes
from fpverify.numeric.rounding import step_error
from fpverify.numeric.subject import Finding, Subject

_RESIDUAL = 1e-12
_SLOPE_SLACK = 1e-9
_PERIODS = 3
_BOXES = 2_000
_FAR = 1e3


def exists(subject: Subject) -> Finding:
    """Find one fixed point of each member; finding none is a violation only if the kernel excludes every one."""
    region, finding = subject.claim.region, Finding()
    assert isinstance(region, BoxRegion)
    for f in subject.members():
        roots = roots_in(f, region, subject)
        finding.samples += subject.samples
        if len(roots):
            finding.include(refined(f, roots[0]))
        elif is_excluded(f.network, region):
            finding.violate(1, "There is no fixed point in the region.", lambda: True)
        else:
            finding.notes.append("No fixed point was found with floats; that contradicts nothing.")
    finding.notes.append("Fixed points were searched for from many starts, by iteration and Newton's method.")
    return finding


def none(subject: Subject) -> Finding:
    """Search for fixed points: changes of sign on the line, Newton's method elsewhere."""
    least, finding = float("inf"), Finding()
    for f in subject.members():
        for box in _boxes(subject.claim.region):
            x = _samples(box, subject)
            least = min(least, float((f(x) - x).abs().amax(dim=-1).min()))
            finding.samples += x.shape[0]
            finding.include(_no_crossings(f, box, subject) if box.dimension == 1 else _no_roots(f, box, subject))
    finding.notes.append(f"The least |f(x) - x| seen is {least:.3g} (sup norm).")
    return finding


def at_most_one(subject: Subject) -> Finding:
    """Count the changes of sign of f(x) - x on the line."""
    finding = Finding(samples=subject.samples, notes=["Changes of sign of f(x) - x were counted on [-1000, 1000]."])
    for f in subject.members():
        end = torch.asinh(torch.tensor(_FAR, dtype=torch.float64))
        x = torch.sinh(torch.linspace(-1, 1, subject.samples, dtype=torch.float64) * end)[:, None].to(subject.device)
        points = _alternating(f, x, _SLOPE_SLACK)
        _too_many(finding, f.network, points, 1, subject.claim.region)
    return finding


def crossing(subject: Subject) -> Finding:
    """Find the one change of sign of f(x) - x, and the slope there."""
    region, (low, high) = subject.claim.region, exact_vector(subject.claim.facts["slope"])
    assert isinstance(region, BoxRegion)
    finding = Finding(
        samples=subject.samples, notes=["The change of sign of f(x) - x and the slope there were looked at."]
    )
    for f in subject.members():
        x = _grid(region, subject)
        points = _alternating(f, x, _threshold(f, region))
        _too_many(finding, f.network, points, 1, region)
        if len(points) < 2:
            _no_crossing(finding, f, region)
            continue
        root = bisect(lambda s, f=f: f(s) - s, points[:2])
        finding.include(refined(f, root))
        finding.include(_slope_within(f, root, (low, high), region))
    return finding


def diagonal(subject: Subject) -> Finding:
    """Find a fixed point with equal coordinates, and the eigenvalue of (1, ..., 1) there."""
    facts, size, f = subject.claim.facts, subject.network.state_size, subject.f
    ends, (low, high) = exact_vector(facts["interval"]), exact_vector(facts["eigenvalue"])
    finding = Finding(
        samples=subject.samples, notes=["The diagonal was searched; row sums of the derivative were compared."]
    )
    interval = BoxRegion(lo=ends[:1], hi=ends[1:])
    s = _grid(interval, subject).expand(-1, size)
    motion = (f(s) - s)[:, :1]
    tolerance = _threshold(f, BoxRegion(lo=ends[:1] * size, hi=ends[1:] * size))
    change = sign_changes(torch.where(motion.abs() > tolerance, motion, 0.0).squeeze(-1))
    if ends[0] != ends[1] and not len(change):
        finding.notes.append("No change of sign on the diagonal could be resolved in doubles.")
        return finding
    pair = s[:2] if ends[0] == ends[1] else s[torch.stack([change[0], change[0] + 1])]
    root = bisect(lambda x: f(x) - x, pair)
    far = float((f(root[None]) - root).abs().max())
    if not far <= 1e-6 * (1 + float(root.abs().max())):
        return finding.violate(1, f"f moves the point found on the diagonal by {far:.3g}.")
    return finding.include(_slope_within(f, root, (low, high), BoxRegion(lo=ends[:1] * size, hi=ends[1:] * size)))


def alternates(subject: Subject) -> Finding:
    """Follow orbits from both boxes; a state outside the next box by more than rounding is a violation."""
    region = subject.claim.region
    assert isinstance(region, Cover)
    finding = Finding(notes=["Orbits were followed from one box to the other; rounding was undone at each step."])
    for f in subject.members():
        for here, there in ((0, 1), (1, 0)):
            finding.include(_swaps(f, [region.parts[here], region.parts[there]], subject))
    return finding


def _swaps(f: TorchNetwork, boxes: Sequence[BoxRegion], subject: Subject) -> Finding:
    ends = [(doubles(box.lo, f.device), doubles(box.hi, f.device)) for box in boxes]
    errors = [4 * step_error(f, lo, hi).to(f.device) for lo, hi in ends]
    finding, time, raw = Finding(steps=subject.steps), 0, torch.empty(0)

    def step(x: Tensor) -> Tensor:
        """Step, and move back what rounding took out of the box: again a legitimate start."""
        nonlocal time, raw
        time, raw = time + 1, f(x)
        return raw.clamp(*ends[time % 2])

    before = _samples(boxes[0], subject)
    finding.samples = before.shape[0]
    for t, x in enumerate(iterate(step, before, subject.steps)):
        if t:
            lo, hi = ends[t % 2]
            margin = errors[(t - 1) % 2] + 1e-15 * torch.maximum(lo.abs(), hi.abs())
            bad = ~((raw >= lo - margin) & (raw <= hi + margin)).all(dim=-1)
            _leaves(finding, f.network, before, bad, (boxes[(t - 1) % 2], boxes[t % 2]))
        before = x
    return finding


def _leaves(finding: Finding, network: Network, x: Tensor, bad: Tensor, way: tuple[BoxRegion, BoxRegion]) -> None:
    """Count the states that f does not take the *way* from one box to the other; the kernel examines the first."""
    if bool(bad.any()):
        point = exact_row(x, int(bad.nonzero()[0]))
        examine = None if point is None else (lambda: image_is_outside(network, into(way[0], point), [way[1]]))
        finding.violate(int(bad.sum()), "f leaves the region from some states.", examine)


# ------------------------------------------------------------------ searching


def roots_in(f: TorchNetwork, box: BoxRegion, subject: Subject) -> Tensor:
    """Return fixed points found in the box, shape (N, d)."""
    starts = _samples(box, subject)
    few = starts[: max(8, 2**16 // box.dimension**2)]
    found = newton(f, few, 20) if box.dimension <= NEWTON_SIZE else few
    x = torch.cat([found, settle(f, starts[:8])])
    size = 1 + x.abs()
    lo, hi = doubles(box.lo, f.device), doubles(box.hi, f.device)
    inside = (x >= lo - _RESIDUAL * size) & (x <= hi + _RESIDUAL * size)
    good = inside & ((f(x) - x).abs() <= _RESIDUAL * size)
    return x[good.all(dim=-1)]


def _no_roots(f: TorchNetwork, box: BoxRegion, subject: Subject) -> Finding:
    roots, finding = roots_in(f, box, subject), Finding()
    lo, hi = doubles(box.lo, f.device), doubles(box.hi, f.device)
    roots = roots[((roots >= lo) & (roots <= hi)).all(dim=-1)]
    if not len(roots):
        return finding
    point = exact_row(roots, 0)
    assert point is not None
    return finding.violate(1, "Newton's method found a fixed point.", lambda: _is_within(f.network, point, box))


def _no_crossings(f: TorchNetwork, box: BoxRegion, subject: Subject) -> Finding:
    points = _alternating(f, _grid(box, subject), _threshold(f, box))
    return _too_many(Finding(), f.network, points, 0, box)


def _too_many(finding: Finding, network: Network, points: Tensor, most: int, region: Region) -> Finding:
    """Count the changes of sign beyond *most*; the kernel decides the signs at the points found."""
    changes = max(len(points) - 1, 0)
    if changes <= most or not network.is_continuous:
        return finding
    exact_points = [into(region, (Fraction(x),))[0] for x in points.squeeze(-1).tolist()]

    def examine() -> bool:
        signs = motion_signs(network, exact_points)
        return sum(one * other < 0 for one, other in pairwise(signs)) > most

    return finding.violate(changes - most, f"f(x) - x changes its sign {changes} times.", examine)


def _no_crossing(finding: Finding, f: TorchNetwork, region: BoxRegion) -> None:
    if is_excluded(f.network, region):
        finding.violate(1, "f(x) - x does not change its sign.", lambda: True)
    else:
        finding.notes.append("The change of sign could not be resolved in doubles.")


def _alternating(f: TorchNetwork, x: Tensor, tolerance: float) -> Tensor:
    """
    Return points at which f(x) - x has alternating signs; none if it does not change its sign.

    Args:
        x: increasing; shape (n, 1).
        tolerance: values of at most *tolerance* (1 + |x|) are rounding.
    """
    motion = (f(x) - x).squeeze(-1)
    resolved = torch.where(motion.abs() > tolerance * (1 + x.squeeze(-1).abs()), motion, 0.0)
    index = torch.nonzero(resolved).squeeze(-1)
    signs = resolved[index].sign()
    turns = torch.nonzero(signs[:-1] * signs[1:] < 0).squeeze(-1)
    return x[torch.cat([index[turns], index[turns[-1:] + 1]])]


def _threshold(f: TorchNetwork, box: BoxRegion) -> float:
    """Return how large |f(x) - x| / (1 + |x|) has to be for its sign to mean something."""
    eps = float(step_error(f, doubles(box.lo, f.device), doubles(box.hi, f.device)).max())
    return 2 * eps + 1e-15


def _samples(box: BoxRegion, subject: Subject) -> Tensor:
    unit = unit_points(subject.samples, box.dimension, subject.generator("samples"))
    return torch.lerp(doubles(box.lo, subject.device), doubles(box.hi, subject.device), unit)


def _grid(box: BoxRegion, subject: Subject) -> Tensor:
    ticks = torch.linspace(0, 1, max(subject.samples, 2), dtype=torch.float64, device=subject.device)[:, None]
    return torch.lerp(doubles(box.lo, subject.device), doubles(box.hi, subject.device), ticks)


def _boxes(region: Region) -> list[BoxRegion]:
    """Return a box, or some periods of a periodic region."""
    if isinstance(region, BoxRegion):
        return [region]
    assert isinstance(region, Periodic)
    return some_periods(region)


def some_periods(region: Periodic) -> list[BoxRegion]:
    """Return the interval and its neighbours."""
    turns = range(-_PERIODS if region.two_sided else 0, _PERIODS + 1)
    shifts = [n * region.period for n in turns]
    return [BoxRegion(lo=(region.part.lo[0] + s,), hi=(region.part.hi[0] + s,)) for s in shifts]


# ------------------------------------------------------------------ what is found, looked at more closely


def refined(f: TorchNetwork, root: Tensor) -> Finding:
    """Refine one fixed point by mpmath."""
    finding, size = Finding(), root.shape[0]
    if size > NEWTON_SIZE:
        return finding
    identity = torch.eye(size, dtype=torch.float64, device=root.device)
    inverse, failed = torch.linalg.inv_ex(identity - f.jacobian(root[None])[0])
    found = None if failed else refine(MpNetwork(f.network), root.tolist(), inverse.tolist())
    if found is not None:
        finding.limits.append(found.decimals())
    return finding


def _slope_within(f: TorchNetwork, root: Tensor, bounds: tuple[Fraction, Fraction], region: BoxRegion) -> Finding:
    """Compare the row sums of the derivative at a fixed point with their bounds (the slope, for a scalar loop)."""
    finding = Finding()
    sums = f.jacobian(root[None])[0].sum(dim=-1)
    low, high = map(float, bounds)
    margin = _SLOPE_SLACK * (1 + abs(low) + abs(high))
    bad = ~((sums >= low - margin) & (sums <= high + margin))
    point = exact_row(root[None], 0)
    examine: Callable[[], bool] | None = None
    if point is not None and len(point) <= NEWTON_SIZE:
        examine = lambda: _slope_is_outside(f.network, point, bounds, region)  # noqa: E731
    return finding.violate(int(bad.sum()), f"The slope at the fixed point is {sums.tolist()[:4]}.", examine)


def _slope_is_outside(network: Network, point: Point, bounds: tuple[Fraction, Fraction], region: BoxRegion) -> bool:
    place = fixed_point_near(network, point)
    if place is None or region.slack(place) < 0:
        return False
    sums = network.slopes(place).row_sums()
    return any(top < bounds[0] or bottom > bounds[1] for bottom, top in zip(sums.lower(), sums.upper(), strict=True))


def _is_within(network: Network, point: Sequence[Fraction], box: BoxRegion) -> bool:
    place: Box | None = fixed_point_near(network, tuple(point))
    return place is not None and box.slack(place) >= 0


def is_excluded(network: Network, region: BoxRegion) -> bool:
    """Return whether the kernel proves that there is no fixed point in the box."""
    obligation = Obligation(
        id="x", rule="exclusion", network=network, region=region, witness={"boxes": _BOXES}, backend=BACKEND
    )
    return RULES["exclusion"].decide(obligation, {}).status is Status.PROVED
