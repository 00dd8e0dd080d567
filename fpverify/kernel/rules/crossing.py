"""
A change of sign: the one fixed point of a scalar loop in an interval, whatever its stability.

Lemma. Let f be a scalar map, D = [a, b], and let
    (1) D is an interval and f is continuous on it;
    (2) f(a) - a and f(b) - b have strictly opposite signs;
    (3) every slope of f on D lies in [s, S];
    (4) 1 does not lie in [s, S].
Then f has exactly one fixed point p in D. If f is differentiable at p, its derivative there lies in [s, S]: p is attracting
if [s, S] lies in (-1, 1), and repelling if it lies outside [-1, 1].

Proof. The intermediate value theorem for f(x) - x, which by (3) and (4) is strictly monotone.
"""

from collections.abc import Mapping
from fractions import Fraction

from fpverify.kernel.box import Box
from fpverify.kernel.claim import Claim
from fpverify.kernel.decoration import Decoration
from fpverify.kernel.exact import text
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import BoxRegion
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "D is an interval and f is continuous on it",
    "f(x) - x has strictly opposite signs at its ends",
    "every slope of f on D lies in [s, S]",
    "1 does not lie in [s, S]",
)


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, region, backend = obligation.network, obligation.region, obligation.backend
    low, high = obligation.pair("slope")
    ledger.require_scope(isinstance(region, BoxRegion) and region.dimension == 1, Reason.WRONG_REGION)
    assert isinstance(region, BoxRegion)
    slopes = network.slopes(region.outer(backend))
    ledger.settle_that(network.state_size == 1 and slopes.decoration >= Decoration.DAC, Reason.NOT_CONTINUOUS)
    signs = [_sign_of_motion(obligation, end) for end in (region.lo, region.hi)]
    ledger.settle_that(signs[0] * signs[1] < 0, Reason.NO_SIGN_CHANGE)
    ledger.settle(slopes.slack_inside([low], [high]), Reason.SLOPE_UNCERTAIN)
    ledger.settle_that(high < 1 or low > 1, Reason.SLOPE_UNCERTAIN)


def _sign_of_motion(obligation: Obligation, place: tuple[Fraction, ...]) -> int:
    """Return the certain sign of f(x) - x at an exact point; 0 if it is not certain."""
    image = obligation.network.enclose(Box.point(place, obligation.backend))
    return int(image.lower()[0] > place[0]) - int(image.upper()[0] < place[0])


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    low, high = obligation.pair("slope")
    kind = "attracting" if -1 < low and high < 1 else "repelling" if high < -1 or low > 1 else "of unknown stability"
    return claim(obligation, "crossing", slope=[text(low), text(high)], type=kind)


RULE = Rule(name="crossing", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
