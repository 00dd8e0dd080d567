"""
The law of the squared singular values of the Jacobian for Cauchy weights: distributional equations, solved by populations.

The weights are W_ij = (gain / N) C_ij with C_ij of the standard Cauchy law, the biases bias * C_i. As N grows, the
weights of a row, or of a column, become the points w of a Poisson process of intensity (gain / pi) w^-2 dw on both
half-lines: a neuron listens to a few others. A matrix of such weights is not free of the slopes, and a large weight
switches its own neuron off, so that activities and messages have to be drawn together.

In the resolvent (z - J J^T)^-1 neuron j of layer l has an activity x_j and sends a message a_j forwards, and neuron i
sends a message c_i backwards. With d_i = phi'(h_i), h_i = sum_j W_ij x_j + b_i and the sums

    s_i = sum_j W_ij^2 a_j    over the layer before,        t_j = sum_i W_ij^2 d_i^2 c_i    over the layer after,

    input:   a = 1 / (1 - t),
    inside:  a = d^2 s / (1 - d^2 s t),    c = t / (1 - d^2 s t),
    output:  c = 1 / (z - d^2 s),          g(z) = E 1 / (z - d^2 s).

In t_j the slopes d_i and messages c_i are taken with the term W_ij x_j in h_i, and s_i without j; a process without one of
its points has the law that it had. Points with |w| below `SMALL` enter by their means.

Status:
    Derived, not proved; compared with sampled networks in the tests. The answer carries the noise of a finite population
    and the error of the small weights. Near z = 0 it takes many sweeps: at |z| = 0.001 about 60 for one linear layer, for
    which 24 leave an error of a sixth.

Source:
    For matrices without slopes: G. Ben Arous, A. Guionnet, The spectrum of heavy tailed random matrices, Communications in
    Mathematical Physics 278 (2008); C. Bordenave, P. Caputo, D. Chafai, Spectrum of non-Hermitian heavy tailed random
    matrices, Communications in Mathematical Physics 307 (2011).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from fpverify.kernel.errors import MisuseError
from fpverify.numeric.spectral.functions import Array, slopes, values
from fpverify.numeric.spectral.smoothing import Complex

SMALL = 0.02
"""Weights below this enter by their mean."""

_FINITE = 1e12
"""Larger weights are cut down to this, lest the square of one overflow; a weight is as large with probability 1e-12."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """
    Networks with Cauchy weights of infinite width, at an input uniform in [-1, 1]^N.

    Fields:
        activation: one of `fpverify.numeric.spectral.functions.NAMES`.
        gain: W_ij = (gain / N) C_ij.
        bias: b_i = bias * C_i.
        depth: the number L of layers.

    Raises:
        MisuseError: for a gain that is not positive, or a depth below 1.
    """

    activation: str
    gain: float
    bias: float
    depth: int

    def __post_init__(self) -> None:
        if not (self.gain > 0 and self.depth >= 1):
            raise MisuseError(f"a gain above 0 and a depth of at least 1 are needed, not {self.gain} and {self.depth}")

    @property
    def mean_small(self) -> float:
        """The mean of the sum of the squares of the small weights."""
        return 2 * self.gain * SMALL / math.pi


@dataclass(frozen=True, kw_only=True)
class Effort:
    """
    Fields:
        population: how many neurons stand for a layer.
        sweeps: how often all of them are drawn anew.
        averaged: over how many of the last sweeps the answer is averaged.
        seed: of all random numbers.
    """

    population: int = 1000
    sweeps: int = 60
    averaged: int = 30
    seed: int = 0


def resolvent(setting: Setting, places: Complex, effort: Effort) -> tuple[Complex, Array]:
    """
    Return g(z) = E 1/(z - lambda) at each z of *places*, and the standard error of the means over the sweeps.

    The sweeps are correlated, so that the standard error is too small; the places share their random numbers.

    Args:
        places: points z of the upper half-plane, shape (k,).
        effort: sizes and seed.
    """
    layers = _Layers(setting, np.asarray(places, dtype=np.complex128), effort)
    answers = np.array([layers.sweep() for _ in range(effort.sweeps)][-effort.averaged :])
    return answers.mean(axis=0), np.abs(answers.std(axis=0)) / math.sqrt(len(answers))


@dataclass
class _Layer:
    """
    The neurons of a layer: P of them, at k places.

    Fields:
        x: activities, shape (P,).
        h: what they are activities of, shape (P,); nothing at the input.
        forward: messages a, shape (P, k).
        s, t: the sums over the layer before and after, shape (P, k).
    """

    x: Array
    h: Array
    forward: Complex
    s: Complex
    t: Complex


class _Layers:
    """The populations of all layers; layer 0 is the input."""

    def __init__(self, setting: Setting, places: Complex, effort: Effort) -> None:
        self.setting, self.places, self.size = setting, places, effort.population
        self.rng = np.random.default_rng(effort.seed)
        shape = (self.size, len(places))
        self.layers = [
            _Layer(
                x=self.rng.uniform(-1, 1, self.size),
                h=np.zeros(self.size),
                forward=np.full(shape, 1.0 + 0j if depth == 0 else 0.1 - 0.01j),
                s=np.ones(shape, dtype=np.complex128),
                t=np.full(shape, 0.1 - 0.1j),
            )
            for depth in range(setting.depth + 1)
        ]

    def sweep(self) -> Complex:
        """Draw every layer anew, from the first to the last, then the input; return g at the places."""
        for depth in range(1, self.setting.depth + 1):
            self._draw(depth)
        first = self.layers[0]
        first.x = self.rng.uniform(-1, 1, self.size)
        first.forward = 1 / (1 - self._back(0))
        last = self.layers[-1]
        return (1 / (self.places - self._squares(last.h) * last.s)).mean(axis=0)

    def _draw(self, depth: int) -> None:
        """Draw the neurons of a layer with the weights that lead to them, and then their messages forwards."""
        before, layer, setting = self.layers[depth - 1], self.layers[depth], self.setting
        w, owners, others = self._points()
        spread = math.sqrt(setting.mean_small * float(np.mean(before.x**2)))
        layer.h = self._sum(owners, others, w) @ before.x + spread * self.rng.standard_normal(self.size)
        layer.h += setting.bias * self.rng.standard_cauchy(self.size)
        layer.s = self._sum(owners, others, w * w) @ before.forward + setting.mean_small * before.forward.mean(axis=0)
        layer.x = values(setting.activation, layer.h)
        if depth < setting.depth:
            layer.t = self._back(depth)
            passed = self._squares(layer.h) * layer.s
            layer.forward = passed / (1 - passed * layer.t)

    def _back(self, depth: int) -> Complex:
        """Return t for new neurons of layer *depth*, which have their activities already."""
        after = self.layers[depth + 1]
        w, owners, others = self._points()
        squares = self._squares(after.h[others] + w * self.layers[depth].x[owners])
        sent = (w * w)[:, None] * self._backward(depth + 1, squares, others)
        places = np.arange(len(w))
        gathered = csr_array((np.ones(len(w)), (owners, places)), shape=(self.size, len(w))) @ sent
        everyone = np.arange(self.size)
        small = self._backward(depth + 1, self._squares(after.h), everyone).mean(axis=0)
        return gathered + self.setting.mean_small * small

    def _backward(self, depth: int, squares: Complex | Array, chosen: NDArray[np.int_]) -> Complex:
        """Return d^2 c for the *chosen* neurons of layer *depth*, had they the *squares* d^2."""
        layer = self.layers[depth]
        passed = squares * layer.s[chosen]
        if depth == self.setting.depth:
            return squares / (self.places - passed)
        return squares * layer.t[chosen] / (1 - passed * layer.t[chosen])

    def _points(self) -> tuple[Array, NDArray[np.int_], NDArray[np.int_]]:
        """
        Return weights above `SMALL`, the neurons that they belong to, and the neurons of the next layer at their other end.

        A Poisson number of points with random owners is as many independent Poisson numbers.
        """
        count = int(self.rng.poisson(self.size * 2 * self.setting.gain / math.pi / SMALL))
        w = np.minimum(SMALL / (1 - self.rng.random(count)), _FINITE) * self.rng.choice([-1.0, 1.0], count)
        return w, self.rng.integers(0, self.size, count), self.rng.integers(0, self.size, count)

    def _sum(self, owners: NDArray[np.int_], others: NDArray[np.int_], weights: Array) -> csr_array:
        """Return the matrix that sums what the others have, with these weights, for each owner."""
        return csr_array((weights, (owners, others)), shape=(self.size, self.size))

    def _squares(self, h: Array) -> Array:
        """Return phi'(h)^2 as a column."""
        return (slopes(self.setting.activation, h) ** 2)[:, None]
