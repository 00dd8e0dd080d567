"""The maps of the figures in floating point, and their fixed points by bisection; for drawing only."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
ScalarMap = Callable[[Array], Array]


def quartic(x: Array) -> Array:
    """The quartic of the paper without its shift: -2/5 x^4 + 3/2 x^2."""
    return -0.4 * x**4 + 1.5 * x**2


def exponential(x: Array) -> Array:
    """The exponential of the paper without its shift: exp(x^3 - 2 x^2) - 1."""
    return np.exp(x**3 - 2 * x**2) - 1


def cubic(x: Array) -> Array:
    """(3 x - x^3) / 2, with the superattracting fixed points -1 and 1."""
    return (3 * x - x**3) / 2


def slope(f: ScalarMap, x: Array) -> Array:
    """Return a difference quotient of f at x."""
    return (f(x + 1e-6) - f(x - 1e-6)) / 2e-6


def fixed_points(f: ScalarMap, low: float, high: float) -> Array:
    """Return where f(x) - x changes its sign on a fine grid of [low, high], refined by bisection."""
    grid = np.linspace(low, high, 4002)  # even: no grid point at 0
    gap = f(grid) - grid
    left = np.flatnonzero(np.sign(gap[:-1]) != np.sign(gap[1:]))
    a, b = grid[left], grid[left + 1]
    for _ in range(60):
        middle = (a + b) / 2
        stays = np.sign(f(middle) - middle) == np.sign(f(a) - a)
        a, b = np.where(stays, middle, a), np.where(stays, b, middle)
    return (a + b) / 2


def newton(f: Callable[[Array], Array], jacobian: Callable[[Array], Array], start: Array) -> Array:
    """Return the fixed point of f near *start*, shape (d,), by Newton's method."""
    x = start
    for _ in range(40):
        x = x - np.linalg.solve(np.eye(len(x)) - jacobian(x), x - f(x))
    return x
