"""
ELU: x for x >= 0, a (exp(x) - 1) for x <= 0, with a > 0. Increasing; limits -a and +oo.

Its slope increases from 0 to a on x < 0 and is 1 on x > 0; the kink at 0 vanishes for a = 1.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from fpverify.kernel.activations._activation import Activation, Function, positive
from fpverify.kernel.activations._shapes import Joined, constant, increasing


def elu(a: Fraction) -> Function:
    def formula(x: Any, ops: Any) -> Any:
        zero = ops.number(Fraction(0))
        return ops.maximum(x, zero) + ops.number(a) * (ops.exp(ops.minimum(x, zero)) - 1)

    def left_slope(x: Any, ops: Any) -> Any:
        return ops.number(a) * ops.exp(ops.minimum(x, ops.number(Fraction(0))))

    def slope(x: Any, ops: Any) -> Any:
        """At the kink (1 + a) / 2, the midpoint of the generalised gradient."""
        side = ops.sign(x)
        return ((1 + side) + (1 - side) * left_slope(x, ops)) / 2

    bounds = (Fraction(0), max(Fraction(1), a))
    return Function(
        formula=formula,
        slope=slope,
        values=increasing(formula, limits=(-a, None)),
        slopes=Joined(Fraction(0), increasing(left_slope, limits=("0", a)), constant("1"), bounds),
        smooth=a == 1,
    )


def _build(parameters: Mapping[str, Any]) -> Function:
    return elu(positive("elu", parameters, "alpha"))


ACTIVATION = Activation(name="elu", build=_build, defaults={"alpha": Fraction(1)})
