"""
Banach's fixed point theorem on a closed box, or on all of R^d.

Lemma. Let D be a closed box or R^d, and let
    (1) D is closed, convex and not empty;
    (2) f is continuous on D and f(D) lies in D;
    (3) every slope matrix of f on D has operator norm at most K in one weighted sup, 1- or 2-norm;
    (4) 0 <= K < 1.
Then f has exactly one fixed point p in D. For x^0 in D: x^t = f(x^(t-1)) stays in D and
    |x^t - p| <= K^t |x^0 - p|,    |x^t - p| <= K^t / (1 - K) |x^1 - x^0|,    |x^t - p| <= K / (1 - K) |x^t - x^(t-1)|.
If parameters are intervals, this holds for each choice of them, with its own p.

Proof. By (3) and the mean value theorem along the segment, which lies in D by (1), f is K-Lipschitz on D. Then
|x^(s+1) - x^s| <= K^s |x^1 - x^0|; the sequence is Cauchy, its limit lies in D, and is a fixed point by continuity.
Two fixed points satisfy |p - q| <= K |p - q|. The bounds are geometric sums.

Source: Granas and Dugundji, Fixed Point Theory, Theorem 1.1.1; arXiv 2410.11279, Lemmas 3.3 and 3.4, with the
convexity that they need.
"""

from collections.abc import Mapping

from fpverify.kernel.claim import Claim
from fpverify.kernel.contraction import lipschitz_slack, self_map_slack
from fpverify.kernel.exact import text
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import BoxRegion, WholeSpace
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "D is closed, convex and not empty",
    "f is continuous on D and maps D into itself",
    "the slopes of f on D have norm at most K",
    "0 <= K < 1",
)


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, region, backend = obligation.network, obligation.region, obligation.backend
    rate, norm = obligation.number("rate"), obligation.norm()
    ledger.require_scope(isinstance(region, (BoxRegion, WholeSpace)), Reason.WRONG_REGION)
    assert isinstance(region, (BoxRegion, WholeSpace))
    ledger.settle_that(region.dimension == network.state_size, Reason.WRONG_REGION)
    ledger.settle(self_map_slack(network, region, backend), Reason.SELF_MAP_UNCERTAIN)
    ledger.settle(lipschitz_slack(network, region, norm, rate, backend), Reason.RATE_UNCERTAIN)
    ledger.settle_that(0 <= rate < 1, Reason.RATE_NOT_BELOW_ONE)


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    norm = obligation.norm()
    rate = text(obligation.number("rate"))
    return claim(obligation, "unique", rate=rate, norm=norm.to_data(), norm_words=str(norm))


RULE = Rule(name="banach", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
