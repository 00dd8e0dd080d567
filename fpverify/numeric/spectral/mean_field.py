"""
The mean field of a random network of infinite width: variances of the layers, slopes, and the line chi = 1.

A layer is x^l = phi(W^l x^{l-1} + b^l) with weights of mean 0 and variance gain^2 / N and biases of variance bias^2. As N
grows, the inputs of its neurons become independent normal variables of variance

    q^1 = gain^2 |x|^2 / N + bias^2,    q^{l+1} = gain^2 E phi(sqrt(q^l) z)^2 + bias^2,    z standard normal.

With q* the variance that repeats itself, chi = gain^2 E phi'(sqrt(q*) z)^2 is the factor by which the squared distance of
two near inputs grows in each layer: chi < 1 is the ordered phase, chi > 1 the chaotic one. These are statements about
the limit of infinite width: they prove nothing about a network that has a width.

Source:
    B. Poole, S. Lahiri, M. Raghu, J. Sohl-Dickstein, S. Ganguli, Exponential expressivity in deep neural networks through
    transient chaos, NeurIPS 2016; S. S. Schoenholz, J. Gilmer, S. Ganguli, J. Sohl-Dickstein, Deep information
    propagation, ICLR 2017.
"""

import math
from collections.abc import Callable
from functools import cache

import numpy as np

from fpverify.numeric.spectral.functions import KINKS, Array, slopes, values

REACH = 9.0
"""Integrals over a standard normal variable are cut off here; what is left out has the mass 2e-19."""

_PANELS, _POINTS = 100, 40
"""4000 Gauss-Legendre nodes in all, in panels: a rule of one piece would take long to set up."""

_Scalar = Callable[[str, Array], Array]

_BISECTIONS = 120
_NEAREST = 1e-12
"""What q exceeds bias^2 by at least, on the line chi = 1."""


def nodes(activation: str, variance: float) -> tuple[Array, Array]:
    """
    Return nodes z on [-9, 9] and weights of the standard normal law for integrals of f(sqrt(variance) z).

    Shapes:
        (4000,) each, or a little more where panels end at the kinks of the activation.
    """
    kink = KINKS.get(activation, math.inf)
    return _split(kink / math.sqrt(variance)) if kink < REACH * math.sqrt(variance) else _whole()


def mean_square(activation: str, variance: float | Array) -> Array:
    """Return E phi(sqrt(variance) z)^2, in the shape of *variance*."""
    return _mean_square(values, activation, variance)


def mean_square_slope(activation: str, variance: float | Array) -> Array:
    """Return E phi'(sqrt(variance) z)^2, in the shape of *variance*."""
    return _mean_square(slopes, activation, variance)


def slope_law(activation: str, variance: float) -> tuple[Array, Array]:
    """
    Return the law of phi'(sqrt(variance) z)^2: its values and their probabilities.

    The slopes are even, so half of the nodes do; a slope that takes two values at most gives as many points.
    """
    z, w = nodes(activation, variance)
    squares = slopes(activation, math.sqrt(variance) * z[z > 0]) ** 2
    points, where = np.unique(squares, return_inverse=True)
    if len(points) <= 2:
        return points, np.array([2 * w[z > 0][where == k].sum() for k in range(len(points))])
    return squares, 2 * w[z > 0]


def variances(activation: str, *, gain: float, bias: float, depth: int, square: float) -> list[float]:
    """
    Return q^1, ..., q^depth.

    Args:
        square: |x|^2 / N of the input.
    """
    found = [gain**2 * square + bias**2]
    while len(found) < depth:
        found.append(float(gain**2 * mean_square(activation, found[-1]) + bias**2))
    return found


def fixed_variance(activation: str, *, gain: float, bias: float) -> float:
    """
    Return the variance q* = gain^2 E phi(sqrt(q*) z)^2 + bias^2 that is approached from above, to the rounding.

    Infinite for the identity with gain >= 1 and a bias.
    """
    if activation == "identity":
        return bias**2 / (1 - gain**2) if gain < 1 else (math.inf if bias else 0.0)
    low, high = 0.0, gain**2 + bias**2
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        grows = gain**2 * mean_square(activation, middle) + bias**2 > middle
        low, high = (middle, high) if grows else (low, middle)
    return (low + high) / 2


def chi(activation: str, *, gain: float, bias: float) -> float:
    """Return gain^2 E phi'(sqrt(q*) z)^2 at the variance q* that repeats itself."""
    variance = min(fixed_variance(activation, gain=gain, bias=bias), 1e200)
    return float(gain**2 * mean_square_slope(activation, variance))


def critical_gain(activation: str, bias: float | Array) -> Array:
    """
    Return the gain at which chi = 1, in the shape of *bias*: the line between order and chaos.

    On the line gain^2 = (q - bias^2) / E phi^2 with (q - bias^2) E phi'^2 = E phi^2. The quotient of the two sides
    increases with q for these activations (for the identity it only tends to 1), so that bisection finds it.

    Error:
        About 1e-9, near the ends of the range of q; 1e-12 elsewhere.

    Raises:
        UnknownNameError: for an activation without mean field.
    """
    square = np.asarray(bias, dtype=np.float64) ** 2
    low, high = np.full(square.shape, math.log(_NEAREST)), np.full(square.shape, math.log(1e12))
    for _ in range(_BISECTIONS // 2):
        middle = (low + high) / 2
        excess = np.exp(middle)
        q = square + excess
        chaotic = excess * mean_square_slope(activation, q) > mean_square(activation, q)
        low, high = np.where(chaotic, low, middle), np.where(chaotic, middle, high)
    excess = np.exp((low + high) / 2)
    return np.sqrt(excess / mean_square(activation, square + excess))


def _mean_square(function: _Scalar, activation: str, variance: float | Array) -> Array:
    q = np.asarray(variance, dtype=np.float64)
    return np.array([_one(function, activation, float(v)) for v in q.ravel()]).reshape(q.shape)


def _one(function: _Scalar, activation: str, variance: float) -> float:
    z, w = nodes(activation, variance)
    return float(w @ function(activation, math.sqrt(variance) * z) ** 2)


@cache
def _whole() -> tuple[Array, Array]:
    return _panels(np.linspace(-REACH, REACH, _PANELS + 1))


def _split(kink: float) -> tuple[Array, Array]:
    return _panels(np.unique(np.concatenate([np.linspace(-REACH, REACH, _PANELS + 1), [-kink, kink]])))


def _panels(ends: Array) -> tuple[Array, Array]:
    places, weights = _panel()
    half, middle = np.diff(ends)[:, None] / 2, (ends[:-1] + ends[1:])[:, None] / 2
    z = (middle + half * places).ravel()
    w = (half * weights).ravel() * np.exp(-z * z / 2)
    return z, w / w.sum()


@cache
def _panel() -> tuple[Array, Array]:
    return np.polynomial.legendre.leggauss(_POINTS)
