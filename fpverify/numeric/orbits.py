"""The promise of a contraction, tried on orbits: with noise and parameters that work against it, at every step."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import torch
from torch import Tensor

from fpverify.numeric.build import Parameters, TorchNetwork, pinned
from fpverify.numeric.confirm import Move, Promise, has_no_fixed_point, orbit_breaks
from fpverify.numeric.iterate import iterate
from fpverify.numeric.places import Places, TorchNorm, doubles
from fpverify.numeric.refine import MpNetwork, refine
from fpverify.numeric.roots import MOST_STEPS, exact_row, settle
from fpverify.numeric.rounding import U, gamma, step_error
from fpverify.numeric.subject import Finding, Subject

_MOST_REFINED = 16
_REFINED_ENTRIES = 1024
_REFINED_SIZE = 32
_OWN_ERROR = Fraction(1, 10**45)


@dataclass(frozen=True, eq=False, kw_only=True)
class Trial:
    """
    A promise with all that is needed to try it.

    Fields:
        subject: for seeds and sizes.
        f: the network on the device.
        promise, places: what is claimed, and where.
        points: the fixed points in doubles, shape (R, d).
        samples: about how many orbits each adversary gets.
    """

    subject: Subject
    f: TorchNetwork
    promise: Promise
    places: Places
    points: Tensor
    samples: int

    @cached_property
    def norm(self) -> TorchNorm:
        return TorchNorm.of(self.promise.norm, self.f.device)

    @cached_property
    def noise(self) -> Tensor:
        """Doubles at or below the bounds of the noise."""
        bounds = doubles(self.promise.noise, self.f.device)
        return torch.nextafter(bounds, torch.zeros_like(bounds))

    @cached_property
    def rate(self) -> float:
        return min(math.nextafter(float(self.promise.rate), 1.0), 1 - U)

    def slack(self, lo: Tensor, hi: Tensor) -> float:
        """
        Return the float slack of the bound, for orbits in the box [lo, hi].

        With eps bounding the rounding of a step (noise added), a float orbit is one with noise eps, so that by T3.1
        it gains eps / (1 - K), and as much again if rounding takes it past the faces of the region (T3.2 c). The
        fixed point is known to within (|f(p) - p| + eps) / (1 - K), and enters the bound and the error.
        """
        margin = 1e-6 * (hi - lo) + 1e-9
        step = step_error(self.f, lo - margin, hi + margin).to(self.f.device)
        largest = torch.maximum(lo.abs(), hi.abs()) + self.noise + margin
        eps = float(self.norm(step + 2 * U * largest))
        residual = float(self.norm(self.f(self.points) - self.points).max())
        return (4 * eps + 2 * residual) / (1 - self.rate)


# ------------------------------------------------------------------ adversaries


@dataclass(frozen=True, eq=False, kw_only=True)
class Adversary:
    """
    Chooses parameters and noise for a step, within what the promise admits.

    Fields:
        parameters: (network, offsets x - p of the batch, signs fixed for each orbit, generator) -> parameters.
        noise: (bounds, offsets, generator) -> noise; shape (B, d) or (d,).
    """

    parameters: Callable[[TorchNetwork, Tensor, Tensor, torch.Generator], Parameters]
    noise: Callable[[Tensor, Tensor, torch.Generator], Tensor]


def _away(offsets: Tensor) -> Tensor:
    return torch.where(offsets >= 0, 1.0, -1.0).to(torch.float64)


def _random(like: Tensor, generator: torch.Generator) -> Tensor:
    return 2 * torch.rand(like.shape, generator=generator, dtype=torch.float64, device=like.device) - 1


NOBODY = Adversary(parameters=lambda f, x, signs, g: f.nominal, noise=lambda bounds, x, g: torch.zeros_like(bounds))

ADVERSARIES: Mapping[str, Adversary] = {
    "pushing away from the fixed point": Adversary(
        parameters=lambda f, x, signs, g: f.pushed(signs * _away(x)), noise=lambda bounds, x, g: bounds * _away(x)
    ),
    "at random": Adversary(
        parameters=lambda f, x, signs, g: f.uniform(g), noise=lambda bounds, x, g: bounds * _random(x, g)
    ),
    "at random extremes": Adversary(
        parameters=lambda f, x, signs, g: f.corner(g), noise=lambda bounds, x, g: bounds * _random(x, g).sign()
    ),
}


class Walk:
    """
    A step of a batch of orbits under an adversary, which remembers what was done in it.

    Two walks of one trial, name and starts take the same steps: so a violation is repeated, to examine it.
    """

    def __init__(self, trial: Trial, name: str, starts: Tensor, owner: Tensor) -> None:
        self.trial, self.targets = trial, trial.points[owner]
        self.adversary = ADVERSARIES.get(name, NOBODY)
        self.generator = trial.subject.generator(f"walk {name}")
        self.signs = _random(starts[:, :1], self.generator).sign()
        self.before = starts
        self.parameters: Parameters = trial.f.nominal
        self.noise = torch.zeros_like(trial.noise)

    def __call__(self, x: Tensor) -> Tensor:
        offsets, self.before = x - self.targets, x
        self.parameters = self.adversary.parameters(self.trial.f, offsets, self.signs, self.generator)
        self.noise = self.adversary.noise(self.trial.noise, offsets, self.generator)
        return self.trial.f(x, self.parameters) + self.noise

    def move(self, index: int) -> Move | None:
        """Return what was done to orbit *index* in the last step, exactly; None if it was not finite."""
        drawn = {i: affine.of_sample(self.before, index) for i, affine in self.parameters.items()}
        noise = exact_row(self.noise.expand_as(self.before), index)
        return None if noise is None else Move(network=pinned(self.trial.f.network, drawn), noise=noise)


# ------------------------------------------------------------------ following orbits


def follow(trial: Trial, name: str) -> Finding:
    """Follow orbits from every region under the named adversary, comparing each state with the bound at each step."""
    generator = trial.subject.generator(f"starts {name}")
    starts, owner = trial.places.starts(trial.samples, trial.points, generator)
    first = trial.norm(starts - trial.points[owner])
    slack, tolerance = _slacks(trial, starts, first)
    steps = _steps(trial, first, slack)
    watch = _Watch(trial, owner, first, slack, tolerance)
    walk = Walk(trial, name, starts, owner)
    for time, x in enumerate(iterate(walk, starts, steps)):
        watch.see(time, x)
    finding = watch.finding(samples=starts.shape[0], steps=steps)
    if not math.isfinite(slack):
        finding.notes.append("The rounding error of a step could not be bounded there: nothing was compared.")
    if finding.violations:
        again = lambda: _examine(trial, name, starts, owner, watch.offender())  # noqa: E731
        finding.confirm.append(again)
        finding.notes.append(f"{finding.violations} states broke the bound or left the region ({name}).")
    return finding


def _slacks(trial: Trial, starts: Tensor, first: Tensor) -> tuple[float, Tensor]:
    """Return the slack of the bound and that of the region, an entry per coordinate."""
    lo, hi = trial.places.lo.amin(dim=0), trial.places.hi.amax(dim=0)
    reach = trial.norm.reach(first.max() + float(trial.promise.radius))
    lo = torch.where(lo.isfinite(), lo, trial.points.amin(dim=0) - reach)
    hi = torch.where(hi.isfinite(), hi, trial.points.amax(dim=0) + reach)
    slack = trial.slack(lo, hi)
    tolerance = trial.norm.reach(starts.new_tensor(slack)) + 4 * U * torch.maximum(lo.abs(), hi.abs())
    return slack, tolerance


def _steps(trial: Trial, first: Tensor, slack: float) -> int:
    """Return how many steps there are to see: without noise, none once the bound is below the slack."""
    most, farthest = trial.subject.steps, float(first.max())
    if trial.promise.radius or not 0 < slack < farthest < math.inf:
        return most
    if trial.rate <= 0:
        return min(most, 2)
    return min(most, 2 + math.ceil(math.log(slack / farthest) / math.log(trial.rate)))


class _Watch:
    """Compares states with the bound; keeps per step what the record needs, on the device until the end."""

    def __init__(self, trial: Trial, owner: Tensor, first: Tensor, slack: float, tolerance: Tensor) -> None:
        self.trial, self.owner, self.first = trial, owner, first
        self.slack, self.tolerance = slack, tolerance
        self.targets = trial.points[owner]
        self.radius = float(trial.promise.radius)
        self.radii = doubles(trial.promise.radii, trial.f.device)
        self.rows: list[Tensor] = []
        self.scores: list[Tensor] = []

    def see(self, time: int, x: Tensor) -> None:
        power = self.trial.rate**time
        offsets = x - self.targets
        error = self.trial.norm(offsets)
        bound = power * self.first + self.radius * (1 - power)
        limit = bound + self.slack + gamma(2 * x.shape[1] + 4 * time + 32) * (bound + error)
        broken = ~(error <= limit) | self.trial.places.outside(x, self.owner, self.tolerance)
        if len(self.radii):
            reach = self.trial.norm.reach(power * self.first)
            broken |= ~(offsets.abs() <= (self.radii + reach) * (1 + gamma(64)) + self.tolerance).all(dim=-1)
        ratio = (error / limit).nan_to_num(nan=torch.inf)
        self.rows.append(torch.stack([error.max(), bound.max(), ratio.max(), broken.sum()]))
        score = torch.where(broken, (error - limit).nan_to_num(nan=-1e300, posinf=-1e300), -torch.inf)
        self.scores.append(torch.stack(score.max(dim=0)))

    def finding(self, samples: int, steps: int) -> Finding:
        rows = torch.stack(self.rows).tolist()
        curve = [(error, bound) for error, bound, _, _ in rows]
        violations = int(sum(row[3] for row in rows))
        return Finding(
            samples=samples,
            steps=steps,
            violations=violations,
            worst_ratio=max(row[2] for row in rows[1:]),
            curve=curve,
        )

    def offender(self) -> tuple[int, int]:
        """Return (orbit, step) of the violation that exceeds the bound by most."""
        scores = torch.stack(self.scores)
        time = int(scores[:, 0].argmax())
        return int(scores[time, 1]), time


def _examine(trial: Trial, name: str, starts: Tensor, owner: Tensor, offender: tuple[int, int]) -> bool:
    """Repeat the walk up to the violation, and let the kernel decide on that orbit with exact numbers."""
    index, last = offender
    region, near = int(owner[index]), exact_row(trial.points, int(owner[index]))
    walk, moves = Walk(trial, name, starts, owner), []
    for time, _ in enumerate(iterate(walk, starts, last)):
        moves += [walk.move(index)] if time else []
    start, done = exact_row(starts, index), [move for move in moves if move is not None]
    if start is None or near is None or len(done) < len(moves):
        return False
    return orbit_breaks(trial.promise, trial.places.regions(region), near, start, done)


# ------------------------------------------------------------------ the fixed points themselves


def fixed_points(trial: Trial) -> Finding:
    """Look whether the fixed points lie in their regions, in doubles and, for some, to 50 digits."""
    finding, size = Finding(), trial.points.shape[1]
    lost = ~trial.places.holds(trial.points)
    slowest = 1e-6 + 4 * trial.rate**MOST_STEPS
    lost |= ~(trial.norm(trial.f(trial.points) - trial.points) <= slowest * (1 + trial.norm(trial.points)))
    if bool(lost.any()):
        index = int(lost.nonzero()[0])
        note = f"The orbit from the centre does not settle in its region ({int(lost.sum())} of {len(lost)} regions)."
        return finding.violate(int(lost.sum()), note, lambda: _is_missing(trial, index))
    if size > _REFINED_SIZE:
        finding.notes.append(f"Fixed points were refined in float64 only (the state has {size} coordinates).")
        return finding
    return _refined(trial, finding)


def _is_missing(trial: Trial, index: int) -> bool:
    near = exact_row(trial.points, index) or exact_row(trial.places.centres(), index)
    return near is not None and has_no_fixed_point(trial.promise, trial.places.regions(index), near)


def _refined(trial: Trial, finding: Finding) -> Finding:
    size = trial.points.shape[1]
    count = min(trial.places.count, _MOST_REFINED, max(1, _REFINED_ENTRIES // size**2))
    network, points = MpNetwork(trial.f.network), trial.points[:count]
    identity = torch.eye(size, dtype=torch.float64, device=points.device)
    inverse, failed = torch.linalg.inv_ex(identity - trial.f.jacobian(points))
    for index in range(count):
        found = None if failed[index] else refine(network, points[index].tolist(), inverse[index].tolist())
        if found is None:
            finding.notes.append("A fixed point could not be refined by mpmath.")
            continue
        finding.limits.append(found.decimals())
        if _lies_outside(trial, index, found.exact()):
            note = f"The fixed point {found.decimals()[:4]} lies outside its region."
            finding.violate(1, note, lambda index=index: _is_missing(trial, index))
    return finding


def _lies_outside(trial: Trial, index: int, point: tuple[Fraction, ...]) -> bool:
    """Compare exactly with the corners, up to the error of a point given to 50 digits."""
    region = trial.places.regions(index)
    ball = trial.places.ball
    if ball is not None:
        offset = [abs(x - c) for x, c in zip(point, ball.centre, strict=True)]
        return not ball.norm.vector_at_most(offset, ball.radius * (1 + _OWN_ERROR))
    if trial.places.lo.isinf().any():
        return False
    ends = zip(region.lo, point, region.hi, strict=True)  # pyright: ignore[reportAttributeAccessIssue]
    return any(
        x < low - _OWN_ERROR * (1 + abs(low)) or x > high + _OWN_ERROR * (1 + abs(high)) for low, x, high in ends
    )


# ------------------------------------------------------------------ the whole trial


def try_promise(subject: Subject, f: TorchNetwork, promise: Promise, places: Places, samples: int) -> Finding:
    """Try a promise against the adversaries that it admits."""
    points = settle(f, places.centres(), places.holds)
    trial = Trial(subject=subject, f=f, promise=promise, places=places, points=points, samples=samples)
    finding = fixed_points(trial)
    if not bool(points.isfinite().all()):
        return finding
    names = list(ADVERSARIES) if any(promise.noise) or f.network.is_uncertain else ["alone"]
    for name in names:
        finding.include(follow(replace(trial, samples=-(-samples // len(names))), name))
    return finding
