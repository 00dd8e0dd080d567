"""
The hammer for the night: millions of intervals, each made around one point whose value Arb encloses at 200 bits.

A violation is counted only where Arb proves it, and no point escapes that proof: a ball that lies certainly below `lo`
has its midpoint below `lo`, and then the float nearest to the midpoint is at most `lo`, because rounding is monotone;
likewise above. So the balls whose rounded midpoint lies strictly between the bounds need no comparison of balls, which
takes longer than most functions; all the others are compared.
"""

import math
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from flint import arb, ctx

from fpverify.backends.torch64 import apply
from fpverify.backends.torch64.network import shape_range
from fpverify.kernel.activations._shapes import Joined, Shape, Turning, Waves
from fpverify.kernel.arb import ArbOps
from fpverify.kernel.backend import Formula
from tests.backends.hammer import DELICATE, EXTREMES, HUGE, is_outside

BITS = 200
EXACT_BITS = 4400
"""Sums of products of floats are exact: their bits lie between 2^-2148 and 2^2049."""

POINTS = int(os.environ.get("FPVERIFY_HAMMER_POINTS", "10000000"))
"""Points for each function in `make thorough`."""

CHUNK = 2**17

Array = Any
Domain = Callable[..., Array]


def _everywhere(*points: Array) -> Array:
    return np.ones_like(points[0], dtype=bool)


def _log_of_base(base: int) -> Callable[[arb], arb]:
    with ctx.workprec(BITS + 64):
        scale = 1 / arb(base).log()
    return lambda a: a.log() * scale


def _times(constant: Callable[[], arb]) -> Callable[[arb], arb]:
    with ctx.workprec(BITS + 1100):  # an argument near 2^1024 leaves 200 bits behind the point
        scale = constant()
    return lambda a: (a * scale).exp()


def _softplus(a: arb) -> arb:
    return a + (-a).exp().log1p() if a > 0 else a.exp().log1p()


def _positive(p: Array) -> Array:
    return p > 0


def _unit(p: Array) -> Array:
    return np.abs(p) <= 1


def _second_not_zero(_: Array, q: Array) -> Array:
    return q != 0


@dataclass(frozen=True)
class Function:
    """The true value at points, as a ball; where it is defined; and the precision that decides it."""

    exact: Callable[..., arb]
    arity: int = 1
    domain: Domain = _everywhere
    bits: int = BITS


ELEMENTARY: dict[str, Function] = {
    "exp": Function(arb.exp),
    "exp2": Function(_times(arb.const_log2)),
    "exp10": Function(_times(arb.const_log10)),
    "log": Function(arb.log, domain=_positive),
    "log2": Function(_log_of_base(2), domain=_positive),
    "log10": Function(_log_of_base(10), domain=_positive),
    "log1p": Function(arb.log1p, domain=lambda p: p > -1),
    "sin": Function(arb.sin),
    "cos": Function(arb.cos),
    "tan": Function(arb.tan),
    "asin": Function(arb.asin, domain=_unit),
    "acos": Function(arb.acos, domain=_unit),
    "atan": Function(arb.atan),
    "sinh": Function(arb.sinh),
    "cosh": Function(arb.cosh),
    "tanh": Function(arb.tanh),
    "asinh": Function(arb.asinh),
    "acosh": Function(arb.acosh, domain=lambda p: p >= 1),
    "atanh": Function(arb.atanh, domain=lambda p: np.abs(p) < 1),
    "sigmoid": Function(lambda a: 1 / (1 + (-a).exp())),
    "softplus": Function(_softplus),
    "erf": Function(arb.erf),
    "erfc": Function(arb.erfc),
}

ARITHMETIC: dict[str, Function] = {
    "neg": Function(arb.__neg__),
    "abs": Function(arb.__abs__),
    "sqr": Function(lambda a: a * a),
    "sqrt": Function(arb.sqrt, domain=lambda p: p >= 0),
    "recip": Function(lambda a: 1 / a, domain=lambda p: p != 0),
    "add": Function(lambda a, b: a + b, 2, bits=EXACT_BITS),
    "sub": Function(lambda a, b: a - b, 2, bits=EXACT_BITS),
    "mul": Function(lambda a, b: a * b, 2),
    "div": Function(lambda a, b: a / b, 2, _second_not_zero),
    "min": Function(arb.min, 2),
    "max": Function(arb.max, 2),
    "fma": Function(lambda a, b, c: a * b + c, 3, bits=EXACT_BITS),
}

TRIGONOMETRIC = {"sin", "cos", "tan"}


# ---------------------------------------------------------------------------------- points


def _moved(x: Array, steps: Array) -> Array:
    """Return *x* moved by so many floats, at most 3."""
    with np.errstate(over="ignore"):
        for k in range(3):
            x = np.where(steps > k, np.nextafter(x, math.inf), np.where(steps < -k, np.nextafter(x, -math.inf), x))
    return np.clip(x, -HUGE, HUGE)


def _patterns(dice: np.random.Generator, count: int) -> Array:
    """Floats of all exponents with the same chance: random bits."""
    x = dice.integers(0, 2**64, count, dtype=np.uint64).view(np.float64)
    return np.where(np.isfinite(x), x, 0.0)


def _seams(dice: np.random.Generator, count: int) -> Array:
    """Where an argument reduction or a table turns over, a branch begins, or the function has a zero or an extreme."""
    special = dice.choice(np.array([*DELICATE, *EXTREMES, *([0.0, -0.0] * 4)]), count)
    steps = np.array([math.pi / 2, math.pi / 128, math.log(2) / 128, math.log10(2) / 128, 2.0**-7, 2.0**-8])
    widest = np.array([21000, 21000, 140000, 140000, 140000, 400])
    kind = dice.integers(0, len(steps), count)
    multiple = np.round(dice.uniform(-1, 1, count) ** 3 * widest[kind]) * steps[kind]
    x = np.where(dice.random(count) < 0.3, special, multiple)
    return _moved(x, dice.integers(-3, 4, count))


def points(name: str, dice: np.random.Generator, count: int) -> Array:
    """Return points of eight families; most of them folded into the domain where the function is not trivial."""
    sign = np.where(dice.random(count) < 0.5, 1.0, -1.0)
    near_one = sign * (1 + np.where(dice.random(count) < 0.5, 1, -1) * 2.0 ** -dice.uniform(0, 54, count))
    families = [
        _patterns(dice, count),
        dice.normal(size=count),
        dice.normal(size=count) * 10.0 ** dice.uniform(-20, 3, count),
        dice.uniform(-760, 760, count),
        _seams(dice, count),
        _seams(dice, count),
        sign * np.ldexp(np.floor(2.0 ** dice.uniform(0, 54, count)), -1074),
        near_one,
    ]
    p = np.choose(dice.integers(0, len(families), count), families)
    return np.where(dice.random(count) < 0.9, _folded(name, p), p)


def _folded(name: str, p: Array) -> Array:
    with np.errstate(divide="ignore", over="ignore"):
        inverse = np.where(np.abs(p) > HUGE * 0.25, 0.0, 1 / np.where(p == 0, 1.0, p))
    if name in {"asin", "acos", "atanh"}:
        return np.where(np.abs(p) > 1, inverse, p)
    if name == "acosh":
        return np.where(np.abs(p) < 1, np.clip(np.abs(inverse), 1.0, HUGE), np.abs(p))
    if name in TRIGONOMETRIC:
        return np.fmod(p, 2.0**15)
    if name in {"log", "log2", "log10", "sqrt"}:
        return np.abs(p)
    return np.where(p <= -1, -inverse, p) if name == "log1p" else p


def around(p: Array, dice: np.random.Generator) -> tuple[Array, Array]:
    """Return intervals that hold *p*: points, a few floats wide, with p at an end, wide, infinite, with p inside."""
    count = len(p)
    size, more = dice.random(count), dice.random(count)
    other = np.where(dice.random(count) < 0.5, _patterns(dice, count), dice.normal(size=count) * 4)
    low_end, high_end = np.where(size < 0.6, -math.inf, p), np.where(size > 0.4, math.inf, p)
    with np.errstate(over="ignore"):
        ends = [
            (p, p),
            (_moved(p, -dice.integers(0, 4, count)), _moved(p, dice.integers(0, 4, count))),
            (p, p + np.abs(p) * size**6),
            (p - size**4 * 4, p),
            (np.minimum(p, other), np.maximum(p, other)),
            (low_end, high_end),
            (p - size**4 * 4, p + more**4 * 4),
        ]
    kind = np.searchsorted(np.array([0.36, 0.58, 0.66, 0.74, 0.82, 0.86]), dice.random(count))
    lo, hi = (np.choose(kind, [pair[side] for pair in ends]) for side in (0, 1))
    return np.where(kind == 5, lo, np.clip(lo, -HUGE, HUGE)), np.where(kind == 5, hi, np.clip(hi, -HUGE, HUGE))


def _related(p: Array, q: Array, dice: np.random.Generator) -> Array:
    """Return *q*, or in half of the places a number that nearly cancels, or compensates the exponent of, *p*."""
    count = len(p)
    with np.errstate(over="ignore", under="ignore", divide="ignore"):
        inverse = np.nan_to_num(1 / np.where(p == 0, 1.0, p), posinf=HUGE, neginf=-HUGE)
        scaled = np.clip(np.ldexp(p, dice.integers(-60, 60, count)), -HUGE, HUGE)
    choices = [q, q, q, _moved(-p, dice.integers(-3, 4, count)), inverse, scaled]
    return np.choose(dice.integers(0, 6, count), choices)


# ---------------------------------------------------------------------------------- blows


@dataclass
class Report:
    """How many points were compared, how many values Arb could not bound, and what it proved to be wrong."""

    points: int = 0
    unbounded: int = 0
    violations: list[tuple] = field(default_factory=list)


Bounds = tuple[Array, Array]
Operation = Callable[..., Bounds]


def _named(name: str, *extra: int) -> Operation:
    def operation(*intervals: Bounds) -> Bounds:
        tensors = [(torch.from_numpy(lo), torch.from_numpy(hi)) for lo, hi in intervals]
        lo, hi = apply(name, *tensors, *extra)
        return lo.numpy(), hi.numpy()

    return operation


def judge(report: Report, function: Function, places: list[Array], bounds: Bounds) -> None:
    """Compare the values at *places*, one in each interval, with the *bounds* of the results."""
    half_lost = np.isnan(bounds[0]) != np.isnan(bounds[1])
    report.violations += [((), (lo, hi)) for lo, hi in zip(*(end[half_lost].tolist() for end in bounds), strict=True)]
    inside = function.domain(*places)
    columns = [p[inside].tolist() for p in places]
    lo, hi = bounds[0][inside], bounds[1][inside]
    with ctx.workprec(function.bits):
        values = np.array(list(map(float, map(function.exact, *(map(arb, column) for column in columns)))))
        report.points += len(values)
        for k in np.flatnonzero(~((lo < values) & (values < hi))):
            point = tuple(column[k] for column in columns)
            value = function.exact(*map(arb, point))
            report.unbounded += not value.is_finite()
            result = float(lo[k]), float(hi[k])
            if is_outside(value, result):
                report.violations.append((point, result))


def _chunks(count: int) -> Iterator[tuple[int, int]]:
    for index, start in enumerate(range(0, count, CHUNK)):
        yield index, min(CHUNK, count - start)


def strike(
    name: str,
    count: int,
    function: Function | None = None,
    operation: Operation | None = None,
    *extra: int,
    places: Sequence[float] = (),
) -> Report:
    """
    Return what *count* points, one in each of as many intervals, say about the operation *name* of `apply`.

    Args:
        function, operation: what takes the place of the named ones.
        extra: an exponent.
        places: a fifth of the points are taken within 3 floats of these.
    """
    function = function or {**ELEMENTARY, **ARITHMETIC}[name]
    operation, report = operation or _named(name, *extra), Report()
    for index, size in _chunks(count):
        dice = np.random.default_rng([zlib.crc32(name.encode()), index, *(abs(e) for e in extra)])
        drawn = [points(name, dice, size) for _ in range(function.arity)]
        if len(places):
            near = _moved(dice.choice(np.array(places), size), dice.integers(-3, 4, size))
            drawn[0] = np.where(dice.random(size) < 0.2, near, drawn[0])
        if function.arity > 1:
            drawn[1:] = [_related(drawn[0], q, dice) for q in drawn[1:]]
        judge(report, function, drawn, operation(*(around(p, dice) for p in drawn)))
    return report


def power(exponent: int) -> Function:
    """Return the integer power, the divisor 0 left out."""
    return Function(lambda a: a**exponent, domain=_everywhere if exponent >= 0 else lambda p: p != 0)


def strike_shape(formula: Formula, shape: Shape, count: int) -> Report:
    """Return what *count* points say about `shape_range`, the true values being those of *formula*."""

    def operation(x: Bounds) -> Bounds:
        lo, hi = shape_range(shape, (torch.from_numpy(x[0]), torch.from_numpy(x[1])))
        return lo.numpy(), hi.numpy()

    return strike("shape", count, Function(lambda a: formula(a, ArbOps)), operation, places=_turns(shape))


def _turns(shape: Shape) -> list[float]:
    """Return floats next to the places where a function turns or is joined."""
    match shape:
        case Turning():
            return [float(sum(point.location) / 2) for point in shape.points]
        case Joined():
            return [float(shape.at), *_turns(shape.left), *_turns(shape.right)]
        case Waves():
            phases = [sum(place) / 2 for place, _ in (shape.top, shape.bottom)]
            return [float(phase + n * sum(shape.period) / 2) for phase in phases for n in range(-9, 10)]
    return []
