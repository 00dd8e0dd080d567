"""ReLU: max(x, 0). Increasing, convex; slope 0 on the left of 0, 1 on its right, [0, 1] at the kink."""

from fractions import Fraction
from typing import Any

from fpverify.kernel.activations._activation import plain
from fpverify.kernel.activations._shapes import Joined, constant, increasing


def formula(x: Any, ops: Any) -> Any:
    return ops.maximum(x, ops.number(Fraction(0)))


def slope(x: Any, ops: Any) -> Any:
    """0, 1/2 or 1: at the kink the midpoint of the generalised gradient [0, 1]."""
    return (1 + ops.sign(x)) / 2


ACTIVATION = plain(
    "relu",
    formula=formula,
    slope=slope,
    values=increasing(formula, limits=("0", None)),
    slopes=Joined(Fraction(0), constant("0"), constant("1"), (Fraction(0), Fraction(1))),
    smooth=False,
)
