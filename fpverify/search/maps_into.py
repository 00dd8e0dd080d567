"""The rule maps_into needs no witness."""

from collections.abc import Sequence

from fpverify._goal import MapsInto
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import Region
from fpverify.search._proposer import Proposer, obligation


def propose(network: Network, region: Region, goal: MapsInto) -> Sequence[Obligation]:
    """Return the one obligation of maps_into."""
    return [obligation(network, region, goal, {})]


PROPOSER = Proposer(name="maps_into", propose=propose)
