"""Derivatives: of a network against the chain rule, of activations against the slope that they state."""

import pytest
import sympy
from sympy import Symbol

import fpverify as fp
from fpverify.symbolic.build import symbolic
from fpverify.symbolic.derive import ARGUMENT, derivative, formula, jacobian, stated_slope
from tests.strategies import CASES, Case

X1, X2 = Symbol("x_1", real=True), Symbol("x_2", real=True)


def test_the_jacobian_is_the_slope_times_the_weights() -> None:
    found = jacobian(symbolic(fp.loop("sin", [["2", "3"], ["0", "1"]])))
    inner = 2 * X1 + 3 * X2
    assert found == sympy.Matrix([[2 * sympy.cos(inner), 3 * sympy.cos(inner)], [0, sympy.cos(X2)]])


def test_the_jacobian_of_the_identity() -> None:
    assert jacobian(symbolic(fp.loop("identity", [["1", "0"], ["0", "1"]]))) == sympy.eye(2)


_SMOOTH = [
    case for case in CASES if case.name in ("tanh", "sigmoid", "cubic", "quartic", "gaussian", "sin", "erf", "gelu")
]


@pytest.mark.parametrize("case", _SMOOTH, ids=str)
def test_the_derivative_is_the_stated_slope(case: Case) -> None:
    """On the positive half line, where |s| is s."""
    s = Symbol("s", positive=True)
    difference = derivative(case.function, s) - stated_slope(case.function, s)
    assert sympy.simplify(difference.rewrite(sympy.exp)) == 0


def test_a_constant_formula_is_an_expression() -> None:
    case = next(case for case in CASES if str(case) == "polynomial(coefficients=['3'])")
    assert formula(case.function) == 3
    assert derivative(case.function, ARGUMENT) == 0
