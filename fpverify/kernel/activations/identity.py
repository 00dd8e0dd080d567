"""The identity: for layers without activation. Slope 1 everywhere."""

from fractions import Fraction
from typing import Any

from fpverify.kernel.activations._activation import plain
from fpverify.kernel.activations._shapes import constant, increasing


def formula(x: Any, ops: Any) -> Any:
    return x


def slope(x: Any, ops: Any) -> Any:
    return ops.number(Fraction(1))


ACTIVATION = plain("identity", formula=formula, slope=slope, values=increasing(formula), slopes=constant("1"))
