"""count_structured: prod_j n_j fixed points from cells on each coordinate, and why each hypothesis is there."""

import itertools
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fpverify as fp
from fpverify.kernel.errors import FormatError, InexactNumberError
from fpverify.kernel.matrix import Tensor
from fpverify.kernel.region import Cover
from fpverify.kernel.rules.count_structured import Coordinates
from fpverify.kernel.verdict import Reason
from tests.rules.cases import RATIONAL, Case, Table, act, affine, chain, cube, decide, interval, line, linear, verify

T = Table("count_structured")
A, U, O = "attracting", "unstable", "open"


def cells(*rows: Sequence[tuple[Any, Any, str]], stages: Any = (), pieces: int = 2000, **more: Any) -> dict[str, Any]:
    """Return a witness with these cells on each coordinate."""
    return {
        "cells": [[[str(low), str(high), kind] for low, high, kind in row] for row in rows],
        "stages": [[[str(low), str(high)] for low, high in stage] for stage in stages],
        "pieces": pieces,
        **more,
    }


THREE = (("-11/10", "-9/10", A), ("-1/4", "1/4", U), ("9/10", "11/10", A))
TANH = (("-99/100", "-9/10", A), ("-1/4", "1/4", U), ("9/10", "99/100", A))
CUBIC = fp.loop("cubic", [["1"]])
NEAR = fp.loop("cubic", [["1", "1/50"], ["-3/100", "1"]], ["1/100", "-1/50"], name="a cubic on the plane")
RING = fp.loop("tanh", fp.circulant(4, {0: 2, 1: "1/10", -1: "-1/10"}))
SWAP = fp.loop(
    {"name": "polynomial", "coefficients": ["0", "0", "0", "1"]}, [["0", "1"], ["1", "0"]], name="z^3, swapped"
)
HALF = (("-1/2", "1/2", A),)
LEAKY = {"name": "leaky_relu", "slope": "1/2"}
UNIT = {"box": [["-1", "1"]]}

T.group("One fixed point for each choice of cells")
T.accept("the cubic on the line", CUBIC, interval(-2, 2), cells(THREE))
T.accept("the same in rationals", CUBIC, interval(-2, 2), cells(THREE), backend=RATIONAL)
T.accept("types may be left open", CUBIC, interval(-2, 2), cells([(low, high, O) for low, high, _ in THREE]))
T.accept("cells in any order", CUBIC, interval(-2, 2), cells(THREE[::-1]))
T.accept("the cubic on the plane: 9", NEAR, cube("3/2", 2), cells(THREE, THREE))
T.accept("a cell is a whole side", linear([["1/2"]], ["1/4"]), cube(1, 1), cells([(-1, 1, A)]))
T.accept(
    "coordinates that differ", fp.loop("tanh", [["2", "1/20"], ["0", "1/2"]]), cube(1, 2), cells(TANH, [(-1, 1, A)])
)
T.accept("a family", fp.loop("cubic", [[("49/50", "51/50")]], [("-1/50", "1/50")]), interval(-2, 2), cells(THREE))
T.accept("a flip: -2 x", linear([["-2"]]), cube(1, 1), cells([(-1, 1, U)]))
T.accept("a kink", fp.loop(LEAKY, [["1/2"]], ["1/4"]), cube(1, 1), cells([(-1, 1, A)]))
T.accept("the whole space", RING, line(4), cells(*[TANH] * 4, box=[["-1", "1"]] * 4))
T.accept(
    "a stage makes the coupling smaller",
    fp.loop("tanh", [["2", "1/4"], ["0", "1/2"]]),
    cube(1, 2),
    cells(TANH, [("-1/10", "1/10", A)], stages=[[(-1, 1), ("-3/10", "3/10")]]),
)

T.group("Every fixed point in the box must have its coordinates in cells, found with the coupling of the box")
T.reject(Reason.NOT_EXCLUDED, "the hull of the cells is a trap", SWAP, cube(1, 2), cells(HALF, HALF))
T.reject(
    Reason.NOT_EXCLUDED,
    "also as a stage",
    SWAP,
    cube(1, 2),
    cells(HALF, HALF, stages=[[("-1/2", "1/2")] * 2]),
)
T.accept("in the smaller box it is true", SWAP, cube("1/2", 2), cells(HALF, HALF))
T.reject(Reason.NOT_EXCLUDED, "a cell is forgotten", CUBIC, interval(-2, 2), cells(THREE[:2]))
T.reject(Reason.NOT_EXCLUDED, "the box is so large that it holds a cycle", NEAR, cube(3, 2), cells(THREE, THREE))
T.reject(Reason.NOT_EXCLUDED, "too few pieces", CUBIC, interval(-2, 2), cells(THREE, pieces=3))
T.reject(
    Reason.NOT_EXCLUDED,
    "the quartic has a fourth fixed point at -2.209",
    fp.loop("quartic", [["1"]]),
    interval("-2.8", "1.8"),
    cells([("-1/4", "1/4", A), ("1/2", "21/20", U), ("5/4", "37/25", A)]),
)
T.reject(
    Reason.NOT_EXCLUDED,
    "without its stage the coupling is too large",
    fp.loop("tanh", [["2", "1/4"], ["0", "1/2"]]),
    cube(1, 2),
    cells(TANH, [("-1/10", "1/10", A)]),
)

T.group("Opposite faces must have strictly opposite signs")
T.reject(
    Reason.NO_SIGN_CHANGE,
    "a cell ends at a fixed point",
    CUBIC,
    interval(-1, 1),
    cells([(-1, "-9/10", A), *THREE[1:2], ("9/10", 1, A)]),
)
T.reject(
    Reason.NO_SIGN_CHANGE,
    "a fold: x^2 + 1/4",
    fp.loop({"name": "polynomial", "coefficients": ["1/4", "0", "1"]}, [["1"]]),
    interval(0, 1),
    cells([("1/4", "3/4", O)]),
)
T.reject(Reason.NO_SIGN_CHANGE, "a cell without a fixed point", linear([["1/2"]]), interval(1, 2), cells([(1, 2, A)]))
T.reject(
    Reason.NO_SIGN_CHANGE,
    "the bias may move it out",
    fp.loop("tanh", [["1/2"]], [("0", "1")]),
    interval(0, "1/2"),
    cells([(0, "1/2", A)]),
)

T.group("The diagonal must dominate each row")
T.reject(
    Reason.UNIQUENESS_UNCERTAIN,
    "a pitchfork: one cell holds three",
    CUBIC,
    interval(-2, 2),
    cells([("-11/10", "11/10", O)]),
)
T.reject(
    Reason.UNIQUENESS_UNCERTAIN,
    "too strong a coupling",
    fp.loop("tanh", [["0", "3/2"], ["-3/2", "0"]]),
    cube(1, 2),
    cells([(-1, 1, O)], [(-1, 1, O)]),
)
T.reject(
    Reason.UNIQUENESS_UNCERTAIN,
    "a kink with slopes 1/2 and 2",
    fp.loop({"name": "leaky_relu", "slope": "1/4"}, [["2"]], ["-1/4"]),
    interval(-1, "1/5"),
    cells([(-1, "1/5", O)]),
)

T.group("The types must be as stated")
T.reject(
    Reason.STABILITY_UNCERTAIN,
    "a repelling cell is called attracting",
    CUBIC,
    interval(-2, 2),
    cells([THREE[0], ("-1/4", "1/4", A), THREE[2]]),
)
T.reject(
    Reason.STABILITY_UNCERTAIN,
    "an attracting cell is called unstable",
    CUBIC,
    interval(-2, 2),
    cells([(low, high, U) for low, high, _ in THREE]),
)
T.reject(Reason.STABILITY_UNCERTAIN, "-x: on the unit circle", linear([["-1"]]), cube(1, 1), cells([(-1, 1, U)]))
T.reject(Reason.STABILITY_UNCERTAIN, "-x: not attracting", linear([["-1"]]), cube(1, 1), cells([(-1, 1, A)]))
T.reject(
    Reason.NOT_SMOOTH,
    "no derivative at the kink",
    fp.loop({"name": "leaky_relu", "slope": "1/2"}, [["4"]]),
    cube(1, 1),
    cells([(-1, 1, U)]),
)

T.group("Cells are disjoint intervals inside of the stages, and these inside of the box")
T.reject(Reason.NOT_DISJOINT, "cells that touch", CUBIC, interval(-2, 2), cells([("-11/10", 0, O), (0, "11/10", O)]))
T.reject(Reason.NOT_DISJOINT, "the same cell twice", CUBIC, interval(-2, 2), cells([*THREE, THREE[1]]))
T.reject(Reason.NOT_DISJOINT, "a cell outside of the box", CUBIC, interval(-1, 2), cells(THREE))
T.reject(Reason.NOT_DISJOINT, "a cell that is a point", CUBIC, interval("-1/2", "1/2"), cells([(0, 0, U)]))
T.reject(
    Reason.NOT_DISJOINT, "a cell outside of the last stage", CUBIC, interval(-2, 2), cells(THREE, stages=[[(-1, 1)]])
)
T.reject(
    Reason.NOT_DISJOINT,
    "stages that grow",
    CUBIC,
    interval(-2, 2),
    cells(THREE, stages=[[("-11/10", "11/10")], [(-2, 2)]]),
)
T.reject(Reason.NOT_DISJOINT, "an interval turned around", CUBIC, interval(-2, 2), cells([("1/4", "-1/4", U)]))

T.group("In the whole space every value of g must lie in the box")
T.reject(
    Reason.SELF_MAP_UNCERTAIN,
    "a box that is too small",
    fp.loop("tanh", [["2"]]),
    line(),
    cells(TANH, box=[["-99/100", "1"]]),
)
T.reject(Reason.SELF_MAP_UNCERTAIN, "the cubic is not bounded", CUBIC, line(), cells(THREE, box=[["-2", "2"]]))

T.group("The rule is about looped layers on boxes and on the whole space")
T.out_of_scope(
    Reason.NOT_A_LOOPED_LAYER,
    "two layers",
    chain(affine([["1"]], ["0"]), act("tanh"), affine([["1/2"]], ["0"])),
    cube(1, 1),
    cells(HALF),
)
T.out_of_scope(Reason.WRONG_REGION, "a union", linear([["1/2"]]), Cover(parts=(cube(1, 1),)), cells(HALF))
T.reject(Reason.NOT_CONTINUOUS, "a jump", fp.loop("sign", [["1"]]), interval("1/2", 2), cells([("1/2", 2, O)]))
T.reject(Reason.NOT_CONTINUOUS, "two coordinates for one", linear([["1/2"]]), cube(1, 2), cells([(-1, 1, A)]))

CASES = T.cases


@T.parametrize()
def test_count_structured(case: Case) -> None:
    verify(case)


def test_the_claim_counts() -> None:
    claim = verify(next(case for case in CASES if case.name == "the whole space"))
    assert claim is not None
    assert (claim.facts["count"], claim.facts["attracting"], claim.facts["unstable"]) == ("3^4", "2^4", "(2 + t)^4")
    assert "f has exactly 3^4 = 81 fixed points in R^4" in claim.sentence()


def test_what_is_open_is_not_counted_as_attracting() -> None:
    claim = verify(next(case for case in CASES if case.name == "types may be left open"))
    assert claim is not None
    assert (claim.facts["count"], claim.facts["attracting"], claim.facts["unstable"]) == ("3", "0", "")
    assert "attracting" not in claim.sentence()


@pytest.mark.parametrize(
    "change",
    [
        {"cells": []},
        {"cells": None},
        {"cells": [[]]},
        {"cells": [[["-1", "1"]]]},
        {"cells": [[["-1", "1", "stable"]]]},
        {"cells": [[[-1.0, "1", "open"]]]},
        {"cells": [[["-1", "1", "open"]], [["-1", "1", "open"]]]},
        {"cells": [{"-1": "1"}]},
        {"stages": None},
        {"stages": ["box"]},
        {"stages": [5]},
        {"stages": [[["1", "-1"]]]},
        {"pieces": 0},
        {"pieces": True},
    ],
    ids=repr,
)
def test_a_witness_has_its_form(change: dict[str, Any]) -> None:
    witness = {**cells([(-1, 1, O)]), **change}
    case = Case(
        group="", name="", rule="count_structured", network=linear([["1/2"]]), region=cube(1, 1), witness=witness
    )
    with pytest.raises((FormatError, InexactNumberError)):
        decide(case.obligations())


# ------------------------------------------------------------------ against other computations

ENTRIES = st.fractions(min_value=-2, max_value=2, max_denominator=5)


@given(st.data(), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_the_inputs_are_the_sums_of_the_others(data: st.DataObject, size: int) -> None:
    """N_j and r_j against a double loop over Fractions; equal and vanishing entries included."""

    def pair() -> tuple[Fraction, Fraction]:
        low, high = sorted(data.draw(st.tuples(ENTRIES, ENTRIES)))
        return low, high

    rows = [[pair() for _ in range(size)] for _ in range(size)]
    bias, hulls = [pair() for _ in range(size)], [pair() for _ in range(size)]
    network = fp.loop("tanh", [[list(map(str, e)) for e in row] for row in rows], [list(map(str, e)) for e in bias])
    layer = network.looped_layer()
    assert layer is not None
    found = Coordinates.of(layer[0])
    for j in range(size):
        others = [k for k in range(size) if k != j]
        ends = [[w * x for w in rows[j][k] for x in hulls[k]] for k in others]
        expected = (bias[j][0] + sum(map(min, ends)), bias[j][1] + sum(map(max, ends)))
        assert found.inputs(hulls)[j] == expected
        assert found.reaches()[j] == sum(max(map(abs, rows[j][k])) for k in others)
        assert found.own[j] == rows[j][j]


def roots(weight: np.ndarray, bias: np.ndarray, grid: int) -> tuple[int, list[int]]:
    """Return how many fixed points of tanh(W x + b) Newton's method finds from a grid, and their unstable dimensions."""
    size = len(bias)
    x = np.array(list(itertools.product(np.linspace(-1, 1, grid), repeat=size)))
    for _ in range(60):
        value = np.tanh(x @ weight.T + bias)
        slopes = (1 - value**2)[:, :, None] * weight
        x = np.clip(x - np.linalg.solve(np.eye(size) - slopes + 1e-14, (x - value)[..., None])[..., 0], -2, 2)
    good = x[np.abs(x - np.tanh(x @ weight.T + bias)).max(axis=1) < 1e-11]
    points = np.unique(np.round(good, 7), axis=0)
    unstable = [(np.abs(np.linalg.eigvals((1 - p**2)[:, None] * weight)) > 1).sum() for p in points]
    return len(points), unstable


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("size", [1, 2, 3])
def test_newton_finds_as_many(seed: int, size: int) -> None:
    """Small couplings: what is proved agrees with a search, in number, attracting number and unstable dimensions."""
    generator = np.random.default_rng([seed, size])
    whole = generator.integers(-30, 31, (size, size))
    np.fill_diagonal(whole, generator.choice([-150, 20, 180, 300, 500], size))
    bias = generator.integers(-30, 31, size)
    texts = [[f"{entry}/200" for entry in row] for row in whole.tolist()]
    network = fp.loop("tanh", texts, [f"{entry}/200" for entry in bias.tolist()])
    outcome = fp.certify(network, line(size), fp.CountProducts())
    count, unstable = roots(whole / 200, bias / 200, 21 if size < 3 else 13)
    if outcome.claim is None:
        assert outcome.verdict.reason in (Reason.NOT_EXCLUDED, Reason.NO_SIGN_CHANGE, Reason.UNIQUENESS_UNCERTAIN)
        return
    types = [[kind for _, _, kind in row] for row in outcome.claim.facts["cells"]]
    chosen = list(itertools.product(*types))
    assert len(chosen) == count
    if outcome.claim.facts["unstable"]:
        assert sorted(choice.count(U) for choice in chosen) == sorted(unstable)


def spoiled(cells: list[list[list[str]]], generator: np.random.Generator) -> list[list[list[str]]]:
    """Return a witness as a forger would write it: cells dropped, moved, joined, cut; types exchanged."""
    changed = [[list(cell) for cell in row] for row in cells]
    row = changed[generator.integers(len(changed))]
    cell = row[generator.integers(len(row))]
    low, high = (Fraction(end) for end in cell[:2])
    match generator.integers(6):
        case 0:
            row.remove(cell)
        case 1:
            shift = Fraction(int(generator.integers(-20, 21)), 50)
            cell[:2] = [str(low + shift), str(high + shift)]
        case 2:
            cell[:2] = [str(low - Fraction(int(generator.integers(0, 40)), 50)), str(high)]
        case 3:
            middle = low + (high - low) * Fraction(int(generator.integers(1, 50)), 50)
            row += [[str(middle + Fraction(1, 1000)), str(high), "open"]]
            cell[1] = str(middle)
        case 4:
            row[:] = [[row[0][0], row[-1][1], "open"]]
        case _:
            cell[2] = str(generator.choice([A, U, O]))
    return [sorted(row, key=lambda one: Fraction(one[0])) for row in changed if row] if all(changed) else cells


@pytest.mark.parametrize("seed", range(4))
def test_a_forged_witness_proves_nothing_false(seed: int) -> None:
    """Whatever is accepted has the count, and the types, that Newton's method finds."""
    generator, accepted, refused = np.random.default_rng(seed), 0, 0
    for _ in range(4):
        whole = generator.integers(-20, 21, (2, 2))
        np.fill_diagonal(whole, generator.choice([-150, 180, 300], 2))
        bias = generator.integers(-15, 16, 2)
        network = fp.loop(
            "tanh", [[f"{e}/100" for e in row] for row in whole.tolist()], [f"{e}/100" for e in bias.tolist()]
        )
        found = fp.certify(network, line(2), fp.CountProducts())
        witness = dict(found.certificate.obligations[-1].witness) if found.claim else None
        if witness is None:
            continue
        count, unstable = roots(whole / 100, bias / 100, 21)
        for _ in range(12):
            forged = {**witness, "cells": spoiled(witness["cells"], generator), "pieces": 3000}
            case = Case(group="", name="", rule="count_structured", network=network, region=line(2), witness=forged)
            claim = decide(case.obligations())[1]
            accepted, refused = accepted + (claim is not None), refused + (claim is None)
            if claim is not None:
                types = list(itertools.product(*[[kind for _, _, kind in row] for row in claim.facts["cells"]]))
                assert len(types) == count
                assert sum(all(kind == A for kind in choice) for choice in types) <= list(unstable).count(0)
                if claim.facts["unstable"]:
                    assert sorted(choice.count(U) for choice in types) == sorted(unstable)
    assert refused > accepted > 0


def test_most_random_networks_are_decided() -> None:
    """So that the test above shows something."""
    proved = 0
    for seed in range(12):
        generator = np.random.default_rng(seed)
        weight = [
            [f"{entry}/100" for entry in row]
            for row in (200 * np.eye(3, dtype=int) + generator.integers(-7, 8, (3, 3))).tolist()
        ]
        proved += fp.certify(fp.loop("tanh", weight), line(3), fp.CountProducts()).claim is not None
    assert proved == 12


def test_a_circulant_matrix_is_moved_to_the_right() -> None:
    network = fp.loop("tanh", fp.circulant(3, {0: 2, 1: "1/10", -1: "-1/5"}))
    layer = network.looped_layer()
    assert layer is not None
    weight = layer[0].weight
    assert isinstance(weight, Tensor)
    two, near, far = Fraction(2), Fraction(1, 10), Fraction(-1, 5)
    assert weight.lo == (two, near, far, far, two, near, near, far, two)
    with pytest.raises(FormatError, match="first row"):
        fp.loop("tanh", {"circulant": ["1", "2"], "size": 3})
