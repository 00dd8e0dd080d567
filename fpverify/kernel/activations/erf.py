"""erf. Increasing, odd, smooth; range (-1, 1); slope 2 exp(-x^2) / sqrt pi, even, largest at 0, where alone it turns."""

from typing import Any

from fpverify.kernel.activations._activation import plain
from fpverify.kernel.activations._shapes import at, increasing, turning


def formula(x: Any, ops: Any) -> Any:
    return ops.erf(x)


def slope(x: Any, ops: Any) -> Any:
    return 2 * ops.exp(-x * x) / ops.sqrt(ops.pi())


ACTIVATION = plain(
    "erf",
    formula=formula,
    slope=slope,
    values=increasing(formula, limits=("-1", "1")),
    slopes=turning(slope, [at("0")], limits=("0", "0")),
)
