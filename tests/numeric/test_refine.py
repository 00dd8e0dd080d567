"""Fixed points to 50 digits, and the vocabulary in which mpmath reads formulas."""

from fractions import Fraction

import mpmath
import pytest
import torch

import fpverify as fp
from fpverify.kernel.network import Network
from fpverify.numeric.build import TorchNetwork
from fpverify.numeric.refine import DIGITS, MP, MpNetwork, MpOps, Refined, refine, to_fraction
from fpverify.numeric.roots import bisect, newton, settle, sign_changes
from tests import oracles
from tests.strategies import CASES, PLACED, Case

CPU = torch.device("cpu")


def _refined(network: Network, start: list[float]) -> Refined | None:
    x = torch.tensor([start], dtype=torch.float64)
    identity = torch.eye(len(start), dtype=torch.float64)
    inverse = torch.linalg.inv(identity - TorchNetwork(network, CPU).jacobian(x)[0])
    return refine(MpNetwork(network), start, inverse.tolist())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_mpmath_reads_the_formula_as_the_oracle_does(case: Case) -> None:
    """The oracle has its own definitions; 50 digits agree."""
    for x in PLACED[::3]:
        ours = MpOps.number(Fraction(0)) + case.function.formula(MpOps.number(x), MpOps)
        truth = oracles.value(case, x)
        assert abs(oracles.MP.mpf(ours) - truth) <= oracles.MP.mpf(10) ** -50 * max(1, abs(truth))


def test_a_known_root_is_found_to_50_digits() -> None:
    """x <- (x + 2/x) / 2 is no layer; x <- x + (2 - x^2)/4 is, and fixes sqrt 2."""
    network = fp.network(
        [{"activation": {"name": "polynomial", "coefficients": ["1/2", "1", "-1/4"]}}], name="root", state_size=1
    )
    found = _refined(network, [1.4142])
    assert found is not None
    assert found.decimals() == (
        mpmath.nstr(mpmath.mpf(MP.sqrt(2)), DIGITS) if MP is mpmath.mp else MP.nstr(MP.sqrt(2), DIGITS),
    )
    assert abs(found.exact()[0] ** 2 - 2) < Fraction(1, 10**54)


def test_an_unstable_fixed_point_is_found_too() -> None:
    found = _refined(fp.loop("cubic", [["1"]]), [0.001])
    assert found is not None
    assert abs(found.exact()[0]) < Fraction(1, 10**50)


def test_it_gives_up_where_there_is_none() -> None:
    """x + 1 has no fixed point; the corrections do not become small."""
    network = fp.network([{"affine": {"weight": [["1"]], "bias": ["1"]}}], name="x + 1")
    assert refine(MpNetwork(network), [0.0], [[0.5]]) is None


def test_the_precision_of_mpmath_is_left_alone() -> None:
    before = mpmath.mp.dps
    _refined(fp.loop("tanh", [["1/2"]], ["1/3"]), [0.6])
    assert mpmath.mp.dps == before


@pytest.mark.parametrize("x", ["0", "1", "-3/8", "1000000007/1024"])
def test_numbers_of_mpmath_are_read_exactly(x: str) -> None:
    """Signs included."""
    assert to_fraction(MpOps.number(Fraction(x))) == Fraction(x)


def test_orbits_settle_where_iteration_is_slow() -> None:
    """At a rate of 0.999 Newton's method has to help."""
    f = TorchNetwork(fp.loop("tanh", [["999/1000"]], ["1/1000000"]), CPU)
    p = settle(f, torch.zeros(1, 1, dtype=torch.float64))
    assert abs(float(f(p) - p)) < 1e-15


def test_newton_leaves_singular_places_alone() -> None:
    """The identity has a singular Newton equation everywhere."""
    f = TorchNetwork(fp.loop("identity", [["1"]]), CPU)
    assert newton(f, torch.ones(2, 1, dtype=torch.float64), 3).tolist() == [[1.0], [1.0]]


def test_changes_of_sign_skip_zeros() -> None:
    values = torch.tensor([-1.0, 0.0, 0.0, 2.0, 3.0, -1.0], dtype=torch.float64)
    assert sign_changes(values).tolist() == [0, 4]
    assert sign_changes(torch.zeros(3)).tolist() == []


def test_bisection_finds_the_change_of_sign() -> None:
    pair = torch.tensor([[0.0], [2.0]], dtype=torch.float64)
    assert float(bisect(lambda x: x * x - 2, pair)) == pytest.approx(2**0.5, abs=1e-14)
    assert float(bisect(lambda x: x, pair)) == 0.0
