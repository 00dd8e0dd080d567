"""
A finite orbit under constant noise, enclosed step by step.

Lemma. Let x^0 and e be exact, x^t = f(x^(t-1)) + e, and let
    (1) x^0 be a state and f a network without uncertain parameters;
    (2) the enclosure of x^T, made by T steps of outward rounding, lie above the bound in the named coordinate.
Then x^T_j > bound. (A fact about the map in real arithmetic; used against printed bounds.)
"""

from collections.abc import Mapping

from fpverify.kernel.box import Box
from fpverify.kernel.claim import Claim
from fpverify.kernel.exact import text
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import BoxRegion
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "the start is the region, a single state, and the network is exact",
    "the orbit is certainly above the bound after the stated number of steps",
)
_MOST_STEPS = 100_000


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, region, backend = obligation.network, obligation.region, obligation.backend
    steps, coordinate = obligation.integer("steps", 1, _MOST_STEPS), _coordinate(obligation)
    noise = Box.point(obligation.vector("noise"), backend)
    single = isinstance(region, BoxRegion) and region.lo == region.hi and region.dimension == network.state_size
    ledger.settle_that(single and not network.is_uncertain, Reason.WRONG_REGION)
    assert isinstance(region, BoxRegion)
    state = region.outer(backend)
    for _ in range(steps):
        state = network.enclose(state) + noise
    ledger.settle_that(state.lower()[coordinate] > obligation.number("above"), Reason.FACT_UNCERTAIN)


def _coordinate(obligation: Obligation) -> int:
    return obligation.integer("coordinate", 0, obligation.network.state_size - 1)


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    assert isinstance(obligation.region, BoxRegion)
    return claim(
        obligation,
        "orbit",
        start=[text(x) for x in obligation.region.lo],
        noise=[text(e) for e in obligation.vector("noise")],
        steps=obligation.integer("steps", 1, _MOST_STEPS),
        coordinate=_coordinate(obligation),
        above=text(obligation.number("above")),
    )


RULE = Rule(name="orbit", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
