"""at_most_one: at most one fixed point on the line."""

import fpverify as fp
from fpverify.kernel.region import Periodic
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

T = Table("at_most_one")

TURN = chain(act("staircase"), affine([["-1"]], ["0"]), name="-z + sin(2 pi z)/(2 pi)")

T.group("Every slope below 1, or every slope above 1")
T.accept("x/2", linear([["1/2"]]), line())
T.accept("2x", linear([["2"]]), line())
T.accept("-5x", linear([["-5"]]), line())
T.accept("the turned staircase (P1)", TURN, line())
T.accept("tanh(0.999 x)", fp.loop("tanh", [["0.999"]]), line())
T.accept("-relu", chain(act("relu"), affine([["-1"]], ["1"])), line(), backend=RATIONAL)
T.accept(
    "a residual loop: 2x + sin(x/2)",
    chain(affine([["2"]], ["0"]), affine([["1/2"]], ["0"]) | {"from": 0}, act("sin"), {"add": {"with": 1}}),
    line(),
)
T.accept("every weight in [-1, 1/2]", linear([[("-1", "1/2")]]), line())
T.accept(
    "several layers", chain(affine([["1/2"], ["1/3"]], ["0", "1"]), act("tanh"), affine([["1", "-1"]], ["0"])), line()
)

T.group("A slope of 1 is not excluded")
T.reject(Reason.SLOPE_UNCERTAIN, "the identity", linear([["1"]]), line())
T.reject(Reason.SLOPE_UNCERTAIN, "x + 1", linear([["1"]], ["1"]), line(), backend=RATIONAL)
T.reject(Reason.SLOPE_UNCERTAIN, "tanh(x): the slope 1 at 0", fp.loop("tanh", [["1"]]), line())
T.reject(Reason.SLOPE_UNCERTAIN, "tanh(2x) has three", fp.loop("tanh", [["2"]]), line())
T.reject(Reason.SLOPE_UNCERTAIN, "the staircase has many", chain(act("staircase")), line())
T.reject(Reason.SLOPE_UNCERTAIN, "a kink from 0 to 2", fp.loop("relu", [["2"]], ["-1"]), line())
T.reject(Reason.SLOPE_UNCERTAIN, "a weight of 1 in [1/2, 1]", linear([[("1/2", "1")]]), line())
T.reject(Reason.UNBOUNDED, "the cubic has three", fp.loop("cubic", [["1"]]), line())
T.reject(Reason.UNBOUNDED, "x^2 + 1", polynomial(1, 0, 1), line())
T.reject(Reason.UNBOUNDED, "a product of values", chain({"multiply": {"with": 0}}), line())
T.reject(Reason.NOT_CONTINUOUS, "a jump: 2 sign(x) has three", chain(act("sign"), affine([["2"]], ["0"])), line())
T.reject(Reason.NOT_CONTINUOUS, "a scalar region for a loop on the plane", linear([["1/2", "0"], ["0", "1/2"]]), line())

T.group("The rule is about the line")
T.out_of_scope(Reason.WRONG_REGION, "an interval", linear([["1/2"]]), cube(1, 1))
T.out_of_scope(Reason.WRONG_REGION, "the plane", linear([["1/2", "0"], ["0", "1/2"]]), line(2))
T.out_of_scope(
    Reason.WRONG_REGION,
    "the line as a periodic set",
    TURN,
    Periodic(part=interval(0, 1), period=fp.exact(1), two_sided=True),
)

CASES = T.cases


@T.parametrize()
def test_at_most_one(case: Case) -> None:
    verify(case)
