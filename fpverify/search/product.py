"""Propose rate, noise norm and effect of uncertain parameters for the k^d lemma."""

from collections.abc import Sequence

from fpverify._goal import OneInEachProduct
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.exact import exact, exact_vector, text
from fpverify.kernel.network import Network
from fpverify.kernel.norm import SupNorm, unweighted
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import ProductRegions, Region
from fpverify.kernel.rules.product import contraction_bound, deviation_bound, scalar_checks
from fpverify.search._numbers import norm_up, round_up
from fpverify.search._proposer import Proposer, backend_of, noise_bounds, obligation, texts


def propose(network: Network, region: Region, goal: OneInEachProduct) -> Sequence[Obligation]:
    """Return the one obligation of product."""
    layer = network.looped_layer()
    if not isinstance(region, ProductRegions) or layer is None:
        raise MisuseError("OneInEachProduct needs product regions and a looped layer g(W x + b); else use OneInEach")
    size = network.state_size
    norm = unweighted(SupNorm, size) if goal.weights is None else SupNorm(weights=exact_vector(goal.weights))
    checks = scalar_checks(region, *layer, backend_of(goal))
    rate = round_up(contraction_bound(checks, layer[0], norm)) if goal.rate is None else exact(goal.rate)
    noise = noise_bounds(goal.noise, size)
    witness = {
        "rate": text(rate),
        "norm": norm.to_data(),
        "noise": texts(noise),
        "noise_norm": text(norm_up(norm, noise)),
        "deviation": text(norm_up(norm, deviation_bound(checks, region, layer[0]))),
    }
    return [obligation(network, region, goal, witness)]


PROPOSER = Proposer(name="product", propose=propose)
