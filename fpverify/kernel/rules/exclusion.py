"""
No fixed point in a region: every part of it is moved off itself.

Lemma. Let D be a closed box, or a periodic set of the line, and let
    (1) D is a region of the state space; if D is periodic with period T, then f(x + T) = f(x) + T for every real x;
    (2) the box (one period) is covered by boxes X, each of which shrinks to nothing under X <- X n F(X), where F(X)
        contains f(x) for every x in X and all parameters.
Then f has no fixed point in D, whatever the parameters.

Proof. A fixed point in X lies in F(X), so in X n F(X), and in the end in the empty set. If f(x + n T) = x + n T, then
f(x) = x, so that one period suffices. Continuity is not needed. The cover is made here, by bisection, within a budget of
boxes named by the witness; that it covers is by construction: the halves of a box meet.
"""

from collections.abc import Mapping
from fractions import Fraction

from fpverify.kernel.box import Box
from fpverify.kernel.claim import Claim
from fpverify.kernel.exact import decimal_text
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import BoxRegion, Periodic
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "D is a box of the state space, or a periodic set that f commutes with",
    "every part of D is moved off itself",
)
_MOST_BOXES = 1_000_000
_SHRUNK = Fraction(3, 4)


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, region = obligation.network, obligation.region
    budget = obligation.integer("boxes", 1, _MOST_BOXES)
    ledger.require_scope(isinstance(region, (BoxRegion, Periodic)), Reason.WRONG_REGION)
    assert isinstance(region, (BoxRegion, Periodic))
    fits = isinstance(region, BoxRegion) or network.commutes_with_shift(region.period)
    ledger.settle_that(region.dimension == network.state_size and fits, Reason.WRONG_REGION)
    box = region if isinstance(region, BoxRegion) else region.part
    left_over = _first_left_over(network, box.outer(obligation.backend), budget)
    ledger.settle_that(left_over is None, Reason.NOT_EXCLUDED, f"not excluded within {budget} boxes: {left_over}")


def _first_left_over(network: Network, whole: Box, budget: int) -> str | None:
    """Return None if every part was excluded, else words for the box that was being examined when the budget ended."""
    open_boxes = [whole]
    for _ in range(budget):
        if not open_boxes:
            return None
        box = open_boxes.pop()
        rest = box.intersection(network.enclose(box))
        if rest is not None:
            open_boxes += [rest] if _widest(rest)[1] < _SHRUNK * _widest(box)[1] else _halves(rest)
    return _words(open_boxes[-1]) if open_boxes else None


def _widest(box: Box) -> tuple[int, Fraction]:
    widths = [high - low for low, high in zip(box.lower(), box.upper(), strict=True)]
    return max(enumerate(widths), key=lambda item: item[1])


def _halves(box: Box) -> list[Box]:
    """Return two boxes whose union is the box; they meet in a face (or overlap by rounding)."""
    low, high, (axis, width) = list(box.lower()), list(box.upper()), _widest(box)
    middle = low[axis] + width / 2
    left, right = list(high), list(low)
    left[axis] = right[axis] = middle
    return [Box.from_exact(low, left, box.backend), Box.from_exact(right, high, box.backend)]


def _words(box: Box) -> str:
    sides = zip(box.lower(), box.upper(), strict=True)
    return " x ".join(f"[{decimal_text(low, 9)}, {decimal_text(high, 9)}]" for low, high in sides)


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    return claim(obligation, "none")


RULE = Rule(name="exclusion", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
