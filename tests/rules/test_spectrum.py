"""spectrum: how many eigenvalues of the derivative lie outside the unit circle."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fpverify as fp
from fpverify._certify import decide as decide_all
from fpverify.kernel.errors import FormatError, InexactNumberError
from fpverify.kernel.verdict import Reason, Status
from tests.rules.cases import Case, Table, act, affine, chain, cube, decide, interval, line, linear, step, verify
from tests.rules.counting import (
    BALL,
    BROAD,
    CUBIC,
    CUBIC_COUNT,
    FAMILY,
    FAMILY_COUNT,
    HALF,
    HALF_COUNT,
    STEEP,
    STEEP_COUNT,
    STEEP_TYPES_WITNESS,
    TURNED,
    TURNED_COUNT,
    UNIT,
    counted,
    point,
)
from tests.rules.simulate import Simulation

T = Table("spectrum")
ROWS = {"weights": ["1"]}
SQUARE = cube(1, 2)


def types(*data: Any) -> dict[str, Any]:
    return {"points": [*data]}


def at_origin(weight: Any, index: int = 1, region: Any = None) -> tuple[fp.Network, Case]:
    """Return x <- W x and the count of its fixed point 0."""
    network = linear(weight)
    d = network.state_size
    place = point([(0, 0)] * d, [(-2, 2)] * d, index)
    return network, step("cover", network, region or cube(1, d), counted("p0", place))


def transformed(matrix: Any, inverse: Any, *signs: int) -> dict[str, Any]:
    return {"transform": matrix, "inverse": inverse, "signs": [*signs]}


SADDLE, SADDLE_COUNT = at_origin([["2", "1"], ["0", "1/2"]], -1)
TURN, TURN_COUNT = at_origin([["3/5", "3/5"], ["-3/5", "3/5"]])
FAST, FAST_COUNT = at_origin([["6/5", "6/5"], ["-6/5", "6/5"]])
SHEAR, SHEAR_COUNT = at_origin([["1/2", "10"], ["0", "1/3"]])
CIRCLE, CIRCLE_COUNT = at_origin([["3/5", "4/5"], ["-4/5", "3/5"]])
FLIP, FLIP_COUNT = at_origin([["-1"]])
WIDE, WIDE_COUNT = at_origin([[("1/2", "3/5"), ("-1/10", "1/10")], ["0", ("2", "3")]], -1)
ACROSS, ACROSS_COUNT = at_origin([[("-3/2", "1/2")]])
UNITS = [["1", "0"], ["0", "1"]]
CLAMP = chain(affine([["1/2"]], ["0"]), act("hardtanh"))
CLAMP_COUNT = step("cover", CLAMP, UNIT, counted("p0", point((0, 0), (-3, 3))))
RELU = chain(act("relu"), affine([["1/2"]], ["0"]))
RELU_COUNT = step("cover", RELU, UNIT, counted("p0", point((0, 0), (-2, 2))))

T.group("Rows whose discs lie inside or outside the unit circle")
T.accept("one of x/2", HALF, UNIT, types(ROWS), premises=(HALF_COUNT,))
T.accept("three of tanh 2x, with their balls", STEEP, UNIT, STEEP_TYPES_WITNESS, premises=(STEEP_COUNT,))
T.accept("slopes that may be 0", CUBIC, BROAD, types(ROWS, ROWS, ROWS), premises=(CUBIC_COUNT,))
T.accept("an eigenvalue of -2", TURNED, UNIT, types(ROWS), premises=(TURNED_COUNT,))
T.accept("a shear needs weights", SHEAR, SQUARE, types({"weights": ["30", "1"]}), premises=(SHEAR_COUNT,))
T.accept("a saddle", SADDLE, SQUARE, types({"weights": ["2", "1"]}), premises=(SADDLE_COUNT,))
T.accept("nothing is stated", STEEP, UNIT, types({}, {}, {}), premises=(STEEP_COUNT,))
T.accept("a family", FAMILY, UNIT, types(ROWS, ROWS, ROWS), premises=(FAMILY_COUNT,))
T.accept("a family of matrices", WIDE, SQUARE, types({"weights": ["1", "1"]}), premises=(WIDE_COUNT,))
NOT_SURE = Reason.STABILITY_UNCERTAIN
T.reject(NOT_SURE, "a shear without weights", SHEAR, SQUARE, types({"weights": ["1", "1"]}), premises=(SHEAR_COUNT,))
T.reject(NOT_SURE, "an eigenvalue of -1", FLIP, UNIT, types(ROWS), premises=(FLIP_COUNT,))
T.reject(
    NOT_SURE, "a turn has discs of radius 3/5", TURN, SQUARE, types({"weights": ["1", "1"]}), premises=(TURN_COUNT,)
)
T.reject(NOT_SURE, "a family on both sides of -1", ACROSS, UNIT, types(ROWS), premises=(ACROSS_COUNT,))

T.group("A transform shows the signs")
T.accept("a turn", TURN, SQUARE, types(transformed(UNITS, UNITS, 1, 1)), premises=(TURN_COUNT,))
T.accept("a fast turn", FAST, SQUARE, types(transformed(UNITS, UNITS, -1, -1)), premises=(FAST_COUNT,))
T.accept(
    "a saddle",
    SADDLE,
    SQUARE,
    types(transformed([["1", "2/3"], ["0", "1"]], [["1", "-2/3"], ["0", "1"]], -1, 1)),
    premises=(SADDLE_COUNT,),
)
T.accept("a family of matrices, too", WIDE, SQUARE, types(transformed(UNITS, UNITS, 1, -1)), premises=(WIDE_COUNT,))
T.accept(
    "scaled by 1000",
    TURN,
    SQUARE,
    types(transformed([["1000", "0"], ["0", "1000"]], UNITS, 1, 1)),
    premises=(TURN_COUNT,),
)
T.reject(
    NOT_SURE,
    "a turn on the unit circle",
    CIRCLE,
    SQUARE,
    types(transformed(UNITS, UNITS, 1, 1)),
    premises=(CIRCLE_COUNT,),
)
T.reject(NOT_SURE, "the other signs", TURN, SQUARE, types(transformed(UNITS, UNITS, -1, -1)), premises=(TURN_COUNT,))
T.reject(NOT_SURE, "one sign of two", TURN, SQUARE, types(transformed(UNITS, UNITS, 1, -1)), premises=(TURN_COUNT,))
T.reject(
    NOT_SURE,
    "the signs of a saddle, exchanged",
    SADDLE,
    SQUARE,
    types(transformed([["1", "2/3"], ["0", "1"]], [["1", "-2/3"], ["0", "1"]], 1, -1)),
    premises=(SADDLE_COUNT,),
)
T.reject(
    NOT_SURE,
    "a singular transform",
    TURN,
    SQUARE,
    types(transformed([["1", "1"], ["1", "1"]], UNITS, 1, 1)),
    premises=(TURN_COUNT,),
)
T.reject(
    NOT_SURE,
    "no transform at all",
    TURN,
    SQUARE,
    types(transformed([["0", "0"]] * 2, UNITS, 1, 1)),
    premises=(TURN_COUNT,),
)
T.reject(
    NOT_SURE,
    "a transform below the unit 2^-40",
    TURN,
    SQUARE,
    types(transformed([["1e-30", "0"], ["0", "1e-30"]], UNITS, 1, 1)),
    premises=(TURN_COUNT,),
)

T.reject(
    NOT_SURE,
    "a family on both sides of -1",
    ACROSS,
    UNIT,
    types(transformed([["1"]], [["1"]], 1)),
    premises=(ACROSS_COUNT,),
)

T.group("Balls are contracted with their rates")
RATE = Reason.RATE_UNCERTAIN


def ball(**changed: Any) -> dict[str, Any]:
    return {"ball": {"radius": "1", "weights": ["1"], "rate": "1/2", **changed}}


T.accept("of any radius, for a linear map", HALF, UNIT, types(ball(radius="1000")), premises=(HALF_COUNT,))
T.accept("around a kink that is far", STEEP, UNIT, types({"ball": BALL}, {}, {"ball": BALL}), premises=(STEEP_COUNT,))
T.reject(RATE, "a smaller rate", HALF, UNIT, types(ball(rate="0.49")), premises=(HALF_COUNT,))
T.reject(RATE, "rate 1", HALF, UNIT, types(ball(rate="1")), premises=(HALF_COUNT,))
T.reject(RATE, "a negative rate", HALF, UNIT, types(ball(rate="-1/2")), premises=(HALF_COUNT,))
T.reject(RATE, "radius 0", HALF, UNIT, types(ball(radius="0")), premises=(HALF_COUNT,))
T.reject(RATE, "a negative radius", HALF, UNIT, types(ball(radius="-1")), premises=(HALF_COUNT,))
T.reject(
    RATE, "a larger ball", STEEP, UNIT, types({"ball": {**BALL, "radius": "1/2"}}, {}, {}), premises=(STEEP_COUNT,)
)
T.reject(RATE, "a ball of a repeller", STEEP, UNIT, types({}, {"ball": BALL}, {}), premises=(STEEP_COUNT,))
T.reject(
    RATE,
    "weights of another norm",
    SHEAR,
    SQUARE,
    types({"ball": {"radius": "1", "weights": ["1", "1"], "rate": "9/10"}}),
    premises=(SHEAR_COUNT,),
)
T.accept(
    "weights of the right norm",
    SHEAR,
    SQUARE,
    types({"ball": {"radius": "1", "weights": ["30", "1"], "rate": "9/10"}}),
    premises=(SHEAR_COUNT,),
)

T.group("The premise counts fixed points of the same network in the same region")
MISSING = Reason.HYPOTHESIS_MISSING
OTHER = linear([["1/3"]])
T.reject(MISSING, "another network with the same point", OTHER, UNIT, types(ROWS), premises=(HALF_COUNT,))
T.reject(MISSING, "another region", HALF, cube("1/2", 1), types(ROWS), premises=(HALF_COUNT,))
T.reject(MISSING, "the line", HALF, line(), types(ROWS), premises=(HALF_COUNT,))
T.reject(
    MISSING,
    "no fixed point",
    HALF,
    interval(1, 2),
    types(),
    premises=(step("cover", HALF, interval(1, 2), counted("k")),),
)
T.reject(MISSING, "a member of the family", STEEP, UNIT, types(ROWS, ROWS, ROWS), premises=(FAMILY_COUNT,))

T.group("A kink may leave a fixed point without a derivative")
T.out_of_scope(Reason.NOT_SMOOTH, "at the point", RELU, UNIT, types(ROWS), premises=(RELU_COUNT,))
T.out_of_scope(Reason.NOT_SMOOTH, "elsewhere", CLAMP, UNIT, types(ROWS), premises=(CLAMP_COUNT,))

CASES = T.cases


@T.parametrize()
def test_spectrum(case: Case) -> None:
    verify(case)


# ------------------------------------------------------------------ claims


def places(name: str) -> list[dict[str, Any]]:
    group, _, rest = name.partition(": ")
    claim = verify(next(case for case in CASES if case.group.startswith(group) and case.name == rest))
    assert claim is not None
    return claim.facts["points"]


def test_the_claim_says_what_was_shown_and_no_more() -> None:
    """Per point: the number of eigenvalues outside; nothing where nothing was stated."""
    steep = places("Rows: three of tanh 2x, with their balls")
    assert [place["unstable_dimension"] for place in steep] == [0, 1, 0]
    assert [place["stable"] for place in steep] == [True, False, True]
    assert ["ball" in place for place in steep] == [True, False, True]
    assert [place["index"] for place in steep] == [1, -1, 1]
    silent = places("Rows: nothing is stated")
    assert [(place["stable"], place["unstable_dimension"]) for place in silent] == [(None, None)] * 3
    assert [place["unstable_dimension"] for place in places("A transform: a saddle")] == [1]
    assert [place["unstable_dimension"] for place in places("A transform: a fast turn")] == [2]
    assert [place["unstable_dimension"] for place in places("A transform: a family of matrices, too")] == [1]


def test_the_sentence_counts_the_types() -> None:
    claim = verify(CASES[1])
    assert claim is not None
    assert claim.sentence() == (
        "tanh loop on R^1: f has exactly 3 fixed points in [-1, 1] (2 attracting, 1 with unstable dimension 1), one in each "
        "of 3 listed disjoint boxes."
    )


def test_a_premise_of_another_kind_leaves_it_undecided() -> None:
    """Also where the certificate that would follow has no points to speak of."""
    empty = step("cover", HALF, interval(1, 2), counted("k"))
    outcome = decide_all(step("spectrum", HALF, interval(1, 2), types(), premises=(empty,)).obligations())
    assert (outcome.verdict.reason, outcome.certificate) == (Reason.HYPOTHESIS_MISSING, None)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {"weights": ["1"], "signs": [1]},
        {"weights": "1"},
        {"weights": ["0"]},
        {"weights": ["-1"]},
        {"weights": []},
        {"weights": ["1", "1"]},
        {"weights": [1.0]},
        {"weights": ["1"], "more": 1},
        {"transform": [["1"]], "inverse": [["1"]]},
        transformed([["1"]], [["1"]]),
        transformed([["1"]], [["1"]], 0),
        transformed([["1"]], [["1"]], True),
        transformed([["1"]], [["1"]], 1, 1),
        {"transform": [["1"]], "inverse": [["1"]], "signs": ["1"]},
        {"transform": [["1"]], "inverse": [["1"]], "signs": "1"},
        transformed([["1", "1"]], [["1"]], 1),
        transformed([["1"], ["1"]], [["1"]], 1),
        transformed([[0.5]], [["1"]], 1),
        transformed("1", [["1"]], 1),
        {"ball": {"radius": "1", "weights": ["1"]}},
        {"ball": {"radius": "1", "weights": ["0"], "rate": "1/2"}},
        {"ball": {"radius": "1", "weights": ["1", "1"], "rate": "1/2"}},
        {"ball": {"radius": 1.0, "weights": ["1"], "rate": "1/2"}},
        {"ball": "1"},
    ],
    ids=str,
)
def test_a_malformed_witness_is_an_error_of_the_format(data: Any) -> None:
    with pytest.raises((FormatError, InexactNumberError)):
        step("spectrum", HALF, UNIT, types(data), premises=(HALF_COUNT,)).decide()


def test_each_point_has_one_witness_and_the_rule_one_premise() -> None:
    for data in (types(), types(ROWS, ROWS), {"points": {"0": ROWS}}, {}):
        with pytest.raises(FormatError):
            step("spectrum", HALF, UNIT, data, premises=(HALF_COUNT,)).decide()
    for premises in ((), (HALF_COUNT, HALF_COUNT)):
        with pytest.raises(FormatError):
            step("spectrum", HALF, UNIT, types(ROWS), premises=premises).decide()


# ------------------------------------------------------------------ random matrices, compared with NumPy

ENTRIES = st.integers(-10, 10).map(lambda n: Fraction(n, 8))


def outside(matrix: np.ndarray) -> int:
    return int(np.sum(np.abs(np.linalg.eigvals(matrix)) > 1))


def blocks(matrix: np.ndarray) -> tuple[np.ndarray, list[int]] | None:
    """Return X with X^-1 A X in real blocks, and the signs of the blocks; None if A is nearly defective."""
    values, vectors = np.linalg.eig(matrix)
    columns, signs = [], []
    for value, vector in zip(values, vectors.T, strict=True):
        sign = 1 if abs(value) < 1 else -1
        if value.imag >= 0:
            columns.append(vector.real)
            signs.append(sign)
        if value.imag > 0:
            columns.append(vector.imag)
            signs.append(sign)
    basis = np.array(columns).T
    return (basis, signs) if np.linalg.cond(basis) < 1e6 else None


def texts(matrix: np.ndarray) -> list[list[str]]:
    return [[str(Fraction(float(x))) for x in row] for row in matrix]


@settings(max_examples=40)
@given(st.integers(1, 4), st.data())
def test_the_count_is_that_of_the_eigenvalues(d: int, data: st.DataObject) -> None:
    """With the right signs, with random ones, by rows, and for a family: an accepted number is the true one."""
    entries = [[data.draw(ENTRIES) for _ in range(d)] for _ in range(d)]
    spread = data.draw(st.sampled_from([Fraction(0), Fraction(1, 10**6), Fraction(1, 50)]))
    matrix = np.array(entries, dtype=float)
    weight = [[[str(e - spread), str(e + spread)] if spread else str(e) for e in row] for row in entries]
    index = int(np.sign(np.round(np.linalg.det(np.eye(d) - matrix), 9)))
    if index == 0:
        return
    network, count = at_origin(weight, index)
    if count.decide()[0].status is not Status.PROVED:
        return
    witnesses: list[dict[str, Any]] = [{"weights": ["1"] * d}]
    found = blocks(matrix)
    if found is not None:
        right = transformed(texts(np.linalg.inv(found[0])), texts(found[0]), *found[1])
        witnesses += [right, {**right, "signs": [data.draw(st.sampled_from([1, -1])) for _ in range(d)]}]
    for witness in witnesses:
        case = step("spectrum", network, cube(1, d), types(witness), premises=(count,))
        claim = case.decide()[1]
        if claim is not None:
            member = Simulation(network.to_data(), np.random.default_rng(d))
            sampled = (member(np.eye(d)) - member(np.zeros((1, d)))).T
            assert claim.facts["points"][0]["unstable_dimension"] == outside(matrix) == outside(sampled)


def test_the_right_signs_are_accepted() -> None:
    """So that the property above is not empty: a matrix with both kinds of eigenvalues, complex ones among them."""
    matrix = np.array([[0.5, 0.75, 0.125], [-0.75, 0.5, 0.25], [0.5, -0.25, 1.5]])
    network, count = at_origin(texts(matrix), int(np.sign(np.linalg.det(np.eye(3) - matrix))))
    found = blocks(matrix)
    assert found is not None
    witness = transformed(texts(np.linalg.inv(found[0])), texts(found[0]), *found[1])
    verdict, claim = decide(step("spectrum", network, cube(1, 3), types(witness), premises=(count,)).obligations())
    assert verdict.status is Status.PROVED
    assert claim is not None
    assert claim.facts["points"][0]["unstable_dimension"] == outside(matrix) == 1
