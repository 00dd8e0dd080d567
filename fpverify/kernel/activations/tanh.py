"""tanh. Increasing, odd, smooth; range (-1, 1); slope 1 - tanh^2, even, largest (1) at 0."""

from typing import Any

from fpverify.kernel.activations._activation import plain
from fpverify.kernel.activations._shapes import at, increasing, turning


def formula(x: Any, ops: Any) -> Any:
    return ops.tanh(x)


def slope(x: Any, ops: Any) -> Any:
    """1 - tanh(x)^2 = 4 t / (1 + t)^2 with t = exp(-2|x|), free of cancellation."""
    t = ops.exp(-2 * ops.abs(x))
    return 4 * t / ((1 + t) * (1 + t))


ACTIVATION = plain(
    "tanh",
    formula=formula,
    slope=slope,
    values=increasing(formula, limits=("-1", "1")),
    slopes=turning(slope, [at("0")], limits=("0", "0")),
)
