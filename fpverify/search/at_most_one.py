"""The rule at_most_one needs no witness."""

from collections.abc import Sequence

from fpverify._goal import AtMostOne
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import Region
from fpverify.search._proposer import Proposer, obligation


def propose(network: Network, region: Region, goal: AtMostOne) -> Sequence[Obligation]:
    """Return the one obligation of at_most_one."""
    return [obligation(network, region, goal, {})]


PROPOSER = Proposer(name="at_most_one", propose=propose)
