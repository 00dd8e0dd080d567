"""Propose, for the rule attracts, a fixed point near the ball's centre, an ellipsoid norm and a rate; find large balls."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from fpverify._goal import Attracted
from fpverify.kernel.box import Box
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.exact import Number, exact, exact_vector, text
from fpverify.kernel.network import Network
from fpverify.kernel.norm import TwoNorm, unweighted
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import Ball, BoxRegion, Region
from fpverify.kernel.rules._chain import Span, affine_layers, slope_spans
from fpverify.kernel.rules._ellipsoid import Ellipsoid
from fpverify.kernel.rules._matrices import upper_triangle
from fpverify.kernel.rules._zonotope import slope_spans_in
from fpverify.search._layers import (
    Matrix,
    arithmetic,
    chain_of,
    factor_text,
    floats,
    matrices,
    require_fit,
    triangle_text,
)
from fpverify.search._numbers import round_up
from fpverify.search._proposer import Proposer

_PLAIN_STEPS, _NEWTON_STEPS = 30, 6
_GRID = 2**60
_HALVINGS = 10
_SMALLEST = Fraction(1, 2**30)
_ROOM = 1 + 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class Core:
    """
    Fields:
        centre: a point very near to a fixed point.
        shape, inverse: V and T, upper triangular, shape (d, d); the identity where the fixed point does not attract.
        spectral_radius: of the Jacobian there.
    """

    centre: tuple[Fraction, ...]
    shape: Matrix
    inverse: Matrix
    spectral_radius: float


def propose(network: Network, region: Region, goal: Attracted) -> Sequence[Obligation]:
    """Return the one obligation of attracts, with the fixed point that the orbit of the ball's centre leads to."""
    chain_of(network, "Attracted")
    if not isinstance(region, Ball) or not isinstance(region.norm, TwoNorm) or not region.norm.is_unweighted:
        raise MisuseError(f"Attracted needs a ball in the 2-norm, not {region}")
    require_fit(network, region, "Attracted")
    witness, _ = _witness(network, region, core_near(network, region.centre))
    backend = arithmetic()
    return [Obligation(id="o1", rule="attracts", network=network, region=region, witness=witness, backend=backend)]


def attracted_ball(
    network: Network, centre: Sequence[Number], *, largest: Number = 16, core: Core | None = None
) -> Ball | None:
    """
    Search a large ball around *centre* for which `Attracted` is proposed with a rate below 1.

    Args:
        network: a deep chain.
        centre: exact coordinates, shape (d,).
        largest: no larger radius is tried.
        core: what `core_near` returned for the centre, if that is known already.

    Returns:
        A ball whose radius is within a factor of 2^(1/8) of the largest that such a proposal has; None if even 2^-30 is
        too much. Nothing is proved by it.
    """
    middle, low, high = exact_vector(centre), _SMALLEST, exact(largest)
    ball = Ball(centre=middle, radius=low, norm=unweighted(TwoNorm, len(middle)))
    require_fit(network, ball, "attracted_ball")
    known = core_near(network, middle) if core is None else core
    if not _witness(network, ball, known)[1]:
        return None
    for _ in range(_HALVINGS):
        between = _between(low, high)
        if _witness(network, replace(ball, radius=between), known)[1]:
            low = between
        else:
            high = between
    return replace(ball, radius=low)


def _between(low: Fraction, high: Fraction) -> Fraction:
    """Return the geometric mean, with three digits."""
    return Fraction(f"{(float(low) * float(high)) ** 0.5:.3g}")


def core_near(network: Network, start: Sequence[Fraction]) -> Core:
    """Return the fixed point that the orbit of *start* seems to lead to, with an ellipsoid norm that contracts there."""
    point = tuple(start)
    for step in range(_PLAIN_STEPS + _NEWTON_STEPS):
        image = _image(network, point)
        point = _newton(network, point, image) if step >= _PLAIN_STEPS else image
    jacobian = _jacobian(network, point)
    radius = float(np.max(np.abs(np.linalg.eigvals(jacobian))))
    shape, inverse = _lyapunov(jacobian, radius) if radius < 1 else (np.eye(len(point)),) * 2
    return Core(centre=point, shape=shape, inverse=inverse, spectral_radius=radius)


def _image(network: Network, point: Sequence[Fraction]) -> tuple[Fraction, ...]:
    image = network.enclose(Box.point(point, arithmetic()))
    return tuple(Fraction(round((low + high) / 2 * _GRID), _GRID) for low, high in _ends(image))


def _ends(box: Box) -> list[tuple[Fraction, Fraction]]:
    return list(zip(box.lower(), box.upper(), strict=True))


def _newton(network: Network, point: Sequence[Fraction], image: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """Return the next point of Newton's method, where it makes a step of a sensible size; else the image."""
    residual = np.array([float(a - b) for a, b in zip(image, point, strict=True)])
    try:
        step = np.linalg.solve(np.eye(len(residual)) - _jacobian(network, point), residual)
    except np.linalg.LinAlgError:
        return tuple(image)
    if not np.max(np.abs(step)) < 1:
        return tuple(image)
    return tuple(x + Fraction(round(float(s) * _GRID), _GRID) for x, s in zip(point, step, strict=True))


def _jacobian(network: Network, point: Sequence[Fraction]) -> Matrix:
    affine, place = affine_layers(network), BoxRegion(lo=tuple(point), hi=tuple(point))
    spans = slope_spans(network, place, arithmetic())
    if spans is None:
        raise MisuseError(f"{network.name} is not continuous at the fixed point")
    return _telescoped(matrices(affine), spans)[0]


def _lyapunov(jacobian: Matrix, radius: float) -> tuple[Matrix, Matrix]:
    """Return V and V^-1 with V'V solving the discrete Lyapunov equation of J over a number between rho(J) and 1."""
    from scipy.linalg import solve_discrete_lyapunov

    scaled = jacobian / (radius + (1 - radius) / 2)
    form = solve_discrete_lyapunov(scaled.T, np.eye(len(jacobian)))
    shape = np.linalg.cholesky((form + form.T) / 2).T
    shape /= np.linalg.norm(shape, 2)
    return shape, np.linalg.inv(shape)


def _witness(network: Network, ball: Ball, core: Core) -> tuple[dict[str, Any], bool]:
    """Return the witness, and whether it seems to do."""
    size = len(core.centre)
    first, last = triangle_text(core.shape), triangle_text(core.inverse)
    triangles = {"shape": upper_triangle(first, size), "inverse": upper_triangle(last, size)}
    texts = {"shape": first, "inverse": last, "centre": [text(x) for x in core.centre]}
    shape = Ellipsoid(**triangles, centre=core.centre, radius=Fraction(0))
    reach = shape.slack_around(ball)
    shape = replace(shape, radius=round_up(-reach * (1 + Fraction(1, 2**20)))) if reach is not None else shape
    usable = reach is not None and core.spectral_radius < 1
    slopes = slopes_in(network, shape) if usable else None
    if slopes is None:
        return {**texts, "radius": "1", "rate": "1", "factor": triangle_text(np.eye(size)), "distance": "1"}, False
    rate, factor = _rate(core, *slopes)
    centre = Box.point(core.centre, arithmetic())
    length = shape.length(network.enclose(centre) - centre)
    distance = shape.distance(ball, length / (1 - rate)) if rate < 1 else Fraction(1)
    numbers = {"radius": text(shape.radius), "rate": text(rate), "distance": text(round_up(distance))}
    return {**texts, **numbers, "factor": factor}, rate < 1 and length <= (1 - rate) * shape.radius


def _rate(core: Core, middle: Matrix, radius: Matrix) -> tuple[Fraction, str]:
    """Return K half way, in its square, between what the slopes allow and 1, or 1 where they allow none; and the factor."""
    moved, unit = core.shape @ middle @ core.inverse, core.shape @ core.inverse
    spread = np.abs(core.shape) @ radius @ np.abs(core.inverse)
    mixed = np.abs(moved).T @ spread
    lost = float(np.max(np.sum(mixed + mixed.T + spread.T @ spread, axis=1))) * _ROOM
    slack = float(np.linalg.eigvalsh(unit.T @ unit - moved.T @ moved)[0]) - lost
    rate = round_up(Fraction(max(0.0, 1 - slack / 2) ** 0.5)) if slack > 0 else Fraction(1)
    return rate, factor_text(float(rate) ** 2 * unit.T @ unit - moved.T @ moved, lost)


def slopes_in(network: Network, shape: Ellipsoid) -> tuple[Matrix, Matrix] | None:
    """Return middle and radius of the slopes of a chain in an ellipsoid, as the kernel encloses them; None at jumps."""
    affine = affine_layers(network)
    spans = slope_spans_in(network, affine, shape, arithmetic())
    return None if spans is None else _telescoped(matrices(affine), spans)


def _telescoped(weights: Sequence[Matrix], spans: Sequence[Span]) -> tuple[Matrix, Matrix]:
    """Return middle and radius of the products, as `chain_slopes` does, in floating point."""
    product, behind, sizes = None, list[Matrix](), list[Matrix]()
    for weight, (low, high) in zip(weights, map(floats, spans), strict=True):
        middle, spread = ((low + high) / 2)[:, None], ((high - low) / 2)[:, None]
        moved = weight if product is None else weight @ product
        behind = [weight @ earlier for earlier in behind]
        size = np.abs(moved) + sum(np.abs(a) @ b for a, b in zip(behind, sizes, strict=True))
        product, behind = middle * moved, [*(middle * earlier for earlier in behind), np.eye(len(weight))]
        sizes.append(spread * size)
    assert product is not None
    return product, sum((np.abs(a) @ b for a, b in zip(behind, sizes, strict=True)), np.zeros_like(product))


PROPOSER = Proposer(name="attracts", propose=propose)
