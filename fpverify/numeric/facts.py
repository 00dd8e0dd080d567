"""Claims that leave nothing to converge: facts about images, derivatives and single orbits, tried on samples."""

from collections.abc import Sequence
from fractions import Fraction

import torch
from torch import Tensor

from fpverify.kernel.box import Box
from fpverify.kernel.exact import exact, exact_vector
from fpverify.kernel.network import Network
from fpverify.kernel.norm import Norm, norm_from_data
from fpverify.kernel.region import BoxRegion, Periodic, Region, parts_of
from fpverify.numeric.build import TorchNetwork
from fpverify.numeric.confirm import BACKEND, image_is_outside, into, is_outside, proves, slope_exceeds
from fpverify.numeric.iterate import init, iterate
from fpverify.numeric.places import TorchNorm, doubles, unit_points
from fpverify.numeric.roots import exact_row
from fpverify.numeric.rounding import Rounded, U, run, step_error
from fpverify.numeric.solutions import some_periods
from fpverify.numeric.subject import Finding, Subject

_SLOPE_SLACK = 1e-9
_ENTRIES = 2**18
_LONGEST = 2_000
_FEW_STEPS = 20


def maps_into(subject: Subject) -> Finding:
    """Map states of every part; an image outside all parts by more than rounding is a violation."""
    region, finding = subject.claim.region, Finding(steps=1, notes=["Images of sampled states were located."])
    boxes = _parts(region)
    for f in subject.members():
        for box in boxes:
            x = _samples(box, subject, -(-subject.samples // len(boxes)))
            margin = 4 * float(step_error(f, *_ends(box, f.device)).max()) + 1e-15
            outside = ~_inside(region, f(x), margin)
            finding.samples += x.shape[0]
            if bool(outside.any()):
                point = exact_row(x, int(outside.nonzero()[0]))
                finding.violate(
                    int(outside.sum()),
                    "f takes some states out of the region.",
                    lambda f=f, box=box, point=point: (
                        point is not None and _image_is_lost(f.network, into(box, point), region)
                    ),
                )
    return finding


def _image_is_lost(network: Network, point: tuple[Fraction, ...], region: Region) -> bool:
    """Decide with the kernel; of a periodic region, the translates near to the image are looked at."""
    if not isinstance(region, Periodic):
        return image_is_outside(network, point, parts_of(region))

    def decide() -> bool:
        image = network.enclose(Box.point(point, BACKEND))
        turn = (image.lower()[0] - region.part.lo[0]) // region.period
        turns = [n for n in (turn - 1, turn, turn + 1) if region.two_sided or n >= 0]
        low, high = region.part.lo[0], region.part.hi[0]
        near = [BoxRegion(lo=(low + n * region.period,), hi=(high + n * region.period,)) for n in turns]
        return all(is_outside(box, image) for box in near)

    return proves(decide)


def _inside(region: Region, x: Tensor, margin: float) -> Tensor:
    """Return which states lie in the region up to *margin* (relative for large ones); NaN does not."""
    allowed = margin * (1 + x.abs())
    if isinstance(region, Periodic):
        low, width = float(region.part.lo[0]), float(region.part.hi[0] - region.part.lo[0])
        period = float(region.period)
        turns = torch.floor((x - low + allowed) / period)
        place = x - low - (turns if region.two_sided else turns.clamp(min=0)) * period
        return ((place >= -allowed) & (place <= width + 4 * allowed)).all(dim=-1)
    found = torch.zeros(x.shape[0], dtype=torch.bool, device=x.device)
    for box in parts_of(region):
        lo, hi = _ends(box, x.device)
        found |= ((x >= lo - allowed) & (x <= hi + allowed)).all(dim=-1)
    return found


def lipschitz(subject: Subject) -> Finding:
    """Compare the norms of derivatives, by automatic differentiation, with the rate."""
    facts, size = subject.claim.facts, subject.network.state_size
    norm, rate = norm_from_data(facts["norm"], size), exact(facts["rate"])
    finding = Finding(notes=["Norms of derivatives at sampled states were compared with the rate."])
    boxes = _parts(subject.claim.region)
    count = min(-(-subject.samples // len(boxes)), max(4, _ENTRIES // size**2))
    for f in subject.members():
        for box in boxes:
            finding.include(_derivatives(f, _samples(box, subject, count), norm, rate, box))
    return finding


def _derivatives(f: TorchNetwork, x: Tensor, norm: Norm, rate: Fraction, box: BoxRegion) -> Finding:
    slopes = f.jacobian(x)
    sizes = _operator_norm(slopes, TorchNorm.of(norm, f.device))
    limit = float(rate) + _SLOPE_SLACK * (1 + float(rate))
    finding = Finding(samples=x.shape[0], worst_ratio=float(sizes.max().nan_to_num(nan=torch.inf)) / limit)
    bad = ~(sizes <= limit)
    if not bool(bad.any()):
        return finding
    index = int(sizes.nan_to_num(nan=-1.0).argmax())
    point, direction = exact_row(x, index), _steepest(slopes[index], TorchNorm.of(norm, f.device))
    note = f"A derivative has norm {float(sizes[index]):.9g}."
    return finding.violate(
        int(bad.sum()),
        note,
        lambda: point is not None and slope_exceeds(f.network, into(box, point), norm, rate, direction),
    )


def _operator_norm(slopes: Tensor, norm: TorchNorm) -> Tensor:
    """Return the operator norms of matrices, shape (B, d, d) -> (B,)."""
    w = norm.weights
    match norm.kind:
        case "sup":
            return (slopes.abs() * w).sum(dim=-1).div(w).amax(dim=-1)
        case "one":
            return (slopes.abs() * w[:, None]).sum(dim=-2).div(w).amax(dim=-1)
    scaled = slopes * w / w[:, None]
    finite = scaled.isfinite().all(dim=-1).all(dim=-1)
    sizes = torch.linalg.matrix_norm(scaled.nan_to_num(), ord=2)
    return torch.where(finite, sizes, torch.nan)


def _steepest(slope: Tensor, norm: TorchNorm) -> tuple[Fraction, ...]:
    """Return a direction v for which |A v| / |v| is the operator norm of A, nearly."""
    w = norm.weights
    if norm.kind == "sup":
        row = slope[(slope.abs() * w).sum(dim=-1).div(w).argmax()]
        v = torch.where(row >= 0, w, -w)
    elif norm.kind == "one":
        column = (slope.abs() * w[:, None]).sum(dim=0).div(w).argmax()
        v = torch.zeros_like(w)
        v[column] = 1.0
    else:
        v = torch.linalg.svd((slope * w / w[:, None]).nan_to_num())[2][0] * w
    return tuple(map(Fraction, v.tolist()))


def orbit(subject: Subject) -> Finding:
    """Follow the orbit in doubles with a running bound of its rounding error, and compare its last state."""
    facts, f = subject.claim.facts, subject.f
    steps, coordinate, above = facts["steps"], facts["coordinate"], exact(facts["above"])
    finding = Finding(samples=1, steps=min(steps, _LONGEST), notes=["The orbit was followed with its rounding errors."])
    if steps > _LONGEST:
        finding.notes.append(f"Only {_LONGEST} of its {steps} steps were followed, and nothing was compared.")
    noise = doubles(exact_vector(facts["noise"]), f.device)
    start = init([[float(exact(x)) for x in facts["start"]]], f.device)
    before, error = start[0].cpu(), U * start[0].abs().cpu()
    for time, state in enumerate(iterate(lambda z: f(z) + noise, start, finding.steps)):
        x = state[0].cpu()
        if time:
            error = run(f, Rounded(before - error, before + error, error)).err + 2 * U * (x.abs() + noise.abs().cpu())
        before = x
    reached, doubt = float(before[coordinate]), float(error.nan_to_num(nan=torch.inf)[coordinate])
    finding.notes.append(f"Coordinate {coordinate} reached {reached:.6g}.")
    if steps > _LONGEST or reached == torch.inf or reached + doubt > float(above):
        return finding
    return finding.violate(1, "It did not exceed the bound.", lambda: _stays_below(subject))


def _stays_below(subject: Subject) -> bool:
    facts = subject.claim.facts

    def decide() -> bool:
        state = Box.point(exact_vector(facts["start"]), BACKEND)
        noise = Box.point(exact_vector(facts["noise"]), BACKEND)
        for _ in range(facts["steps"]):
            state = subject.network.enclose(state) + noise
        return state.upper()[facts["coordinate"]] <= exact(facts["above"])

    return proves(decide)


def at_point(subject: Subject) -> Finding:
    """Evaluate the value or the slope at the point."""
    facts, f = subject.claim.facts, subject.f
    point, entry, (low, high) = exact_vector(facts["point"]), facts["entry"], exact_vector(facts["bounds"])
    x = init([[float(value) for value in point]], f.device)
    if len(entry) == 1:
        found, margin = float(f(x)[0, entry[0]]), 2 * float(step_error(f, x[0], x[0])[entry[0]])
        margin += _SLOPE_SLACK * 1e-4
    else:
        found, margin = (
            float(f.jacobian(x)[0, entry[0], entry[1]]),
            _SLOPE_SLACK * (1 + abs(float(low)) + abs(float(high))),
        )
    finding = Finding(samples=1, notes=[f"In doubles it is {found:.12g}."])
    inside = float(low) - margin <= found <= float(high) + margin
    return finding.violate(int(not inside), "It is outside the bounds.", lambda: _entry_is_outside(subject))


def _entry_is_outside(subject: Subject) -> bool:
    facts, network = subject.claim.facts, subject.network
    low, high = exact_vector(facts["bounds"])

    def decide() -> bool:
        place = Box.point(exact_vector(facts["point"]), BACKEND)
        values = network.enclose(place) if len(facts["entry"]) == 1 else network.slopes(place)
        entry = values.entry(*facts["entry"])
        return entry.upper()[0] < low or entry.lower()[0] > high

    return proves(decide)


def refutes(subject: Subject) -> Finding:
    """Follow some orbits for the reader; the premises of a counterexample are decided one by one by the kernel."""
    boxes, finding = _parts(subject.claim.region), Finding(steps=_FEW_STEPS)
    ends: list[float] = []
    for box in boxes:
        x = _samples(box, subject, -(-subject.samples // len(boxes)))
        finding.samples += x.shape[0]
        for state in iterate(subject.f, x, _FEW_STEPS):
            x = state
        ends.append(float((subject.f(x) - x).abs().max()))
    farthest = f" Their last steps had sizes up to {max(ends):.3g}." if ends else ""
    finding.notes.append(
        f"The premises are decided by the kernel, one by one; {finding.samples} orbits were followed.{farthest}"
    )
    return finding


# ------------------------------------------------------------------ helpers


def _parts(region: Region) -> Sequence[BoxRegion]:
    return some_periods(region) if isinstance(region, Periodic) else parts_of(region)


def _ends(box: BoxRegion, device: torch.device) -> tuple[Tensor, Tensor]:
    return doubles(box.lo, device), doubles(box.hi, device)


def _samples(box: BoxRegion, subject: Subject, count: int) -> Tensor:
    unit = unit_points(count, box.dimension, subject.generator("samples"))
    return torch.lerp(*_ends(box, subject.device), unit)
