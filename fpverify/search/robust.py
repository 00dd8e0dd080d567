"""Propose norm, rate, noise norm, effect of uncertain parameters, and componentwise radii for the rule robust."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from fpverify._goal import Robust
from fpverify.kernel.box import Box
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.exact import text
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import BoxRegion, Region, WholeSpace
from fpverify.search._contraction import norm_for, rate_on, slopes_on
from fpverify.search._numbers import norm_up, round_up
from fpverify.search._proposer import Proposer, backend_of, noise_bounds, obligation, texts


def propose(network: Network, region: Region, goal: Robust) -> Sequence[Obligation]:
    """Return the one obligation of robust."""
    if not isinstance(region, (BoxRegion, WholeSpace)):
        raise MisuseError(f"Robust needs a box or all of R^d, not {region}")
    slopes = slopes_on(network, region, backend_of(goal))
    norm, noise = norm_for(goal, slopes), noise_bounds(goal.noise, network.state_size)
    moved = _moved(network, region, goal)
    witness: dict[str, Any] = {
        "rate": text(rate_on(goal, norm, network, region, slopes)),
        "norm": norm.to_data(),
        "noise": texts(noise),
        "noise_norm": text(norm_up(norm, noise)),
        "deviation": text(norm_up(norm, moved)),
    }
    if goal.radii:
        witness["radii"] = texts(_radii(slopes, [e + h for e, h in zip(noise, moved, strict=True)]))
    return [obligation(network, region, goal, witness)]


def _moved(network: Network, region: BoxRegion | WholeSpace, goal: Robust) -> tuple[Fraction, ...]:
    if not network.is_uncertain or isinstance(region, WholeSpace):
        return (Fraction(0),) * network.state_size
    return network.deviation(region.outer(backend_of(goal))).upper()


def _radii(slopes: Box, forcing: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """Return v slightly above (I - M)^-1 forcing, so that M v + forcing <= v survives rounding."""
    size = slopes.shape[0]
    bound = np.array([float(x) for x in slopes.magnitude().upper()]).reshape(size, size)
    push = np.array([float(x) for x in forcing])
    lift = 1e-6 * max(float(push.max(initial=0.0)), 1e-9)
    try:
        solution = np.linalg.solve(np.eye(size) - bound, push + lift)
    except np.linalg.LinAlgError:
        solution = push  # an eigenvalue 1: no radii exist, and the kernel will say so
    return tuple(round_up(Fraction(max(float(value), 0.0)), 10**9) for value in solution)


PROPOSER = Proposer(name="robust", propose=propose)
