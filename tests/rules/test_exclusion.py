"""exclusion: no fixed point in a box or a periodic set, by moving every part off itself."""

from fractions import Fraction
from typing import Any

import fpverify as fp
from fpverify.kernel.norm import SupNorm
from fpverify.kernel.region import Ball, BoxRegion, Cover, Periodic, Punctured
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
    polynomial,
    verify,
)

T = Table("exclusion")


def boxes(budget: int) -> dict[str, int]:
    return {"boxes": budget}


def every(low: Any, high: Any, period: Any = 1, *, two_sided: bool = True) -> Periodic:
    return Periodic(part=interval(low, high), period=Fraction(period), two_sided=two_sided)


CLIMB = chain(act("staircase"), affine([["1"]], ["1"]), name="z + 1 - sin(2 pi z)/(2 pi)")
STAIRS = chain(act("staircase"), name="z - sin(2 pi z)/(2 pi)")
TWO_LOW = BoxRegion.of(("-1", "-3/4"), ("-1", "-3/4"), ("-1/2", "1/5"))
JUMP = chain(act("sign"), affine([["-3/2"]], ["0"]), name="-3/2 sign(x)")

T.group("A map that moves every point")
T.accept("x + 1", linear([["1"]], ["1"]), cube(10, 1), boxes(100))
T.accept("x + 1/100 needs bisection", linear([["1"]], ["1/100"]), cube(1, 1), boxes(1000))
T.accept("x^2 + 1/3", polynomial("1/3", 0, 1), cube(2, 1), boxes(200))
T.accept(
    "a turn about a point outside", linear([["3/5", "3/5"], ["-3/5", "3/5"]], ["2", "0"]), cube("1/2", 2), boxes(100)
)
T.accept(
    "Theorem 5.2 of the paper, d = 3, m = 4 (P6)",
    fp.loop("exponential", fp.exchangeable(3, 1, "1/16")),
    TWO_LOW,
    boxes(2000),
)
T.accept("a residual network", chain(act("sin"), {"add": {"with": 0}}), interval("1/10", 3), boxes(200))
T.accept("a product of values", chain({"multiply": {"with": 0}}, affine([["1"]], ["1"])), cube(2, 1), boxes(100))
T.accept("one side of a jump", JUMP, interval("1/10", 1), boxes(100))
T.accept("a box that is one point", linear([["1/2"]]), interval(1, 1), boxes(1))
T.accept("in rationals", polynomial("1/3", 0, 1), cube(2, 1), boxes(200), backend=RATIONAL)

T.group("One period stands for all, where f commutes with it")
T.accept("the climbing staircase has none on the line (P1)", CLIMB, every(0, 1), boxes(100))
T.accept("nor on the rungs", CLIMB, every("-1/6", "1/6", two_sided=False), boxes(100))
T.accept("a period of 2", CLIMB, every(0, 2, 2), boxes(100))
T.reject(Reason.WRONG_REGION, "a period of 1/2", CLIMB, every(0, "1/2", "1/2"), boxes(100))
T.reject(
    Reason.WRONG_REGION,
    "the weight 2 stretches the period",
    chain(affine([["2"]], ["0"]), act("staircase"), affine([["1"]], ["1"])),
    every(0, 1),
    boxes(100),
)
T.reject(Reason.WRONG_REGION, "x + 1 - x/1000 does not commute", linear([["999/1000"]], ["1"]), every(0, 1), boxes(100))
T.reject(
    Reason.WRONG_REGION,
    "an uncertain weight",
    chain(act("staircase"), affine([[("1", "1.001")]], ["1"])),
    every(0, 1),
    boxes(100),
)
T.reject(
    Reason.WRONG_REGION,
    "a residual staircase",
    chain(act("staircase"), {"add": {"with": 0}}, affine([["1"]], ["1"])),
    every(0, 1),
    boxes(100),
)
T.reject(Reason.NOT_EXCLUDED, "every integer is fixed", STAIRS, every(0, 1), boxes(100))
T.reject(Reason.NOT_EXCLUDED, "the integers are the ends of the part", STAIRS, every("1/10", 1), boxes(100))

T.group("A fixed point anywhere in D, also on its boundary, is never excluded")
T.reject(Reason.NOT_EXCLUDED, "x/2 on [-1, 1]", linear([["1/2"]]), cube(1, 1), boxes(200))
T.reject(Reason.NOT_EXCLUDED, "x/2 on [0, 1]", linear([["1/2"]]), interval(0, 1), boxes(200))
T.reject(Reason.NOT_EXCLUDED, "x/3 + 2/3 on [0, 1]", linear([["1/3"]], ["2/3"]), interval(0, 1), boxes(200))
T.reject(Reason.NOT_EXCLUDED, "2x on [0, 1]", linear([["2"]]), interval(0, 1), boxes(200))
T.reject(Reason.NOT_EXCLUDED, "where boxes meet: 3x - 1 on [0, 1]", linear([["3"]], ["-1"]), interval(0, 1), boxes(200))
T.reject(
    Reason.NOT_EXCLUDED,
    "a corner of the square",
    linear([["1/2", "0"], ["0", "1/2"]], ["1/2", "1/2"]),
    BoxRegion.of((0, 1), (0, 1)),
    boxes(300),
)
T.reject(Reason.NOT_EXCLUDED, "a double fixed point: x^2 + 1/4", polynomial("1/4", 0, 1), cube(1, 1), boxes(300))
T.reject(Reason.NOT_EXCLUDED, "a single point that is fixed", linear([["1/2"]]), cube(0, 1), boxes(10))
T.reject(Reason.NOT_EXCLUDED, "the identity", linear([["1"]]), cube(1, 1), boxes(50))
T.reject(Reason.NOT_EXCLUDED, "a jump over the diagonal", JUMP, cube(1, 1), boxes(50))
T.reject(Reason.NOT_EXCLUDED, "a jump up to a fixed point", chain(act("sign")), cube(1, 1), boxes(50))

T.group("No member of an uncertain network may have a fixed point")
T.accept("x + b, b in [1/10, 1]", linear([["1"]], [("1/10", "1")]), cube(1, 1), boxes(200))
T.reject(Reason.NOT_EXCLUDED, "x + b, b in [0, 1]", linear([["1"]], [("0", "1")]), cube(1, 1), boxes(200))

T.group("A budget that is too small proves nothing")
T.reject(Reason.NOT_EXCLUDED, "x + 1/100 with one box", linear([["1"]], ["1/100"]), cube(1, 1), boxes(1))
T.reject(Reason.NOT_EXCLUDED, "numbers far beyond doubles", linear([["1e400"]]), cube(1, 1), boxes(1))

T.group("The rule is about boxes and periodic sets")
T.out_of_scope(Reason.WRONG_REGION, "the line", linear([["1"]], ["1"]), line(), boxes(1))
T.out_of_scope(Reason.WRONG_REGION, "a union", linear([["1"]], ["1"]), Cover(parts=(cube(1, 1),)), boxes(1))
T.out_of_scope(
    Reason.WRONG_REGION,
    "a ball",
    linear([["1"]], ["1"]),
    Ball(centre=(Fraction(0),), radius=Fraction(1), norm=SupNorm(weights=(Fraction(1),))),
    boxes(1),
)
T.out_of_scope(
    Reason.WRONG_REGION,
    "intervals without a point",
    linear([["1"]], ["1"]),
    Punctured(parts=(cube(1, 1),), without=Fraction(0)),
    boxes(1),
)
T.reject(Reason.WRONG_REGION, "a square for a scalar loop", linear([["1"]], ["1"]), cube(1, 2), boxes(1))
T.reject(
    Reason.NOT_RATIONAL,
    "sin in rationals",
    chain(act("sin"), affine([["1"]], ["2"])),
    cube("1/2", 1),
    boxes(1),
    backend=RATIONAL,
)
T.reject(Reason.NOT_FINITE, "an overflow", polynomial(*[0] * 200, 1, name="x^200"), interval(0, "1e4000"), boxes(1))

CASES = T.cases


@T.parametrize()
def test_exclusion(case: Case) -> None:
    verify(case)


def test_the_claim_of_the_whole_line_says_so() -> None:
    claim = verify(next(case for case in CASES if "(P1)" in case.name))
    assert claim is not None
    assert claim.sentence() == "z + 1 - sin(2 pi z)/(2 pi): f has no fixed point in R."
