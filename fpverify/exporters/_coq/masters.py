"""
Masters: the scalar checks that Coq has to prove, as integers over one denominator; proposed here, decided in Coq.

Master (from, to, least, most, slope) says: g maps [from, to] into [least, most] with the Lipschitz constant `slope`. The
slope is the largest that the rate allows; `from` and `to` enclose the pre-activations. Coordinates with the same interval
share a master if the kernel's arithmetic says that the common one can hold, which decides nothing: Coq does.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import TypeVar

from fpverify.exporters._coq.instance import Instance, Part
from fpverify.kernel.arb import Arb
from fpverify.kernel.backend import Backend
from fpverify.kernel.box import Box
from fpverify.kernel.errors import FpverifyError

T = TypeVar("T")

Master = tuple[int, int, int, int, int]

_LEAST_DENOMINATOR = 10**12
"""So that rounding the proposals to integers costs at most 10^-12."""

_STEEPEST = 10**6
"""Slope that is proposed where the rate allows any."""


@dataclass(frozen=True, kw_only=True)
class Scaled:
    """
    The data of an instance as integers over *scale*.

    Fields:
        weights: rows; *radii*: likewise, or empty.
        tasks: (intervals, norm, noise, noise_norm, deviation, rate) for each part.
        masters: as in the head of this file; for all of R^d none.
    """

    scale: int
    weights: list[list[int]]
    weight_radii: list[list[int]]
    biases: list[int]
    bias_radii: list[int]
    tasks: list["Task"]
    masters: list[Master]


@dataclass(kw_only=True)
class Task:
    """A part as integers."""

    intervals: list[list[tuple[int, int]]]
    norm: list[int]
    noise: list[int]
    noise_norm: int
    deviation: int
    rate: int


def masters_of(instance: Instance, *, merge: bool = True) -> Scaled:
    """Return the integers of *instance*, with the masters that prove it; not merged, each check has a master."""
    scale = _scale(instance)
    rows = _rows(_integers(instance.weights, scale), instance.size)
    radii = _rows(_integers(instance.weight_radii, scale), instance.size)
    scaled = Scaled(
        scale=scale,
        weights=rows,
        weight_radii=radii,
        biases=_integers(instance.biases, scale),
        bias_radii=_integers(instance.bias_radii, scale),
        tasks=[_task(part, scale) for part in instance.parts],
        masters=[],
    )
    if instance.kind != "space":
        checks = [check for task in scaled.tasks for check in _checks(scaled, task)]
        scaled.masters.extend(_merged(instance, scale, checks) if merge else dict.fromkeys(checks))
    return scaled


def _scale(instance: Instance) -> int:
    """Return the common denominator of every number, times a power of ten."""
    numbers: set[Fraction] = {*instance.weights, *instance.weight_radii, *instance.biases, *instance.bias_radii}
    for part in instance.parts:
        numbers.update(end for choices in part.intervals for interval in choices for end in interval)
        numbers.update((*part.norm, *part.noise, part.noise_norm, part.deviation or Fraction(0), part.rate))
    scale = lcm(*(number.denominator for number in numbers))
    while scale < _LEAST_DENOMINATOR:
        scale *= 10
    return scale


def _integers(numbers: Iterable[Fraction], scale: int) -> list[int]:
    return [number.numerator * (scale // number.denominator) for number in numbers]


def _rows(flat: list[int], size: int) -> list[list[int]]:
    return [flat[start : start + size] for start in range(0, len(flat), size)]


def _task(part: Part, scale: int) -> Task:
    noise_norm, deviation, rate = _integers((part.noise_norm, part.deviation or Fraction(0), part.rate), scale)
    intervals = [[(low, high) for low, high in (_integers(one, scale) for one in sides)] for sides in part.intervals]
    task = Task(
        intervals=intervals,
        norm=_integers(part.norm, scale),
        noise=_integers(part.noise, scale),
        noise_norm=noise_norm,
        deviation=deviation,
        rate=rate,
    )
    if part.deviation is None:
        task.deviation = -1
    return task


def _checks(scaled: Scaled, task: Task) -> Iterator[Master]:
    """Yield the master that each interval of each coordinate needs; sets a deviation where the claim has none."""
    scale, hulls = scaled.scale, [_hull(choices) for choices in task.intervals]
    rows = [(row, scaled.weight_radii[i] if scaled.weight_radii else []) for i, row in enumerate(scaled.weights)]
    steep = [sum((abs(v) + r) * w for v, r, w in _zip(row, radii, task.norm)) for row, radii in rows]
    moved = [
        sum(r * max(abs(low), abs(high)) for r, (low, high) in zip(radii, hulls, strict=False))
        + scale * (scaled.bias_radii[i] if scaled.bias_radii else 0)
        for i, (_, radii) in enumerate(rows)
    ]
    slopes = [_at_most(task.rate * task.norm[i] * scale, total, scale) for i, total in enumerate(steep)]
    if task.deviation < 0:  # the claim states no deviation: the least that follows from the slopes
        task.deviation = max(
            -(-s * m // (task.norm[i] * scale)) for i, (s, m) in enumerate(zip(slopes, moved, strict=True))
        )
    for i, (row, radii) in enumerate(rows):
        products = [_product(v, r, hull) for v, r, hull in _zip(row, radii, hulls)]
        spread = scaled.bias_radii[i] if scaled.bias_radii else 0
        low = sum(p[0] for p in products) - products[i][0] + (scaled.biases[i] - spread) * scale
        high = sum(p[1] for p in products) - products[i][1] + (scaled.biases[i] + spread) * scale
        slope = min(slopes[i], _at_most(task.deviation * task.norm[i] * scale, moved[i], scale))
        for interval in task.intervals[i]:
            own = _product(row[i], radii[i] if radii else 0, interval)
            ends = (low + own[0]) // scale, -(-(high + own[1]) // scale)
            yield (*ends, interval[0] + task.noise[i], interval[1] - task.noise[i], slope)


def _at_most(numerator: int, denominator: int, scale: int) -> int:
    return numerator // denominator if denominator else _STEEPEST * scale


def _zip(row: Sequence[int], radii: Sequence[int], third: Sequence[T]) -> Iterator[tuple[int, int, T]]:
    return zip(row, radii or [0] * len(row), third, strict=True)


def _hull(choices: list[tuple[int, int]]) -> tuple[int, int]:
    return min(low for low, _ in choices), max(high for _, high in choices)


def _product(v: int, r: int, interval: tuple[int, int]) -> tuple[int, int]:
    ends = [f * x for f in ((v - r, v + r) if r else (v,)) for x in interval]
    return min(ends), max(ends)


def _merged(instance: Instance, scale: int, checks: list[Master]) -> list[Master]:
    groups: dict[tuple[int, int], dict[Master, None]] = {}
    for check in checks:
        groups.setdefault(check[2:4], {})[check] = None
    return [master for group in groups.values() for master in _joined(instance, scale, list(group))]


def _joined(instance: Instance, scale: int, group: list[Master]) -> Iterator[Master]:
    """
    Yield masters that serve a group with one interval of values.

    The steepest check is joined by all whose rate allows that much; what is left is treated likewise.
    """
    left = dict(zip(group, _steepness(instance, scale, group), strict=True))
    while left:
        first = max(left, key=left.__getitem__)
        family = [check for check in left if check is first or check[4] >= left[first]]
        common = _common(family)
        if len(family) > 1 and not _can_hold(instance, scale, common):
            family, common = [first], first
        yield common
        for check in family:
            del left[check]


def _steepness(instance: Instance, scale: int, group: list[Master]) -> list[Fraction]:
    """Return the largest |slope| on each check's pre-activations, times the scale; 0 where it is not known."""
    backend = _backend(instance)
    try:
        low, high = ([Fraction(check[side], scale) for check in group] for side in (0, 1))
        found = instance.function.slopes.range(Box.from_exact(low, high, backend)).magnitude().upper()
    except FpverifyError:
        return [Fraction(0)] * len(group)
    return [slope * scale for slope in found]


def _backend(instance: Instance) -> Backend:
    return instance.backend if instance.backend.name == "rational" else Arb(128)


def _common(group: list[Master]) -> Master:
    start, end, least, most, slope = zip(*group, strict=True)
    return min(start), max(end), max(least), min(most), min(slope)


def _can_hold(instance: Instance, scale: int, master: Master) -> bool:
    """Return whether the kernel's arithmetic finds the master true; a guess about what Coq will find."""
    start, end, least, most, slope = (Fraction(value, scale) for value in master)
    backend = _backend(instance)
    try:
        inner = Box.from_exact([start], [end], backend)
        image = instance.function.values.range(inner)
        steepest = instance.function.slopes.range(inner).magnitude().upper()[0]
    except FpverifyError:
        return False
    return image.slack_inside([least], [most]) >= 0 and steepest <= slope
