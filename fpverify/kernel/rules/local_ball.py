"""
Banach's theorem on a ball, without a separate check of invariance.

Lemma. Let B be the closed ball of radius r around c in a weighted sup, 1- or 2-norm, and let
    (1) B is a ball of the state space;
    (2) every slope matrix of f on B has operator norm at most K in that norm;
    (3) 0 <= K < 1;
    (4) |f(c) - c| <= (1 - K) r.
Then f(B) lies in B, f has exactly one fixed point p in B, and the bounds of the rule banach hold there.

Proof. |f(x) - c| <= |f(x) - f(c)| + |f(c) - c| <= K r + (1 - K) r for x in B; then banach, B being closed and convex.
The slopes are enclosed over the least box that contains B, which errs outward.

Source: the radii polynomial with approximate inverse I; the closed-ball form of Granas and Dugundji, Theorem 1.1.1.
"""

from collections.abc import Mapping

from fpverify.kernel.box import Box
from fpverify.kernel.claim import Claim
from fpverify.kernel.contraction import lipschitz_slack
from fpverify.kernel.exact import text
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import Ball
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "B is a closed ball of the state space",
    "the slopes of f on B have norm at most K",
    "0 <= K < 1",
    "|f(c) - c| <= (1 - K) r",
)


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, ball, backend = obligation.network, obligation.region, obligation.backend
    rate = obligation.number("rate")
    ledger.require_scope(isinstance(ball, Ball), Reason.WRONG_REGION)
    assert isinstance(ball, Ball)
    ledger.settle_that(ball.dimension == network.state_size, Reason.WRONG_REGION)
    slack = lipschitz_slack(network, ball.bounding_box(), ball.norm, rate, backend)
    ledger.settle(slack, Reason.RATE_UNCERTAIN)
    ledger.settle_that(0 <= rate < 1, Reason.RATE_NOT_BELOW_ONE)
    centre = Box.point(ball.centre, backend)
    moved = (network.enclose(centre) - centre).magnitude().upper()
    ledger.settle_that(ball.norm.vector_at_most(moved, (1 - rate) * ball.radius), Reason.RESIDUAL_TOO_LARGE)


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    assert isinstance(obligation.region, Ball)
    norm = obligation.region.norm
    rate = text(obligation.number("rate"))
    return claim(obligation, "unique", rate=rate, norm=norm.to_data(), norm_words=str(norm))


RULE = Rule(name="local_ball", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
