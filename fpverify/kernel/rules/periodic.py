"""
Periodic orbits, counted as the fixed points of the k-fold lift.

Lemma. Let k > 1, let B_1 = D, B_2, ..., B_k be boxes, and
    (1) the first premise be that the k-fold lift of f has exactly n fixed points in B_1 x ... x B_k;
    (2) f map B_i into B_(i+1) for each i < k, or each B_i be D;
    (3) the second premise, if there is one, be that f has exactly m fixed points in D, and k be prime.
Then exactly n points x of D satisfy f^k(x) = x; if each B_i is D, exactly n of those whose orbit stays in D. By (3),
n - m of them have the least period k; if their orbits stay in D, they form (n - m) / k orbits.

Proof. (x_1, ..., x_k) is fixed under the lift if and only if x_1, ..., x_k is an orbit of f with f(x_k) = x_1; x_1
determines it. By (2), x_1 in D puts x_i into B_i for each i. The least period of x_1 divides k: for a prime k it is 1 or
k; a fixed point in D stays there. If parameters are intervals, those of the lift are independent in the k copies: equal
ones are among them.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from fpverify.kernel.claim import Claim
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import BoxRegion, Region
from fpverify.kernel.rules._lift import lift
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "the first premise counts all fixed points of the k-fold lift of f in a product of boxes, of which D is the first",
    "f maps each of the boxes but the last into the next, or all are D",
    "a second premise counts all fixed points of f in D, and then k is prime",
)
_LONGEST = 64


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, region, period = obligation.network, obligation.region, _period(obligation)
    ledger.require_scope(isinstance(region, BoxRegion), Reason.WRONG_REGION)
    assert isinstance(region, BoxRegion)
    lifted, own = _counts(obligation, premises)
    boxes = [] if lifted is None else _parts(lifted.region, period)
    fits = lifted is not None and boxes[:1] == [region] and lifted.network == lift(network, period).digest
    ledger.settle_that(fits and lifted is not None and _is_complete(lifted), Reason.HYPOTHESIS_MISSING)
    images = [] if _stays(boxes) else [network.enclose(box.outer(obligation.backend)) for box in boxes[:-1]]
    slacks = [box.slack(image) for image, box in zip(images, boxes[1:], strict=False)]
    ledger.settle(min(slacks, default=Fraction(0)), Reason.SELF_MAP_UNCERTAIN)
    same = own is None or (own.network == network.digest and own.region == region and _is_complete(own))
    prime = own is None or all(period % divisor for divisor in range(2, period))
    ledger.settle_that(same and prime, Reason.HYPOTHESIS_MISSING)


def _parts(region: Region, period: int) -> list[BoxRegion]:
    """Return the boxes whose product the region is; none where it is no product of so many of one dimension."""
    if not isinstance(region, BoxRegion) or region.dimension % period:
        return []
    size = region.dimension // period
    starts = range(0, region.dimension, size)
    return [BoxRegion(lo=region.lo[start : start + size], hi=region.hi[start : start + size]) for start in starts]


def _stays(boxes: Sequence[BoxRegion]) -> bool:
    return all(box == boxes[0] for box in boxes)


def _period(obligation: Obligation) -> int:
    return obligation.integer("period", 2, _LONGEST)


def _counts(obligation: Obligation, premises: Mapping[str, Claim]) -> tuple[Claim | None, Claim | None]:
    """Return the first and the second premise; None for a missing one."""
    claims = [premises[key] for key in obligation.premises]
    first, second = [*claims, None, None][:2]
    return (first, second) if len(claims) <= 2 else (None, None)


def _is_complete(counted: Claim) -> bool:
    return counted.kind in {"exactly", "none"}


def _count(counted: Claim | None) -> int:
    return counted.facts["count"] if counted is not None and counted.kind == "exactly" else 0


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    (lifted, own), period, size = _counts(obligation, premises), _period(obligation), obligation.network.state_size
    found = [] if lifted is None else lifted.facts.get("points", [])
    points = [{"lower": point["lower"][:size], "upper": point["upper"][:size]} for point in found]
    count, stays = _count(lifted), lifted is not None and _stays(_parts(lifted.region, period))
    least = None if own is None else count - _count(own)
    orbits = None if least is None or not stays else int(Fraction(least, period))
    facts = {"period": period, "count": count, "least": least, "orbits": orbits, "stays": stays}
    return claim(obligation, "periodic", points=points, **facts)


RULE = Rule(name="periodic", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
