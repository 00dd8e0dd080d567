"""
Shapes: from facts such as "increasing" or "turns at these points" to ranges that are exact up to rounding.

A range over a wide box is never one ball evaluation: a monotone function takes its extreme values at the end points,
and a piecewise monotone one at the end points and at its turning points. Ball arithmetic is used at single points only.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from flint import arb, ctx, fmpq_poly

from fpverify.kernel.arb import Arb, ArbOps, enclose_constant
from fpverify.kernel.backend import Ends, Formula
from fpverify.kernel.box import Box
from fpverify.kernel.decoration import Decoration
from fpverify.kernel.errors import NotRationalError
from fpverify.kernel.exact import exact
from fpverify.kernel.rational import Rational, RationalOps

Limits = tuple[str | Fraction | None, str | Fraction | None]
"""The values (or limits) at -oo and +oo; None where infinite."""

Span = tuple[Fraction, Fraction]

_LOCATION_BITS = 256


class Shape(ABC):
    """How a real function of one variable moves, as far as its range over an interval depends on it."""

    @abstractmethod
    def range(self, box: Box) -> Box:
        """
        Enclose the function over each interval of *box*.

        Error:
            Outward, by rounding only: the ends are attained or approached, up to the backend's precision, and never
            lie outside the bounds of `everywhere`.
        """

    @abstractmethod
    def everywhere(self) -> Span | None:
        """Return exact bounds of the function over all of R, or None when it is unbounded."""


@dataclass(frozen=True)
class Monotone(Shape):
    """An increasing (non-decreasing) function, or a decreasing one; it takes its extremes at the end points."""

    formula: Formula
    limits: Limits
    direction: int

    def range(self, box: Box) -> Box:
        low, high = (box.lo, box.hi) if self.direction > 0 else (box.hi, box.lo)
        bottom, _ = box.backend.at_points(self.formula, low)
        _, top = box.backend.at_points(self.formula, high)
        return _clipped(box, bottom, top, self._bounds)

    def bounds(self) -> tuple[Fraction | None, Fraction | None]:
        """Return exact bounds of the function over all of R, below and above; None where infinite."""
        return self._bounds

    @cached_property
    def _bounds(self) -> tuple[Fraction | None, Fraction | None]:
        first, last = (None if limit is None else exact(limit) for limit in self.limits)
        return (first, last) if self.direction > 0 else (last, first)

    def everywhere(self) -> Span | None:
        low, high = self._bounds
        return None if low is None or high is None else (low, high)


@dataclass(frozen=True)
class TurningPoint:
    """
    A point where a function changes its direction, located in a thin interval, with its critical value.

    The location is found once at 256 bits, whatever the backend; a rational one is exact (lo == hi).
    """

    location: Span

    def value(self, formula: Formula) -> Span:
        """Enclose the critical value; exactly, when location and formula are rational."""
        low, high = self.location
        if low == high:
            backend = Rational()
            try:
                bottom, top = backend.at_points(formula, backend.from_exact_up([low]))
                return backend.to_exact(bottom)[0], backend.to_exact(top)[0]
            except NotRationalError:
                pass
        return enclose_constant(formula, self.location, _LOCATION_BITS)


@dataclass(frozen=True)
class Turning(Shape):
    """
    A continuous function that is monotone between finitely many turning points.

    Over [a, b] its extremes are among the values at a, at b and at the turning points in [a, b]. A turning point whose
    thin location only may lie in [a, b] is taken in: that can widen the range by rounding, never narrow it.
    """

    formula: Formula
    points: tuple[TurningPoint, ...]
    limits: Limits

    @cached_property
    def _critical(self) -> tuple[tuple[TurningPoint, Span], ...]:
        return tuple((point, point.value(self.formula)) for point in self.points)

    def range(self, box: Box) -> Box:
        low, high = _ends_hull(self.formula, box)
        for point, value in self._critical:
            touched = _touches(box, point.location)
            if any(touched):
                low, high = _take_in(box, touched, value, low, high)
        return _clipped(box, low, high, self._total or (None, None))

    def everywhere(self) -> Span | None:
        return self._total

    @cached_property
    def _total(self) -> Span | None:
        if self.limits[0] is None or self.limits[1] is None:
            return None
        tails = [exact(limit) for limit in self.limits if limit is not None]
        lows = [value[0] for _, value in self._critical]
        highs = [value[1] for _, value in self._critical]
        return min(tails + lows), max(tails + highs)


@dataclass(frozen=True)
class Waves(Shape):
    """
    A periodic continuous function with one maximum and one minimum per period, monotone between them.

    Fields:
        top, bottom: thin locations of one maximum and of one minimum, with their exact values.
        period: thin enclosure of the period.
    """

    formula: Formula
    top: tuple[Span, Fraction]
    bottom: tuple[Span, Fraction]
    period: Span

    def range(self, box: Box) -> Box:
        low, high = _ends_hull(self.formula, box)
        for phase, value in (self.top, self.bottom):
            touched = self._may_contain(box, phase)
            if any(touched):
                low, high = _take_in(box, touched, (value, value), low, high)
        return _clipped(box, low, high, self.everywhere())

    def _may_contain(self, box: Box, phase: Span) -> Sequence[bool]:
        """Return where some phase + n period may lie in the box: where an integer may lie in (box - phase) / period."""
        frequency = _constant((1 / self.period[1], 1 / self.period[0]), box)
        turns = (box - _constant(phase, box)) * frequency
        return box.backend.less_equal(turns.lo, box.backend.floor(turns.hi))

    def everywhere(self) -> Span:
        return self.bottom[1], self.top[1]


@dataclass(frozen=True)
class Constant(Shape):
    """A constant."""

    value: Fraction

    def range(self, box: Box) -> Box:
        return _constant((self.value, self.value), box).with_decoration(box.decoration)

    def everywhere(self) -> Span:
        return self.value, self.value


@dataclass(frozen=True)
class Joined(Shape):
    """
    *left* on (-oo, at] and *right* on [at, oo).

    At the joint both sides are taken in. For slopes this is the generalised (Clarke) gradient, of which every secant
    slope is a convex combination; for the values of a function with a jump it encloses the jump.

    Fields:
        total: exact bounds over all of R (None when unbounded).
        jumps: whether the function is discontinuous at the joint.
    """

    at: Fraction
    left: Shape
    right: Shape
    total: Span | None
    jumps: bool = field(default=False, kw_only=True)

    def range(self, box: Box) -> Box:
        backend, (below, above) = box.backend, _repeated((self.at, self.at), box)
        left = self.left.range(_with_ends(box, backend.minimum(box.lo, above), backend.minimum(box.hi, above)))
        right = self.right.range(_with_ends(box, backend.maximum(box.lo, below), backend.maximum(box.hi, below)))
        on_left = backend.less_equal(box.lo, above)
        on_right = backend.less_equal(below, box.hi)
        both = left.hull(right)
        low = backend.select(on_right, backend.select(on_left, both.lo, right.lo), left.lo)
        high = backend.select(on_right, backend.select(on_left, both.hi, right.hi), left.hi)
        straddled = self.jumps and any(l and r for l, r in zip(on_left, on_right, strict=True))
        return _with_ends(both, low, high).with_decoration(Decoration.DEF if straddled else Decoration.COM)

    def everywhere(self) -> Span | None:
        return self.total


# ---------------------------------------------------------------------------------- constructors


def increasing(formula: Formula, limits: Limits = (None, None)) -> Shape:
    """Return the shape of a non-decreasing function; *limits* are its values at -oo and +oo (None: infinite)."""
    return Monotone(formula, limits, +1)


def decreasing(formula: Formula, limits: Limits = (None, None)) -> Shape:
    """Return the shape of a non-increasing function."""
    return Monotone(formula, limits, -1)


def turning(formula: Formula, points: Sequence[TurningPoint], limits: Limits = (None, None)) -> Shape:
    """Return the shape of a continuous function that is monotone between *points*."""
    return Turning(formula, tuple(points), limits)


def constant(value: str | Fraction) -> Shape:
    return Constant(exact(value))


def at(value: str | Fraction) -> TurningPoint:
    """Return a turning point at a rational place."""
    return TurningPoint((exact(value), exact(value)))


def at_constant(formula: Callable[[Any], Any]) -> TurningPoint:
    """Return a turning point at the place `formula(ops)`, such as `lambda ops: ops.sqrt(ops.number(Fraction(2)))`."""
    zero = (Fraction(0), Fraction(0))
    return TurningPoint(enclose_constant(lambda _, ops: formula(ops), zero, _LOCATION_BITS))


def at_root(function: Formula, low: str, high: str) -> TurningPoint:
    """
    Return a turning point at the zero of *function* in [low, high], found by bisection at 256 bits.

    A certified change of sign at the two ends of the final interval proves that it holds a zero; that the zero is the
    only one is a fact that the caller states and proves in its docstring.

    Raises:
        ArithmeticError: if the signs at the ends are not certainly opposite.
    """
    a, b = exact(low), exact(high)
    rising = _sign(function, b)
    if rising == 0 or _sign(function, a) != -rising:
        raise ArithmeticError(f"no certain change of sign on [{low}, {high}]")
    while b - a > Fraction(1, 2 ** (_LOCATION_BITS - 32)):
        middle = (a + b) / 2
        side = _sign(function, middle)
        if side == 0:
            break
        a, b = (a, middle) if side == rising else (middle, b)
    return TurningPoint((a, b))


def at_polynomial_roots(coefficients: Sequence[Fraction]) -> tuple[TurningPoint, ...]:
    """
    Return the real roots of `sum_i coefficients[i] x^i`, all of them, each isolated; rational ones exactly.

    Source:
        Certified root isolation of FLINT (`arb_fmpz_poly_complex_roots`), which returns real roots of squarefree
        integer polynomials with an imaginary part that is exactly zero.
    """
    poly = fmpq_poly([RationalOps.number(c) for c in coefficients]).numer()
    if poly.degree() < 1:
        return ()
    points: list[TurningPoint] = []
    with ctx.workprec(_LOCATION_BITS):
        for factor, _ in poly.factor()[1]:
            points += _real_roots(factor)
    return tuple(sorted(points, key=lambda point: point.location))


def _real_roots(factor: Any) -> list[TurningPoint]:
    if factor.degree() == 1:
        return [at(Fraction(-int(factor[0]), int(factor[1])))]
    roots = [root.real for root, _ in factor.complex_roots() if root.imag.is_zero()]
    backend = Arb(_LOCATION_BITS)
    return [TurningPoint((backend.to_exact((r.lower(),))[0], backend.to_exact((r.upper(),))[0])) for r in roots]


def horner(coefficients: Sequence[Fraction]) -> Formula:
    """Return the formula of `sum_i coefficients[i] x^i` by Horner's scheme."""

    def formula(x: Any, ops: Any) -> Any:
        value = ops.number(coefficients[-1])
        for coefficient in reversed(coefficients[:-1]):
            value = value * x + ops.number(coefficient)
        return value

    return formula


def derivative(coefficients: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """Return the coefficients of the derivative; (0,) for a constant."""
    return tuple(i * c for i, c in enumerate(coefficients))[1:] or (Fraction(0),)


# ---------------------------------------------------------------------------------- internals


def _sign(function: Formula, place: Fraction) -> int:
    with ctx.workprec(_LOCATION_BITS):
        value: arb = function(ArbOps.number(place), ArbOps)
        return 1 if value > 0 else -1 if value < 0 else 0


def _repeated(span: Span, like: Box) -> tuple[Ends, Ends]:
    """Return the lower end, rounded down, and the upper end, rounded up, for each entry of a box."""
    b, places = like.backend, [0] * like.backend.length(like.lo)
    return b.gather(b.from_exact_down([span[0]]), places), b.gather(b.from_exact_up([span[1]]), places)


def _constant(span: Span, like: Box) -> Box:
    low, high = _repeated(span, like)
    return Box(lo=low, hi=high, shape=like.shape, backend=like.backend)


def _ends_hull(formula: Formula, box: Box) -> tuple[Ends, Ends]:
    backend = box.backend
    bottom_a, top_a = backend.at_points(formula, box.lo)
    bottom_b, top_b = backend.at_points(formula, box.hi)
    return backend.minimum(bottom_a, bottom_b), backend.maximum(top_a, top_b)


def _touches(box: Box, location: Span) -> Sequence[bool]:
    low, high = _repeated(location, box)
    after = box.backend.less_equal(box.lo, high)
    before = box.backend.less_equal(low, box.hi)
    return [a and b for a, b in zip(after, before, strict=True)]


def _take_in(like: Box, where: Sequence[bool], value: Span, low: Ends, high: Ends) -> tuple[Ends, Ends]:
    """Return the ends of the hull of [low, high] and *value*, in the entries *where* it is to be taken in."""
    backend, (least, most) = like.backend, _repeated(value, like)
    bottom, top = backend.minimum(low, least), backend.maximum(high, most)
    return backend.select(where, bottom, low), backend.select(where, top, high)


def _clipped(box: Box, low: Ends, high: Ends, bounds: tuple[Fraction | None, Fraction | None]) -> Box:
    """Return the part of [low, high] between the bounds, where the function lies: [-1, 1] holds every tanh."""
    (least, most), backend, places = bounds, box.backend, [0] * box.backend.length(low)
    if least is not None:
        low = backend.maximum(low, backend.gather(backend.from_exact_down([least]), places))
    if most is not None:
        high = backend.minimum(high, backend.gather(backend.from_exact_up([most]), places))
    return _with_ends(box, low, high)


def _with_ends(box: Box, low: Ends, high: Ends) -> Box:
    return Box(lo=low, hi=high, shape=box.shape, backend=box.backend, decoration=box.decoration)
