"""maps_into: f maps a set, which need not be a box, into itself."""

from fractions import Fraction
from typing import Any

import fpverify as fp
from fpverify.kernel.norm import SupNorm
from fpverify.kernel.region import Ball, Cover, Periodic, ProductRegions, Punctured
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

T = Table("maps_into")


def cover(*pairs: Any) -> Cover:
    return Cover(parts=tuple(interval(low, high) for low, high in pairs))


def without(point: Any, *pairs: Any) -> Punctured:
    return Punctured(parts=tuple(interval(low, high) for low, high in pairs), without=Fraction(point))


def every(low: Any, high: Any, period: Any = 1, *, two_sided: bool = False) -> Periodic:
    return Periodic(part=interval(low, high), period=Fraction(period), two_sided=two_sided)


CLIMB = chain(act("staircase"), affine([["1"]], ["1"]))
FALL = chain(act("staircase"), affine([["1"]], ["-1"]))
SWAP = fp.loop("cubic", [["-1"]])
JUMPS_TO_0 = chain(
    affine([["1"]], ["-1/2"]),
    act("sign"),
    affine([["-3/16"]], ["-3/16"]),
    affine([["1/2"]], ["0"]) | {"from": 0},
    {"add": {"with": 3}},
    name="x/2, minus 3/8 above 1/2: 0 and 3/4 go to 0",
)

T.group("Boxes and unions of boxes")
T.accept("x/2 on [-1, 1]", linear([["1/2"]]), cube(1, 1))
T.accept("19x/20 + x^2 on [-1/4, 0], exactly", polynomial(0, "19/20", 1), interval("-1/4", 0), backend=RATIONAL)
T.reject(Reason.SELF_MAP_UNCERTAIN, "the same, rounded: 0 touches", polynomial("1/3", "1/3", 0), interval("1/9", "1/2"))
T.accept("each box into itself", fp.loop("cubic", [["1"]]), cover(("9/10", "11/10"), ("-11/10", "-9/10")))
T.accept("each box into the other", SWAP, cover(("9/10", "11/10"), ("-11/10", "-9/10")))
T.accept("all boxes into one", polynomial(0), cover((-1, 1), (2, 3)))
T.accept("a jump", fp.loop("sign", [["1"]]), cube(1, 1))
T.accept("squares", linear([["1/2", "0"], ["0", "1/2"]]), Cover(parts=(cube(1, 2), cube(2, 2))))
T.accept("every weight in [-1, 1]", linear([[("-1", "1")]]), cube(1, 1))
T.reject(Reason.SELF_MAP_UNCERTAIN, "2x on [-1, 1]", linear([["2"]]), cube(1, 1))
T.reject(Reason.SELF_MAP_UNCERTAIN, "the image lies in no single box", linear([["2"]]), cover((-1, 0), (0, 1)))
T.reject(Reason.SELF_MAP_UNCERTAIN, "one of two boxes only", linear([["1/2"]]), cover((-1, 1), (2, 3)))
T.reject(Reason.SELF_MAP_UNCERTAIN, "across a gap", linear([["1"]], ["1/2"]), cover((0, 1), (2, 3)))
T.reject(Reason.SELF_MAP_UNCERTAIN, "one bias is 1", linear([["1/2"]], [("0", "1")]), cube(1, 1))

T.group("Periodic sets, of maps that commute with the period")
T.accept("climbing rungs (P1)", CLIMB, every("-1/6", "1/6"))
T.accept("on every rung, up and down", FALL, every("-1/6", "1/6", two_sided=True))
T.accept("two steps at once", chain(act("staircase"), affine([["1"]], ["2"])), every("-1/6", "1/6"))
T.accept("the whole line", chain(act("staircase")), every("-1/4", "5/4", two_sided=True))
T.reject(Reason.SELF_MAP_UNCERTAIN, "downwards from the first rung", FALL, every("-1/6", "1/6"))
T.reject(
    Reason.SELF_MAP_UNCERTAIN, "half a step", chain(act("staircase"), affine([["1"]], ["1/2"])), every("-1/6", "1/6")
)
T.reject(Reason.SELF_MAP_UNCERTAIN, "an image across two rungs", chain(act("staircase")), every("1/4", "3/4"))
T.reject(Reason.WRONG_REGION, "a period of 1/2", CLIMB, every("-1/6", "1/6", "1/2"))
T.reject(Reason.WRONG_REGION, "no period is known", chain(act("sin")), every("-1/6", "1/6"))
T.reject(Reason.WRONG_REGION, "half the slope", chain(act("staircase"), affine([["1/2"]], ["0"])), every("-1/6", "1/6"))

T.group("A set that lacks a point (P4)")
T.accept("x/2 on [-1, 0)", linear([["1/2"]]), without(0, (-1, 0)))
T.accept("x/2 on (0, 1]", linear([["1/2"]]), without(0, (0, 1)))
T.accept("-x/2 on [-1, 1] without 0", linear([["-1/2"]]), without(0, (-1, 1)))
T.accept("an interval whose image keeps off", linear([["1"]]), without(0, (-1, 0), ("1/4", 1)))
T.reject(Reason.SELF_MAP_UNCERTAIN, "a constant 0", polynomial(0), without(0, (-1, 1)))
T.reject(Reason.SELF_MAP_UNCERTAIN, "x^2 has the slope 0", polynomial(0, 0, 1), without(0, (-1, 1)))
T.reject(Reason.SELF_MAP_UNCERTAIN, "x/2 + 1/4 maps -1/2 to 0", linear([["1/2"]], ["1/4"]), without(0, (-1, 1)))
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "an interval with 0 in its image",
    polynomial(0, "-1/2", "1/2"),
    without(0, ("-1/10", "1/10"), ("9/10", "11/10")),
)
T.reject(Reason.SELF_MAP_UNCERTAIN, "0 is nearly fixed", linear([["1/2"]], ["1e-30"]), without(0, (-1, 1)))
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "tanh, rounded, fixes 0 nearly",
    chain(affine([["1/2"]], ["1/3"]), act("tanh"), affine([["1"]], ["-1/4"])),
    without(0, (-1, 1)),
)
T.reject(Reason.SELF_MAP_UNCERTAIN, "a jump makes f not injective: 3/4 goes to 0", JUMPS_TO_0, without(0, (-1, 1)))
T.accept("the same set with 0", JUMPS_TO_0, cube(1, 1))

T.group("Regions that the rule does not know")
T.out_of_scope(Reason.WRONG_REGION, "the line", linear([["1/2"]]), line())
T.out_of_scope(
    Reason.WRONG_REGION,
    "a ball",
    linear([["1/2"]]),
    Ball(centre=(Fraction(0),), radius=Fraction(1), norm=SupNorm(weights=(Fraction(1),))),
)
T.out_of_scope(Reason.WRONG_REGION, "products", linear([["1/2"]]), ProductRegions.power((0, 1), dimension=1))
T.out_of_scope(Reason.WRONG_REGION, "a square for a scalar loop", linear([["1/2"]]), cube(1, 2))
T.reject(Reason.NOT_RATIONAL, "tanh in rationals", fp.loop("tanh", [["1"]]), cube(1, 1), backend=RATIONAL)
T.reject(Reason.NOT_FINITE, "an overflow", polynomial(*[0] * 200, 1, name="x^200"), interval(0, "1e4000"))

CASES = T.cases


@T.parametrize()
def test_maps_into(case: Case) -> None:
    verify(case)
