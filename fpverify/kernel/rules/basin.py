"""
Basins of attraction: which part of a box certainly converges to which fixed point.

Lemma. Let
    (1) the premise be about f and list points p_j, some with a ball B_j, from which every orbit converges to p_j;
    (2) D be a box of the state space with an interior, subdivided by a tree of which each inner node sj:v cuts its box X
        into X n {x_j <= v} and X n {x_j >= v}, and each leaf is bj:t, with f^t(X) in B_j, or undecided, ?.
Then every orbit from a leaf bj:t converges to p_j, and the volumes of the leaves of p_j add up to their share of D.

Proof. F^t(X), computed box after box, contains f^t(X). That a box lies in B_j is decided for every place of p_j in its
enclosure. If parameters are intervals, this holds for each choice of them, with its own points. Two leaves meet in a plane
at most, which has no volume, as D is not thin.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from fpverify.kernel.claim import Claim
from fpverify.kernel.errors import FormatError
from fpverify.kernel.exact import exact, exact_vector, text
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import BoxRegion
from fpverify.kernel.rules._premise import only_premise
from fpverify.kernel.rules._tree import index_of, leaves, share_of
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "the premise lists attracting balls of the same network",
    "each leaf of the tree is carried into the ball that it names",
)
_MOST_STEPS = 10_000


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, region, premise = obligation.network, obligation.region, only_premise(premises)
    fits = isinstance(region, BoxRegion) and region.dimension == network.state_size and _has_interior(region)
    ledger.require_scope(fits, Reason.WRONG_REGION)
    known = premise.kind in {"exactly", "at_least"} and premise.network == network.digest
    ledger.settle_that(known, Reason.HYPOTHESIS_MISSING)
    cores = [_core(point) for point in premise.facts["points"]]
    lost = next(
        (box for box, leaf in _leaves(obligation) if leaf and not _is_carried(obligation, box, leaf, cores)), None
    )
    ledger.settle_that(lost is None, Reason.NOT_CARRIED, "" if lost is None else f"not carried into its ball: {lost}")


def _has_interior(region: BoxRegion) -> bool:
    return all(low < high for low, high in zip(region.lo, region.hi, strict=True))


def _core(point: Mapping[str, Any]) -> BoxRegion | None:
    """Return the largest box that lies in the ball of the point, wherever the point is in its enclosure."""
    if "ball" not in point:
        return None
    radius, weights = exact(point["ball"]["radius"]), exact_vector(point["ball"]["weights"])
    low = tuple(high - radius * w for high, w in zip(exact_vector(point["upper"]), weights, strict=True))
    high = tuple(low + radius * w for low, w in zip(exact_vector(point["lower"]), weights, strict=True))
    return BoxRegion(lo=low, hi=high) if all(a <= b for a, b in zip(low, high, strict=True)) else None


def _leaves(obligation: Obligation) -> Iterator[tuple[BoxRegion, str]]:
    """Yield each leaf that is not empty, with its word."""
    assert isinstance(obligation.region, BoxRegion)
    found = leaves(obligation.region, obligation.words("tree"))
    return ((box, word) for word, box in found if box is not None)


def _is_carried(obligation: Obligation, box: BoxRegion, leaf: str, cores: Sequence[BoxRegion | None]) -> bool:
    if leaf == "?":
        return True
    number, steps = _read(leaf, len(cores))
    core, moved = cores[number], box.outer(obligation.backend)
    if core is None:
        return False
    for _ in range(steps):
        moved = obligation.network.enclose(moved)
    return core.slack(moved) >= 0


def _read(leaf: str, size: int) -> tuple[int, int]:
    """Return the number of the point and the number of steps of a leaf bPOINT:STEPS."""
    number, _, steps = leaf[1:].partition(":")
    if leaf[0] != "b":
        raise FormatError(f"a leaf is bPOINT:STEPS or ?; got {leaf:.40}")
    return index_of(number, size), index_of(steps, _MOST_STEPS)


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    points, region = only_premise(premises).facts["points"], obligation.region
    assert isinstance(region, BoxRegion)
    shares = [Fraction(0)] * len(points)
    undecided = Fraction(0)
    for box, leaf in _leaves(obligation):
        share = share_of(box, region)
        if leaf == "?":
            undecided += share
        else:
            shares[_read(leaf, len(points))[0]] += share
    basins = [
        {"lower": point["lower"], "upper": point["upper"], "share": text(share)}
        for point, share in zip(points, shares, strict=True)
        if share
    ]
    return claim(obligation, "basin", points=basins, undecided=text(undecided))


RULE = Rule(name="basin", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
