"""local_ball: one fixed point in a ball, by a rate and one residual."""

from fractions import Fraction
from typing import Any

import fpverify as fp
from fpverify.kernel.norm import norm_from_data
from fpverify.kernel.region import Ball
from fpverify.kernel.verdict import Reason
from tests.rules.cases import (
    RATIONAL,
    Case,
    Table,
    act,
    affine,
    chain,
    cube,
    line,
    linear,
    norm,
    polynomial,
    sup,
    verify,
)

T = Table("local_ball")


def ball(centre: list[Any], radius: Any, norm_data: dict[str, Any] | None = None) -> Ball:
    data = norm_data or sup(*[1] * len(centre))
    return Ball(
        centre=tuple(Fraction(c) for c in centre),
        radius=Fraction(radius),
        norm=norm_from_data(data, len(data["weights"])),
    )


def at(rate: Any) -> dict[str, str]:
    return {"rate": str(rate)}


CUBIC = fp.loop("cubic", [["1"]])
SHEAR = linear([["1/2", "10"], ["0", "1/2"]])
TURN = linear([["3/5", "3/5"], ["-3/5", "3/5"]])
RESIDUAL = chain(affine([["-1/2"]], ["1/100"]), act("tanh"), {"add": {"with": 0}})

T.group("A small residual and a rate below 1 are enough (T1.2)")
T.accept("cubic around 19/20, K attained", CUBIC, ball(["19/20"], "1/10"), at("333/800"), backend=RATIONAL)
T.accept("the same, rounded, with room", CUBIC, ball(["19/20"], "1/10"), at("17/40"))
T.accept("a residual network, whose box is not certainly invariant", RESIDUAL, ball([0], "1/2"), at("7/10"))
T.accept(
    "a product of values",
    chain({"multiply": {"with": 0}}, affine([["1/4"]], ["1/8"])),
    ball([0], "1/2"),
    at("1/4"),
    backend=RATIONAL,
)
T.accept(
    "three layers",
    chain(affine([["1/2"], ["1/3"]], ["0", "0"]), act("tanh"), affine([["1/4", "1/4"]], ["1/10"]), act("sin")),
    ball([0], 1),
    at("1/4"),
)
T.accept("every bias in [-1/8, 1/8]", linear([["1/2"]], [("-1/8", "1/8")]), ball([0], "1/4"), at("1/2"))

T.group("Rate, residual and ball are those of one norm")
T.accept("a turn, whose square is not invariant, in the 2-norm", TURN, ball([0, 0], 1, norm("two", 1, 1)), at("17/20"))
T.reject(Reason.RATE_UNCERTAIN, "a turn in the sup norm", TURN, ball([0, 0], 1), at("17/20"))
T.accept("the shear, weights (40, 1)", SHEAR, ball([0, 0], 1, sup(40, 1)), at("3/4"))
T.reject(Reason.RATE_UNCERTAIN, "the shear, weights (1, 40)", SHEAR, ball([0, 0], 1, sup(1, 40)), at("3/4"))
T.accept("the shear in the 1-norm, weights (1, 40)", SHEAR, ball([0, 0], 1, norm("one", 1, 40)), at("3/4"))
T.accept(
    "a residual of (1/8, 1/8) in the sup norm",
    linear([["1/2", "0"], ["0", "1/2"]], ["1/8", "1/8"]),
    ball([0, 0], "1/4"),
    at("1/2"),
)
T.reject(
    Reason.RESIDUAL_TOO_LARGE,
    "of (1/8, 1/8) in the 1-norm",
    linear([["1/2", "0"], ["0", "1/2"]], ["1/8", "1/8"]),
    ball([0, 0], "1/4", norm("one", 1, 1)),
    at("1/2"),
)
T.reject(
    Reason.RESIDUAL_TOO_LARGE,
    "of (1/8, 1/8) in the 2-norm",
    linear([["1/2", "0"], ["0", "1/2"]], ["1/8", "1/8"]),
    ball([0, 0], "1/4", norm("two", 1, 1)),
    at("3/5"),
)
T.reject(
    Reason.RESIDUAL_TOO_LARGE,
    "weights shrink the ball in the coordinate that moves",
    linear([["1/2", "0"], ["0", "1/2"]], ["1/8", "0"]),
    ball([0, 0], "1/4", sup("1/2", 1)),
    at("1/2"),
)

T.group("A residual that touches is proved exactly, and by rounding only where nothing is rounded")
T.accept("1/10 = (1 - 1/2) 1/5", linear([["1/4"]], ["1/10"]), ball([0], "1/5"), at("1/2"), backend=RATIONAL)
T.reject(Reason.RESIDUAL_TOO_LARGE, "the same, rounded", linear([["1/4"]], ["1/10"]), ball([0], "1/5"), at("1/2"))
T.accept("1/8 = (1 - 1/2) 1/4, dyadic", linear([["1/4"]], ["1/8"]), ball([0], "1/4"), at("1/2"))
T.reject(
    Reason.RESIDUAL_TOO_LARGE,
    "a radius a little smaller",
    linear([["1/4"]], ["1/10"]),
    ball([0], "0.1999999"),
    at("1/2"),
    backend=RATIONAL,
)

T.group("A ball of radius 0 is a point, which must be fixed")
T.accept("0 of x/2", linear([["1/2"]]), ball([0], 0), at("1/2"))
T.reject(Reason.RESIDUAL_TOO_LARGE, "1 of x/2", linear([["1/2"]]), ball([1], 0), at("1/2"))

T.group("The fixed point must be near to the centre")
T.reject(Reason.RESIDUAL_TOO_LARGE, "beside 1: the ball ends at 17/20", CUBIC, ball(["4/5"], "1/20"), at("7/10"))
T.reject(Reason.RESIDUAL_TOO_LARGE, "x/2 + 1 around 0", linear([["1/2"]], ["1"]), ball([0], 1), at("1/2"))
T.reject(
    Reason.RESIDUAL_TOO_LARGE, "one bias is 1/2", linear([["1/2"]], [("-1/8", "1/2")]), ball([0], "1/4"), at("1/2")
)

T.group("The slopes on the whole ball count")
T.reject(Reason.RATE_UNCERTAIN, "K = 333/800, rounded", CUBIC, ball(["19/20"], "1/10"), at("333/800"))
T.reject(Reason.RATE_UNCERTAIN, "the slope at the centre alone", CUBIC, ball(["19/20"], "1/10"), at("3/20"))
T.reject(
    Reason.RATE_UNCERTAIN,
    "a ball that reaches the kink",
    fp.loop({"name": "leaky_relu", "slope": "0"}, [["2"]]),
    ball(["-1"], 1),
    at("1/2"),
)
T.reject(Reason.RATE_UNCERTAIN, "a jump in the ball", fp.loop("sign", [["1"]]), ball([1], 1), at("0"))
T.reject(Reason.RATE_UNCERTAIN, "one weight is 9/10", linear([[("0", "9/10")]]), ball([0], 1), at("1/2"))

T.group("K = 1 is not enough")
T.reject(Reason.RATE_NOT_BELOW_ONE, "the identity", linear([["1"]]), ball([0], 1), at("1"))
T.reject(
    Reason.RATE_NOT_BELOW_ONE, "x + 1, K = 2: (1 - K) r is negative", linear([["1"]], ["1"]), ball([0], 1), at("2")
)

T.group("The rule is about balls of the right dimension")
T.out_of_scope(Reason.WRONG_REGION, "a box", linear([["1/2"]]), cube(1, 1), at("1/2"))
T.out_of_scope(Reason.WRONG_REGION, "the line", linear([["1/2"]]), line(), at("1/2"))
T.reject(Reason.WRONG_REGION, "a ball of the plane for a scalar loop", linear([["1/2"]]), ball([0, 0], 1), at("1/2"))

T.group("Arithmetic that fails is no proof")
T.reject(
    Reason.NOT_RATIONAL, "tanh in rationals", fp.loop("tanh", [["1/2"]]), ball([0], 1), at("1/2"), backend=RATIONAL
)
T.reject(Reason.NOT_FINITE, "an overflow", polynomial(*[0] * 200, 1, name="x^200"), ball(["1e4000"], 1), at("1/2"))

CASES = T.cases


@T.parametrize()
def test_local_ball(case: Case) -> None:
    verify(case)


def test_the_claim_names_the_ball_and_its_norm() -> None:
    claim = verify(next(case for case in CASES if case.name == "the shear, weights (40, 1)"))
    assert claim is not None
    assert "in the ball of radius 1 around (0, 0) in the sup norm with weights (40, 1)" in claim.sentence()
