"""hard-tanh: max(-1, min(1, x)). Non-decreasing, odd; slope 1 on (-1, 1), 0 outside [-1, 1], [0, 1] at the kinks."""

from fractions import Fraction
from typing import Any

from fpverify.kernel.activations._activation import plain
from fpverify.kernel.activations._shapes import Joined, constant, increasing

_ONE, _UNIT = Fraction(1), (Fraction(0), Fraction(1))


def formula(x: Any, ops: Any) -> Any:
    return ops.maximum(ops.number(-_ONE), ops.minimum(ops.number(_ONE), x))


def slope(x: Any, ops: Any) -> Any:
    """0, 1/2 or 1: at the kinks the midpoint of the generalised gradient [0, 1]."""
    return (ops.sign(x + 1) - ops.sign(x - 1)) / 2


ACTIVATION = plain(
    "hardtanh",
    formula=formula,
    slope=slope,
    values=increasing(formula, limits=("-1", "1")),
    slopes=Joined(-_ONE, constant("0"), Joined(_ONE, constant("1"), constant("0"), _UNIT), _UNIT),
    smooth=False,
)
