"""The Jacobians of sampled networks at given inputs: squared singular values, norms, spectral radii, distance to a law."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from fpverify.kernel.errors import MisuseError
from fpverify.numeric.spectral.functions import Array, slopes, values

Drawn = tuple[Sequence[Array], Sequence[Array], Array]
"""Weights, biases and an input of one network; shapes (N, N), (N,) and (N,)."""


def jacobian(activation: str, drawn: Drawn) -> Array:
    """Return J = D^L W^L ... D^1 W^1 at the input, shape (N, N), by ordinary arithmetic."""
    weights, biases, x = drawn
    product = np.eye(len(x))
    for weight, bias in zip(weights, biases, strict=True):
        h = weight @ x + bias
        product, x = slopes(activation, h)[:, None] * (weight @ product), values(activation, h)
    return product


def input_of_square(square: float, width: int, rng: np.random.Generator) -> Array:
    """Return an input in a random direction with |x|^2 / N = square."""
    x = rng.standard_normal(width)
    return x * (math.sqrt(square * width) / float(np.linalg.norm(x)))


@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """
    What the Jacobians of some networks have.

    Fields:
        squares: the squared singular values, one row for each network, shape (networks, N).
        radii: the spectral radii, shape (networks,); empty if they were not asked for.
    """

    squares: Array
    radii: Array

    @property
    def pooled(self) -> Array:
        """All squared singular values, increasing."""
        return np.sort(self.squares, axis=None)

    @property
    def above_one(self) -> Array:
        """For each network the share of squared singular values above 1."""
        return (self.squares > 1).mean(axis=1)

    @property
    def log_norms(self) -> Array:
        """For each network log10 of the norm of J; at least -150, the end of the doubles."""
        return np.log10(np.maximum(self.squares.max(axis=1), 1e-300)) / 2

    @property
    def amplifies(self) -> float:
        """The share of networks of which the Jacobian has a spectral radius above 1."""
        return float((self.radii > 1).mean())


def sample(activation: str, networks: Iterable[Drawn], *, with_radii: bool = False) -> Sample:
    """
    Return what the Jacobians of the networks have.

    Raises:
        MisuseError: if there is no network.
    """
    squares: list[Array] = []
    radii: list[float] = []
    for drawn in networks:
        J = jacobian(activation, drawn)
        squares.append(np.asarray(np.linalg.svd(J, compute_uv=False) ** 2, dtype=np.float64))
        if with_radii:
            radii.append(float(np.abs(np.linalg.eigvals(J)).max()))
    if not squares:
        raise MisuseError("there is no network to sample: draw at least one")
    return Sample(squares=np.array(squares), radii=np.array(radii))


def kolmogorov(points: Array, distribution: Callable[[Array], Array], *, least: float = 0.0) -> float:
    """
    Return the largest difference between the share of points in [0, x] and *distribution*, over all x >= least.

    Args:
        points: a sample, of any shape.
        distribution: a continuous, increasing distribution function.
        least: below it no difference is looked at, since rounding leaves nothing of the smallest singular values.
    """
    ordered = np.sort(points, axis=None)
    n, expected = len(ordered), distribution(ordered)
    ranks = np.arange(n)
    differences = np.maximum(np.abs(expected - ranks / n), np.abs(expected - (ranks + 1) / n))
    start = float(distribution(np.array([least]))[0])
    first = abs(start - float((ordered <= least).mean()))
    return float(max(first, differences[ordered > least].max(initial=0.0)))
