"""Propose bounds of the slope for the rule crossing."""

from collections.abc import Sequence

from fpverify._goal import Crossing
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.exact import exact_vector
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import BoxRegion, Region
from fpverify.search._numbers import round_down, round_up
from fpverify.search._proposer import Proposer, backend_of, obligation, texts


def propose(network: Network, region: Region, goal: Crossing) -> Sequence[Obligation]:
    """Return the one obligation of crossing."""
    if not isinstance(region, BoxRegion) or region.dimension != 1:
        raise MisuseError(f"Crossing needs an interval, not {region}")
    slopes = network.slopes(region.outer(backend_of(goal)))
    found = (round_down(slopes.lower()[0]), round_up(slopes.upper()[0]))
    bounds = found if goal.slope is None else exact_vector(goal.slope)
    return [obligation(network, region, goal, {"slope": texts(bounds)})]


PROPOSER = Proposer(name="crossing", propose=propose)
