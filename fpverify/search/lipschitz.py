"""Propose norm and rate for the rule lipschitz."""

from collections.abc import Sequence

from fpverify._goal import Lipschitz
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.exact import text
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import Region, parts_of
from fpverify.search._contraction import norm_for, rate_for, slopes_on
from fpverify.search._proposer import Proposer, backend_of, obligation


def propose(network: Network, region: Region, goal: Lipschitz) -> Sequence[Obligation]:
    """Return the one obligation of lipschitz; one norm serves all parts."""
    parts = parts_of(region)
    if not parts:
        raise MisuseError(f"Lipschitz needs a region made of boxes, not {region}")
    slopes = [slopes_on(network, part, backend_of(goal)) for part in parts]
    norm = norm_for(goal, slopes[0])
    rate = max(rate_for(goal, norm, one) for one in slopes)
    return [obligation(network, region, goal, {"rate": text(rate), "norm": norm.to_data()})]


PROPOSER = Proposer(name="lipschitz", propose=propose)
