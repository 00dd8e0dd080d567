"""
The staircase x - sin(2 pi x) / (2 pi). Non-decreasing; g(x + 1) = g(x) + 1; every integer is a fixed point of slope 0.

The slope 1 - cos(2 pi x) = 2 sin(pi x)^2 has period 1 and turns at the multiples of 1/2 only: 0 at the integers, 2
halfway between them.
"""

from fractions import Fraction
from typing import Any

from fpverify.kernel.activations._activation import plain
from fpverify.kernel.activations._shapes import Waves, at, increasing


def formula(x: Any, ops: Any) -> Any:
    return x - ops.sin(2 * ops.pi() * x) / (2 * ops.pi())


def slope(x: Any, ops: Any) -> Any:
    half_turn = ops.sin(ops.pi() * x)
    return 2 * half_turn * half_turn


_PERIOD = at("1").location

ACTIVATION = plain(
    "staircase",
    formula=formula,
    slope=slope,
    values=increasing(formula),
    slopes=Waves(slope, top=(at("1/2").location, Fraction(2)), bottom=(at("0").location, Fraction(0)), period=_PERIOD),
    shift=Fraction(1),
)
