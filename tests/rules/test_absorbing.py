"""absorbing: from a box to a larger region whose orbits all enter it."""

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
from fpverify.kernel.region import BoxRegion, Cover, Region
from fpverify.kernel.verdict import Reason, Status
from tests.rules.cases import (
    ARB,
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
    polynomial,
    rate,
    step,
    sup,
    verify,
)
from tests.rules.counting import FAMILY as STEEP_FAMILY
from tests.rules.counting import FAMILY_COUNT, HALF, HALF_COUNT, STEEP, STEEP_COUNT, STEEP_TYPES, UNIT, counted, point
from tests.rules.factors import ball, sector
from tests.rules.simulate import SLACK, Simulation, distance, samples
from tests.rules.test_sector import chains, fixed_points

T = Table("absorbing")


def steps(number: Any) -> dict[str, Any]:
    return {"steps": number}


def unique(network: Network, box: BoxRegion, bound: Any, weights: Any = (1,), backend: Any = ARB) -> Case:
    """Return the premise that one point attracts the box."""
    return step("banach", network, box, rate(bound, sup(*weights)), backend=backend)


HALF_UNIQUE = unique(HALF, UNIT, "1/2")
SHIFTED = fp.loop("tanh", [["2"]], ["1/4"])
SMALL = interval("9/10", 1)
SHIFTED_UNIQUE = unique(SHIFTED, SMALL, "1/5")
DEEP = chain(
    affine([["2"], ["-1"]], ["1", "0"]), act("tanh"), affine([["1/2", "1/2"]], ["1/3"]), act("tanh"), name="1-2-1"
)
DEEP_BOX = interval("4/10", "65/100")
DEEP_UNIQUE = unique(DEEP, DEEP_BOX, "9/10")
DEEP_LAYERED = step("layered", DEEP, DEEP_BOX, rate("9/10"))
PAIR = fp.loop("sigmoid", [["1", "-1"], ["1/2", "1/2"]])
PAIR_BOX = BoxRegion.of(("3/10", "7/10"), ("5/10", "8/10"))
PAIR_UNIQUE = unique(PAIR, PAIR_BOX, "6/10", (1, 1))
FAMILY = fp.loop("tanh", [[("1", "2")]], [("2", "9/4")])
FAMILY_UNIQUE = unique(FAMILY, SMALL, "1/2")
TURNED = fp.loop("tanh", [["-3"]])
TURNED_COUNT = step("sector", TURNED, UNIT, sector(TURNED, UNIT))
HARD = chain(affine([["1/3"]], ["2"]), act("hardtanh"), name="hardtanh")
HARD_UNIQUE = unique(HARD, interval("99/100", "101/100"), "0", backend=RATIONAL)
SIGN = chain(affine([["1"]], ["2"]), act("sign"), affine([["1/2"]], ["0"]), act("sign"), name="two jumps")
SIGN_UNIQUE = unique(SIGN, interval("9/10", "11/10"), "0")
JUMP = chain(act("sign"), affine([["1/2"]], ["3/4"]), name="sign, then affine")
JUMP_UNIQUE = unique(JUMP, interval(1, "3/2"), "0")
SQUARED = polynomial(0, 0, 1)
SQUARED_UNIQUE = unique(SQUARED, cube("1/4", 1), "1/2")
OPEN = step("cover", HALF, UNIT, counted("s0:1/2 p0 ?", point((0, 0), (-2, 2)), share="1/4"))
EXISTS = step("brouwer", HALF, UNIT)
FLAT = linear([["1/2", "0"], ["0", "0"]])
FLAT_BOX = BoxRegion.of((-1, 1), (0, 0))
FLAT_UNIQUE = unique(FLAT, FLAT_BOX, "1/2", (1, 1))
LOCAL = step(
    "local_ball",
    HALF,
    fp.Ball(centre=(Fraction(0),), radius=Fraction(1), norm=fp.SupNorm(weights=(Fraction(1),))),
    {"rate": "1/2"},
)

T.group("All orbits enter a box that one point attracts")
T.accept("x/2 after three steps", HALF, cube(8, 1), steps(3), premises=(HALF_UNIQUE,))
T.accept("tanh(2x + 1/4) from the positive numbers", SHIFTED, interval(0, 5), steps(4), premises=(SHIFTED_UNIQUE,))
T.accept("two layers, by layered", DEEP, line(), steps(9), premises=(DEEP_LAYERED,))
T.accept("two layers, by banach", DEEP, interval(-3, 5), steps(9), premises=(DEEP_UNIQUE,))
T.accept("the plane", PAIR, line(2), steps(9), premises=(PAIR_UNIQUE,))
T.accept("the plane, with the backend fixed", PAIR, line(2), steps(9), premises=(PAIR_UNIQUE,), backend=FIXED)
T.accept("a family", FAMILY, interval(0, 2), steps(1), premises=(FAMILY_UNIQUE,))
T.accept("a kink, in exact numbers", HARD, interval(-3, 9), steps(1), premises=(HARD_UNIQUE,), backend=RATIONAL)
T.accept("jumps that are left in one step", SIGN, interval(-3, 2), steps(2), premises=(SIGN_UNIQUE,))
T.accept(
    "into a thin box",
    FLAT,
    cube(2, 2),
    steps(1),
    premises=(unique(FLAT, BoxRegion.of((-1, 1), (0, 0)), "1/2", (1, 1)),),
)
T.accept("the box itself", HALF, UNIT, steps(1), premises=(HALF_UNIQUE,))
NOT_INSIDE = Reason.SELF_MAP_UNCERTAIN
T.reject(NOT_INSIDE, "x/2 after two steps", HALF, cube(8, 1), steps(2), premises=(HALF_UNIQUE,))
T.reject(NOT_INSIDE, "x/2 on the line", HALF, line(), steps(1000), premises=(HALF_UNIQUE,))
T.reject(NOT_INSIDE, "a start that ends elsewhere", SHIFTED, interval(-2, 5), steps(20), premises=(SHIFTED_UNIQUE,))
T.reject(
    NOT_INSIDE, "the whole line, where another point attracts", SHIFTED, line(), steps(1000), premises=(SHIFTED_UNIQUE,)
)
T.reject(NOT_INSIDE, "members of a family that are slow", FAMILY, interval(-1, 2), steps(1), premises=(FAMILY_UNIQUE,))
T.reject(NOT_INSIDE, "the plane in one step", PAIR, line(2), steps(1), premises=(PAIR_UNIQUE,))
T.reject(
    NOT_INSIDE,
    "a jump whose other side ends elsewhere",
    JUMP,
    interval("-1/10", "3/2"),
    steps(1),
    premises=(JUMP_UNIQUE,),
)
T.reject(NOT_INSIDE, "the repeller 1 of x^2", SQUARED, UNIT, steps(99), premises=(SQUARED_UNIQUE,))
T.reject(Reason.NOT_FINITE, "orbits that escape", SQUARED, cube(9, 1), steps(999), premises=(SQUARED_UNIQUE,))

T.group("All fixed points are in a box where they were counted")
T.accept("three of tanh 2x", STEEP, cube(5, 1), steps(1), premises=(STEEP_COUNT,))
T.accept("with their types, on the line", STEEP, line(), steps(1), premises=(STEEP_TYPES,))
T.accept("those of a family", STEEP_FAMILY, cube(7, 1), steps(1), premises=(FAMILY_COUNT,))
T.accept("a count by multipliers", TURNED, line(), steps(1), premises=(TURNED_COUNT,))
T.accept("x/2, by counting", HALF, cube(4, 1), steps(2), premises=(HALF_COUNT,))
T.reject(NOT_INSIDE, "too few steps", HALF, cube(4, 1), steps(1), premises=(HALF_COUNT,))
T.reject(NOT_INSIDE, "a linear map on the line", HALF, line(), steps(1000), premises=(HALF_COUNT,))
SHORT = interval("-97/100", "97/100")
SHORT_TREE = "s0:-3/5 p0 s0:-2/5 x s0:2/5 p1 s0:3/5 x p2"
SHORT_COUNT = step("cover", STEEP, SHORT, {**STEEP_COUNT.witness, "tree": SHORT_TREE})
T.accept("a box smaller than the range, later", STEEP, line(), steps(3), premises=(SHORT_COUNT,))
T.reject(NOT_INSIDE, "a box smaller than the range, at once", STEEP, line(), steps(1), premises=(SHORT_COUNT,))

T.group("The premise counts fixed points of the same network in a box")
MISSING = Reason.HYPOTHESIS_MISSING
T.reject(MISSING, "another network", fp.loop("tanh", [["3"]]), line(), steps(1), premises=(STEEP_COUNT,))
T.reject(MISSING, "a member of the family", STEEP, line(), steps(1), premises=(FAMILY_COUNT,))
T.reject(MISSING, "points that may not be all", HALF, cube(4, 1), steps(2), premises=(OPEN,))
T.reject(MISSING, "existence alone", HALF, cube(4, 1), steps(2), premises=(EXISTS,))
T.reject(MISSING, "a ball in place of a box", HALF, cube(4, 1), steps(2), premises=(LOCAL,))
EVERYWHERE = step("everywhere", STEEP, line(), premises=(STEEP_COUNT,))
T.reject(MISSING, "a count on the line", STEEP, line(), steps(1), premises=(EVERYWHERE,))
NONE = step("cover", HALF, interval(1, 2), counted("k"))
T.reject(MISSING, "no fixed point", HALF, interval(1, 4), steps(1), premises=(NONE,))
BELIEVED = Claim(kind="robust", network=HALF.digest, name="half", region=UNIT, facts={"rate": "1/2", "norm": sup(1)})
T.reject(MISSING, "a claim of another kind", HALF, cube(4, 1), steps(2), believed=(BELIEVED,))

T.group("The region is a box that holds the other one, or all of R^d")
OUTSIDE = Reason.WRONG_REGION
T.reject(OUTSIDE, "a smaller box", HALF, cube("1/2", 1), steps(1), premises=(HALF_UNIQUE,))
T.reject(OUTSIDE, "a box beside it", HALF, interval(1, 4), steps(9), premises=(HALF_UNIQUE,))
T.reject(OUTSIDE, "a box that holds the upper end", HALF, interval(0, 4), steps(9), premises=(HALF_UNIQUE,))
T.reject(OUTSIDE, "a box that holds the lower end", HALF, interval(-4, 0), steps(9), premises=(HALF_UNIQUE,))
T.reject(
    OUTSIDE,
    "a box that is larger in one coordinate alone",
    PAIR,
    BoxRegion.of((0, 1), ("6/10", "7/10")),
    steps(9),
    premises=(PAIR_UNIQUE,),
)
T.out_of_scope(OUTSIDE, "a ball", HALF, ball([0], 4), steps(9), premises=(HALF_UNIQUE,))
T.out_of_scope(OUTSIDE, "a union", HALF, Cover(parts=(cube(4, 1),)), steps(9), premises=(HALF_UNIQUE,))
T.out_of_scope(OUTSIDE, "a plane for a scalar loop", HALF, line(2), steps(9), premises=(HALF_UNIQUE,))

CASES = T.cases


@T.parametrize()
def test_absorbing(case: Case) -> None:
    verify(case)


def _named(name: str) -> Claim:
    claim = verify(next(case for case in CASES if case.name == name))
    assert claim is not None
    return claim


def test_the_claims_are_those_of_the_premises() -> None:
    """The rate from the step where the box is reached; or the list of points, unchanged."""
    absorbed = _named("x/2 after three steps")
    assert (absorbed.kind, absorbed.facts["steps"], absorbed.facts["box"]) == ("absorbed", 3, [["-1", "1"]])
    assert absorbed.sentence() == (
        "identity loop on R^1: f has exactly one fixed point p in [-8, 8], and every orbit from there converges to p: "
        "from step 3 on it lies in [-1, 1], and with K = 0.5, |x^(t+3) - p| <= K^t |x^3 - p| in the sup norm."
    )
    counted_claim, premise = _named("with their types, on the line"), STEEP_TYPES.decide()[1]
    assert premise is not None
    assert (counted_claim.kind, counted_claim.facts) == ("exactly", premise.facts)


@pytest.mark.parametrize("case", [case for case in CASES if case.is_accepted], ids=str)
def test_orbits_enter_the_box_and_keep_to_the_rate(case: Case) -> None:
    """Simulated, also for members of the family."""
    claim, rng = case.decide()[1], np.random.default_rng(3)
    assert claim is not None
    (inner,) = (premise.region for premise in case.premises)
    assert isinstance(inner, BoxRegion)
    number = case.witness["steps"]
    for _ in range(3):
        f = Simulation(case.network.to_data(), rng)
        x = samples(*_ends(case.region), 60, rng)
        for _ in range(number):
            x = f(x)
        low, high = _ends(inner)
        assert np.all((x >= low - SLACK) & (x <= high + SLACK))
        if claim.kind == "absorbed":
            limit, first = x, x
            for _ in range(400):
                limit = f(limit)
            assert np.max(np.abs(limit - limit[0])) < 1e-7
            for t in range(1, 30):
                x = f(x)
                bound = float(Fraction(claim.facts["rate"])) ** t * distance(claim.facts["norm"], first, limit[0])
                assert np.all(distance(claim.facts["norm"], x, limit[0]) <= bound + SLACK)


def _ends(region: Region) -> tuple[np.ndarray, np.ndarray]:
    if isinstance(region, BoxRegion):
        return np.array(region.lo, dtype=float), np.array(region.hi, dtype=float)
    return np.full(region.dimension, -1e3), np.full(region.dimension, 1e3)


@given(chains(weights=st.integers(-12, 12).map(lambda n: Fraction(n, 16))), st.integers(1, 6), st.data())
def test_random_chains(network: Network, number: int, data: st.DataObject) -> None:
    """A box around a simulated limit, and R^d: where it is absorbing, Newton's method finds no fixed point outside."""
    d, rng = network.state_size, np.random.default_rng(7)
    x = np.zeros((1, d))
    for _ in range(300):
        x = Simulation(network.to_data())(x)
    half = data.draw(st.sampled_from([Fraction(1, 10), Fraction(1, 3), Fraction(2, 3)]))
    centre = [Fraction(round(float(c) * 2**20), 2**20) for c in x[0]]
    box = BoxRegion(lo=tuple(c - half for c in centre), hi=tuple(c + half for c in centre))
    premise = step("layered", network, box, rate("19/20", sup(*[1] * d)))
    if premise.decide()[1] is None:
        return
    case = step("absorbing", network, line(d), steps(number), premises=(premise,))
    if case.decide()[1] is None:
        return
    for root in fixed_points(network, cube(2, d), rng):
        assert np.all(np.abs(root - x[0]) <= float(half) + 1e-6)


# ------------------------------------------------------------------ malformed witnesses


@pytest.mark.parametrize("number", [None, 0, -1, 1001, True, 1.0, "3", "3.0", [3]], ids=repr)
def test_the_number_of_steps_is_a_whole_number_within_its_range(number: Any) -> None:
    with pytest.raises(FormatError):
        step("absorbing", HALF, cube(8, 1), steps(number), premises=(HALF_UNIQUE,)).decide()


def test_the_number_of_steps_may_not_be_missing() -> None:
    with pytest.raises(FormatError):
        step("absorbing", HALF, cube(8, 1), {}, premises=(HALF_UNIQUE,)).decide()


def test_the_rule_has_one_premise() -> None:
    for premises in ((), (HALF_UNIQUE, HALF_UNIQUE)):
        with pytest.raises(FormatError):
            step("absorbing", HALF, cube(8, 1), steps(3), premises=premises).decide()


def test_a_claim_that_was_absorbed_is_no_premise() -> None:
    """Its rate holds from some step on only."""
    premise = step("absorbing", HALF, cube(8, 1), steps(3), premises=(HALF_UNIQUE,))
    again = step("absorbing", HALF, cube(16, 1), steps(1), premises=(premise,))
    assert again.decide()[0].reason is MISSING


def test_a_premise_about_another_box_is_not_confused() -> None:
    """What counts is the region of the claim."""
    claim = HALF_UNIQUE.decide()[1]
    assert claim is not None
    case = step("absorbing", HALF, cube(8, 1), steps(1), believed=(replace(claim, region=cube("1/100", 1)),))
    assert case.decide()[0].reason is NOT_INSIDE
    assert case.decide()[0].status is Status.UNDECIDED
