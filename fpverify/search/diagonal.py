"""Propose bounds of the eigenvalue for the rule diagonal."""

from collections.abc import Sequence
from fractions import Fraction

from fpverify._goal import OnDiagonal
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.exact import exact_vector
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import BoxRegion, Region
from fpverify.search._numbers import round_down, round_up
from fpverify.search._proposer import Proposer, backend_of, obligation, texts


def propose(network: Network, region: Region, goal: OnDiagonal) -> Sequence[Obligation]:
    """Return the one obligation of diagonal."""
    interval = exact_vector(goal.interval)
    bounds = _eigenvalue(network, interval, goal) if goal.eigenvalue is None else exact_vector(goal.eigenvalue)
    return [obligation(network, region, goal, {"interval": texts(interval), "eigenvalue": texts(bounds)})]


def _eigenvalue(network: Network, interval: Sequence[Fraction], goal: OnDiagonal) -> tuple[Fraction, Fraction]:
    """Bound phi' by the row sums of the slopes over the diagonal's box; the bound is the kernel's to decide."""
    layer = network.looped_layer()
    if layer is None:
        raise MisuseError("OnDiagonal needs a looped layer g(W x + b)")
    total = sum((low for low, _ in layer[0].weight.rows()[0]), Fraction(0))
    ends = sorted(total * end + layer[0].bias.lo[0] for end in interval)
    box = BoxRegion(lo=(ends[0],), hi=(ends[1],)).outer(backend_of(goal))
    slopes = layer[1].function.slopes.range(box)
    products = [total * slopes.lower()[0], total * slopes.upper()[0]]
    return round_down(min(products)), round_up(max(products))


PROPOSER = Proposer(name="diagonal", propose=propose)
