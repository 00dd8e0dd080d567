"""Propose a norm and a rate for each box of a cover."""

from collections.abc import Sequence
from typing import Any

from fpverify._goal import OneInEach
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.exact import text
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import BoxRegion, Cover, Region
from fpverify.search._contraction import norm_for, rate_for, slopes_on
from fpverify.search._proposer import Proposer, backend_of, obligation


def propose(network: Network, region: Region, goal: OneInEach) -> Sequence[Obligation]:
    """Return the one obligation of regions."""
    if not isinstance(region, Cover):
        raise MisuseError(f"OneInEach needs a cover by boxes, not {region}")
    parts = [_part(network, box, goal) for box in region.parts]
    return [obligation(network, region, goal, {"parts": parts})]


def _part(network: Network, box: BoxRegion, goal: OneInEach) -> dict[str, Any]:
    slopes = slopes_on(network, box, backend_of(goal))
    norm = norm_for(goal, slopes)
    return {"rate": text(rate_for(goal, norm, slopes)), "norm": norm.to_data()}


PROPOSER = Proposer(name="regions", propose=propose)
