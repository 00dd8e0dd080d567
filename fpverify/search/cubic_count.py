"""Propose where z - z^3 is 2 q: the ends of the three parts of each z_j."""

from collections.abc import Sequence
from fractions import Fraction

from fpverify._goal import CountCubic
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.exact import text
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import Region
from fpverify.kernel.rules.cubic_count import deviations
from fpverify.search._proposer import Proposer, obligation

_DIGITS = 10**8
_TURN = int(_DIGITS / 3**0.5)
"""z - z^3 grows up to 1/sqrt 3, and falls from there."""


def propose(network: Network, region: Region, goal: CountCubic) -> Sequence[Obligation]:
    """Return the one obligation of cubic_count."""
    layer = network.looped_layer()
    if layer is None or layer[1].name != "cubic":
        raise MisuseError("CountCubic is about looped layers g(W x + b) with the activation cubic; try CountProducts")
    _, offset = deviations(layer[0])
    inner, outer = _last(0, offset), _last(_DIGITS, offset)
    return [obligation(network, region, goal, {"inner": text(inner), "outer": text(outer)})]


def _last(end: int, offset: Fraction) -> Fraction:
    """Return the place nearest to *end*, on its side of the turn, where z - z^3 >= 2 q; the turn if there is none."""
    near, far = end, _TURN
    while abs(far - near) > 1:
        middle = (near + far) // 2
        near, far = (near, middle) if _is_enough(middle, offset) else (middle, far)
    return Fraction(near if _is_enough(near, offset) else far, _DIGITS)


def _is_enough(place: int, offset: Fraction) -> bool:
    z = Fraction(place, _DIGITS)
    return z - z**3 >= 2 * offset


PROPOSER = Proposer(name="cubic_count", propose=propose)
