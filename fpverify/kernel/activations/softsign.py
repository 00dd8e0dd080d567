"""
softsign: x / (1 + |x|). Increasing, odd; range (-1, 1).

Its slope 1 / (1 + |x|)^2 is continuous, even, falls on x > 0, and so turns at 0 only, where it is 1.
"""

from typing import Any

from fpverify.kernel.activations._activation import plain
from fpverify.kernel.activations._shapes import at, increasing, turning


def formula(x: Any, ops: Any) -> Any:
    return x / (1 + ops.abs(x))


def slope(x: Any, ops: Any) -> Any:
    return 1 / ((1 + ops.abs(x)) * (1 + ops.abs(x)))


ACTIVATION = plain(
    "softsign",
    formula=formula,
    slope=slope,
    values=increasing(formula, limits=("-1", "1")),
    slopes=turning(slope, [at("0")], limits=("0", "0")),
)
