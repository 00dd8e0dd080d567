"""periodic: orbits of period k, counted as the fixed points of the k-fold lift."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

import fpverify as fp
from fpverify.kernel.errors import FormatError
from fpverify.kernel.network import Network
from fpverify.kernel.region import BoxRegion, Cover
from fpverify.kernel.rules._lift import lift
from fpverify.kernel.verdict import Reason
from tests.rules.cases import Case, Table, act, affine, chain, cube, interval, line, linear, polynomial, step, verify
from tests.rules.counting import STEEP, STEEP_COUNT, TURNED, TURNED_COUNT, UNIT, counted, point, proposed

T = Table("periodic")


def power(region: BoxRegion, period: int) -> BoxRegion:
    return BoxRegion(lo=region.lo * period, hi=region.hi * period)


def lifted(network: Network, region: BoxRegion, period: int, witness: Any = None) -> Case:
    """Return the count of the fixed points of the lift."""
    wide, box = lift(network, period), power(region, period)
    return step("cover", wide, box, witness or proposed(wide, box, depth=34))


def period(k: Any) -> dict[str, Any]:
    return {"period": k}


HALF = linear([["1/2"]])
HALF_ONE = step("cover", HALF, UNIT, counted("p0", point((0, 0), (-2, 2))))
TURNED_TWO = lifted(TURNED, UNIT, 2)
STEEP_TWO = lifted(STEEP, UNIT, 2)
LOGISTIC = polynomial(0, "7/2", "-7/2", name="7/2 x (1 - x)")
RANGE = interval("1/10", "9/10")
LOGISTIC_ONE = step("cover", LOGISTIC, RANGE, proposed(LOGISTIC, RANGE))
LOGISTIC_TWO = lifted(LOGISTIC, RANGE, 2)
LOGISTIC_FOUR = lifted(LOGISTIC, RANGE, 4)
SHIFT = linear([["1"]], ["1"])
FAMILY = fp.loop("tanh", [[("-3/5", "-1/2")]])
FAMILY_TWO = lifted(FAMILY, UNIT, 2, counted("p0", point([(0, 0)] * 2, [(-2, 2)] * 2)))
FAMILY_ONE = step("cover", FAMILY, UNIT, counted("p0", point((0, 0), (-2, 2))))
RESIDUAL = chain(affine([["-3/2"]], ["0"]), act("tanh"), {"add": {"with": 0}}, name="x - tanh(3 x / 2)")

DOUBLE = linear([["2"]])


def boxes(network: Network, *sides: Any) -> Case:
    """Return the count of the one fixed point 0 of the lift in a product of intervals."""
    size = len(sides)
    index = 1 if network is HALF else -1
    only = point([(0, 0)] * size, [(-3, 3)] * size, index)
    return step("cover", lift(network, size), BoxRegion.of(*sides), counted("p0", only))


T.group("The fixed points of the lift are the orbits")
T.accept("a pair and the point between", TURNED, UNIT, period(2), premises=(TURNED_TWO, TURNED_COUNT))
T.accept("without the fixed points", TURNED, UNIT, period(2), premises=(TURNED_TWO,))
T.accept("fixed points alone", STEEP, UNIT, period(2), premises=(STEEP_TWO, STEEP_COUNT))
T.accept("one fixed point, period 3", HALF, UNIT, period(3), premises=(lifted(HALF, UNIT, 3), HALF_ONE))
T.accept("the logistic map, period 2", LOGISTIC, RANGE, period(2), premises=(LOGISTIC_TWO, LOGISTIC_ONE))
T.accept("the logistic map, period 4", LOGISTIC, RANGE, period(4), premises=(LOGISTIC_FOUR,))
T.accept(
    "no orbit at all",
    SHIFT,
    UNIT,
    period(2),
    premises=(
        step("cover", lift(SHIFT, 2), power(UNIT, 2), counted("n f f f f x")),
        step("cover", SHIFT, UNIT, counted("f f x")),
    ),
)
T.accept("a family", FAMILY, UNIT, period(2), premises=(FAMILY_TWO, FAMILY_ONE))
T.accept("a residual network", RESIDUAL, UNIT, period(2), premises=(lifted(RESIDUAL, UNIT, 2),))

T.group("The first premise counts all fixed points of that lift in that power of the box")
MISSING = Reason.HYPOTHESIS_MISSING
T.reject(MISSING, "no premise", TURNED, UNIT, period(2))
T.reject(MISSING, "three premises", TURNED, UNIT, period(2), premises=(TURNED_TWO, TURNED_COUNT, TURNED_COUNT))
T.reject(MISSING, "the count of f itself", TURNED, UNIT, period(2), premises=(TURNED_COUNT, TURNED_COUNT))
T.reject(MISSING, "the premises exchanged", TURNED, UNIT, period(2), premises=(TURNED_COUNT, TURNED_TWO))
T.reject(MISSING, "another period", TURNED, UNIT, period(3), premises=(TURNED_TWO, TURNED_COUNT))
T.reject(MISSING, "the lift of another network", STEEP, UNIT, period(2), premises=(TURNED_TWO,))
T.reject(MISSING, "a lift with another name", replace(TURNED, name="f"), UNIT, period(2), premises=(TURNED_TWO,))
T.reject(MISSING, "a larger box", TURNED, cube(2, 1), period(2), premises=(TURNED_TWO,))
T.reject(MISSING, "a first box that is not D", HALF, UNIT, period(2), premises=(boxes(HALF, ("-1", "1/2"), (-1, 1)),))
T.reject(MISSING, "too few boxes", HALF, UNIT, period(3), premises=(boxes(HALF, (-1, 1), (-1, 1)),))

T.reject(
    MISSING,
    "some may be left",
    TURNED,
    UNIT,
    period(2),
    premises=(lifted(TURNED, UNIT, 2, counted("?", share="1")),),
)
T.reject(MISSING, "the lift of a member", fp.loop("tanh", [["-1/2"]]), UNIT, period(2), premises=(FAMILY_TWO,))

T.group("Orbits may leave the box, if the next boxes hold their images")
T.accept("a smaller second box", HALF, UNIT, period(2), premises=(boxes(HALF, (-1, 1), ("-1/2", "1/2")), HALF_ONE))
T.accept("a larger second box", DOUBLE, UNIT, period(2), premises=(boxes(DOUBLE, (-1, 1), (-2, 2)),))
OUTSIDE = Reason.SELF_MAP_UNCERTAIN
T.reject(
    OUTSIDE, "a second box that is too small", HALF, UNIT, period(2), premises=(boxes(HALF, (-1, 1), ("-1/2", "1/4")),)
)
T.reject(OUTSIDE, "beside the image", DOUBLE, UNIT, period(2), premises=(boxes(DOUBLE, (-1, 1), ("-19/10", 2)),))

T.group("The second premise counts all fixed points of f in the same box, and the period is prime")
T.reject(MISSING, "a period that is not prime", LOGISTIC, RANGE, period(4), premises=(LOGISTIC_FOUR, LOGISTIC_ONE))
T.reject(MISSING, "the lift twice", TURNED, UNIT, period(2), premises=(TURNED_TWO, TURNED_TWO))
T.reject(MISSING, "the points of another network", TURNED, UNIT, period(2), premises=(TURNED_TWO, STEEP_COUNT))
T.reject(
    MISSING,
    "the points of another box",
    TURNED,
    UNIT,
    period(2),
    premises=(TURNED_TWO, step("cover", TURNED, cube("1/2", 1), counted("p0", point((0, 0), (-2, 2))))),
)
T.reject(
    MISSING,
    "some of the points",
    TURNED,
    UNIT,
    period(2),
    premises=(TURNED_TWO, step("cover", TURNED, UNIT, counted("?", share="1"))),
)

T.group("The rule is about boxes")
T.out_of_scope(Reason.WRONG_REGION, "the line", TURNED, line(), period(2), premises=(TURNED_TWO,))
T.out_of_scope(Reason.WRONG_REGION, "a union", TURNED, Cover(parts=(UNIT,)), period(2), premises=(TURNED_TWO,))

CASES = T.cases


@T.parametrize()
def test_periodic(case: Case) -> None:
    verify(case)


def facts(name: str) -> tuple[int, int | None]:
    claim = verify(next(case for case in CASES if case.name == name))
    assert claim is not None
    assert len(claim.facts["points"]) == claim.facts["count"]
    return claim.facts["count"], claim.facts["orbits"]


def test_the_claim_counts_points_and_orbits() -> None:
    """Orbits only where the fixed points are known, and the period is prime."""
    assert facts("a pair and the point between") == (3, 1)
    assert facts("without the fixed points") == (3, None)
    assert facts("fixed points alone") == (3, 0)
    assert facts("one fixed point, period 3") == (1, 0)
    assert facts("the logistic map, period 2") == (3, 1)
    assert facts("the logistic map, period 4") == (7, None)
    assert facts("no orbit at all") == (0, 0)
    assert facts("a residual network") == (1, None)


def test_the_sentence() -> None:
    claim = verify(CASES[0])
    assert claim is not None
    assert claim.sentence() == (
        "tanh loop on R^1: exactly 3 points x of [-1, 1] have an orbit there with f^2(x) = x; those that are not fixed form "
        "1 orbit of period 2."
    )
    away = verify(next(case for case in CASES if case.name == "a smaller second box"))
    assert away is not None
    assert away.sentence() == (
        "identity loop on R^1: exactly 1 point x of [-1, 1] satisfies f^2(x) = x; 0 of them have the least period 2."
    )


def test_each_listed_point_comes_back() -> None:
    """The middle of its enclosure moves by little in four steps of the logistic map; and all seven differ."""
    claim = verify(next(case for case in CASES if case.name == "the logistic map, period 4"))
    assert claim is not None
    starts = [float(Fraction(place["lower"][0]) + Fraction(place["upper"][0])) / 2 for place in claim.facts["points"]]
    for start in starts:
        x = start
        for _ in range(4):
            x = 3.5 * x * (1 - x)
        assert abs(x - start) < 1e-6
    assert len({round(start, 4) for start in starts}) == 7


@pytest.mark.parametrize("k", [0, 1, -2, 65, 10**9, True, "2", 2.0, None, [2]])
def test_a_malformed_period_is_an_error_of_the_format(k: Any) -> None:
    with pytest.raises(FormatError):
        step("periodic", TURNED, UNIT, period(k), premises=(TURNED_TWO,)).decide()


def test_a_large_lift_is_not_built_in_vain() -> None:
    """A premise about another power of the box is refused before the lift of 64,000 states is made."""
    large = linear(fp.exchangeable(1000, "1/2", 0))
    case = step("periodic", large, cube(1, 1000), period(64), premises=(TURNED_TWO,))
    assert case.decide()[0].reason is MISSING
