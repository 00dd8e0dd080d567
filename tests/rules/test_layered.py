"""layered: Banach's theorem for deep chains, by the Lipschitz constants of the layers."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fpverify as fp
from fpverify.kernel.errors import FormatError, InexactNumberError
from fpverify.kernel.network import Network
from fpverify.kernel.region import BoxRegion, Cover
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
    norm,
    polynomial,
    rate,
    step,
    sup,
    verify,
)
from tests.rules.factors import UNIT, ball, two
from tests.rules.test_random import check_unique, run
from tests.rules.test_sector import chains

T = Table("layered")
BOX, SQUARE = cube(1, 1), cube(1, 2)

TWO = chain(
    affine([["3/2"], ["-2"]], ["1/10", "0"]), act("tanh"), affine([["1/4", "1/5"]], ["1/3"]), act("tanh"), name="1-2-1"
)
UNEQUAL = chain(
    affine([["1/2", "-1/3"], ["1", "1/4"], ["-1/5", "2/3"]], ["1/10", "0", "-1/5"]),
    act("tanh"),
    affine([["1/3", "-1/4", "1/2"], ["1/8", "1/5", "-1/2"]], ["0", "1/10"]),
    act("sigmoid"),
    size=2,
    name="2-3-2",
)
THREE = chain(
    affine([["-1/2"], ["1/2"]], ["0", "1/3"]),
    act("sin"),
    affine([["1/2", "1/4"], ["-1/3", "1/2"], ["0", "1"]], ["0", "0", "1/7"]),
    act("softsign"),
    affine([["1/2", "-1/2", "1/4"]], ["1/8"]),
    act("erf"),
    name="1-2-3-1",
)
TURN = linear([["3/5", "3/5"], ["-3/5", "3/5"]])
SHEAR = linear([["1/2", "10"], ["0", "1/2"]])
SCALED = chain(affine([["4"]], ["0"]), act("tanh"), affine([["1/5"]], ["0"]), act("tanh"), name="4 and 1/5")
KINKS = chain(affine([["-3/2"]], ["1/2"]), act("relu"), affine([["-1/2"]], ["1/3"]), act("hardtanh"), name="kinks")
FAMILY = chain(
    affine([[("9/10", "1")], [("-1", "-9/10")]], ["0", ("-1/10", "1/10")]),
    act("tanh"),
    affine([[("3/10", "1/3"), "2/5"]], ["0"]),
    act("tanh"),
    name="a family 1-2-1",
)
HALF = linear([["1/2"]])
STEEP = fp.loop("tanh", [["3/2"]])
FLAT = linear([["1/2", "0"], ["0", "1/3"]])
FLAT_BOX = BoxRegion.of((-1, 1), (0, 0))
STEP = fp.loop("sign", [["1"]])

T.group("The bounds of the layers in the sup norm")
T.accept("1-2-1", TWO, BOX, rate("9/10"))
T.accept("1-2-1 on the line", TWO, line(), rate("9/10"))
T.accept("2-3-2 with weights", UNEQUAL, SQUARE, rate("1/2", sup(2, 1)))
T.accept("three layers of three activations", THREE, BOX, rate("9/10"))
T.accept("a product of layers of which one expands", SCALED, BOX, rate("801/1000"))
T.accept("the shear with weights", SHEAR, line(2), rate("3/4", sup(40, 1)))
T.accept("a family", FAMILY, line(), rate("734/1000"))
T.accept("with the backend fixed", TWO, line(), rate("9/10"), backend=FIXED)
TOO_FAST = Reason.RATE_UNCERTAIN
T.reject(TOO_FAST, "a rate below 3/2 * 1/4 + 2 * 1/5", TWO, line(), rate("774/1000"))
T.reject(TOO_FAST, "the shear, unweighted", SHEAR, line(2), rate("3/4", sup(1, 1)))
T.reject(TOO_FAST, "the shear, weights the wrong way", SHEAR, line(2), rate("3/4", sup(1, 40)))
T.reject(TOO_FAST, "the rate of the first layer alone", SCALED, line(), rate("1/5"))
T.reject(TOO_FAST, "the middle of a family", FAMILY, line(), rate("69/100"))
T.reject(TOO_FAST, "a negative rate", TWO, BOX, rate("-1/2"))
T.reject(TOO_FAST, "a turn in the sup norm", TURN, line(2), rate("9/10", sup(1, 1)))

T.group("The bounds of the layers in the 2-norm")
T.accept("a turn", TURN, line(2), two(TURN, line(2)))
T.accept("1-2-1 in the 2-norm", TWO, line(), two(TWO, line()))
T.accept("2-3-2", UNEQUAL, SQUARE, two(UNEQUAL, SQUARE))
T.accept("three layers", THREE, BOX, two(THREE, BOX))
T.accept("a family in the 2-norm", FAMILY, BOX, two(FAMILY, BOX))
GIVEN = two(TURN, line(2))
T.reject(TOO_FAST, "a bound below the norm", TURN, line(2), {**GIVEN, "bounds": ["848/1000"], "rate": "848/1000"})
T.reject(TOO_FAST, "a rate below the bound", TURN, line(2), {**GIVEN, "rate": "848/1000"})
T.reject(TOO_FAST, "a negative bound", TURN, line(2), {**GIVEN, "bounds": ["-850/1000"]})
T.reject(TOO_FAST, "a bound 0", TURN, line(2), {**GIVEN, "bounds": ["0"]})
PAIR_BOUNDS = two(UNEQUAL, SQUARE)
MINUS = {**PAIR_BOUNDS, "bounds": [str(-Fraction(b)) for b in PAIR_BOUNDS["bounds"]]}
T.reject(TOO_FAST, "two negative bounds with a positive product", UNEQUAL, SQUARE, MINUS)
T.reject(TOO_FAST, "a factor that shows nothing", TURN, line(2), {**GIVEN, "factors": [f"{UNIT} 0 {UNIT}"]})
HUGE = {**PAIR_BOUNDS, "bounds": ["1/1000000", "100000"], "rate": "1/10"}
T.reject(TOO_FAST, "one bound too small, the other too large", UNEQUAL, SQUARE, HUGE)
SWAPPED = {**PAIR_BOUNDS, "bounds": PAIR_BOUNDS["bounds"][::-1]}
T.reject(TOO_FAST, "the bounds exchanged", UNEQUAL, SQUARE, SWAPPED)

T.group("Kinks and jumps")
T.accept("relu and hardtanh", KINKS, BOX, rate("3/4"))
T.accept("exactly touching", KINKS, line(), rate("3/4"), backend=RATIONAL)
T.accept("no jump inside", STEP, interval("1/2", 1), rate("0"))
T.reject(TOO_FAST, "the slope beside the kink", KINKS, BOX, rate("74/100"), backend=RATIONAL)
T.reject(Reason.NOT_CONTINUOUS, "a jump inside", STEP, interval(0, 1), rate("0"))
T.reject(Reason.NOT_CONTINUOUS, "a jump on the line", STEP, line(), rate("0"))
JUMP_INSIDE = chain(affine([["1"]], ["0"]), act("sign"), affine([["1/2"]], ["0"]), act("tanh"), name="inner jump")
T.reject(Reason.NOT_CONTINUOUS, "a jump of an inner layer", JUMP_INSIDE, BOX, rate("1/2"))

FALLING = fp.loop("sin", [["1/2"]], ["3"])
T.accept("a slope that is steepest downward", FALLING, BOX, rate("501/1000"))
T.reject(TOO_FAST, "the slope at the flat end", FALLING, BOX, rate("49/100"))
T.reject(TOO_FAST, "a rate 0 where the slopes are negative", FALLING, BOX, rate("0"))

T.group("The rate is below 1")
T.reject(Reason.RATE_NOT_BELOW_ONE, "the rate 1", linear([["1"]]), line(), rate("1"), backend=RATIONAL)
T.reject(Reason.RATE_NOT_BELOW_ONE, "a rate above it", STEEP, BOX, rate("3/2"))
OVER = two(STEEP, BOX)
T.reject(Reason.RATE_NOT_BELOW_ONE, "a 2-norm above it", STEEP, BOX, OVER)

T.group("The region is a box or R^d, which f maps into itself")
T.accept("flat in one coordinate", FLAT, FLAT_BOX, rate("1/2", sup(1, 1)))
T.accept("a single fixed point", HALF, interval(0, 0), rate("1/2"))
OUTSIDE = Reason.SELF_MAP_UNCERTAIN
T.reject(OUTSIDE, "a single point that moves", HALF, interval(1, 1), rate("1/2"))
T.reject(OUTSIDE, "a box without the fixed point", TWO, interval("-1", "1/10"), rate("9/10"))
T.reject(OUTSIDE, "a flat box that is left", linear([["1/2", "0"], ["1/5", "1/3"]]), FLAT_BOX, rate("1/2", sup(1, 1)))
CUBIC = fp.loop("cubic", [["1/10"]])
T.reject(Reason.UNBOUNDED, "a cubic on the line", CUBIC, line(), rate("1/2"))
T.reject(Reason.NOT_RATIONAL, "tanh in exact numbers", TWO, BOX, rate("9/10"), backend=RATIONAL)
HIGH = chain(affine([["1"]], ["0"]), act("polynomial", coefficients=["0"] * 200 + ["1"]), name="x^200")
T.reject(Reason.NOT_FINITE, "an overflow", HIGH, interval(0, "1e4000"), rate("1/2"))
T.out_of_scope(Reason.WRONG_REGION, "a ball", HALF, ball([0], 1), rate("1/2"))
T.out_of_scope(Reason.WRONG_REGION, "a union", HALF, Cover(parts=(BOX,)), rate("1/2"))
T.out_of_scope(Reason.WRONG_REGION, "a plane for a scalar loop", HALF, line(2), rate("1/2"))
RESIDUAL = chain(affine([["-1/2"]], ["0"]), act("tanh"), {"add": {"with": 0}}, name="residual")
T.out_of_scope(Reason.NOT_A_CHAIN, "a residual network", RESIDUAL, BOX, rate("1/2"))
T.out_of_scope(Reason.NOT_A_CHAIN, "an activation alone", polynomial(0, "1/2"), BOX, rate("1/2"))

CASES = T.cases


@T.parametrize()
def test_layered(case: Case) -> None:
    verify(case)


def test_the_claim_is_that_of_banach() -> None:
    claim = verify(CASES[0])
    assert claim is not None
    assert (claim.kind, claim.facts["rate"], claim.facts["norm"]) == ("unique", "9/10", sup(1))


def test_one_layer_is_bounded_as_by_banach() -> None:
    """For a looped layer in the sup norm both rules decide the same rate."""
    network = fp.loop("tanh", [["2/5", "-3/10"], ["1/5", "1/2"]])
    for numerator, accepted in ((6999, False), (7001, True)):
        for rule in ("banach", "layered"):
            verdict, _ = step(rule, network, SQUARE, rate(f"{numerator}/10000", sup(1, 1))).decide()
            assert (verdict.status is Status.PROVED) is accepted


def test_random_chains_that_are_accepted_contract() -> None:
    """Pairs come nearer by the rate, orbits have one limit, and Newton's method finds no other fixed point."""
    weights = st.integers(-7, 7).map(lambda n: Fraction(n, 8))

    def body(network: Network, data: Any, rng: np.random.Generator) -> bool:
        d = network.state_size
        region = data.draw(st.sampled_from([cube(1, d), line(d)]))
        factor = data.draw(st.sampled_from([Fraction(1), Fraction(1), Fraction(9, 10), Fraction(1, 2)]))
        stated = Fraction(data.draw(st.integers(2, 19)), 20)
        kind = data.draw(st.sampled_from(["sup", "two"]))
        scales = [data.draw(st.sampled_from([Fraction(1), Fraction(2)])) for _ in range(d)]
        witness = rate(stated, sup(*scales)) if kind == "sup" else two(network, region)
        witness = {**witness, "rate": str(Fraction(witness["rate"]) * factor)}
        claim = step("layered", network, region, witness).decide()[1]
        if claim is None:
            return False
        check_unique(claim, network, region, claim.facts["norm"], claim.facts["rate"], rng)
        return True

    run(60, 10, body, network=chains(weights=weights, biases=weights), data=st.data())


@given(st.integers(-40, 40), st.integers(-40, 40))
def test_two_scalar_layers_are_bounded_by_their_product(one: int, other: int) -> None:
    """On the line the slopes of tanh go up to 1: the least rate is |w_1 w_2|, in both norms, up to rounding."""
    network = chain(
        affine([[str(Fraction(one, 32))]], ["0"]), act("tanh"), affine([[str(Fraction(other, 32))]], ["0"]), act("tanh")
    )
    exact = abs(Fraction(one * other, 1024))
    for stated, fits in ((exact, True), (exact - Fraction(1, 10**9), False)):
        verdict, _ = step("layered", network, line(), rate(stated)).decide()
        assert (verdict.reason is not TOO_FAST) is fits
    witness = two(network, line())
    assert Fraction(witness["rate"]) >= exact
    assert step("layered", network, line(), witness).decide()[0].reason is not TOO_FAST
    if one * other:
        less = {**witness, "bounds": [str(Fraction(abs(n), 32) * Fraction(999, 1000)) for n in (one, other)]}
        assert step("layered", network, line(), less).decide()[0].reason is TOO_FAST


# ------------------------------------------------------------------ malformed witnesses


@pytest.mark.parametrize(
    "changes",
    [
        {"rate": None},
        {"rate": 0.5},
        {"norm": None},
        {"norm": norm("one", 1, 1)},
        {"norm": norm("two", 1, 2)},
        {"norm": norm("two", 2, 2)},
        {"norm": norm("two", 1)},
        {"bounds": None},
        {"bounds": "1"},
        {"bounds": []},
        {"bounds": ["9/10", "9/10"]},
        {"bounds": [0.9]},
        {"factors": None},
        {"factors": "1 2 3"},
        {"factors": []},
        {"factors": [None]},
        {"factors": ["1 2"]},
        {"factors": ["1 2 x"]},
        {"factors": [["1", "2", "3"]]},
    ],
    ids=repr,
)
def test_a_malformed_witness_is_an_error_of_the_format(changes: dict[str, Any]) -> None:
    with pytest.raises((FormatError, InexactNumberError)):
        step("layered", TURN, line(2), {**GIVEN, **changes}).decide()


@pytest.mark.parametrize("key", ["rate", "norm", "bounds", "factors"])
def test_nothing_may_be_missing(key: str) -> None:
    with pytest.raises(FormatError):
        step("layered", TURN, line(2), {k: v for k, v in GIVEN.items() if k != key}, backend=ARB).decide()
