"""Ensemble: a law of random networks f = f_L ∘ ... ∘ f_1 with f_l(x) = φ(W^l x + b^l), and its members by number."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fpverify._networks import network
from fpverify.ensembles.laws import Law, law_named
from fpverify.kernel.activations import ACTIVATIONS, Function
from fpverify.kernel.discover import look_up
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.exact import dyadic, text
from fpverify.kernel.network import Network

Array = NDArray[np.float64]

_LARGEST_WIDTH, _LARGEST_DEPTH, _MOST_BITS = 100_000, 10_000, 1000
_STREAM_OF_STARTS = 1


@dataclass(frozen=True, eq=False, kw_only=True)
class Parameters:
    """
    The weights of one network.

    Fields:
        weights: W^1, ..., W^L, each of shape (N, N), float64.
        biases: b^1, ..., b^L, each of shape (N,), float64.
    """

    weights: list[Array]
    biases: list[Array]

    def rounded(self, bits: int) -> "Parameters":
        """Return the nearest multiples of 2^-bits; an entry beyond 2^(52 - bits) is one already and stays."""
        scale = 2.0**bits
        return Parameters(
            weights=[np.round(weight * scale) / scale for weight in self.weights],
            biases=[np.round(bias * scale) / scale for bias in self.biases],
        )


def _free(draw: Callable[[], Array], depth: int) -> list[Array]:
    return [draw() for _ in range(depth)]


def _tied(draw: Callable[[], Array], depth: int) -> list[Array]:
    half = [draw() for _ in range(depth // 2)]
    return half + [np.ascontiguousarray(weight.T) for weight in reversed(half)]


def _nonnegative(draw: Callable[[], Array], depth: int) -> list[Array]:
    return [np.abs(draw()) for _ in range(depth)]


FORMS: Mapping[str, Callable[[Callable[[], Array], int], list[Array]]] = {
    "free": _free,
    "tied": _tied,
    "nonnegative": _nonnegative,
}
"""Free weights; tied ones, W^(L+1-l) the transpose of W^l, for even L; nonnegative ones, |W|."""


@dataclass(frozen=True, kw_only=True)
class Ensemble:
    """
    A law of random networks of equal width.

    W^l_ij = gain * N^(-power) * X with X drawn from *law*, and b^l_i = bias * Y with Y drawn from *bias_law*, all
    independent but for the ties of *form*. Network number k depends on nothing but the fields and k.

    Fields:
        activation: φ, by its name in the kernel.
        width: N.
        depth: L.
        law, bias_law: names, such as "normal", "cauchy" or "stable:1.5"; see `fpverify.ensembles.laws`.
        gain, bias: scales, at least 0.
        form: "free", "tied" (even L; W^(L+1-l) is the transpose of W^l, the biases stay independent) or "nonnegative"
            (absolute values).
        seed: at least 0; network k is drawn from `numpy.random.default_rng([seed, N, L, k])`, weights first.
        bits: if given, every draw is rounded to multiples of 2^-bits, so that a search and a certificate see the same
            short numbers.
        power: of 1/N in the scale of the weights; 1/α of their law if not given.

    Raises:
        MisuseError: for an unknown law, activation or form, a size or scale out of range, or tied weights of odd depth.
    """

    activation: str
    width: int
    depth: int
    law: str
    gain: float
    bias_law: str = "normal"
    bias: float = 0.0
    form: str = "free"
    seed: int = 0
    bits: int | None = None
    power: float | None = None

    def __post_init__(self) -> None:
        _ = self.function, self._laws, look_up(FORMS, self.form, "form")
        _require_int("width", self.width, 1, _LARGEST_WIDTH)
        _require_int("depth", self.depth, 1, _LARGEST_DEPTH)
        _require_int("seed", self.seed, 0, 2**63 - 1)
        _require_scale("gain", self.gain)
        _require_scale("bias", self.bias)
        if self.bits is not None:
            _require_int("bits", self.bits, 1, _MOST_BITS)
        if self.power is not None and not math.isfinite(self.power):
            raise MisuseError(f"power = {self.power!r}: write a finite number, or leave it out for 1/α of the law")
        if self.form == "tied" and self.depth % 2:
            raise MisuseError(f"depth = {self.depth}: tied weights come in pairs of layers; write an even depth")

    @property
    def function(self) -> Function:
        return look_up(ACTIVATIONS, self.activation, "activation").function()

    @property
    def _laws(self) -> tuple[Law, Law]:
        return law_named(self.law), law_named(self.bias_law)

    @cached_property
    def scale(self) -> float:
        """The factor gain * N^(-power) of the draws of *law*."""
        power = 1 / self._laws[0].index if self.power is None else self.power
        return self.gain * self.width**-power

    @property
    def title(self) -> str:
        """What all depths have in common, for reports."""
        tie = "" if self.form == "free" else f" {self.form}"
        bias = f", {self.bias_law} bias {self.bias:g}" if self.bias else ""
        return f"random{tie} {self.activation} networks, {self.law} gain {self.gain:g}{bias}, N = {self.width}"

    @property
    def name(self) -> str:
        """The title with the depth."""
        return f"{self.title}, L = {self.depth}"

    def draw(self, k: int) -> Parameters:
        """Return network number *k* >= 0 in doubles."""
        _require_int("k", k, 0, 2**63 - 1)
        rng = np.random.default_rng([self.seed, self.width, self.depth, k])
        law, bias_law = self._laws
        shape = (self.width, self.width)
        weights = FORMS[self.form](lambda: self.scale * law.sample(rng, shape), self.depth)
        biases = [self._bias(bias_law, rng) for _ in range(self.depth)]
        drawn = Parameters(weights=weights, biases=biases)
        return drawn if self.bits is None else drawn.rounded(self.bits)

    def _bias(self, law: Law, rng: np.random.Generator) -> Array:
        return self.bias * law.sample(rng, (self.width,)) if self.bias else np.zeros(self.width)

    def starts(self, k: int, count: int) -> Array:
        """
        Return *count* states to start from for network *k*, shape (count, N), from a stream of their own.

        They are uniform in the cube of the values of φ, such as [-1, 1]^N for tanh and [0, 1]^N for sigmoid; in
        [-1, 1]^N where φ is unbounded.
        """
        _require_int("count", count, 1, 10**9)
        rng = np.random.default_rng([self.seed, self.width, self.depth, k, _STREAM_OF_STARTS])
        span = self.function.values.everywhere()
        low, high = (-1.0, 1.0) if span is None else (float(span[0]), float(span[1]))
        return rng.uniform(low, high, (count, self.width))

    def network(self, k: int, bits: int | None = 24) -> Network:
        """
        Return network *k* for the kernel: affine, activation, affine, activation, ..., with exact numbers.

        Args:
            k: its number.
            bits: the draws are rounded to multiples of 2^-bits; None keeps the doubles as they are. An ensemble that has
                *bits* of its own has rounded them already, and this argument is not used.
        """
        drawn = self.draw(k)
        if self.bits is None and bits is not None:
            _require_int("bits", bits, 1, _MOST_BITS)
            drawn = drawn.rounded(bits)
        layers = []
        for weight, bias in zip(drawn.weights, drawn.biases, strict=True):
            affine = {"weight": [_texts(row) for row in weight], "bias": _texts(bias)}
            layers += [{"affine": affine}, {"activation": self.activation}]
        return network(layers, name=f"{self.name}, number {k}")


def _texts(values: Array) -> list[str]:
    return [text(dyadic(value)) for value in values.tolist()]


def _require_int(what: str, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise MisuseError(f"{what} = {value!r}: write a whole number from {low} to {high}")


def _require_scale(what: str, value: float) -> None:
    if not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise MisuseError(f"{what} = {value!r}: write a scale that is at least 0 and finite")
