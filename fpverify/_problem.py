"""Problem: a network, and where its fixed points or its orbits are searched."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor
from typing import Any

from fpverify.kernel.arb import Arb
from fpverify.kernel.decoration import Decoration
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.exact import decimal_text
from fpverify.kernel.layers.activation import Activate
from fpverify.kernel.network import Network
from fpverify.kernel.region import BoxRegion
from fpverify.kernel.rules._lift import lift, unfold
from fpverify.kernel.rules.everywhere import values_everywhere

_MOST_UNKNOWNS = 64
"""A wider network is searched as it is: each box would cost the inverse of a large matrix."""

_GRID = 2**16
"""Boxes of layer values end at multiples of 1/2^16, outside of the values by that much at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """
    Fields:
        network: as given.
        region: where its fixed points are searched.
        whole: whether the region stands for all of R^d.
        period: 1, or that of the orbits.
        lifted, power: the network and the region, or the lift and the boxes of an orbit.
        loop, box: what is searched: these, or the unfolded network with the values of its layers.
    """

    network: Network
    region: BoxRegion
    whole: bool
    period: int
    lifted: Network
    power: BoxRegion
    loop: Network
    box: BoxRegion

    @property
    def is_unfolded(self) -> bool:
        return self.loop is not self.lifted

    def of_one_step(self) -> "Problem":
        """Return the problem of the fixed points in the same box."""
        network, region = self.network, self.region
        return replace(self, period=1, whole=False, lifted=network, power=region, loop=network, box=region)

    def unfolded(self) -> "Problem | None":
        """Return the same problem with the values of all layers as unknowns; None if it is no deep chain, or too wide."""
        whole = unfold(self.lifted)
        if whole is None or whole.state_size > _MOST_UNKNOWNS:
            return None
        return replace(self, loop=whole, box=_layer_values(self.lifted, self.power))


def problem_of(
    network: Network, box: BoxRegion | Sequence[Any] | None, period: int, *, leaving: bool = False
) -> Problem:
    """
    Return what is to be searched; with *leaving*, orbits that leave the box before they return, too.

    Raises:
        MisuseError: for a box or a period that does not fit, or a network that is not continuous on the box.
    """
    if not isinstance(period, int) or isinstance(period, bool) or not 1 <= period <= 64:
        raise MisuseError(f"a period is a whole number from 1 to 64; got {period!r}")
    region = _region(network, box)
    _require_continuous(network, region)
    power = _power(network, region, period, leaving=leaving)
    lifted = network if period == 1 else lift(network, period)
    return Problem(
        network=network,
        region=region,
        whole=box is None and period == 1,
        period=period,
        lifted=lifted,
        power=power,
        loop=lifted,
        box=power,
    )


def _power(network: Network, region: BoxRegion, period: int, *, leaving: bool) -> BoxRegion:
    """Return the product of the boxes of an orbit: D each time, or D, a box around f(D), one around its image, ..."""
    if not leaving:
        return BoxRegion(lo=region.lo * period, hi=region.hi * period)
    boxes = [region]
    for _ in range(period - 1):
        image = network.enclose(boxes[-1].outer(Arb()))
        low = tuple(Fraction(floor(x * _GRID) - 1, _GRID) for x in image.lower())
        high = tuple(Fraction(ceil(x * _GRID) + 1, _GRID) for x in image.upper())
        boxes.append(BoxRegion(lo=low, hi=high))
    return BoxRegion(lo=tuple(x for box in boxes for x in box.lo), hi=tuple(x for box in boxes for x in box.hi))


def _layer_values(network: Network, region: BoxRegion) -> BoxRegion:
    """Return a box that holds the values of the inner layers of a chain over *region*, and has *region* as its last part."""
    inner = network.trace(region.outer(Arb()))[2:-1:2]
    low = [Fraction(floor(x * _GRID) - 1, _GRID) for values in inner for x in values.lower()]
    high = [Fraction(ceil(x * _GRID) + 1, _GRID) for values in inner for x in values.upper()]
    return BoxRegion(lo=(*low, *region.lo), hi=(*high, *region.hi))


def _region(network: Network, box: BoxRegion | Sequence[Any] | None) -> BoxRegion:
    size = network.state_size
    if box is None:
        span = values_everywhere(network)
        if span is None:
            raise MisuseError("the last layer has no bounded values, so the search needs a box: write --box=lo,hi")
        return BoxRegion(lo=(span[0],) * size, hi=(span[1],) * size)
    region = box if isinstance(box, BoxRegion) else BoxRegion.of(*box)
    if region.dimension != size:
        raise MisuseError(f"the box has {region.dimension} coordinates, the state of the network has {size}")
    return region


def _require_continuous(network: Network, region: BoxRegion) -> None:
    """Raise MisuseError, with the place, if an activation jumps somewhere in the box."""
    if network.is_continuous:
        return
    values = network.trace(region.outer(Arb()))
    for number, layer in enumerate(network.layers, start=1):
        if not isinstance(layer, Activate) or layer.function.continuous:
            continue
        for unit in range(layer.size):
            argument = values[layer.source].gather([unit], (1,))
            if layer.function.values.range(argument).decoration < Decoration.DAC:
                low, high = (decimal_text(end[0]) for end in (argument.lower(), argument.upper()))
                raise MisuseError(
                    f"the network is not continuous on the box: {layer.name} of layer {number} jumps in unit {unit}, "
                    f"whose argument ranges over [{low}, {high}]"
                )
