"""
A second implementation of networks, in NumPy, that reads the file format and nothing of the kernel.

It proves nothing; it can contradict. Every function takes a batch of states, shape (n, d).
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

Batch = np.ndarray
SLACK = 1e-9
"""What a float may be off by, relative to numbers of size 1."""

_ERF = np.vectorize(__import__("math").erf, otypes=[float])

_FUNCTIONS: Mapping[str, Callable[[Batch], Batch]] = {
    "identity": lambda z: z,
    "tanh": np.tanh,
    "sin": np.sin,
    "exp": np.exp,
    "relu": lambda z: np.maximum(z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, z / 100),
    "hardtanh": lambda z: np.clip(z, -1, 1),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "softsign": lambda z: z / (1 + np.abs(z)),
    "softplus": lambda z: np.log1p(np.exp(z)),
    "erf": _ERF,
    "gelu": lambda z: z * (1 + _ERF(z / np.sqrt(2))) / 2,
    "silu": lambda z: z / (1 + np.exp(-z)),
    "cubic": lambda z: (3 * z - z**3) / 2,
    "sign": np.sign,
    "staircase": lambda z: z - np.sin(2 * np.pi * z) / (2 * np.pi),
}

NAMES = frozenset(_FUNCTIONS)


class Simulation:
    """
    One member of a network: every uncertain parameter takes a value in its interval, at random or in the middle.

    Args:
        data: as `Network.to_data` writes it.
        rng: chooses the member; None for the midpoint.
    """

    def __init__(self, data: Mapping[str, Any], rng: np.random.Generator | None = None) -> None:
        self.size: int = data["state_size"]
        self._rng = rng
        self._layers = [self._layer(item, index) for index, item in enumerate(data["layers"])]

    def __call__(self, states: Batch) -> Batch:
        values = [np.asarray(states, dtype=float)]
        with np.errstate(all="ignore"):  # where floats overflow, they contradict nothing
            for layer in self._layers:
                values.append(layer(values))
        return values[-1]

    def _layer(self, item: Mapping[str, Any], index: int) -> Callable[[list[Batch]], Batch]:
        source = item.get("from", index)
        (kind,) = set(item) - {"from"}
        body = item[kind]
        match kind:
            case "affine":
                weight, bias = self._matrix(body["weight"]), self._vector(body["bias"])
                return lambda values: values[source] @ weight.T + bias
            case "activation":
                function = self._function(body)
                return lambda values: function(values[source])
            case "add":
                return lambda values: values[source] + values[body["with"]]
            case "multiply":
                return lambda values: values[source] * values[body["with"]]
        raise AssertionError(kind)

    @staticmethod
    def _function(body: Any) -> Callable[[Batch], Batch]:
        name = body if isinstance(body, str) else body["name"]
        if name == "polynomial":
            coefficients = [float(Fraction(c)) for c in body["coefficients"]]
            return lambda z: np.polynomial.polynomial.polyval(z, coefficients)
        return _FUNCTIONS[name]

    def _number(self, entry: Any) -> float:
        low, high = (Fraction(end) for end in (entry if isinstance(entry, list) else (entry, entry)))
        place = 0.5 if self._rng is None else self._rng.choice([0.0, 1.0, self._rng.random()])
        return float(low) + float(high - low) * place

    def _matrix(self, data: Any) -> Batch:
        if isinstance(data, dict):
            n = data["size"]
            data = [[data["diagonal"] if i == j else data["off_diagonal"] for j in range(n)] for i in range(n)]
        return np.array([[self._number(entry) for entry in row] for row in data])

    def _vector(self, data: Any) -> Batch:
        entries = [data["fill"]] * data["size"] if isinstance(data, dict) else data
        return np.array([self._number(entry) for entry in entries])


def samples(low: Batch, high: Batch, count: int, rng: np.random.Generator) -> Batch:
    """Return points of the box, some of them on its faces and at its corners."""
    places = rng.random((count, len(low)))
    places[: count // 3] = np.round(places[: count // 3])
    places[count // 3 : count // 2, 0] = np.round(places[count // 3 : count // 2, 0])
    return low + (high - low) * places


def distance(norm: Mapping[str, Any], x: Batch, y: Batch) -> Batch:
    """Return the norm of x - y, row by row."""
    gap, weights = np.abs(x - y), np.array([float(Fraction(w)) for w in norm["weights"]])
    match norm["kind"]:
        case "sup":
            return np.max(gap / weights, axis=-1)
        case "one":
            return np.sum(gap * weights, axis=-1)
    return np.sqrt(np.sum((gap / weights) ** 2, axis=-1))


def newton(f: Simulation, starts: Batch, steps: int = 40) -> Batch:
    """Return the points near which Newton's method for f(x) = x ended with a residual of rounding size."""
    with np.errstate(all="ignore"):
        ends = [_newton(f, start, steps) for start in starts]
        found = [x for x in ends if np.max(np.abs(f(x[None])[0] - x)) < 1e-11]
    return np.array(found).reshape(-1, f.size)


def _newton(f: Simulation, x: Batch, steps: int) -> Batch:
    """Return where Newton's method stops; it stops at once where floats overflow."""
    h = 1e-6 * np.eye(f.size)
    for _ in range(steps):
        slope = ((f(x + h) - f(x - h)) / 2e-6).T - np.eye(f.size)
        residual = f(x[None])[0] - x
        if not (np.all(np.isfinite(slope)) and np.max(np.abs(residual)) >= 1e-13):
            break
        x = x - np.linalg.lstsq(slope, residual, rcond=None)[0]
    return x
