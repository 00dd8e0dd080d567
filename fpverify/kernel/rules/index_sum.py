"""
The sum of the indices: an audit of a count that knows nothing of how the count was made.

Lemma. Let f be continuous, D a box, and
    (1) the premise be that f has exactly the listed fixed points in D;
    (2) f map D into its interior.
Then the indices of the fixed points sum to 1. The rule checks that the stated ones do:
    (3) the stated indices sum to 1.

Proof. D has an interior, by (2). For c inside D and t in [0, 1], x - (1 - t) c - t f(x) has no zero on the border of
D, as (1 - t) c + t f(x) lies in the convex interior. So the degree of x - f(x) on D is that of x - c, which is 1. It is
the sum of the local degrees of the zeros, and those are the indices: near a zero p every x - f(x) is (I - S)(x - p) with
I - S in a convex set of regular matrices, whose determinants have one sign (rule cover keeps p inside U; in the rules
interval_newton and sector the set is compact and holds the slopes on both sides of a border, so that it is so near p, too).

Source: Granas and Dugundji, Fixed Point Theory, section 10 (degree in R^n).
"""

from collections.abc import Mapping

from fpverify.kernel.claim import Claim
from fpverify.kernel.contraction import self_map_slack
from fpverify.kernel.obligation import Ledger, Obligation, Rule
from fpverify.kernel.region import BoxRegion
from fpverify.kernel.rules._premise import inherited, only_premise
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "the premise counts all fixed points of the same network in the same box",
    "f is continuous and maps D into its interior",
    "the indices sum to 1",
)


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, region, premise = obligation.network, obligation.region, only_premise(premises)
    counted = premise.kind == "exactly" and premise.network == network.digest and premise.region == region
    ledger.settle_that(counted and isinstance(region, BoxRegion), Reason.HYPOTHESIS_MISSING)
    assert isinstance(region, BoxRegion)
    slack = self_map_slack(network, region, obligation.backend)
    ledger.settle_that(slack is not None and slack > 0, Reason.SELF_MAP_UNCERTAIN)
    total = sum(point["index"] for point in premise.facts["points"])
    ledger.settle_that(total == 1, Reason.INDEX_SUM, f"the indices sum to {total}")


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    return inherited(obligation, only_premise(premises), index_sum=1)


RULE = Rule(name="index_sum", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
