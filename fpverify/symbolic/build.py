"""Networks as SymPy expressions of the state, with exact rational parameters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import sympy
from sympy import Expr, Symbol

from fpverify.kernel.discover import look_up
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.layers import Layer
from fpverify.kernel.matrix import Tensor
from fpverify.kernel.network import Network
from fpverify.symbolic.ops import SymPyOps

UNCERTAIN = ("midpoint", "symbols")


@dataclass(frozen=True, kw_only=True)
class SymbolicNetwork:
    """
    Fields:
        state: real symbols x_1, ..., x_d (x for d = 1).
        image: f(x), one expression for each coordinate.
        parameters: the symbol of each uncertain parameter with the ends of its interval; empty for midpoints.
    """

    state: tuple[Symbol, ...]
    image: tuple[Expr, ...]
    parameters: Mapping[Symbol, tuple[Fraction, Fraction]] = field(default_factory=dict)


def symbolic(network: Network, *, uncertain: str = "midpoint") -> SymbolicNetwork:
    """
    Return f as expressions of the state.

    Args:
        network: with rational or interval parameters.
        uncertain: "midpoint" puts each interval at its middle, "symbols" makes it a real symbol such as W1_2_3 or b1_2
            (layer, row, column; from 1).

    Raises:
        MisuseError: for another word.
    """
    if uncertain not in UNCERTAIN:
        raise MisuseError(f"uncertain={uncertain!r}: write one of {', '.join(UNCERTAIN)}")
    parameters: dict[Symbol, tuple[Fraction, Fraction]] = {}
    state = state_symbols(network.state_size)
    values: list[Sequence[Expr]] = [state]
    for index, layer in enumerate(network.layers, start=1):
        entries = _Entries(index, uncertain == "symbols", parameters)
        values.append(look_up(_LAYERS, layer.kind, "layer")(layer, values, entries))
    return SymbolicNetwork(state=state, image=tuple(values[-1]), parameters=parameters)


def state_symbols(size: int) -> tuple[Symbol, ...]:
    """Return x for a scalar state, else x_1, ..., x_d; real."""
    names = ["x"] if size == 1 else [f"x_{j}" for j in range(1, size + 1)]
    return tuple(Symbol(name, real=True) for name in names)


@dataclass(frozen=True)
class _Entries:
    """Turns parameters of one layer into expressions, and notes the symbols that it makes."""

    layer: int
    named: bool
    made: dict[Symbol, tuple[Fraction, Fraction]]

    def __call__(self, letter: str, tensor: Tensor) -> list[Expr]:
        pairs = zip(tensor.lo, tensor.hi, strict=True)
        return [self._entry(letter, place, low, high, tensor) for place, (low, high) in enumerate(pairs)]

    def _entry(self, letter: str, place: int, low: Fraction, high: Fraction, tensor: Tensor) -> Expr:
        if low == high or not self.named:
            return SymPyOps.number((low + high) / 2)
        where = [place] if len(tensor.shape) == 1 else divmod(place, tensor.shape[1])
        symbol = Symbol("_".join([f"{letter}{self.layer}", *(str(i + 1) for i in where)]), real=True)
        self.made[symbol] = (low, high)
        return symbol


Values = Sequence[Sequence[Expr]]


def _affine(layer: Any, values: Values, entries: _Entries) -> list[Expr]:
    x, weight, bias = values[layer.source], entries("W", layer.weight), entries("b", layer.bias)
    rows = [weight[i : i + len(x)] for i in range(0, len(weight), len(x))]
    return [sympy.Add(b, *(w * z for w, z in zip(row, x, strict=True))) for row, b in zip(rows, bias, strict=True)]


def _activate(layer: Any, values: Values, entries: _Entries) -> list[Expr]:
    return [sympy.sympify(layer.function.formula(x, SymPyOps)) for x in values[layer.source]]


def _add(layer: Any, values: Values, entries: _Entries) -> list[Expr]:
    return [x + y for x, y in zip(values[layer.source], values[layer.other], strict=True)]


def _multiply(layer: Any, values: Values, entries: _Entries) -> list[Expr]:
    return [x * y for x, y in zip(values[layer.source], values[layer.other], strict=True)]


_LAYERS: Mapping[str, Callable[[Layer, Values, _Entries], Sequence[Expr]]] = {
    "affine": _affine,
    "activation": _activate,
    "add": _add,
    "multiply": _multiply,
}
