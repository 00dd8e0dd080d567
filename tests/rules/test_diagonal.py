"""diagonal: a fixed point with equal coordinates, and its eigenvalue along the diagonal."""

from typing import Any

import pytest

import fpverify as fp
from fpverify.kernel.region import Cover
from fpverify.kernel.verdict import Reason
from tests.rules.cases import RATIONAL, Case, Table, act, affine, chain, cube, line, linear, verify

T = Table("diagonal")


def between(low: Any, high: Any, least: Any, most: Any) -> dict[str, list[str]]:
    return {"interval": [str(low), str(high)], "eigenvalue": [str(least), str(most)]}


def quartic(size: int, m: int) -> fp.Network:
    return fp.loop("quartic", fp.exchangeable(size, 1, f"1/{m * m}"))


TANH = fp.loop("tanh", [["1", "1"], ["3/2", "1/2"]])
RELU = fp.loop("relu", fp.exchangeable(2, 1, 1))

T.group("All-equal states of the paper's layers (P6)")
T.accept(
    "eigenvalue exactly -1 for (d, m) = (2, 3)",
    quartic(2, 3),
    line(2),
    between("27/20", "27/20", -1, -1),
    backend=RATIONAL,
)
T.accept("the same for (5, 6)", quartic(5, 6), line(5), between("27/20", "27/20", -1, -1), backend=RATIONAL)
T.accept("beyond -1 for (3, 4)", quartic(3, 4), line(3), between("1.335", "1.345", "-1.2", "-0.9"))
T.accept("in a box that holds the diagonal", quartic(3, 4), cube(2, 3), between("1.335", "1.345", "-1.2", "-0.9"))
T.accept("row sums alone must be equal", TANH, line(2), between("-1/10", "1/10", "1.9", "2.1"))
T.accept(
    "equal biases",
    fp.loop("tanh", fp.exchangeable(3, "1/2", "1/2"), fp.fill(3, "1/10")),
    line(3),
    between("0", 2, "0", "3/2"),
)
T.accept("a negative row sum", linear(fp.exchangeable(2, -1, -1)), line(2), between(-1, 1, -2, -2))
T.accept("a kink, where there may be no derivative", RELU, line(2), between(0, 0, 0, 2), backend=RATIONAL)

T.group("The interval must hold a fixed point of the scalar loop")
T.reject(Reason.NO_SIGN_CHANGE, "no change of sign", quartic(3, 4), line(3), between("1.1", "1.2", -10, 10))
T.reject(
    Reason.NO_SIGN_CHANGE,
    "a point that is not fixed",
    quartic(2, 3),
    line(2),
    between("13/10", "13/10", -10, 10),
    backend=RATIONAL,
)
T.reject(Reason.NO_SIGN_CHANGE, "a fixed point, rounded", quartic(2, 3), line(2), between("27/20", "27/20", -10, 10))
T.reject(Reason.NO_SIGN_CHANGE, "the fixed point is an end", TANH, line(2), between(0, "1/10", "1.9", 2))

T.reject(
    Reason.NO_SIGN_CHANGE,
    "the fixed point is the lower end, exactly",
    linear(fp.exchangeable(2, "1/4", "1/4")),
    line(2),
    between(0, 1, "1/2", "1/2"),
    backend=RATIONAL,
)

T.group("The slopes over all of the interval lie within the bounds")
T.reject(
    Reason.SLOPE_UNCERTAIN,
    "-1 is not inside",
    quartic(2, 3),
    line(2),
    between("27/20", "27/20", "-0.999", 0),
    backend=RATIONAL,
)
T.reject(
    Reason.SLOPE_UNCERTAIN, "a lower bound too high", quartic(3, 4), line(3), between("1.335", "1.345", "-1.09", 0)
)
T.reject(
    Reason.SLOPE_UNCERTAIN, "an upper bound too low", quartic(3, 4), line(3), between("1.335", "1.345", -2, "-1.1")
)
T.reject(Reason.SLOPE_UNCERTAIN, "the slope of g instead of r g'", TANH, line(2), between("-1/10", "1/10", "0.9", 1))
T.reject(Reason.SLOPE_UNCERTAIN, "at the kink both slopes count", RELU, line(2), between(0, 0, 0, 0), backend=RATIONAL)

T.group("The loop must be exchangeable, exact and continuous")
T.out_of_scope(
    Reason.NOT_A_LOOPED_LAYER, "row sums 1 and 2", linear([["1", "0"], ["1", "1"]]), line(2), between(-1, 1, 0, 3)
)
T.out_of_scope(
    Reason.NOT_A_LOOPED_LAYER,
    "biases 0 and 1/10",
    fp.loop("tanh", fp.exchangeable(2, 1, 1), ["0", "1/10"]),
    line(2),
    between(-1, 1, 0, 3),
)
T.out_of_scope(
    Reason.NOT_A_LOOPED_LAYER,
    "an uncertain weight",
    fp.loop("tanh", fp.exchangeable(2, 1, ("1", "1.1"))),
    line(2),
    between(-1, 1, 0, 3),
)
T.out_of_scope(
    Reason.NOT_A_LOOPED_LAYER,
    "an uncertain bias",
    fp.loop("tanh", fp.exchangeable(2, 1, 1), fp.fill(2, ("0", "1"))),
    line(2),
    between(-1, 1, 0, 3),
)
T.out_of_scope(
    Reason.NOT_A_LOOPED_LAYER,
    "two layers",
    chain(affine([["2"]], ["0"]), act("tanh"), affine([["1"]], ["0"])),
    line(),
    between(-1, 1, 0, 3),
)
T.out_of_scope(
    Reason.NOT_A_LOOPED_LAYER, "a jump", fp.loop("sign", fp.exchangeable(2, 1, 1)), line(2), between("1/2", "3/2", 0, 0)
)

T.group("The region must hold the diagonal of which the claim speaks")
T.reject(
    Reason.WRONG_REGION,
    "a box far away",
    quartic(3, 4),
    fp.BoxRegion.cube(1, dimension=3, centre=100),
    between("1.335", "1.345", "-1.2", "-0.9"),
)
T.reject(
    Reason.WRONG_REGION,
    "a box that holds one end",
    quartic(3, 4),
    cube("1.34", 3),
    between("1.335", "1.345", "-1.2", "-0.9"),
)
T.reject(
    Reason.WRONG_REGION, "the plane for three cells", quartic(3, 4), line(2), between("1.335", "1.345", "-1.2", "-0.9")
)
T.reject(
    Reason.WRONG_REGION, "a union", quartic(3, 4), Cover(parts=(cube(2, 3),)), between("1.335", "1.345", "-1.2", "-0.9")
)
T.reject(
    Reason.NOT_RATIONAL, "tanh in rationals", TANH, line(2), between("-1/10", "1/10", "1.9", "2.1"), backend=RATIONAL
)
T.reject(
    Reason.NOT_FINITE,
    "an overflow",
    chain(affine([["1"]], ["0"]), {"activation": {"name": "polynomial", "coefficients": ["0"] * 200 + ["1"]}}),
    line(),
    between(0, "1e4000", 0, 1),
)

CASES = T.cases


@T.parametrize()
def test_diagonal(case: Case) -> None:
    verify(case)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "eigenvalue exactly -1 for (d, m) = (2, 3)",
            "an eigenvalue between -1 and -1: no norm makes f a contraction near it.",
        ),
        ("a negative row sum", "an eigenvalue between -2 and -2: it attracts no neighbourhood."),
        ("beyond -1 for (3, 4)", "an eigenvalue between -1.2 and -0.9: nothing follows for its stability."),
        ("a kink, where there may be no derivative", "where its derivative, if there is one, has the eigenvector"),
    ],
)
def test_the_claim_says_what_follows(name: str, words: str) -> None:
    claim = verify(next(case for case in CASES if case.name == name))
    assert claim is not None
    assert words in claim.sentence()
