"""crossing: the one fixed point of a scalar loop in an interval, with bounds of its slope."""

from typing import Any

import pytest

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
    polynomial,
    verify,
)

T = Table("crossing")


def slope(low: Any, high: Any) -> dict[str, list[str]]:
    return {"slope": [str(low), str(high)]}


CUBIC = fp.loop("cubic", [["1"]])

T.group("A change of sign and a slope on one side of 1")
T.accept("cubic at 0: repelling", CUBIC, cube("1/4", 1), slope("7/5", "3/2"), backend=RATIONAL)
T.accept("cubic at 1: attracting", CUBIC, interval("9/10", "11/10"), slope("-8/25", "3/10"))
T.accept("-2x: repelling", linear([["-2"]]), cube(1, 1), slope(-2, -2))
T.accept("-x: of unknown stability", linear([["-1"]]), cube(1, 1), slope(-1, -1))
T.accept("tanh(2x) at 0", fp.loop("tanh", [["2"]]), cube("1/10", 1), slope("1.9", "2.01"))
T.accept(
    "a kink at the fixed point",
    fp.loop({"name": "leaky_relu", "slope": "1/4"}, [["1/2"]]),
    cube(1, 1),
    slope("1/8", "1/2"),
    backend=RATIONAL,
)
T.accept(
    "two layers",
    chain(affine([["2"]], ["0"]), act("tanh"), affine([["2"]], ["1/10"])),
    cube("1/10", 1),
    slope("3.8", "4.01"),
)
T.accept("a residual loop: x + sin(x)", chain(act("sin"), {"add": {"with": 0}}), cube("1/2", 1), slope("1.8", "2.01"))
T.accept(
    "a product of values: 2 x^2 near 1/2",
    chain({"multiply": {"with": 0}}, affine([["2"]], ["0"])),
    interval("2/5", "3/5"),
    slope("8/5", "12/5"),
    backend=RATIONAL,
)
T.accept("every weight in [2, 3]", linear([[("2", "3")]]), cube(1, 1), slope(2, 3))

T.group("Bounds that touch are decided exactly")
T.accept("3/2 is attained", CUBIC, cube("1/3", 1), slope("4/3", "3/2"), backend=RATIONAL)
T.reject(Reason.SLOPE_UNCERTAIN, "the same, rounded", CUBIC, cube("1/3", 1), slope("4/3", "3/2"))
T.reject(
    Reason.SLOPE_UNCERTAIN,
    "a little more than is true",
    CUBIC,
    cube("1/3", 1),
    slope("1.3334", "3/2"),
    backend=RATIONAL,
)
T.reject(
    Reason.SLOPE_UNCERTAIN,
    "a little less than is true",
    CUBIC,
    cube("1/3", 1),
    slope("4/3", "1.4999"),
    backend=RATIONAL,
)

T.group("The signs at the ends must be strict and opposite")
T.reject(Reason.NO_SIGN_CHANGE, "x + 1", linear([["1"]], ["1"]), cube(1, 1), slope(1, 1))
T.reject(
    Reason.NO_SIGN_CHANGE, "cubic on [1/4, 1/2]", CUBIC, interval("1/4", "1/2"), slope("9/8", "3/2"), backend=RATIONAL
)
T.reject(Reason.NO_SIGN_CHANGE, "the fixed point is an end", linear([["2"]]), interval(0, 1), slope(2, 2))
T.reject(Reason.NO_SIGN_CHANGE, "a single point, though fixed", linear([["2"]]), interval(0, 0), slope(2, 2))
T.reject(
    Reason.NO_SIGN_CHANGE,
    "three fixed points, the outer ones as ends",
    CUBIC,
    cube(1, 1),
    slope(0, "3/2"),
    backend=RATIONAL,
)
T.reject(
    Reason.NO_SIGN_CHANGE,
    "x^2 + 1/4 touches the diagonal",
    polynomial("1/4", 0, 1),
    interval(0, 1),
    slope(0, 2),
    backend=RATIONAL,
)
T.reject(
    Reason.NO_SIGN_CHANGE, "one bias moves the crossing out", linear([["2"]], [("-2", "1")]), cube(1, 1), slope(2, 2)
)

T.group("A slope of 1 may hide more fixed points")
T.reject(Reason.SLOPE_UNCERTAIN, "three fixed points of the cubic", CUBIC, cube("11/10", 1), slope("-1/3", "3/2"))
T.reject(Reason.SLOPE_UNCERTAIN, "1 is the upper bound", linear([["1/2"]]), cube(1, 1), slope("1/2", 1))
T.reject(Reason.SLOPE_UNCERTAIN, "1 is the lower bound", linear([["2"]]), cube(1, 1), slope(1, 2))
T.reject(
    Reason.SLOPE_UNCERTAIN,
    "a kink from 1/2 to 2",
    fp.loop("relu", [["2"]], ["-1/2"]),
    interval("-1/4", "1/3"),
    slope(0, 2),
)

T.group("A jump crosses without a fixed point")
T.reject(Reason.NOT_CONTINUOUS, "-3/2 sign(x)", chain(act("sign"), affine([["-3/2"]], ["0"])), cube(1, 1), slope(0, 0))
T.reject(
    Reason.NOT_CONTINUOUS,
    "a jump at an end",
    chain(act("sign"), affine([["-3/2"]], ["1/2"])),
    interval(0, 3),
    slope(0, 0),
)

T.group("The rule is about intervals")
T.out_of_scope(Reason.WRONG_REGION, "the line", linear([["1/2"]]), line(), slope("1/2", "1/2"))
T.out_of_scope(Reason.WRONG_REGION, "a square", linear([["1/2", "0"], ["0", "1/2"]]), cube(1, 2), slope("1/2", "1/2"))
T.out_of_scope(Reason.WRONG_REGION, "a union", linear([["1/2"]]), Cover(parts=(cube(1, 1),)), slope("1/2", "1/2"))
T.reject(
    Reason.NOT_RATIONAL,
    "tanh in rationals",
    fp.loop("tanh", [["2"]]),
    cube("1/10", 1),
    slope("1.9", 2),
    backend=RATIONAL,
)
T.reject(Reason.NOT_FINITE, "an overflow", polynomial(*[0] * 200, 1, name="x^200"), interval(0, "1e4000"), slope(0, 1))

CASES = T.cases


@T.parametrize()
def test_crossing(case: Case) -> None:
    verify(case)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("cubic at 0: repelling", "repelling"),
        ("cubic at 1: attracting", "attracting"),
        ("-2x: repelling", "repelling"),
        ("-x: of unknown stability", "of unknown stability"),
    ],
)
def test_the_claim_says_whether_it_attracts(name: str, kind: str) -> None:
    claim = verify(next(case for case in CASES if case.name == name))
    assert claim is not None
    assert claim.sentence().endswith(f": it is {kind}.")
