"""
SiLU (swish): g(x) = x s(x) with the sigmoid s.

g' = s (1 + x s(-x)) = 0 exactly where 1 + x + exp(x) = 0, which increases strictly: one zero, near -1.27846; g falls
from 0 to its minimum -0.27846 there and rises to +oo. g'' = s' (2 - x tanh(x/2)), and x tanh(x/2) is even and increases
strictly on x > 0: the slope turns at two places only, near -2.39936 (-0.09984) and 2.39936 (1.09984).
"""

from typing import Any

from fpverify.kernel.activations._activation import plain
from fpverify.kernel.activations._shapes import at_root, turning


def formula(x: Any, ops: Any) -> Any:
    return x / (1 + ops.exp(-x))


def slope(x: Any, ops: Any) -> Any:
    """s(x) (1 + x s(-x)), free of overflow: each exponential appears in a denominator only."""
    return (1 + x / (1 + ops.exp(x))) / (1 + ops.exp(-x))


def _slope_sign(x: Any, ops: Any) -> Any:
    return 1 + x + ops.exp(x)


def _curvature_sign(x: Any, ops: Any) -> Any:
    return 2 - x * ops.tanh(x / 2)


ACTIVATION = plain(
    "silu",
    formula=formula,
    slope=slope,
    values=turning(formula, [at_root(_slope_sign, "-2", "-1")], limits=("0", None)),
    slopes=turning(
        slope, [at_root(_curvature_sign, "-3", "-2"), at_root(_curvature_sign, "2", "3")], limits=("0", "1")
    ),
)
