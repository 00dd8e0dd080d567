"""The vocabulary of `fpverify.kernel.ops` for SymPy expressions in real symbols."""

from fractions import Fraction

import sympy
from sympy import Expr


class SymPyOps:
    """
    `Ops` for SymPy: `formula(x, SymPyOps)` is the expression of an activation in x.

    Invariants:
        Exact: no float enters. Symbols must be declared real, or SymPy will not differentiate `Abs` and `sign`.
    """

    @staticmethod
    def number(value: Fraction) -> Expr:
        return sympy.Rational(value.numerator, value.denominator)

    @staticmethod
    def pi() -> Expr:
        return sympy.pi

    @staticmethod
    def sqrt(x: Expr) -> Expr:
        return sympy.sqrt(x)

    @staticmethod
    def exp(x: Expr) -> Expr:
        return sympy.exp(x)

    @staticmethod
    def log(x: Expr) -> Expr:
        return sympy.log(x)

    @staticmethod
    def log1p(x: Expr) -> Expr:
        return sympy.log(1 + x)

    @staticmethod
    def tanh(x: Expr) -> Expr:
        return sympy.tanh(x)

    @staticmethod
    def sin(x: Expr) -> Expr:
        return sympy.sin(x)

    @staticmethod
    def cos(x: Expr) -> Expr:
        return sympy.cos(x)

    @staticmethod
    def erf(x: Expr) -> Expr:
        return sympy.erf(x)

    @staticmethod
    def erfc(x: Expr) -> Expr:
        return sympy.erfc(x)

    @staticmethod
    def abs(x: Expr) -> Expr:
        return sympy.Abs(x)

    @staticmethod
    def sign(x: Expr) -> Expr:
        return sympy.sign(x)

    @staticmethod
    def maximum(x: Expr, y: Expr) -> Expr:
        return sympy.Max(x, y)

    @staticmethod
    def minimum(x: Expr, y: Expr) -> Expr:
        return sympy.Min(x, y)
