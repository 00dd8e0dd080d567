"""Cross-checks: true claims raise no alarm, planted false ones do, and the kernel confirms them."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
import torch

import fpverify as fp
from fpverify.kernel.claim import SENTENCES, Claim
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.network import Network
from fpverify.kernel.norm import SupNorm
from fpverify.kernel.rules._lift import lift
from fpverify.numeric import build
from fpverify.numeric.crosscheck import CHECKS, crosscheck
from fpverify.numeric.record import CrossCheck
from tests.numeric.networks import claim_of, falsified, scaled
from tests.rules import test_absorbing, test_arrives, test_attracts
from tests.rules.cases import Case, Table, step, sup
from tests.rules.counting import (
    CUBIC_COUNT,
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
from tests.rules.factors import ball

Q = Fraction
BOTH_SIDES = fp.Cover(parts=(fp.BoxRegion.of(("1/2", "1")), fp.BoxRegion.of(("-1", "-1/2"))))

TANH = fp.loop("tanh", [["0.4", "-0.3"], ["0.2", "0.5"]], ["0.1", "-0.2"])
FAMILY = fp.loop(
    "tanh", [[fp.around("0.4", "1/20"), "-0.3"], ["0.2", fp.around("0.5", "1/50")]], [fp.around("0.1", "1/100"), "-0.2"]
)
SQUARE = fp.BoxRegion.cube("9/10", dimension=2)
CUBIC = fp.loop("cubic", fp.exchangeable(2, 1, "1/100"))
LINE_CUBIC = fp.loop("cubic", [["1"]])
HIGH, LOW = ("0.8", "1.1"), ("-1.1", "-0.8")
FOUR = fp.Cover(parts=tuple(fp.BoxRegion.of(a, b) for a in (HIGH, LOW) for b in (HIGH, LOW)))
ROBUST_CUBIC = fp.loop("cubic", fp.exchangeable(3, 1, fp.around(0, "7/200")), fp.fill(3, fp.around(0, "1/50")))
PRODUCT = fp.ProductRegions.power(HIGH, LOW, dimension=3)
SWING = fp.loop("tanh", [["-3"]])
SWUNG = fp.Cover(parts=(fp.BoxRegion.of(("9/10", "1")), fp.BoxRegion.of(("-1", "-9/10"))))
GROWING = fp.network(
    [{"activation": {"name": "polynomial", "coefficients": ["0", "19/20", "1"]}}], name="19x/20 + x^2", state_size=1
)
STAIRS = fp.network(
    [{"activation": "staircase"}, {"affine": {"weight": [["1"]], "bias": ["1"]}}], name="stairs", state_size=1
)
QUARTIC = fp.loop("quartic", fp.exchangeable(3, 1, "1/16"))
ORIGIN = fp.BoxRegion.of(("0", "0"))
STEPS = fp.Periodic(part=fp.BoxRegion.of(("-1/6", "1/6")), period=Q(1))
EVERYWHERE = fp.Periodic(part=fp.BoxRegion.of(("0", "1")), period=Q(1), two_sided=True)
BALL = fp.Ball(centre=(Q(19, 20),), radius=Q(1, 10), norm=SupNorm(weights=(Q(1),)))
SQUARE_ONE = fp.BoxRegion.cube(1, dimension=2)
NINE = fp.loop("tanh", [["2", "1/10"], ["-1/10", "2"]])
REFUTED = fp.Refutes(
    statement="ke-3.4",
    conclusion="fixed_points",
    hypotheses=(
        fp.About(goal=fp.MapsInto(), region=STEPS),
        fp.About(goal=fp.Lipschitz(rate="50001/100000"), region=STEPS),
    ),
    failure=fp.About(goal=fp.NoFixedPoint(), region=EVERYWHERE),
)

TRUE: list[tuple[str, Network, Any, fp.Goal]] = [
    ("unique, sup norm", TANH, SQUARE, fp.Unique()),
    ("unique, 1-norm", TANH, SQUARE, fp.Unique(norm="one")),
    ("unique, 2-norm", TANH, SQUARE, fp.Unique(norm="two")),
    ("unique, whole plane", TANH, fp.WholeSpace(size=2), fp.Unique()),
    ("unique, ball", LINE_CUBIC, BALL, fp.Unique()),
    ("unique, family", FAMILY, SQUARE, fp.Unique()),
    ("each_unique", CUBIC, FOUR, fp.OneInEach()),
    ("robust", TANH, SQUARE, fp.Robust(noise="1/100", radii=True)),
    ("robust, family", FAMILY, SQUARE, fp.Robust(noise="1/100", radii=True, norm="one")),
    ("robust, without noise", TANH, SQUARE, fp.Robust()),
    ("product", ROBUST_CUBIC, PRODUCT, fp.OneInEachProduct(noise="1/20")),
    ("product_count", NINE, fp.WholeSpace(size=2), fp.CountProducts()),
    ("product_count, box", NINE, fp.BoxRegion.cube("1/2", dimension=2), fp.CountProducts()),
    ("product_count, family", ROBUST_CUBIC, fp.WholeSpace(size=3), fp.CountCubic()),
    ("exists", TANH, SQUARE, fp.Exists()),
    ("none", TANH, fp.BoxRegion.of(("1/2", "3/4"), ("1/2", "3/4")), fp.NoFixedPoint()),
    ("none, scalar", LINE_CUBIC, fp.BoxRegion.of(("1/4", "3/4")), fp.NoFixedPoint()),
    ("none, periodic", STAIRS, EVERYWHERE, fp.NoFixedPoint()),
    ("at_most_one", fp.loop("tanh", [["1/2"]], ["1/3"]), fp.WholeSpace(size=1), fp.AtMostOne()),
    ("crossing", LINE_CUBIC, fp.BoxRegion.of(("-1/4", "1/5")), fp.Crossing()),
    ("diagonal", QUARTIC, fp.WholeSpace(size=3), fp.OnDiagonal(interval=("1.25", "1.4"))),
    ("alternates", SWING, SWUNG, fp.Alternates()),
    ("maps_into", TANH, SQUARE, fp.MapsInto()),
    ("maps_into, touching", GROWING, fp.BoxRegion.of(("-1/4", "0")), fp.MapsInto(precision=0)),
    ("maps_into, periodic", STAIRS, STEPS, fp.MapsInto()),
    ("lipschitz", TANH, SQUARE, fp.Lipschitz()),
    ("lipschitz, 1-norm", TANH, SQUARE, fp.Lipschitz(norm="one")),
    ("lipschitz, 2-norm", TANH, SQUARE, fp.Lipschitz(norm="two")),
    ("lipschitz, attained", GROWING, fp.BoxRegion.of(("-1/4", "0")), fp.Lipschitz(rate="19/20", precision=0)),
    ("orbit", GROWING, ORIGIN, fp.OrbitAbove(steps=7, above="2", noise="1/10")),
    (
        "at_point",
        GROWING,
        fp.BoxRegion.of(("1/3", "1/3")),
        fp.AtPoint(entry=(0,), bounds=("77/180", "77/180"), precision=0),
    ),
    (
        "at_point, slope",
        GROWING,
        fp.BoxRegion.of(("1/3", "1/3")),
        fp.AtPoint(entry=(0, 0), bounds=("97/60", "97/60"), precision=0),
    ),
    ("refutes", STAIRS, STEPS, REFUTED),
]
TWICE = lift(TURNED, 2)
TURNED_TWO = step("cover", TWICE, SQUARE_ONE, proposed(TWICE, SQUARE_ONE))
STEEP_TWICE = lift(STEEP, 2)
STEEP_TWO = step("cover", STEEP_TWICE, SQUARE_ONE, proposed(STEEP_TWICE, SQUARE_ONE))
PAIR = fp.loop("tanh", [["2", "0"], ["1/4", "1/2"]])
HALF_BALL = {"ball": {"radius": "1/10", "weights": ["1"], "rate": "1/2"}}
HALF_BALLS = step("spectrum", HALF, UNIT, {"points": [HALF_BALL]}, premises=(HALF_COUNT,))


def _of(table: Table, name: str) -> Case:
    """Return a case of the table of a rule."""
    return next(case for case in table.cases if case.name == name)


LISTED: dict[str, Case] = {
    "exactly": CUBIC_COUNT,
    "exactly, with types": STEEP_TYPES,
    "exactly, family": FAMILY_COUNT,
    "exactly, whole line": step("everywhere", STEEP, fp.WholeSpace(size=1), premises=(STEEP_COUNT,)),
    "exactly, saddles": step("cover", PAIR, SQUARE_ONE, proposed(PAIR, SQUARE_ONE)),
    "at_least": step("cover", HALF, UNIT, counted("s0:1/2 p0 ?", point((0, 0), (-2, 2)), share="1/4")),
    "at_least, none found": step("cover", STEEP, UNIT, counted("?", share="1")),
    "periodic": step("periodic", TURNED, UNIT, {"period": 2}, premises=(TURNED_TWO, TURNED_COUNT)),
    "periodic, fixed": step("periodic", STEEP, UNIT, {"period": 2}, premises=(STEEP_TWO, STEEP_COUNT)),
    "basin": step("basin", HALF, UNIT, {"tree": "b0:4"}, premises=(HALF_BALLS,)),
    "basin, in part": step(
        "basin", STEEP, UNIT, {"tree": "s0:-1/1000 b0:20 s0:1/1000 ? b2:20"}, premises=(STEEP_TYPES,)
    ),
    "absorbed": _of(test_absorbing.T, "x/2 after three steps"),
    "absorbed, deep": _of(test_absorbing.T, "two layers, by layered"),
    "absorbed, on the plane": _of(test_absorbing.T, "the plane"),
    "absorbed, family": _of(test_absorbing.T, "a family"),
    "absorbed, jumps": _of(test_absorbing.T, "jumps that are left in one step"),
    "attracts": _of(test_attracts.T, "a ball around another point"),
    "attracts, shear": _of(test_attracts.T, "a shear that expands in every usual norm"),
    "attracts, deep": _of(test_attracts.T, "2-3-2"),
    "attracts, family": _of(test_attracts.T, "a family"),
    "attracts, kinks": _of(test_attracts.T, "kinks in the ball"),
    "attracts, radius 0": _of(test_attracts.T, "a ball of radius 0"),
    "converges": _of(test_arrives.T, "a box of starts"),
    "converges, several boxes": _of(test_arrives.T, "several boxes"),
    "converges, one start": _of(test_arrives.T, "one start, by tanh 2x"),
    "converges, turn": _of(test_arrives.T, "two neurons that turn"),
    "converges, family": _of(test_arrives.T, "a family"),
}
"""Claims of rules that conclude from premises, or from witnesses of their tables."""

_BY_NAME = [*(name for name, *_ in TRUE), *LISTED]
_CERTIFIED = {name: (network, region, goal) for name, network, region, goal in TRUE}


UNPROVED: dict[str, tuple[Network, Callable[[Network], Claim]]] = {
    "absorbed, of tanh": (
        STEEP,
        lambda f: Claim(
            kind="absorbed",
            network=f.digest,
            name="tanh 2x",
            region=fp.BoxRegion.of(("-2", "2")),
            facts={"steps": 2, "box": [["-1", "1"]], "rate": "1/2", "norm": sup(1), "norm_words": "sup norm"},
        ),
    ),
    "converges, swing": (
        SWING,
        lambda f: Claim(
            kind="converges",
            network=f.digest,
            name="-tanh 3x",
            region=fp.BoxRegion.of(("1/2", "1")),
            facts={"into": ball([0], "1/10").to_data()},
        ),
    ),
}
"""False claims with no true one to be spoiled."""


def _claim(name: str) -> tuple[Claim, Network]:
    if name in UNPROVED:
        network, claim = UNPROVED[name]
        return claim(network), network
    if name in _CERTIFIED:
        network, region, goal = _CERTIFIED[name]
        return claim_of(network, region, goal), network
    claim = LISTED[name].decide()[1]
    assert claim is not None
    return claim, LISTED[name].network


@pytest.mark.parametrize("name", _BY_NAME)
def test_true_claims_raise_no_alarm(name: str) -> None:
    """With finite numbers only, and a sentence on what was done."""
    found = crosscheck(*_claim(name))
    assert (found.violations, found.confirmed) == (0, False), found.note
    assert found.samples > 0
    assert found.note
    assert found.worst_ratio <= 1
    assert len(found.curve) <= 60
    assert all(error <= 1.001 * bound + 1e-9 for error, bound in found.curve)


def test_every_kind_of_claim_is_tried() -> None:
    assert set(CHECKS) == set(SENTENCES)
    assert {name.split(",")[0] for name in _BY_NAME} == set(SENTENCES)


# ------------------------------------------------------------------ false claims


def _region(box: fp.BoxRegion) -> Callable[[Claim], Claim]:
    return lambda claim: replace(claim, region=box)


FALSE: list[tuple[str, str, Callable[[Claim], Claim]]] = [
    ("a smaller rate, sup norm", "unique, sup norm", lambda c: scaled(c, "rate", "4/5")),
    ("a smaller rate, 1-norm", "unique, 1-norm", lambda c: scaled(c, "rate", "4/5")),
    ("a smaller rate, 2-norm", "unique, 2-norm", lambda c: scaled(c, "rate", "4/5")),
    ("a smaller rate on the plane", "unique, whole plane", lambda c: scaled(c, "rate", "4/5")),
    ("a smaller rate in the ball", "unique, ball", lambda c: scaled(c, "rate", "1/4")),
    ("a smaller rate for a family", "unique, family", lambda c: scaled(c, "rate", "4/5")),
    ("a region without fixed point", "unique, sup norm", _region(fp.BoxRegion.cube("1/20", dimension=2, centre="1/2"))),
    ("smaller rates in the boxes", "each_unique", lambda c: falsified(c, rates=["1/10"] * 4)),
    ("a smaller rate under noise", "robust", lambda c: scaled(c, "rate", "2/3")),
    ("a smaller radius", "robust", lambda c: scaled(c, "radius", "1/2")),
    ("smaller radii of the coordinates", "robust", lambda c: scaled(c, "radii", "1/2")),
    ("more noise than was proved", "robust", lambda c: scaled(c, "noise", "3")),
    ("a smaller radius for a family", "robust, family", lambda c: scaled(falsified(c, radii=[]), "radius", "1/10")),
    ("smaller radii for a family", "robust, family", lambda c: scaled(c, "radii", "1/10")),
    ("a smaller rate without noise", "robust, without noise", lambda c: scaled(c, "rate", "4/5")),
    ("a smaller radius in the products", "product", lambda c: scaled(c, "radius", "1/10")),
    ("more noise in the products", "product", lambda c: scaled(c, "noise", "6")),
    ("a cell less", "product_count", lambda c: falsified(c, cells=[row[1:] for row in c.facts["cells"]])),
    ("one cell for all", "product_count", lambda c: falsified(c, cells=[[["-1", "1", "open"]]] * 2)),
    ("a larger box", "product_count, box", _region(fp.BoxRegion.cube(1, dimension=2))),
    ("existence elsewhere", "exists", _region(fp.BoxRegion.of(("1/2", "3/4"), ("1/2", "3/4")))),
    ("none where there is one", "none", _region(SQUARE)),
    ("none where there is one, scalar", "none, scalar", _region(fp.BoxRegion.of(("1/2", "2")))),
    ("a wrong slope", "crossing", lambda c: falsified(c, slope=["8/5", "2"])),
    ("three crossings", "crossing", _region(fp.BoxRegion.of(("-2", "2")))),
    ("no crossing", "crossing", _region(fp.BoxRegion.of(("1/4", "3/4")))),
    ("a wrong eigenvalue", "diagonal", lambda c: falsified(c, eigenvalue=["-1", "0"])),
    (
        "boxes that are not swapped",
        "alternates",
        _region(fp.Cover(parts=(fp.BoxRegion.of(("1/4", "1")), SWUNG.parts[1]))),
    ),
    ("an image outside", "maps_into", _region(fp.BoxRegion.cube("1/20", dimension=2, centre="1/2"))),
    (
        "an image outside, periodic",
        "maps_into, periodic",
        _region(fp.Periodic(part=fp.BoxRegion.of(("1/4", "1/3")), period=Q(1))),
    ),
    ("a smaller bound of slopes", "lipschitz", lambda c: scaled(c, "rate", "9/10")),
    ("a smaller bound of slopes, 1-norm", "lipschitz, 1-norm", lambda c: scaled(c, "rate", "9/10")),
    ("a smaller bound of slopes, 2-norm", "lipschitz, 2-norm", lambda c: scaled(c, "rate", "9/10")),
    ("an orbit that stays below", "orbit", lambda c: falsified(c, above="5")),
    ("a wrong value", "at_point", lambda c: falsified(c, bounds=["1/10", "1/5"])),
    ("a wrong slope at a point", "at_point, slope", lambda c: falsified(c, bounds=["2", "3"])),
    ("a point less", "exactly", lambda c: falsified(c, points=c.facts["points"][:-1])),
    ("a point less on the line", "exactly, whole line", lambda c: falsified(c, points=c.facts["points"][1:])),
    ("a point elsewhere", "exactly, with types", lambda c: falsified(c, points=_moved(c, "1/10"))),
    ("a point elsewhere, family", "exactly, family", lambda c: falsified(c, points=_moved(c, "1/5"))),
    ("one of at least one elsewhere", "at_least", lambda c: falsified(c, points=_moved(c, "1/3"))),
    ("an orbit elsewhere", "periodic", lambda c: falsified(c, points=_moved(c, "1/10"))),
    ("a smaller rate, from a later step on", "absorbed", lambda c: scaled(c, "rate", "9/10")),
    ("a smaller rate of a deep chain", "absorbed, deep", lambda c: scaled(c, "rate", "1/10")),
    ("a smaller rate on the plane, from a later step on", "absorbed, on the plane", lambda c: scaled(c, "rate", "1/2")),
    ("three points in what is absorbed", "absorbed, of tanh", lambda c: c),
    ("a smaller distance", "attracts", lambda c: scaled(c, "distance", "4/5")),
    ("a smaller distance of a family", "attracts, family", lambda c: scaled(c, "distance", "1/1000")),
    ("a smaller rate of a ball", "attracts, shear", lambda c: scaled(c, "rate", "1/2")),
    ("a smaller rate of a deep ball", "attracts, deep", lambda c: falsified(c, rate="1/100")),
    ("a ball that holds the repelling point", "attracts", lambda c: replace(c, region=ball(["9/10"], "1"))),
    ("starts on both sides", "converges", lambda c: replace(c, region=UNIT)),
    ("starts at the other point", "converges, several boxes", lambda c: replace(c, region=BOTH_SIDES)),
]

SEEN: list[tuple[str, str, Callable[[Claim], Claim]]] = [
    ("another stability", "exactly, with types", lambda c: falsified(c, points=_with(c, unstable_dimension=1))),
    ("a larger basin", "basin, in part", lambda c: falsified(c, points=_with(c, share="3/4"))),
    ("a basin of another point", "basin", lambda c: falsified(c, points=_moved(c, "1/3"))),
    ("starts of the other side", "converges", _region(fp.BoxRegion.of(("-1/2", "-1/10")))),
    ("a start of the other side", "converges, one start", _region(fp.BoxRegion.of(("-1/100", "-1/100")))),
    ("orbits of period two", "converges, swing", lambda c: c),
]
"""False claims that floats contradict, and that the kernel is not asked about."""


def _moved(claim: Claim, by: str) -> list[dict[str, Any]]:
    """Return the listed points, all boxes moved."""
    move = lambda ends: [str(Q(end) + Q(by)) for end in ends]  # noqa: E731
    return [{**p, "lower": move(p["lower"]), "upper": move(p["upper"])} for p in claim.facts["points"]]


def _with(claim: Claim, **facts: Any) -> list[dict[str, Any]]:
    """Return the listed points, the first one with other facts."""
    first, *others = claim.facts["points"]
    return [{**first, **facts}, *others]


@pytest.mark.parametrize(("name", "true", "spoil"), FALSE, ids=[name for name, _, _ in FALSE])
def test_planted_false_claims_are_found_and_confirmed(name: str, true: str, spoil: Callable[[Claim], Claim]) -> None:
    claim, network = _claim(true)
    found = crosscheck(spoil(claim), network, samples=512)
    assert found.violations > 0
    assert found.confirmed, found.note
    assert "confirmed a violation" in found.note


@pytest.mark.parametrize(("name", "true", "spoil"), SEEN, ids=[name for name, _, _ in SEEN])
def test_other_false_claims_are_found(name: str, true: str, spoil: Callable[[Claim], Claim]) -> None:
    """The entry of the report is then DISPUTED."""
    claim, network = _claim(true)
    found = crosscheck(spoil(claim), network, samples=512)
    assert (found.violations > 0, found.confirmed) == (True, False)
    assert "did not confirm" in found.note


def test_two_crossings_on_the_line_are_found() -> None:
    network = fp.loop("tanh", [["2"]])
    claim = Claim(kind="at_most_one", network=network.digest, name="tanh 2x", region=fp.WholeSpace(size=1), facts={})
    found = crosscheck(claim, network)
    assert found.violations == 2
    assert found.confirmed


# ------------------------------------------------------------------ glitches of floats


def _with_glitch(monkeypatch: pytest.MonkeyPatch, glitch: Callable[[torch.Tensor], torch.Tensor]) -> CrossCheck:
    honest = build.TorchNetwork.__call__

    def step(self: build.TorchNetwork, x: torch.Tensor, parameters: Any = None) -> torch.Tensor:
        return glitch(honest(self, x, parameters))

    claim, network = _claim("unique, sup norm")
    monkeypatch.setattr(build.TorchNetwork, "__call__", step)
    return crosscheck(claim, network, samples=64)


def _first_wrong(x: torch.Tensor, by: float) -> torch.Tensor:
    """Spoil one state of a large batch, so that the fixed point is still found."""
    if len(x) < 10:
        return x
    wrong = x.clone()
    wrong[5] += by
    return wrong


@pytest.mark.parametrize("by", [1e-3, 10.0, float("inf"), float("nan")])
def test_a_glitch_of_floats_is_a_violation_that_is_not_confirmed(monkeypatch: pytest.MonkeyPatch, by: float) -> None:
    """NaN and infinity count as violations; what is reported is finite."""
    found = _with_glitch(monkeypatch, lambda x: _first_wrong(x, by))
    assert found.violations > 0
    assert not found.confirmed
    assert "did not confirm" in found.note
    assert all(abs(value) <= 1e300 for pair in found.curve for value in pair)
    assert 1 < found.worst_ratio <= 1e300


def test_a_network_of_nan_is_a_violation(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _with_glitch(monkeypatch, lambda x: x * float("nan"))
    assert found.violations > 0
    assert not found.confirmed


def test_a_glitch_within_rounding_is_no_violation(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _with_glitch(monkeypatch, lambda x: _first_wrong(x, 1e-17)).violations == 0


def test_a_bound_that_is_false_by_less_than_rounding_is_not_seen() -> None:
    """What floats cannot tell is no alarm: the kernel, not the cross-check, decides there."""
    network = fp.loop("identity", [["1/2"]])
    claim = claim_of(network, fp.WholeSpace(size=1), fp.Unique(rate="1/2"))
    nearly = falsified(claim, rate=str(Q(1, 2) - Q(1, 10**25)))
    assert crosscheck(nearly, network).violations == 0


def test_a_bound_that_is_false_by_a_little_is_seen() -> None:
    network = fp.loop("identity", [["1/2"]])
    claim = claim_of(network, fp.WholeSpace(size=1), fp.Unique(rate="1/2"))
    found = crosscheck(falsified(claim, rate=str(Q(1, 2) - Q(1, 10**9))), network)
    assert found.confirmed


# ------------------------------------------------------------------ no false alarms


_CONTRACTED = (
    "tanh sigmoid erf gelu silu softplus softsign relu leaky_relu elu sin gompertz gaussian hardtanh staircase"
).split()


@pytest.mark.parametrize("name", _CONTRACTED)
def test_no_false_alarm_for_an_activation(name: str) -> None:
    """Under noise and uncertain parameters on the whole of R^3, with a rate as near to the truth as search finds."""
    small = fp.loop(
        name, [["1/5", "-1/10", "1/8"], ["1/9", "1/7", "0"], ["-1/6", "1/12", "1/7"]], ["1/3", "-1/4", "1/5"]
    )
    found = crosscheck(claim_of(small, fp.WholeSpace(size=3), fp.Robust(noise="1/50")), small)
    assert found.violations == 0, found.note
    assert len(found.limits) == 1


@pytest.mark.parametrize("rate", ["1/2", "9/10", "99/100", "9999/10000"])
def test_no_false_alarm_where_the_bound_is_attained(rate: str) -> None:
    """x -> K x under constant noise attains K^t |x^0 - p| + eps (1 - K^t) / (1 - K): the sharpest test of the slack."""
    network = fp.loop("identity", [[rate]], ["1/3"])
    claim = claim_of(network, fp.WholeSpace(size=1), fp.Robust(noise="1/7", rate=rate, precision=0))
    found = crosscheck(claim, network, steps=200)
    assert found.violations == 0
    assert found.worst_ratio > 0.999


def test_no_false_alarm_in_128_coordinates() -> None:
    network = fp.loop("cubic", fp.exchangeable(128, 1, fp.around(0, Q(7, 12700))), fp.fill(128, fp.around(0, "1/50")))
    region = fp.ProductRegions.power(HIGH, LOW, dimension=128)
    found = crosscheck(claim_of(network, region, fp.OneInEachProduct(noise="1/40")), network, steps=20, samples=256)
    assert found.violations == 0
    assert "float64 only" in found.note


def test_a_program_with_a_skip_connection() -> None:
    network = fp.network(
        [
            {"affine": {"weight": [["1/4", "1/8"], ["-1/8", "1/4"]], "bias": ["1/3", "0"]}},
            {"activation": "tanh"},
            {"affine": {"weight": [["1/5", "0"], ["0", "1/5"]], "bias": ["0", "1/9"]}},
            {"multiply": {"with": 2}},
            {"add": {"with": 3}},
        ],
        name="skip",
    )
    found = crosscheck(claim_of(network, fp.BoxRegion.cube(1, dimension=2)), network)
    assert found.violations == 0
    assert found.limits


# ------------------------------------------------------------------ records and misuse


@pytest.mark.parametrize("name", ["robust, family", "product", "lipschitz, 2-norm", "unique, family"])
def test_a_seed_repeats_itself(name: str) -> None:
    claim, network = _claim(name)
    assert crosscheck(claim, network, seed=7) == crosscheck(claim, network, seed=7)


def test_another_seed_looks_elsewhere() -> None:
    claim, network = _claim("robust, family")
    assert crosscheck(claim, network, seed=1).curve != crosscheck(claim, network, seed=2).curve


def test_the_record_says_how_to_repeat_it() -> None:
    found = crosscheck(*_claim("product"), seed=3, device="cpu", steps=10, samples=100)
    assert (found.seed, found.device, found.dtype, found.steps) == (3, "cpu", "float64", 10)
    assert 90 <= found.samples <= 400
    assert len(found.limits) == 8
    assert {len(point) for point in found.limits} == {3}
    assert "all of the 8 products" in found.note


def test_limits_have_50_digits() -> None:
    """The fixed point of x/2 + 1/7 is 2/7, digit by digit."""
    network = fp.loop("identity", [["1/2"]], ["1/7"])
    found = crosscheck(claim_of(network, fp.WholeSpace(size=1)), network)
    assert found.limits == (("0." + "285714" * 8 + "29",),)


def test_long_runs_keep_60_points() -> None:
    """The first and the last state among them."""
    found = crosscheck(*_claim("robust"), steps=150, samples=64)
    assert found.steps == 150
    assert len(found.curve) == 60
    assert found.curve[0][0] == pytest.approx(found.curve[0][1])


def test_another_network_is_misuse() -> None:
    claim, _ = _claim("robust")
    with pytest.raises(MisuseError, match="another digest"):
        crosscheck(claim, CUBIC)


def test_no_samples_are_misuse() -> None:
    with pytest.raises(MisuseError, match="positive"):
        crosscheck(*_claim("robust"), samples=0)


def test_an_unknown_kind_names_the_known_ones() -> None:
    claim, network = _claim("robust")
    with pytest.raises(MisuseError, match="each_unique"):
        crosscheck(replace(claim, kind="maybe"), network)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("name", _BY_NAME)
def test_true_claims_raise_no_alarm_on_a_gpu(name: str) -> None:
    found = crosscheck(*_claim(name), device="cuda")
    assert (found.violations, found.device) == (0, "cuda"), found.note


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize(("name", "true", "spoil"), FALSE, ids=[name for name, _, _ in FALSE])
def test_false_claims_are_confirmed_on_a_gpu(name: str, true: str, spoil: Callable[[Claim], Claim]) -> None:
    claim, network = _claim(true)
    assert crosscheck(spoil(claim), network, device="cuda", samples=512).confirmed
