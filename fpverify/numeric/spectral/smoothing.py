"""The density of the logarithm of a positive variable, smoothed: the same expression of a sample and of a resolvent."""

import numpy as np
from numpy.typing import NDArray

from fpverify.numeric.spectral.functions import Array

Complex = NDArray[np.complex128]


def on_ray(x: Array, share: float) -> Complex:
    """Return the points x (1 + i share) at which a density is to be taken."""
    return x + 1j * share * x


def log_density(places: Complex, g: Complex) -> Array:
    """
    Return the density of log lambda near |z|, smoothed over a share of lambda, from g(z) = E 1/(z - lambda).

    It is -Im(z g) / (pi - arg z), for points z of one ray: for a single lambda a bump around it in log |z| of mass 1, since
    -Im z/(z - lambda) is the derivative of -arg(z - lambda), which goes from -pi to -arg z. An atom at 0 does not show.

    Args:
        places: points of one ray in the upper half-plane, shape (k,); see `on_ray`.
        g: shape (..., k).
    """
    return -(places * g).imag / (np.pi - np.angle(places))


def resolvent_of(sample: Array, places: Complex) -> Complex:
    """Return the mean of 1/(z - lambda) over the numbers of the sample, of any shape, at each of the places."""
    return (1 / (places[:, None] - sample.ravel())).mean(axis=1)
