"""lipschitz: a bound of the derivative on a set that need not be convex."""

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
    norm,
    polynomial,
    rate,
    sup,
    verify,
)

T = Table("lipschitz")


def every(low: Any, high: Any, period: Any = 1) -> Periodic:
    return Periodic(part=interval(low, high), period=Fraction(period))


CUBIC = fp.loop("cubic", [["1"]])
CLIMB = chain(act("staircase"), affine([["1"]], ["1"]))
BOTH = Cover(parts=(interval("-11/10", "-9/10"), interval("9/10", "11/10")))
JUMP = chain(act("sign"), affine([["-3/2"]], ["0"]))
SHEAR = linear([["1/2", "10"], ["0", "1/2"]])

T.group("On each box of the set")
T.accept("cubic near 1", CUBIC, interval("17/20", "21/20"), rate("21/50"))
T.accept("cubic near 1 and -1 (A5)", CUBIC, BOTH, rate("63/200"), backend=RATIONAL)
T.accept("K may be above 1", CUBIC, cube(1, 1), rate("3/2"))
T.accept("the paper's slope beyond 9/10 (P5)", fp.loop("quartic", [["1"]]), interval("1.302", "1.502"), rate("0.9157"))
T.accept("a jump between the boxes", JUMP, Cover(parts=(interval(-2, -1), interval(1, 2))), rate("0"))
T.accept(
    "intervals without a point", linear([["1/2"]]), Punctured(parts=(cube(1, 1),), without=Fraction(0)), rate("1/2")
)
T.accept("rungs of the staircase (P1)", CLIMB, every("-1/6", "1/6"), rate("0.5001"))
T.accept("a residual loop", chain(act("sin"), {"add": {"with": 0}}), cube(3, 1), rate("2"))
T.accept("a product of values", chain({"multiply": {"with": 0}}), cube(1, 1), rate("2"))
T.accept("every weight in [-1, 1/2]", linear([[("-1", "1/2")]]), cube(1, 1), rate("1"))

T.group("In the stated norm")
T.accept("the shear, weights (40, 1)", SHEAR, cube(1, 2), rate("3/4", sup(40, 1)))
T.reject(Reason.RATE_UNCERTAIN, "the shear, unweighted", SHEAR, cube(1, 2), rate("3/4", sup(1, 1)))
T.accept(
    "a turn in the 2-norm", linear([["3/5", "3/5"], ["-3/5", "3/5"]]), cube(1, 2), rate("17/20", norm("two", 1, 1))
)
T.reject(
    Reason.RATE_UNCERTAIN,
    "a turn in the 1-norm",
    linear([["3/5", "3/5"], ["-3/5", "3/5"]]),
    cube(1, 2),
    rate("17/20", norm("one", 1, 1)),
)

T.group("Where the slope is larger, nothing is claimed")
T.reject(Reason.RATE_UNCERTAIN, "K attained, rounded", CUBIC, BOTH, rate("63/200"))
T.reject(Reason.RATE_UNCERTAIN, "K a little too small", CUBIC, BOTH, rate("0.31499"), backend=RATIONAL)
T.reject(
    Reason.RATE_UNCERTAIN,
    "K < 9/10 on the paper's region (P5)",
    fp.loop("quartic", [["1"]]),
    interval("1.302", "1.502"),
    rate("0.9"),
)
T.reject(
    Reason.RATE_UNCERTAIN,
    "the second box only",
    CUBIC,
    Cover(parts=(interval("9/10", "11/10"), cube("1/10", 1))),
    rate("1/2"),
)
T.reject(
    Reason.RATE_UNCERTAIN, "one side of a kink", fp.loop("relu", [["2"]]), interval(-1, 0), rate("0"), backend=RATIONAL
)
T.reject(Reason.RATE_UNCERTAIN, "the steep part of the staircase", CLIMB, every("0", "1/2"), rate("1"))
T.reject(Reason.RATE_UNCERTAIN, "a jump in a box", JUMP, Cover(parts=(interval(-2, 0), interval(1, 2))), rate("0"))
T.reject(
    Reason.RATE_UNCERTAIN,
    "a jump at the point that is lacking",
    JUMP,
    Punctured(parts=(cube(1, 1),), without=Fraction(0)),
    rate("0"),
)
T.reject(Reason.RATE_UNCERTAIN, "one weight is -1", linear([[("-1", "1/2")]]), cube(1, 1), rate("3/4"))
T.reject(Reason.RATE_UNCERTAIN, "a negative K", polynomial(0), cube(1, 1), rate("-1"))

T.group("Periodic sets, of maps that commute with the period")
T.reject(Reason.WRONG_REGION, "a period of 1/2", CLIMB, every("-1/6", "1/6", "1/2"), rate("0.5001"))
T.reject(Reason.WRONG_REGION, "the cubic has no period", CUBIC, every("9/10", "11/10"), rate("1/2"))

T.group("Regions that the rule does not know")
T.out_of_scope(Reason.WRONG_REGION, "the line", linear([["1/2"]]), line(), rate("1/2"))
T.out_of_scope(
    Reason.WRONG_REGION,
    "a ball",
    linear([["1/2"]]),
    Ball(centre=(Fraction(0),), radius=Fraction(1), norm=SupNorm(weights=(Fraction(1),))),
    rate("1/2"),
)
T.out_of_scope(
    Reason.WRONG_REGION, "products", linear([["1/2"]]), ProductRegions.power((0, 1), dimension=1), rate("1/2")
)
T.out_of_scope(Reason.WRONG_REGION, "a square for a scalar loop", linear([["1/2"]]), cube(1, 2), rate("1/2"))
T.reject(Reason.NOT_RATIONAL, "tanh in rationals", fp.loop("tanh", [["1"]]), cube(1, 1), rate("1"), backend=RATIONAL)
T.reject(Reason.NOT_FINITE, "an overflow", polynomial(*[0] * 200, 1, name="x^200"), interval(0, "1e4000"), rate("1"))
T.reject(Reason.RATE_UNCERTAIN, "slopes far beyond doubles", linear([["1e400"]]), cube(1, 1), rate("1"))

CASES = T.cases


@T.parametrize()
def test_lipschitz(case: Case) -> None:
    verify(case)
