"""
Brouwer's fixed point theorem on a box: existence, without uniqueness or convergence.

Lemma. Let D be a closed box, and let
    (1) D is compact, convex and not empty;
    (2) f is continuous on D and f(D) lies in D.
Then f has at least one fixed point in D (for each choice of the parameters, if they are intervals).

Source: Granas and Dugundji, Fixed Point Theory, Theorem 5.7.2 (Brouwer 1912).
"""

from collections.abc import Mapping

from fpverify.kernel.claim import Claim
from fpverify.kernel.contraction import self_map_slack
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import BoxRegion
from fpverify.kernel.verdict import Reason

_HYPOTHESES = ("D is compact, convex and not empty", "f is continuous on D and maps D into itself")


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, region = obligation.network, obligation.region
    ledger.require_scope(isinstance(region, BoxRegion), Reason.WRONG_REGION)
    assert isinstance(region, BoxRegion)
    ledger.settle_that(region.dimension == network.state_size, Reason.WRONG_REGION)
    ledger.require_scope(network.is_continuous, Reason.NOT_CONTINUOUS)
    ledger.settle(self_map_slack(network, region, obligation.backend), Reason.SELF_MAP_UNCERTAIN)


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    return claim(obligation, "exists")


RULE = Rule(name="brouwer", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
