"""softplus: log(1 + exp(x)). Increasing, convex, smooth; limits 0 and +oo; its slope is the sigmoid, range (0, 1)."""

from fractions import Fraction
from typing import Any

from fpverify.kernel.activations._activation import plain
from fpverify.kernel.activations._shapes import increasing


def formula(x: Any, ops: Any) -> Any:
    """max(x, 0) + log(1 + exp(-|x|)), free of overflow and of cancellation."""
    return ops.maximum(x, ops.number(Fraction(0))) + ops.log1p(ops.exp(-ops.abs(x)))


def slope(x: Any, ops: Any) -> Any:
    return 1 / (1 + ops.exp(-x))


ACTIVATION = plain(
    "softplus",
    formula=formula,
    slope=slope,
    values=increasing(formula, limits=("0", None)),
    slopes=increasing(slope, limits=("0", "1")),
)
