"""regions: one fixed point in each of several disjoint boxes (Theorem 4.1, repaired)."""

from typing import Any

import fpverify as fp
from fpverify.kernel.region import Cover
from fpverify.kernel.verdict import Reason
from tests.rules.cases import (
    RATIONAL,
    Case,
    Table,
    act,
    affine,
    chain,
    cube,
    interval,
    line,
    linear,
    norm,
    polynomial,
    rate,
    sup,
    verify,
)

T = Table("regions")

CUBIC = fp.loop("cubic", [["1"]])
NEAR = (interval("17/20", "21/20"), interval("-21/20", "-17/20"))
BISTABLE = fp.loop("tanh", [["2", "1/100"], ["-1/100", "2"]])
DEEP = chain(affine([["2"]], ["0"]), act("tanh"), affine([["1"]], ["0"]), act("identity"))


def cover(*parts: Any) -> Cover:
    return Cover(parts=parts)


def each(*parts: Any) -> dict[str, Any]:
    return {"parts": list(parts)}


def quadrant(first: int, second: int) -> fp.BoxRegion:
    sides = [("4/5", "11/10") if sign > 0 else ("-11/10", "-4/5") for sign in (first, second)]
    return fp.BoxRegion.of(*sides)


T.group("Disjoint boxes, each contracted into itself (T2.1)")
T.accept("cubic near 1 and -1", CUBIC, cover(*NEAR), each(rate("21/50"), rate("21/50")))
T.accept(
    "each box has its own rate", CUBIC, cover(NEAR[0], interval("-1", "-19/20")), each(rate("21/50"), rate("3/20"))
)
T.accept("one box only", CUBIC, cover(NEAR[0]), each(rate("21/50")))
T.accept(
    "four quadrants of coupled tanh cells",
    BISTABLE,
    cover(*[quadrant(i, j) for i in (1, -1) for j in (1, -1)]),
    each(*[rate("9/10", sup(1, 1))] * 4),
)
T.accept(
    "each box has its own norm",
    BISTABLE,
    cover(quadrant(1, 1), quadrant(-1, 1)),
    each(rate("9/10", norm("two", 1, 1)), rate("9/10", norm("one", 1, 2))),
)
T.accept("several layers", DEEP, cover(interval("9/10", 1), interval(-1, "-9/10")), each(rate("1/2"), rate("1/2")))
T.accept(
    "every weight in [19/10, 2]",
    fp.loop("tanh", [[("19/10", "2")]]),
    cover(interval("4/5", 1), interval(-1, "-4/5")),
    each(rate("1/2"), rate("1/2")),
)
T.accept(
    "a single point that is fixed",
    CUBIC,
    cover(interval(1, 1), interval(-1, -1)),
    each(rate("0"), rate("0")),
    backend=RATIONAL,
)

T.group("Boxes that meet may share a fixed point (T2.2)")
T.reject(
    Reason.NOT_DISJOINT,
    "x/2 on [-1, 1] and [-2, 2]",
    linear([["1/2"]]),
    cover(cube(1, 1), cube(2, 1)),
    each(rate("1/2"), rate("1/2")),
)
T.reject(
    Reason.NOT_DISJOINT,
    "x/2 on [-1, 0] and [0, 1]",
    linear([["1/2"]]),
    cover(interval(-1, 0), interval(0, 1)),
    each(rate("1/2"), rate("1/2")),
)
T.reject(Reason.NOT_DISJOINT, "the same box twice", CUBIC, cover(NEAR[0], NEAR[0]), each(rate("21/50"), rate("21/50")))
T.reject(
    Reason.NOT_DISJOINT,
    "a corner in common",
    linear([["1/2", "0"], ["0", "1/2"]]),
    cover(fp.BoxRegion.of((-1, 0), (-1, 0)), fp.BoxRegion.of((0, 1), (0, 1))),
    each(*[rate("1/2", sup(1, 1))] * 2),
)
T.reject(
    Reason.NOT_DISJOINT,
    "the first and the last of three",
    CUBIC,
    cover(NEAR[0], NEAR[1], interval(1, "11/10")),
    each(*[rate("21/50")] * 3),
)

T.group("Each box must be mapped into itself")
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "x/2 on [1, 2]",
    linear([["1/2"]]),
    cover(interval(1, 2), interval(-1, "1/2")),
    each(rate("1/2"), rate("1/2")),
)
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "the second only",
    linear([["1/2"]]),
    cover(cube(1, 1), interval(2, 3)),
    each(rate("1/2"), rate("1/2")),
)
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "two boxes that are swapped",
    linear([["-1"]]),
    cover(interval(1, 2), interval(-2, -1)),
    each(rate("1/2"), rate("1/2")),
)
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "a jump",
    fp.loop("sign", [["1"]]),
    cover(interval("-1", "0"), interval("1/2", 1)),
    each(rate("0"), rate("0")),
)
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "one weight is 3/2",
    fp.loop("tanh", [[("3/2", "2")]]),
    cover(interval("9/10", 1), interval(-1, "-9/10")),
    each(rate("1/2"), rate("1/2")),
)

T.group("The bias belongs inside g' (P4)")
T.reject(
    Reason.RATE_UNCERTAIN,
    "(x + 2)^2/9 on [0, 4] has the slope 4/3 at 4, x^2/9 at most 8/9",
    fp.loop({"name": "polynomial", "coefficients": [0, 0, "1/9"]}, [["1"]], ["2"]),
    cover(interval(0, 4)),
    each(rate("8/9")),
    backend=RATIONAL,
)
T.reject(Reason.RATE_UNCERTAIN, "one of two rates is too small", CUBIC, cover(*NEAR), each(rate("21/50"), rate("2/5")))
T.reject(
    Reason.RATE_UNCERTAIN,
    "rates in the wrong order",
    CUBIC,
    cover(NEAR[0], interval("-1", "-19/20")),
    each(rate("3/20"), rate("21/50")),
)

T.group("K_i = 1 is not enough")
T.reject(
    Reason.RATE_NOT_BELOW_ONE,
    "the identity",
    linear([["1"]]),
    cover(interval(0, 1), interval(2, 3)),
    each(rate(1), rate(1)),
)
T.reject(Reason.RATE_NOT_BELOW_ONE, "one rate is 1", CUBIC, cover(*NEAR), each(rate("21/50"), rate(1)))

T.group("The rule is about unions of boxes of the right dimension")
T.out_of_scope(Reason.WRONG_REGION, "a box", CUBIC, NEAR[0], each(rate("21/50")))
T.out_of_scope(Reason.WRONG_REGION, "the line", linear([["1/2"]]), line(), each(rate("1/2")))
T.reject(Reason.WRONG_REGION, "squares for a scalar loop", linear([["1/2"]]), cover(cube(1, 2)), each(rate("1/2")))

T.group("Arithmetic that fails is no proof")
T.reject(
    Reason.NOT_RATIONAL,
    "tanh in rationals",
    fp.loop("tanh", [["2"]]),
    cover(interval("9/10", 1)),
    each(rate("1/2")),
    backend=RATIONAL,
)
T.reject(
    Reason.NOT_FINITE,
    "an overflow",
    polynomial(*[0] * 200, 1, name="x^200"),
    cover(interval(0, "1e4000")),
    each(rate("1/2")),
)

CASES = T.cases


@T.parametrize()
def test_regions(case: Case) -> None:
    verify(case)


def test_the_claim_counts_the_boxes() -> None:
    claim = verify(CASES[0])
    assert claim is not None
    assert "in each of the 2 disjoint boxes" in claim.sentence()
    assert "at least 17/10 apart" in claim.sentence()
