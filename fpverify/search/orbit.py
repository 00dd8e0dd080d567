"""The witness of the rule orbit is the goal itself."""

from collections.abc import Sequence

from fpverify._goal import OrbitAbove
from fpverify.kernel.exact import exact, text
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import Region
from fpverify.search._proposer import Proposer, obligation, spread, texts


def propose(network: Network, region: Region, goal: OrbitAbove) -> Sequence[Obligation]:
    """Return the one obligation of orbit."""
    witness = {
        "noise": texts(spread(goal.noise, network.state_size)),
        "steps": goal.steps,
        "coordinate": goal.coordinate,
        "above": text(exact(goal.above)),
    }
    return [obligation(network, region, goal, witness)]


PROPOSER = Proposer(name="orbit", propose=propose)
