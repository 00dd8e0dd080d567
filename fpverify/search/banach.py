"""Propose norm and rate for the rule banach, or local_ball when the region is a ball."""

from collections.abc import Sequence

from fpverify._goal import Unique
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.exact import text
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import Ball, BoxRegion, Region, WholeSpace
from fpverify.search._contraction import norm_for, rate_on, slopes_on
from fpverify.search._proposer import Proposer, backend_of, obligation
from fpverify.search.local_ball import propose as propose_ball


def propose(network: Network, region: Region, goal: Unique) -> Sequence[Obligation]:
    """Return the one obligation of banach (box, R^d) or of local_ball (ball)."""
    if isinstance(region, Ball):
        return propose_ball(network, region, goal)
    if not isinstance(region, (BoxRegion, WholeSpace)):
        raise MisuseError(f"Unique needs a box, a ball or all of R^d, not {region}; for several boxes use OneInEach")
    slopes = slopes_on(network, region, backend_of(goal))
    norm = norm_for(goal, slopes)
    witness = {"rate": text(rate_on(goal, norm, network, region, slopes)), "norm": norm.to_data()}
    return [obligation(network, region, goal, witness)]


PROPOSER = Proposer(name="banach", propose=propose)
