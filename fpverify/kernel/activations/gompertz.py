"""
The Gompertz curve c exp(-a exp(-s x)), with c, a, s > 0. Increasing, smooth; range (0, c).

With u = a exp(-s x), the slope is c s u exp(-u) and its derivative c s^2 u (u - 1) exp(-u) vanishes exactly where u = 1,
at x = log(a) / s: there the slope is largest, c s / e.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from fpverify.kernel.activations._activation import Activation, Function, positive
from fpverify.kernel.activations._shapes import at_constant, increasing, turning


def gompertz(c: Fraction, a: Fraction, s: Fraction) -> Function:
    def formula(x: Any, ops: Any) -> Any:
        return ops.number(c) * ops.exp(-ops.number(a) * ops.exp(-ops.number(s) * x))

    def slope(x: Any, ops: Any) -> Any:
        """One exponential of the sum of both exponents: no product of a huge and a tiny factor."""
        exponent = -ops.number(s) * x
        return ops.number(c * a * s) * ops.exp(exponent - ops.number(a) * ops.exp(exponent))

    steepest = at_constant(lambda ops: ops.log(ops.number(a)) / ops.number(s))
    return Function(
        formula=formula,
        slope=slope,
        values=increasing(formula, limits=("0", c)),
        slopes=turning(slope, [steepest], limits=("0", "0")),
    )


def _build(parameters: Mapping[str, Any]) -> Function:
    return gompertz(*(positive("gompertz", parameters, key) for key in ("scale", "displacement", "rate")))


_DEFAULTS = {"scale": Fraction(1), "displacement": Fraction(1), "rate": Fraction(1)}

ACTIVATION = Activation(name="gompertz", build=_build, defaults=_DEFAULTS)
