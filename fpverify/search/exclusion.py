"""The rule exclusion bisects by itself; the witness is its budget of boxes."""

from collections.abc import Sequence

from fpverify._goal import NoFixedPoint
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import Region
from fpverify.search._proposer import Proposer, obligation


def propose(network: Network, region: Region, goal: NoFixedPoint) -> Sequence[Obligation]:
    """Return the one obligation of exclusion."""
    return [obligation(network, region, goal, {"boxes": goal.boxes})]


PROPOSER = Proposer(name="exclusion", propose=propose)
