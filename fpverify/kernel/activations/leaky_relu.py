"""Leaky ReLU: x for x >= 0, a x for x <= 0, with 0 <= a <= 1. Non-decreasing, convex; slope a, then 1, [a, 1] at 0."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from fpverify.kernel.activations._activation import Activation, Function, number
from fpverify.kernel.activations._shapes import Joined, constant, increasing
from fpverify.kernel.errors import FormatError


def leaky_relu(a: Fraction) -> Function:
    def formula(x: Any, ops: Any) -> Any:
        zero = ops.number(Fraction(0))
        return ops.maximum(x, zero) + ops.number(a) * ops.minimum(x, zero)

    def slope(x: Any, ops: Any) -> Any:
        """a, (1 + a) / 2 or 1: at the kink the midpoint of the generalised gradient [a, 1]."""
        return (ops.number(1 + a) + ops.number(1 - a) * ops.sign(x)) / 2

    return Function(
        formula=formula,
        slope=slope,
        values=increasing(formula, limits=(None if a else a, None)),
        slopes=Joined(Fraction(0), constant(a), constant("1"), (a, Fraction(1))),
        smooth=a == 1,
    )


def _build(parameters: Mapping[str, Any]) -> Function:
    a = number("leaky_relu", parameters, "slope")
    if not 0 <= a <= 1:
        raise FormatError(f"leaky_relu: slope must lie between 0 and 1; got {a}")
    return leaky_relu(a)


ACTIVATION = Activation(name="leaky_relu", build=_build, defaults={"slope": Fraction(1, 100)})
