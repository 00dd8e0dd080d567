"""
The exponential of the paper: g(x) = scale exp(p(x)) - 1 with a polynomial p and scale > 0.

g' = scale p' exp(p) vanishes exactly at the real roots of p'; g'' = scale (p'' + p'^2) exp(p) vanishes exactly at those
of p'' + p'^2. All of them are isolated.

Source:
    arXiv 2410.11279, Theorem 5.2; the default p = x^3 - 2x^2 is its polynomial with the shift removed.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from fpverify.kernel.activations._activation import Activation, Function, positive
from fpverify.kernel.activations._shapes import Limits, at_polynomial_roots, derivative, horner, turning
from fpverify.kernel.errors import FormatError


def exponential(coefficients: Sequence[Fraction], scale: Fraction) -> Function:
    """Return `scale exp(p(x)) - 1`, with p = sum_i coefficients[i] x^i, as a Function."""
    first = derivative(coefficients)
    exponent, exponent_slope = horner(coefficients), horner(first)

    def formula(x: Any, ops: Any) -> Any:
        return ops.number(scale) * ops.exp(exponent(x, ops)) - 1

    def slope(x: Any, ops: Any) -> Any:
        return ops.number(scale) * exponent_slope(x, ops) * ops.exp(exponent(x, ops))

    return Function(
        formula=formula,
        slope=slope,
        values=turning(formula, at_polynomial_roots(first), _limits(coefficients, "-1")),
        slopes=turning(slope, at_polynomial_roots(_square_plus(first, derivative(first))), _limits(coefficients, "0")),
    )


def _limits(coefficients: Sequence[Fraction], where_p_falls: str) -> Limits:
    """Return the limits at -oo and +oo: *where_p_falls* where p tends to -oo, infinite where it tends to +oo."""
    leading, degree = coefficients[-1], len(coefficients) - 1
    falls = (leading * (-1) ** degree < 0, leading < 0)
    return (where_p_falls if falls[0] else None, where_p_falls if falls[1] else None)


def _square_plus(first: Sequence[Fraction], second: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """Return the coefficients of first^2 + second, where *second* is no longer than *first*."""
    total = [*second, *[Fraction(0)] * (2 * len(first) - 1 - len(second))]
    for i, a in enumerate(first):
        for j, b in enumerate(first):
            total[i + j] += a * b
    return tuple(total)


def _build(parameters: Mapping[str, Any]) -> Function:
    coefficients = parameters["coefficients"]
    if not isinstance(coefficients, tuple) or not any(coefficients[1:]):
        raise FormatError(
            f"exponential needs the coefficients of a polynomial that is not constant; got {coefficients}"
        )
    degree = max(i for i, coefficient in enumerate(coefficients) if coefficient)
    return exponential(coefficients[: degree + 1], positive("exponential", parameters, "scale"))


_DEFAULTS = {"coefficients": (Fraction(0), Fraction(0), Fraction(-2), Fraction(1)), "scale": Fraction(1)}

ACTIVATION = Activation(name="exponential", build=_build, defaults=_DEFAULTS)
