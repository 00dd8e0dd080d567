"""Broken twins of backends and of activations. `conformance/test_sabotage` shows that the checks notice each of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from flint import arb, ctx

from fpverify.kernel.activations import Function
from fpverify.kernel.activations._shapes import Constant, Joined, Shape, Waves, increasing, turning
from fpverify.kernel.arb import Arb, enclose_constant
from fpverify.kernel.backend import Formula
from fpverify.kernel.box import Box
from fpverify.kernel.fixed import Fixed, Integers, _least_products
from tests.strategies import case

# ------------------------------------------------------------------ backends


class WithoutRounding(Arb):
    """Both ends are the midpoint of the ball."""

    name = "arb without rounding"

    def _up(self, result: arb) -> arb:
        return super()._up(result.mid())

    def _down(self, result: arb) -> arb:
        return super()._down(result.mid())


class SwappedBounds(Arb):
    """Lower ends are upper bounds and the other way round."""

    name = "arb with swapped bounds"

    def _up(self, result: arb) -> arb:
        return super()._down(result)

    def _down(self, result: arb) -> arb:
        return super()._up(result)


class SwappedProducts(Arb):
    """The products alone are rounded inward."""

    name = "arb with swapped products"

    def mul_up(self, a: tuple[arb, ...], b: tuple[arb, ...]) -> tuple[arb, ...]:
        return super().mul_down(a, b)

    def mul_down(self, a: tuple[arb, ...], b: tuple[arb, ...]) -> tuple[arb, ...]:
        return super().mul_up(a, b)


class SumsWithoutRounding(Arb):
    """Sums of groups lose the radius of the ball."""

    name = "arb with sums that are not rounded"

    def sum_up(self, a: tuple[arb, ...], group: int) -> tuple[arb, ...]:
        return self._each(arb.mid, lambda: self._sums(a, group))

    sum_down = sum_up


class NotANumber(Arb):
    """Every function is NaN."""

    name = "arb with NaN"

    def at_points(self, formula: Formula, a: tuple[arb, ...]) -> tuple[tuple[arb, ...], tuple[arb, ...]]:
        return (arb.nan(),) * len(a), (arb.nan(),) * len(a)


class InfiniteBounds(Arb):
    """Every function is enclosed in the whole line: never wrong, but not finite, and nothing follows from it."""

    name = "arb with infinite bounds"

    def at_points(self, formula: Formula, a: tuple[arb, ...]) -> tuple[tuple[arb, ...], tuple[arb, ...]]:
        return (arb.neg_inf(),) * len(a), (arb.pos_inf(),) * len(a)


class InwardInput(Arb):
    """Exact numbers enter rounded inward."""

    name = "arb with inward input"

    def from_exact_up(self, values: Sequence[Fraction]) -> tuple[arb, ...]:
        return super().from_exact_down(values)

    def from_exact_down(self, values: Sequence[Fraction]) -> tuple[arb, ...]:
        return super().from_exact_up(values)


class OneBitTooFew(Arb):
    """Functions are rounded to nearest at the working precision, as a floating-point library would do."""

    name = "arb with functions rounded to nearest"

    def _at_point(self, formula: Formula, end: arb) -> arb:
        return super()._at_point(formula, end).mid()


class FloorForCeiling(Fixed):
    """Products are rounded down on both sides."""

    name = "fixed with floors for ceilings"

    def mul_up(self, a: Integers, b: Integers) -> Integers:
        return super().mul_down(a, b)

    def products(self, a: Integers, b: Integers, c: Integers, d: Integers) -> tuple[Integers, Integers]:
        low, high = _least_products(a, b, c, d)
        return tuple(x >> self.precision for x in low), tuple(-x >> self.precision for x in high)


class TowardZero(Fixed):
    """Exact numbers and quotients lose what stands behind the last bit, also where they are negative."""

    name = "fixed with truncation"

    def from_exact_up(self, values: Sequence[Fraction]) -> Integers:
        return tuple(int(value * 2**self.precision) for value in values)

    from_exact_down = from_exact_up

    def div_up(self, a: Integers, b: Integers) -> Integers:
        return tuple(int(Fraction(x << self.precision, y)) for x, y in zip(a, b, strict=True))


class LostRadius(Fixed):
    """Functions are the midpoints of balls with half of the bits."""

    name = "fixed with functions without radius"

    def at_points(self, formula: Formula, a: Integers) -> tuple[Integers, Integers]:
        def coarse(x: arb, ops: Any) -> arb:
            with ctx.workprec(self.precision // 2):
                return formula(x, ops).mid()

        return super().at_points(coarse, a)


class WrongShift(Fixed):
    """Products are shifted by a bit too few."""

    name = "fixed with a wrong shift"

    def mul_up(self, a: Integers, b: Integers) -> Integers:
        return tuple(2 * x for x in super().mul_up(a, b))

    def mul_down(self, a: Integers, b: Integers) -> Integers:
        return tuple(2 * x for x in super().mul_down(a, b))

    def products(self, a: Integers, b: Integers, c: Integers, d: Integers) -> tuple[Integers, Integers]:
        low, high = super().products(a, b, c, d)
        return tuple(2 * x for x in low), tuple(2 * x for x in high)


class OneSignForgotten(Fixed):
    """Bounds of products look at the lower ends of the second factor only."""

    name = "fixed with a forgotten sign"

    def products(self, a: Integers, b: Integers, c: Integers, d: Integers) -> tuple[Integers, Integers]:
        return super().mul_down(a, c), super().mul_up(b, d)


class SumsRoundedDown(Fixed):
    """The sums of products are rounded down on both sides."""

    name = "fixed with sums that are rounded down"

    def sums_of_products(
        self, a: Integers, b: Integers, c: Integers, d: Integers, group: int
    ) -> tuple[Integers, Integers]:
        low, high = _least_products(a, b, c, d)
        return tuple(s >> self.precision for s in self.sum_up(tuple(low), group)), tuple(
            -s >> self.precision for s in self.sum_up(tuple(high), group)
        )


BACKENDS: tuple[type[Arb | Fixed], ...] = (
    WithoutRounding,
    SwappedBounds,
    SwappedProducts,
    SumsWithoutRounding,
    NotANumber,
    InfiniteBounds,
    InwardInput,
    OneBitTooFew,
    FloorForCeiling,
    TowardZero,
    LostRadius,
    WrongShift,
    OneSignForgotten,
    SumsRoundedDown,
)


# ------------------------------------------------------------------ activations


@dataclass(frozen=True)
class EndsOnly(Shape):
    """The hull of the values at the ends, whatever lies between: what a test of few points would accept."""

    formula: Formula

    def range(self, box: Box) -> Box:
        return turning(self.formula, []).range(box)

    def everywhere(self) -> None:
        return None


@dataclass(frozen=True)
class OneBall(Shape):
    """One ball evaluation over each whole interval: sound, and far too wide."""

    formula: Formula

    def range(self, box: Box) -> Box:
        spans = zip(box.lower(), box.upper(), strict=True)
        enclosures = [enclose_constant(self.formula, span) for span in spans]
        return Box.from_exact([low for low, _ in enclosures], [high for _, high in enclosures], box.backend, box.shape)

    def everywhere(self) -> None:
        return None


@dataclass(frozen=True)
class Narrowed(Shape):
    """Another shape, with bounds over all of R that are too narrow."""

    shape: Shape
    bounds: tuple[Fraction, Fraction]

    def range(self, box: Box) -> Box:
        return self.shape.range(box)

    def everywhere(self) -> tuple[Fraction, Fraction]:
        return self.bounds


def _without_turns(name: str) -> Function:
    """Return the activation with turning points of values and slopes ignored."""
    function = case(name).function
    return replace(function, values=EndsOnly(function.formula), slopes=EndsOnly(function.slope))


def _one_sided_kink() -> Function:
    """ReLU whose slope at the kink is that on the right."""
    zero, unit = Fraction(0), (Fraction(0), Fraction(1))
    return replace(case("relu").function, slopes=Joined(zero, Constant(zero), Constant(zero), unit))


def _late_waves() -> Function:
    """A sine whose period is a little too long."""
    function = case("sin").function
    assert isinstance(function.values, Waves), "sin has waves"
    low, high = function.values.period
    longer = replace(function.values, period=(low + Fraction(1, 10), high + Fraction(1, 10)))
    return replace(function, values=longer)


def _clipped_tanh() -> Function:
    function = case("tanh").function
    return replace(function, values=increasing(function.formula, limits=("-9/10", "9/10")))


def _wrong_slope() -> Function:
    """A tanh with the slope 1 - tanh."""

    def slope(x: Any, ops: Any) -> Any:
        return 1 - ops.tanh(x)

    return replace(case("tanh").function, slope=slope)


def _unsaid_jump() -> Function:
    function = case("sign").function
    assert isinstance(function.values, Joined), "sign is joined"
    return replace(function, values=replace(function.values, jumps=False))


FUNCTIONS: dict[str, tuple[str, Function]] = {
    "the turning points of the quartic are ignored": ("quartic", _without_turns("quartic")),
    "the turning points of GELU are ignored": ("gelu", _without_turns("gelu")),
    "the turning points of tanh' are ignored": ("tanh", _without_turns("tanh")),
    "the waves of sin are ignored": ("sin", _without_turns("sin")),
    "the period of sin is too long": ("sin", _late_waves()),
    "the slope of ReLU is 0 at and beyond its kink": ("relu", _one_sided_kink()),
    "tanh is clipped to [-9/10, 9/10]": ("tanh", _clipped_tanh()),
    "the slope of tanh is another function": ("tanh", _wrong_slope()),
    "the bounds of tanh over all of R are too narrow": (
        "tanh",
        replace(case("tanh").function, slopes=Narrowed(case("tanh").function.slopes, (Fraction(0), Fraction(9, 10)))),
    ),
    "the jump of sign is not told": ("sign", _unsaid_jump()),
}
"""What is wrong, with the name of the activation and its broken twin."""
