"""
The Gaussian bump h exp(-z^2), z = (x - m) / w, with w > 0. It turns at m only; limits 0.

Its slope -2 h z exp(-z^2) / w has the derivative 2 h (2 z^2 - 1) exp(-z^2) / w^2, which vanishes exactly at
m - w / sqrt 2 and m + w / sqrt 2.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from fpverify.kernel.activations._activation import Activation, Function, number, positive
from fpverify.kernel.activations._shapes import TurningPoint, at, at_constant, turning


def gaussian(h: Fraction, m: Fraction, w: Fraction) -> Function:
    def formula(x: Any, ops: Any) -> Any:
        z = (x - ops.number(m)) / ops.number(w)
        return ops.number(h) * ops.exp(-z * z)

    def slope(x: Any, ops: Any) -> Any:
        z = (x - ops.number(m)) / ops.number(w)
        return ops.number(-2 * h / w) * z * ops.exp(-z * z)

    steepest = [_flank(m, -w), _flank(m, w)]
    return Function(
        formula=formula,
        slope=slope,
        values=turning(formula, [at(m)], limits=("0", "0")),
        slopes=turning(slope, steepest, limits=("0", "0")),
    )


def _flank(m: Fraction, w: Fraction) -> TurningPoint:
    return at_constant(lambda ops: ops.number(m) + ops.number(w) / ops.sqrt(ops.number(Fraction(2))))


def _build(parameters: Mapping[str, Any]) -> Function:
    height, centre = (number("gaussian", parameters, key) for key in ("height", "centre"))
    return gaussian(height, centre, positive("gaussian", parameters, "width"))


_DEFAULTS = {"height": Fraction(1), "centre": Fraction(0), "width": Fraction(1)}

ACTIVATION = Activation(name="gaussian", build=_build, defaults=_DEFAULTS)
