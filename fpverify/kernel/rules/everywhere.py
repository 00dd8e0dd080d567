"""
From a box to all of R^d: a bounded network has no fixed points outside the range of its last layer.

Lemma. Let
    (1) the premise be that f has exactly n fixed points in the box B;
    (2) every value of f lie in B.
Then these are all fixed points of f in R^d.

Proof. A fixed point x = f(x) is a value of f. The values of an activation are bounded by its formula's facts (its limits
and critical values), whatever its argument.
"""

from collections.abc import Mapping
from fractions import Fraction

from fpverify.kernel.claim import Claim
from fpverify.kernel.layers.activation import Activate
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Ledger, Obligation, Rule
from fpverify.kernel.region import BoxRegion, WholeSpace
from fpverify.kernel.rules._premise import inherited, only_premise
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "the premise counts all fixed points of the same network in a box",
    "every value of f lies in that box",
)


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, region, premise = obligation.network, obligation.region, only_premise(premises)
    fits = isinstance(region, WholeSpace) and region.dimension == network.state_size
    ledger.require_scope(fits, Reason.WRONG_REGION)
    box = premise.region
    counted = premise.kind == "exactly" and premise.network == network.digest and isinstance(box, BoxRegion)
    ledger.settle_that(counted, Reason.HYPOTHESIS_MISSING)
    assert isinstance(box, BoxRegion)
    span = values_everywhere(network)
    inside = span is not None and max(box.lo) <= span[0] and span[1] <= min(box.hi)
    ledger.settle_that(inside, Reason.SELF_MAP_UNCERTAIN)


def values_everywhere(network: Network) -> tuple[Fraction, Fraction] | None:
    """Return bounds of every coordinate of every value of f; None if its last layer is no bounded activation."""
    last = network.layers[-1]
    return last.function.values.everywhere() if isinstance(last, Activate) else None


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    return inherited(obligation, only_premise(premises))


RULE = Rule(name="everywhere", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
