"""counterexample: a printed statement whose hypotheses hold and whose conclusion fails."""

from fractions import Fraction
from typing import Any

import pytest

import fpverify as fp
from fpverify.kernel.errors import FormatError
from fpverify.kernel.region import Punctured
from fpverify.kernel.verdict import Reason
from tests.rules.cases import RATIONAL, Case, Table, affine, chain, decide, interval, linear, polynomial, verify
from tests.rules.counterexamples import (
    BENT,
    CLIMB,
    ENDS,
    LEFT,
    LINE,
    ON_ISLANDS,
    ON_LEFT,
    ON_PAIR,
    ON_RUNGS,
    ON_SQUARES,
    PAIR,
    RUNGS,
    SQUARES,
    STEEP,
    SWAP,
    SWAPS,
    TURN,
    UNIT,
    at_most_one,
    inside,
    islands,
    none,
    orbit,
    says,
    slope,
    swapped,
)

T = Table("counterexample")

HALF, STEP = linear([["1/2"]]), chain(affine([["1"]], ["1"]), name="x + 1")
OPEN = tuple(Punctured(parts=(interval(low, high),), without=Fraction(0)) for low, high in ((-1, 0), (0, 1)))
ON_OPEN = tuple(part for region in OPEN for part in (inside(HALF, region), slope(HALF, region, "1/2")))
UNBIASED = STEEP.without_bias()
MOVED = polynomial("21/20", "-21/20", 1, name="1 + 19(x - 1)/20 + (x - 1)^2")
RIGHT = interval("3/4", 1)
ON_RIGHT = (inside(MOVED, RIGHT, RATIONAL), slope(MOVED, RIGHT, "19/20", backend=RATIONAL))
CE_E = orbit(BENT, 0, 2, 7, "1/10")

T.group("Convexity is not printed, and needed (P1)")
T.accept(
    "Lemma 3.4 promises a fixed point where there is none",
    CLIMB,
    RUNGS,
    says("ke-3.4", "fixed_points"),
    premises=(*ON_RUNGS, none(CLIMB, LINE)),
)
T.accept("so does Theorem 4.1", CLIMB, RUNGS, says("ke-4.1", "fixed_points"), premises=(*ON_RUNGS, none(CLIMB, LINE)))
T.accept("so does Theorem 4.2", CLIMB, RUNGS, says("ke-4.2", "fixed_points"), premises=(*ON_RUNGS, none(CLIMB, LINE)))
T.accept(
    "none in the set is enough for Lemma 3.4",
    CLIMB,
    RUNGS,
    says("ke-3.4", "fixed_points"),
    premises=(*ON_RUNGS, none(CLIMB, RUNGS)),
)
T.accept(
    "two sets, and at most one on the line",
    TURN,
    islands(1),
    says("ke-4.1", "fixed_points"),
    premises=(*ON_ISLANDS, at_most_one(TURN)),
)
T.accept(
    "two boxes that are swapped hold no fixed point",
    SWAP,
    PAIR,
    says("ke-3.4", "fixed_points"),
    premises=(*ON_PAIR, swapped(SWAP, PAIR)),
)
T.accept(
    "and orbits from there do not converge",
    SWAP,
    PAIR,
    says("ke-3.4", "convergence"),
    premises=(*ON_PAIR, swapped(SWAP, PAIR)),
)
T.accept("in the plane", SWAPS, SQUARES, says("ke-3.4", "convergence"), premises=(*ON_SQUARES, swapped(SWAPS, SQUARES)))
T.accept(
    "a layer in the plane",
    SWAPS,
    SQUARES,
    says("ke-4.1", "convergence"),
    premises=(*ON_SQUARES, swapped(SWAPS, SQUARES)),
)

T.group("Sets that are not closed, and the bias (P4)")
T.accept(
    "x/2 on [-1, 0) and (0, 1]", HALF, OPEN[0], says("ke-4.1", "fixed_points"), premises=(*ON_OPEN, at_most_one(HALF))
)
T.accept(
    "g' at W x instead of W x + b",
    STEEP,
    UNIT,
    says("ke-4.1", "convergence"),
    premises=(inside(STEEP, UNIT), slope(UNBIASED, UNIT, "1e-30"), swapped(STEEP, ENDS)),
)

T.group("Noise takes the orbit out of the set (P2)")
T.accept(
    "CE-e: 20/m is exceeded for m = 10", BENT, LEFT, says("ke-4.2", "radius", "1/10", 2), premises=(*ON_LEFT, CE_E)
)

T.accept(
    "the same around 1",
    MOVED,
    RIGHT,
    says("ke-4.2", "radius", "1/10", 2),
    premises=(*ON_RIGHT, orbit(MOVED, 1, 3, 7, "1/10")),
    backend=RATIONAL,
)

T.group("A printed hypothesis is no premise")
MISSING = Reason.HYPOTHESIS_MISSING
T.reject(
    MISSING,
    "nothing is said of f(D)",
    CLIMB,
    RUNGS,
    says("ke-3.4", "fixed_points"),
    premises=(ON_RUNGS[1], none(CLIMB, LINE)),
)
T.reject(
    MISSING,
    "nothing is said of f'",
    CLIMB,
    RUNGS,
    says("ke-3.4", "fixed_points"),
    premises=(ON_RUNGS[0], none(CLIMB, LINE)),
)
T.reject(
    MISSING,
    "f' is bounded on another set",
    SWAP,
    PAIR,
    says("ke-3.4", "convergence"),
    premises=(ON_PAIR[0], slope(SWAP, PAIR.parts[0], "1/2"), swapped(SWAP, PAIR)),
)
T.reject(
    MISSING,
    "another map is kept inside",
    SWAP,
    PAIR,
    says("ke-3.4", "convergence"),
    premises=(inside(fp.loop("cubic", [["1"]]), PAIR), ON_PAIR[1], swapped(SWAP, PAIR)),
)
T.reject(
    MISSING,
    "the slope of another map",
    CLIMB,
    RUNGS,
    says("ke-3.4", "fixed_points"),
    premises=(ON_RUNGS[0], slope(TURN, islands(1), "0.501"), none(CLIMB, LINE)),
)
T.reject(
    MISSING,
    "one of two sets has no bound",
    TURN,
    islands(1),
    says("ke-4.1", "fixed_points"),
    premises=(*ON_ISLANDS[:3], at_most_one(TURN)),
)
T.reject(
    MISSING,
    "K = 1",
    STEP,
    RUNGS,
    says("ke-3.4", "fixed_points"),
    premises=(inside(STEP, RUNGS, RATIONAL), slope(STEP, RUNGS, 1), none(STEP, LINE)),
)
T.reject(
    MISSING,
    "K = 3/2",
    SWAP,
    PAIR,
    says("ke-3.4", "convergence"),
    premises=(ON_PAIR[0], slope(SWAP, PAIR, "3/2"), swapped(SWAP, PAIR)),
)
T.reject(
    MISSING,
    "Theorem 4.2 admits K up to 19/20",
    SWAP,
    PAIR,
    says("ke-4.2", "convergence"),
    premises=(ON_PAIR[0], slope(SWAP, PAIR, "0.951"), swapped(SWAP, PAIR)),
)
T.accept(
    "Lemma 3.4 admits more",
    SWAP,
    PAIR,
    says("ke-3.4", "convergence"),
    premises=(ON_PAIR[0], slope(SWAP, PAIR, "0.951"), swapped(SWAP, PAIR)),
)
T.reject(
    MISSING,
    "sets that meet",
    HALF,
    interval(-1, 1),
    says("ke-4.1", "fixed_points"),
    premises=(
        inside(HALF, interval(-1, 1)),
        slope(HALF, interval(-1, 1), "1/2"),
        inside(HALF, interval(-2, 2)),
        slope(HALF, interval(-2, 2), "1/2"),
        at_most_one(HALF),
    ),
)
T.reject(
    MISSING,
    "the same set twice",
    TURN,
    islands(1),
    says("ke-4.1", "fixed_points"),
    premises=(*ON_ISLANDS[:2], *ON_ISLANDS[:2], at_most_one(TURN)),
)
T.reject(
    MISSING,
    "sets that meet in a point that both hold",
    HALF,
    interval(-1, 0),
    says("ke-4.1", "fixed_points"),
    premises=(
        *[
            part
            for low, high in ((-1, 0), (0, 1))
            for part in (inside(HALF, interval(low, high)), slope(HALF, interval(low, high), "1/2"))
        ],
        at_most_one(HALF),
    ),
)

T.group("The failure contradicts nothing that is printed")
NOT = Reason.NO_CONTRADICTION
T.reject(
    NOT,
    "no fixed point elsewhere",
    HALF,
    interval(-1, 1),
    says("ke-3.4", "fixed_points"),
    premises=(inside(HALF, interval(-1, 1)), slope(HALF, interval(-1, 1), "1/2"), none(HALF, interval(2, 3))),
)
T.reject(
    NOT,
    "no fixed point in a part of the set",
    HALF,
    interval(-1, 1),
    says("ke-3.4", "fixed_points"),
    premises=(inside(HALF, interval(-1, 1)), slope(HALF, interval(-1, 1), "1/2"), none(HALF, interval("1/2", 1))),
)
T.reject(
    NOT,
    "none in the set, but Theorem 4.1 says nothing of the place",
    CLIMB,
    RUNGS,
    says("ke-4.1", "fixed_points"),
    premises=(*ON_RUNGS, none(CLIMB, RUNGS)),
)
T.reject(
    NOT,
    "at most one, where one is promised",
    TURN,
    islands(1),
    says("ke-4.1", "fixed_points"),
    premises=(*ON_ISLANDS[:2], at_most_one(TURN)),
)
T.reject(
    NOT,
    "another map has no fixed point",
    HALF,
    interval(-1, 1),
    says("ke-3.4", "fixed_points"),
    premises=(inside(HALF, interval(-1, 1)), slope(HALF, interval(-1, 1), "1/2"), none(CLIMB, LINE)),
)
T.reject(
    NOT,
    "convergence is not contradicted by a missing fixed point",
    CLIMB,
    RUNGS,
    says("ke-3.4", "convergence"),
    premises=(*ON_RUNGS, none(CLIMB, LINE)),
)
T.reject(
    NOT,
    "a premise that is no failure",
    SWAP,
    PAIR,
    says("ke-3.4", "convergence"),
    premises=(swapped(SWAP, PAIR), *ON_PAIR),
)
T.reject(
    NOT,
    "the noisy orbit is below 20/m",
    BENT,
    LEFT,
    says("ke-4.2", "radius", "1/10", 2),
    premises=(*ON_LEFT, orbit(BENT, 0, "19/10", 7, "1/10")),
)
T.reject(NOT, "a radius below 20/m", BENT, LEFT, says("ke-4.2", "radius", "1/10", 1), premises=(*ON_LEFT, CE_E))
T.reject(
    NOT,
    "the noise is larger than stated",
    BENT,
    LEFT,
    says("ke-4.2", "radius", "1/11", "20/11"),
    premises=(*ON_LEFT, CE_E),
)
T.reject(
    NOT,
    "the start is not fixed",
    BENT,
    LEFT,
    says("ke-4.2", "radius", "1/10", 2),
    premises=(*ON_LEFT, orbit(BENT, "-1/100", 2, 8, "1/10")),
)
T.reject(
    NOT,
    "the start is fixed, but not in D",
    BENT,
    LEFT,
    says("ke-4.2", "radius", "1/10", 2),
    premises=(*ON_LEFT, orbit(BENT, "1/20", "2.05", 6, "1/10")),
    backend=RATIONAL,
)
T.reject(
    NOT,
    "20/m is measured from the fixed point 1",
    MOVED,
    RIGHT,
    says("ke-4.2", "radius", "1/10", 2),
    premises=(*ON_RIGHT, orbit(MOVED, 1, "5/2", 7, "1/10")),
    backend=RATIONAL,
)

CASES = T.cases


@T.parametrize()
def test_counterexample(case: Case) -> None:
    verify(case)


def test_the_claim_lists_hypotheses_conclusion_and_failure() -> None:
    """The whole refutation stands in one sentence, made of the kernel's own."""
    claim = verify(next(case for case in CASES if case.name.startswith("CE-e")))
    assert claim is not None
    words = claim.sentence()
    assert (
        "[1] 19x/20 + x^2: f maps [-1/4, 0] into itself. [2] 19x/20 + x^2: the derivative of f has norm at most 0.95"
        in words
    )
    assert "orbits under noise at most 1/10 satisfy |x^t - p| <= K^t |x^0 - p| + 2; p = 0 is fixed. Yet" in words


def test_the_derivative_without_the_bias_is_said_to_be_that() -> None:
    """The map of the second premise is not f; its name says so."""
    claim = verify(next(case for case in CASES if case.name.startswith("g' at W x")))
    assert claim is not None
    assert f"[2] {STEEP.name} without its bias: the derivative of f" in claim.sentence()


@pytest.mark.parametrize(
    "witness",
    [
        says("ke-9.9", "fixed_points"),
        says("ke-3.4", "radius"),
        says("ke-4.1", "beauty"),
        {"conclusion": "fixed_points"},
        {"statement": "ke-3.4"},
    ],
    ids=str,
)
def test_what_is_refuted_must_be_known(witness: dict[str, Any]) -> None:
    case = Case(
        group="",
        name="",
        rule="counterexample",
        network=CLIMB,
        region=RUNGS,
        witness=witness,
        premises=(*ON_RUNGS, none(CLIMB, LINE)),
    )
    with pytest.raises(FormatError):
        decide(case.obligations())


def test_without_premises_nothing_is_refuted() -> None:
    case = Case(
        group="", name="", rule="counterexample", network=CLIMB, region=RUNGS, witness=says("ke-3.4", "fixed_points")
    )
    with pytest.raises(FormatError, match="premises"):
        decide(case.obligations())
