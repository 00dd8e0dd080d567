"""Fixed points to 50 digits in mpmath: a further world that reads the formulas of the activations by itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath

from fpverify.kernel.layers.affine import Affine
from fpverify.kernel.network import Network

Real = Any
"""A number of mpmath."""

DIGITS = 50

MP = mpmath.mp.clone()
MP.dps = DIGITS + 15
"""A context of our own: the precision of mpmath.mp is neither read nor set."""

_SMALL = MP.mpf(10) ** -(DIGITS + 5)
_MOST_STEPS = 40


class MpOps:
    """`Ops` for numbers of mpmath."""

    exp, log, log1p, tanh, sin, cos, erf, erfc = MP.exp, MP.log, MP.log1p, MP.tanh, MP.sin, MP.cos, MP.erf, MP.erfc
    sqrt, sign = MP.sqrt, MP.sign

    @staticmethod
    def number(value: Fraction) -> Real:
        return MP.mpf(value.numerator) / value.denominator

    @staticmethod
    def pi() -> Real:
        return +MP.pi

    @staticmethod
    def abs(x: Real) -> Real:
        return MP.fabs(x)

    @staticmethod
    def maximum(x: Real, y: Real) -> Real:
        return max(x, y)

    @staticmethod
    def minimum(x: Real, y: Real) -> Real:
        return min(x, y)


class MpNetwork:
    """
    A network without uncertain parameters on vectors of mpmath numbers; each weight is converted once.

    Args:
        network: exact; the midpoint of an interval is taken.
    """

    def __init__(self, network: Network) -> None:
        self.layers = network.nominal().layers
        known: dict[int, Real] = {}

        def number(value: Fraction) -> Real:
            if id(value) not in known:
                known[id(value)] = MpOps.number(value)
            return known[id(value)]

        affine = {i: layer for i, layer in enumerate(self.layers) if isinstance(layer, Affine)}
        self.weights = {i: _rows([number(w) for w in layer.weight.lo], layer.size) for i, layer in affine.items()}
        self.biases = {i: [number(b) for b in layer.bias.lo] for i, layer in affine.items()}

    def __call__(self, x: Sequence[Real]) -> Sequence[Real]:
        values = [x]
        for index, layer in enumerate(self.layers):
            values.append(_LAYERS[layer.kind](self, index, layer, values))
        return values[-1]


@dataclass(frozen=True, kw_only=True)
class Refined:
    """
    Fields:
        point: an approximate fixed point.
        error: the size of the last correction: how far off it may be, roughly.
    """

    point: tuple[Real, ...]
    error: Real

    def exact(self) -> tuple[Fraction, ...]:
        return tuple(to_fraction(x) for x in self.point)

    def decimals(self) -> tuple[str, ...]:
        return tuple(str(MP.nstr(x, DIGITS)) for x in self.point)


def refine(network: MpNetwork, start: Sequence[float], inverse: Sequence[Sequence[float]]) -> Refined | None:
    """
    Solve f(x) = x from *start* by a simplified Newton's method, x <- x + C (f(x) - x).

    Args:
        network: f.
        start: a fixed point in doubles.
        inverse: C, an approximate inverse of I - f'(start): each step gains as many digits as C is good for.

    Returns:
        The fixed point, or None if the corrections do not become smaller than 10^-55.
    """
    x, rows = [MP.mpf(value) for value in start], [[MP.mpf(value) for value in row] for row in inverse]
    for _ in range(_MOST_STEPS):
        residual = [after - before for after, before in zip(network(x), x, strict=True)]
        move = [MP.fdot(row, residual) for row in rows]
        x = [before + change for before, change in zip(x, move, strict=True)]
        error = max(abs(change) for change in move)
        if error <= _SMALL * max(1, *(abs(value) for value in x)):
            return Refined(point=tuple(x), error=error)
        if not MP.isfinite(error) or error > 1:
            return None
    return None


def to_fraction(x: Real) -> Fraction:
    """Return the exact value of a number of mpmath."""
    sign, mantissa, exponent, _ = MP.mpf(x)._mpf_
    return (-1) ** sign * Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def _rows(values: Sequence[Real], count: int) -> list[Sequence[Real]]:
    width = len(values) // count
    return [values[start : start + width] for start in range(0, len(values), width)]


def _affine(network: MpNetwork, index: int, layer: Any, values: Sequence[Any]) -> list[Real]:
    x = values[layer.source]
    return [MP.fdot(row, x) + b for row, b in zip(network.weights[index], network.biases[index], strict=True)]


def _activate(network: MpNetwork, index: int, layer: Any, values: Sequence[Any]) -> list[Real]:
    return [layer.function.formula(x, MpOps) for x in values[layer.source]]


def _add(network: MpNetwork, index: int, layer: Any, values: Sequence[Any]) -> list[Real]:
    return [x + y for x, y in zip(values[layer.source], values[layer.other], strict=True)]


def _multiply(network: MpNetwork, index: int, layer: Any, values: Sequence[Any]) -> list[Real]:
    return [x * y for x, y in zip(values[layer.source], values[layer.other], strict=True)]


_LAYERS: Mapping[str, Callable[[MpNetwork, int, Any, Sequence[Any]], Sequence[Real]]] = {
    "affine": _affine,
    "activation": _activate,
    "add": _add,
    "multiply": _multiply,
}
