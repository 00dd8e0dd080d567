"""
The quartic of the paper with its shift removed: F(x) = -2/5 x^4 + 3/2 x^2.

The paper prints g with g(x + C) = F(x), and biases C; so its loop x -> g(W x + C) is x -> F(W x).

Source:
    arXiv 2410.11279, Theorem 5.1; C = sqrt((15 + sqrt 65) / 8), for which F(C) = 1, the constant term printed.
"""

from fractions import Fraction

from fpverify.kernel.activations._activation import single
from fpverify.kernel.activations.polynomial import polynomial

_COEFFICIENTS = (Fraction(0), Fraction(0), Fraction(3, 2), Fraction(0), Fraction(-2, 5))

ACTIVATION = single("quartic", polynomial(_COEFFICIENTS))
