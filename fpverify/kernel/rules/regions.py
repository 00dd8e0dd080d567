"""
Several disjoint boxes, each contracted into itself (Theorem 4.1 of arXiv 2410.11279 with the hypotheses it needs).

Lemma. Let D_1, ..., D_m be closed boxes, and let
    (1) each D_i is a closed box of the state space;
    (2) they are pairwise disjoint;
    (3) f is continuous on D_i and f(D_i) lies in D_i, for each i;
    (4) the slopes of f on D_i have norm at most K_i, in a norm chosen for D_i;
    (5) 0 <= K_i < 1.
Then f has exactly one fixed point p_i in each D_i, so at least m in all. For x^0 in D_i and every t >= 0, in the norm of
D_i: |x^t - p_i| <= K_i^t diam D_i, and <= K_i^t / (1 - K_i) |x^1 - x^0|. In the sup norm |p_i - p_k| is at least the
distance of D_i and D_k. Nothing is said of fixed points outside.

Proof. The rule banach on each box; disjointness makes the fixed points distinct.

Source: arXiv 2410.11279, Theorem 4.1, repaired: closed and convex regions, bias inside g', c_i = 1 with the diameter.
"""

from collections.abc import Mapping
from fractions import Fraction
from itertools import combinations

from fpverify.kernel.claim import Claim
from fpverify.kernel.contraction import lipschitz_slack, self_map_slack
from fpverify.kernel.errors import FormatError
from fpverify.kernel.exact import exact, text
from fpverify.kernel.norm import Norm, norm_from_data
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import BoxRegion, Cover
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "each D_i is a closed box of the state space",
    "the D_i are pairwise disjoint",
    "f is continuous on each D_i and maps it into itself",
    "the slopes of f on D_i have norm at most K_i",
    "0 <= K_i < 1",
)


def _parts(obligation: Obligation) -> list[tuple[BoxRegion, Fraction, Norm]]:
    """Return each box with its rate and norm."""
    assert isinstance(obligation.region, Cover)
    data = obligation.witness.get("parts")
    boxes, size = obligation.region.parts, obligation.network.state_size
    if not isinstance(data, list) or len(data) != len(boxes):
        raise FormatError("the witness of regions has one {rate, norm} for each box")
    return [
        (box, exact(part["rate"]), norm_from_data(part["norm"], size)) for box, part in zip(boxes, data, strict=True)
    ]


def _separation(region: Cover) -> Fraction:
    pairs = combinations(region.parts, 2)
    return min((one.distance(other) for one, other in pairs), default=Fraction(0))


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, region, backend = obligation.network, obligation.region, obligation.backend
    ledger.require_scope(isinstance(region, Cover), Reason.WRONG_REGION)
    assert isinstance(region, Cover)
    parts = _parts(obligation)
    ledger.settle_that(region.dimension == network.state_size, Reason.WRONG_REGION)
    ledger.settle_that(len(parts) == 1 or _separation(region) > 0, Reason.NOT_DISJOINT)
    inside = [self_map_slack(network, box, backend) for box, _, _ in parts]
    ledger.settle(_least(inside), Reason.SELF_MAP_UNCERTAIN)
    slacks = [lipschitz_slack(network, box, norm, rate, backend) for box, rate, norm in parts]
    ledger.settle(_least(slacks), Reason.RATE_UNCERTAIN)
    ledger.settle_that(all(0 <= rate < 1 for _, rate, _ in parts), Reason.RATE_NOT_BELOW_ONE)


def _least(slacks: list[Fraction | None]) -> Fraction | None:
    certain = [slack for slack in slacks if slack is not None]
    return min(certain) if len(certain) == len(slacks) else None


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    assert isinstance(obligation.region, Cover)
    parts = _parts(obligation)
    return claim(
        obligation,
        "each_unique",
        count=str(len(parts)),
        rates=[text(rate) for _, rate, _ in parts],
        norms=[norm.to_data() for _, _, norm in parts],
        separation=text(_separation(obligation.region)),
    )


RULE = Rule(name="regions", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
