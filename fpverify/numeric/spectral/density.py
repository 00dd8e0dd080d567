"""
The limiting law of the squared singular values of the input-output Jacobian of a random network with normal weights.

The Jacobian is J = D^L W^L ... D^1 W^1 with D^l = diag phi'(h^l). The entries of W^l have the variance gain^2 / N, and in
the limit of infinite width those of h^l are independent normal variables of the variance q^l of the mean field. Let mu
be the limit of the distribution of the eigenvalues of J J^T, g(z) its Stieltjes transform E 1/(z - lambda), and
M(z) = z g(z) - 1. Once D^l counts as free of W^l, the S-transforms S(M) = (1 + M) / (M z(M)) multiply, by the cyclicity of
the trace layer by layer:

    S of W W^T    is  1 / (gain^2 (1 + M)),
    S of (D^l)^2  is  (1 + M) / (M z_l),    where E[d_l^2 / (z_l - d_l^2)] = M with d_l = phi'(sqrt(q^l) Z).

Their product is the S-transform (1 + M) / (M z) of mu, so that

    z = gain^(2L) (1 + M) M^(L-1) z_1 ... z_L,    g = (1 + M) / z,    density(x) = -Im g(x + i0) / pi.

For the identity z_l = (1 + M) / M, so that z M = gain^(2L) (1 + M)^(L+1): the moments are the numbers of Fuss and Catalan.
The first moment is the product of the factors gain^2 E phi'(sqrt(q^l) Z)^2. There is an atom at 0 of the largest mass that
some d_l^2 has there.

Status:
    The formula is derived above, not proved here. That D^l, which depends on W^l, may count as free of it in the limit is
    proved in the literature; the solutions are computed in floating point, without bounds.

Source:
    L. Pastur, On random matrices arising in deep neural networks: Gaussian case, arXiv 2001.06188; J. Pennington,
    S. S. Schoenholz, S. Ganguli, The emergence of spectral universality in deep networks, AISTATS 2018.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from fpverify.kernel.errors import MisuseError
from fpverify.numeric.spectral.functions import Array
from fpverify.numeric.spectral.mean_field import slope_law, variances

Complex = NDArray[np.complex128]

DECADES = 24
"""How far below the largest possible value the grid goes: for several layers much of the mass lies near 0."""

_FINE, _PER_FINE_DECADE, _PER_DECADE = 3, 200, 50
"""Upper decades, where the density ends like a square root, and how many points they and the others get."""

HEIGHT = 2e-5
"""The density is taken at x + i HEIGHT x rather than on the axis: it is smoothed over this share of x."""

_DESCENT, _NEWTON = 20, 60
"""Steps for each power of ten by which a solution comes down to the axis; steps of Newton's method at most."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Law:
    """
    A law on [0, oo), on a grid.

    Fields:
        grid: points x > 0, increasing, shape (n,).
        density: the density at them, smoothed over a share `HEIGHT` of x.
        mean: the first moment, from the closed formula, not from the grid.
        atom: the mass at 0.
        unconverged: at how many points Newton's method failed; what stands there is its last iterate.

    Error:
        Masses err by the mass that is missing, by about 1e-4 for the smoothing, and by the trapezoidal rule.
    """

    grid: Array
    density: Array
    mean: float
    atom: float
    unconverged: int

    @property
    def log_density(self) -> Array:
        """The density of log10 of the variable, at the points of the grid."""
        return math.log(10) * self.grid * self.density

    @cached_property
    def _found(self) -> Array:
        """The mass between the first point and each point, by the trapezoidal rule in log x."""
        y, steps = self.grid * self.density, np.diff(np.log(self.grid))
        return np.concatenate([[0.0], np.cumsum((y[1:] + y[:-1]) / 2 * steps)])

    @property
    def missing(self) -> float:
        """The mass that was not found: the atom, what lies below the grid, and errors; negative if too much was found."""
        return float(1 - self._found[-1])

    def distribution(self, x: Array | float) -> Array:
        """Return the mass of [0, x], in the shape of x; what is missing is put below the grid."""
        below = max(self.missing, 0.0)
        return below + np.interp(np.log(np.maximum(x, self.grid[0])), np.log(self.grid), self._found)

    def above(self, x: float) -> float:
        """Return the mass of (x, oo)."""
        return float(self._found[-1] - np.interp(math.log(x), np.log(self.grid), self._found))


def jacobian_law(activation: str, *, gain: float, bias: float, depth: int, square: float) -> Law:
    """
    Return the limit of the law of the squared singular values of J, for weights of variance gain^2 / N.

    Args:
        activation: one of `fpverify.numeric.spectral.functions.NAMES`.
        bias: the standard deviation of the biases.
        depth: the number L of layers.
        square: |x|^2 / N of the input at which J is taken.

    Raises:
        UnknownNameError: for an activation without mean field.
        MisuseError: for a gain that is not positive, or a depth below 1.
    """
    if not (gain > 0 and depth >= 1):
        raise MisuseError(f"a gain above 0 and a depth of at least 1 are needed, not {gain} and {depth}")
    layers = variances(activation, gain=gain, bias=bias, depth=depth, square=square)
    return _Equation(gain, [slope_law(activation, q) for q in layers]).law()


@dataclass(frozen=True)
class _State:
    """
    An approximate solution.

    Fields:
        M, u: M and 1 + M, each to its own last digits: the one is small far above the axis, the other near 0.
        places: z_1, ..., z_L.
        converged: whether Newton's method came to rest.
    """

    M: np.complex128
    u: np.complex128
    places: Complex
    converged: bool = False

    @classmethod
    def far_above(cls, M: complex, first: Array) -> Self:
        """Return the state of which M = E d^2 / z_l, as far above the axis; *first* are the E d^2."""
        return cls(np.complex128(M), np.complex128(1 + M), np.asarray(first / M, dtype=np.complex128))

    def moved(self, step: np.complex128, moves: Complex) -> "_State":
        M, u = self.M + step, self.u + step
        return _State(M, 1 + M, self.places + moves) if abs(M) < abs(u) else _State(u - 1, u, self.places + moves)

    @property
    def is_above(self) -> bool:
        """Whether it has converged to the branch on which Im M < 0 and Im z_l > 0, as for every law, up to rounding."""
        falls = self.M.imag < 1e-12 * abs(self.M)
        return bool(self.converged and falls and (self.places.imag > -1e-12 * np.abs(self.places)).all())

    def is_still(self, step: np.complex128, moves: Complex) -> bool:
        """Whether Newton's last step was so short that, squared, it is lost in rounding."""
        near = abs(step) <= 1e-9 * min(abs(self.M), abs(self.u))
        return bool(near and (np.abs(moves) <= 1e-9 * np.abs(self.places)).all())


class _Equation:
    """The functional equation, solved by Newton's method and continued from far above the axis to its neighbourhood."""

    def __init__(self, gain: float, laws: Sequence[tuple[Array, Array]]) -> None:
        size = max(len(points) for points, _ in laws)
        self.squares, self.weights = (_rows([law[k] for law in laws], size) for k in (0, 1))
        self.depth, self.scale = len(laws), gain ** (2 * len(laws))
        self.first = self.squares * self.weights
        self.mean = float(self.scale * np.prod(self.first.sum(axis=1)))
        L = self.depth
        # Moments increase with the slopes, and constant slopes give the last factor (Fuss and Catalan).
        self.largest = float(self.scale * np.prod(self.squares.max(axis=1)) * (L + 1) ** (L + 1) / L**L)

    def law(self) -> Law:
        """Return the law on a geometric grid of which the last point is above the support."""
        grid = 1.05 * self.largest * 10.0 ** -_decades()
        states = self._sweep(grid)
        values = np.array([-(state.u / _above(x)).imag / math.pi for x, state in zip(grid, states, strict=True)])
        return Law(
            grid=grid[::-1].copy(),
            density=np.maximum(values[::-1], 0.0),
            mean=self.mean,
            atom=float(np.where(self.squares == 0, self.weights, 0).sum(axis=1).max()),
            unconverged=sum(not state.converged for state in states),
        )

    def _sweep(self, grid: Array) -> list[_State]:
        """Return the solutions just above the points of the grid, from the largest to the smallest."""
        states = [self._descend(float(grid[0]))]
        for x in grid[1:]:
            states.append(self._step(float(x), states[-1]))
        return states

    def _descend(self, x: float) -> _State:
        """Return the solution just above x, continued from a height at which M = mean / z up to small terms."""
        top, bottom = 50 * max(1.0, self.mean) * max(1.0, x), HEIGHT * x
        state = _State.far_above(self.mean / complex(x, top), self.first.sum(axis=1))
        for y in np.geomspace(top, bottom, math.ceil(_DESCENT * math.log10(top / bottom))):
            state = self.newton(complex(x, y), state)
        return replace(state, converged=state.is_above)

    def _step(self, next_x: float, state: _State) -> _State:
        """Return the solution at the next point, from the last one; where that fails, as at an edge, from far above."""
        found = self.newton(_above(next_x), state)
        is_near = abs(found.M - state.M) <= 0.5 * (1 + abs(state.M))
        return found if found.is_above and is_near else self._descend(next_x)

    def newton(self, z: complex, start: _State) -> _State:
        """
        Return the solution at z that Newton's method finds, all z_l kept in the upper half-plane.

        The unknowns are M and z_1, ..., z_L. The derivative of the residuals is diagonal but for one row and one column,
        and is inverted by elimination; 1 / ratio - 1 is the residual of the equation for z, divided by the ratio.
        """
        state = start
        with np.errstate(all="ignore"):  # far off the path it may overflow, and then does not converge
            for _ in range(_NEWTON):
                step, moves = self._newton_step(z, state)
                share = _share(state.places, moves)
                state = state.moved(share * step, share * moves)
                if state.is_still(step, moves):
                    return replace(state, converged=True)
        return replace(state, converged=False)

    def _newton_step(self, z: complex, state: _State) -> tuple[np.complex128, Complex]:
        """Return by how much M and the z_l are to move."""
        residuals, derivatives = self._residuals(state)
        ratio = self.scale * state.u * state.M ** (self.depth - 1) * np.prod(state.places) / z
        weights = 1 / (derivatives * state.places)
        slope = 1 / state.u + (self.depth - 1) / state.M + weights.sum()
        step = (1 / ratio - 1 + weights @ residuals) / slope
        return step, (step - residuals) / derivatives

    def _residuals(self, state: _State) -> tuple[Complex, Complex]:
        """Return E[d^2 / (z_l - d^2)] - M, in the one of two forms that does not cancel, and its derivative in z_l."""
        z = state.places
        inverse = 1 / (z[:, None] - self.squares)
        terms = self.first * inverse
        derivatives = -np.einsum("ij,ij->i", terms, inverse)
        if abs(state.M) < abs(state.u):
            return terms.sum(axis=1) - state.M, derivatives
        return z * np.einsum("ij,ij->i", self.weights, inverse) - state.u, derivatives


def _decades() -> Array:
    """Return by how many decades the points of the grid are below its last one."""
    fine = np.arange(_FINE * _PER_FINE_DECADE) / _PER_FINE_DECADE
    return np.concatenate([fine, _FINE + np.arange((DECADES - _FINE) * _PER_DECADE + 1) / _PER_DECADE])


def _above(x: float) -> complex:
    return complex(x, HEIGHT * x)


def _share(places: Complex, moves: Complex) -> float:
    """Return 1, 1/2, 1/4, ...: the first share of the moves that leaves the upper half-plane nowhere."""
    share = 1.0
    while share > 1e-4 and (places.imag + share * moves.imag <= 0).any():
        share /= 2
    return share


def _rows(parts: Sequence[Array], size: int) -> Array:
    """Return the parts as rows, filled up with zeros."""
    return np.stack([np.pad(part, (0, size - len(part))) for part in parts])
