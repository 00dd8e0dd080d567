"""Orbits of period two of a coupled standard map with damping, through its lift with eight unknowns."""

from pathlib import Path

import numpy as np
import pytest
import torch

import fpverify as fp

EXAMPLE = Path(__file__).parents[2] / "examples" / "standard_map.json"
HALF = np.array([3.2044, 3.2044, 1.5708, 1.5708])
DAMPING = np.exp(-2 * np.pi / np.array([10, 5]))
FACTOR = (1 - DAMPING) / (2 * np.pi / np.array([10, 5]))


def image(x: np.ndarray) -> np.ndarray:
    """The map, as it stands in the literature."""
    turn = np.stack(
        (np.sin(x[:, 0]) * np.cos(x[:, 1]), np.cos(x[:, 0]) * np.sin(x[:, 1])),
        axis=1,
    )
    moved = x[:, 2:] - 5 * turn
    return np.concatenate((FACTOR * moved + x[:, :2], DAMPING * moved), axis=1)


def jacobian(x: np.ndarray) -> np.ndarray:
    step = 1e-6
    columns = [(image(x + step * unit) - image(x - step * unit)) / (2 * step) for unit in np.eye(4)]
    return np.stack(columns, axis=2)


def points_of_period_two() -> np.ndarray:
    """The points with f^2(x) = x in the box that Newton's iteration finds."""
    x = np.random.default_rng(0).uniform(-1, 1, (40_000, 4)) * HALF * 1.1
    for _ in range(60):
        y = image(x)
        matrix = jacobian(y) @ jacobian(x) - np.eye(4) * (1 + 1e-12)
        step = np.linalg.solve(matrix, (image(y) - x)[:, :, None])[:, :, 0]
        x = x - step * np.minimum(1, 1 / np.maximum(1e-9, np.abs(step).max(1)))[:, None]
    found = x[(np.abs(image(image(x)) - x).max(1) < 1e-9) & (np.abs(x) <= HALF).all(1)]
    kept: list[np.ndarray] = []
    for place in found:
        if all(np.abs(place - other).max() > 1e-5 for other in kept):
            kept.append(place)
    return np.array(kept)


def test_the_example_is_the_map_of_the_literature() -> None:
    """Its layers have the values of the formula; f^2 has 41 fixed points in the box, 29 of them with their orbits there."""
    found = points_of_period_two()
    assert len(found) == 41
    assert (np.abs(image(found)) <= HALF).all(1).sum() == 29
    assert (np.abs(image(found) - found).max(1) < 1e-7).sum() == 13
    places = torch.from_numpy(found)
    low, high = fp.enclose(fp.load(EXAMPLE), places, places)[0]
    assert np.abs(low.numpy() - image(found)).max() < 1e-12
    assert np.abs(high.numpy() - image(found)).max() < 1e-12


@pytest.mark.slow
def test_orbits_in_the_box_are_all_found() -> None:
    """29 points: 13 fixed ones and 8 orbits of period 2."""
    box = [(f"-{half}", f"{half}") for half in HALF.tolist()]
    result = fp.find_fixed_points(fp.load(EXAMPLE), box, period=2)
    assert result.success, result.message
    assert (result.count, result.claim.facts["orbits"]) == (29, 8)
    found = points_of_period_two()
    inside = found[(np.abs(image(found)) <= HALF).all(1)]
    for place in inside:
        near = [np.abs(np.array(point.centre) - place).max() < 1e-6 for point in result.points]
        assert sum(near) == 1


@pytest.mark.slow
def test_points_whose_orbits_leave_the_box_are_found_too() -> None:
    """All 41, in some minutes."""
    box = [(f"-{half}", f"{half}") for half in HALF.tolist()]
    result = fp.find_fixed_points(fp.load(EXAMPLE), box, period=2, leaving=True)
    assert result.success, result.message
    assert (result.count, result.claim.facts["least"], result.claim.facts["orbits"]) == (41, 28, None)


def test_an_orbit_may_leave_the_box() -> None:
    """The orbit of period two of tanh(-3 x / 2) has one point in [1/2, 1], and the other in [-1, -1/2]."""
    net = fp.loop("tanh", [["-3/2"]])
    box = [("1/2", "1")]
    stays, leaves = (fp.find_fixed_points(net, box, period=2, leaving=leaving) for leaving in (False, True))
    assert (stays.success, stays.count) == (True, 0)
    assert (leaves.success, leaves.count) == (True, 1)
    assert leaves.claim.facts["stays"] is False
