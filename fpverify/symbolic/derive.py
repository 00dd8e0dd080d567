"""Derivatives of networks and activations, by SymPy."""

import sympy
from sympy import Expr, ImmutableMatrix, Symbol

from fpverify.kernel.activations import Function
from fpverify.symbolic.build import SymbolicNetwork
from fpverify.symbolic.ops import SymPyOps

ARGUMENT = Symbol("s", real=True)
"""The letter in which formulas of activations are written."""


def formula(function: Function, argument: Expr = ARGUMENT) -> Expr:
    """Return g(argument)."""
    return sympy.sympify(function.formula(argument, SymPyOps))


def stated_slope(function: Function, argument: Expr = ARGUMENT) -> Expr:
    """Return the slope that the activation states; at a kink, the middle of its one-sided slopes."""
    return sympy.sympify(function.slope(argument, SymPyOps))


def derivative(function: Function, argument: Symbol = ARGUMENT) -> Expr:
    """Return the derivative of the formula, by differentiation; at a kink it may be undefined."""
    return sympy.diff(formula(function, argument), argument)


def jacobian(network: SymbolicNetwork) -> ImmutableMatrix:
    """Return the matrix of the df_i / dx_j, shape (d, d)."""
    return ImmutableMatrix([[sympy.diff(image, x) for x in network.state] for image in network.image])
