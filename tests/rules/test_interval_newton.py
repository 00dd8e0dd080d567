"""interval_newton: exactly one fixed point in a box, of any stability, with its index."""

from typing import Any

import numpy as np
import pytest

import fpverify as fp
from fpverify.kernel.errors import FormatError, InexactNumberError
from fpverify.kernel.region import Cover
from fpverify.kernel.verdict import Reason
from tests.rules.cases import RATIONAL, Case, Table, act, affine, chain, cube, decide, interval, line, linear, verify

T = Table("interval_newton")


def newton(transform: Any, enclosure: Any, index: int) -> dict[str, Any]:
    rows = [[str(entry) for entry in row] for row in transform]
    return {"transform": rows, "enclosure": [[str(low), str(high)] for low, high in enclosure], "index": index}


CUBIC = fp.loop("cubic", [["1"]])
PLANE = fp.loop("cubic", [["1", "1/50"], ["-3/100", "1"]], ["1/100", "-1/50"], name="a cubic on the plane")
TWO = ((1, 0), (0, 1))
SADDLE = linear([["3", "0"], ["0", "1/2"]])
TURN = linear([["1", "-2"], ["2", "1"]])
SQUARE = ((-1, 1), (-1, 1))

T.group("One fixed point, whatever its stability")
T.accept("repelling", CUBIC, cube("1/4", 1), newton([[-2]], [("-1/8", "1/8")], -1))
T.accept("attracting", CUBIC, interval("9/10", "11/10"), newton([[1]], [("9/10", "11/10")], 1))
T.accept("a saddle", SADDLE, cube(1, 2), newton(TWO, SQUARE, -1))
T.accept("two repelling directions", linear([["3", "0"], ["0", "3"]]), cube(1, 2), newton(TWO, SQUARE, 1))
T.accept("a rotation, with a matrix", TURN, cube(1, 2), newton([[0, "-1/2"], ["1/2", 0]], SQUARE, 1))
T.accept("a matrix that turns the orientation", TURN, cube(1, 2), newton([[0, "1/2"], ["1/2", 0]], SQUARE, 1))
T.accept("a linear map is solved exactly", SADDLE, cube(1, 2), newton(TWO, ((0, 0), (0, 0)), -1), backend=RATIONAL)
T.accept(
    "widths are weights",
    linear([["0", "10"], ["0", "0"]]),
    fp.BoxRegion.of((-20, 20), (-1, 1)),
    newton(TWO, ((-20, 20), (-1, 1)), 1),
)
T.accept("a family", linear([[("2", "3")]], [("-1/4", "1/4")]), cube(1, 1), newton([[-1]], [("-1/2", "1/2")], -1))
T.accept(
    "two layers",
    chain(affine([["2"]], ["0"]), act("tanh"), affine([["2"]], ["1/10"])),
    cube("1/10", 1),
    newton([["-1/3"]], [("-1/10", "1/10")], -1),
)

T.group("The diagonal must dominate, or there may be several")
T.reject(Reason.UNIQUENESS_UNCERTAIN, "three", CUBIC, cube("11/10", 1), newton([[1]], [("-11/10", "11/10")], 1))
T.reject(
    Reason.UNIQUENESS_UNCERTAIN,
    "a line of them",
    linear([["1", "0"], ["0", "1/2"]]),
    cube(1, 2),
    newton(TWO, SQUARE, 1),
)
T.reject(Reason.UNIQUENESS_UNCERTAIN, "a rotation, without its matrix", TURN, cube(1, 2), newton(TWO, SQUARE, 1))
T.reject(Reason.UNIQUENESS_UNCERTAIN, "a singular matrix", TURN, cube(1, 2), newton([[1, 1], [1, 1]], SQUARE, 1))
T.reject(Reason.UNIQUENESS_UNCERTAIN, "0 as the matrix", SADDLE, cube(1, 2), newton([[0, 0], [0, 0]], SQUARE, 1))
T.reject(
    Reason.UNIQUENESS_UNCERTAIN,
    "the same map on a square",
    linear([["0", "10"], ["0", "0"]]),
    cube(1, 2),
    newton(TWO, SQUARE, 1),
)

T.group("Newton's image must lie in the enclosure, and that in the box")
T.reject(
    Reason.EXISTENCE_UNCERTAIN,
    "no fixed point here",
    CUBIC,
    interval("1/20", "1/4"),
    newton([[-2]], [("1/20", "1/4")], -1),
)
T.reject(
    Reason.EXISTENCE_UNCERTAIN, "an enclosure beside it", CUBIC, cube("1/4", 1), newton([[-2]], [("1/100", "1/8")], -1)
)
T.reject(
    Reason.EXISTENCE_UNCERTAIN,
    "an enclosure outside of the box",
    CUBIC,
    cube("1/4", 1),
    newton([[-2]], [("-1/2", "1/2")], -1),
)
T.reject(
    Reason.EXISTENCE_UNCERTAIN,
    "a bias moves it out",
    linear([["2"]], [("-2", "1")]),
    cube(1, 1),
    newton([[-1]], [(-1, 1)], -1),
)
T.reject(
    Reason.EXISTENCE_UNCERTAIN,
    "rounding leaves no room for a point",
    linear([["2"]], ["1/3"]),
    cube(1, 1),
    newton([[-1]], [("-1/3", "-1/3")], -1),
)

T.group("The index must be as stated")
T.reject(Reason.FACT_UNCERTAIN, "a saddle has index -1", SADDLE, cube(1, 2), newton(TWO, SQUARE, 1))
T.reject(Reason.FACT_UNCERTAIN, "no index", SADDLE, cube(1, 2), newton(TWO, SQUARE, 0))
T.reject(
    Reason.FACT_UNCERTAIN,
    "the orientation of the matrix counts",
    TURN,
    cube(1, 2),
    newton([[0, "1/2"], ["1/2", 0]], SQUARE, -1),
)

T.group("The rule is about boxes of positive widths and continuous maps")
T.out_of_scope(Reason.WRONG_REGION, "the line", linear([["2"]]), line(), newton([[1]], [(-1, 1)], -1))
T.out_of_scope(
    Reason.WRONG_REGION, "a union", linear([["2"]]), Cover(parts=(cube(1, 1),)), newton([[1]], [(-1, 1)], -1)
)
T.out_of_scope(Reason.WRONG_REGION, "a point", linear([["2"]]), cube(0, 1), newton([[1]], [(0, 0)], -1))
T.out_of_scope(Reason.WRONG_REGION, "another dimension", linear([["2"]]), cube(1, 2), newton([[1]], SQUARE, -1))
T.reject(
    Reason.NOT_CONTINUOUS,
    "a jump over the diagonal",
    chain(act("sign"), affine([["-3/2"]], ["0"])),
    cube(1, 1),
    newton([[1]], [(-1, 1)], 1),
)

CASES = T.cases


@T.parametrize()
def test_interval_newton(case: Case) -> None:
    verify(case)


@pytest.mark.parametrize(
    "change",
    [
        {"transform": None},
        {"transform": [["1", "0"]]},
        {"transform": [[1.0]]},
        {"enclosure": None},
        {"enclosure": ["1"]},
        {"enclosure": [["1", "0"]]},
        {"enclosure": [5]},
        {"index": "1"},
        {"index": 2},
        {"index": True},
        {"index": None},
    ],
    ids=repr,
)
def test_a_witness_has_its_form(change: dict[str, Any]) -> None:
    witness = {**newton([[1]], [(-1, 1)], 1), **change}
    case = Case(group="", name="", rule="interval_newton", network=CUBIC, region=cube(1, 1), witness=witness)
    with pytest.raises((FormatError, InexactNumberError)):
        decide(case.obligations())


@pytest.mark.parametrize("seed", range(20))
def test_the_index_is_the_sign_of_the_determinant(seed: int) -> None:
    """Planted: a random linear map of R^3 with a fixed point inside of the box, and some curvature."""
    generator = np.random.default_rng(seed)
    weight = generator.integers(-30, 31, (3, 3))
    network = fp.loop("tanh", [[f"{entry}/10" for entry in row] for row in weight.tolist()])
    outcome = fp.certify(network, cube("1/1000", 3), fp.ExactlyOne())
    determinant = np.linalg.det(np.eye(3) - weight / 10)
    if outcome.claim is None:
        assert abs(determinant) < 1
        return
    (point,) = outcome.claim.facts["points"]
    assert point["index"] == np.sign(determinant)
    assert all(fp.exact(low) <= 0 <= fp.exact(high) for low, high in zip(point["lower"], point["upper"], strict=True))
