"""
Every fixed point in a box: a tree of boxes that leaves no part of it out.

Lemma. Let D be a closed box, f a map with parameters in their intervals, and E_j in U_j boxes; let
    (1) D be a box of the state space;
    (2) E_j lie in the interior of U_j, where f is continuous and has at most one fixed point;
    (3) each E_j hold a fixed point p_j, of the stated index;
    (4) the E_j be pairwise disjoint;
    (5) D be subdivided by a tree of which each leaf is a box that
            x, k   is empty, after one more step X n F(X) or X n K(X),
            pj     lies in U_j, rounded outward, or
            ?      is undecided,
        and each inner node, of box X,
            sj:v   has the children X n {x_j <= v} and X n {x_j >= v}, v rounded down to a number of the backend,
            f, n   has the child X n F(X) or X n K(X);
    (6) the undecided leaves, and the E_j across the border of D, fill at most the stated share of the volume of D.
Then f has a fixed point in each E_j inside D, different ones; all others in D lie in an undecided leaf or in an E_j
across the border; so if there is neither, these are all. The index is sign det(I - Df(p)) where f is differentiable.

Proof. A fixed point in X lies in F(X), the enclosure of f, and in K(X) (Krawczyk, Lemma 1): so no step of the tree loses
one, and a split none either, since its halves meet. A fixed point in D thus lies in a leaf, which is not empty. In a leaf
inside U_j it is p_j, by (2) and (3). The p_j are different by (4). (2), (3): Krawczyk, Lemmas 2 and 3.
The boxes X are computed here, in the numbers of the backend, from D rounded outward down; the tree only says what to do. So
there is no tiling to be checked. (2), too, is shown for U_j rounded outward.

Source: A. Neumaier, Interval Methods for Systems of Equations, section 5.6.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from fpverify.kernel.box import Box
from fpverify.kernel.claim import Claim
from fpverify.kernel.errors import FormatError
from fpverify.kernel.exact import decimal_text, text
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import BoxRegion
from fpverify.kernel.rules._krawczyk import Operator, operator
from fpverify.kernel.rules._tree import (
    are_disjoint,
    common,
    index_of,
    is_inside,
    is_sign,
    leaves,
    read_box,
    share_of,
    within,
)
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "D is a box of the state space",
    "f has at most one fixed point in each uniqueness box",
    "each enclosure holds a fixed point of the stated index",
    "the enclosures are pairwise disjoint",
    "the tree subdivides D, and each of its leaves is as stated",
    "the undecided leaves fill at most the stated share of D",
)


@dataclass(frozen=True, slots=True)
class Point:
    """A fixed point as the witness states it: where it lies, where it is the only one, and its index."""

    enclosure: BoxRegion
    unique: BoxRegion
    index: int

    @classmethod
    def read(cls, data: Any) -> "Point":
        if not isinstance(data, dict) or set(data) != {"enclosure", "unique", "index"} or not is_sign(data["index"]):
            raise FormatError(f"a point has an enclosure, a uniqueness box and an index 1 or -1; got {data!r:.80}")
        return cls(read_box(data["enclosure"]), read_box(data["unique"]), data["index"])


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, region, points = obligation.network, obligation.region, _points(obligation)
    ledger.require_scope(isinstance(region, BoxRegion), Reason.WRONG_REGION)
    assert isinstance(region, BoxRegion)
    boxes = [region, *(box for point in points for box in (point.enclosure, point.unique))]
    ledger.settle_that(all(box.dimension == network.state_size for box in boxes), Reason.WRONG_REGION)
    uniques = [point.unique.outer(obligation.backend) for point in points]
    operators = [operator_of(network, unique) for unique in uniques]
    many = _first(points, (_is_unique(point, found) for point, found in zip(points, operators, strict=True)))
    ledger.settle_that(many is None, Reason.UNIQUENESS_UNCERTAIN, _words(many))
    missing = _first(points, (_exists(obligation, *pair) for pair in zip(points, operators, strict=True)))
    ledger.settle_that(missing is None, Reason.EXISTENCE_UNCERTAIN, _words(missing))
    ledger.settle_that(are_disjoint([point.enclosure for point in points]), Reason.NOT_DISJOINT)
    wrong, undecided = _walk(obligation, uniques)
    ledger.settle_that(wrong is None, Reason.NOT_EXCLUDED, wrong or "")
    left = sum((share_of(box, region) for box in [*undecided, *_straddling(points, region)]), Fraction(0))
    ledger.settle(_stated_share(obligation) - left, Reason.NOT_EXCLUDED)


def _points(obligation: Obligation) -> list[Point]:
    return [Point.read(data) for data in obligation.items("points")]


def _stated_share(obligation: Obligation) -> Fraction:
    return obligation.number("share") if "share" in obligation.witness else Fraction(0)


def operator_of(network: Network, box: Box) -> Operator | None:
    """Return Krawczyk's operator for the slopes of f on *box*, if there is one."""
    return operator(network.slopes(box))


def _is_unique(point: Point, found: Operator | None) -> bool:
    inner, outer = point.enclosure, point.unique
    corners = zip(outer.lo, inner.lo, inner.hi, outer.hi, strict=True)
    inside = all(least < low and high < most for least, low, high, most in corners)
    widths = tuple(most - least for least, most in zip(outer.lo, outer.hi, strict=True))
    return inside and found is not None and found.contracts(widths)


def _exists(obligation: Obligation, point: Point, found: Operator | None) -> bool:
    assert found is not None  # f has at most one fixed point there: settled before
    image = found.image(obligation.network, point.enclosure.outer(obligation.backend))
    return point.enclosure.slack(image) >= 0 and found.index() == point.index


def _first(points: Sequence[Point], certain: Iterator[bool]) -> BoxRegion | None:
    """Return the enclosure of the first point of which something is not certain."""
    return next((point.enclosure for point, holds in zip(points, certain, strict=True) if not holds), None)


def _walk(obligation: Obligation, uniques: Sequence[Box]) -> tuple[str | None, list[BoxRegion]]:
    """Go through the tree; return words for the first leaf that is not as stated, if any, and the undecided ones."""
    region, undecided = obligation.region, list[BoxRegion]()
    assert isinstance(region, BoxRegion)
    step, whole = partial(_contracted, obligation.network), region.outer(obligation.backend)
    for place, (word, box) in enumerate(leaves(whole, obligation.words("tree"), step)):
        if word == "?":
            rest = None if box is None else common(region, box.lower(), box.upper())
            undecided += [] if rest is None else [rest]
        elif not _is_as_stated(obligation.network, box, word, uniques):
            return f"leaf {place} ({word:.20}): {_box_words(box)}", undecided
    return None, undecided


def _contracted(network: Network, box: Box, step: str) -> Box | None:
    """Return X n F(X) (steps f and x) or X n K(X) (steps n and k); X itself where there is no K; None if it is empty."""
    if step in {"f", "x"}:
        image = network.enclose(box)
        return within(box, image.lo, image.hi)
    found = operator_of(network, box)
    if found is None:
        return box
    image = found.image(network, box)
    return within(box, image.lo, image.hi)


def _is_as_stated(network: Network, box: Box | None, word: str, uniques: Sequence[Box]) -> bool:
    if word in {"x", "k"}:
        return box is None or _contracted(network, box, word) is None
    if word[0] != "p":
        raise FormatError(f"a leaf is x, k, ? or pNUMBER; got {word:.40}")
    unique = uniques[index_of(word[1:], len(uniques))]
    return box is None or is_inside(box, unique)


def _straddling(points: Sequence[Point], region: BoxRegion) -> list[BoxRegion]:
    """Return the enclosures that lie neither in the region nor outside of it."""
    boxes = [point.enclosure for point in points]
    return [box for box in boxes if not _lies_in(box, region) and not box.is_disjoint_from(region)]


def _words(box: BoxRegion | None) -> str:
    return "" if box is None else f"the point in {box}"


def _box_words(box: Box | None) -> str:
    """Return a box for human eyes."""
    if box is None:
        return "the empty set"
    sides = zip(box.lower(), box.upper(), strict=True)
    return " x ".join(f"[{decimal_text(low, 9)}, {decimal_text(high, 9)}]" for low, high in sides)


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    region, points = obligation.region, _points(obligation)
    assert isinstance(region, BoxRegion)
    inside = [point for point in points if _lies_in(point.enclosure, region)]
    undecided = len(_straddling(points, region)) + obligation.words("tree").count("?")
    if not undecided and not inside:
        return claim(obligation, "none")
    found = [_fact(point) for point in inside]
    share = text(_stated_share(obligation)) if undecided else "0"
    kind = "at_least" if undecided else "exactly"
    return claim(obligation, kind, count=len(inside), points=found, undecided=undecided, share=share)


def _lies_in(box: BoxRegion, region: BoxRegion) -> bool:
    return region.contains(box.lo) and region.contains(box.hi)


def _fact(point: Point) -> dict[str, Any]:
    box = point.enclosure
    return {"lower": [text(x) for x in box.lo], "upper": [text(x) for x in box.hi], "index": point.index}


RULE = Rule(name="cover", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
