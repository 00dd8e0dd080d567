"""Propose a matrix that turns x - f(x) so that its components change their signs between opposite faces."""

from collections.abc import Sequence

from fpverify._goal import ExistsBySigns
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.exact import exact_vector
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import BoxRegion, Region
from fpverify.search._inverse import near_inverse
from fpverify.search._proposer import Proposer, backend_of, obligation, texts


def propose(network: Network, region: Region, goal: ExistsBySigns) -> Sequence[Obligation]:
    """Return the one obligation of miranda."""
    if not isinstance(region, BoxRegion) or region.dimension != network.state_size:
        raise MisuseError(f"ExistsBySigns needs a box of dimension {network.state_size}, not {region}")
    if goal.transform is None:
        rows = near_inverse(network.slopes(region.outer(backend_of(goal))))
    else:
        rows = [texts(exact_vector(row)) for row in goal.transform]
    return [obligation(network, region, goal, {"transform": rows})]


PROPOSER = Proposer(name="miranda", propose=propose)
