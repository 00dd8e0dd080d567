"""cover: every fixed point in a box, by a tree that leaves no part of it out."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fpverify as fp
from fpverify.kernel.claim import Claim
from fpverify.kernel.errors import FormatError, InexactNumberError
from fpverify.kernel.norm import SupNorm
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import Ball, BoxRegion, Cover
from fpverify.kernel.rules.cover import RULE
from fpverify.kernel.verdict import Reason, Status
from fpverify.search._proposer import ROUNDED
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
    step,
    verify,
)
from tests.rules.counting import (
    BROAD,
    CUBIC,
    CUBIC_TREE,
    CUBIC_WITNESS,
    FAMILY,
    FAMILY_WITNESS,
    HALF,
    HIGH,
    JUMP,
    LEFT,
    MIDDLE,
    RIGHT,
    STEEP,
    STEEP_WITNESS,
    UNIT,
    ZERO,
    counted,
    point,
    proposed,
    searched,
)

T = Table("cover")
AT_ZERO = point((0, 0), (-2, 2))
CLAMP = fp.loop("hardtanh", [["2"]])
SHEAR = linear([["1/2", "10"], ["0", "1/3"]])
TURN = linear([["3/5", "3/5"], ["-3/5", "3/5"]])
DOUBLE = polynomial("1/4", 0, 1)
PLANE = point(((0, 0), (0, 0)), ((-2, 2), (-2, 2)))
PAIR = fp.loop("tanh", [["2", "1/4"], ["1/4", "2"]], ["1/10", "0"])
SQUARE = cube(1, 2)
PAIR_WITNESS = proposed(PAIR, SQUARE)
THIRD = linear([["1/4"]], ["1/4"])
THIRD_POINT = point(("0.3333", "0.3334"), (0, 1))

T.group("All fixed points are found, and nothing else")
T.accept("three of the cubic", CUBIC, BROAD, CUBIC_WITNESS)
T.accept("three of tanh 2x", STEEP, UNIT, STEEP_WITNESS)
T.accept("points of a plane", PAIR, SQUARE, PAIR_WITNESS)
T.accept("one of x/2", HALF, UNIT, counted("p0", AT_ZERO))
T.accept("none of x + 1", linear([["1"]], ["1"]), UNIT, counted("f f x"))
T.accept("none of 2x + 3, by Krawczyk's operator", linear([["2"]], ["3"]), UNIT, counted("k"))
T.accept("a turn", TURN, SQUARE, counted("p0", PLANE))
T.accept(
    "a shear, in a box that is narrow in one coordinate",
    SHEAR,
    SQUARE,
    counted("s1:-1/90 f k s1:1/90 p0 f k", point(((0, 0), (0, 0)), ((-2, 2), ("-1/50", "1/50")))),
)
T.accept("in rationals", CUBIC, BROAD, CUBIC_WITNESS, backend=RATIONAL)
T.accept("an exact point in rationals", THIRD, UNIT, counted("p0", point(("1/3", "1/3"), (-2, 2))), backend=RATIONAL)
T.accept("steps that shrink the box first", HALF, cube(100, 1), counted("f f f f f f f p0", AT_ZERO))
T.accept("one step of Krawczyk's operator", HALF, cube(100, 1), counted("n p0", AT_ZERO))
T.accept(
    "a step that leaves nothing", linear([["2"]], ["3"]), UNIT, counted("n s0:0 p0 n x", point((-3, -3), (-4, -2), -1))
)
T.accept("a split outside the box", HALF, UNIT, counted("s0:7 p0 x", AT_ZERO))

T.group("Points outside of the box do not count, and those across its border leave it open")
T.accept("a point outside is named in vain", CUBIC, interval(0, "5/4"), CUBIC_WITNESS | {"share": "2/125"})
T.accept("the point is a corner of the box", HALF, interval(0, 1), counted("p0", AT_ZERO))
T.accept("the point is all of the box", HALF, interval(0, 0), counted("p0", AT_ZERO))
T.accept("a box beside the point", HALF, interval("1/10", 1), counted("p0", AT_ZERO))
T.accept("across the border", THIRD, interval("1/3", 1), counted("p0", THIRD_POINT, share="1/6000"))
T.reject(
    Reason.NOT_EXCLUDED,
    "across the border, with a share that is too small",
    THIRD,
    interval("1/3", 1),
    counted("p0", THIRD_POINT, share="1/7000"),
)
T.reject(
    Reason.NOT_EXCLUDED, "across the border, without a share", THIRD, interval("1/3", 1), counted("p0", THIRD_POINT)
)

T.group("Undecided leaves are counted, with their share of the volume")
T.accept("a quarter of the box", HALF, UNIT, counted("s0:1/2 p0 ?", AT_ZERO, share="1/4"))
T.accept("nothing is decided", CUBIC, BROAD, counted("?", share="1"))
T.accept(
    "two points of sign, and its jump",
    JUMP,
    UNIT,
    counted("s0:-1/8 p0 s0:1/8 ? p1", point((-1, -1), (-2, "-1/16")), point((1, 1), ("1/16", 2)), share="1/8"),
)
T.reject(Reason.NOT_EXCLUDED, "a share that is too small", HALF, UNIT, counted("s0:1/2 p0 ?", AT_ZERO, share="6/25"))
T.reject(Reason.NOT_EXCLUDED, "a thin box is all of itself", HALF, interval(0, 0), counted("?", share="1/2"))
T.reject(Reason.NOT_EXCLUDED, "a negative share", HALF, UNIT, counted("p0", AT_ZERO, share="-1/2"))

T.accept("places that are no binary numbers lose no volume", HALF, UNIT, counted("s0:1/3 s0:-1/7 ? ? ?", share="1"))
T.accept(
    "a leaf that ends with its uniqueness box, at no binary number",
    THIRD,
    UNIT,
    counted("s0:1/7 k s0:3/7 p0 k", point(("0.3333", "0.3334"), ("1/7", "3/7"))),
)
T.reject(
    Reason.NOT_EXCLUDED,
    "and one that ends beyond it",
    THIRD,
    UNIT,
    counted("s0:1/7 k s0:4/7 p0 k", point(("0.3333", "0.3334"), ("1/7", "3/7"))),
)

T.group("At most one fixed point, and a regular derivative, in each uniqueness box")
NOT_UNIQUE = Reason.UNIQUENESS_UNCERTAIN
T.reject(NOT_UNIQUE, "all three in one", CUBIC, BROAD, counted("p0", point((0, 0), ("-3/2", "3/2"), -1)))
T.reject(NOT_UNIQUE, "the identity", linear([["1"]]), UNIT, counted("p0", AT_ZERO))
T.reject(NOT_UNIQUE, "a double fixed point", DOUBLE, UNIT, counted("p0", point(("1/2", "1/2"), (0, 1))))
T.reject(NOT_UNIQUE, "a jump", JUMP, UNIT, counted("p0", AT_ZERO))
T.reject(NOT_UNIQUE, "a jump on the border of the box", JUMP, UNIT, counted("p0", point((1, 1), (0, 2))))
T.reject(NOT_UNIQUE, "an enclosure on the border", HALF, UNIT, counted("p0", point((0, 0), (0, 2))))
T.reject(NOT_UNIQUE, "an enclosure that sticks out", HALF, UNIT, counted("p0", point((-1, 1), ("-1/2", 2))))
T.reject(NOT_UNIQUE, "a thin box", HALF, UNIT, counted("p0", point((0, 0), (0, 0))))
T.reject(
    NOT_UNIQUE,
    "a plane where one coordinate is thin",
    TURN,
    SQUARE,
    counted("p0", point(((0, 0), (0, 0)), ((-2, 2), (0, 0)))),
)
T.reject(
    NOT_UNIQUE, "a kink whose two slopes lie on both sides of 1", CLAMP, UNIT, counted("p0", point((0, 0), (-1, 1), -1))
)
T.reject(NOT_UNIQUE, "slopes of a family around 1", linear([[("9/10", "11/10")]]), UNIT, counted("p0", AT_ZERO))
T.reject(NOT_UNIQUE, "slopes beyond floats", linear([["1e400"]]), UNIT, counted("p0", AT_ZERO))

T.group("A fixed point in each enclosure, with its index")
NO_POINT = Reason.EXISTENCE_UNCERTAIN
T.reject(NO_POINT, "beside the point", HALF, UNIT, counted("p0", point(("1/9", "1/8"), (-2, 2))))
T.reject(
    NO_POINT, "a thin one beside the point by 10^-50", HALF, UNIT, counted("p0", point(("1e-50", "1e-50"), (-2, 2)))
)
T.reject(NO_POINT, "1/3 in binary numbers", THIRD, UNIT, counted("p0", point(("1/3", "1/3"), (-2, 2))))
T.reject(NO_POINT, "the other index", HALF, UNIT, counted("p0", {**AT_ZERO, "index": -1}))
T.reject(NO_POINT, "the other index of a steep point", STEEP, UNIT, counted("x", {**ZERO, "index": 1}))
T.reject(
    NO_POINT,
    "the points of a family move further",
    FAMILY,
    UNIT,
    {**FAMILY_WITNESS, "points": [FAMILY_WITNESS["points"][0], ZERO, HIGH]},
)
T.reject(NO_POINT, "a biased family moves its point", linear([["1/2"]], [("0", "1")]), UNIT, counted("p0", AT_ZERO))
T.accept("the points of a family", FAMILY, UNIT, FAMILY_WITNESS)
T.accept(
    "kinks beside the points",
    CLAMP,
    UNIT,
    counted(
        "s0:-13/25 p0 s0:-12/25 x s0:12/25 p1 s0:13/25 x p2",
        point((-1, -1), (-2, "-0.51")),
        point((0, 0), ("-0.49", "0.49"), -1),
        point((1, 1), ("0.51", 2)),
    ),
)
T.accept(
    "a kink at the point, with slopes on one side of 1",
    chain(act("relu"), affine([["1/2"]], ["0"])),
    UNIT,
    counted("p0", AT_ZERO),
)

T.group("No point is counted twice")
T.reject(Reason.NOT_DISJOINT, "the same point twice", HALF, UNIT, counted("p0", AT_ZERO, AT_ZERO))
T.reject(
    Reason.NOT_DISJOINT,
    "two enclosures of one point",
    THIRD,
    UNIT,
    counted("p0", THIRD_POINT, point(("0.33", "0.3334"), (0, 1))),
)
T.reject(
    Reason.NOT_DISJOINT,
    "two enclosures that touch where the point is",
    HALF,
    UNIT,
    counted("p0", point((-1, 0), (-2, 2)), point((0, 1), (-2, 2))),
)
T.reject(Reason.NOT_DISJOINT, "one within the other", HALF, UNIT, counted("p0", AT_ZERO, point((-1, 1), (-2, 2))))

T.group("Each leaf is as stated, so that no part of the box is left out")
OPEN = Reason.NOT_EXCLUDED
T.reject(OPEN, "a box with a point is not empty", HALF, UNIT, counted("x"))
T.reject(OPEN, "nor by Krawczyk's operator", HALF, UNIT, counted("k"))
T.reject(OPEN, "nor if the point is its corner", HALF, UNIT, counted("s0:0 k p0", AT_ZERO))
T.reject(OPEN, "a leaf beyond the uniqueness box", HALF, cube(3, 1), counted("p0", AT_ZERO))
T.reject(OPEN, "the leaf of another point", CUBIC, BROAD, counted(CUBIC_TREE.replace("p0", "p2"), LEFT, MIDDLE, RIGHT))
T.reject(OPEN, "a split too far", CUBIC, BROAD, counted(CUBIC_TREE.replace("-3/5", "-1/2"), LEFT, MIDDLE, RIGHT))
T.reject(OPEN, "one point is not named", CUBIC, BROAD, counted(CUBIC_TREE.replace("p1", "x"), LEFT, MIDDLE, RIGHT))
T.reject(OPEN, "a family with a fixed point", linear([["1"]], [("0", "1")]), UNIT, counted("x"))
T.reject(OPEN, "the identity", linear([["1"]]), UNIT, counted("k"))
T.reject(OPEN, "a jump is not excluded by slopes", JUMP, interval("-1/2", "1/2"), counted("k"))
T.reject(OPEN, "nor by its values", JUMP, interval("-1/2", "1/2"), counted("x"))
T.reject(OPEN, "the jump of -sign takes in 0", chain(act("sign"), affine([["-1"]], ["0"])), UNIT, counted("x"))
T.reject(OPEN, "Newton's step alone loses no point", HALF, UNIT, counted("n x"))
T.accept("beside the jump of -sign", chain(act("sign"), affine([["-1"]], ["0"])), interval("1/8", 1), counted("x"))

T.group("The rule is about boxes of the right dimension")
WRONG = Reason.WRONG_REGION
T.out_of_scope(WRONG, "the line", HALF, line(), counted("p0", AT_ZERO))
T.out_of_scope(WRONG, "a union", HALF, Cover(parts=(UNIT,)), counted("p0", AT_ZERO))
T.out_of_scope(
    WRONG,
    "a ball",
    HALF,
    Ball(centre=(Fraction(0),), radius=Fraction(1), norm=SupNorm(weights=(Fraction(1),))),
    counted("p0", AT_ZERO),
)
T.reject(WRONG, "a square for a scalar loop", HALF, SQUARE, counted("p0", AT_ZERO))
T.reject(WRONG, "an enclosure of another dimension", HALF, UNIT, counted("p0", point(((0, 0), (0, 0)), (-2, 2))))
T.reject(WRONG, "a uniqueness box of another dimension", HALF, UNIT, counted("p0", point((0, 0), ((-2, 2), (-2, 2)))))

T.group("Arithmetic that fails is no proof")
T.reject(Reason.NOT_RATIONAL, "tanh in rationals", STEEP, UNIT, STEEP_WITNESS, backend=RATIONAL)
T.reject(
    Reason.NOT_FINITE,
    "an overflow",
    polynomial(*[0] * 200, 1, name="x^200"),
    interval(0, "1e4000"),
    counted("x"),
)

CASES = T.cases


@T.parametrize()
def test_cover(case: Case) -> None:
    verify(case)


@pytest.mark.parametrize("case", [case for case in CASES if case.backend is ARB], ids=str)
def test_fixed_point_decides_alike(case: Case) -> None:
    verify(replace(case, backend=FIXED))


def outcome(network: fp.Network, region: BoxRegion, tree: str, *points: object, **more: object) -> Status:
    case = step("cover", network, region, counted(tree, *points, **more))
    return case.decide()[0].status


# ------------------------------------------------------------------ claims


def claim_of(name: str) -> str:
    claim = verify(next(case for case in CASES if case.name == name))
    assert claim is not None
    return claim.sentence()


def test_the_claim_says_how_many_there_are_and_what_is_open() -> None:
    """All, at least, none; a point across the border is open, one outside is nothing."""
    assert claim_of("three of the cubic") == (
        "cubic loop on R^1: f has exactly 3 fixed points in [-5/4, 5/4], one in each of 3 listed disjoint boxes."
    )
    assert claim_of("one of x/2") == (
        "identity loop on R^1: f has exactly 1 fixed point in [-1, 1], which lies in the listed box."
    )
    assert claim_of("a quarter of the box") == (
        "identity loop on R^1: f has at least 1 fixed point in [-1, 1], which lies in the listed box; all others, if any, "
        "lie in 1 undecided box, in all at most the share 0.25 of it."
    )
    assert claim_of("across the border").startswith("identity loop on R^1: f has at least 0 fixed points in [1/3, 1]; ")
    assert claim_of("a box beside the point") == "identity loop on R^1: f has no fixed point in [1/10, 1]."
    assert claim_of("the points of a family").startswith(
        "tanh loop on R^1: for each choice of the uncertain parameters, f has exactly 3 fixed points in [-1, 1]"
    )


def test_the_claim_lists_the_points_inside_with_their_indices() -> None:
    case = next(case for case in CASES if case.name == "a point outside is named in vain")
    claim = verify(case)
    assert claim is not None
    assert (claim.kind, claim.facts["count"], claim.facts["undecided"]) == ("at_least", 1, 1)
    assert claim.facts["points"] == [{"lower": ["99/100"], "upper": ["101/100"], "index": 1}]


@pytest.mark.parametrize("network", [CUBIC, FAMILY, PAIR], ids=lambda network: network.name)
def test_what_float64_decides_is_decided_again(network: fp.Network) -> None:
    """The kernel's own boxes lie inside those of float64 tensors, so that the same tree serves."""
    regions = {
        CUBIC.name: (BROAD, CUBIC_WITNESS),
        FAMILY.name: (UNIT, FAMILY_WITNESS),
        PAIR.name: (SQUARE, PAIR_WITNESS),
    }
    verify(step("cover", network, *regions[network.name], backend=ROUNDED["torch64"](53)))


# ------------------------------------------------------------------ witnesses that are malformed

MALFORMED = {
    "no points": {"tree": "p0"},
    "no tree": {"points": [AT_ZERO]},
    "points by names": counted("p0") | {"points": {"0": AT_ZERO}},
    "a point without an index": counted("p0", {key: AT_ZERO[key] for key in ("enclosure", "unique")}),
    "a point with more": counted("p0", {**AT_ZERO, "stable": True}),
    "index 0": counted("p0", {**AT_ZERO, "index": 0}),
    "index true": counted("p0", {**AT_ZERO, "index": True}),
    "index as text": counted("p0", {**AT_ZERO, "index": "1"}),
    "an index that is a list": counted("p0", {**AT_ZERO, "index": [1]}),
    "an index that is a float": counted("p0", {**AT_ZERO, "index": 1.0}),
    "ends that are floats": counted("p0", {**AT_ZERO, "enclosure": [[0.0, 0.0]]}),
    "ends that are true": counted("p0", {**AT_ZERO, "enclosure": [[True, True]]}),
    "ends in the wrong order": counted("p0", {**AT_ZERO, "unique": [["1", "-1"]]}),
    "a box without sides": counted("p0", {**AT_ZERO, "unique": []}),
    "a box that is a text": counted("p0", {**AT_ZERO, "unique": "12"}),
    "a box that is a number": counted("p0", {**AT_ZERO, "unique": 1}),
    "a side with one end": counted("p0", {**AT_ZERO, "unique": [["1"]]}),
    "an empty tree": counted("", AT_ZERO),
    "a tree that is a list": counted("p0", AT_ZERO) | {"tree": ["p0"]},
    "two spaces": counted("s0:0  p0 p0", AT_ZERO),
    "a space behind": counted("p0 ", AT_ZERO),
    "a tree that ends early": counted("s0:0 p0", AT_ZERO),
    "a tree that goes on": counted("p0 p0", AT_ZERO),
    "an unknown leaf": counted("y", AT_ZERO),
    "two leaves in one word": counted("xx", AT_ZERO),
    "a point that there is not": counted("p1", AT_ZERO),
    "a point without a number": counted("p", AT_ZERO),
    "a negative point": counted("p-1", AT_ZERO),
    "a point in other digits": counted("p\N{ARABIC-INDIC DIGIT ZERO}", AT_ZERO),
    "a point with a power": counted("p\N{SUPERSCRIPT TWO}", AT_ZERO),
    "a point with many digits": counted("p" + "0" * 5000, AT_ZERO),
    "an axis that there is not": counted("s1:0 p0 p0", AT_ZERO),
    "a split without a place": counted("s0 p0 p0", AT_ZERO),
    "a split at infinity": counted("s0:inf p0 p0", AT_ZERO),
    "a split at nan": counted("s0:nan p0 p0", AT_ZERO),
    "a split at a number of a billion digits": counted("s0:1e999999999 p0 p0", AT_ZERO),
    "a malformed word below an empty box": counted("s0:-7 y p0", AT_ZERO),
    "a share that is a float": counted("p0", AT_ZERO, share=0.5),
    "a share that is true": counted("p0", AT_ZERO, share=True),
}


@pytest.mark.parametrize("witness", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_witness_is_an_error_of_the_format(witness: dict[str, object]) -> None:
    obligation = Obligation(id="o1", rule="cover", network=HALF, region=UNIT, witness=witness, backend=ARB)
    with pytest.raises((FormatError, InexactNumberError)):
        RULE.decide(obligation, {})


def test_a_long_tree_is_no_recursion() -> None:
    """A hundred thousand cuts, one below the other, all of an empty box but the first."""
    words = "s0:2 p0 " + "s0:1 x " * 50_000 + "x"
    assert outcome(HALF, UNIT, words, AT_ZERO) is Status.PROVED


# ------------------------------------------------------------------ random networks

WEIGHTS = st.integers(-24, 24).map(lambda n: str(Fraction(n, 8)))


@given(st.data(), st.sampled_from([1, 2]))
def test_no_count_is_below_what_newtons_method_finds(data: st.DataObject, d: int) -> None:
    """Small tanh networks: an exact count is that of the search, and the points of the claim are where they should be."""
    weight = [[data.draw(WEIGHTS) for _ in range(d)] for _ in range(d)]
    bias = [str(Fraction(data.draw(st.integers(-8, 8)), 16)) for _ in range(d)]
    network, region = fp.loop("tanh", weight, bias), cube(1, d)
    case = step("cover", network, region, proposed(network, region, depth=10))
    verdict, claim = case.decide()
    assert verdict.status is Status.PROVED
    assert claim is not None
    found = searched(network, region, starts=80)
    if claim.kind == "at_least":
        return
    places = claim.facts.get("points", [])
    assert claim.facts.get("count", 0) == len(places) >= len(found)
    for x in found:
        holding = [
            p
            for p in places
            if all(
                float(Fraction(a)) - 1e-9 <= y <= float(Fraction(b)) + 1e-9
                for a, y, b in zip(p["lower"], x, p["upper"], strict=True)
            )
        ]
        assert len(holding) == 1
        assert holding[0]["index"] == np.sign(np.linalg.det(np.eye(d) - _jacobian(weight, bias, x)))


def _jacobian(weight: list[list[str]], bias: list[str], x: list[float]) -> np.ndarray:
    w, b = np.array([[float(Fraction(e)) for e in row] for row in weight]), np.array([float(Fraction(e)) for e in bias])
    return (1 - np.tanh(w @ np.array(x) + b) ** 2)[:, None] * w


def test_the_random_networks_have_points_to_be_counted() -> None:
    """The four points of a square are found and counted, so that the property above is not empty."""
    claim = step("cover", PAIR, SQUARE, PAIR_WITNESS).decide()[1]
    assert claim is not None
    assert (claim.kind, claim.facts["count"]) == ("exactly", len(searched(PAIR, SQUARE)))
    assert claim.facts["count"] == 9
    assert sum(place["index"] for place in claim.facts["points"]) == 1


def test_a_tree_without_a_point_is_not_complete() -> None:
    """Whichever of the points is left out, the rest is no count: its leaves are not empty."""
    for missing in range(len(PAIR_WITNESS["points"])):
        words = ["x" if word == f"p{missing}" else word for word in PAIR_WITNESS["tree"].split()]
        assert outcome(PAIR, SQUARE, " ".join(words), *PAIR_WITNESS["points"]) is Status.UNDECIDED


# ------------------------------------------------------------------ witnesses that are changed at random


def kinked(
    weights: list[Fraction], places: list[Fraction], slope: Fraction, bias: Fraction, jump: Fraction
) -> fp.Network:
    """Return slope x + bias + sum_i weights_i relu(x - places_i) + jump sign(x)."""
    size = len(weights)
    layers = [
        affine([["1"]] * size, [str(-p) for p in places]),
        act("relu"),
        affine([[str(w) for w in weights]], [str(bias)]),
        {**affine([[str(slope)]], ["0"]), "from": 0},
        {"add": {"with": 3}},
    ]
    if jump:
        layers += [{**act("sign"), "from": 0}, affine([[str(jump)]], ["0"]), {"add": {"with": 5}}]
    return chain(*layers, name="kinked")


def solved(
    weights: list[Fraction], places: list[Fraction], slope: Fraction, bias: Fraction, jump: Fraction
) -> set[Fraction] | None:
    """Return the fixed points of the kinked map in [-2, 2], exactly; None if there are infinitely many."""

    def value(x: Fraction, side: int) -> Fraction:
        return slope * x + bias + sum((w * max(x - p, 0) for w, p in zip(weights, places, strict=True)), jump * side)

    ends = sorted({Fraction(-2), Fraction(0), Fraction(2), *(p for p in places if -2 < p < 2)})
    found = {x for x in ends if value(x, (x > 0) - (x < 0)) == x}
    for low, high in pairwise(ends):
        side = 1 if low >= 0 else -1
        a, b = value(low, side) - low, value(high, side) - high
        if a == b == 0:
            return None
        if a * b < 0:
            found.add(low + (high - low) * a / (a - b))
    return found


def changed(draw: st.DrawFn, witness: dict[str, Any]) -> dict[str, Any]:
    """Return the witness with one thing in another way."""
    points, words = [dict(data) for data in witness["points"]], witness["tree"].split(" ")
    share = {"share": witness["share"]} if "share" in witness else {}
    numbers = st.integers(-16, 16).map(lambda n: str(Fraction(n, 8)))
    pair = [[*sorted([draw(numbers), draw(numbers)], key=Fraction)]]
    at, chosen = draw(st.integers(0, len(words) - 1)), draw(st.integers(0, max(0, len(points) - 1)))
    match draw(st.integers(0, 6)):
        case 0:
            words[at] = draw(st.sampled_from(["x", "k", "p0", "p1", "f", "n", "s0:0", "s0:1/3"]))
        case 1 if words[at][0] == "s":
            words[at] = f"s0:{draw(numbers)}"
        case 2 if points:
            points[chosen][draw(st.sampled_from(["enclosure", "unique"]))] = pair
        case 3 if points:
            points[chosen]["index"] *= -1
        case 4 if points:
            points.append({**points[chosen], "enclosure": pair})
        case 5 if points:
            del points[chosen]
        case _:
            share = {"share": draw(st.sampled_from(["0", "1/8", "1"]))}
    return counted(" ".join(words), *points, **share)


@settings(max_examples=60)
@given(st.data())
def test_no_witness_proves_a_false_count(data: st.DataObject) -> None:
    """Maps with kinks and jumps, whose fixed points are known exactly; witnesses as found, and changed at random."""
    eighths = st.integers(-16, 16).map(lambda n: Fraction(n, 8))
    weights, places = (data.draw(st.lists(eighths, min_size=2, max_size=2)) for _ in range(2))
    slope, bias = data.draw(eighths), data.draw(eighths) / 2
    jump = data.draw(st.sampled_from([Fraction(0), Fraction(0), Fraction(1, 2), Fraction(-1, 3)]))
    network, region = kinked(weights, places, slope, bias, jump), cube(2, 1)
    truth = solved(weights, places, slope, bias, jump)
    witness = proposed(network, region, depth=7, starts=12)
    for _ in range(4):
        try:
            _, claim = step("cover", network, region, witness).decide()
        except FormatError:
            claim = None
        if claim is not None:
            _is_true(claim, truth)
        witness = changed(data.draw, witness)


def _is_true(claim: Claim, truth: set[Fraction] | None) -> None:
    places = claim.facts.get("points", [])
    assert len(places) == claim.facts.get("count", 0)
    if claim.kind != "at_least":
        assert truth is not None
        assert len(truth) == len(places)
    for place in places:
        low, high = Fraction(place["lower"][0]), Fraction(place["upper"][0])
        assert truth is None or len([x for x in truth if low <= x <= high]) == 1
