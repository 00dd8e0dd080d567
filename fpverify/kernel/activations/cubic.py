"""The cubic (3x - x^3) / 2: fixed points -1 and 1 with slope 0, and 0 with slope 3/2; it turns at -1 and 1 only."""

from fractions import Fraction

from fpverify.kernel.activations._activation import single
from fpverify.kernel.activations.polynomial import polynomial

_COEFFICIENTS = (Fraction(0), Fraction(3, 2), Fraction(0), Fraction(-1, 2))

ACTIVATION = single("cubic", polynomial(_COEFFICIENTS))
