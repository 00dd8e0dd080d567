"""
Exactly 3^d fixed points on all of R^d: the cubic with weights near the identity.

Lemma. Let f(x) = g(W x + b) with g(z) = (3 z - z^3) / 2 and W = I + E, let S >= sum_k |E_jk| and q >= sum_k |E_jk| +
|b_j| for every j, and let
    (1) f be such a loop, and D = R^d;
    (2) 0 <= c < a, and c - c^3 >= 2 q, a - a^3 >= 2 q;
    (3) (3/2) (1 - c^2) (1 - S) > 1;
    (4) (3/2) (1 - a^2) (1 + S) < 1.
Then f has exactly 3^d fixed points in R^d: one for each choice, on every coordinate, of z_j <= -a, |z_j| <= c or z_j >=
a, where z = W x + b. The 2^d without a choice of the second kind attract; at one with u choices of the second kind, u
eigenvalues of the derivative lie outside of the unit circle and d - u inside.

Proof. S < 1/3 by (3), and q < 1, as z - z^3 < 1/2. Let x be a fixed point and M = max |x_k|. If M > 1, let x_j = M (else
replace x, b by -x, -b: g is odd). Then z_j >= M - S M - |b_j| >= -1, and 1 - g(z) = (z - 1)^2 (z + 2) / 2 >= 0 for z >=
-2, so that x_j = g(z_j) <= 1 < M: a contradiction. So |x_k| <= 1 for all k, and |z_j - x_j| <= q. But z_j - x_j = z_j -
g(z_j) = (z_j^3 - z_j) / 2, so |z_j^3 - z_j| <= 2 q. On [0, oo), z - z^3 is strictly concave, so by (2) it exceeds 2 q on
(c, a): each |z_j| is at most c or at least a.
    At most c: g' = (3/2)(1 - z_j^2) >= (3/2)(1 - c^2), so g' (1 - S) > 1 by (3): row j of Df(x) = diag(g') W has its
Gershgorin disc right of 1.
    At least a: |g'| (1 + S) < 1. If |z_j| <= 1 this is (4). If |z_j| = z > 1, then z (z^2 - 1) <= 2 q <= a (1 - a^2), and
z > a, so z^2 - 1 <= 1 - a^2, and (4) again. Row j has its disc inside of the unit circle. So I - Df(x) is regular at
every fixed point, and the eigenvalues are as stated (each union of discs holds as many of them as discs); a point without
rows of the first kind attracts, as the rows of |Df(x)| sum to less than 1. All of this holds for t E and t b, with t in
[0, 1], in place of E and b, under the same S and q. The pairs (t, x) with x fixed form a compact set, near each of which,
by the implicit function theorem, x is a function of t: their number does not depend on t, and the choice of z_j, in three
disjoint closed sets, does not change along a branch. For t = 0 they are the 3^d points with coordinates -1, 0, 1, where z
= x: one for each choice.

All is decided in exact rational arithmetic, for every E and b in their intervals.
"""

from collections.abc import Mapping
from fractions import Fraction

from fpverify.kernel.claim import Claim
from fpverify.kernel.exact import text
from fpverify.kernel.layers.affine import Affine
from fpverify.kernel.obligation import Ledger, Obligation, Rule
from fpverify.kernel.region import WholeSpace
from fpverify.kernel.rules._products import ATTRACTING, UNSTABLE, product_count
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "f is a looped layer g(W x + b) with the cubic g, and D is R^d",
    "z - z^3 is at least 2 q at c and a, and 0 <= c < a",
    "between -c and c the cubic is steeper than the other weights can make up for",
    "beyond a the cubic is flat enough to attract",
)


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    layer, region = obligation.network.looped_layer(), obligation.region
    inner, outer = obligation.number("inner"), obligation.number("outer")
    ledger.require_scope(layer is not None and layer[1].name == "cubic", Reason.NOT_A_LOOPED_LAYER)
    assert layer is not None
    fits = isinstance(region, WholeSpace) and region.dimension == obligation.network.state_size
    ledger.settle_that(fits, Reason.WRONG_REGION)
    deviation, offset = deviations(layer[0])
    excess = min(z - z**3 for z in (inner, outer)) - 2 * offset
    ledger.settle(excess if 0 <= inner < outer else None, Reason.NOT_EXCLUDED)
    steep = Fraction(3, 2) * (1 - inner**2) * (1 - deviation)
    ledger.settle_that(steep > 1, Reason.UNIQUENESS_UNCERTAIN)
    flat = Fraction(3, 2) * (1 - outer**2) * (1 + deviation)
    ledger.settle_that(flat < 1, Reason.STABILITY_UNCERTAIN)


def deviations(affine: Affine) -> tuple[Fraction, Fraction]:
    """Return S and q, the least that do for every choice of the parameters."""
    rows = affine.weight.rows()
    off = [sum((_from(int(i == j), entry) for j, entry in enumerate(row)), Fraction(0)) for i, row in enumerate(rows)]
    bias = zip(affine.bias.lo, affine.bias.hi, strict=True)
    return max(off), max(s + _from(0, entry) for s, entry in zip(off, bias, strict=True))


def _from(place: int, entry: tuple[Fraction, Fraction]) -> Fraction:
    """Return the largest distance of a number of the interval from *place*."""
    return max(entry[1] - place, place - entry[0])


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    types = [[ATTRACTING, UNSTABLE, ATTRACTING]] * obligation.network.state_size
    return product_count(
        obligation, types, inner=text(obligation.number("inner")), outer=text(obligation.number("outer"))
    )


RULE = Rule(name="cubic_count", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
