"""
At most one fixed point on the whole line.

Lemma. Let f be a scalar map, and let
    (1) D be the line, and f continuous;
    (2) every slope of f on the line lie below 1, or every slope above 1, by a fixed amount.
Then f has at most one fixed point.

Proof. f(x) - x is strictly monotone.
"""

from collections.abc import Mapping

from fpverify.kernel.claim import Claim
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import WholeSpace
from fpverify.kernel.verdict import Reason

_HYPOTHESES = ("f is a continuous scalar map and D is the line", "every slope is below 1, or every slope above 1")


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, region = obligation.network, obligation.region
    ledger.require_scope(isinstance(region, WholeSpace) and region.dimension == 1, Reason.WRONG_REGION)
    ledger.settle_that(network.state_size == 1 and network.is_continuous, Reason.NOT_CONTINUOUS)
    slopes = network.slopes_everywhere(obligation.backend)
    certain = slopes.upper()[0] < 1 or slopes.lower()[0] > 1
    ledger.settle_that(certain, Reason.SLOPE_UNCERTAIN)


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    return claim(obligation, "at_most_one")


RULE = Rule(name="at_most_one", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
