"""Decorations of IEEE 1788: what is known about a function on the box from which a value was computed."""

import enum


class Decoration(enum.IntEnum):
    """Ordered from least to most; combined by `combine`, the minimum."""

    ILL = 0
    """Not an interval at all."""
    TRV = 4
    """Nothing is promised."""
    DEF = 8
    """Defined at every point of the box."""
    DAC = 12
    """Defined and continuous at every point of the box."""
    COM = 16
    """Defined, continuous, and the box and the result are bounded."""


def combine(*decorations: Decoration) -> Decoration:
    """Return the weakest of *decorations*: a composition promises no more than its weakest step."""
    return min(decorations, default=Decoration.COM)
