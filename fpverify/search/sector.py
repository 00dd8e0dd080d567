"""Propose, for the rule sector, a box that all orbits enter, multipliers and a factor."""

from collections.abc import Sequence
from operator import itemgetter

import numpy as np

from fpverify._goal import OnlyOne
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import BoxRegion, Region, WholeSpace
from fpverify.kernel.rules._chain import slope_spans
from fpverify.search._layers import (
    Matrix,
    absorbed,
    arithmetic,
    chain_of,
    factor_text,
    floats,
    matrices,
    nested,
    radii,
    require_fit,
    row_sum,
    texts,
)
from fpverify.search._proposer import Proposer

_LEAST = 1e-5
_SHARPNESS = (20.0, 100.0)
_SPREAD = 12.0


def propose(network: Network, region: Region, goal: OnlyOne) -> Sequence[Obligation]:
    """Return the obligations for the first box on which equal multipliers do, else improved ones on the smallest box."""
    affine = chain_of(network, "OnlyOne")
    weight, radius = _lifted(matrices(affine)), _lifted(radii(affine))
    if not isinstance(region, (BoxRegion, WholeSpace)):
        raise MisuseError(f"OnlyOne needs a box or all of R^d, not {region}")
    require_fit(network, region, "OnlyOne", goal.steps)
    places = [(step, box, _slopes(network, box, len(weight))) for step, box in nested(network, region, goal.steps)]
    easy = (place for place in places if best_multipliers(weight, *place[2], 0)[1])
    step, box, (low, high) = next(easy, places[-1])
    multipliers, _ = best_multipliers(weight, low, high, goal.sweeps)
    factor = factor_text(2 * form(weight, low, high, multipliers), _lost(weight, radius, (low, high), multipliers))
    witness = {"multipliers": texts(multipliers), "factor": factor}
    inner = Obligation(id="o1", rule="sector", network=network, region=box, witness=witness, backend=arithmetic())
    return absorbed(inner, region, step)


def _lost(weight: Matrix, radius: Matrix, slopes: tuple[Matrix, Matrix], multipliers: Matrix) -> float:
    """Return a row sum of what the radii of the weights may change in 2 H."""
    low, high = slopes
    mixed = (multipliers * np.abs(low + high))[:, None] * radius
    scaled = (multipliers * np.abs(low * high))[:, None]
    square = np.abs(weight).T @ (scaled * radius)
    return row_sum(mixed + mixed.T + 2 * (square + square.T + radius.T @ (scaled * radius)))


def _slopes(network: Network, box: BoxRegion, neurons: int) -> tuple[Matrix, Matrix]:
    """Return the least and the largest slope of each neuron on the box; 0 and 1 where f may jump."""
    spans = slope_spans(network, box, arithmetic())
    if spans is None:
        return np.zeros(neurons), np.ones(neurons)
    pairs = [floats(span) for span in spans]
    return np.concatenate([low for low, _ in pairs]), np.concatenate([high for _, high in pairs])


def _lifted(weights: Sequence[Matrix]) -> Matrix:
    """Return the matrix that carries the values behind each layer to the arguments of the next, cyclically."""
    starts = np.cumsum([0, *(len(w) for w in weights)])
    lifted = np.zeros((starts[-1], starts[-1]))
    for index, weight in enumerate(weights):
        source = (index - 1) % len(weights)
        lifted[starts[index] : starts[index + 1], starts[source] : starts[source + 1]] = weight
    return lifted


def form(weight: Matrix, low: Matrix, high: Matrix, multipliers: Matrix) -> Matrix:
    """Return H of the rule sector in floating point; shapes (n, n), (n,), (n,), (n,)."""
    mixed = (multipliers * (low + high))[:, None] * weight
    matrix = np.diag(multipliers) - (mixed + mixed.T) / 2
    return matrix + weight.T @ ((multipliers * low * high)[:, None] * weight) if np.any(low * high) else matrix


def best_multipliers(weight: Matrix, low: Matrix, high: Matrix, sweeps: int) -> tuple[Matrix, bool]:
    """
    Search multipliers, of mean 1, for which the least eigenvalue of H is large.

    It is a concave function of them. Its smooth bound -log sum exp(-k eigenvalue) / k is maximised over their logarithms,
    for larger and larger k, from 1 / slope on.

    Args:
        weight: the lifted matrix, shape (n, n).
        low, high: the ends of the slopes, shape (n,).
        sweeps: steps of L-BFGS for each k, if the start does not do already.

    Returns:
        The multipliers, shape (n,), and whether the least eigenvalue is positive with some room.
    """
    from scipy.optimize import minimize

    start = -np.log(np.maximum(np.maximum(np.abs(low), np.abs(high)), 1e-3))
    best = _multipliers(start)
    least = _least(weight, low, high, best)
    for sharpness in _SHARPNESS if sweeps else ():
        if least > _LEAST:
            break
        bounds = [(-_SPREAD, _SPREAD)] * len(start)
        objective = (weight, low, high, sharpness)
        found = minimize(_objective, start, objective, "L-BFGS-B", jac=True, bounds=bounds, options={"maxiter": sweeps})
        start, other = found.x, _multipliers(found.x)
        best, least = max((best, least), (other, _least(weight, low, high, other)), key=itemgetter(1))
    return best, least > _LEAST


def _least(weight: Matrix, low: Matrix, high: Matrix, multipliers: Matrix) -> float:
    """Return the least eigenvalue of H."""
    return float(np.linalg.eigvalsh(form(weight, low, high, multipliers))[0])


def _multipliers(logarithms: Matrix) -> Matrix:
    from scipy.special import softmax

    return softmax(logarithms) * len(logarithms)


def _objective(logarithms: Matrix, weight: Matrix, low: Matrix, high: Matrix, sharpness: float) -> tuple[float, Matrix]:
    """Return the smooth bound of the largest eigenvalue of -H, and its gradient."""
    from scipy.special import logsumexp, softmax

    multipliers = _multipliers(logarithms)
    values, vectors = np.linalg.eigh(form(weight, low, high, multipliers))
    shares = softmax(-sharpness * values)
    moved = weight @ vectors
    single = ((vectors - low[:, None] * moved) * (vectors - high[:, None] * moved)) @ shares
    centred = single - float(multipliers @ single) / len(multipliers)
    return float(logsumexp(-sharpness * values)) / sharpness, -multipliers * centred


PROPOSER = Proposer(name="sector", propose=propose)
