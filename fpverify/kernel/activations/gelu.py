"""
GELU, exact form: g(x) = x Phi(x), Phi the normal distribution function and phi its density.

g'' = phi(x) (2 - x^2): the slope turns at -sqrt 2 and sqrt 2 only. It falls from 0 to -0.1289 on (-oo, -sqrt 2), rises
to 1.1289 on (-sqrt 2, sqrt 2) and falls to 1 afterwards; so g' has exactly one zero, g falls from 0 to its minimum
-0.16997 at -0.75179 and rises to +oo.
"""

from fractions import Fraction
from typing import Any

from fpverify.kernel.activations._activation import plain
from fpverify.kernel.activations._shapes import at_constant, at_root, turning


def _distribution(x: Any, ops: Any) -> Any:
    """Phi(x) = erfc(-x / sqrt 2) / 2, free of cancellation for negative x."""
    return ops.erfc(-x / ops.sqrt(ops.number(Fraction(2)))) / 2


def formula(x: Any, ops: Any) -> Any:
    return x * _distribution(x, ops)


def slope(x: Any, ops: Any) -> Any:
    return _distribution(x, ops) + x * ops.exp(-x * x / 2) / ops.sqrt(2 * ops.pi())


def _sqrt_two(ops: Any) -> Any:
    return ops.sqrt(ops.number(Fraction(2)))


ACTIVATION = plain(
    "gelu",
    formula=formula,
    slope=slope,
    values=turning(formula, [at_root(slope, "-4/5", "-7/10")], limits=("0", None)),
    slopes=turning(slope, [at_constant(lambda ops: -_sqrt_two(ops)), at_constant(_sqrt_two)], limits=("0", "1")),
)
