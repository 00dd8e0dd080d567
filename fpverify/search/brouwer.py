"""The rule brouwer needs no witness."""

from collections.abc import Sequence

from fpverify._goal import Exists
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import Region
from fpverify.search._proposer import Proposer, obligation


def propose(network: Network, region: Region, goal: Exists) -> Sequence[Obligation]:
    """Return the one obligation of brouwer."""
    return [obligation(network, region, goal, {})]


PROPOSER = Proposer(name="brouwer", propose=propose)
