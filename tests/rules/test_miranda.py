"""miranda: existence where f does not map the box into itself."""

from typing import Any

import pytest

import fpverify as fp
from fpverify.kernel.errors import FormatError, InexactNumberError
from fpverify.kernel.region import Cover
from fpverify.kernel.verdict import Reason
from tests.rules.cases import (
    RATIONAL,
    Case,
    Table,
    act,
    affine,
    chain,
    cube,
    decide,
    interval,
    line,
    linear,
    polynomial,
    verify,
)

T = Table("miranda")


def turned(*rows: Any) -> dict[str, Any]:
    return {"transform": [[str(entry) for entry in row] for row in rows]}


ONE, TWO = turned([1]), turned([1, 0], [0, 1])
CUBIC = fp.loop("cubic", [["1"]])
TURN = linear([["1", "-2"], ["2", "1"]])
SADDLE = linear([["3", "0"], ["0", "1/2"]])

T.group("Opposite signs on opposite faces")
T.accept("a repelling fixed point", CUBIC, cube("1/4", 1), ONE)
T.accept("three of them", CUBIC, cube("3/2", 1), ONE)
T.accept("a saddle", SADDLE, cube(1, 2), TWO)
T.accept("the identity: signs that are 0", linear([["1"]]), cube(1, 1), ONE, backend=RATIONAL)
T.accept("a fixed point on a face", linear([["2"]]), interval(0, 1), ONE)
T.accept("two layers", chain(affine([["2"]], ["0"]), act("tanh"), affine([["2"]], ["1/10"])), cube("1/10", 1), ONE)
T.accept("a family", linear([[("2", "3")]], [("-1/2", "1/2")]), cube(1, 1), ONE)

T.group("A matrix turns the axes")
T.accept("x - f(x) is a rotation by a right angle", TURN, cube(1, 2), turned([0, -1], [1, 0]))
T.reject(Reason.NO_SIGN_CHANGE, "not without it", TURN, cube(1, 2), TWO)
T.reject(Reason.FACT_UNCERTAIN, "a matrix of rank 1", TURN, cube(1, 2), turned([0, -1], [0, 1]))
T.reject(Reason.FACT_UNCERTAIN, "0 shows nothing", linear([["1"]], ["1"]), cube(1, 1), turned([0]))
T.reject(
    Reason.FACT_UNCERTAIN,
    "equal rows",
    linear([["1", "0"], ["0", "0"]], ["1", "0"]),
    cube(1, 2),
    turned([0, 1], [0, 1]),
)

T.group("The signs must be opposite")
T.reject(Reason.NO_SIGN_CHANGE, "x + 1", linear([["1"]], ["1"]), cube(1, 1), ONE)
T.reject(
    Reason.NO_SIGN_CHANGE,
    "x^2 + 1/4 touches the diagonal",
    polynomial("1/4", 0, 1),
    interval(0, 1),
    ONE,
    backend=RATIONAL,
)
T.reject(Reason.NO_SIGN_CHANGE, "a bias moves it out", linear([[("2", "3")]], [("-3", "3")]), cube(1, 1), ONE)
T.reject(Reason.NO_SIGN_CHANGE, "the second component only", SADDLE, fp.BoxRegion.of((-1, 1), ("1/2", 1)), TWO)
T.reject(
    Reason.NO_SIGN_CHANGE,
    "signs at the centres of faces are not enough",
    linear([["0", "2"], ["2", "0"]], ["1/10", "0"]),
    cube(1, 2),
    TWO,
)

T.group("The rule is about boxes and continuous maps")
T.out_of_scope(Reason.WRONG_REGION, "the line", linear([["2"]]), line(), ONE)
T.out_of_scope(Reason.WRONG_REGION, "a union", linear([["2"]]), Cover(parts=(cube(1, 1),)), ONE)
T.out_of_scope(Reason.WRONG_REGION, "another dimension", linear([["2"]]), cube(1, 2), TWO)
T.reject(
    Reason.NOT_CONTINUOUS, "a jump over the diagonal", chain(act("sign"), affine([["-3/2"]], ["0"])), cube(1, 1), ONE
)

CASES = T.cases


@T.parametrize()
def test_miranda(case: Case) -> None:
    verify(case)


@pytest.mark.parametrize(
    "transform", [None, [], [["1"], ["0"]], [["1", "0"]], [[1.0]], ["1"], [None], [{"0": "1"}]], ids=repr
)
def test_the_matrix_is_square_and_exact(transform: Any) -> None:
    case = Case(group="", name="", rule="miranda", network=CUBIC, region=cube(1, 1), witness={"transform": transform})
    with pytest.raises((FormatError, InexactNumberError)):
        decide(case.obligations())
