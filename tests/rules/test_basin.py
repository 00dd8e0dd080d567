"""basin: which part of a box certainly converges to which fixed point."""

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
from fpverify.kernel.rules._tree import leaves
from fpverify.kernel.verdict import Reason, Status
from tests.rules.cases import Case, Table, act, chain, cube, interval, line, linear, polynomial, step, verify
from tests.rules.counting import (
    BALL,
    FAMILY,
    FAMILY_COUNT,
    HALF,
    HALF_COUNT,
    STEEP,
    STEEP_COUNT,
    STEEP_TYPES,
    UNIT,
    counted,
    point,
    proposed,
)
from tests.rules.simulate import Simulation, samples

T = Table("basin")


def tree(words: str) -> dict[str, str]:
    return {"tree": words}


def balls(network: Network, region: BoxRegion, count: Case, *data: Any) -> Case:
    """Return the premise: the count, with balls."""
    return step("spectrum", network, region, {"points": [*data]}, premises=(count,))


STEEP_TREE = "s0:-1/1000 b0:20 s0:1/1000 ? b2:20"
HALF_BALL = {"ball": {"radius": "1/10", "weights": ["1"], "rate": "1/2"}}
HALF_BALLS = balls(HALF, UNIT, HALF_COUNT, HALF_BALL)
FAMILY_BALL = {"ball": {"radius": "1/4", "weights": ["1"], "rate": "9/10"}}
FAMILY_BALLS = balls(FAMILY, UNIT, FAMILY_COUNT, FAMILY_BALL, {}, FAMILY_BALL)
SHORT_BALLS = balls(FAMILY, UNIT, FAMILY_COUNT, {"ball": {**FAMILY_BALL["ball"], "radius": "1/20"}}, {}, {})
PAIR = fp.loop("tanh", [["2", "0"], ["1/4", "1/2"]])
SQUARE = cube(1, 2)
PAIR_COUNT = step("cover", PAIR, SQUARE, proposed(PAIR, SQUARE))
PAIR_BALL = {"ball": {"radius": "1/5", "weights": ["1", "1"], "rate": "9/10"}}
PAIR_BALLS = balls(PAIR, SQUARE, PAIR_COUNT, PAIR_BALL, {}, PAIR_BALL)
OPEN = step("cover", STEEP, UNIT, counted("s0:3/5 ? p0", point(("0.955", "0.96"), ("0.6", "1.2")), share="4/5"))
OPEN_BALLS = balls(STEEP, UNIT, OPEN, {"ball": BALL})
SQUARED = polynomial(0, 0, 1)
SQUARED_COUNT = step("cover", SQUARED, cube("1/4", 1), counted("p0", point((0, 0), ("-2/5", "2/5"))))
SQUARED_BALLS = balls(
    SQUARED, cube("1/4", 1), SQUARED_COUNT, {"ball": {"radius": "1/4", "weights": ["1"], "rate": "1/2"}}
)
THIN = linear([["1/2", "0"], ["0", "1/2"]])
THIN_BOX = BoxRegion.of((0, 0), (-1, 1))
THIN_COUNT = step("cover", THIN, THIN_BOX, counted("p0", point([(0, 0)] * 2, [(-2, 2)] * 2)))
THIN_BALLS = balls(THIN, THIN_BOX, THIN_COUNT, {"ball": {"radius": "1/10", "weights": ["1", "1"], "rate": "1/2"}})

T.group("Leaves that are carried into the ball of a point")
T.accept("x/2 after four steps", HALF, UNIT, tree("b0:4"), premises=(HALF_BALLS,))
T.accept("inside of the ball, without a step", HALF, cube("1/16", 1), tree("b0:0"), premises=(HALF_BALLS,))
T.accept("both sides of 0 under tanh 2x", STEEP, UNIT, tree(STEEP_TREE), premises=(STEEP_TYPES,))
T.accept("beyond the box of the premise", STEEP, interval(1, 100), tree("b2:3"), premises=(STEEP_TYPES,))
T.accept("a family", FAMILY, UNIT, tree("s0:-1/10 b0:12 s0:1/10 ? b2:12"), premises=(FAMILY_BALLS,))
T.accept("a square", PAIR, SQUARE, tree("s0:-1/10 b0:12 s0:1/10 ? b2:12"), premises=(PAIR_BALLS,))
T.accept("points that may not be all", STEEP, UNIT, tree("s0:1/10 ? b0:20"), premises=(OPEN_BALLS,))
T.accept("nothing is decided", STEEP, UNIT, tree("?"), premises=(STEEP_TYPES,))
T.accept("x^2, far from its repeller", SQUARED, cube("9/10", 1), tree("b0:4"), premises=(SQUARED_BALLS,))
LOST = Reason.NOT_CARRIED
T.reject(LOST, "too few steps", HALF, UNIT, tree("b0:3"), premises=(HALF_BALLS,))
T.reject(LOST, "a leaf with the repeller", STEEP, UNIT, tree("s0:0 b0:60 b2:60"), premises=(STEEP_TYPES,))
T.reject(LOST, "the other point", STEEP, UNIT, tree("s0:-1/1000 b2:20 s0:1/1000 ? b0:20"), premises=(STEEP_TYPES,))
T.reject(
    LOST, "a point without a ball", STEEP, UNIT, tree("s0:-1/1000 b1:20 s0:1/1000 ? b2:20"), premises=(STEEP_TYPES,)
)
T.reject(LOST, "all at once", STEEP, UNIT, tree("b0:50"), premises=(STEEP_TYPES,))
T.reject(LOST, "the other fixed point of x^2", SQUARED, UNIT, tree("b0:50"), premises=(SQUARED_BALLS,))
T.reject(
    LOST,
    "a ball that does not hold all places of the point",
    FAMILY,
    UNIT,
    tree("s0:-1/10 b0:12 ?"),
    premises=(SHORT_BALLS,),
)
for radius, accepted in (("8/100", True), ("13/200", False)):
    near = {"ball": {**FAMILY_BALL["ball"], "radius": radius}}
    premise = balls(FAMILY, UNIT, FAMILY_COUNT, near, {}, near)
    for place, words in (("below", "s0:-1/10 b0:30 ?"), ("above", "s0:1/10 ? b2:30")):
        if accepted:
            T.accept(
                f"a ball that holds all limits of a family {place}", FAMILY, UNIT, tree(words), premises=(premise,)
            )
        else:
            T.reject(
                LOST, f"a ball that holds its limits {place} for some", FAMILY, UNIT, tree(words), premises=(premise,)
            )
T.reject(LOST, "the slow side of a family", FAMILY, UNIT, tree("s0:-1/10 b0:2 ?"), premises=(FAMILY_BALLS,))
T.reject(Reason.NOT_FINITE, "an orbit that escapes", SQUARED, cube(9, 1), tree("b0:9999"), premises=(SQUARED_BALLS,))

T.group("The premise lists balls of the same network")
MISSING = Reason.HYPOTHESIS_MISSING
T.reject(MISSING, "another network", fp.loop("tanh", [["3"]]), UNIT, tree("?"), premises=(STEEP_TYPES,))
T.reject(MISSING, "a member of the family", STEEP, UNIT, tree(STEEP_TREE), premises=(FAMILY_BALLS,))
T.reject(
    MISSING,
    "no fixed point",
    HALF,
    interval(1, 2),
    tree("?"),
    premises=(step("cover", HALF, interval(1, 2), counted("k")),),
)
T.reject(LOST, "a count without balls", STEEP, UNIT, tree(STEEP_TREE), premises=(STEEP_COUNT,))

T.group("The region is a box with an interior, so that shares are what they seem")
T.out_of_scope(
    Reason.WRONG_REGION,
    "a thin box that is cut in two where it is thin",
    THIN,
    THIN_BOX,
    tree("s0:0 s1:0 b0:9 ? s1:0 b0:9 ?"),
    premises=(THIN_BALLS,),
)
T.out_of_scope(Reason.WRONG_REGION, "a single point", HALF, cube(0, 1), tree("b0:1"), premises=(HALF_BALLS,))
T.out_of_scope(Reason.WRONG_REGION, "the line", HALF, line(), tree("b0:4"), premises=(HALF_BALLS,))
T.out_of_scope(Reason.WRONG_REGION, "a union", HALF, Cover(parts=(UNIT,)), tree("b0:4"), premises=(HALF_BALLS,))
T.out_of_scope(Reason.WRONG_REGION, "a square for a scalar loop", HALF, SQUARE, tree("b0:4"), premises=(HALF_BALLS,))

CASES = T.cases


@T.parametrize()
def test_basin(case: Case) -> None:
    verify(case)


def test_the_claim_adds_up_the_shares() -> None:
    claim = verify(next(case for case in CASES if case.name == "both sides of 0 under tanh 2x"))
    assert claim is not None
    assert [place["share"] for place in claim.facts["points"]] == ["999/2000", "999/2000"]
    assert claim.facts["undecided"] == "1/1000"
    assert claim.sentence() == (
        "tanh loop on R^1: at least these shares of [-1, 1] converge to a fixed point: 0.4995 to that in "
        "[-24/25, -191/200], 0.4995 to that in [191/200, 24/25]; where the orbits from a share of at most 0.001 end is "
        "undecided."
    )


@given(st.lists(st.sampled_from(["b0:20", "b2:20", "?"]), min_size=4, max_size=4), st.data())
def test_orbits_go_where_an_accepted_tree_says(words: list[str], data: st.DataObject) -> None:
    """Whatever is tried, shares add up to 1, and simulated orbits from each leaf converge to its point."""
    cuts = sorted(data.draw(st.fractions(-1, 1, max_denominator=40)) for _ in range(3))
    text = f"s0:{cuts[0]} {words[0]} s0:{cuts[1]} {words[1]} s0:{cuts[2]} {words[2]} {words[3]}"
    verdict, claim = step("basin", STEEP, UNIT, tree(text), premises=(STEEP_TYPES,)).decide()
    if verdict.status is not Status.PROVED:
        return
    assert claim is not None
    total = sum((Fraction(place["share"]) for place in claim.facts["points"]), Fraction(claim.facts["undecided"]))
    assert total == 1
    f, rng = Simulation(STEEP.to_data()), np.random.default_rng(len(text))
    for word, box in leaves(UNIT, text.split(" ")):
        if word != "?" and box is not None:
            ends = samples(np.array(box.lo, dtype=float), np.array(box.hi, dtype=float), 20, rng)
            for _ in range(200):
                ends = f(ends)
            assert np.all(np.sign(ends) == (-1 if word[1] == "0" else 1))
            assert np.allclose(np.abs(ends), 0.9575040240772687)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "b0",
        "b0:",
        "b:4",
        "b1:4",
        "b0:-1",
        "b0:10000",
        "b0:4:4",
        "b0:x",
        "c0:4",
        "x",
        "p0",
        "f b0:4",
        "n b0:4",
        "??",
        "b0:4 b0:4",
        "s0:0 b0:4",
        "s1:0 b0:4 b0:4",
        "s0 b0:4 b0:4",
        "b0:" + "1" * 5000,
        "b٠:4",
        "s0:nan b0:4 b0:4",
        "s0:1e99999 b0:4 b0:4",
        " b0:4",
        "b0: 4",
    ],
)
def test_a_malformed_tree_is_an_error_of_the_format(words: str) -> None:
    with pytest.raises((FormatError, InexactNumberError)):
        step("basin", HALF, UNIT, tree(words), premises=(HALF_BALLS,)).decide()


def test_the_rule_has_one_premise() -> None:
    for premises in ((), (HALF_BALLS, HALF_BALLS)):
        with pytest.raises(FormatError):
            step("basin", HALF, UNIT, tree("b0:4"), premises=premises).decide()


def test_a_jump_has_no_balls() -> None:
    """2 sign(x) has the fixed point 2, but no types: the rule that states balls asks for a smooth map."""
    jump = chain(act("sign"), {"affine": {"weight": [["2"]], "bias": ["0"]}}, name="2 sign")
    away = step("cover", jump, interval(1, 3), counted("p0", point((2, 2), ("1/2", 4))))
    assert away.decide()[0].status is Status.PROVED
    types = step("spectrum", jump, interval(1, 3), {"points": [{}]}, premises=(away,))
    assert types.decide()[0].reason is Reason.NOT_SMOOTH
