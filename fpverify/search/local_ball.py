"""Propose the rate for the rule local_ball; the norm is that of the ball."""

from collections.abc import Sequence

from fpverify._goal import Unique
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.exact import text
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import Ball, Region
from fpverify.search._contraction import rate_for, slopes_on
from fpverify.search._proposer import Proposer, backend_of, obligation


def propose(network: Network, region: Region, goal: Unique) -> Sequence[Obligation]:
    """Return the one obligation of local_ball."""
    if not isinstance(region, Ball):
        raise MisuseError(f"local_ball needs a ball, not {region}")
    slopes = slopes_on(network, region.bounding_box(), backend_of(goal))
    witness = {"rate": text(rate_for(goal, region.norm, slopes))}
    return [obligation(network, region, goal, witness, rule="local_ball")]


PROPOSER = Proposer(name="local_ball", propose=propose)
