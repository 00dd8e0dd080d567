"""Networks as functions on batches of float64 states, with parameters at their midpoints or drawn from their intervals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, Self

import torch
from torch import Tensor

from fpverify.kernel.discover import look_up
from fpverify.kernel.exact import text
from fpverify.kernel.layers import Layer
from fpverify.kernel.layers.affine import Affine
from fpverify.kernel.matrix import Tensor as Exact
from fpverify.kernel.network import Network
from fpverify.numeric.ops import TorchOps


@dataclass(frozen=True, eq=False)
class Range:
    """
    A weight or bias on a device.

    Fields:
        low, high: doubles inside the exact interval, or the nearest ones where it holds none (`low is high` for a point).
        magnitude: the nearest doubles to the largest absolute values.
    """

    low: Tensor
    high: Tensor
    magnitude: Tensor

    @classmethod
    def of(cls, exact: Exact, device: torch.device) -> Self:
        low = _doubles(exact.lo, device).reshape(exact.shape)
        if exact.is_point:
            return cls(low, low, low.abs())
        high = _doubles(exact.hi, device).reshape(exact.shape)
        magnitude = torch.maximum(low.abs(), high.abs())
        above, below = torch.nextafter(low, high), torch.nextafter(high, low)
        thin, middle = above > below, (low + high) / 2
        return cls(torch.where(thin, middle, above), torch.where(thin, middle, below), magnitude)

    @property
    def is_point(self) -> bool:
        return self.low is self.high

    @cached_property
    def middle(self) -> Tensor:
        return self.low if self.is_point else (self.low + self.high) / 2

    @cached_property
    def radius(self) -> Tensor:
        return (self.high - self.low) / 2

    def uniform(self, generator: torch.Generator) -> Tensor:
        """Draw each entry from its interval."""
        share = torch.rand(self.low.shape, generator=generator, dtype=torch.float64, device=self.low.device)
        return self.low if self.is_point else torch.lerp(self.low, self.high, share).clamp(self.low, self.high)

    def corner(self, generator: torch.Generator) -> Tensor:
        """Draw one end of each interval."""
        chosen = torch.rand(self.low.shape, generator=generator, dtype=torch.float64, device=self.low.device) < 0.5
        return self.low if self.is_point else torch.where(chosen, self.low, self.high)


@dataclass(frozen=True, eq=False)
class Same:
    """x -> W x + b, with one draw of W and b for the whole batch."""

    weight: Tensor
    bias: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        return torch.addmm(self.bias, x, self.weight.mT)

    def of_sample(self, x: Tensor, index: int) -> tuple[Tensor, Tensor]:
        """Return W and b as sample *index* of the batch *x* saw them."""
        return self.weight, self.bias


@dataclass(frozen=True, eq=False)
class Pushed:
    """
    x -> W x + b, with the W and b in their intervals that move each coordinate farthest in a given direction.

    Fields:
        signs: the directions, shape (B, m): W_jk = W0_jk + s_j R_jk sign(x_k), b_j = b0_j + s_j r_j for each sample.
    """

    weight: Range
    bias: Range
    signs: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        nominal = torch.addmm(self.bias.middle, x, self.weight.middle.mT)
        farthest = torch.addmm(self.bias.radius, x.abs(), self.weight.radius.mT)
        return torch.addcmul(nominal, self.signs, farthest)

    def of_sample(self, x: Tensor, index: int) -> tuple[Tensor, Tensor]:
        signs = self.signs[index]
        weight = self.weight.middle + signs[:, None] * self.weight.radius * x[index].sign()
        return weight, self.bias.middle + signs * self.bias.radius


AffineMap = Same | Pushed
Parameters = Mapping[int, AffineMap]
"""The affine maps of a program, by the index of their values."""


class TorchNetwork:
    """
    A network on batches: `f(x)` maps states of shape (B, d) to states of shape (B, d), in float64.

    Error:
        Ordinary rounding, bounded by `fpverify.numeric.rounding`.

    Args:
        network: the exact network.
        device: where its parameters live.
    """

    def __init__(self, network: Network, device: torch.device) -> None:
        self.network, self.device = network, device
        affine = {i: layer for i, layer in enumerate(network.layers, start=1) if isinstance(layer, Affine)}
        self.ranges = {i: (Range.of(layer.weight, device), Range.of(layer.bias, device)) for i, layer in affine.items()}
        self.nominal: Parameters = {i: Same(weight.middle, bias.middle) for i, (weight, bias) in self.ranges.items()}

    def __call__(self, x: Tensor, parameters: Parameters | None = None) -> Tensor:
        return self.values(x, parameters)[-1]

    def values(self, x: Tensor, parameters: Parameters | None = None) -> list[Tensor]:
        """Return every value of the program, the batch *x* first and f(x) last; midpoint parameters if none are given."""
        maps = self.nominal if parameters is None else parameters
        values = [x]
        for index, layer in enumerate(self.network.layers, start=1):
            values.append(look_up(LAYERS, layer.kind, "layer")(layer, values, maps.get(index)))
        return values

    def jacobian(self, x: Tensor, parameters: Parameters | None = None) -> Tensor:
        """Return the derivatives at each state, shape (B, d, d), by automatic differentiation of the formulas."""
        with torch.enable_grad():
            place = x.detach().requires_grad_()
            image = self(place, parameters)
            if not image.requires_grad:
                return torch.zeros(*x.shape, x.shape[1], dtype=x.dtype, device=x.device)
            total = image.sum(dim=0)
            rows = [torch.autograd.grad(total[j], place, retain_graph=True)[0] for j in range(x.shape[1])]
        return torch.stack(rows, dim=1)

    # ------------------------------------------------------------------ parameters in their intervals

    def uniform(self, generator: torch.Generator) -> Mapping[int, Same]:
        """Return one uniform draw, shared by the batch."""
        return {
            i: Same(weight.uniform(generator), bias.uniform(generator)) for i, (weight, bias) in self.ranges.items()
        }

    def corner(self, generator: torch.Generator) -> Mapping[int, Same]:
        """Return one draw with every parameter at an end of its interval."""
        return {i: Same(weight.corner(generator), bias.corner(generator)) for i, (weight, bias) in self.ranges.items()}

    def pushed(self, direction: Tensor) -> Parameters:
        """Return the draw that moves the results of the affine layers in *direction*, shape (B, d), as far as it can."""
        return {
            i: Pushed(weight, bias, _as_long(direction, weight.low.shape[0]))
            for i, (weight, bias) in self.ranges.items()
        }


def pinned(network: Network, parameters: Mapping[int, tuple[Tensor, Tensor]]) -> Network:
    """Return the exact network whose parameters are these doubles, moved into their intervals where they lie outside."""
    layers = list(network.layers)
    for index, (weight, bias) in parameters.items():
        layer = layers[index - 1]
        assert isinstance(layer, Affine)
        layers[index - 1] = replace(layer, weight=_pin(layer.weight, weight), bias=_pin(layer.bias, bias))
    return replace(network, layers=tuple(layers))


def _pin(exact: Exact, drawn: Tensor) -> Exact:
    if exact.is_point:
        return exact
    entries = zip(drawn.flatten().tolist(), exact.lo, exact.hi, strict=True)
    values = tuple(max(low, min(high, Fraction(value))) for value, low, high in entries)
    return Exact(lo=values, hi=values, shape=exact.shape, data=[text(value) for value in values])


def _as_long(direction: Tensor, size: int) -> Tensor:
    """Repeat or cut the coordinates: an inner layer may be wider or narrower than the state."""
    turns = -(-size // direction.shape[1])
    return direction.sign().repeat(1, turns)[:, :size]


def _doubles(values: Sequence[Fraction], device: torch.device) -> Tensor:
    """Round to nearest; a Fraction that stands in many places is converted once."""
    known: dict[int, float] = {}
    for value in values:
        if id(value) not in known:
            known[id(value)] = float(value)
    return torch.tensor([known[id(value)] for value in values], dtype=torch.float64, device=device)


# ------------------------------------------------------------------ one function for each kind of layer


def _affine(layer: Any, values: Sequence[Tensor], affine_map: AffineMap | None) -> Tensor:
    assert affine_map is not None
    return affine_map(values[layer.source])


def _activate(layer: Any, values: Sequence[Tensor], _: AffineMap | None) -> Tensor:
    x = values[layer.source]
    image = layer.function.formula(x, TorchOps)
    return torch.as_tensor(image, dtype=torch.float64, device=x.device).expand_as(x)


def _add(layer: Any, values: Sequence[Tensor], _: AffineMap | None) -> Tensor:
    return values[layer.source] + values[layer.other]


def _multiply(layer: Any, values: Sequence[Tensor], _: AffineMap | None) -> Tensor:
    return values[layer.source] * values[layer.other]


LAYERS: Mapping[str, Callable[[Layer, Sequence[Tensor], AffineMap | None], Tensor]] = {
    "affine": _affine,
    "activation": _activate,
    "add": _add,
    "multiply": _multiply,
}
"""(layer, earlier values, its affine map if it is affine) -> value."""
