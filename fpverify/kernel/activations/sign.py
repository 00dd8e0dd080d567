"""
sign: -1, 0 or 1; discontinuous at 0, non-decreasing.

Its slope is 0 on each side. No slope bounds a secant across the jump: an interval that holds 0 lowers the decoration to
DEF, on which the rules refuse it, and there is no bound over all of R.
"""

from fractions import Fraction
from typing import Any

from fpverify.kernel.activations._activation import plain
from fpverify.kernel.activations._shapes import Joined, constant


def formula(x: Any, ops: Any) -> Any:
    return ops.sign(x)


def slope(x: Any, ops: Any) -> Any:
    return ops.number(Fraction(0))


_ZERO, _BOUNDS = Fraction(0), (Fraction(-1), Fraction(1))

ACTIVATION = plain(
    "sign",
    formula=formula,
    slope=slope,
    values=Joined(_ZERO, constant("-1"), constant("1"), _BOUNDS, jumps=True),
    slopes=Joined(_ZERO, constant("0"), constant("0"), None, jumps=True),
    smooth=False,
    continuous=False,
)
