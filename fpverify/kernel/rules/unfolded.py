"""
Deep networks counted layer by layer: the values of the inner layers as unknowns of their own.

Lemma. Let f = f_L o ... o f_1 with layers f_i(v) = g(W_i v + b_i), B_1, ..., B_L boxes, B_L = D, and
    (1) the premise be that the unfolded network, (v_1, ..., v_L) <- (f_1(v_L), f_2(v_1), ..., f_L(v_(L-1))), has exactly
        n fixed points in B_1 x ... x B_L;
    (2) f_i o ... o f_1 map D into B_i for each i < L;
    (3) the last parts of the boxes that hold those points be pairwise disjoint.
Then f has exactly n fixed points in D: the last parts v_L, one in each of those boxes, with the same indices. If u
eigenvalues of the derivative of the unfolded network lie outside the unit circle and none on it, u / L of those of Df do,
and none on it.

Proof. If v is fixed, then f(v_L) = v_L, and v_L determines v; if x in D is fixed under f, then (f_1(x), ..., x) is fixed
and lies in the box, by (2). Let M be the derivative of the unfolded network, and P that of f. Eliminating the blocks one
after the other gives det(I - s M) = det(I - s^L P) for every number s: the nonzero eigenvalues of M are the L-th roots of
those of P, with their multiplicities, and s = 1 compares the indices.
"""

from collections.abc import Mapping
from itertools import chain
from typing import Any

from fpverify.kernel.claim import Claim
from fpverify.kernel.exact import exact_vector
from fpverify.kernel.obligation import Ledger, Obligation, Rule
from fpverify.kernel.region import BoxRegion
from fpverify.kernel.rules._lift import unfold
from fpverify.kernel.rules._premise import inherited, only_premise
from fpverify.kernel.rules._tree import are_disjoint
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "the premise counts all fixed points of the unfolded network in a box whose last part is D",
    "the values of the inner layers over D lie in that box",
    "the last parts of the enclosures of its points are pairwise disjoint",
)


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, region, premise = obligation.network, obligation.region, only_premise(premises)
    whole = unfold(network)
    ledger.require_scope(whole is not None, Reason.NOT_A_CHAIN)
    box, size = premise.region, network.state_size
    counted = premise.kind in {"exactly", "none"} and whole is not None and premise.network == whole.digest
    last_part = BoxRegion(lo=box.lo[-size:], hi=box.hi[-size:]) if isinstance(box, BoxRegion) else None
    ledger.settle_that(counted and last_part == region, Reason.HYPOTHESIS_MISSING)
    assert isinstance(region, BoxRegion)
    assert isinstance(box, BoxRegion)
    values = network.trace(region.outer(obligation.backend))[2:-1:2]
    low, high = chain.from_iterable(v.lower() for v in values), chain.from_iterable(v.upper() for v in values)
    ends = zip(box.lo[:-size], low, high, box.hi[:-size], strict=True)
    ledger.settle_that(all(least <= a and b <= most for least, a, b, most in ends), Reason.SELF_MAP_UNCERTAIN)
    parts = [_last_part(point, size, 1) for point in premise.facts.get("points", [])]
    boxes = [BoxRegion(lo=exact_vector(part["lower"]), hi=exact_vector(part["upper"])) for part in parts]
    ledger.settle_that(are_disjoint(boxes), Reason.NOT_DISJOINT)


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    premise, size = only_premise(premises), obligation.network.state_size
    depth = len(obligation.network.layers) // 2
    points = [_last_part(point, size, depth) for point in premise.facts.get("points", [])]
    return inherited(obligation, premise, **({"points": points} if points else {}))


def _last_part(point: Mapping[str, Any], size: int, depth: int) -> dict[str, Any]:
    outside = point.get("unstable_dimension")
    kept = {key: value for key, value in point.items() if key != "ball"}
    types = {} if outside is None else {"unstable_dimension": outside // depth}
    return {**kept, "lower": point["lower"][-size:], "upper": point["upper"][-size:], **types}


RULE = Rule(name="unfolded", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
