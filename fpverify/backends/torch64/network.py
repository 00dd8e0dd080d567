"""
Enclosures of a network and of its slope matrices over a batch of boxes, on float64 tensors.

The same facts as in the kernel decide the range of an activation (increasing, turns at these points, ...); its formula is
evaluated at the ends in interval arithmetic, and products with the weights are midpoint-radius. Nothing here is trusted
by a certificate: the kernel checks again, with other code and another library.
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import inf, nextafter

import torch
from torch import Tensor

from fpverify.backends.torch64 import compiled, elementwise, functions
from fpverify.backends.torch64.guard import ensure_sound
from fpverify.backends.torch64.linear import Ball, Weights, affine
from fpverify.backends.torch64.rounding import HUGE, UNIT, Interval, require_f64, total
from fpverify.kernel import matrix
from fpverify.kernel.activations import sigmoid, tanh
from fpverify.kernel.activations._shapes import Constant, Joined, Monotone, Shape, Span, Turning, Waves
from fpverify.kernel.backend import Formula
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.layers import Layer
from fpverify.kernel.layers.activation import Activate
from fpverify.kernel.layers.add import Add
from fpverify.kernel.layers.affine import Affine
from fpverify.kernel.layers.multiply import Multiply
from fpverify.kernel.network import Network

_KEPT = 16
"""So many networks stay prepared."""

_BLOCK = 2**16
"""Boxes are taken in blocks whose slope matrices have about so many entries on the CPU: they then stay in its caches."""


def enclose(
    network: Network, lo: Tensor, hi: Tensor, *, device: torch.device | str = "cpu"
) -> tuple[Interval, Interval]:
    """
    Enclose f and its slope matrices over each box of a batch, for all parameters in their intervals.

    Args:
        lo, hi: float64 tensors of shape (B, d), finite, lo <= hi.
        device: where to compute, and where the results lie.

    Returns:
        ((f_lo, f_hi), (J_lo, J_hi)), of shapes (B, d) and (B, d, d). For every x, y in a box there is a matrix A in
        [J_lo, J_hi] with f(x) - f(y) = A (x - y), and every Jacobian of f in the box lies there. An entry that overflowed,
        or that crosses a jump, is (-inf, inf): it says nothing.

    Raises:
        MisuseError: for a box that is not finite (the whole space has to be reduced to a box first), inverted, of another
            shape or of another dtype; for a parameter beyond the range of float64.
        UnsoundPlatformError: if the device does not compute as the proofs assume.

    Error:
        Outward. One layer is exact up to rounding; the slopes of deep networks are products entry by entry, whose width
        grows like the norms of |W|.

    Source:
        docs/numerics.md, section 6.
    """
    place = torch.device(device)
    ensure_sound(place)
    with torch.no_grad():
        x = _checked(network, lo, hi, place)
        batch, size = lo.shape
        block = max(1, _BLOCK // size**2) if place.type == "cpu" else batch
        if batch <= block:
            return _enclosed(network, x)
        parts = [_enclosed(network, (x[0][i : i + block], x[1][i : i + block])) for i in range(0, batch, block)]
        values, slopes = zip(*parts, strict=True)
        return _joined_up(values), _joined_up(slopes)


def _enclosed(network: Network, x: Interval) -> tuple[Interval, Interval]:
    values: list[Interval] = [x]
    slopes: list[Interval | None] = [None]
    place = x[0].device
    for layer, parameters in zip(network.layers, _prepared(network, place), strict=True):
        value, slope = _step(layer)(layer, parameters, values, slopes)
        values.append(value)
        slopes.append(slope)
    batch, size = x[0].shape
    # Cloned, since the slopes of an affine layer are the prepared parameters themselves.
    final = (end.expand(batch, size, size).mT for end in _dense(slopes[-1], size, place))
    low, high = (end.clone(memory_format=torch.contiguous_format) for end in final)
    return values[-1], (low, high)


def _joined_up(parts: Sequence[Interval]) -> Interval:
    low, high = zip(*parts, strict=True)
    return torch.cat(low), torch.cat(high)


def _checked(network: Network, lo: Tensor, hi: Tensor, place: torch.device) -> Interval:
    require_f64(lo, hi)
    if lo.dim() != 2 or lo.shape != hi.shape or lo.shape[1] != network.state_size:
        raise MisuseError(
            f"a batch of boxes of R^{network.state_size} has the shape (B, {network.state_size}); "
            f"got {tuple(lo.shape)} and {tuple(hi.shape)}"
        )
    if not bool((torch.isfinite(lo) & torch.isfinite(hi)).all()):
        raise MisuseError("a box has an end that is NaN or infinite: reduce the whole space to a finite box first")
    if not bool((lo <= hi).all()):
        raise MisuseError("a box has its lower end above its upper end")
    return lo.detach().to(place), hi.detach().to(place)


# ---------------------------------------------------------------------------------- parameters


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Parameters:
    """
    Fields:
        weights: of an affine layer.
        entries: the same as intervals, transposed.
        bias: of an affine layer.
    """

    weights: Weights
    entries: Interval
    bias: Ball


_PREPARED: dict[tuple[str, torch.device], list[_Parameters | None]] = {}


def _prepared(network: Network, place: torch.device) -> list[_Parameters | None]:
    """Return the parameters of each layer as tensors; kept for the networks used last."""
    key = network.digest, place
    if key not in _PREPARED:
        prepared = [_parameters(layer, place) if isinstance(layer, Affine) else None for layer in network.layers]
        while len(_PREPARED) >= _KEPT:
            _PREPARED.pop(next(iter(_PREPARED)))
        _PREPARED[key] = prepared
    return _PREPARED[key]


def _parameters(layer: Affine, place: torch.device) -> _Parameters:
    weight, low, high = _tensors(layer.weight, place)
    bias, bias_low, bias_high = _tensors(layer.bias, place)
    radius = _radius(layer.weight, weight)
    if radius is None:
        weights = Weights.of(weight)
    elif _is_rounding(radius, weight.abs()):
        weights = Weights.of(weight, relative=UNIT)
    else:
        weights = Weights.of(weight, rad=radius)
    exact = bool((bias_low == bias_high).all())
    offset = Ball.point(bias) if exact else Ball.of_ends(bias_low, bias_high)
    return _Parameters(weights=weights, entries=(low.T.contiguous(), high.T.contiguous()), bias=offset)


def _tensors(parameter: matrix.Tensor, place: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Return the nearest floats of the midpoints, and bounds of the ends."""
    middle = [nearest(value) for value in (parameter.lo if parameter.is_point else parameter.midpoint())]
    low, high = [outward(value)[0] for value in parameter.lo], [outward(value)[1] for value in parameter.hi]
    tensors = [
        torch.tensor(part, dtype=torch.float64, device=place).reshape(parameter.shape) for part in (middle, low, high)
    ]
    if not all(bool(torch.isfinite(tensor).all()) for tensor in tensors):
        raise MisuseError("a parameter of the network is beyond the range of float64")
    return tensors[0], tensors[1], tensors[2]


def _radius(parameter: matrix.Tensor, middle: Tensor) -> Tensor | None:
    """Return upper bounds of the distance of the parameter from *middle*, compared exactly; None if all are 0."""
    centres = [Fraction(value) for value in middle.flatten().tolist()]
    ends = zip(centres, parameter.lo, parameter.hi, strict=True)
    distances = [max(high - centre, centre - low) for centre, low, high in ends]
    if not any(distances):
        return None
    above = [outward(distance)[1] for distance in distances]
    return torch.tensor(above, dtype=torch.float64, device=middle.device).reshape(middle.shape)


def _is_rounding(radius: Tensor, size: Tensor) -> bool:
    """Return whether radius <= u size everywhere; u size is exact for the sizes from 2^-900 on."""
    return bool(((radius == 0) | ((size >= 2.0**-900) & (radius <= size * UNIT))).all())


def nearest(value: Fraction) -> float:
    """Return the float64 nearest to *value*, rounded correctly; an infinity beyond the range."""
    try:
        return value.numerator / value.denominator
    except OverflowError:
        return inf if value > 0 else -inf


def outward(value: Fraction) -> tuple[float, float]:
    """Return the greatest float64 at or below *value* and the least at or above it."""
    close = nearest(value)
    if close in {inf, -inf}:
        return (HUGE, inf) if close > 0 else (-inf, -HUGE)
    return (
        close if Fraction(close) <= value else nextafter(close, -inf),
        close if Fraction(close) >= value else nextafter(close, inf),
    )


# ---------------------------------------------------------------------------------- layers


Values = Sequence[Interval]
Slopes = Sequence[Interval | None]
"""Enclosures of the slopes with respect to the state, transposed: shape (B or 1, d, n); None for the identity."""


def _affine(layer: Affine, own: _Parameters | None, values: Values, slopes: Slopes) -> tuple[Interval, Interval]:
    assert own is not None
    value = affine(own.weights, Ball.of_ends(*values[layer.source]), own.bias).ends()
    slope = slopes[layer.source]
    if slope is None:
        return value, (own.entries[0].unsqueeze(0), own.entries[1].unsqueeze(0))
    return value, affine(own.weights, Ball.of_ends(*slope)).ends()


def _activate(layer: Activate, own: None, values: Values, slopes: Slopes) -> tuple[Interval, Interval]:
    """As `Activate.slopes` in the kernel; where the interval crosses a jump, no slope is bounded."""
    x, slope, function = values[layer.source], slopes[layer.source], layer.function
    low, high = shape_range(function.slopes, x)
    broken = crosses_jump(function.slopes, x) | crosses_jump(function.values, x)
    low, high = torch.where(broken, -inf, low), torch.where(broken, inf, high)
    value = shape_range(function.values, x)
    if slope is None:
        return value, (torch.diag_embed(low), torch.diag_embed(high))
    return value, compiled.scale(slope, (low, high))


def _add(layer: Add, own: None, values: Values, slopes: Slopes) -> tuple[Interval, Interval]:
    first, second = (_dense(slopes[i], layer.size, values[0][0].device) for i in (layer.source, layer.other))
    return elementwise.add(values[layer.source], values[layer.other]), elementwise.add(first, second)


def _multiply(layer: Multiply, own: None, values: Values, slopes: Slopes) -> tuple[Interval, Interval]:
    """u v - u' v' = u (v - v') + v' (u - u'), with u and v' in their enclosures."""
    u, v = values[layer.source], values[layer.other]
    first, second = (_dense(slopes[i], layer.size, u[0].device) for i in (layer.source, layer.other))
    by_v, by_u = ((end[0].unsqueeze(1), end[1].unsqueeze(1)) for end in (v, u))
    return elementwise.mul(u, v), elementwise.add(elementwise.mul(first, by_v), elementwise.mul(second, by_u))


_STEPS: dict[type[Layer], Callable[..., tuple[Interval, Interval]]] = {
    Affine: _affine,
    Activate: _activate,
    Add: _add,
    Multiply: _multiply,
}


def _step(layer: Layer) -> Callable[..., tuple[Interval, Interval]]:
    if type(layer) not in _STEPS:
        raise MisuseError(
            f"layers of kind {layer.kind!r} have no tensor form; known: {', '.join(kind.kind for kind in _STEPS)}"
        )
    return _STEPS[type(layer)]


def _dense(slope: Interval | None, size: int, place: torch.device) -> Interval:
    if slope is not None:
        return slope
    identity = torch.eye(size, dtype=torch.float64, device=place).unsqueeze(0)
    return identity, identity


# ---------------------------------------------------------------------------------- ranges by shapes


def shape_range(shape: Shape, x: Interval) -> Interval:
    """
    Enclose a function over each interval of *x*, from how it moves.

    Error:
        Outward, by the rounding of the formula at the ends; an infinite end gives the bounds of the shape on that side.

    Source:
        docs/numerics.md, 6.2; the shapes and their facts are the kernel's.
    """
    match shape:
        case Monotone() | Turning() if shape.formula in _CLOSED:
            return _CLOSED[shape.formula](x)
        case Constant():
            bounds = outward(shape.value)
            return torch.full_like(x[0], bounds[0]), torch.full_like(x[1], bounds[1])
        case Monotone():
            first, last = x if shape.direction > 0 else (x[1], x[0])
            low, high = at_points(shape.formula, torch.stack((first, last)))
            return _clipped((low[0], high[1]), shape.bounds())
        case Turning():
            return _clipped(_turning(shape, x), shape.everywhere() or (None, None))
        case Waves():
            result = _hull_of_ends(shape.formula, x)
            for phase, value in (shape.top, shape.bottom):
                result = _take_in(result, _meets_phase(x, phase, shape.period), (value, value))
            return _clipped(result, shape.everywhere())
        case Joined():
            return _joined(shape, x)
    raise MisuseError(f"no range is known for a shape of type {type(shape).__name__}")


_CLOSED: dict[Formula, Callable[[Interval], Interval]] = {
    tanh.formula: functions.tanh,
    tanh.slope: functions.tanh_slope,
    sigmoid.formula: functions.sigmoid,
    sigmoid.slope: functions.sigmoid_slope,
}
"""Formulas of the kernel whose whole range, ends and turning point, has a proof of its own (Theorems 3.4 and 3.9)."""


def crosses_jump(shape: Shape, x: Interval) -> Tensor:
    """Return where an interval of *x* holds a point at which the function jumps."""
    if not isinstance(shape, Joined):
        return torch.zeros_like(x[0], dtype=torch.bool)
    inner = crosses_jump(shape.left, x) | crosses_jump(shape.right, x)
    return inner | _meets(x, (shape.at, shape.at)) if shape.jumps else inner


def _turning(shape: Turning, x: Interval) -> Interval:
    result = _hull_of_ends(shape.formula, x)
    for location, value in _critical(shape):
        result = _take_in(result, _meets(x, location), value)
    return result


@cache
def _critical(shape: Turning) -> tuple[tuple[Span, Span], ...]:
    """Return the places where the function turns, with its values there."""
    return tuple((point.location, point.value(shape.formula)) for point in shape.points)


def _joined(shape: Joined, x: Interval) -> Interval:
    """Cut the interval at the joint; a side that it does not reach is left out."""
    below, above = outward(shape.at)
    left = shape_range(shape.left, (x[0].clamp_max(above), x[1].clamp_max(above)))
    right = shape_range(shape.right, (x[0].clamp_min(below), x[1].clamp_min(below)))
    only_left, only_right = x[1] < below, x[0] > above
    both = elementwise.hull(left, right)
    low, high = (torch.where(only_left, left[i], torch.where(only_right, right[i], both[i])) for i in (0, 1))
    return low, high


def at_points(formula: Formula, x: Tensor) -> Interval:
    """Enclose the formula at each of the points *x*; the whole line where a point is not finite."""
    known = torch.isfinite(x)
    place = torch.where(known, x, 0.0)
    low, high = total(*formula(Enclosed((place, place)), _Vocabulary(x.device)).ends)
    return torch.where(known, low, -inf), torch.where(known, high, inf)


def _hull_of_ends(formula: Formula, x: Interval) -> Interval:
    low, high = at_points(formula, torch.stack(x))
    return torch.minimum(low[0], low[1]), torch.maximum(high[0], high[1])


def _meets(x: Interval, location: Span) -> Tensor:
    """Return where the interval may hold a point of the thin *location*."""
    return ~((x[0] > outward(location[1])[1]) | (x[1] < outward(location[0])[0]))


def _meets_phase(x: Interval, phase: Span, period: Span) -> Tensor:
    """Return where some phase + n period may lie in the interval: where (x - phase) / period may hold an integer."""
    turns = elementwise.div(elementwise.sub(x, _constant(phase, x[0])), _constant(period, x[0]))
    return ~(torch.floor(turns[1]) < turns[0])


def _take_in(result: Interval, where: Tensor, value: Span) -> Interval:
    low, high = outward(value[0])[0], outward(value[1])[1]
    return (
        torch.where(where, result[0].clamp_max(low), result[0]),
        torch.where(where, result[1].clamp_min(high), result[1]),
    )


def _clipped(result: Interval, bounds: tuple[Fraction | None, Fraction | None]) -> Interval:
    low, high = bounds
    return (
        result[0] if low is None else result[0].clamp_min(outward(low)[0]),
        result[1] if high is None else result[1].clamp_max(outward(high)[1]),
    )


def _constant(span: Span, like: Tensor) -> Interval:
    low, high = outward(span[0])[0], outward(span[1])[1]
    return torch.full((), low, dtype=like.dtype, device=like.device), torch.full(
        (), high, dtype=like.dtype, device=like.device
    )


# ---------------------------------------------------------------------------------- the vocabulary of formulas


@dataclass(frozen=True, slots=True, eq=False)
class Enclosed:
    """Intervals as a formula sees them: `+ - * /`, integer powers, and Python ints as exact numbers."""

    ends: Interval

    def __neg__(self) -> "Enclosed":
        return Enclosed(elementwise.neg(self.ends))

    def __add__(self, other: "Enclosed | int") -> "Enclosed":
        return self._with(elementwise.add, other)

    def __sub__(self, other: "Enclosed | int") -> "Enclosed":
        return self._with(elementwise.sub, other)

    def __mul__(self, other: "Enclosed | int") -> "Enclosed":
        return self._with(elementwise.mul, other)

    def __truediv__(self, other: "Enclosed | int") -> "Enclosed":
        return self._with(elementwise.div, other)

    def __radd__(self, other: int) -> "Enclosed":
        return self._read(other) + self

    def __rsub__(self, other: int) -> "Enclosed":
        return self._read(other) - self

    def __rmul__(self, other: int) -> "Enclosed":
        return self._read(other) * self

    def __rtruediv__(self, other: int) -> "Enclosed":
        return self._read(other) / self

    def __pow__(self, exponent: int) -> "Enclosed":
        power = elementwise.pown(self.ends, operator.index(exponent))
        return Enclosed((power[0], power[1]))

    def _with(self, operation: Callable[[Interval, Interval], Sequence[Tensor]], other: "Enclosed | int") -> "Enclosed":
        result = operation(self.ends, self._read(other).ends)
        return Enclosed((result[0], result[1]))

    def _read(self, other: "Enclosed | int") -> "Enclosed":
        if isinstance(other, Enclosed):
            return other
        exact = Fraction(operator.index(other))  # a float in a formula would not be what it looks like
        return Enclosed(_constant((exact, exact), self.ends[0]))


class _Vocabulary:
    """`fpverify.kernel.ops.Ops` for `Enclosed`, on one device: every function encloses its true values."""

    def __init__(self, device: torch.device) -> None:
        self._like = torch.zeros((), dtype=torch.float64, device=device)

    def number(self, value: Fraction) -> Enclosed:
        return Enclosed(_constant((value, value), self._like))

    def pi(self) -> Enclosed:
        return Enclosed(_constant(_PI, self._like))

    def sqrt(self, x: Enclosed) -> Enclosed:
        return _applied(elementwise.sqrt, x)

    def exp(self, x: Enclosed) -> Enclosed:
        return _applied(functions.exp, x)

    def log(self, x: Enclosed) -> Enclosed:
        return _applied(functions.log, x)

    def log1p(self, x: Enclosed) -> Enclosed:
        return _applied(functions.log1p, x)

    def tanh(self, x: Enclosed) -> Enclosed:
        return _applied(functions.tanh, x)

    def sin(self, x: Enclosed) -> Enclosed:
        return _applied(functions.sin, x)

    def cos(self, x: Enclosed) -> Enclosed:
        return _applied(functions.cos, x)

    def erf(self, x: Enclosed) -> Enclosed:
        return _applied(functions.erf, x)

    def erfc(self, x: Enclosed) -> Enclosed:
        return _applied(functions.erfc, x)

    def abs(self, x: Enclosed) -> Enclosed:
        return Enclosed(elementwise.absolute(x.ends))

    def sign(self, x: Enclosed) -> Enclosed:
        low, high = total(*x.ends)
        return Enclosed((torch.sign(low), torch.sign(high)))

    def maximum(self, x: Enclosed, y: Enclosed) -> Enclosed:
        return Enclosed(elementwise.maximum(x.ends, y.ends))

    def minimum(self, x: Enclosed, y: Enclosed) -> Enclosed:
        return Enclosed(elementwise.minimum(x.ends, y.ends))


def _applied(function: Callable[[Interval], Sequence[Tensor]], x: Enclosed) -> Enclosed:
    """Where x misses the domain, and so the formula is undefined, the functions return the whole line."""
    result = function(x.ends)
    return Enclosed((result[0], result[1]))


_PI: Span = (
    Fraction(314159265358979323846264338327950288419716, 10**41),
    Fraction(314159265358979323846264338327950288419717, 10**41),
)
"""Source: pi = 3.14159265358979323846264338327950288419716(9...); checked against Arb in the tests."""
