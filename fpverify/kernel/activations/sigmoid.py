"""
The logistic sigmoid s(x) = 1 / (1 + exp(-x)). Increasing, smooth; range (0, 1).

s' = s (1 - s) is even, and s'' = -s' tanh(x/2) vanishes at 0 only: the slope is largest there, 1/4.
"""

from typing import Any

from fpverify.kernel.activations._activation import plain
from fpverify.kernel.activations._shapes import at, increasing, turning


def formula(x: Any, ops: Any) -> Any:
    return 1 / (1 + ops.exp(-x))


def slope(x: Any, ops: Any) -> Any:
    """s(x) s(-x) = t / (1 + t)^2 with t = exp(-|x|), free of cancellation and of overflow."""
    t = ops.exp(-ops.abs(x))
    return t / ((1 + t) * (1 + t))


ACTIVATION = plain(
    "sigmoid",
    formula=formula,
    slope=slope,
    values=increasing(formula, limits=("0", "1")),
    slopes=turning(slope, [at("0")], limits=("0", "0")),
)
