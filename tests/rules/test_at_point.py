"""at_point: bounds of a value or a slope at one exact state."""

from typing import Any

import fpverify as fp
from fpverify.kernel.region import Cover
from fpverify.kernel.verdict import Reason
from tests.rules.cases import (
    RATIONAL,
    Case,
    Table,
    act,
    chain,
    cube,
    interval,
    line,
    linear,
    polynomial,
    verify,
)

T = Table("at_point")


def within(low: Any, high: Any, *entry: int) -> dict[str, Any]:
    return {"bounds": [str(low), str(high)], "entry": list(entry or (0,))}


F = fp.loop("quartic", [["1"]])
CUBIC = fp.loop("cubic", [["1"]])
PAIR = linear([["1", "2"], ["3", "4"]], ["5", "6"])
RELU = fp.loop("relu", [["1"]])

T.group("Values and slopes, exactly or with room")
T.accept(
    "F'(1.502) = -71533501/78125000 (P5)",
    F,
    interval("1.502", "1.502"),
    within("-71533501/78125000", "-71533501/78125000", 0, 0),
    backend=RATIONAL,
)
T.accept("the same with room, rounded", F, interval("1.502", "1.502"), within("-0.9157", "-0.9156", 0, 0))
T.accept("the cubic fixes 1", CUBIC, interval(1, 1), within(1, 1), backend=RATIONAL)
T.accept("an entry of a vector", PAIR, fp.BoxRegion.of((1, 1), (2, 2)), within(17, 17, 1))
T.accept("an entry of a matrix", PAIR, fp.BoxRegion.of((1, 1), (2, 2)), within(2, 2, 0, 1))
T.accept("the entry below the diagonal", PAIR, fp.BoxRegion.of((1, 1), (2, 2)), within(3, 3, 1, 0))
T.accept("both slopes at a kink", RELU, interval(0, 0), within(0, 1, 0, 0))
T.accept("a chain: sin(tanh(0))", chain(act("tanh"), act("sin")), interval(0, 0), within("-1e-30", "1e-30"))
T.accept("a product: the slope of x^2 at 3", chain({"multiply": {"with": 0}}), interval(3, 3), within(6, 6, 0, 0))
T.accept(
    "a residual slope: 1 + cos(0)",
    chain(act("sin"), {"add": {"with": 0}}),
    interval(0, 0),
    within("1.999", "2.001", 0, 0),
)

T.group("The number must lie within the bounds")
T.reject(Reason.FACT_UNCERTAIN, "F'(1.502) is below -9/10", F, interval("1.502", "1.502"), within("-9/10", 0, 0, 0))
T.reject(
    Reason.FACT_UNCERTAIN,
    "it is not -71533502/78125000",
    F,
    interval("1.502", "1.502"),
    within("-71533502/78125000", "-71533502/78125000", 0, 0),
    backend=RATIONAL,
)
T.reject(
    Reason.FACT_UNCERTAIN,
    "exact bounds, rounded",
    F,
    interval("1.502", "1.502"),
    within("-71533501/78125000", "-71533501/78125000", 0, 0),
)
T.reject(Reason.FACT_UNCERTAIN, "above the upper bound", CUBIC, interval(1, 1), within(0, "0.999999"), backend=RATIONAL)
T.reject(Reason.FACT_UNCERTAIN, "below the lower bound", CUBIC, interval(1, 1), within("1.000001", 2), backend=RATIONAL)
T.reject(
    Reason.FACT_UNCERTAIN,
    "rows and columns are not exchanged",
    PAIR,
    fp.BoxRegion.of((1, 1), (2, 2)),
    within(3, 3, 0, 1),
)
T.reject(
    Reason.FACT_UNCERTAIN, "values and slopes are not exchanged", PAIR, fp.BoxRegion.of((1, 1), (2, 2)), within(1, 4, 1)
)
T.reject(Reason.FACT_UNCERTAIN, "one slope of a kink", RELU, interval(0, 0), within(1, 1, 0, 0))
T.reject(Reason.FACT_UNCERTAIN, "the midpoint of a kink", RELU, interval(0, 0), within("1/2", "1/2", 0, 0))

T.group("The region is one state of an exact, continuous network")
T.reject(Reason.WRONG_REGION, "an interval", CUBIC, interval(0, 1), within(-1, 1))
T.reject(Reason.WRONG_REGION, "a state of the plane for a scalar loop", CUBIC, cube(0, 2), within(-1, 1))
T.reject(Reason.WRONG_REGION, "the line", CUBIC, line(), within(-9, 9))
T.reject(Reason.WRONG_REGION, "a union", CUBIC, Cover(parts=(interval(1, 1),)), within(-1, 1))
T.reject(Reason.WRONG_REGION, "an uncertain weight", linear([[("0", "1")]]), interval(1, 1), within(0, 1))
T.reject(Reason.WRONG_REGION, "a jump", fp.loop("sign", [["1"]]), interval(1, 1), within(0, 0, 0, 0))
T.reject(
    Reason.NOT_RATIONAL, "tanh in rationals", fp.loop("tanh", [["1"]]), interval(0, 0), within(0, 0), backend=RATIONAL
)
T.reject(
    Reason.NOT_FINITE,
    "an overflow",
    polynomial(*[0] * 200, 1, name="x^200"),
    interval("1e4000", "1e4000"),
    within(0, 1),
)

CASES = T.cases


@T.parametrize()
def test_at_point(case: Case) -> None:
    verify(case)


def _sentence(name: str) -> str:
    claim = verify(next(case for case in CASES if case.name == name))
    assert claim is not None
    return claim.sentence()


def test_the_claim_names_value_or_slope() -> None:
    assert "at x = (1, 2), f_1 is at least 17 and at most 17." in _sentence("an entry of a vector")
    assert "at x = (1, 2), the derivative of f_0 by x_1 is at least 2" in _sentence("an entry of a matrix")


def test_at_a_kink_no_derivative_is_claimed() -> None:
    """ReLU has no derivative at 0, so that "the derivative is at least 0" would be no true sentence."""
    assert "every one-sided derivative of f_0 by x_0 is at least 0 and at most 1." in _sentence("both slopes at a kink")
