"""attracts: a ball that is attracted to one fixed point, by contraction in an ellipsoid norm."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

import fpverify as fp
from fpverify.kernel.claim import Claim
from fpverify.kernel.errors import FormatError, InexactNumberError
from fpverify.kernel.network import Network
from fpverify.kernel.norm import SupNorm
from fpverify.kernel.region import Ball, Cover
from fpverify.kernel.verdict import Reason
from tests.rules.cases import (
    FIXED,
    RATIONAL,
    Case,
    Table,
    act,
    affine,
    chain,
    cube,
    line,
    linear,
    polynomial,
    step,
    verify,
)
from tests.rules.factors import UNIT, attracted, ball, factor_of, numbers
from tests.rules.simulate import SLACK, Simulation
from tests.rules.test_random import run
from tests.rules.test_sector import chains

T = Table("attracts")

STEEP = fp.loop("tanh", [["2"]])
SHEAR = linear([["1/2", "3"], ["0", "1/2"]])
TURN = fp.loop("tanh", [["3/5", "1"], ["-2/5", "1/2"]], ["1/10", "0"])
DEEP = chain(
    affine([["2", "1"], ["-1", "1/2"], ["1/2", "-1"]], ["1", "0", "-1/5"]),
    act("tanh"),
    affine([["1", "-1/4", "1/2"], ["1/8", "1/5", "-1/2"]], ["0", "1/10"]),
    act("sigmoid"),
    size=2,
    name="2-3-2",
)
THREE = chain(
    affine([["-1"], ["1/2"]], ["0", "1/3"]),
    act("sin"),
    affine([["1/2", "1/4"], ["-1/3", "1/2"], ["0", "1"]], ["0", "0", "1/7"]),
    act("softsign"),
    affine([["1/2", "-1/2", "1/4"]], ["1/8"]),
    act("erf"),
    name="1-2-3-1",
)
FAMILY = fp.loop("tanh", [[("199/100", "201/100")]], [("-1/1000", "1/1000")])
KINK = fp.loop("relu", [["1/2", "-1/4"], ["1/4", "1/2"]], ["0", "0"])
HARD = fp.loop("hardtanh", [["3"]])
SIGN = fp.loop("sign", [["1"]])
CUBIC = chain(affine([["1"]], ["0"]), act("cubic"), name="cubic")

ALONE, STEEP_WITNESS = attracted(STEEP, [1], "1/4")
SHEAR_BALL, SHEAR_WITNESS = attracted(SHEAR, [0, 0], "2")
TURN_BALL, TURN_WITNESS = attracted(TURN, [0, 0], "1/4", "19/20")
DEEP_BALL, DEEP_WITNESS = attracted(DEEP, [0, 0], "1/4")
THREE_BALL, THREE_WITNESS = attracted(THREE, [0], "1/4")
KINK_BALL, KINK_WITNESS = attracted(KINK, [0, 0], "1")
HARD_BALL, HARD_WITNESS = attracted(HARD, [1], "1/2")
SIGN_BALL, SIGN_WITNESS = attracted(SIGN, [1], "1/2")


def wider(witness: dict[str, Any], network: Network, **changes: Any) -> dict[str, Any]:
    """Return the witness with changes, and the factor that fits to them."""
    changed = {**witness, **changes}
    return {**changed, "factor": factor_of(network, changed)}


FAMILY_BALL, FAMILY_WITNESS = attracted(FAMILY, [1], "1/4")
FAMILY_WITNESS = {**FAMILY_WITNESS, "distance": "1/50"}
ASIDE = ball([ALONE.centre[0] + Fraction(1, 100)], Fraction(1, 10))
ASIDE_WITNESS = {**STEEP_WITNESS, "distance": "11/1000"}

T.group("Balls from which every orbit comes to one point")
T.accept("near the upper fixed point of tanh 2x", STEEP, ALONE, STEEP_WITNESS)
T.accept("a shear that expands in every usual norm", SHEAR, SHEAR_BALL, SHEAR_WITNESS)
T.accept("a turn", TURN, TURN_BALL, TURN_WITNESS)
T.accept("2-3-2", DEEP, DEEP_BALL, DEEP_WITNESS)
T.accept("1-2-3-1", THREE, THREE_BALL, THREE_WITNESS)
T.accept("a family", FAMILY, FAMILY_BALL, FAMILY_WITNESS)
T.accept("a ball around another point", STEEP, ASIDE, ASIDE_WITNESS)
T.accept("a ball of radius 0", STEEP, ball(ALONE.centre, 0), STEEP_WITNESS)
T.accept("a ball that does not hold the point", STEEP, ball(ASIDE.centre, "1/1000"), ASIDE_WITNESS)
T.accept("kinks in the ball", KINK, KINK_BALL, KINK_WITNESS)
T.accept("in exact numbers", HARD, HARD_BALL, HARD_WITNESS, backend=RATIONAL)
T.accept("no jump inside", SIGN, SIGN_BALL, SIGN_WITNESS)
T.accept("with the backend fixed", DEEP, DEEP_BALL, DEEP_WITNESS, backend=FIXED)

T.group("The ball lies in the ellipsoid, whose matrix is regular")
OUTSIDE = Reason.RADIUS_UNCERTAIN
T.reject(OUTSIDE, "a larger ball", STEEP, ball(ALONE.centre, ALONE.radius * Fraction(11, 10)), STEEP_WITNESS)
T.reject(OUTSIDE, "a ball further aside", STEEP, ball([Fraction(9, 10)], "1/5"), STEEP_WITNESS)
T.reject(
    OUTSIDE, "a larger ball of the shear", SHEAR, ball([0, 0], SHEAR_BALL.radius * Fraction(11, 10)), SHEAR_WITNESS
)
T.reject(OUTSIDE, "the matrix 0", STEEP, ALONE, {**STEEP_WITNESS, "shape": "0"})
T.reject(OUTSIDE, "a singular matrix", SHEAR, SHEAR_BALL, {**SHEAR_WITNESS, "shape": f"{UNIT} {UNIT} 0"})
T.reject(OUTSIDE, "the inverse 0", STEEP, ALONE, {**STEEP_WITNESS, "inverse": "0"})
T.reject(OUTSIDE, "the inverse of a smaller matrix", STEEP, ALONE, {**STEEP_WITNESS, "inverse": str(3 * UNIT)})
T.reject(OUTSIDE, "an inverse with the other sign", STEEP, ALONE, {**STEEP_WITNESS, "inverse": str(-UNIT)})
T.reject(OUTSIDE, "a negative radius", STEEP, ball(ALONE.centre, 0), {**STEEP_WITNESS, "radius": "-1/4"})

T.group("In the norm of the ellipsoid f contracts")
SLOW = Reason.RATE_UNCERTAIN
T.reject(SLOW, "a smaller rate", STEEP, ALONE, wider(STEEP_WITNESS, STEEP, rate="1/10"))
T.reject(SLOW, "a radius that takes in steep slopes", STEEP, ALONE, wider(STEEP_WITNESS, STEEP, radius="2"))
T.reject(SLOW, "the factor of another radius", STEEP, ALONE, {**STEEP_WITNESS, "radius": "2"})
T.reject(SLOW, "a factor that is too large", STEEP, ALONE, {**STEEP_WITNESS, "factor": str(9 * UNIT)})
PLAIN = {"shape": f"{UNIT} 0 {UNIT}", "inverse": f"{UNIT} 0 {UNIT}"}
T.reject(SLOW, "the shear in the 2-norm", SHEAR, ball([0, 0], 1), wider(SHEAR_WITNESS, SHEAR, **PLAIN))
T.reject(
    SLOW,
    "a larger family",
    fp.loop("tanh", [[("1", "3")]]),
    FAMILY_BALL,
    wider(FAMILY_WITNESS, fp.loop("tanh", [[("1", "3")]]), radius="1/2"),
)
REPELLED = {**STEEP_WITNESS, "centre": ["0"], "radius": "1/4"}
T.reject(SLOW, "around the repelling point", STEEP, ball([0], "1/8"), wider(REPELLED, STEEP))
T.reject(SLOW, "the slope beyond a kink", HARD, HARD_BALL, wider(HARD_WITNESS, HARD, radius="3/4"), backend=RATIONAL)

T.group("The rate is below 1")
NOT_BELOW = Reason.RATE_NOT_BELOW_ONE
for stated in ("1", "3", "-9/10"):
    T.reject(NOT_BELOW, f"the rate {stated}", STEEP, ALONE, wider(STEEP_WITNESS, STEEP, rate=stated))
T.reject(NOT_BELOW, "the rate 2 where f expands", STEEP, ball([0], "1/8"), wider({**REPELLED, "rate": "21/10"}, STEEP))

T.group("The centre hardly moves, and the fixed point is near to it")
MOVES = Reason.RESIDUAL_TOO_LARGE
AWAY = {"centre": ["9/10"], "rate": "9/10", "radius": "3/10", "distance": "1"}
T.reject(MOVES, "a centre away from the point", STEEP, ball(["9/10"], "1/10"), wider(STEEP_WITNESS, STEEP, **AWAY))
DRIFT = chain(affine([["1/2"]], ["1"]), act("identity"), name="x/2 + 1")
DRIFT_WITNESS = attracted(DRIFT, [2], "1")[1]
T.reject(MOVES, "no fixed point in the ellipsoid", DRIFT, ball([0], "1/8"), wider(DRIFT_WITNESS, DRIFT, centre=["0"]))
OFF_WITNESS = wider(DRIFT_WITNESS, DRIFT, centre=["21/10"], distance="51/100")
T.accept("a centre 1/10 away from the point", DRIFT, ball(["21/10"], "1/8"), OFF_WITNESS)
T.reject(OUTSIDE, "the length of the first step", DRIFT, ball(["21/10"], "1/8"), {**OFF_WITNESS, "distance": "6/100"})
T.reject(OUTSIDE, "a distance 0", STEEP, ALONE, {**STEEP_WITNESS, "distance": "0"})
T.reject(OUTSIDE, "a negative distance", STEEP, ALONE, {**STEEP_WITNESS, "distance": "-1"})
T.reject(
    OUTSIDE, "the distance from the centre of the ellipsoid", STEEP, ASIDE, {**ASIDE_WITNESS, "distance": "1/1000"}
)
T.reject(
    OUTSIDE, "the distance of the middle of a family", FAMILY, FAMILY_BALL, {**FAMILY_WITNESS, "distance": "1/10000"}
)

T.group("Around the ellipsoid f is a chain, and continuous")
JUMPY = wider({**SIGN_WITNESS, "radius": "1/2"}, SIGN)
T.reject(Reason.NOT_CONTINUOUS, "a jump inside", SIGN, ball([1], "1/2"), {**JUMPY, "radius": "2"})
BEHIND = chain(affine([["2"]], ["0"]), act("sign"), affine([["1/2"]], ["0"]), act("tanh"), name="inner jump")
T.reject(Reason.NOT_CONTINUOUS, "a jump of an inner layer", BEHIND, ball([0], "1/8"), REPELLED)
T.reject(Reason.NOT_RATIONAL, "tanh in exact numbers", STEEP, ALONE, STEEP_WITNESS, backend=RATIONAL)
HIGH = chain(affine([["1"]], ["0"]), act("polynomial", coefficients=["0"] * 200 + ["1"]), name="x^200")
T.reject(Reason.NOT_FINITE, "an overflow", HIGH, ALONE, {**STEEP_WITNESS, "radius": "1e4000"})
RESIDUAL = chain(affine([["-1"]], ["0"]), act("tanh"), {"add": {"with": 0}}, name="residual")
T.out_of_scope(Reason.NOT_A_CHAIN, "a residual network", RESIDUAL, ALONE, STEEP_WITNESS)
T.out_of_scope(Reason.NOT_A_CHAIN, "an activation alone", polynomial(0, "1/2"), ALONE, STEEP_WITNESS)
WRONG = Reason.WRONG_REGION
T.out_of_scope(
    WRONG,
    "a ball in the sup norm",
    STEEP,
    Ball(centre=(Fraction(0),), radius=Fraction(1), norm=SupNorm(weights=(Fraction(1),))),
    STEEP_WITNESS,
)
T.out_of_scope(WRONG, "a ball with weights", SHEAR, ball([0, 0], "1/10", [1, 2]), SHEAR_WITNESS)
T.out_of_scope(WRONG, "a box", STEEP, cube("1/8", 1), STEEP_WITNESS)
T.out_of_scope(WRONG, "the line", STEEP, line(), STEEP_WITNESS)
T.out_of_scope(WRONG, "a union", STEEP, Cover(parts=(cube("1/8", 1),)), STEEP_WITNESS)
T.out_of_scope(WRONG, "a disc for a scalar loop", STEEP, SHEAR_BALL, STEEP_WITNESS)

CASES = T.cases


@T.parametrize()
def test_attracts(case: Case) -> None:
    verify(case)


def test_the_claim_speaks_of_the_ball() -> None:
    claim = verify(next(case for case in CASES if case.name == "a ball that does not hold the point"))
    assert claim is not None
    assert claim.facts == {"distance": "11/1000", "rate": "9/10"}
    assert claim.sentence().startswith("tanh loop on R^1: f has a fixed point p at a distance of at most 0.011 from ")
    assert claim.sentence().endswith(
        "and no other one in this ball; every orbit from there converges to p, by the factor 0.9 a step in a norm that the "
        "certificate names."
    )


def test_the_margins_say_how_far_the_ball_is_inside() -> None:
    """The slack of the first hypothesis is R - |V| r - |V (u - c)|, a little less: 0 for the largest ball."""
    case = next(case for case in CASES if case.name == "near the upper fixed point of tanh 2x")
    margin = case.decide()[0].margins[0].slack
    assert margin is not None
    scale = numbers(STEEP_WITNESS["shape"], 1)[0, 0]
    assert float(margin) == pytest.approx(0.25 - scale * float(ALONE.radius), abs=1e-6)


# ------------------------------------------------------------------ simulated


def follow(network: Network, region: Ball, witness: dict[str, Any], claim: Claim, rng: np.random.Generator) -> None:
    """Orbits from the ball come to one point near to its centre, in the norm of the ellipsoid by the rate."""
    f, size = Simulation(network.to_data(), rng), network.state_size
    centre, shape = np.array(region.centre, dtype=float), numbers(witness["shape"], size)
    directions = rng.normal(size=(60, size))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    x = centre + float(region.radius) * np.concatenate([directions[:40], directions[40:] * rng.random((20, 1))])
    limit = x[:1]
    for _ in range(250):
        limit = f(limit)
    assert np.linalg.norm(limit[0] - centre) <= float(Fraction(claim.facts["distance"])) + SLACK
    before = np.linalg.norm((x - limit) @ shape.T, axis=1)
    for _ in range(60):
        x = f(x)
        after = np.linalg.norm((x - limit) @ shape.T, axis=1)
        assert np.all(after <= float(Fraction(claim.facts["rate"])) * before + SLACK)
        before = after
    for _ in range(250):
        x = f(x)
    assert np.max(np.abs(x - limit)) < 1e-7


@pytest.mark.parametrize("case", [case for case in CASES if case.is_accepted], ids=str)
def test_orbits_converge_as_claimed(case: Case) -> None:
    """For three members of a family, each with its own limit."""
    claim, rng = case.decide()[1], np.random.default_rng(5)
    assert claim is not None
    assert isinstance(case.region, Ball)
    for _ in range(3):
        follow(case.network, case.region, dict(case.witness), claim, rng)


def test_random_chains_whose_balls_are_accepted() -> None:
    """Whatever is drawn, and however the witness is changed."""
    factors = st.sampled_from([Fraction(1)] * 4 + [Fraction(1, 2), Fraction(2)])
    keys = st.sampled_from(["rate", "radius", "distance"])

    def body(network: Network, radius: Fraction, key: str, scale: Fraction, rng: np.random.Generator) -> bool:
        try:
            region, witness = attracted(network, [0.0] * network.state_size, radius)
            witness = {**witness, key: str(Fraction(witness[key]) * scale), "distance": "1/10"}
            witness["factor"] = factor_of(network, witness)
        except (np.linalg.LinAlgError, ArithmeticError, AssertionError, ValueError):
            return False  # no fixed point is near, or it does not attract
        claim = step("attracts", network, region, witness).decide()[1]
        if claim is None:
            return False
        follow(network, region, witness, claim, rng)
        return True

    radii = st.sampled_from([Fraction(1, 20), Fraction(1, 2)])
    run(40, 8, body, network=chains(), radius=radii, key=keys, scale=factors)


# ------------------------------------------------------------------ malformed witnesses


@pytest.mark.parametrize("key", ["radius", "rate", "distance"])
@pytest.mark.parametrize("value", [0.5, True, None, "half", "1/0", ["1/2"]], ids=repr)
def test_a_number_is_exact(key: str, value: Any) -> None:
    with pytest.raises(InexactNumberError):
        step("attracts", STEEP, ALONE, {**STEEP_WITNESS, key: value}).decide()


@pytest.mark.parametrize("value", ["0", None, [], ["0", "0"], [0.5], {"0": 1}], ids=repr)
def test_the_centre_has_one_entry_for_each_coordinate(value: Any) -> None:
    with pytest.raises((FormatError, InexactNumberError)):
        step("attracts", STEEP, ALONE, {**STEEP_WITNESS, "centre": value}).decide()


@pytest.mark.parametrize("key", ["shape", "inverse", "factor"])
@pytest.mark.parametrize("value", [None, 1, "", "1 2", "1.5", "x", ["1"], "1 ", "9" * 41], ids=repr)
def test_a_triangle_has_its_entries(key: str, value: Any) -> None:
    with pytest.raises(FormatError):
        step("attracts", STEEP, ALONE, {**STEEP_WITNESS, key: value}).decide()


@pytest.mark.parametrize("key", ["shape", "inverse", "factor", "centre", "radius", "rate", "distance"])
def test_nothing_may_be_missing(key: str) -> None:
    with pytest.raises(FormatError):
        step("attracts", STEEP, ALONE, {k: v for k, v in STEEP_WITNESS.items() if k != key}).decide()
