"""
Witnesses of the rules that rest on positive definiteness, made with floats: Cholesky factors, written as integers.

Nothing here is trusted: where a matrix is not positive definite, the factor of another one is returned, and the rules
decide.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from fpverify.kernel.backend import Backend
from fpverify.kernel.network import Network
from fpverify.kernel.norm import TwoNorm
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import Ball, BoxRegion, WholeSpace
from fpverify.kernel.rules._chain import affine_layers, chain_slopes, slope_spans, weights
from fpverify.kernel.rules._ellipsoid import Ellipsoid
from fpverify.kernel.rules._matrices import BITS, Matrices, upper_triangle
from fpverify.kernel.rules.attracts import _read
from fpverify.kernel.rules.sector import doubled_form
from tests.rules.cases import ARB
from tests.rules.simulate import Simulation

UNIT = 2**30


def triangle(matrix: np.ndarray) -> str:
    """Return the upper triangle of a matrix as it stands in a witness."""
    size = len(matrix)
    return " ".join(str(round(float(matrix[i, j]) * UNIT)) for i in range(size) for j in range(i, size))


def middle(form: Matrices) -> np.ndarray:
    """Return the middle of a set of matrices, in floats."""
    return np.array([[int(entry) / 2**BITS for entry in row] for row in form.middle.tolist()])


def factor(form: Matrices, share: float = 0.9) -> str:
    """Return the factor C of H - d I, H being the middle of *form* and d the *share* of its least eigenvalue."""
    symmetric = middle(form)
    values = np.linalg.eigvalsh(symmetric)
    rounding = 1e-9 * (1 + float(np.max(np.abs(values))))
    shift = share * values[0] if values[0] > rounding else values[0] - 1e6 * rounding
    return triangle(np.linalg.cholesky(symmetric - shift * np.eye(len(symmetric))).T)


def sector(
    network: Network, region: BoxRegion, multipliers: Sequence[Any] | None = None, backend: Backend = ARB
) -> dict[str, Any]:
    """Return the witness of the rule sector; with multipliers 1, where none are given."""
    affine, spans = affine_layers(network), slope_spans(network, region, backend)
    assert spans is not None
    given = [str(m) for m in multipliers or [1] * sum(layer.size for layer in affine)]
    return {"multipliers": given, "factor": factor(doubled_form(affine, spans, [Fraction(m) for m in given]))}


def two(network: Network, region: BoxRegion | WholeSpace, rate: Any = None, backend: Backend = ARB) -> dict[str, Any]:
    """Return the witness of the rule layered in the 2-norm: bounds a little above the norms, and their product."""
    affine, spans = affine_layers(network), slope_spans(network, region, backend)
    assert spans is not None
    bounds, factors = [], []
    for layer, span in zip(affine, spans, strict=True):
        steepest = [max(-a, b) for a, b in zip(*span, strict=True)]
        scaled = Matrices.diagonal(steepest, steepest) * weights(layer)
        spread = np.max(np.sum(middle(Matrices(scaled.radius, scaled.radius)), axis=1))
        bound = Fraction(int(1001 * (np.linalg.norm(middle(scaled), 2) + 2 * spread)) + 1, 1000)
        square = [bound * bound] * layer.weight.shape[1]
        bounds.append(bound)
        factors.append(factor(Matrices.diagonal(square, square) - scaled.transpose() * scaled))
    product = np.prod(bounds)
    norm = {"kind": "two", "weights": ["1"] * network.state_size}
    stated = str(product if rate is None else rate)
    return {"rate": stated, "norm": norm, "bounds": [*map(str, bounds)], "factors": factors}


def ball(centre: Sequence[Any], radius: Any, weights: Sequence[Any] | None = None) -> Ball:
    """Return a ball in the 2-norm."""
    norm = TwoNorm(weights=tuple(Fraction(w) for w in weights or [1] * len(centre)))
    return Ball(centre=tuple(Fraction(c) for c in centre), radius=Fraction(radius), norm=norm)


def attracted(network: Network, start: Sequence[float], radius: Any, rate: Any = "9/10") -> tuple[Ball, dict[str, Any]]:
    """
    Return a ball around the point to which the orbit from *start* comes, and the witness of the rule attracts.

    V' V is the solution P of P - (J / K)' P (J / K) = I with J the slopes at that point; *radius* is R.
    """
    centre = _limit(network, start)
    spans = slope_spans(network, BoxRegion(lo=centre, hi=centre), ARB)
    assert spans is not None
    root = np.linalg.cholesky(_lyapunov(middle(chain_slopes(affine_layers(network), spans)), float(Fraction(rate)))).T
    witness = {
        "shape": triangle(root),
        "inverse": triangle(np.linalg.inv(root)),
        "centre": [str(c) for c in centre],
        "radius": str(radius),
        "rate": str(rate),
        "distance": "1/1000000",
    }
    inner = Fraction(int(2**20 * float(Fraction(radius)) * 0.95 / np.linalg.norm(root, 2)), 2**20)
    return ball(centre, inner), {**witness, "factor": factor_of(network, witness)}


def factor_of(network: Network, witness: dict[str, Any]) -> str:
    """Return the factor that shows the rate of an ellipsoid."""
    form = ellipsoid(network, witness)
    spans = slope_spans(network, form.box(), ARB)
    assert spans is not None
    return factor(form.contraction_form(chain_slopes(affine_layers(network), spans), Fraction(witness["rate"])))


def ellipsoid(network: Network, witness: dict[str, Any]) -> Ellipsoid:
    """Read the ellipsoid of a witness of the rule attracts."""
    region = WholeSpace(size=network.state_size)
    return _read(Obligation(id="o1", rule="attracts", network=network, region=region, witness=witness, backend=ARB))


def numbers(text: str, size: int) -> np.ndarray:
    """Return a triangular matrix of a witness in floats."""
    return np.array([[int(entry) / UNIT for entry in row] for row in upper_triangle(text, size).tolist()])


def _limit(network: Network, start: Sequence[float]) -> tuple[Fraction, ...]:
    f, x = Simulation(network.to_data()), np.array([start], dtype=float)
    for _ in range(300):
        x = f(x)
    return tuple(Fraction(round(float(c) * 2**40), 2**40) for c in x[0])


def _lyapunov(slopes: np.ndarray, rate: float) -> np.ndarray:
    """Return the sum of (J^k)' J^k / K^2k; by doubling, 2^12 terms. Raises LinAlgError where it does not converge."""
    if not np.max(np.abs(np.linalg.eigvals(slopes))) < rate:
        raise np.linalg.LinAlgError("the point does not attract with that rate")
    total, power = np.eye(len(slopes)), slopes / rate
    for _ in range(12):
        total, power = total + power.T @ total @ power, power @ power
    return total
