"""The witness of the rule at_point is the goal itself."""

from collections.abc import Sequence

from fpverify._goal import AtPoint
from fpverify.kernel.exact import exact_vector
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import Region
from fpverify.search._proposer import Proposer, obligation, texts


def propose(network: Network, region: Region, goal: AtPoint) -> Sequence[Obligation]:
    """Return the one obligation of at_point."""
    witness = {"entry": list(goal.entry), "bounds": texts(exact_vector(goal.bounds))}
    return [obligation(network, region, goal, witness)]


PROPOSER = Proposer(name="at_point", propose=propose)
