"""sector: one fixed point by multipliers, also where nothing contracts."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fpverify as fp
from fpverify.kernel.errors import FormatError, InexactNumberError
from fpverify.kernel.network import Network
from fpverify.kernel.region import BoxRegion, Cover
from fpverify.kernel.rules._chain import affine_layers, slope_spans
from fpverify.kernel.rules._matrices import is_definite, upper_triangle
from fpverify.kernel.rules.sector import doubled_form
from fpverify.kernel.verdict import Reason, Status
from tests.rules import test_chain
from tests.rules.cases import (
    ARB,
    FIXED,
    HOLDS,
    RATIONAL,
    Case,
    Table,
    act,
    affine,
    chain,
    cube,
    interval,
    line,
    polynomial,
    step,
    verify,
)
from tests.rules.factors import UNIT, ball, factor, sector
from tests.rules.simulate import SLACK, Simulation, newton, samples
from tests.rules.test_matrices import Rows, determinant, holds, product
from tests.rules.test_random import run

T = Table("sector")
BOX, SQUARE = cube(1, 1), cube(1, 2)


def deep(*weights: Any, name: str = "tanh") -> Network:
    """Return the scalar chain with these weights and no biases."""
    return chain(*(layer for w in weights for layer in (affine([[str(w)]], ["0"]), act(name))))


STEEP = fp.loop("tanh", [["-3"]])
TURN = fp.loop("tanh", [["0", "2"], ["-2", "0"]])
NEAR_ONE = fp.loop("tanh", [["999/1000"]])
WEIGHTED = deep("4", "6/25")
UNEQUAL = chain(
    affine([["1/2", "-1/3"], ["1", "1/4"], ["-1/5", "2/3"]], ["1/10", "0", "-1/5"]),
    act("tanh"),
    affine([["1/3", "-1/4", "1/2"], ["1/8", "1/5", "-1/2"]], ["0", "1/10"]),
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
RELU = fp.loop("relu", [["-2"]], ["1"])
HARD = fp.loop("hardtanh", [["-5"]], ["1/3"])
HARD_LINE = fp.loop("hardtanh", [["1"]])
FAMILY = fp.loop("tanh", [[("-3", "-2")]], [("-1/10", "1/10")])
WAVE = fp.loop("sin", [["-4"]], ["1"])
BENT = fp.loop("sin", [["-3/2", "1/4"], ["-1/4", "-3/2"]])
OVER = fp.loop("tanh", [["1001/1000"]])
OVER_TWO = fp.loop("tanh", [["1/2", "51/100"], ["51/100", "1/2"]])
OVER_DEEP = deep("4", "251/1000")
OVER_THREE = deep("2", "-1/2", "-101/100")
OVER_FAMILY = fp.loop("tanh", [[("9/10", "11/10")]])
RESIDUAL = chain(affine([["-1"]], ["0"]), act("tanh"), {"add": {"with": 0}}, name="residual")
SIGN = fp.loop("sign", [["-1"]])
BALANCED = ["1", "125"]
"""Multipliers of WEIGHTED."""

T.group("Loops whose slopes may be large, but not near to 1")
T.accept("-tanh 3x, which does not contract", STEEP, BOX, sector(STEEP, BOX))
T.accept("a slope just below 1", NEAR_ONE, BOX, sector(NEAR_ONE, BOX))
T.accept("a turn that expands", TURN, SQUARE, sector(TURN, SQUARE))
T.accept("with other multipliers", TURN, SQUARE, sector(TURN, SQUARE, ["7", "15/2"]))
T.accept("a wave with slopes of both signs", BENT, SQUARE, sector(BENT, SQUARE))
T.accept("a box that is not centred", STEEP, BoxRegion.of((-1, "7/5")), sector(STEEP, BoxRegion.of((-1, "7/5"))))
T.accept("a family", FAMILY, BOX, sector(FAMILY, BOX))
T.accept("with the backend fixed", STEEP, BOX, sector(STEEP, BOX, backend=FIXED), backend=FIXED)

T.group("Deep chains, whose multipliers balance the layers")
T.accept("two layers of unequal size", WEIGHTED, BOX, sector(WEIGHTED, BOX, BALANCED))
T.accept("2-3-2", UNEQUAL, SQUARE, sector(UNEQUAL, SQUARE))
T.accept("three layers of three activations", THREE, BOX, sector(THREE, BOX))
NOT_SHOWN = Reason.UNIQUENESS_UNCERTAIN
T.reject(NOT_SHOWN, "multipliers that do not balance", WEIGHTED, BOX, sector(WEIGHTED, BOX))
T.reject(
    NOT_SHOWN,
    "multipliers in the wrong order",
    WEIGHTED,
    BOX,
    sector(WEIGHTED, BOX, BALANCED[::-1]),
)
T.reject(NOT_SHOWN, "two layers with three fixed points", OVER_DEEP, BOX, sector(OVER_DEEP, BOX, ["1", "297"]))
T.reject(NOT_SHOWN, "three layers with three fixed points", OVER_THREE, BOX, sector(OVER_THREE, BOX))

T.group("Kinks, where both one-sided slopes count")
T.accept("relu with a fixed point on its slope", RELU, interval(0, 1), sector(RELU, interval(0, 1)))
T.accept("-hardtanh 5x in exact numbers", HARD, BOX, sector(HARD, BOX, backend=RATIONAL), backend=RATIONAL)
T.reject(NOT_SHOWN, "hardtanh x, which is fixed everywhere", HARD_LINE, BOX, sector(HARD_LINE, BOX))
IDLE = fp.loop("relu", [["1"]])
T.reject(NOT_SHOWN, "relu x, which is fixed everywhere", IDLE, interval(0, 1), sector(IDLE, interval(0, 1)))
KINK = chain(affine([["1"]], ["0"]), act("leaky_relu", slope="1/2"), name="kink")
T.reject(NOT_SHOWN, "a kink with one slope 1", KINK, interval("-1", 0), sector(KINK, interval("-1", 0)))

STEP = fp.loop("sign", [["1"]])
T.accept("no jump inside", STEP, interval("1/2", 1), sector(STEP, interval("1/2", 1)))

T.group("Just beyond the line there are several fixed points")
for m in ("1/1000000", "1", "1000000"):
    T.reject(NOT_SHOWN, f"tanh 1.001 x with the multiplier {m}", OVER, BOX, sector(OVER, BOX, [m]))
T.reject(NOT_SHOWN, "two neurons that excite each other", OVER_TWO, SQUARE, sector(OVER_TWO, SQUARE))
T.reject(NOT_SHOWN, "a family with some members beyond", OVER_FAMILY, BOX, sector(OVER_FAMILY, BOX))
T.reject(NOT_SHOWN, "steep waves", WAVE, BOX, sector(WAVE, BOX))
SHOWN = sector(STEEP, BOX)
T.reject(NOT_SHOWN, "the factor of a loop that has one", OVER, BOX, SHOWN)
T.reject(NOT_SHOWN, "a factor that is too large", STEEP, BOX, {**SHOWN, "factor": str(9 * UNIT)})
T.reject(
    NOT_SHOWN, "a factor of another size", TURN, SQUARE, {**sector(TURN, SQUARE), "factor": f"{9 * UNIT} 0 {UNIT}"}
)
T.reject(NOT_SHOWN, "a negative multiplier", OVER, BOX, sector(OVER, BOX, ["-1"]))
T.reject(NOT_SHOWN, "the multiplier 0", STEEP, BOX, sector(STEEP, BOX, ["0"]))
T.reject(NOT_SHOWN, "one negative multiplier of two", WEIGHTED, BOX, sector(WEIGHTED, BOX, ["1", "-1"]))
T.reject(NOT_SHOWN, "a multiplier below what is resolved", STEEP, BOX, sector(STEEP, BOX, ["1e-30"]))

T.group("The box is mapped into itself, and f is continuous there")
T.reject(Reason.SELF_MAP_UNCERTAIN, "a smaller box", STEEP, cube("1/2", 1), sector(STEEP, cube("1/2", 1)))
AWAY = interval("1/10", 1)
T.reject(Reason.SELF_MAP_UNCERTAIN, "a box without the fixed point", STEEP, AWAY, sector(STEEP, AWAY))
DOUBLE = fp.loop("identity", [["-2"]])
T.reject(Reason.SELF_MAP_UNCERTAIN, "-2x, which grows", DOUBLE, BOX, sector(DOUBLE, BOX))
T.reject(Reason.NOT_CONTINUOUS, "a jump", SIGN, BOX, SHOWN)
JUMP_INSIDE = chain(affine([["1"]], ["0"]), act("sign"), affine([["1/2"]], ["0"]), act("tanh"), name="inner jump")
T.reject(Reason.NOT_CONTINUOUS, "a jump of an inner layer", JUMP_INSIDE, BOX, SHOWN)
T.reject(Reason.NOT_RATIONAL, "tanh in exact numbers", STEEP, BOX, SHOWN, backend=RATIONAL)
HIGH = chain(affine([["1"]], ["0"]), act("polynomial", coefficients=["0"] * 200 + ["1"]), name="x^200")
T.reject(Reason.NOT_FINITE, "an overflow", HIGH, interval(0, "1e4000"), SHOWN)

T.group("The rule is about chains on boxes with an interior")
T.out_of_scope(Reason.NOT_A_CHAIN, "a residual network", RESIDUAL, BOX, SHOWN)
T.out_of_scope(Reason.NOT_A_CHAIN, "an activation alone", polynomial(0, "1/2"), BOX, SHOWN)
T.out_of_scope(Reason.NOT_A_CHAIN, "an affine map", chain(affine([["1/2"]], ["0"])), BOX, SHOWN)
SKIP = chain(affine([["1"]], ["0"]), act("tanh"), {**affine([["1"]], ["0"]), "from": 0}, act("tanh"), name="skip")
T.out_of_scope(Reason.NOT_A_CHAIN, "a layer that reads the state again", SKIP, BOX, SHOWN)
THIN = BoxRegion.of((-1, 1), (0, 0))
T.out_of_scope(Reason.WRONG_REGION, "a thin box", TURN, THIN, SHOWN)
T.out_of_scope(Reason.WRONG_REGION, "a single point", STEEP, interval(0, 0), SHOWN)
T.out_of_scope(Reason.WRONG_REGION, "the line", STEEP, line(), SHOWN)
T.out_of_scope(Reason.WRONG_REGION, "a union", STEEP, Cover(parts=(BOX,)), SHOWN)
T.out_of_scope(Reason.WRONG_REGION, "a ball", STEEP, ball([0], 1), SHOWN)
T.out_of_scope(Reason.WRONG_REGION, "a square for a scalar loop", STEEP, SQUARE, SHOWN)

CASES = T.cases


@T.parametrize()
def test_sector(case: Case) -> None:
    verify(case)


def test_the_claim_is_a_count_with_the_whole_box() -> None:
    claim = verify(CASES[0])
    assert claim is not None
    assert claim.facts["points"] == [{"lower": ["-1"], "upper": ["1"], "index": 1}]
    assert claim.sentence() == (
        "tanh loop on R^1: f has exactly 1 fixed point in [-1, 1], which lies in the listed box."
    )


# ------------------------------------------------------------------ beyond the line


def fixed_points(network: Network, box: BoxRegion, rng: np.random.Generator, starts: int = 40) -> list[np.ndarray]:
    """Return the fixed points in the box that Newton's method finds for a member of the network."""
    low, high = np.array(box.lo, dtype=float), np.array(box.hi, dtype=float)
    roots = newton(Simulation(network.to_data(), rng), samples(low, high, starts, rng))
    apart: list[np.ndarray] = []
    for x in roots[np.all((roots >= low) & (roots <= high), axis=1)]:
        if all(np.max(np.abs(x - y)) > 1e-4 for y in apart):
            apart.append(x)
    return apart


SEVERAL = {
    "one neuron": (OVER, BOX),
    "two neurons": (OVER_TWO, SQUARE),
    "two layers": (OVER_DEEP, BOX),
    "three layers": (OVER_THREE, BOX),
    "two neurons, and one apart": (
        fp.loop("tanh", [["0", "101/100", "0"], ["101/100", "0", "0"], ["1/2", "0", "-3"]]),
        cube(1, 3),
    ),
    "2-2 and 2-2": (
        chain(
            affine([["1", "1"], ["1", "-1"]], ["0", "0"]),
            act("hardtanh"),
            affine([["51/100", "51/100"], ["2/5", "-2/5"]], ["0", "0"]),
            act("tanh"),
            size=2,
        ),
        SQUARE,
    ),
}
ENTRIES = st.one_of(st.integers(-4 * UNIT, 4 * UNIT), st.just(0), st.integers(-3, 3).map(lambda n: n * UNIT))
MULTIPLIERS = st.one_of(st.integers(1, 40).map(str), st.fractions(Fraction(1, 40), 3, max_denominator=60).map(str))


@pytest.mark.parametrize("name", SEVERAL)
def test_there_are_several_fixed_points_beyond_the_line(name: str) -> None:
    assert len(fixed_points(*SEVERAL[name], np.random.default_rng(1))) >= 2


@pytest.mark.parametrize("name", SEVERAL)
@given(st.data())
def test_nothing_shows_that_several_are_one(name: str, data: st.DataObject) -> None:
    """No multipliers with the factor that fits them best, and no forged factor."""
    network, box = SEVERAL[name]
    size = sum(int(layer.size) for layer in network.layers[::2])
    multipliers = [data.draw(MULTIPLIERS) for _ in range(size)]
    witness = sector(network, box, multipliers)
    if data.draw(st.booleans()):
        words = [str(data.draw(ENTRIES)) for _ in range(size * (size + 1) // 2)]
        witness = {**witness, "factor": " ".join(words)}
    verdict, claim = step("sector", network, box, witness).decide()
    assert (verdict.status, verdict.reason, claim) == (Status.UNDECIDED, NOT_SHOWN, None)


@given(st.integers(-4000, 4000), st.sampled_from(["tanh", "hardtanh", "softsign", "sin", "erf"]))
def test_one_neuron_is_accepted_up_to_the_line(thousandths: int, name: str) -> None:
    """For slopes in [a, b]: H = m (1 - a w)(1 - b w), which is positive where no slope times w is 1."""
    weight = Fraction(thousandths, 1000)
    network = fp.loop(name, [[str(weight)]])
    z = float(abs(weight))
    steep = {"erf": 2 / np.sqrt(np.pi)}.get(name, 1.0)
    low = {
        "tanh": 1 - np.tanh(z) ** 2,
        "hardtanh": 1.0 if z < 1 else 0.0,
        "softsign": 1 / (1 + z) ** 2,
        "sin": np.cos(min(z, np.pi)),
        "erf": steep * np.exp(-z * z),
    }[name]
    value = (1 - low * float(weight)) * (1 - steep * float(weight))
    reason = step("sector", network, BOX, sector(network, BOX)).decide()[0].reason
    if abs(value) > 1e-6:
        assert (reason is HOLDS) == (value > 0)


# ------------------------------------------------------------------ random chains

WEIGHTS = st.integers(-24, 24).map(lambda n: Fraction(n, 8))
BOUNDED = ["tanh", "sin", "hardtanh", "sigmoid", "softsign", "erf"]
SPREADS = st.sampled_from([Fraction(0)] * 3 + [Fraction(1, 32)])


@st.composite
def chains(draw: st.DrawFn, weights: Any = WEIGHTS, biases: Any = WEIGHTS) -> Network:
    """Return a chain of one to three layers with values in [-1, 1]."""
    state, depth = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    sizes = [state, *(draw(st.integers(1, 3)) for _ in range(depth - 1)), state]
    layers: list[dict[str, Any]] = []
    for columns, rows in pairwise(sizes):
        spread = draw(SPREADS)
        entries = [[draw(weights) for _ in range(columns)] for _ in range(rows)]
        written = [[[str(w - spread), str(w + spread)] if spread else str(w) for w in row] for row in entries]
        layers += [affine(written, [str(draw(biases)) for _ in range(rows)]), act(draw(st.sampled_from(BOUNDED)))]
    return chain(*layers, size=state, name="random")


def test_random_chains_that_are_accepted_have_one_fixed_point() -> None:
    """Newton's method finds no second one, for members of the family, and det(I - Df) is positive everywhere."""

    def body(network: Network, data: Any, rng: np.random.Generator) -> bool:
        box = cube(1, network.state_size)
        size = sum(int(layer.size) for layer in network.layers[::2])
        multipliers = data.draw(st.sampled_from([[1] * size, [Fraction(1 + i, 2) for i in range(size)]]))
        if step("sector", network, box, sector(network, box, multipliers)).decide()[1] is None:
            return False
        for _ in range(2):
            assert len(fixed_points(network, box, rng, 12)) <= 1
        f, h = Simulation(network.to_data(), rng), 1e-6
        low, high = np.array(box.lo, dtype=float), np.array(box.hi, dtype=float)
        for x in samples(low, high, 20, rng):
            ends = [(f((x + h * e)[None]) - f((x - h * e)[None]))[0] / (2 * h) for e in np.eye(f.size)]
            assert np.linalg.det(np.eye(f.size) - np.array(ends).T) > -SLACK
        return True

    run(60, 10, body, network=chains(), data=st.data())


# ------------------------------------------------------------------ the matrix H, in exact numbers


def _block_matrix(blocks: Sequence[Rows]) -> Rows:
    """Return W: the block of layer l in the rows of layer l and the columns of the layer before it, cyclically."""
    sizes = [len(block) for block in blocks]
    whole = [[Fraction(0)] * sum(sizes) for _ in range(sum(sizes))]
    for index, block in enumerate(blocks):
        above, left = sum(sizes[:index]), sum(sizes[: (index - 1) % len(sizes)])
        for i, row in enumerate(block):
            whole[above + i][left : left + len(row)] = row
    return whole


def _scaled(factors: Sequence[Fraction], matrix: Rows) -> Rows:
    return [[factor * entry for entry in row] for factor, row in zip(factors, matrix, strict=True)]


def _transposed(matrix: Rows) -> Rows:
    return [list(column) for column in zip(*matrix, strict=True)]


@given(test_chain.chains(), st.data())
def test_the_form_is_that_of_the_lemma(chosen: tuple[Network, list[test_chain.Layer]], data: st.DataObject) -> None:
    """2 H for a member of the family; where the rule would accept, I - S W is regular for slopes S between the bounds."""
    network, member = chosen
    spans = slope_spans(network, cube(data.draw(st.sampled_from(["1/8", "1"])), network.state_size), ARB)
    assert spans is not None
    low, high = ([end for span in spans for end in span[index]] for index in (0, 1))
    multipliers = [Fraction(data.draw(MULTIPLIERS)) for _ in low]
    w = _block_matrix([layer[0] for layer in member])
    mixed = _scaled([m * (a + b) for m, a, b in zip(multipliers, low, high, strict=True)], w)
    inner = _scaled([2 * m * a * b for m, a, b in zip(multipliers, low, high, strict=True)], w)
    squares, other = product(_transposed(w), inner), _transposed(mixed)
    size = range(len(low))
    expected = [[2 * multipliers[i] * (i == j) + squares[i][j] - mixed[i][j] - other[i][j] for j in size] for i in size]
    form = doubled_form(affine_layers(network), spans, multipliers)
    assert holds(form, expected)
    if is_definite(form, upper_triangle(factor(form), form.size)):
        slopes = [
            a + (b - a) * data.draw(st.fractions(0, 1, max_denominator=4)) for a, b in zip(low, high, strict=True)
        ]
        rest = [[(i == j) - x for j, x in enumerate(row)] for i, row in enumerate(_scaled(slopes, w))]
        assert determinant([[Fraction(x) for x in row] for row in rest]) > 0


# ------------------------------------------------------------------ malformed witnesses


@pytest.mark.parametrize(
    "changes",
    [
        {"multipliers": None},
        {"multipliers": "1"},
        {"multipliers": []},
        {"multipliers": ["1", "1"]},
        {"multipliers": [1.0]},
        {"multipliers": [True]},
        {"multipliers": ["nan"]},
        {"multipliers": ["1/0"]},
        {"multipliers": [["1"]]},
        {"factor": None},
        {"factor": 1},
        {"factor": ""},
        {"factor": "1 2"},
        {"factor": "1.5"},
        {"factor": ["1"]},
        {"factor": "1 "},
        {"factor": "9" * 41},
    ],
    ids=repr,
)
def test_a_malformed_witness_is_an_error_of_the_format(changes: dict[str, Any]) -> None:
    with pytest.raises((FormatError, InexactNumberError)):
        step("sector", STEEP, BOX, {**SHOWN, **changes}).decide()


@pytest.mark.parametrize("key", ["multipliers", "factor"])
def test_nothing_may_be_missing(key: str) -> None:
    with pytest.raises(FormatError):
        step("sector", STEEP, BOX, {k: v for k, v in SHOWN.items() if k != key}).decide()
