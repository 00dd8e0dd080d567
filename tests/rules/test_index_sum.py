"""index_sum: the audit of a count by the degree."""

from dataclasses import replace
from typing import Any

import pytest

import fpverify as fp
from fpverify.kernel.claim import Claim
from fpverify.kernel.errors import FormatError
from fpverify.kernel.region import WholeSpace
from fpverify.kernel.verdict import Reason
from tests.rules.cases import Case, Table, act, chain, cube, interval, linear, step, verify
from tests.rules.counting import (
    CUBIC,
    CUBIC_TREE,
    FAMILY,
    FAMILY_COUNT,
    HALF,
    HALF_COUNT,
    STEEP,
    STEEP_COUNT,
    STEEP_TYPES,
    TURNED,
    TURNED_COUNT,
    UNIT,
    counted,
    point,
    proposed,
)

T = Table("index_sum")
PAIR = fp.loop("tanh", [["2", "1/4"], ["1/4", "2"]], ["1/10", "0"])
PAIR_COUNT = step("cover", PAIR, cube(1, 2), proposed(PAIR, cube(1, 2)))


def believed(**changed: Any) -> Claim:
    """Return the count of tanh 2x with facts that are false."""
    claim = STEEP_COUNT.decide()[1]
    assert claim is not None
    return replace(claim, facts={**claim.facts, **changed})


def places(*indices: int) -> list[dict[str, Any]]:
    return [{"lower": ["0"], "upper": ["0"], "index": index} for index in indices]


T.group("The indices sum to 1 where f maps the box into its interior")
T.accept("1 - 1 + 1", STEEP, UNIT, premises=(STEEP_COUNT,))
T.accept("with the types of the points", STEEP, UNIT, premises=(STEEP_TYPES,))
T.accept("one point", TURNED, UNIT, premises=(TURNED_COUNT,))
T.accept("a linear map", HALF, UNIT, premises=(HALF_COUNT,))
T.accept("nine points of a square", PAIR, cube(1, 2), premises=(PAIR_COUNT,))
T.accept("a family", FAMILY, UNIT, premises=(FAMILY_COUNT,))

T.group("The map keeps off the border")
BORDER = Reason.SELF_MAP_UNCERTAIN
FLIP = linear([["-1"]])
TIGHT = counted(
    CUBIC_TREE, point((-1, -1), ("-1.3", "-0.6")), point((0, 0), ("-0.55", "0.55"), -1), point((1, 1), ("0.6", "1.3"))
)
TIGHT_COUNT = step("cover", CUBIC, cube(1, 1), TIGHT)
T.reject(
    BORDER,
    "-x maps the border onto itself",
    FLIP,
    UNIT,
    premises=(step("cover", FLIP, UNIT, counted("p0", point((0, 0), (-2, 2)))),),
)
T.reject(BORDER, "the cubic touches its box", CUBIC, cube(1, 1), premises=(TIGHT_COUNT,))
T.reject(
    BORDER,
    "a box that is left",
    linear([["2"]]),
    UNIT,
    premises=(step("cover", linear([["2"]]), UNIT, counted("p0", point((0, 0), (-2, 2), -1))),),
)
T.reject(
    BORDER,
    "a thin box",
    HALF,
    cube(0, 1),
    premises=(step("cover", HALF, cube(0, 1), counted("p0", point((0, 0), (-1, 1)))),),
)
FAR = chain(act("sign"), {"affine": {"weight": [["1/4"]], "bias": ["1/2"]}}, name="a jump away from its point")
T.reject(
    BORDER,
    "a jump",
    FAR,
    UNIT,
    premises=(step("cover", FAR, UNIT, counted("s0:1/8 f x p0", point(("3/4", "3/4"), ("1/16", 1)))),),
)

T.group("The premise counts all fixed points of the same network in the same box")
MISSING = Reason.HYPOTHESIS_MISSING
T.reject(MISSING, "some may be left", STEEP, UNIT, premises=(step("cover", STEEP, UNIT, counted("?", share="1")),))
T.reject(MISSING, "another network", TURNED, UNIT, premises=(STEEP_COUNT,))
T.reject(MISSING, "another box", STEEP, cube(2, 1), premises=(STEEP_COUNT,))
T.reject(MISSING, "the line", STEEP, WholeSpace(size=1), premises=(STEEP_COUNT,))
T.reject(
    MISSING,
    "the line in both",
    STEEP,
    WholeSpace(size=1),
    premises=(step("everywhere", STEEP, WholeSpace(size=1), premises=(STEEP_COUNT,)),),
)
T.reject(MISSING, "no fixed point", HALF, interval(1, 2), premises=(step("cover", HALF, interval(1, 2), counted("k")),))

T.group("A count that is false does not pass")
T.reject(Reason.INDEX_SUM, "a point is missing", STEEP, UNIT, believed=(believed(points=places(1, 1)),))
T.reject(Reason.INDEX_SUM, "an index is false", STEEP, UNIT, believed=(believed(points=places(1, 1, 1)),))
T.reject(Reason.INDEX_SUM, "there is none", STEEP, UNIT, believed=(believed(points=[]),))

CASES = T.cases


@T.parametrize()
def test_index_sum(case: Case) -> None:
    verify(case)


def test_the_claim_says_that_it_was_audited() -> None:
    claim = verify(CASES[1])
    assert claim is not None
    assert claim.sentence() == (
        "tanh loop on R^1: f has exactly 3 fixed points in [-1, 1] (2 attracting, 1 with unstable dimension 1), one in each "
        "of 3 listed disjoint boxes; the indices sum to 1, as the degree demands."
    )


def test_the_rule_has_one_premise() -> None:
    for premises in ((), (STEEP_COUNT, STEEP_COUNT)):
        with pytest.raises(FormatError):
            step("index_sum", STEEP, UNIT, premises=premises).decide()
