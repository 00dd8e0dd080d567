"""The three worlds agree: SymPy, torch and Arb read one formula and one slope, and mpmath has its own."""

import math
from fractions import Fraction
from typing import Any

import pytest
import sympy
import torch

from fpverify.kernel.activations import ACTIVATIONS
from fpverify.numeric.ops import TorchOps
from fpverify.symbolic.ops import SymPyOps
from tests import oracles
from tests.strategies import CASES, FAR, PLACED, Case

EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=str)
_X = sympy.Symbol("x", real=True)
_P = sympy.Symbol("p", positive=True)


def _digits(expression: sympy.Expr, x: Fraction) -> oracles.Real:
    return oracles.MP.mpf(str(expression.subs(_X, sympy.Rational(x.numerator, x.denominator)).evalf(50)))


def _agree(left: Any, right: Any, digits: int) -> bool:
    return bool(abs(left - right) <= oracles.MP.mpf(10) ** -digits * max(1, abs(left)))


@EVERY_CASE
def test_the_slope_is_the_derivative(case: Case) -> None:
    formula, slope = case.function.formula(_X, SymPyOps), case.function.slope(_X, SymPyOps)
    difference = sympy.diff(formula, _X)
    for x in PLACED:
        assert _agree(_digits(difference, x), _digits(sympy.sympify(slope), x), 45), f"at {x}"


_RESOLVED = (
    "identity polynomial quartic cubic exponential exp tanh sigmoid erf gelu silu softplus softsign relu".split()
)
_RESOLVED += "leaky_relu elu sin gompertz gaussian staircase".split()
"""Activations for which SymPy proves it; it leaves the nested maximum of hard-tanh and the derivative of sign alone."""


@pytest.mark.parametrize("case", [case for case in CASES if case.name in _RESOLVED], ids=str)
def test_the_slope_is_the_derivative_exactly(case: Case) -> None:
    """On each half line, where |x| and sign(x) are resolved by a positive symbol."""
    for side in (1, -1):
        formula = case.function.formula(side * _P, SymPyOps)
        slope = sympy.sympify(case.function.slope(side * _P, SymPyOps))
        assert sympy.simplify((side * sympy.diff(formula, _P) - slope).rewrite(sympy.exp)) == 0


@EVERY_CASE
def test_mpmath_agrees_with_the_formula(case: Case) -> None:
    """To 40 digits with an independent definition; a numerical derivative of that agrees with the slope to 25."""
    for x in PLACED:
        ball = oracles.point(case.function.formula, x)
        assert _agree(oracles.MP.mpf(ball.str(60, radius=False)), oracles.value(case, x), 40), f"at {x}"
        ball = oracles.point(case.function.slope, x)
        assert _agree(oracles.MP.mpf(ball.str(60, radius=False)), oracles.slope(case, x), 25), f"slope at {x}"


@EVERY_CASE
def test_torch_agrees_with_the_formula(case: Case) -> None:
    x = torch.tensor([float(place) for place in PLACED], dtype=torch.float64)
    for formula in (case.function.formula, case.function.slope):
        found = torch.as_tensor(formula(x, TorchOps), dtype=torch.float64).expand(x.shape)
        for place, y in zip(x.tolist(), found.tolist(), strict=True):
            truth = oracles.point(formula, Fraction(place))
            assert abs(y - float(truth.mid())) <= 1e-12 * max(1, abs(y)), f"at {place}"
            assert _agree(y, float(formula(place, TorchOps)), 14), f"a float at {place}"


@EVERY_CASE
def test_torch_is_never_nan(case: Case) -> None:
    """Up to a million, and infinite only where the true value is beyond the doubles."""
    x = torch.tensor([float(place) for place in FAR], dtype=torch.float64)
    for formula in (case.function.formula, case.function.slope):
        found = torch.as_tensor(formula(x, TorchOps), dtype=torch.float64).expand(x.shape)
        for place, y in zip(FAR, found.tolist(), strict=True):
            beyond = bool(abs(oracles.point(formula, place)) > 1.7e308)
            assert math.isinf(y) if beyond else math.isfinite(y), f"{y} at {place}"


def test_torch_refuses_single_precision() -> None:
    with pytest.raises(TypeError, match="float64"):
        ACTIVATIONS["tanh"].function().formula(torch.zeros(2), TorchOps)
