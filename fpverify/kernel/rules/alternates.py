"""
Orbits that cannot converge: two disjoint closed boxes that f swaps.

Lemma. Let A and B be closed boxes, and let
    (1) the region consist of two disjoint boxes A and B of the state space;
    (2) f(A) lie in B and f(B) in A.
Then every orbit from A or B visits them in turn, at a positive distance from each other, and does not converge.
"""

from collections.abc import Mapping

from fpverify.kernel.claim import Claim
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import Cover
from fpverify.kernel.verdict import Reason

_HYPOTHESES = ("the region consists of two disjoint boxes of the state space", "f maps each of them into the other")


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, region, backend = obligation.network, obligation.region, obligation.backend
    ledger.require_scope(isinstance(region, Cover) and len(region.parts) == 2, Reason.WRONG_REGION)
    assert isinstance(region, Cover)
    one, other = region.parts
    disjoint = one.is_disjoint_from(other) and region.dimension == network.state_size
    ledger.settle_that(disjoint, Reason.NOT_DISJOINT)
    there = other.slack(network.enclose(one.outer(backend)))
    back = one.slack(network.enclose(other.outer(backend)))
    ledger.settle(min(there, back), Reason.SELF_MAP_UNCERTAIN)


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    return claim(obligation, "alternates")


RULE = Rule(name="alternates", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
