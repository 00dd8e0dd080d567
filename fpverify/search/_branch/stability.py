"""Witnesses of rule spectrum: how many eigenvalues of the Jacobian at a fixed point lie outside the unit circle."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fpverify.search._branch.maps import Map

_SHAKEN = (0.0, 1e-9, 1e-6, 1e-4, 1e-2)
"""A Jacobian without a basis of eigenvectors is shaken by so much: the basis only has to nearly diagonalise it."""

_MARGIN = 1e-6
_RADII = tuple(2.0**-k for k in range(24))


def witnesses(f: Map, places: Tensor, *, balls: bool) -> list[dict[str, Any]]:
    """Return one witness per place; an empty one where nothing was found."""
    if not len(places):
        return []
    with torch.no_grad():
        jacobians = f.image(places, torch.zeros_like(places)).slope.numpy()
        found = [_witness(jacobian) for jacobian in jacobians]
        if balls:
            _add_balls(f, places, jacobians, found)
    return found


def _witness(jacobian: np.ndarray) -> dict[str, Any]:
    if not np.isfinite(jacobian).all():
        return {}
    weights = _row_weights(jacobian)
    if weights is not None:
        return {"weights": _texts(weights)}
    for shaken in _SHAKEN:
        if (found := _transform(jacobian, shaken)) is not None:
            return found
    return {}


def _row_weights(jacobian: np.ndarray) -> np.ndarray | None:
    """Return w > 0 with | |J_ii| - 1 | > sum_{k != i} |J_ik| w_k / w_i for each row, if there is one."""
    size = np.abs(jacobian)
    distance = np.abs(np.diag(size) - 1) - _MARGIN
    ones = np.ones(len(size))
    off = size - np.diag(np.diag(size))
    if (off.sum(1) < distance).all():
        return ones
    try:
        weights = np.linalg.solve(np.diag(distance) - off, ones)
    except np.linalg.LinAlgError:
        return None
    if not (weights > 0).all():
        return None
    rounded = np.array([float(f"{w:.6g}") for w in weights / weights.max()])
    return rounded if (rounded > 0).all() and (off @ rounded < distance * rounded).all() else None


def _transform(jacobian: np.ndarray, shaken: float) -> dict[str, Any] | None:
    """Return V, T about V^-1 and signs such that V J T is nearly block diagonal, if that shows the inertia."""
    size = len(jacobian)
    noise = np.random.default_rng(0).standard_normal((size, size)) * shaken * (np.abs(jacobian).max() + 1e-3)
    try:
        values, vectors = np.linalg.eig(jacobian + noise)
        basis, signs = _real_basis(values, vectors)
        inverse = np.linalg.inv(basis)
    except np.linalg.LinAlgError:
        return None
    first, last = _rounded(inverse), _rounded(basis)
    form = np.diag(signs.astype(float))
    unit, moved = first @ last, first @ jacobian @ last
    matrix = unit.T @ form @ unit - moved.T @ form @ moved
    diagonal = np.diag(matrix)
    dominant = diagonal - (np.abs(matrix).sum(1) - np.abs(diagonal)) > _MARGIN * (1 + np.abs(moved).sum(1) ** 2)
    if not (np.isfinite(matrix).all() and dominant.all()):
        return None
    return {
        "transform": [_texts(row) for row in first],
        "inverse": [_texts(row) for row in last],
        "signs": [int(sign) for sign in signs],
    }


def _real_basis(values: np.ndarray, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return real columns that span the eigenvectors, and -1 for those of eigenvalues outside the unit circle."""
    columns, signs = [], []
    for value, vector in zip(values, vectors.T, strict=True):
        if value.imag < 0:
            continue
        sign = -1 if abs(value) > 1 else 1
        parts = [vector.real] if value.imag == 0 else [vector.real, vector.imag]
        columns += parts
        signs += [sign] * len(parts)
    return np.array(columns).T, np.array(signs)


def _rounded(matrix: np.ndarray) -> np.ndarray:
    return np.array([[float(f"{x:.10g}") for x in row] for row in matrix])


def _add_balls(f: Map, places: Tensor, jacobians: np.ndarray, found: Sequence[dict[str, Any]]) -> None:
    """Add the largest ball of a few in which f contracts, with the rate halfway between that at the point and 1."""
    for j, jacobian in enumerate(jacobians):
        size = np.abs(jacobian)
        root = float(np.abs(np.linalg.eigvals(size)).max()) if np.isfinite(size).all() else 2.0
        if root >= 1 - 1e-6 or not found[j]:
            continue
        rate = (1 + root) / 2
        weights = np.linalg.solve(np.eye(len(size)) - size / rate, np.ones(len(size)))
        weights = np.array([float(f"{w:.3g}") for w in weights / weights.max()])
        radius = _radius(f, places[j], torch.from_numpy(weights), rate) if (weights > 0).all() else None
        if radius is not None:
            found[j]["ball"] = {"radius": f"{radius:.4g}", "weights": _texts(weights), "rate": f"{rate + 5e-6:.5f}"}


def _radius(f: Map, place: Tensor, weights: Tensor, rate: float) -> float | None:
    scale = torch.tensor(_RADII, dtype=torch.float64) * 4
    reach = scale[:, None] * weights
    image = f.image(place.expand(len(scale), -1), reach * (1 + 1e-9) + 1e-10)
    bound = image.slope.abs() @ weights + image.spread / scale[:, None]
    good = (bound < rate * weights * (1 - 1e-9)).all(1)
    return float(scale[int(good.to(torch.int8).argmax())]) * 0.999 if bool(good.any()) else None


def _texts(values: Sequence[float] | np.ndarray) -> list[str]:
    return [f"{float(value):.10g}" for value in values]
