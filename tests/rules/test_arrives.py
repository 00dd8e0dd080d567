"""arrives: a start, or a box of starts, is carried into a ball or box that is attracted to a fixed point."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fpverify as fp
from fpverify.kernel.claim import Claim
from fpverify.kernel.errors import FormatError
from fpverify.kernel.network import Network
from fpverify.kernel.norm import OneNorm, SupNorm
from fpverify.kernel.region import Ball, BoxRegion, Cover, Punctured, parts_of, region_from_data
from fpverify.kernel.verdict import Reason, Status
from tests.rules.cases import (
    FIXED,
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
    rate,
    step,
    verify,
)
from tests.rules.counting import HALF, STEEP_TYPES
from tests.rules.factors import attracted, ball
from tests.rules.simulate import Simulation, samples
from tests.rules.test_random import ends, inside

T = Table("arrives")

STEEP = fp.loop("tanh", [["2"]])
TURN = fp.loop("tanh", [["3/5", "1"], ["-2/5", "1/2"]], ["1/10", "0"])
DEEP = chain(
    affine([["2", "1"], ["-1", "1/2"], ["1/2", "-1"]], ["1", "0", "-1/5"]),
    act("tanh"),
    affine([["1", "-1/4", "1/2"], ["1/8", "1/5", "-1/2"]], ["0", "1/10"]),
    act("sigmoid"),
    size=2,
    name="2-3-2",
)
HARD = chain(affine([["3"]], ["1/2"]), act("hardtanh"), affine([["1/2"]], ["0"]), act("hardtanh"), name="two kinks")
SIGN = chain(affine([["1"]], ["0"]), act("sign"), name="sign")
FAMILY = fp.loop("tanh", [[("199/100", "201/100")]])
SQUARED = chain(affine([["1"]], ["0"]), act("polynomial", coefficients=["0", "0", "1"]), name="x^2")


def premise(network: Network, start: list[float], radius: Any, distance: Any = "1/1000000", **rest: Any) -> Case:
    """Return the premise: a ball around the point to which *start* comes."""
    region, witness = attracted(network, start, radius)
    return step("attracts", network, region, {**witness, "distance": distance}, **rest)


def steps(number: Any) -> dict[str, Any]:
    return {"steps": number}


UPPER = premise(STEEP, [1], "1/4")
LOWER = premise(STEEP, [-1], "1/4")
TURNS = premise(TURN, [0, 0], "1/10")
DEEPER = premise(DEEP, [0, 0], "1/4")
FLAT = premise(HARD, [1], "1/4", backend=RATIONAL)
STEP_UP = premise(SIGN, [1], "1/4")
SEVERAL = premise(FAMILY, [1], "1/4", "1/50")
ZERO = premise(SQUARED, [0], "1/4")

T.group("Starts that are carried into the ball")
T.accept("one start, by tanh 2x", STEEP, interval("1/100", "1/100"), steps(9), premises=(UPPER,))
T.accept("a box of starts", STEEP, interval("1/100", 5), steps(9), premises=(UPPER,))
T.accept("the other ball", STEEP, interval("-5", "-1/100"), steps(9), premises=(LOWER,))
T.accept("several boxes", STEEP, Cover(parts=(interval("1/5", "1/4"), interval(2, 3))), steps(9), premises=(UPPER,))
T.accept("inside of the ball, without a step", STEEP, interval("95/100", "96/100"), steps(0), premises=(UPPER,))
T.accept("two neurons that turn", TURN, BoxRegion.of(("1/2", "501/1000"), (0, "1/10000")), steps(18), premises=(TURNS,))
T.accept("a thin box", TURN, BoxRegion.of(("1/2", "1/2"), (0, "1/10000")), steps(18), premises=(TURNS,))
T.accept("2-3-2", DEEP, BoxRegion.of((-1, "-99/100"), (1, "101/100")), steps(20), premises=(DEEPER,))
T.accept("through kinks, in exact numbers", HARD, interval("1/10", 3), steps(3), premises=(FLAT,), backend=RATIONAL)
T.accept("beside a jump", SIGN, interval("1/1000", 9), steps(1), premises=(STEP_UP,))
T.accept("a family", FAMILY, interval("1/10", 1), steps(9), premises=(SEVERAL,))
T.accept("x^2 to 0", SQUARED, cube("9/10", 1), steps(5), premises=(ZERO,))
T.accept("with the backend fixed", STEEP, interval("1/100", 5), steps(9), premises=(UPPER,), backend=FIXED)
LOST = Reason.NOT_CARRIED
T.reject(LOST, "too few steps", STEEP, interval("1/100", "1/100"), steps(5), premises=(UPPER,))
T.reject(LOST, "the repelling point", STEEP, interval(0, 0), steps(999), premises=(UPPER,))
T.reject(LOST, "a box that holds the repelling point", STEEP, interval(0, 1), steps(99), premises=(UPPER,))
T.reject(LOST, "the other side", STEEP, interval("-1/10", "-1/100"), steps(99), premises=(UPPER,))
TWO_SIDES = Cover(parts=(interval("1/10", 1), interval(-1, "-1/10")))
T.reject(LOST, "boxes on both sides", STEEP, TWO_SIDES, steps(99), premises=(UPPER,))
T.reject(
    LOST, "both sides, the other one first", STEEP, Cover(parts=TWO_SIDES.parts[::-1]), steps(99), premises=(UPPER,)
)
T.reject(LOST, "just outside of the ball", STEEP, interval("12/10", "13/10"), steps(0), premises=(UPPER,))
T.reject(LOST, "a large box that turns", TURN, cube(1, 2), steps(1), premises=(TURNS,))
T.reject(LOST, "a jump", SIGN, interval(0, 9), steps(1), premises=(STEP_UP,))
T.reject(LOST, "both sides of a jump", SIGN, cube(1, 1), steps(9), premises=(STEP_UP,))
T.reject(LOST, "the repeller 1 of x^2", SQUARED, interval("9/10", 1), steps(99), premises=(ZERO,))
T.reject(LOST, "members of a family that are slow", FAMILY, interval("1/100", 1), steps(5), premises=(SEVERAL,))
T.reject(Reason.NOT_FINITE, "an orbit that escapes", SQUARED, cube(9, 1), steps(9999), premises=(ZERO,))
T.reject(
    Reason.NOT_RATIONAL, "tanh in exact numbers", STEEP, interval(1, 1), steps(1), premises=(UPPER,), backend=RATIONAL
)

T.group("Regions on which f contracts attract, too")
BOX = interval("9/10", 1)
BANACH = step("banach", STEEP, BOX, rate("1/2"))
SUP = Ball(centre=(Fraction(24, 25),), radius=Fraction(1, 10), norm=SupNorm(weights=(Fraction(1),)))
LOCAL = step("local_ball", STEEP, SUP, {"rate": "1/2"})
ONE = Ball(centre=(Fraction(0),) * 2, radius=Fraction(1, 10), norm=OneNorm(weights=(Fraction(1), Fraction(1, 2))))
SHRINK = linear([["1/2", "0"], ["0", "1/2"]])
DIAMOND = step("local_ball", SHRINK, ONE, {"rate": "1/2"})
T.accept("into a box", STEEP, interval("1/100", 5), steps(9), premises=(BANACH,))
T.accept("into a ball of the sup norm", STEEP, interval("1/100", 5), steps(9), premises=(LOCAL,))
T.accept("into a ball of the 1-norm", SHRINK, cube(1, 2), steps(4), premises=(DIAMOND,))
T.reject(LOST, "into a ball of the 1-norm, too early", SHRINK, cube(1, 2), steps(3), premises=(DIAMOND,))
T.reject(LOST, "into a box, too early", STEEP, interval("1/100", 5), steps(5), premises=(BANACH,))
T.reject(LOST, "just outside of the box", STEEP, interval("89/100", "95/100"), steps(0), premises=(BANACH,))
T.reject(LOST, "into a box from the other side", STEEP, interval(-1, 1), steps(99), premises=(BANACH,))

T.group("The premise is that a ball or box of the same network is attracted")
MISSING = Reason.HYPOTHESIS_MISSING
T.reject(MISSING, "another network", fp.loop("tanh", [["3"]]), interval(1, 1), steps(9), premises=(UPPER,))
T.reject(MISSING, "a member of the family", STEEP, interval(1, 1), steps(9), premises=(SEVERAL,))
T.reject(MISSING, "a family that holds the network", FAMILY, interval(1, 1), steps(9), premises=(UPPER,))
T.reject(MISSING, "a list of points with balls", STEEP, interval(1, 1), steps(9), premises=(STEEP_TYPES,))
EVERYWHERE = step("banach", HALF, line(), rate("1/2"))
T.reject(MISSING, "a contraction on the line", HALF, interval(1, 1), steps(9), premises=(EVERYWHERE,))
ABSORBED = step("absorbing", STEEP, interval("1/2", 1), steps(9), premises=(BANACH,))
T.reject(MISSING, "an absorbed box", STEEP, interval("1/10", 1), steps(9), premises=(ABSORBED,))
AGAIN = step("arrives", STEEP, interval("1/2", 1), steps(9), premises=(UPPER,))
T.reject(MISSING, "starts in place of a ball", STEEP, interval("1/10", 1), steps(9), premises=(AGAIN,))

T.group("The region is a box or several boxes of the state space")
WRONG = Reason.WRONG_REGION
T.out_of_scope(WRONG, "the line", STEEP, line(), steps(9), premises=(UPPER,))
T.out_of_scope(WRONG, "a ball", STEEP, ball([1], "1/10"), steps(9), premises=(UPPER,))
T.out_of_scope(WRONG, "a square for a scalar loop", STEEP, cube(1, 2), steps(9), premises=(UPPER,))
T.out_of_scope(WRONG, "an interval for two neurons", TURN, cube(1, 1), steps(9), premises=(TURNS,))
PUNCTURED = Punctured(parts=(interval(0, 1),), without=Fraction(0))
T.out_of_scope(WRONG, "an interval without its end", STEEP, PUNCTURED, steps(9), premises=(UPPER,))

CASES = T.cases


@T.parametrize()
def test_arrives(case: Case) -> None:
    verify(case)


def test_the_claim_names_the_ball() -> None:
    claim = verify(CASES[0])
    assert claim is not None
    assert claim.facts == {"into": UPPER.region.to_data()}
    assert claim.sentence().startswith(
        "tanh loop on R^1: every orbit from [1/100, 1/100] converges to the fixed point of f"
    )


def test_the_box_that_is_not_carried_is_named() -> None:
    case = next(case for case in CASES if case.name == "boxes on both sides")
    assert case.decide()[0].detail == "not carried there: [-1, -1/10]"


def _believed(network: Network, centre: Any, radius: Any) -> Claim:
    facts = {"distance": "1", "rate": "1/2"}
    return Claim(kind="attracts", network=network.digest, name="", region=ball(centre, radius), facts=facts)


@pytest.mark.parametrize(("corner", "reason"), [("3/5", Reason.ALL_HYPOTHESES_HOLD), ("6000001/10000000", LOST)])
def test_the_farthest_corner_decides(corner: str, reason: Reason) -> None:
    """The box [0, 3/5] x [-4/5, 0] touches the unit circle in its corner, exactly."""
    box, claim = BoxRegion.of((0, corner), ("-4/5", 0)), _believed(TURN, [0, 0], 1)
    case = step("arrives", TURN, box, steps(0), believed=(claim,), backend=RATIONAL)
    assert case.decide()[0].reason is reason


@pytest.mark.parametrize("case", [case for case in CASES if case.is_accepted], ids=str)
def test_orbits_come_to_the_point(case: Case) -> None:
    """To one limit for each member of a family, near to the centre of the ball; in the ball after the steps."""
    claim, rng = case.decide()[1], np.random.default_rng(5)
    assert claim is not None
    target = region_from_data(claim.facts["into"])
    for _ in range(3):
        f = Simulation(case.network.to_data(), rng)
        for part in parts_of(case.region):
            x = samples(np.array(part.lo, dtype=float), np.array(part.hi, dtype=float), 30, rng)
            for _ in range(case.witness["steps"]):
                x = f(x)
            assert inside(target, x).all()
            end = np.concatenate([x, samples(*ends(target), 3, rng)[-1:]])
            for _ in range(400):
                end = f(end)
            assert np.max(np.abs(end - end[0])) < 1e-8


@given(st.fractions(-2, 2, max_denominator=50), st.fractions(0, 1, max_denominator=50), st.integers(0, 30))
def test_random_boxes_end_where_the_orbits_do(low: Fraction, width: Fraction, number: int) -> None:
    """Whatever is accepted for the upper point lies right of 0, for the lower one left of it; never both."""
    box, found = BoxRegion(lo=(low,), hi=(low + width,)), []
    for given_premise in (UPPER, LOWER):
        verdict, _ = step("arrives", STEEP, box, steps(number), premises=(given_premise,)).decide()
        found.append(verdict.status is Status.PROVED)
    assert not all(found)
    assert not found[0] or low > 0
    assert not found[1] or low + width < 0


# ------------------------------------------------------------------ malformed witnesses


@pytest.mark.parametrize("number", [None, -1, 10_001, True, 1.0, "3", [3]], ids=repr)
def test_the_number_of_steps_is_a_whole_number_within_its_range(number: Any) -> None:
    with pytest.raises(FormatError):
        step("arrives", STEEP, interval(1, 1), steps(number), premises=(UPPER,)).decide()


def test_the_number_of_steps_may_not_be_missing() -> None:
    with pytest.raises(FormatError):
        step("arrives", STEEP, interval(1, 1), {}, premises=(UPPER,)).decide()


def test_the_rule_has_one_premise() -> None:
    for premises in ((), (UPPER, LOWER)):
        with pytest.raises(FormatError):
            step("arrives", STEEP, interval(1, 1), steps(9), premises=premises).decide()


def test_an_attracted_region_of_another_kind_is_no_premise() -> None:
    claim = replace(_believed(STEEP, [1], 1), region=Cover(parts=(cube(1, 1),)))
    case = step("arrives", STEEP, interval(1, 1), steps(0), believed=(claim,))
    assert case.decide()[0].reason is MISSING
