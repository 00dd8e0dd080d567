"""
From a box to a larger region whose orbits all enter it: every fixed point, and every limit, lies in the box.

Lemma. Let
    (1) the premise be about f and a box B: that it has exactly n fixed points there, or one that attracts B with a rate;
    (2) the region D be a box that holds B, or R^d;
    (3) f^k map D into B.
Then the fixed points of f in D are those in B; and if B is attracted with a rate, so is D, from step k on.

Proof. A fixed point x = f^k(x) of D lies in B. Every orbit from D is in B after k steps. F^k(D) is computed box after box;
over R^d the first box is the range of the last layer, an activation, whatever its argument. If parameters are intervals,
this holds for each choice of them.
"""

from collections.abc import Mapping
from fractions import Fraction

from fpverify.kernel.box import Box
from fpverify.kernel.claim import Claim
from fpverify.kernel.layers.activation import Activate
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import BoxRegion, WholeSpace
from fpverify.kernel.rules._premise import inherited, only_premise
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "the premise counts all fixed points of the same network in a box",
    "that box lies in D",
    "after the stated number of steps all orbits from D are in the box",
)
_MOST_STEPS = 1_000


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, region, premise = obligation.network, obligation.region, only_premise(premises)
    ledger.require_scope(isinstance(region, (BoxRegion, WholeSpace)), Reason.WRONG_REGION)
    assert isinstance(region, (BoxRegion, WholeSpace))
    ledger.require_scope(region.dimension == network.state_size, Reason.WRONG_REGION)
    inner = premise.region
    counted = premise.kind in {"exactly", "unique"} and premise.network == network.digest
    ledger.settle_that(counted and isinstance(inner, BoxRegion), Reason.HYPOTHESIS_MISSING)
    assert isinstance(inner, BoxRegion)
    holds = isinstance(region, WholeSpace) or (region.contains(inner.lo) and region.contains(inner.hi))
    ledger.settle_that(holds, Reason.WRONG_REGION)
    ledger.settle(_slack(obligation, inner), Reason.SELF_MAP_UNCERTAIN)


def _slack(obligation: Obligation, inner: BoxRegion) -> Fraction | None:
    """Return how far F^k(D) lies inside the box; None if a value of f may be anything."""
    steps, moved = obligation.integer("steps", 1, _MOST_STEPS), _first(obligation)
    if moved is None:
        return None
    for _ in range(steps - 1):
        moved = obligation.network.enclose(moved)
    return inner.slack(moved)


def _first(obligation: Obligation) -> Box | None:
    """Return a box that holds f(D)."""
    network, region, last = obligation.network, obligation.region, obligation.network.layers[-1]
    if isinstance(region, BoxRegion):
        return network.enclose(region.outer(obligation.backend))
    span = last.function.values.everywhere() if isinstance(last, Activate) else None
    return None if span is None else Box.from_exact([span[0]] * last.size, [span[1]] * last.size, obligation.backend)


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    premise = only_premise(premises)
    if premise.kind == "exactly":
        return inherited(obligation, premise)
    facts = {key: premise.facts[key] for key in ("rate", "norm", "norm_words")}
    return claim(
        obligation, "absorbed", steps=obligation.witness["steps"], box=premise.region.to_data()["box"], **facts
    )


RULE = Rule(name="absorbing", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
