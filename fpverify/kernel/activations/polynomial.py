"""Any polynomial with rational coefficients; turning points are the real roots of g' and g'', all of them isolated."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from fpverify.kernel.activations._activation import Activation, Function
from fpverify.kernel.activations._shapes import Limits, at_polynomial_roots, derivative, horner, turning
from fpverify.kernel.errors import FormatError


def polynomial(coefficients: Sequence[Fraction]) -> Function:
    """Return `sum_i coefficients[i] x^i` as a Function; coefficients in ascending order, at least one."""
    if not coefficients:
        raise FormatError("a polynomial needs at least one coefficient, in ascending order")
    first = derivative(coefficients)
    second = derivative(first)
    value, slope = horner(coefficients), horner(first)
    return Function(
        formula=value,
        slope=slope,
        values=turning(value, at_polynomial_roots(first), _limits(coefficients)),
        slopes=turning(slope, at_polynomial_roots(second), _limits(first)),
    )


def _limits(coefficients: Sequence[Fraction]) -> Limits:
    """Return the limits at -oo and +oo: finite for constants only."""
    return (None, None) if any(coefficients[1:]) else (coefficients[0], coefficients[0])


def _build(parameters: Mapping[str, Any]) -> Function:
    coefficients = parameters["coefficients"]
    return polynomial((coefficients,) if isinstance(coefficients, Fraction) else coefficients)


ACTIVATION = Activation(name="polynomial", build=_build, defaults={"coefficients": None})
