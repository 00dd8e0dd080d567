"""
Witnesses of the rules that count, made in the simplest way, and the networks that their tables share.

A box is cut at the middle of its widest side until the kernel excludes it or it lies in a uniqueness box. Nothing here is
trusted: the rules decide.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

import fpverify as fp
from fpverify.kernel.network import Network
from fpverify.kernel.region import BoxRegion
from fpverify.kernel.rules._krawczyk import Operator
from fpverify.kernel.rules._tree import common
from fpverify.kernel.rules.cover import operator_of
from tests.rules.cases import ARB, Case, act, chain, cube, interval, linear, step
from tests.rules.simulate import Simulation, newton

Pairs = list[list[str]]
_UNIT = 2**40


def pairs(box: BoxRegion) -> Pairs:
    """Return a box as it stands in a witness."""
    return box.to_data()["box"]


def point(enclosure: Any, unique: Any, index: int = 1) -> dict[str, Any]:
    """Return the witness of a point; a scalar one may be written with single intervals."""
    return {"enclosure": _listed(enclosure), "unique": _listed(unique), "index": index}


def _listed(sides: Any) -> Pairs:
    whole = sides if isinstance(sides[0], (list, tuple)) else [sides]
    return [[str(low), str(high)] for low, high in whole]


def counted(tree: str, *points: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the witness of a cover."""
    return {"points": [*points], "tree": tree, **more}


def around(centre: Sequence[float], radius: Fraction) -> BoxRegion:
    middle = [Fraction(round(c * _UNIT), _UNIT) for c in centre]
    return BoxRegion(lo=tuple(c - radius for c in middle), hi=tuple(c + radius for c in middle))


def witnessed(network: Network, centre: Sequence[float], largest: Fraction = Fraction(1)) -> dict[str, Any] | None:
    """Return the witness of the fixed point near to *centre*; None if no box shows that there is exactly one."""
    enclosure = around(centre, Fraction(1, 2**30))
    for halvings in range(14):
        unique = around(centre, largest / 2**halvings)
        found: Operator | None = operator_of(network, unique.outer(ARB))
        widths = tuple(b - a for a, b in zip(unique.lo, unique.hi, strict=True))
        if found is not None and found.contracts(widths):
            return {"enclosure": pairs(enclosure), "unique": pairs(unique), "index": found.index()}
    return None


def tree(network: Network, region: BoxRegion, points: Sequence[dict[str, Any]], depth: int = 12) -> str:
    """Return a tree of the region with at most *depth* cuts above each leaf; what is left open then is a ?."""
    uniques = [BoxRegion.of(*data["unique"]) for data in points]
    words: list[str] = []
    todo = [(region, depth)]
    while todo:
        box, left = todo.pop()
        word = _leaf(network, box, uniques) or ("?" if left == 0 else None)
        if word is None:
            axis = max(range(box.dimension), key=lambda j: box.hi[j] - box.lo[j])
            middle = (box.lo[axis] + box.hi[axis]) / 2
            low = BoxRegion(lo=box.lo, hi=(*box.hi[:axis], middle, *box.hi[axis + 1 :]))
            high = BoxRegion(lo=(*box.lo[:axis], middle, *box.lo[axis + 1 :]), hi=box.hi)
            todo += [(high, left - 1), (low, left - 1)]
            word = f"s{axis}:{middle}"
        words.append(word)
    return " ".join(words)


def _leaf(network: Network, box: BoxRegion, uniques: Sequence[BoxRegion]) -> str | None:
    inside = [j for j, unique in enumerate(uniques) if unique.contains(box.lo) and unique.contains(box.hi)]
    if inside:
        return f"p{inside[0]}"
    image = network.enclose(box.outer(ARB))
    if common(box, image.lower(), image.upper()) is None:
        return "x"
    found = operator_of(network, box.outer(ARB))
    if found is None:
        return None
    image = found.image(network, box.outer(ARB))
    return "k" if common(box, image.lower(), image.upper()) is None else None


def searched(network: Network, region: BoxRegion, starts: int = 40) -> list[list[float]]:
    """Return the fixed points in the region that Newton's method finds from random starts, in floats; sorted."""
    rng = np.random.default_rng(len(network.name))
    low, high = np.array(region.lo, dtype=float), np.array(region.hi, dtype=float)
    begin = low + (high - low) * rng.random((starts, region.dimension))
    ends = newton(Simulation(network.to_data()), begin)
    good = [x for x in ends if np.all(np.isfinite(x)) and np.all((low <= x) & (x <= high))]
    apart: list[list[float]] = []
    for x in sorted(map(list, good)):
        if all(max(abs(a - b) for a, b in zip(x, y, strict=True)) > 1e-6 for y in apart):
            apart.append(x)
    return apart


def proposed(network: Network, region: BoxRegion, depth: int = 12, starts: int = 40) -> dict[str, Any]:
    """Return a witness of a cover, with every point that Newton's method finds."""
    found = [witnessed(network, x) for x in searched(network, region, starts)]
    points = [data for data in found if data is not None]
    words = tree(network, region, points, depth)
    share = {"share": "1"} if "?" in words.split() else {}
    return counted(words, *points, **share)


# ------------------------------------------------------------------ the networks of the tables

CUBIC = fp.loop("cubic", [["1"]])
"""x - (x - 1) x (x + 1) / 2: fixed at -1, 0 and 1, with the slopes 0, 3/2 and 0."""

BROAD = interval("-5/4", "5/4")
LEFT, MIDDLE, RIGHT = (
    point(("-1.01", "-0.99"), ("-1.3", "-0.6")),
    point(("-1/100", "1/100"), ("-0.55", "0.55"), -1),
    point(("0.99", "1.01"), ("0.6", "1.3")),
)
CUBIC_TREE = "s0:-3/5 p0 s0:-11/20 x s0:11/20 p1 s0:3/5 x p2"
CUBIC_WITNESS = counted(CUBIC_TREE, LEFT, MIDDLE, RIGHT)
CUBIC_COUNT = step("cover", CUBIC, BROAD, CUBIC_WITNESS)

STEEP = fp.loop("tanh", [["2"]])
"""tanh 2x: fixed at 0 (slope 2) and at +-0.9575 (slope 0.17)."""

UNIT = cube(1, 1)
LOW, ZERO, HIGH = (
    point(("-0.96", "-0.955"), ("-1.2", "-0.6")),
    point((0, 0), ("-0.4", "0.4"), -1),
    point(("0.955", "0.96"), ("0.6", "1.2")),
)
STEEP_TREE = "s0:-3/5 p0 s0:-2/5 x s0:2/5 p1 s0:3/5 x p2"
STEEP_WITNESS = counted(STEEP_TREE, LOW, ZERO, HIGH)
STEEP_COUNT = step("cover", STEEP, UNIT, STEEP_WITNESS)
BALL = {"radius": "1/4", "weights": ["1"], "rate": "7/10"}
STEEP_TYPES_WITNESS = {
    "points": [{"weights": ["1"], "ball": BALL}, {"weights": ["1"]}, {"weights": ["1"], "ball": BALL}]
}
STEEP_TYPES = step("spectrum", STEEP, UNIT, STEEP_TYPES_WITNESS, premises=(STEEP_COUNT,))

FAMILY = fp.loop("tanh", [[("19/10", "21/10")]])
FAMILY_WITNESS = counted(
    STEEP_TREE,
    point(("-1", "-0.9"), ("-1.2", "-0.6")),
    point((0, 0), ("-0.4", "0.4"), -1),
    point(("0.9", "1"), ("0.6", "1.2")),
)
FAMILY_COUNT = step("cover", FAMILY, UNIT, FAMILY_WITNESS)

TURNED = fp.loop("tanh", [["-2"]])
"""-tanh 2x: fixed at 0 alone, and of period 2 at +-0.9575."""

TURNED_COUNT = step("cover", TURNED, UNIT, counted("p0", point((0, 0), ("-2", "2"))))

JUMP = chain(act("sign"), name="sign")
HALF = linear([["1/2"]])
HALF_COUNT = step("cover", HALF, UNIT, counted("p0", point((0, 0), (-2, 2))))


def kind_of(case: Case) -> str:
    """Return the kind of the claim of an accepted case."""
    claim = case.decide()[1]
    assert claim is not None
    return claim.kind
