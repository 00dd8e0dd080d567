"""Propose the matrix, the enclosure and the index for Newton's method with intervals."""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor

from fpverify._goal import ExactlyOne
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.exact import text
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import BoxRegion, Region
from fpverify.kernel.rules._transform import orientation, transform_of
from fpverify.kernel.rules.interval_newton import newton_image
from fpverify.search._inverse import near_inverse
from fpverify.search._proposer import Proposer, backend_of, obligation

_DIGITS = 10**6


def propose(network: Network, region: Region, goal: ExactlyOne) -> Sequence[Obligation]:
    """Return the one obligation of interval_newton."""
    if not isinstance(region, BoxRegion) or region.dimension != network.state_size:
        raise MisuseError(f"ExactlyOne needs a box of dimension {network.state_size}, not {region}")
    transform = near_inverse(network.slopes(region.outer(backend_of(goal))))
    sides = [[text(low), text(high)] for low, high in zip(region.lo, region.hi, strict=True)]
    plain = obligation(network, region, goal, {"transform": transform, "enclosure": sides, "index": 1})
    rows = transform_of(plain)
    found = newton_image(network, region, rows, plain.backend)
    index = orientation(rows)
    if found is not None:
        corners = zip(*found.image, region.lo, region.hi, strict=True)
        sides = [_rounded(*corner) for corner in corners]
        index *= found.sign
    return [obligation(network, region, goal, {"transform": transform, "enclosure": sides, "index": index})]


def _rounded(low: Fraction, high: Fraction, least: Fraction, most: Fraction) -> list[str]:
    """Return a short interval around [low, high], inside of [least, most]."""
    wide = (Fraction(floor(low * _DIGITS), _DIGITS), Fraction(ceil(high * _DIGITS), _DIGITS))
    return [text(min(most, max(least, wide[0]))), text(max(least, min(most, wide[1])))]


PROPOSER = Proposer(name="interval_newton", propose=propose)
