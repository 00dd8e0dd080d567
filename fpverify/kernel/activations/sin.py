"""sin, with slope cos: period 2 pi; sin turns at pi/2 (1) and -pi/2 (-1), cos at 0 (1) and pi (-1), nowhere else."""

from fractions import Fraction
from typing import Any

from fpverify.kernel.activations._activation import plain
from fpverify.kernel.activations._shapes import Waves, at, at_constant


def formula(x: Any, ops: Any) -> Any:
    return ops.sin(x)


def slope(x: Any, ops: Any) -> Any:
    return ops.cos(x)


_ONE = Fraction(1)
_PI = at_constant(lambda ops: ops.pi()).location
_HALF_PI = at_constant(lambda ops: ops.pi() / 2).location
_MINUS_HALF_PI = at_constant(lambda ops: -ops.pi() / 2).location
_PERIOD = at_constant(lambda ops: 2 * ops.pi()).location

ACTIVATION = plain(
    "sin",
    formula=formula,
    slope=slope,
    values=Waves(formula, top=(_HALF_PI, _ONE), bottom=(_MINUS_HALF_PI, -_ONE), period=_PERIOD),
    slopes=Waves(slope, top=(at("0").location, _ONE), bottom=(_PI, -_ONE), period=_PERIOD),
)
