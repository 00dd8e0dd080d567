"""
Where an orbit ends: a start, or a box of starts, is carried into a ball or box that is attracted to a fixed point.

Lemma. Let
    (1) the premise be that every orbit of f from B, a ball or a box, converges to one fixed point p;
    (2) D be a box, or boxes, of the state space, and f^k map each part of D into B.
Then every orbit from D converges to p.

Proof. F^k(X), computed box after box, contains f^k(X); whether a box lies in B, in a ball if its farthest corner does, is
decided with exact numbers. If parameters are intervals, this holds for each choice of them, with its own p.
"""

from collections.abc import Mapping

from fpverify.kernel.claim import Claim
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import Ball, BoxRegion, Cover, parts_of
from fpverify.kernel.rules._premise import only_premise
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "the premise is that a ball or box is attracted to one fixed point of the same network",
    "D is a box or several, carried into it",
)
_MOST_STEPS = 10_000


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, region, premise = obligation.network, obligation.region, only_premise(premises)
    fits = isinstance(region, (BoxRegion, Cover)) and region.dimension == network.state_size
    ledger.require_scope(fits, Reason.WRONG_REGION)
    attracted = premise.kind in {"attracts", "unique"} and premise.network == network.digest
    target = premise.region
    ledger.settle_that(attracted and isinstance(target, (Ball, BoxRegion)), Reason.HYPOTHESIS_MISSING)
    assert isinstance(target, (Ball, BoxRegion))
    steps = obligation.integer("steps", 0, _MOST_STEPS)
    lost = next((part for part in parts_of(region) if not _arrives(obligation, part, target, steps)), None)
    ledger.settle_that(lost is None, Reason.NOT_CARRIED, "" if lost is None else f"not carried there: {lost}")


def _arrives(obligation: Obligation, part: BoxRegion, target: Ball | BoxRegion, steps: int) -> bool:
    moved = part.outer(obligation.backend)
    for _ in range(steps):
        moved = obligation.network.enclose(moved)
    if isinstance(target, BoxRegion):
        return target.slack(moved) >= 0
    ends = zip(moved.lower(), moved.upper(), target.centre, strict=True)
    return target.norm.vector_at_most([max(high - c, c - low) for low, high, c in ends], target.radius)


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    return claim(obligation, "converges", into=only_premise(premises).region.to_data())


RULE = Rule(name="arrives", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
