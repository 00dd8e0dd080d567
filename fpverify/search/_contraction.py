"""Norms and rates: weights near the Perron vector, and the least short rate that the kernel's enclosures allow."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from fpverify._goal import Goal
from fpverify.kernel.backend import Backend
from fpverify.kernel.box import Box
from fpverify.kernel.discover import look_up
from fpverify.kernel.exact import exact, exact_vector
from fpverify.kernel.network import Network
from fpverify.kernel.norm import Norm, OneNorm, SupNorm, TwoNorm, unweighted
from fpverify.kernel.region import BoxRegion, WholeSpace
from fpverify.search._numbers import round_up

_NORMS: Mapping[str, type[Norm]] = {"sup": SupNorm, "one": OneNorm, "two": TwoNorm}
_HUGE = Fraction(10**30)


def slopes_on(network: Network, region: BoxRegion | WholeSpace, backend: Backend) -> Box:
    """Enclose the slopes of the network on the region."""
    if isinstance(region, WholeSpace):
        return network.slopes_everywhere(backend)
    return network.slopes(region.outer(backend))


def norm_for(goal: Any, slopes: Box) -> Norm:
    """Return the norm that the goal asks for; where it leaves the weights open, weights that contract if any do."""
    kind = look_up(_NORMS, goal.norm, "norm")
    if goal.weights is not None:
        return kind(weights=exact_vector(goal.weights))
    plain = unweighted(kind, slopes.shape[0])
    if kind is TwoNorm or rate_for(goal, plain, slopes) < 1:
        return plain
    weights = perron_weights(slopes if kind is SupNorm else slopes.transpose())
    return kind(weights=weights)


def perron_weights(slopes: Box) -> tuple[Fraction, ...]:
    """Return short positive weights w near (I - M/K)^-1 1, where M bounds |slopes| and K lies above its Perron root."""
    size = slopes.shape[0]
    bound = np.array([float(x) for x in slopes.magnitude().upper()]).reshape(size, size)
    root = float(np.max(np.abs(np.linalg.eigvals(bound)), initial=0.0))
    rate = (1 + root) / 2 if root < 1 else root * 1.01 + 1e-9
    weights = np.linalg.solve(np.eye(size) - bound / rate, np.ones(size))
    scaled = np.maximum(weights / weights.min(), 1e-6) if weights.min() > 0 else np.ones(size)
    return tuple(Fraction(f"{weight:.3g}") for weight in scaled)


def rate_for(goal: Any, norm: Norm, slopes: Box) -> Fraction:
    """Return the goal's rate, or the least short rate that the enclosure of the slopes allows in *norm*."""
    if goal.rate is not None:
        return exact(goal.rate)
    if isinstance(norm, TwoNorm):
        return _two_norm_rate(norm, slopes)
    slack = norm.operator_slack(slopes, _HUGE)
    return round_up(_HUGE - slack) if slack is not None else _HUGE


def _two_norm_rate(norm: Norm, slopes: Box) -> Fraction:
    """Start from the float norm of midpoint and radius, and grow until the kernel's test passes."""
    size = slopes.shape[0]
    low = np.array([float(x) for x in slopes.lower()]).reshape(size, size)
    high = np.array([float(x) for x in slopes.upper()]).reshape(size, size)
    weights = np.array([float(weight) for weight in norm.weights])
    scaled = ((low + high) / 2) * weights[None, :] / weights[:, None]
    rate = round_up(Fraction(float(np.linalg.norm(scaled, 2)) * (1 + 1e-9)))
    for _ in range(60):
        if norm.operator_slack(slopes, rate) is not None:
            return rate
        rate = round_up(rate * Fraction(51, 50))
    return rate


