"""
A bound of the derivative on a set that need not be convex: the hypothesis "|f'| <= K on D" of printed statements.

Lemma. Let D be a box, a finite union of boxes, a periodic set of the line (period T), or intervals without a point; and let
    (1) D be a region of the state space; if it is periodic, f(x + T) = f(x) + T for every real x;
    (2) the slopes of f on each of its boxes have operator norm at most K.
Then the derivative of f has norm at most K at every point of D. (No Lipschitz bound across a gap of D follows.)
"""

from collections.abc import Mapping

from fpverify.kernel.claim import Claim
from fpverify.kernel.contraction import lipschitz_slack
from fpverify.kernel.exact import text
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import Periodic, parts_of
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "D is a region of the state space that the rule knows",
    "the slopes of f on each part have norm at most K",
)


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, region, backend = obligation.network, obligation.region, obligation.backend
    rate, norm = obligation.number("rate"), obligation.norm()
    known = bool(parts_of(region)) and region.dimension == network.state_size
    ledger.require_scope(known, Reason.WRONG_REGION)
    commutes = not isinstance(region, Periodic) or network.commutes_with_shift(region.period)
    ledger.settle_that(commutes, Reason.WRONG_REGION)
    slacks = [lipschitz_slack(network, part, norm, rate, backend) for part in parts_of(region)]
    certain = [slack for slack in slacks if slack is not None]
    ledger.settle(min(certain) if len(certain) == len(slacks) else None, Reason.RATE_UNCERTAIN)


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    norm = obligation.norm()
    return claim(
        obligation, "lipschitz", rate=text(obligation.number("rate")), norm=norm.to_data(), norm_words=str(norm)
    )


RULE = Rule(name="lipschitz", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
