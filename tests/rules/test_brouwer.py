"""brouwer: at least one fixed point in a box that a continuous map keeps."""

from fractions import Fraction

import fpverify as fp
from fpverify.kernel.norm import SupNorm
from fpverify.kernel.region import Ball, Cover, Periodic
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

T = Table("brouwer")

SWAP = linear([["0", "1"], ["1", "0"]])
JUMP = chain(affine([["1"]], ["-5"]), act("sign"))

T.group("A self-map is enough, whatever the rate")
T.accept("-x", linear([["-1"]]), cube(1, 1))
T.accept("the identity", linear([["1"]]), cube(1, 1))
T.accept("any bounded activation on its range", fp.loop("tanh", [["30", "-7"], ["11", "50"]], ["1", "2"]), cube(1, 2))
T.accept("a kink", fp.loop("hardtanh", [["5"]]), cube(1, 1))
T.accept("an exchange of coordinates", SWAP, cube(1, 2))
T.accept("a cubic with three fixed points", fp.loop("cubic", [["1"]]), cube(1, 1), backend=RATIONAL)
T.accept("a residual network", chain(affine([["1/2"]], ["0"]), act("sin"), {"add": {"with": 1}}), cube(1, 1))
T.accept(
    "three layers",
    chain(affine([["7"], ["-9"]], ["1", "0"]), act("sin"), affine([["1/2", "1/2"]], ["0"]), act("cubic")),
    cube(1, 1),
)
T.accept("all weights in [-1, 1]", linear([[("-1", "1")]]), cube(1, 1))

T.group("An image that touches the faces is decided exactly, and by rounding only at dyadic numbers")
T.accept("x/3 + 2/3 on [0, 1]", linear([["1/3"]], ["2/3"]), interval(0, 1), backend=RATIONAL)
T.reject(Reason.SELF_MAP_UNCERTAIN, "the same, rounded", linear([["1/3"]], ["2/3"]), interval(0, 1))
T.accept("1 - x on [0, 1]", linear([["-1"]], ["1"]), interval(0, 1))
T.reject(Reason.SELF_MAP_UNCERTAIN, "beyond by 10^-40", linear([["1"]], ["1e-40"]), interval(0, 1), backend=RATIONAL)
T.reject(Reason.SELF_MAP_UNCERTAIN, "beyond by 10^-40, rounded", linear([["1"]], ["1e-40"]), interval(0, 1))

T.group("A single point must be fixed")
T.accept("1 of the cubic", fp.loop("cubic", [["1"]]), interval(1, 1), backend=RATIONAL)
T.reject(
    Reason.SELF_MAP_UNCERTAIN, "0.9 of the cubic", fp.loop("cubic", [["1"]]), interval("9/10", "9/10"), backend=RATIONAL
)

T.group("The box must be mapped into itself")
T.reject(Reason.SELF_MAP_UNCERTAIN, "x/2 + 1 on [0, 1]", linear([["1/2"]], ["1"]), interval(0, 1))
T.reject(Reason.SELF_MAP_UNCERTAIN, "x/2 on [1, 2]", linear([["1/2"]]), interval(1, 2))
T.reject(Reason.SELF_MAP_UNCERTAIN, "a flat box that is exchanged", SWAP, fp.BoxRegion.of((-1, 1), (0, 0)))
T.reject(Reason.SELF_MAP_UNCERTAIN, "one bias is 1", linear([["1/2"]], [("0", "1")]), cube(1, 1))
T.reject(Reason.SELF_MAP_UNCERTAIN, "the turn of a square", linear([["3/5", "3/5"], ["-3/5", "3/5"]]), cube(1, 2))

T.group("A jump may step over the fixed point")
T.out_of_scope(Reason.NOT_CONTINUOUS, "-sign", chain(act("sign"), affine([["-1"]], ["0"])), cube(1, 1))
T.out_of_scope(Reason.NOT_CONTINUOUS, "a jump outside the box", JUMP, cube(1, 1))

T.group("The rule is about boxes of the right dimension")
T.out_of_scope(Reason.WRONG_REGION, "the line: x + 1 maps it into itself", linear([["1"]], ["1"]), line())
T.out_of_scope(
    Reason.WRONG_REGION,
    "two boxes: -x maps them into themselves",
    linear([["-1"]]),
    Cover(parts=(interval(-2, -1), interval(1, 2))),
)
T.out_of_scope(
    Reason.WRONG_REGION,
    "a ball",
    linear([["-1"]]),
    Ball(centre=(Fraction(0),), radius=Fraction(1), norm=SupNorm(weights=(Fraction(1),))),
)
T.out_of_scope(
    Reason.WRONG_REGION, "a periodic set", linear([["1"]], ["1"]), Periodic(part=interval(0, "1/2"), period=Fraction(1))
)
T.reject(Reason.WRONG_REGION, "a square for a scalar loop", linear([["1/2"]]), cube(1, 2))

T.group("Arithmetic that fails is no proof")
T.reject(Reason.NOT_RATIONAL, "sin in rationals", fp.loop("sin", [["1"]]), cube(1, 1), backend=RATIONAL)
T.reject(Reason.NOT_FINITE, "an overflow", polynomial(*[0] * 200, 1, name="x^200"), interval(0, "1e4000"))

CASES = T.cases


@T.parametrize()
def test_brouwer(case: Case) -> None:
    verify(case)


def test_the_claim_promises_existence_alone() -> None:
    claim = verify(CASES[0])
    assert claim is not None
    assert claim.sentence() == "identity loop on R^1: f has at least one fixed point in [-1, 1]."
