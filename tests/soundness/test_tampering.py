"""
Tampering: what is proved cannot be turned into a stronger statement.

Every certificate here is VALID. Each edit makes its statement stronger (a smaller rate, a larger region, more noise, ...)
or false, lets the claim follow from the edited obligations, and signs the file anew. It must be REJECTED or HOLEY.
"""

import copy
import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import fpverify as fp
from fpverify._certify import decide
from fpverify.kernel.check import FileStatus, check_file, check_text
from fpverify.kernel.claim import SENTENCES
from fpverify.kernel.norm import SupNorm
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import Ball, Cover, ProductRegions
from fpverify.kernel.rules import RULES
from fpverify.kernel.rules._lift import lift, unfold
from tests.rules.cases import act, affine, chain, cube, interval, line, linear, rate, step, sup
from tests.rules.counterexamples import BENT, CLIMB, LEFT, LINE, RUNGS, TURN, islands
from tests.rules.counting import (
    CUBIC_COUNT,
    HALF,
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
from tests.rules.factors import UNIT as ONE
from tests.rules.factors import attracted, sector, two
from tests.soundness.forge import Edit, another_digit, at, edited, forged, is_number, leaves, signed

VALID, REJECTED, HOLEY = FileStatus.VALID, FileStatus.REJECTED, FileStatus.HOLEY
CUBIC = fp.loop("cubic", [["1"]])
NEAR = (interval("17/20", "21/20"), interval("-21/20", "-17/20"))
PAIR = fp.loop("tanh", [["2/5", "-3/10"], ["1/5", "1/2"]], ["1/10", "-1/5"])
FAMILY = fp.loop("sin", [[("2/5", "1/2")]], [("-1/20", "1/20")])
LAYERS = fp.loop(
    "cubic", fp.exchangeable(3, ("293/300", "307/300"), ("-7/300", "7/300")), fp.fill(3, ("-1/50", "1/50"))
)
PRODUCTS = ProductRegions.power(("4/5", "11/10"), ("-11/10", "-4/5"), dimension=3)
TWO_LOW = fp.BoxRegion.of(("-1", "-3/4"), ("-1", "-3/4"), ("-1/2", "1/5"))
QUARTIC = fp.loop("quartic", fp.exchangeable(2, 1, "1/9"))
CELLS = fp.loop("tanh", [["2", "1/10"], ["-1/10", "2"]])
SWAP = fp.loop("cubic", [["-1"]])
A = fp.About


def _on(region: Any, rate: str, precision: int = 128) -> tuple[fp.About, ...]:
    return (
        A(goal=fp.MapsInto(precision=precision), region=region),
        A(goal=fp.Lipschitz(rate=rate, precision=precision), region=region),
    )


TWICE = lift(TURNED, 2)
TURNED_TWO = step("cover", TWICE, cube(1, 2), proposed(TWICE, cube(1, 2)))
DEEP = chain(affine([["1/2"]], ["0"]), act("tanh"), affine([["3/10"]], ["0"]), act("tanh"), name="two layers")
UNFOLDED = unfold(DEEP)
assert UNFOLDED is not None
UNFOLDED_COUNT = step("cover", UNFOLDED, cube(1, 2), counted("p0", point([(0, 0)] * 2, [(-2, 2)] * 2)))
OPEN = step("cover", HALF, UNIT, counted("s0:1/2 p0 ?", point((0, 0), (-2, 2)), share="1/4"))

TURN_FIVE = fp.loop("tanh", [["0", "2"], ["-2", "0"]])
EXCITED = chain(affine([["4"]], ["0"]), act("tanh"), affine([["6/25"]], ["0"]), act("tanh"), name="4 and 6/25")
TWO_LAYERS = chain(
    affine([["3/5", "1/5"], ["-1/4", "1/2"], ["1/3", "0"]], ["1/10", "0", "0"]),
    act("tanh"),
    affine([["2/5", "1/3", "-1/5"], ["1/4", "1/2", "1/5"]], ["0", "-1/5"]),
    act("tanh"),
    size=2,
    name="2-3-2",
)
SHIFTED = fp.loop("tanh", [["2"]], ["1/4"])
SHIFTED_UNIQUE = step("banach", SHIFTED, interval("9/10", 1), rate("1/5"))
UPPER, UPPER_WITNESS = attracted(STEEP, [1], "1/4")
ATTRACTED = step("attracts", STEEP, UPPER, UPPER_WITNESS)
TURNING = fp.loop("tanh", [["3/5", "1"], ["-2/5", "1/2"]], ["1/10", "0"])
TURNING_BALL, TURNING_WITNESS = attracted(TURNING, [0, 0], "1/4", "19/20")

CERTIFIED: dict[str, tuple[fp.Network, Any, fp.Goal] | list[Obligation]] = {
    # a network, a region and a goal to be certified; or obligations, where there is no goal for the rule
    "banach": (PAIR, cube("9/10", 2), fp.Unique()),
    "banach in the 2-norm": (linear([["3/5", "3/5"], ["-3/5", "3/5"]]), line(2), fp.Unique(norm="two")),
    "local_ball": (
        CUBIC,
        Ball(centre=(Fraction(19, 20),), radius=Fraction(1, 10), norm=SupNorm(weights=(Fraction(1),))),
        fp.Unique(rate="333/800", precision=0),
    ),
    "regions": (CUBIC, Cover(parts=NEAR), fp.OneInEach()),
    "robust": (FAMILY, cube(1, 1), fp.Robust(noise="1/5", radii=True)),
    "product": (LAYERS, PRODUCTS, fp.OneInEachProduct(noise="1/20")),
    "brouwer": (linear([["-1"]]), cube(1, 1), fp.Exists()),
    "exclusion": (fp.loop("exponential", fp.exchangeable(3, 1, "1/16")), TWO_LOW, fp.NoFixedPoint(boxes=300)),
    "exclusion on the line": (CLIMB, LINE, fp.NoFixedPoint(boxes=100)),
    "crossing": (CUBIC, cube("1/4", 1), fp.Crossing()),
    "diagonal": (QUARTIC, line(2), fp.OnDiagonal(interval=("27/20", "27/20"), eigenvalue=(-1, -1), precision=0)),
    "orbit": (BENT, interval(0, 0), fp.OrbitAbove(steps=7, above=2, noise="1/10")),
    "at_point": (
        fp.loop("quartic", [["1"]]),
        interval("1.502", "1.502"),
        fp.AtPoint(entry=(0, 0), bounds=("-71533501/78125000",) * 2, precision=0),
    ),
    "at_most_one": (TURN, line(), fp.AtMostOne()),
    "count_structured": (CELLS, cube(1, 2), fp.CountProducts(cells=[("-1", "-7/10"), ("-1/4", "1/4"), ("7/10", "1")])),
    "cubic_count": (LAYERS, line(3), fp.CountCubic()),
    "miranda": (linear([["3", "0"], ["0", "1/2"]]), cube(1, 2), fp.ExistsBySigns()),
    "interval_newton": (linear([["3", "0"], ["0", "1/2"]]), cube(1, 2), fp.ExactlyOne()),
    "alternates": (SWAP, Cover(parts=(interval("-11/10", "-9/10"), interval("9/10", "11/10"))), fp.Alternates()),
    "maps_into": (linear([["1/2"]]), fp.Punctured(parts=(interval(-1, 0),), without=Fraction(0)), fp.MapsInto()),
    "lipschitz": (CUBIC, Cover(parts=(interval("-11/10", "-9/10"), interval("9/10", "11/10"))), fp.Lipschitz()),
    "counterexample without a fixed point": (
        CLIMB,
        RUNGS,
        fp.Refutes(
            statement="ke-3.4",
            conclusion="fixed_points",
            hypotheses=_on(RUNGS, "0.501"),
            failure=A(goal=fp.NoFixedPoint(boxes=100), region=LINE),
        ),
    ),
    "counterexample with one of two": (
        TURN,
        islands(1),
        fp.Refutes(
            statement="ke-4.1",
            conclusion="fixed_points",
            hypotheses=(*_on(islands(1), "0.501"), *_on(islands(2), "0.501")),
            failure=A(goal=fp.AtMostOne(), region=line()),
        ),
    ),
    "counterexample with noise": (
        BENT,
        LEFT,
        fp.Refutes(
            statement="ke-4.2",
            conclusion="radius",
            noise="1/10",
            radius=2,
            hypotheses=_on(LEFT, "19/20", 0),
            failure=A(goal=fp.OrbitAbove(steps=7, above=2, noise="1/10"), region=interval(0, 0)),
        ),
    ),
    "cover": CUBIC_COUNT.obligations(),
    "cover with an undecided leaf": OPEN.obligations(),
    "spectrum": STEEP_TYPES.obligations(),
    "everywhere": step("everywhere", STEEP, line(), premises=(STEEP_COUNT,)).obligations(),
    "index_sum": step("index_sum", STEEP, UNIT, premises=(STEEP_COUNT,)).obligations(),
    "periodic": step("periodic", TURNED, UNIT, {"period": 2}, premises=(TURNED_TWO, TURNED_COUNT)).obligations(),
    "basin": step(
        "basin", STEEP, UNIT, {"tree": "s0:-1/1000 b0:20 s0:1/1000 ? b2:20"}, premises=(STEEP_TYPES,)
    ).obligations(),
    "unfolded": step("unfolded", DEEP, UNIT, premises=(UNFOLDED_COUNT,)).obligations(),
    "sector": step("sector", TURN_FIVE, cube(1, 2), sector(TURN_FIVE, cube(1, 2))).obligations(),
    "sector of two layers": step("sector", EXCITED, UNIT, sector(EXCITED, UNIT, ["1", "125"])).obligations(),
    "layered": step("layered", TWO_LAYERS, cube(1, 2), rate("3/4", sup(1, 1))).obligations(),
    "layered in the 2-norm": step("layered", TWO_LAYERS, line(2), two(TWO_LAYERS, line(2))).obligations(),
    "absorbing": step("absorbing", SHIFTED, interval(0, 5), {"steps": 3}, premises=(SHIFTED_UNIQUE,)).obligations(),
    "absorbing with a count": step("absorbing", STEEP, cube(5, 1), {"steps": 1}, premises=(STEEP_COUNT,)).obligations(),
    "attracts": ATTRACTED.obligations(),
    "attracts in the plane": step("attracts", TURNING, TURNING_BALL, TURNING_WITNESS).obligations(),
    "arrives": step("arrives", STEEP, interval("1/10", 5), {"steps": 6}, premises=(ATTRACTED,)).obligations(),
}
EVERY = pytest.mark.parametrize("name", CERTIFIED)


@cache
def _text(name: str) -> str:
    entry = CERTIFIED[name]
    outcome = decide(entry) if isinstance(entry, list) else fp.certify(*entry)
    assert outcome.verdict.status is fp.Status.PROVED, outcome.verdict
    return outcome.certificate.to_text()


def data_of(name: str) -> Any:
    return json.loads(_text(name))


@EVERY
def test_the_certificates_are_valid_before_the_tampering(name: str) -> None:
    assert check_text(_text(name)).status is VALID


def test_there_is_a_certificate_of_every_rule() -> None:
    assert {obligation["rule"] for name in CERTIFIED for obligation in data_of(name)["obligations"]} >= {*RULES}


# ------------------------------------------------------------------ edits that strengthen

W, R, N = ("obligations", 0, "witness"), ("obligations", 0, "region"), ("networks",)


def times(factor: str) -> Callable[[Any], Any]:
    def change(value: Any) -> Any:
        return [change(part) for part in value] if isinstance(value, list) else str(Fraction(value) * Fraction(factor))

    return change


def plus(amount: str) -> Callable[[Any], Any]:
    return lambda value: str(Fraction(value) + Fraction(amount))


def to(value: Any) -> Callable[[Any], Any]:
    return lambda _: copy.deepcopy(value)


def network(change: Callable[[Any], Any]) -> Edit:
    """Return the edit of every network of the file, that of its layers."""

    def edit(data: Any) -> None:
        for body in data["networks"].values():
            change(body["layers"])

    return edit


def words(old: str, new: str, *path: Any) -> Edit:
    """Return the edit of the tree at *path* that replaces its *old* words, which are there once."""

    def change(tree: str) -> str:
        assert f" {tree} ".count(f" {old} ") == 1
        return f" {tree} ".replace(f" {old} ", f" {new} ").strip()

    return at((*(path or W), "tree"), change)


def both(*edits: Edit) -> Edit:
    def edit(data: Any) -> None:
        for one in edits:
            one(data)

    return edit


def drop(*path: Any) -> Edit:
    def edit(data: Any) -> None:
        for key in path[:-1]:
            data = data[key]
        del data[path[-1]]

    return edit


def _all_premises(data: Any) -> None:
    data["obligations"][-1]["premises"] = []


def _last_only(data: Any) -> None:
    data["obligations"] = data["obligations"][-1:]


def _signs(*signs: int) -> dict[str, Any]:
    """Return the witness that a single eigenvalue lies where the sign says."""
    return {"transform": [["1"]], "inverse": [["1"]], "signs": [*signs]}


def _doubled(words: str) -> str:
    """Return the text of a triangle with its first entry doubled."""
    first, _, others = words.partition(" ")
    return f"{2 * int(first)} {others}"


BOX, PARTS = (*R, "box"), (*R, "cover")
STRONGER: dict[str, dict[str, Edit]] = {
    "banach": {
        "a smaller rate": at((*W, "rate"), times("0.999")),
        "rate 0": at((*W, "rate"), to("0")),
        "another norm": at((*W, "norm", "kind"), to("one")),
        "other weights": at((*W, "norm", "weights"), to(["1", "3"])),
        "a region without the fixed point": at((*BOX, 0), to(["1/2", "9/10"])),
        "a region far away": at(BOX, to([["5", "6"], ["5", "6"]])),
        "a smaller box that is left": at(BOX, to([["-1/100", "1/100"], ["-1/100", "1/100"]])),
        "a larger weight": network(at((0, "affine", "weight", 0, 0), to("3"))),
        "an uncertain weight": network(at((0, "affine", "weight", 0, 0), to(["2/5", "3"]))),
        "a larger bias in a smaller box": both(
            network(at((0, "affine", "bias", 0), to("1"))), at((*BOX, 0), to(["-1/2", "1/2"]))
        ),
        "no activation": both(
            network(at((1, "activation"), to("identity"))),
            at((*W, "rate"), to("7/10")),
            at(BOX, to([["-1/9", "1/9"]] * 2)),
        ),
        "a jump": network(at((1, "activation"), to("sign"))),
        "a steep activation": network(at((1, "activation"), to("cubic"))),
    },
    "banach in the 2-norm": {
        "a smaller rate": at((*W, "rate"), times("0.999")),
        "the sup norm": at((*W, "norm", "kind"), to("sup")),
        "other weights": at((*W, "norm", "weights"), to(["1", "2"])),
        "a box that is not invariant": at(R, to({"box": [["-1", "1"], ["-1", "1"]]})),
        "a larger weight": network(at((0, "affine", "weight", 0, 0), to("4/5"))),
    },
    "local_ball": {
        "a smaller rate": at((*W, "rate"), times("0.9999")),
        "a smaller ball": at((*R, "ball", "radius"), to("1/20")),
        "a larger ball": at((*R, "ball", "radius"), to("1/5")),
        "a centre far from the fixed point": at((*R, "ball", "centre"), to(["17/20"])),
        "a norm that shrinks the ball": at((*R, "ball", "norm", "weights"), to(["1/2"])),
        "another bias": network(at((0, "affine", "bias"), to(["1/10"]))),
    },
    "regions": {
        "a smaller rate of the second box": at((*W, "parts", 1, "rate"), times("0.999")),
        "a box more": both(
            at(PARTS, lambda parts: [*parts, [["-1/10", "1/10"]]]), at((*W, "parts"), lambda parts: [*parts, parts[0]])
        ),
        "a box twice": both(
            at(PARTS, lambda parts: [*parts, parts[0]]), at((*W, "parts"), lambda parts: [*parts, parts[0]])
        ),
        "boxes that meet": at(PARTS, to([[["17/20", "21/20"]], [["21/20", "11/10"]]])),
        "a larger box": at((*PARTS, 0), to([["4/5", "21/20"]])),
        "a smaller box without the fixed point": at((*PARTS, 0), to([["17/20", "19/20"]])),
        "another activation": network(at((1, "activation"), to("quartic"))),
        "a bias": network(at((0, "affine", "bias"), to(["1/5"]))),
    },
    "robust": {
        "a smaller rate": at((*W, "rate"), times("0.99")),
        "more noise than the room": at((*W, "noise"), to(["3/5"])),
        "more noise with the old norm": at((*W, "noise"), to(["1/4"])),
        "a smaller norm of the noise": at((*W, "noise_norm"), times("0.99")),
        "no norm of the noise": at((*W, "noise_norm"), to("0")),
        "a smaller effect of the parameters": at((*W, "deviation"), times("0.99")),
        "no effect of the parameters": at((*W, "deviation"), to("0")),
        "smaller radii": at((*W, "radii"), times("0.99")),
        "radii 0": at((*W, "radii"), to(["0"])),
        "negative noise": at((*W, "noise"), to(["-1/5"])),
        "a smaller region": at(BOX, to([["-1/5", "1/5"]])),
        "the whole line": at(R, to({"whole": 1})),
        "wider weights": network(at((0, "affine", "weight"), to([[["2/5", "3/5"]]]))),
        "wider biases": network(at((0, "affine", "bias"), to([["-1/10", "1/10"]]))),
    },
    "product": {
        "a smaller rate": at((*W, "rate"), times("0.999")),
        "more noise": at((*W, "noise"), times("2")),
        "a smaller norm of the noise": at((*W, "noise_norm"), times("0.99")),
        "a smaller effect of the parameters": at((*W, "deviation"), times("0.99")),
        "an interval more": at((*R, "product", 0), lambda choices: [*choices, ["-1/10", "1/10"]]),
        "an interval twice": at((*R, "product", 0), lambda choices: [*choices, choices[0]]),
        "a larger interval": at((*R, "product", 0, 0), to(["3/5", "11/10"])),
        "smaller intervals": at((*R, "product"), to([[["19/20", "21/20"], ["-21/20", "-19/20"]]] * 3)),
        "wider weights": network(at((0, "affine", "weight", "off_diagonal"), to(["-1/5", "1/5"]))),
        "wider biases": network(at((0, "affine", "bias", "fill"), to(["-1/5", "1/5"]))),
        "other weights of the norm": at((*W, "norm", "weights"), to(["1", "1", "1/3"])),
        "a jump": network(at((1, "activation"), to("sign"))),
    },
    "brouwer": {
        "a smaller box on one side": at(BOX, to([["-1/2", "1"]])),
        "a box without the fixed point": at(BOX, to([["1/2", "1"]])),
        "a single point": at(BOX, to([["1/3", "1/3"]])),
        "a bias": network(at((0, "affine", "bias"), to(["1/10"]))),
        "a jump": network(at((1, "activation"), to("sign"))),
        "all of R": at(R, to({"whole": 1})),
    },
    "exclusion": {
        "a region with a fixed point": at(BOX, to([["-1/10", "1/10"]] * 3)),
        "a larger region": at(BOX, to([["-1", "1/5"]] * 3)),
        "less coupling": network(at((0, "affine", "weight", "off_diagonal"), to("0"))),
        "uncertain coupling": network(at((0, "affine", "weight", "off_diagonal"), to(["0", "1/16"]))),
    },
    "exclusion on the line": {
        "no step": network(at((1, "affine", "bias"), to(["0"]))),
        "another period": at((*R, "periodic", "period"), to("3/2")),
        "a steeper staircase": network(at((1, "affine", "weight"), to([["2"]]))),
        "an uncertain step": network(at((1, "affine", "bias"), to([["0", "1"]]))),
    },
    "crossing": {
        "a smaller largest slope": at((*W, "slope", 1), plus("-1/100")),
        "a larger least slope": at((*W, "slope", 0), plus("1/100")),
        "an attracting slope": at((*W, "slope"), to(["0", "1/2"])),
        "a box with three": at(BOX, to([["-11/10", "11/10"]])),
        "a box with none": at(BOX, to([["1/10", "1/4"]])),
        "a bias that moves it out": network(at((0, "affine", "bias"), to(["1/2"]))),
    },
    "diagonal": {
        "an eigenvalue beyond -1": at((*W, "eigenvalue"), to(["-2", "-1.01"])),
        "a stable eigenvalue": at((*W, "eigenvalue"), to(["-0.999", "0"])),
        "another point": at((*W, "interval"), to(["1.36", "1.36"])),
        "an interval without a fixed point": at((*W, "interval"), to(["1.36", "1.4"])),
        "a region beside it": at(R, to({"box": [["0", "1"], ["0", "1"]]})),
        "another coupling": network(at((0, "affine", "weight", "off_diagonal"), to("1/8"))),
        "rows that differ": network(at((0, "affine", "weight"), to([["1", "1/9"], ["1/9", "1/2"]]))),
    },
    "orbit": {
        "a higher bound": at((*W, "above"), to("5")),
        "fewer steps": at((*W, "steps"), to(5)),
        "less noise": at((*W, "noise"), to(["1/15"])),
        "a lower start": at(BOX, to([["-1/10", "-1/10"]])),
        "a whole interval of starts": at(BOX, to([["0", "1/10"]])),
        "another map": network(at((0, "activation", "coefficients"), to(["0", "1/2", "1"]))),
    },
    "at_point": {
        "a larger lower bound": at((*W, "bounds"), to(["-9/10", "0"])),
        "another digit": at((*W, "bounds"), to(["-71533502/78125000"] * 2)),
        "another point": at(BOX, to([["3/2", "3/2"]])),
        "an interval of points": at(BOX, to([["3/2", "1.502"]])),
        "the value instead": at((*W, "entry"), to([0])),
    },
    "at_most_one": {
        "the other sign": network(at((1, "affine", "weight"), to([["1"]]))),
        "a cubic": network(at((0, "activation"), to("cubic"))),
        "a jump": network(at((0, "activation"), to("sign"))),
        "a slope of 1": network(at((1, "affine", "weight"), to([["1/2"]]))),
    },
    "count_structured": {
        "a cell less": at((*W, "cells", 0), lambda cells: cells[1:]),
        "a cell more": at((*W, "cells", 0), lambda cells: [*cells, ["3/10", "2/5", "open"]]),
        "a cell twice": at((*W, "cells", 0), lambda cells: [*cells, cells[0]]),
        "a cell cut in two": at(
            (*W, "cells", 0), lambda cells: [["-1", "-9/10", "open"], ["-17/20", "-7/10", "open"], *cells[1:]]
        ),
        "a cell that attracts more": at((*W, "cells", 0, 1, 2), to("attracting")),
        "a cell that attracts less": at((*W, "cells", 0, 0, 2), to("unstable")),
        "one cell for all": at((*W, "cells", 0), to([["-1", "1", "open"]])),
        "a cell beside its points": at((*W, "cells", 0, 0), to(["-4/5", "-7/10", "attracting"])),
        "all of R^2": at(R, to({"whole": 2})),
        "all of R^2, with too small a box": both(
            at(R, to({"whole": 2})), at(W, lambda witness: {**witness, "box": [["-99/100", "99/100"]] * 2})
        ),
        "a stage that hides a cell": both(
            at((*W, "stages"), to([[["-1/4", "1"], ["-1", "1"]]])), at((*W, "cells", 0), lambda cells: cells[1:])
        ),
        "more coupling": network(at((0, "affine", "weight", 0, 1), to("1"))),
        "uncertain coupling": network(at((0, "affine", "weight", 0, 1), to(["-1", "1"]))),
        "a weaker diagonal": network(at((0, "affine", "weight", 0, 0), to("1"))),
        "a bias": network(at((0, "affine", "bias", "fill"), to("1"))),
        "another activation": network(at((1, "activation"), to("sin"))),
        "a jump": network(at((1, "activation"), to("sign"))),
    },
    "cubic_count": {
        "a smaller inner end": at((*W, "inner"), to("1/20")),
        "a larger outer end": at((*W, "outer"), to("99/100")),
        "ends exchanged": both(at((*W, "inner"), to("9/10")), at((*W, "outer"), to("1/5"))),
        "more coupling": network(at((0, "affine", "weight", "off_diagonal"), to(["-1/5", "1/5"]))),
        "another diagonal": network(at((0, "affine", "weight", "diagonal"), to("3/2"))),
        "a bias": network(at((0, "affine", "bias", "fill"), to("1/5"))),
        "another activation": network(at((1, "activation"), to("tanh"))),
        "a box": at(R, to({"box": [["0", "2"]] * 3})),
    },
    "miranda": {
        "a box without the fixed point": at(BOX, to([["1/10", "1"], ["-1", "1"]])),
        "a singular matrix": at((*W, "transform"), to([["1", "0"], ["0", "0"]])),
        "a matrix that hides a component": at((*W, "transform"), to([["0", "1"], ["0", "1"]])),
        "a bias": network(at((0, "affine", "bias", "fill"), to("5"))),
        "a coupling": network(at((0, "affine", "weight", 0, 1), to("3"))),
        "a jump": network(at((1, "activation"), to("sign"))),
        "all of R^2": at(R, to({"whole": 2})),
    },
    "interval_newton": {
        "a box without the fixed point": at(BOX, to([["1/10", "1"], ["-1", "1"]])),
        "an enclosure beside it": at((*W, "enclosure"), to([["1/10", "1/5"], ["0", "0"]])),
        "the other index": at((*W, "index"), to(1)),
        "a singular matrix": at((*W, "transform"), to([["1", "0"], ["0", "0"]])),
        "a line of fixed points": network(at((0, "affine", "weight", 0, 0), to("1"))),
        "a bias": network(at((0, "affine", "bias", "fill"), to("5"))),
        "a jump": network(at((1, "activation"), to("sign"))),
        "three fixed points": both(
            network(at((1, "activation"), to("cubic"))),
            network(at((0, "affine", "weight"), to([["1", "0"], ["0", "1"]]))),
        ),
        "all of R^2": at(R, to({"whole": 2})),
    },
    "alternates": {
        "boxes that meet": at(PARTS, to([[["-11/10", "0"]], [["0", "11/10"]]])),
        "larger boxes": at(PARTS, to([[["-2", "-1/4"]], [["1/4", "2"]]])),
        "boxes that stay": network(at((0, "affine", "weight"), to([["1"]]))),
        "a box more": at(PARTS, lambda parts: [*parts, [["2", "3"]]]),
    },
    "maps_into": {
        "another point is lacking": at((*R, "punctured", "without"), to("-1/2")),
        "a set that is left": at((*R, "punctured", "parts"), to([[["-1", "-1/2"]]])),
        "a bias": network(at((0, "affine", "bias"), to(["-1/4"]))),
        "a constant": network(at((0, "affine", "weight"), to([["0"]]))),
        "a steeper map": network(at((0, "affine", "weight"), to([["3/2"]]))),
    },
    "lipschitz": {
        "a smaller rate": at((*W, "rate"), times("0.999")),
        "a larger box": at((*PARTS, 0), to([["-6/5", "-9/10"]])),
        "a box more": at(PARTS, lambda parts: [*parts, [["0", "1/10"]]]),
        "a larger weight": network(at((0, "affine", "weight"), to([["6/5"]]))),
    },
    "counterexample without a fixed point": {
        "no premise on f(D)": both(drop("obligations", 0), at(("obligations", -1, "premises"), to(["o2", "o3"]))),
        "no premise on f'": both(drop("obligations", 1), at(("obligations", -1, "premises"), to(["o1", "o3"]))),
        "no failure": both(drop("obligations", 2), at(("obligations", -1, "premises"), to(["o1", "o2"]))),
        "premises that are not listed": at(("obligations", -1, "premises"), to(["o3"])),
        "no premises at all": _all_premises,
        "premises that were not proved": _last_only,
        "a smaller rate": at(("obligations", 1, "witness", "rate"), to("1/4")),
        "another conclusion": at(("obligations", -1, "witness", "conclusion"), to("convergence")),
        "a failure on half of the line": at(("obligations", 2, "region", "periodic", "two_sided"), to(False)),
        "a failure between the rungs": at(("obligations", 2, "region", "periodic", "part"), to([["1/3", "2/3"]])),
        "a map with fixed points": network(at((1, "affine", "bias"), to(["0"]))),
        "another set": at(("obligations", -1, "region"), to({"whole": 1})),
    },
    "counterexample with one of two": {
        "one set only": at(("obligations", -1, "premises"), to(["o1", "o2", "o5"])),
        "the same set twice": at(("obligations", -1, "premises"), to(["o1", "o2", "o1", "o2", "o5"])),
        "Lemma 3.4 instead": at(("obligations", -1, "witness", "statement"), to("ke-3.4")),
        "Theorem 4.2 instead": at(("obligations", -1, "witness", "statement"), to("ke-4.2")),
        "a map with three": network(at((1, "affine", "weight"), to([["1"]]))),
    },
    "counterexample with noise": {
        "a smaller radius": at(("obligations", -1, "witness", "radius"), to("1")),
        "less noise": at(("obligations", -1, "witness", "noise"), to("1/20")),
        "less noise and a smaller radius": both(
            at(("obligations", -1, "witness", "noise"), to("1/20")),
            at(("obligations", -1, "witness", "radius"), to("1")),
        ),
        "a smaller rate": at(("obligations", 1, "witness", "rate"), to("9/10")),
        "a longer set": both(*[at(("obligations", i, "region", "box"), to([["-1/4", "1/20"]])) for i in (0, 1, 3)]),
        "Lemma 3.4 instead": at(("obligations", -1, "witness", "statement"), to("ke-3.4")),
        "a later bound": at(("obligations", 2, "witness", "above"), to("1")),
    },
    "cover": {
        "a leaf less": words("x p2", "p2"),
        "a leaf at the end less": at((*W, "tree"), lambda tree: tree.rpartition(" ")[0]),
        "a leaf twice": words("p0", "p0 p0"),
        "a split less": words("s0:3/5", ""),
        "a split of another axis": words("s0:3/5", "s1:3/5"),
        "a point's leaf called empty": words("p1", "x"),
        "a point's leaf called empty, by Krawczyk's operator": words("p1", "k"),
        "the leaf of another point": words("p0", "p2"),
        "an empty leaf given to a point": words("x s0:11/20", "p1 s0:11/20"),
        "a split shifted far": words("s0:-3/5", "s0:-1/2"),
        "a split shifted outside": words("s0:-3/5", "s0:-2"),
        "all of it in one leaf": at((*W, "tree"), to("p1")),
        "all of it empty": at((*W, "tree"), to("x")),
        "a point less": both(at((*W, "points"), lambda points: points[:2]), words("p2", "p1")),
        "a point less, its leaf called empty": both(at((*W, "points"), lambda points: points[:2]), words("p2", "x")),
        "no points": both(at((*W, "points"), to([])), at((*W, "tree"), to("x"))),
        "a point twice": at((*W, "points"), lambda points: [*points, points[0]]),
        "a point twice, in another enclosure": at(
            (*W, "points"), lambda points: [*points, {**points[0], "enclosure": [["-1.02", "-0.99"]]}]
        ),
        "a point more": at((*W, "points"), lambda points: [*points, {**points[1], "enclosure": [["1/50", "1/25"]]}]),
        "enclosures that overlap": both(
            at((*W, "points", 0, "enclosure"), to([["-1.01", "1/200"]])),
            at((*W, "points", 0, "unique"), to([["-2", "1"]])),
        ),
        "an enclosure beside its point": at((*W, "points", 1, "enclosure"), to([["1/50", "1/25"]])),
        "an enclosure that is one number": at((*W, "points", 1, "enclosure"), to([["1/1000", "1/1000"]])),
        "a larger uniqueness box": at((*W, "points", 1, "unique"), to([["-3/2", "3/2"]])),
        "a uniqueness box that is the enclosure": at((*W, "points", 1, "unique"), to([["-1/100", "1/100"]])),
        "another index": at((*W, "points", 1, "index"), to(1)),
        "another index of another point": at((*W, "points", 2, "index"), to(-1)),
        "a larger region": at(BOX, to([["-2", "5/4"]])),
        "a region that cuts a point": at(BOX, to([["-5/4", "1"]])),
        "another activation": network(at((1, "activation"), to("quartic"))),
        "a bias": network(at((0, "affine", "bias"), to(["1/5"]))),
        "an uncertain bias": network(at((0, "affine", "bias"), to([["-1/10", "1/10"]]))),
        "a jump": network(at((1, "activation"), to("sign"))),
    },
    "cover with an undecided leaf": {
        "a smaller share": at((*W, "share"), times("0.999")),
        "no share": drop(*W, "share"),
        "a negative share": at((*W, "share"), to("-1/4")),
        "a leaf called empty": words("?", "x"),
        "a larger leaf with the old share": words("s0:1/2", "s0:1/4"),
        "a region that is smaller, with the old share": at(BOX, to([["-1/2", "1"]])),
    },
    "spectrum": {
        "an unstable point called stable": at(("obligations", 1, "witness", "points", 1), to(_signs(1))),
        "a stable point called unstable": at(("obligations", 1, "witness", "points", 0), to(_signs(-1))),
        "a smaller rate": at(("obligations", 1, "witness", "points", 0, "ball", "rate"), times("0.1")),
        "rate 1": at(("obligations", 1, "witness", "points", 0, "ball", "rate"), to("1")),
        "a larger ball": at(("obligations", 1, "witness", "points", 0, "ball", "radius"), times("3")),
        "larger weights of the ball": at(("obligations", 1, "witness", "points", 0, "ball", "weights"), to(["3"])),
        "a ball of the unstable point": at(
            ("obligations", 1, "witness", "points", 1),
            lambda data: {**data, "ball": {"radius": "1/10", "weights": ["1"], "rate": "9/10"}},
        ),
        "the witnesses exchanged": at(
            ("obligations", 1, "witness", "points"), lambda points: [points[1], points[0], points[2]]
        ),
        "a point less": at(("obligations", 1, "witness", "points"), lambda points: points[:2]),
        "no premise": both(drop("obligations", 0), at(("obligations", -1, "premises"), to([]))),
        "another region": at(("obligations", 1, "region"), to({"box": [["-2", "2"]]})),
        "the line": at(("obligations", 1, "region"), to({"whole": 1})),
        "a larger weight": network(at((0, "affine", "weight"), to([["4"]]))),
        "a kink": network(at((1, "activation"), to("hardtanh"))),
    },
    "everywhere": {
        "a box smaller than the range": at(("obligations", 0, "region"), to({"box": [["-97/100", "97/100"]]})),
        "a box as the conclusion": at(("obligations", 1, "region"), to({"box": [["-5", "5"]]})),
        "no premise": _all_premises,
        "a premise that was not proved": _last_only,
        "an undecided leaf": both(words("p2", "?"), at(W, lambda witness: {**witness, "share": "1"})),
        "a plane": at(("obligations", 1, "region"), to({"whole": 2})),
        "an activation without bounds": network(at((1, "activation"), to("cubic"))),
        "an affine layer at the end": network(
            lambda layers: layers.append({"affine": {"weight": [["1"]], "bias": ["0"]}})
        ),
    },
    "index_sum": {
        "a point less": both(at((*W, "points"), lambda points: points[:2]), words("p2", "x")),
        "a box that f leaves": at(("obligations", 1, "region"), to({"box": [["-1/2", "1/2"]]})),
        "another index": at((*W, "points", 1, "index"), to(1)),
        "no premise": _all_premises,
        "a premise that was not proved": _last_only,
        "an undecided leaf": both(words("p2", "?"), at(W, lambda witness: {**witness, "share": "1"})),
        "a steeper map": network(at((0, "affine", "weight"), to([["-2"]]))),
    },
    "periodic": {
        "another period": at(("obligations", -1, "witness", "period"), to(3)),
        "a period that is not prime": at(("obligations", -1, "witness", "period"), to(4)),
        "the premises exchanged": at(("obligations", -1, "premises"), to(["o2", "o1"])),
        "the fixed points in place of the lift": at(("obligations", -1, "premises"), to(["o2", "o2"])),
        "the lift in place of the fixed points": at(("obligations", -1, "premises"), to(["o1", "o1"])),
        "no premise": _all_premises,
        "premises that were not proved": _last_only,
        "a larger box": at(("obligations", -1, "region"), to({"box": [["-2", "2"]]})),
        "a larger box of f": at(("obligations", 1, "region"), to({"box": [["-2", "2"]]})),
        "a larger power": at(("obligations", 0, "region"), to({"box": [["-2", "2"], ["-2", "2"]]})),
        "a point of the lift less": at((*W, "points"), lambda points: points[:-1]),
        "an undecided leaf of f": both(
            words("p0", "?", "obligations", 1, "witness"),
            at(("obligations", 1, "witness"), lambda w: {**w, "share": "1"}),
        ),
        "another map": network(at((0, "affine", "weight", 0, 0), to("-3"))),
        "the other sign": network(at((0, "affine", "weight", 0, 0), to("2"))),
    },
    "basin": {
        "fewer steps": words("b0:20", "b0:2", "obligations", 2, "witness"),
        "the other point": words("b0:20", "b2:20", "obligations", 2, "witness"),
        "the undecided leaf given away": words("?", "b0:99", "obligations", 2, "witness"),
        "the undecided leaf given to the unstable point": words("?", "b1:1", "obligations", 2, "witness"),
        "a larger leaf": words("s0:-1/1000", "s0:0", "obligations", 2, "witness"),
        "a leaf less": words("? b2:20", "b2:20", "obligations", 2, "witness"),
        "a leaf twice": words("b0:20", "b0:20 b0:20", "obligations", 2, "witness"),
        "a thin box": at(("obligations", 2, "region"), to({"box": [["1", "1"]]})),
        "a larger ball": at(("obligations", 1, "witness", "points", 0, "ball", "radius"), times("3")),
        "no balls": at(("obligations", 1, "witness", "points"), to([{}, {}, {}])),
        "the count in place of the balls": at(("obligations", 2, "premises"), to(["o1"])),
        "no premise": _all_premises,
        "premises that were not proved": _last_only,
        "another map": network(at((0, "affine", "weight"), to([["-2"]]))),
    },
    "unfolded": {
        "a smaller box of the inner values": at((*BOX, 0), to(["-1/5", "1/5"])),
        "a larger region": at(("obligations", 1, "region"), to({"box": [["-2", "2"]]})),
        "the line": at(("obligations", 1, "region"), to({"whole": 1})),
        "an undecided leaf": both(words("p0", "?"), at(W, lambda witness: {**witness, "share": "1"})),
        "another weight": network(at((0, "affine", "weight", 0, 0), to("1/3"))),
        "no premise": _all_premises,
        "a premise that was not proved": _last_only,
    },
    "sector": {
        "a box without the fixed point": at(BOX, to([["1/10", "1"], ["-1", "1"]])),
        "a smaller box": at(BOX, to([["-1/2", "1/2"]] * 2)),
        "a thin box": at(BOX, to([["-1", "1"], ["0", "0"]])),
        "all of R^2": at(R, to({"whole": 2})),
        "a multiplier 0": at((*W, "multipliers", 0), to("0")),
        "a negative multiplier": at((*W, "multipliers", 0), to("-1")),
        "a larger multiplier with the old factor": at((*W, "multipliers", 0), to("9")),
        "a smaller multiplier with the old factor": at((*W, "multipliers", 0), to("1/9")),
        "a multiplier less": at((*W, "multipliers"), lambda m: m[1:]),
        "no factor": drop(*W, "factor"),
        "another factor": at((*W, "factor"), to(f"{3 * ONE} 0 {3 * ONE}")),
        "a factor with an entry less": at((*W, "factor"), lambda words: words.rpartition(" ")[0]),
        "two neurons that excite each other": network(at((0, "affine", "weight"), to([["0", "2"], ["2", "0"]]))),
        "an uncertain weight": network(at((0, "affine", "weight", 1, 0), to(["-2", "2"]))),
        "a steep diagonal": network(at((0, "affine", "weight", 0, 0), to("2"))),
        "a steeper activation": network(at((1, "activation"), to("cubic"))),
        "a jump": network(at((1, "activation"), to("sign"))),
        "waves": both(network(at((1, "activation"), to("sin"))), network(at((0, "affine", "weight", 0, 0), to("-4")))),
    },
    "sector of two layers": {
        "a larger outer weight": network(at((2, "affine", "weight"), to([["251/1000"]]))),
        "a larger inner weight": network(at((0, "affine", "weight"), to([["5"]]))),
        "the other sign of both, and larger": both(
            network(at((0, "affine", "weight"), to([["-5"]]))), network(at((2, "affine", "weight"), to([["-6/25"]])))
        ),
        "the multipliers exchanged": at((*W, "multipliers"), lambda m: m[::-1]),
        "multipliers 1": at((*W, "multipliers"), to(["1", "1"])),
        "a residual sum": network(lambda layers: layers.append({"add": {"with": 0}})),
        "no inner activation": network(lambda layers: layers.pop(1)),
        "a jump inside": network(at((1, "activation"), to("sign"))),
        "hardtanh inside, with a larger weight": both(
            network(at((1, "activation"), to("hardtanh"))), network(at((2, "affine", "weight"), to([["26/100"]])))
        ),
    },
    "layered": {
        "a smaller rate": at((*W, "rate"), times("0.7")),
        "rate 0": at((*W, "rate"), to("0")),
        "a negative rate": at((*W, "rate"), to("-3/4")),
        "the 1-norm": at((*W, "norm", "kind"), to("one")),
        "the 2-norm": at((*W, "norm", "kind"), to("two")),
        "other weights": at((*W, "norm", "weights"), to(["1", "9"])),
        "a box without the fixed point": at(BOX, to([["1/2", "1"], ["-1", "1"]])),
        "a smaller box that is left": at(BOX, to([["-1/100", "1/100"]] * 2)),
        "a larger inner weight": network(at((0, "affine", "weight", 0, 0), to("2"))),
        "a larger outer weight": network(at((2, "affine", "weight", 0, 0), to("2"))),
        "an uncertain weight": network(at((2, "affine", "weight", 0, 0), to(["-2", "2"]))),
        "a steeper activation": network(at((1, "activation"), to("cubic"))),
        "a jump inside": network(at((1, "activation"), to("sign"))),
        "a residual sum": network(lambda layers: layers.append({"add": {"with": 0}})),
    },
    "layered in the 2-norm": {
        "a smaller rate": at((*W, "rate"), times("0.999")),
        "a smaller bound and rate": both(at((*W, "bounds", 0), times("0.9")), at((*W, "rate"), times("0.9"))),
        "a smaller outer bound and rate": both(at((*W, "bounds", 1), times("0.9")), at((*W, "rate"), times("0.9"))),
        "negative bounds": both(at((*W, "bounds", 0), times("-1")), at((*W, "bounds", 1), times("-1"))),
        "one negative bound": at((*W, "bounds", 0), times("-1")),
        "a bound less": at((*W, "bounds"), lambda bounds: bounds[:1]),
        "a layer less": both(
            at((*W, "bounds"), lambda bounds: bounds[:1]), at((*W, "factors"), lambda factors: factors[:1])
        ),
        "the bounds exchanged": at((*W, "bounds"), lambda bounds: bounds[::-1]),
        "a larger factor": at((*W, "factors", 0), to(f"{ONE} 0 {ONE}")),
        "the sup norm": at((*W, "norm", "kind"), to("sup")),
        "weights": at((*W, "norm", "weights"), to(["1", "2"])),
        "a box that is not invariant": at(R, to({"box": [["1/2", "1"], ["1/2", "1"]]})),
        "a larger weight": network(at((0, "affine", "weight", 0, 0), to("2"))),
        "an activation without bounds": network(at((1, "activation"), to("cubic"))),
        "a jump": network(at((3, "activation"), to("sign"))),
    },
    "absorbing": {
        "fewer steps": at(("obligations", 1, "witness", "steps"), to(2)),
        "no step": at(("obligations", 1, "witness", "steps"), to(0)),
        "a larger region": at(("obligations", 1, "region"), to({"box": [["-2", "5"]]})),
        "the line": at(("obligations", 1, "region"), to({"whole": 1})),
        "a smaller region": at(("obligations", 1, "region"), to({"box": [["91/100", "99/100"]]})),
        "a ball": at(("obligations", 1, "region"), lambda _: UPPER.to_data()),
        "a smaller rate": at((*W, "rate"), times("0.1")),
        "a smaller box of the premise": at(BOX, to([["96/100", "98/100"]])),
        "no premise": _all_premises,
        "a premise that was not proved": _last_only,
        "another map": network(at((0, "affine", "bias"), to(["-1/4"]))),
        "an uncertain map": network(at((0, "affine", "bias"), to([["-1/4", "1/4"]]))),
    },
    "absorbing with a count": {
        "an undecided leaf": both(words("p2", "?"), at(W, lambda witness: {**witness, "share": "1"})),
        "a point less": both(at((*W, "points"), lambda points: points[:2]), words("p2", "x")),
        "another index": at((*W, "points", 1, "index"), to(1)),
        "a plane": at(("obligations", 1, "region"), to({"whole": 2})),
        "a box that does not hold the other": at(("obligations", 1, "region"), to({"box": [["-1/2", "5"]]})),
        "an activation without bounds, on the line": both(
            network(at((1, "activation"), to("relu"))), at(("obligations", 1, "region"), to({"whole": 1}))
        ),
        "no premise": _all_premises,
        "a premise that was not proved": _last_only,
    },
    "attracts": {
        "a smaller rate": at((*W, "rate"), times("0.1")),
        "rate 1": at((*W, "rate"), to("1")),
        "a negative rate": at((*W, "rate"), times("-1")),
        "a larger ball": at((*R, "ball", "radius"), times("1.1")),
        "a ball of all": at((*R, "ball", "radius"), to("9")),
        "a larger ball and a larger ellipsoid": both(
            at((*R, "ball", "radius"), times("9")), at((*W, "radius"), times("9"))
        ),
        "a ball elsewhere": at((*R, "ball", "centre"), to(["1/2"])),
        "a ball elsewhere with its ellipsoid": both(
            at((*R, "ball", "centre"), to(["1/2"])), at((*W, "centre"), to(["1/2"]))
        ),
        "a ball around the repelling point": both(at((*R, "ball", "centre"), to(["0"])), at((*W, "centre"), to(["0"]))),
        "a smaller distance": at((*W, "distance"), times("1/1000000000")),
        "distance 0": at((*W, "distance"), to("0")),
        "another norm": at((*R, "ball", "norm", "kind"), to("sup")),
        "weights of the norm": at((*R, "ball", "norm", "weights"), to(["2"])),
        "a box": at(R, to({"box": [["9/10", "1"]]})),
        "a matrix 0": both(at((*W, "shape"), to("0")), at((*W, "inverse"), to("0"))),
        "a smaller matrix with a larger ball": both(
            at((*W, "shape"), to(str(ONE // 100))), at((*R, "ball", "radius"), to("9"))
        ),
        "a smaller matrix and its inverse, with a larger ball": both(
            at((*W, "shape"), to(str(ONE // 64))),
            at((*W, "inverse"), to(str(64 * ONE))),
            at((*R, "ball", "radius"), to("9")),
        ),
        "a factor 0": both(at((*W, "factor"), to("0")), at((*W, "rate"), times("0.1"))),
        "a larger factor": at((*W, "factor"), to(str(2 * ONE))),
        "a steeper map": network(at((0, "affine", "weight"), to([["4"]]))),
        "an uncertain map": network(at((0, "affine", "weight"), to([["1", "3"]]))),
        "a bias": network(at((0, "affine", "bias", "fill"), to("1/2"))),
        "a jump": network(at((1, "activation"), to("sign"))),
    },
    "attracts in the plane": {
        "a larger ball": at((*R, "ball", "radius"), times("1.1")),
        "a larger ball and a larger ellipsoid": both(
            at((*R, "ball", "radius"), times("9")), at((*W, "radius"), times("9"))
        ),
        "a smaller rate": at((*W, "rate"), to("4/5")),
        "another shape": at((*W, "shape"), to(f"{ONE} 0 {ONE}")),
        "another shape with its inverse": both(
            at((*W, "shape"), to(f"{ONE} 0 {ONE}")), at((*W, "inverse"), to(f"{ONE} 0 {ONE}"))
        ),
        "no inverse": at((*W, "inverse"), to("0 0 0")),
        "shape and inverse exchanged": lambda data: data["obligations"][0]["witness"].update(
            shape=TURNING_WITNESS["inverse"], inverse=TURNING_WITNESS["shape"]
        ),
        "an entry of the factor less": at((*W, "factor"), lambda words: words.rpartition(" ")[0]),
        "an entry of the factor doubled": at((*W, "factor"), _doubled),
        "weights of the norm": at((*R, "ball", "norm", "weights"), to(["1", "2"])),
        "a larger weight": network(at((0, "affine", "weight", 0, 1), to("3/2"))),
        "another sign": network(at((0, "affine", "weight", 1, 0), to("2/5"))),
    },
    "arrives": {
        "fewer steps": at(("obligations", 1, "witness", "steps"), to(1)),
        "a negative number of steps": at(("obligations", 1, "witness", "steps"), to(-1)),
        "a larger box": at(("obligations", 1, "region"), to({"box": [["1/1000", "5"]]})),
        "a box with the repelling point": at(("obligations", 1, "region"), to({"box": [["0", "5"]]})),
        "a box on the other side": at(("obligations", 1, "region"), to({"box": [["-5", "-1/10"]]})),
        "a box more": at(("obligations", 1, "region"), to({"cover": [[["1/10", "5"]], [["-5", "-1/10"]]]})),
        "the line": at(("obligations", 1, "region"), to({"whole": 1})),
        "a larger ball": at((*R, "ball", "radius"), times("2")),
        "a ball elsewhere": at((*R, "ball", "centre"), to(["1/2"])),
        "no premise": _all_premises,
        "a premise that was not proved": _last_only,
        "another map": network(at((0, "affine", "weight"), to([["-2"]]))),
        "a jump": network(at((1, "activation"), to("sign"))),
    },
}
CASES = [
    pytest.param(name, edit, id=f"{name}: {title}") for name, edits in STRONGER.items() for title, edit in edits.items()
]


def test_every_certificate_is_tampered_with() -> None:
    assert {*STRONGER} == {*CERTIFIED}
    assert all(len(edits) >= 4 for edits in STRONGER.values())


@pytest.mark.parametrize(("name", "edit"), CASES)
def test_a_stronger_statement_is_refused(name: str, edit: Edit) -> None:
    """Though the claim fits the obligations, and every digest is right."""
    before = data_of(name)
    text = forged(before, edit)
    assert (
        json.loads(text)["obligations"] != before["obligations"] or json.loads(text)["networks"] != before["networks"]
    )
    assert check_text(text).status in (REJECTED, HOLEY)


@pytest.mark.parametrize(("name", "edit"), CASES)
def test_an_edit_without_a_new_digest_is_rejected(name: str, edit: Edit) -> None:
    before = data_of(name)
    changed = {**edited(before, edit), "digest": before["digest"]}
    assert check_text(json.dumps(changed)).status is REJECTED


WEAKER = {
    "banach": at((*W, "rate"), times("1.1")),
    "regions": at((*W, "parts", 0, "rate"), times("1.1")),
    "robust": both(at((*W, "noise"), times("1/2")), at((*W, "radii"), times("1.1")), at((*W, "deviation"), times("2"))),
    "product": both(at((*W, "noise"), times("1/2")), at((*W, "rate"), times("1.1")), at((*W, "deviation"), times("2"))),
    "exclusion": at((*W, "boxes"), to(3_000)),
    "crossing": at((*W, "slope", 1), plus("1")),
    "orbit": at((*W, "above"), to("1")),
    "lipschitz": at((*W, "rate"), times("1.1")),
    "cover": words("s0:3/5", "s0:61/100"),
    "cover with an undecided leaf": at((*W, "share"), times("2")),
    "spectrum": at(("obligations", 1, "witness", "points", 1), to({})),
    "basin": words("b0:20", "?", "obligations", 2, "witness"),
    "layered": at((*W, "rate"), times("1.1")),
    "layered in the 2-norm": at((*W, "rate"), times("1.05")),
    "absorbing": at(("obligations", 1, "witness", "steps"), to(5)),
    "attracts": both(at((*W, "distance"), times("2")), at((*R, "ball", "radius"), times("1/2"))),
    "arrives": at(("obligations", 1, "region"), to({"box": [["1/5", "4"]]})),
}


@pytest.mark.parametrize(("name", "edit"), WEAKER.items(), ids=WEAKER)
def test_a_weaker_statement_stays_valid(name: str, edit: Edit) -> None:
    """So that the edits above are refused for what they say, and not for having been made."""
    assert check_text(forged(data_of(name), edit)).status is VALID


# ------------------------------------------------------------------ edits of the claim alone


@EVERY
def test_no_number_of_the_claim_can_be_changed(name: str) -> None:
    """Digit by digit, each with a new digest."""
    before = data_of(name)
    for path, value in leaves(before["claim"]):
        if is_number(value):
            assert check_text(signed(edited(before, at(("claim", *path), another_digit)))).status is REJECTED


@EVERY
def test_no_word_of_the_claim_can_be_changed(name: str) -> None:
    """Kind, network, words; a field more or less."""
    before = data_of(name)
    others = [kind for kind in SENTENCES if kind != before["claim"]["kind"]]
    edits = [at(("claim", "kind"), to(kind)) for kind in others]
    edits += [
        at(("claim", *path), to("x"))
        for path, value in leaves(before["claim"])
        if isinstance(value, str) and not is_number(value)
    ]
    edits += [drop("claim", key) for key in before["claim"]]
    edits += [at(("claim",), lambda claim: {**claim, "more": "1"})]
    for edit in edits:
        changed = copy.deepcopy(before)
        edit(changed)
        assert check_text(signed(changed)).status is REJECTED


NOT_CLAIMED = {"boxes", "pieces", "transform", "unique", "multipliers", "factor", "bounds", "factors"}
NOT_CLAIMED |= {"shape", "inverse", "centre", "radius"}
"""What the witness says of how something is shown."""


@EVERY
def test_no_digit_of_region_or_witness_can_be_changed(name: str) -> None:
    """One by one, each with a new digest, under the old claim; what shows the claim is no part of it."""
    before = data_of(name)
    if len(before["obligations"]) == 1:
        for key in ("region", "witness"):
            for path, value in leaves(before["obligations"][0][key]):
                if is_number(value) and (key == "region" or not NOT_CLAIMED & {*path}):
                    changed = edited(before, at(("obligations", 0, key, *path), another_digit))
                    assert check_text(signed(changed)).status in (REJECTED, HOLEY), path


@EVERY
def test_a_changed_network_is_another_network(name: str) -> None:
    """Under its old digest it is rejected; under its new one, a claim about it is not the old claim."""
    before = data_of(name)
    for path, value in leaves(before["networks"]):
        if is_number(value) and not {"size", "from", "with", "state_size", "format"} & {*path}:
            edit = at(("networks", *path), another_digit)
            kept = copy.deepcopy(before)
            edit(kept)
            assert check_text(signed(kept)).status is REJECTED, path
            result = check_text(signed(edited(before, edit)))
            assert result.status is not VALID or result.claim.network != before["claim"]["network"], path


@EVERY
def test_another_rule_does_not_prove_the_claim(name: str) -> None:
    """Each rule of the kernel in turn, under the old claim; banach and layered decide the same claims, each by itself."""
    before = data_of(name)
    known = before["obligations"][-1]["rule"]
    for rule in RULES:
        if rule != known and {rule, known} != {"banach", "layered"}:
            edit = at(("obligations", -1, "rule"), to(rule))
            assert check_text(signed(edited(before, edit))).status in (REJECTED, HOLEY)
    assert check_text(signed(edited(before, at(("obligations", -1, "rule"), to("trust_me"))))).status is HOLEY


@EVERY
def test_dropped_obligations_prove_nothing(name: str) -> None:
    before = data_of(name)
    for index in range(len(before["obligations"])):
        assert check_text(signed(edited(before, drop("obligations", index)))).status is REJECTED


@EVERY
def test_the_claim_of_one_certificate_does_not_follow_from_another(name: str) -> None:
    before = data_of(name)
    for other in CERTIFIED:
        if other != name:
            changed = {**before, "claim": data_of(other)["claim"]}
            assert check_text(signed(changed)).status is REJECTED


@EVERY
@pytest.mark.parametrize("key", ["assumptions", "backend"])
def test_what_is_not_checked_here_is_a_hole(name: str, key: str) -> None:
    before = data_of(name)
    edit = (
        at(("assumptions",), to(["trust me"]))
        if key == "assumptions"
        else at(("obligations", 0, "backend", "name"), to("float"))
    )
    assert check_text(signed(edited(before, edit))).status is HOLEY


# ------------------------------------------------------------------ the committed certificates

REPORTS = Path(__file__).parents[2] / "reports" / "certificates"


def _committed() -> Iterator[Path]:
    """Return a sample of the committed files: of each rule the two smallest."""
    seen: dict[str, int] = {}
    for path in sorted(REPORTS.glob("*.json"), key=lambda path: (path.stat().st_size, path.name)):
        if path.stat().st_size < 60_000:
            rule = json.loads(path.read_text())["obligations"][-1]["rule"]
            seen[rule] = seen.get(rule, 0) + 1
            if seen[rule] <= 2:
                yield path


@pytest.mark.parametrize("path", [*_committed()], ids=lambda path: path.stem)
def test_committed_certificates_cannot_be_changed(path: Path) -> None:
    """A digit of the claim, the rule, the kind, an obligation, the digest."""
    data = json.loads(path.read_text())
    assert check_file(path).status is VALID
    numbers = [p for p, value in leaves(data["claim"]) if is_number(value)][:6]
    edits = [at(("claim", *p), another_digit) for p in numbers]
    edits += [at(("claim", "kind"), to("unique" if data["claim"]["kind"] == "exists" else "exists"))]
    edits += [drop("obligations", -1), at(("assumptions",), to(["trust me"]))]
    edits += [at(("obligations", -1, "rule"), to("trust_me"))]
    for edit in edits:
        changed = copy.deepcopy(data)
        edit(changed)
        assert check_text(signed(changed), path.parent).status in (REJECTED, HOLEY)
        assert check_text(json.dumps({**changed, "digest": data["digest"]}), path.parent).status is REJECTED
    assert check_text(json.dumps({**data, "digest": "sha256:" + "0" * 64}), path.parent).status is REJECTED
