"""everywhere: from a box to all of R^d, for networks that end in a bounded activation."""

from fractions import Fraction

import numpy as np
import pytest

import fpverify as fp
from fpverify.kernel.activations import ACTIVATIONS
from fpverify.kernel.backend import Formula
from fpverify.kernel.errors import FormatError
from fpverify.kernel.network import Network
from fpverify.kernel.region import BoxRegion, Cover, WholeSpace
from fpverify.kernel.rules.everywhere import values_everywhere
from fpverify.kernel.verdict import Reason
from tests import oracles
from tests.rules.cases import Case, Table, act, affine, chain, cube, interval, line, step, verify
from tests.rules.counting import (
    FAMILY,
    FAMILY_COUNT,
    HALF,
    HALF_COUNT,
    STEEP,
    STEEP_COUNT,
    STEEP_TYPES,
    TURNED,
    TURNED_COUNT,
    UNIT,
    counted,
    point,
    proposed,
)

T = Table("everywhere")


def counting(network: Network, region: BoxRegion) -> Case:
    return step("cover", network, region, proposed(network, region))


PAIR = fp.loop("tanh", [["1/4", "1/2"], ["-1/2", "1/4"]])
PAIR_POINT = counted("p0", point([(0, 0)] * 2, [(-2, 2)] * 2))
PAIR_COUNT = step("cover", PAIR, cube(1, 2), PAIR_POINT)
BELL = chain(act("gaussian", height="1/2"), name="bell")
BELL_POINT = counted("p0", point(("0.41", "0.43"), (-1, 1)))
BELL_COUNT = step("cover", BELL, interval(0, "1/2"), BELL_POINT)
SHORT_COUNT = step("cover", BELL, interval(0, "49/100"), BELL_POINT)
DEEP = chain(affine([["1"]], ["0"]), act("sin"), affine([["1/2"]], ["0"]), act("tanh"), name="deep")
DEEP_COUNT = step("cover", DEEP, UNIT, counted("f f f f p0", point((0, 0), (-1, 1))))
CONSTANT = chain(act("polynomial", coefficients=["1/2"]), name="constant")
CONSTANT_COUNT = step("cover", CONSTANT, interval("1/2", "1/2"), counted("p0", point(("1/2", "1/2"), (0, 1))))
OPEN_COUNT = step("cover", STEEP, UNIT, counted("?", share="1"))
EMPTY_COUNT = step("cover", HALF, interval(1, 2), counted("k"))
RESIDUAL = chain(affine([["1/2"]], ["0"]), act("tanh"), {"add": {"with": 0}}, name="residual")
RESIDUAL_COUNT = step("cover", RESIDUAL, UNIT, counted("p0", point((0, 0), (-2, 2), -1)))
LINEAR_LAST = chain(affine([["1/2"]], ["0"]), act("tanh"), affine([["1/2"]], ["0"]), name="tanh, then affine")
LINEAR_LAST_COUNT = step("cover", LINEAR_LAST, UNIT, counted("p0", point((0, 0), (-2, 2))))
RELU = fp.loop("relu", [["1/2"]])
RELU_COUNT = step("cover", RELU, UNIT, counted("p0", point((0, 0), (-2, 2))))
HALFWAY = interval("-97/100", "97/100")
HALFWAY_COUNT = counting(STEEP, HALFWAY)

T.group("Every value of the last activation lies in the box")
T.accept("tanh in its range", STEEP, line(), premises=(STEEP_COUNT,))
T.accept("with the types of the points", STEEP, line(), premises=(STEEP_TYPES,))
T.accept("one point", TURNED, line(), premises=(TURNED_COUNT,))
T.accept("a family", FAMILY, line(), premises=(FAMILY_COUNT,))
T.accept("a bell with a critical value on the border", BELL, line(), premises=(BELL_COUNT,))
T.accept("layers of sin and tanh", DEEP, line(), premises=(DEEP_COUNT,))
T.accept("a constant", CONSTANT, line(), premises=(CONSTANT_COUNT,))
OUTSIDE = Reason.SELF_MAP_UNCERTAIN
T.reject(OUTSIDE, "a box smaller than the range", STEEP, line(), premises=(HALFWAY_COUNT,))
T.reject(OUTSIDE, "a bell that is higher than the box", BELL, line(), premises=(SHORT_COUNT,))
T.reject(OUTSIDE, "a linear map", HALF, line(), premises=(HALF_COUNT,))
T.reject(OUTSIDE, "relu has no bound", RELU, line(), premises=(RELU_COUNT,))
T.reject(OUTSIDE, "a residual sum behind tanh", RESIDUAL, line(), premises=(RESIDUAL_COUNT,))
T.reject(OUTSIDE, "an affine layer behind tanh", LINEAR_LAST, line(), premises=(LINEAR_LAST_COUNT,))
FLAT = BoxRegion.of((-1, 1), ("-1/2", "1/2"))
T.accept("a square", PAIR, line(2), premises=(PAIR_COUNT,))
T.reject(OUTSIDE, "the range in one coordinate alone", PAIR, line(2), premises=(step("cover", PAIR, FLAT, PAIR_POINT),))

for words, side in (("too low above", (-1, "1/2")), ("too high below", ("-1/2", 1))):
    SHORT = BoxRegion.of((-1, 1), side)
    T.reject(OUTSIDE, words, PAIR, line(2), premises=(step("cover", PAIR, SHORT, PAIR_POINT),))

T.group("The premise counts all fixed points of the same network in a box")
MISSING = Reason.HYPOTHESIS_MISSING
T.reject(MISSING, "some may be left", STEEP, line(), premises=(OPEN_COUNT,))
T.reject(MISSING, "another network", TURNED, line(), premises=(STEEP_COUNT,))
T.reject(MISSING, "a member of the family", STEEP, line(), premises=(FAMILY_COUNT,))
T.reject(MISSING, "no fixed point at all", HALF, line(), premises=(EMPTY_COUNT,))
T.reject(
    MISSING, "the claim itself", STEEP, line(), premises=(step("everywhere", STEEP, line(), premises=(STEEP_COUNT,)),)
)

T.group("The conclusion is about all of the space")
T.out_of_scope(Reason.WRONG_REGION, "a box", STEEP, cube(5, 1), premises=(STEEP_COUNT,))
T.out_of_scope(Reason.WRONG_REGION, "a union", STEEP, Cover(parts=(UNIT,)), premises=(STEEP_COUNT,))
T.out_of_scope(Reason.WRONG_REGION, "a plane for a scalar loop", STEEP, WholeSpace(size=2), premises=(STEEP_COUNT,))

CASES = T.cases


@T.parametrize()
def test_everywhere(case: Case) -> None:
    verify(case)


def test_the_claim_is_that_of_the_premise_about_all_of_the_space() -> None:
    claim = verify(CASES[1])
    assert claim is not None
    assert claim.sentence() == (
        "tanh loop on R^1: f has exactly 3 fixed points in R (2 attracting, 1 with unstable dimension 1), one in each of 3 "
        "listed disjoint boxes."
    )


def test_the_rule_has_one_premise() -> None:
    for premises in ((), (STEEP_COUNT, STEEP_COUNT)):
        with pytest.raises(FormatError):
            step("everywhere", STEEP, line(), premises=premises).decide()


GIVEN: dict[str, dict[str, object]] = {
    "polynomial": {"coefficients": ["1", "2", "-1"]},
    "exponential": {"coefficients": ["0", "1", "-1", "0"]},
    "gaussian": {"height": "-3", "centre": "1/3", "width": "1/7"},
    "gompertz": {"scale": "7/2", "displacement": "1/3", "rate": "2"},
}


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
@pytest.mark.parametrize("changed", [False, True], ids=["defaults", "parameters"])
def test_no_value_of_an_activation_lies_outside_its_bounds(name: str, changed: bool) -> None:
    """At 200 places of all sizes; the enclosure of the value, at 384 bits, is never certainly outside."""
    parameters = GIVEN.get(name, {}) if changed or name == "polynomial" else {}
    network = fp.network([act(name, **parameters)], name=name, state_size=1)
    span = values_everywhere(network)
    if span is None:
        return
    formula: Formula = ACTIVATIONS[name].function(parameters).formula
    rng = np.random.default_rng(7)
    for place in [*rng.normal(size=100), *np.sinh(rng.normal(size=100) * 3)]:
        ball = oracles.point(formula, Fraction(float(place)))
        assert not oracles.is_outside(ball, *span)


def test_a_network_that_ends_in_another_layer_has_no_bounds() -> None:
    assert values_everywhere(LINEAR_LAST) is None
    assert values_everywhere(RESIDUAL) is None
    assert values_everywhere(chain(act("tanh"), {"multiply": {"with": 0}})) is None
    assert values_everywhere(STEEP) == (-1, 1)
    assert values_everywhere(BELL) == (0, Fraction(1, 2))
