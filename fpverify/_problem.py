"""Problem: a network, and where its fixed points or its orbits are searched."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fpverify.kernel.arb import Arb
from fpverify.kernel.decoration import Decoration
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.exact import decimal_text
from fpverify.kernel.layers.activation import Activate
from fpverify.kernel.network import Network
from fpverify.kernel.region import BoxRegion
from fpverify.kernel.rules._lift import lift
from fpverify.kernel.rules.everywhere import values_everywhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """
    Fields:
        network: as given.
        region: where its fixed points are searched.
        whole: whether the region stands for all of R^d.
        period: 1, or that of the orbits.
        loop, box: what is searched: the network, or its lift.
    """

    network: Network
    region: BoxRegion
    whole: bool
    period: int
    loop: Network
    box: BoxRegion


def problem_of(network: Network, box: BoxRegion | Sequence[Any] | None, period: int) -> Problem:
    """
    Return what is to be searched.

    Raises:
        MisuseError: for a box or a period that does not fit, or a network that is not continuous on the box.
    """
    if not isinstance(period, int) or isinstance(period, bool) or not 1 <= period <= 64:
        raise MisuseError(f"a period is a whole number from 1 to 64; got {period!r}")
    region = _region(network, box)
    _require_continuous(network, region)
    if period == 1:
        return Problem(network=network, region=region, whole=box is None, period=1, loop=network, box=region)
    power = BoxRegion(lo=region.lo * period, hi=region.hi * period)
    return Problem(network=network, region=region, whole=False, period=period, loop=lift(network, period), box=power)


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
