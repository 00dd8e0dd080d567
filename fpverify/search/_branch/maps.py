"""The map of a network as the search sees it: images and slopes over a batch of boxes, in float64."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from fpverify.backends.torch64.network import enclose, nearest, outward, shape_range
from fpverify.kernel.activations._shapes import Constant, Monotone, Shape, Turning
from fpverify.kernel.layers.affine import Affine
from fpverify.kernel.network import Network
from fpverify.numeric.ops import TorchOps

_RELATIVE = 2.0**-44
_ABSOLUTE = 2.0**-56
"""Added to what ordinary rounding gives. No bound rests on them: the kernel decides."""

Ends = tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """
    What is known of f over boxes c ± r.

    Fields:
        low, high: ends of f, shape (B, d).
        slope: midpoints of the slope matrices, shape (B, d, d).
        spread: their radii times r, shape (B, d).
    """

    low: Tensor
    high: Tensor
    slope: Tensor
    spread: Tensor

    def of(self, chosen: Tensor) -> "Image":
        """Return the image of some of the boxes."""
        return Image(self.low[chosen], self.high[chosen], self.slope[chosen], self.spread[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class Map:
    """
    Fields:
        image: (c, r) -> what f and its slopes are over the boxes c ± r; a radius of 0 gives the Jacobians at c.
        value: c -> ends of f(c).
    """

    image: Callable[[Tensor, Tensor], Image]
    value: Callable[[Tensor], Ends]


def map_of(network: Network, device: torch.device, *, quick: bool) -> Map:
    """
    Return the map of the network.

    Args:
        network: the loop.
        device: where to compute.
        quick: whether a looped layer may be bounded by ordinary floats with a margin. This is several times as fast, and
            what it gets wrong the kernel refuses.
    """
    if quick and _is_plain(network):
        return _looped(network, device)
    return _enclosed(network, device)


def is_quick(network: Network) -> bool:
    """Return whether `map_of` has a quick form of the network."""
    return _is_plain(network)


def _is_plain(network: Network) -> bool:
    layer = network.looped_layer()
    if layer is None or network.is_uncertain:
        return False
    function = layer[1].function
    return all(isinstance(shape, (Constant, Monotone, Turning)) for shape in (function.values, function.slopes))


def _enclosed(network: Network, device: torch.device) -> Map:
    def image(c: Tensor, r: Tensor) -> Image:
        (low, high), (least, most) = enclose(network, c - r, c + r, device=device)
        slope = least * 0.5 + most * 0.5
        spread = ((most - least) * 0.5 * r.unsqueeze(1)).sum(-1)
        return Image(low, high, slope, spread)

    return Map(image, lambda c: enclose(network, c, c, device=device)[0])


def _looped(network: Network, device: torch.device) -> Map:
    layer = network.looped_layer()
    assert layer is not None
    weight, bias = _nearest(layer[0], device)
    size, offset = weight.abs().T.contiguous(), bias.abs() * _RELATIVE
    turned, function = weight.T.contiguous(), layer[1].function

    def argument(c: Tensor) -> Ends:
        return torch.addmm(bias, c, turned), (c.abs() @ size).mul_(_RELATIVE).add_(offset)

    def image(c: Tensor, r: Tensor) -> Image:
        z, doubt = argument(c)
        reach = r @ size
        wide = reach * (1 + _RELATIVE) + doubt
        low, high = _over(function.values, z - wide, z + wide)
        least, most = _over(function.slopes, z - wide, z + wide)
        middle, radius = least * 0.5 + most * 0.5, (most - least) * 0.5
        return Image(low, high, middle.unsqueeze(2) * weight, radius * reach)

    def value(c: Tensor) -> Ends:
        z, doubt = argument(c)
        return _over(function.values, z - doubt, z + doubt)

    return Map(image, value)


def _nearest(layer: Affine, device: torch.device) -> tuple[Tensor, Tensor]:
    parts = [torch.tensor([nearest(x) for x in part.lo], dtype=torch.float64) for part in (layer.weight, layer.bias)]
    return parts[0].reshape(layer.weight.shape).to(device), parts[1].to(device)


def _over(shape: Shape, low: Tensor, high: Tensor) -> Ends:
    """Bound a function over [low, high] from how it moves, in ordinary floats with a margin."""
    match shape:
        case Monotone():
            first, last = (low, high) if shape.direction > 0 else (high, low)
            least, most = _at(shape, first), _at(shape, last)
        case Turning():
            one, other = _at(shape, low), _at(shape, high)
            least, most = torch.minimum(one, other), torch.maximum(one, other)
            for point in shape.points:
                bottom, top = (nearest(x) for x in point.value(shape.formula))
                met = ~((low > outward(point.location[1])[1]) | (high < outward(point.location[0])[0]))
                least = torch.where(met, least.clamp_max(bottom), least)
                most = torch.where(met, most.clamp_min(top), most)
        case _:
            return shape_range(shape, (low, high))
    least, most = least - (least.abs() * _RELATIVE + _ABSOLUTE), most + (most.abs() * _RELATIVE + _ABSOLUTE)
    return torch.nan_to_num(least, nan=-torch.inf), torch.nan_to_num(most, nan=torch.inf)


def _at(shape: Monotone | Turning, x: Tensor) -> Tensor:
    return torch.as_tensor(shape.formula(x, TorchOps), dtype=x.dtype, device=x.device).expand(x.shape)
