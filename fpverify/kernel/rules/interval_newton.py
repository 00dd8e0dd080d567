"""
Newton's method with intervals: exactly one fixed point in a box, of any stability, and where it is.

Lemma. Let D be a box of positive widths with the midpoint c and the radii r, Y a matrix, A an enclosure of the slopes of
f on D, B >= Y (I - A), G >= Y (c - f(c)), and
    N_i = c_i - (G_i + sum_{k != i} B_ik (D_k - c_k)) / B_ii.
Let
    (1) D be a box of the state space of positive widths, and f be continuous on it;
    (2) |B_ii| r_i > sum_{k != i} |B_ik| r_k for each i and all matrices in B;
    (3) N lie in the box E, and E in D;
    (4) the stated index be the product of the signs of the B_ii and of det Y.
Then f has exactly one fixed point p in D; it lies in E, and where f is differentiable, sign det(I - Df(p)) is the index.

Proof. F(x) = x - f(x) has F(x) - F(y) = (I - S)(x - y) with S in A, for x, y in D. By (2) Y (I - S) is strictly
diagonally dominant, after its columns are multiplied by r: so it is regular, and Y is, and I - S; two zeros of F would
give (I - S)(x - y) = 0. Its determinant has the sign of the product of its diagonal, as the other entries can be led to 0
without its vanishing: (4). Existence: on the face x_i = max D_i, (Y F)_i = G_i + sum_k B_ik (x_k - c_k) = B_ii (x_i - n)
for some members of G and B and some n in N_i, hence n <= x_i by (3); so (Y F)_i is 0 or has the sign of B_ii, and on the
opposite face it is 0 or has the other one. Miranda's theorem gives a zero of Y F in D. There 0 = G_i + sum_k B_ik (x_k -
c_k), so that x_i lies in N_i, and x in E.

Source: A. Neumaier, Interval Methods for Systems of Equations, sections 5.1 and 5.3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from fpverify.kernel.backend import Backend
from fpverify.kernel.claim import Claim
from fpverify.kernel.decoration import Decoration
from fpverify.kernel.exact import text
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import BoxRegion
from fpverify.kernel.rules._transform import Rows, defect, orientation, transform_of
from fpverify.kernel.rules._tree import read_box
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "D is a box of the state space of positive widths, and f is continuous on it",
    "the diagonal of Y (I - A) dominates its rows, with the widths of D as weights",
    "Newton's image of D lies in the enclosure, and that in D",
    "the index is as stated",
)
Interval = tuple[Fraction, Fraction]
Vector = tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Newton:
    """The ends of N, and the product of the signs of the B_ii."""

    image: tuple[Vector, Vector]
    sign: int


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, region, backend = obligation.network, obligation.region, obligation.backend
    ledger.require_scope(isinstance(region, BoxRegion), Reason.WRONG_REGION)
    assert isinstance(region, BoxRegion)
    enclosure, rows, index = _enclosure(obligation), transform_of(obligation), obligation.integer("index", -1, 1)
    same = region.dimension == enclosure.dimension == network.state_size
    wide = all(low < high for low, high in zip(region.lo, region.hi, strict=True))
    ledger.require_scope(same and wide, Reason.WRONG_REGION)
    continuous = network.enclose(region.outer(backend)).decoration >= Decoration.DAC
    ledger.settle_that(continuous, Reason.NOT_CONTINUOUS)
    found = newton_image(network, region, rows, backend)
    ledger.settle_that(found is not None, Reason.UNIQUENESS_UNCERTAIN)
    assert found is not None
    inside = all(enclosure.contains(end) for end in found.image)
    within = region.contains(enclosure.lo) and region.contains(enclosure.hi)
    ledger.settle_that(inside and within, Reason.EXISTENCE_UNCERTAIN)
    ledger.settle_that(found.sign * orientation(rows) == index, Reason.FACT_UNCERTAIN)


def newton_image(network: Network, region: BoxRegion, rows: Rows, backend: Backend) -> Newton | None:
    """Return N for a box of positive widths where f is continuous; None if (2) is not certain."""
    value, slopes = defect(network, region.outer(backend), region.lo, region.hi, rows)
    ends, size = list(zip(slopes.lower(), slopes.upper(), strict=True)), region.dimension
    radii = [(high - low) / 2 for low, high in zip(region.lo, region.hi, strict=True)]
    spreads = [_spread(ends[i * size : (i + 1) * size], radii, i) for i in range(size)]
    own = [ends[i * (size + 1)] for i in range(size)]
    least = [max(low, -high) for low, high in own]
    if not all(d * r > s for d, r, s in zip(least, radii, spreads, strict=True)):
        return None
    sums = [(low - s, high + s) for low, high, s in zip(value.lower(), value.upper(), spreads, strict=True)]
    steps = [_quotient(total, b) for total, b in zip(sums, own, strict=True)]
    centre = [(low + high) / 2 for low, high in zip(region.lo, region.hi, strict=True)]
    low, high = (tuple(c - step[end] for c, step in zip(centre, steps, strict=True)) for end in (1, 0))
    return Newton((low, high), prod(1 if least > 0 else -1 for least, _ in own))


def _enclosure(obligation: Obligation) -> BoxRegion:
    return read_box(obligation.items("enclosure"))


def _spread(row: Sequence[Interval], radii: Sequence[Fraction], own: int) -> Fraction:
    """Return the largest sum of |B_ik| r_k over k != i."""
    terms = [max(high, -low) * r for (low, high), r in zip(row, radii, strict=True)]
    return sum([*terms[:own], *terms[own + 1 :]], Fraction(0))


def _quotient(a: Interval, b: Interval) -> Interval:
    """Return the interval of all quotients; 0 does not lie in b."""
    quotients = [x / y for x in a for y in b]
    return min(quotients), max(quotients)


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    box, index = _enclosure(obligation), obligation.integer("index", -1, 1)
    point = {"lower": [text(x) for x in box.lo], "upper": [text(x) for x in box.hi], "index": index}
    return claim(obligation, "exactly", count=1, points=[point], undecided=0, share="0")


RULE = Rule(name="interval_newton", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
