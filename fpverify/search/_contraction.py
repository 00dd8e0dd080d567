"""Norms and rates: weights near the Perron vector, and the least short rate that the kernel's enclosures allow."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from fpverify.kernel.backend import Backend
from fpverify.kernel.box import Box
from fpverify.kernel.contraction import layer_factors
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
    if kind is TwoNorm or _suffices(goal, plain, slopes):
        return plain
    target = None if goal.rate is None else float(exact(goal.rate))
    return kind(weights=perron_weights(slopes if kind is SupNorm else slopes.transpose(), target))


def _suffices(goal: Any, norm: Norm, slopes: Box) -> bool:
    """Whether *norm* gives the rate that is asked for, or any rate below 1."""
    if goal.rate is None:
        return rate_for(goal, norm, slopes) < 1
    return norm.operator_slack(slopes, exact(goal.rate)) is not None


def perron_weights(slopes: Box, target: float | None = None) -> tuple[Fraction, ...]:
    """Return short weights w near (I - M/K)^-1 1 > 0; M bounds |slopes|, K is *target* or lies above the Perron root."""
    size = slopes.shape[0]
    bound = np.array([float(x) for x in slopes.magnitude().upper()]).reshape(size, size)
    root = float(np.max(np.abs(np.linalg.eigvals(bound)), initial=0.0))
    rate = (1 + root) / 2 if root < 1 else root * 1.01 + 1e-9
    if target is not None and target > root:
        rate = target
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


def rate_on(goal: Any, norm: Norm, network: Network, region: BoxRegion | WholeSpace, slopes: Box) -> Fraction:
    """Return `rate_for`, or sup |g'| |W| of a looped layer if that is smaller: it keeps the structure of D W."""
    rate = rate_for(goal, norm, slopes)
    factors = layer_factors(network, region, slopes.backend)
    if goal.rate is not None or rate < 1 or factors is None:
        return rate
    weight, steepest = factors
    return min(rate, round_up(steepest * rate_for(goal, norm, weight)))


def _two_norm_rate(norm: Norm, slopes: Box) -> Fraction:
    """Search between the float norm of the midpoint and that plus the norm of the radius; the kernel's test decides."""
    size = slopes.shape[0]
    low = np.array([float(x) for x in slopes.lower()]).reshape(size, size)
    high = np.array([float(x) for x in slopes.upper()]).reshape(size, size)
    weights = np.array([float(weight) for weight in norm.weights])
    ratios = weights[None, :] / weights[:, None]
    middle, radius = (float(np.linalg.norm((high + sign * low) / 2 * ratios, 2)) for sign in (1, -1))
    failing, passing = Fraction(middle), round_up(Fraction(middle * (1 + 1e-9)))
    for attempt in range(60):
        if norm.operator_slack(slopes, passing) is not None:
            break
        grown = Fraction(middle + radius) if attempt == 0 else passing * Fraction(51, 50)
        failing, passing = passing, round_up(max(grown, Fraction(1, 10**5)))
    for _ in range(12):
        between = round_up((failing + passing) / 2)
        if passing - failing <= passing / 100 or between == passing:
            break
        if norm.operator_slack(slopes, between) is not None:
            passing = between
        else:
            failing = between
    return passing
