"""cubic_count: exactly 3^d fixed points on all of R^d."""

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import fpverify as fp
from fpverify.kernel.errors import FormatError
from fpverify.kernel.verdict import Reason
from tests.rules.cases import Case, Table, act, affine, chain, cube, decide, line, verify

T = Table("cubic_count")


def ends(inner: Any, outer: Any) -> dict[str, str]:
    return {"inner": str(inner), "outer": str(outer)}


def near_identity(size: int, spread: Any, offset: Any = 0) -> fp.Network:
    """Return the cubic with every row sum of |W - I| at most *spread* and every |b_j| at most *offset*, as a family."""
    each = fp.exact(spread) / size
    weight = fp.exchangeable(size, fp.around(1, each), fp.around(0, each))
    return fp.loop("cubic", weight, fp.fill(size, fp.around(0, offset)))


PLANE = fp.loop("cubic", [["1", "1/50"], ["-3/100", "1"]], ["1/100", "-1/50"], name="a cubic on the plane")

T.group("Near the identity there are 3^d, on all of R^d")
T.accept("the identity itself", fp.loop("cubic", [["1"]]), line(), ends(0, 1))
T.accept("nine on the plane", PLANE, line(2), ends("1/8", "47/50"))
T.accept("a family on R^3, S = 0.07, r = 0.02", near_identity(3, "0.07", "0.02"), line(3), ends("0.187", "0.893"))
T.accept("S = 0.15, r = 0.02", near_identity(5, "0.15", "0.02"), line(5), ends("0.408", "0.731"))
T.accept("S = 0.17", near_identity(2, "0.17"), line(2), ends("0.408", "0.731"))
T.accept("a bias alone, r = 0.19", near_identity(2, 0, "0.19"), line(2), ends("0.524", "0.629"))
T.accept("a diagonal that is not 1", fp.loop("cubic", [["11/10"]]), line(), ends("1/4", "4/5"))
T.accept("R^40", near_identity(40, "0.1", "0.02"), line(40), ends("0.257", "0.846"))

T.group("Between c and a, z - z^3 must exceed 2 q")
T.reject(Reason.NOT_EXCLUDED, "c too small", PLANE, line(2), ends("1/20", "47/50"))
T.reject(Reason.NOT_EXCLUDED, "a too large", PLANE, line(2), ends("1/8", "99/100"))
T.reject(Reason.NOT_EXCLUDED, "c and a exchanged", PLANE, line(2), ends("47/50", "1/8"))
T.reject(Reason.NOT_EXCLUDED, "c = a", PLANE, line(2), ends("1/2", "1/2"))
T.reject(Reason.NOT_EXCLUDED, "a negative c", fp.loop("cubic", [["1"]]), line(), ends("-1", "1"))
T.reject(
    Reason.NOT_EXCLUDED, "a bias of 0.193: two have merged", near_identity(1, 0, "0.193"), line(), ends("0.57", "0.58")
)
T.reject(
    Reason.NOT_EXCLUDED, "q is taken with the bias", near_identity(2, "0.15", "0.03"), line(2), ends("0.408", "0.731")
)
T.reject(
    Reason.NOT_EXCLUDED,
    "one row in two is enough",
    fp.loop("cubic", [["1", "0"], ["1/4", "1"]]),
    line(2),
    ends("1/4", "4/5"),
)

T.group("Between -c and c the cubic must be steep")
T.reject(Reason.UNIQUENESS_UNCERTAIN, "c too large", PLANE, line(2), ends("14/25", "4/5"))
T.reject(Reason.UNIQUENESS_UNCERTAIN, "S = 0.18", near_identity(2, "0.18"), line(2), ends("0.453", "0.693"))

T.group("Beyond a the cubic must be flat")
T.reject(Reason.STABILITY_UNCERTAIN, "a too small", PLANE, line(2), ends("1/8", "29/50"))
T.reject(
    Reason.STABILITY_UNCERTAIN, "a too small for S = 0.15", near_identity(2, "0.15"), line(2), ends("0.35", "0.64")
)

T.group("The rule is about the cubic on the whole space")
T.out_of_scope(Reason.NOT_A_LOOPED_LAYER, "tanh", fp.loop("tanh", [["1"]]), line(), ends(0, 1))
T.out_of_scope(
    Reason.NOT_A_LOOPED_LAYER,
    "two layers",
    chain(affine([["1"]], ["0"]), act("cubic"), affine([["1"]], ["0"])),
    line(),
    ends(0, 1),
)
T.reject(Reason.WRONG_REGION, "a box", PLANE, cube(2, 2), ends("1/8", "47/50"))
T.reject(Reason.WRONG_REGION, "another dimension", PLANE, line(3), ends("1/8", "47/50"))

CASES = T.cases


@T.parametrize()
def test_cubic_count(case: Case) -> None:
    verify(case)


def test_the_claim_counts() -> None:
    claim = verify(CASES[1])
    assert claim is not None
    assert "f has exactly 3^2 = 9 fixed points in R^2, one for each choice" in claim.sentence()
    assert "of z_j <= -0.94, |z_j| <= 0.125 or z_j >= 0.94; 2^2 = 4 of them are attracting" in claim.sentence()
    assert claim.facts["unstable"] == "(2 + t)^2"


@pytest.mark.parametrize("change", [{"inner": 0.1}, {"outer": None}, {"inner": "x"}, {"inner": ["0"]}], ids=repr)
def test_the_ends_are_exact(change: dict[str, Any]) -> None:
    case = Case(
        group="", name="", rule="cubic_count", network=PLANE, region=line(2), witness={**ends("1/8", "47/50"), **change}
    )
    with pytest.raises(ValueError, match="number"):
        decide(case.obligations())


def test_an_end_may_not_be_missing() -> None:
    case = Case(group="", name="", rule="cubic_count", network=PLANE, region=line(2), witness={"inner": "1/8"})
    with pytest.raises(FormatError):
        decide(case.obligations())


# ------------------------------------------------------------------ how far it reaches


def largest(offset: Fraction, digits: int = 10**6) -> Fraction:
    """Return the largest multiple S of 1/digits for which the rule proves the count, by bisection."""
    low, high = 0, digits // 4
    while high - low > 1:
        middle = (low + high) // 2
        network = near_identity(1, Fraction(middle, digits), offset)
        proved = fp.certify(network, line(), fp.CountCubic()).claim is not None
        low, high = (middle, high) if proved else (low, middle)
    return Fraction(low, digits)


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        ("0", "0.176617"),
        ("0.02", "0.160217"),
        ("0.05", "0.134584"),
        ("0.1", "0.089458"),
        ("0.15", "0.041882"),
        ("0.19", "0.002448"),
    ],
)
def test_the_largest_coupling(offset: str, expected: str) -> None:
    """S*(r), the golden constants of this criterion."""
    assert abs(largest(fp.exact(offset)) - fp.exact(expected)) <= Fraction(1, 10**6)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("size", [1, 2, 3])
def test_newton_finds_as_many(seed: int, size: int) -> None:
    """Random weights with S = 0.15 and r = 0.02: the counts by unstable dimension are C(d, j) 2^(d - j)."""
    generator = np.random.default_rng([seed, size])
    change = generator.uniform(-1, 1, (size, size))
    weight = np.eye(size) + 0.15 * change / np.abs(change).sum(axis=1, keepdims=True)
    bias = generator.choice([-0.02, 0.02], size)
    x = np.array(list(itertools.product(np.linspace(-1.15, 1.15, 13), repeat=size)))
    for _ in range(60):
        z = x @ weight.T + bias
        jacobian = np.eye(size) - 1.5 * (1 - z**2)[:, :, None] * weight
        x = np.clip(x - np.linalg.solve(jacobian + 1e-14, (x - (3 * z - z**3) / 2)[..., None])[..., 0], -3, 3)
    z = x @ weight.T + bias
    points = np.unique(np.round(x[np.abs(x - (3 * z - z**3) / 2).max(axis=1) < 1e-10], 6), axis=0)
    slopes = [1.5 * (1 - (weight @ p + bias) ** 2)[:, None] * weight for p in points]
    unstable = sorted((np.abs(np.linalg.eigvals(s)) > 1).sum() for s in slopes)
    assert unstable == sorted(choice.count(0) for choice in itertools.product((-1, 0, 1), repeat=size))
