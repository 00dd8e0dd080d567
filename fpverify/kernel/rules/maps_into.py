"""
f maps a set into itself, for sets that are not boxes: the hypothesis "f(D) lies in D" of printed statements.

Lemma. Let D be a box, a finite union of boxes, a periodic set of the line (period T), or intervals without one point c of
theirs; and let
    (1) D be a region of the state space; if it is periodic, f(x + T) = f(x) + T for every real x;
    (2) f map each box (the repeated interval) into one of the boxes (one of its translates);
    (3) if D lacks the point c: on each box that contains c, f is continuous, has slopes of one sign only, none of them
        0, and f(c) = c exactly; and the image of each other box does not contain c.
Then f(D) lies in D.

Proof of (3): on an interval that contains c, f is strictly monotone, so f(x) = c only at x = c.
"""

from collections.abc import Mapping, Sequence
from math import floor

from fpverify.kernel.box import Box
from fpverify.kernel.claim import Claim
from fpverify.kernel.contraction import is_fixed
from fpverify.kernel.decoration import Decoration
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import BoxRegion, Periodic, Punctured, Region, parts_of
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "D is a region of the state space that the rule knows",
    "f maps each part of D into a part of D",
    "f keeps off the point that D lacks, if any",
)


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, region, backend = obligation.network, obligation.region, obligation.backend
    known = bool(parts_of(region)) and region.dimension == network.state_size
    ledger.require_scope(known, Reason.WRONG_REGION)
    commutes = not isinstance(region, Periodic) or network.commutes_with_shift(region.period)
    ledger.settle_that(commutes, Reason.WRONG_REGION)
    parts = parts_of(region)
    images = [network.enclose(part.outer(backend)) for part in parts]
    slacks = [max(target.slack(image) for target in _targets(region, image)) for image in images]
    ledger.settle(min(slacks), Reason.SELF_MAP_UNCERTAIN)
    keeps_off = not isinstance(region, Punctured) or _keeps_off(obligation, region, images)
    ledger.settle_that(keeps_off, Reason.SELF_MAP_UNCERTAIN)


def _targets(region: Region, image: Box) -> Sequence[BoxRegion]:
    """Return the boxes into which *image* may fall; for a periodic region the translate at its lower end."""
    if not isinstance(region, Periodic):
        return parts_of(region)
    turns = floor((image.lower()[0] - region.part.lo[0]) / region.period)
    shift = (turns if region.two_sided else max(turns, 0)) * region.period
    return (BoxRegion(lo=(region.part.lo[0] + shift,), hi=(region.part.hi[0] + shift,)),)


def _keeps_off(obligation: Obligation, region: Punctured, images: Sequence[Box]) -> bool:
    hole = region.without
    for part, image in zip(region.parts, images, strict=True):
        if part.contains((hole,)):
            slopes = obligation.network.slopes(part.outer(obligation.backend))
            injective = slopes.lower()[0] > 0 or slopes.upper()[0] < 0
            continuous = slopes.decoration >= Decoration.DAC
            if not (continuous and injective and is_fixed(obligation.network, hole, obligation.backend)):
                return False
        elif image.lower()[0] <= hole <= image.upper()[0]:
            return False
    return True


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    return claim(obligation, "maps_into")


RULE = Rule(name="maps_into", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
