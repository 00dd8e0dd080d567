"""Fixed points in doubles: by iteration where it converges, by Newton's method elsewhere. Candidates, nothing more."""

from collections.abc import Callable
from fractions import Fraction

import torch
from torch import Tensor

from fpverify.numeric.build import TorchNetwork
from fpverify.numeric.iterate import iterate

NEWTON_SIZE = 16
"""The largest state for which Newton's method is tried from many starts."""

_MOST_ENTRIES = 2**19
_BLOCK = 20
MOST_STEPS = 400
_AT_REST = 2.0**-50
_NEARLY = 2.0**-33
_HALVINGS = 55


def settle(f: TorchNetwork, x: Tensor, admits: Callable[[Tensor], Tensor] | None = None) -> Tensor:
    """
    Return where the orbits from *x* settle, shape (R, d).

    Iteration comes first, since it stays in an invariant region; unless the batch is too large, Newton's method takes over.

    Args:
        f: with midpoint parameters.
        x: starts.
        admits: says which results of Newton's method are where they should be, shape (R, d) -> (R,); all, if not given.
    """
    before = torch.inf
    for _ in range(MOST_STEPS // _BLOCK):
        for state in iterate(f, x, _BLOCK):
            x = state
        if x.shape[0] * x.shape[1] ** 2 <= _MOST_ENTRIES:
            refined = newton(f, x, 5)
            good = _changes(f, refined) <= _AT_REST
            good &= good if admits is None else admits(refined)
            x = torch.where(good[:, None], refined, x)
        change = float(_changes(f, x).max())
        if change <= _AT_REST or (change <= _NEARLY and change >= before / 2):
            return x
        before = change
    return x


def _changes(f: TorchNetwork, x: Tensor) -> Tensor:
    """Return the largest |f_j(x) - x_j|, relative to |x_j| where that is not tiny; infinite for NaN; shape (R,)."""
    return ((f(x) - x).abs() / x.abs().clamp(min=2.0**-20)).nan_to_num(nan=torch.inf).amax(dim=-1)


def newton(f: TorchNetwork, x: Tensor, steps: int) -> Tensor:
    """Return *x* after some steps of Newton's method for f(x) - x = 0; a singular step stays where it is."""
    identity = torch.eye(x.shape[1], dtype=torch.float64, device=x.device)

    def step(state: Tensor) -> Tensor:
        residual = f(state) - state
        move, singular = torch.linalg.solve_ex(identity - f.jacobian(state), residual)
        usable = (singular == 0)[:, None] & move.isfinite()
        return state + torch.where(usable, move, 0.0)

    for state in iterate(step, x, steps):
        x = state
    return x


def sign_changes(values: Tensor) -> Tensor:
    """Return the indices i for which values[i] and the next value that is not 0 have opposite signs, shape (n,)."""
    index = torch.nonzero(values).squeeze(-1)
    signs = values[index].sign()
    return index[:-1][signs[:-1] * signs[1:] < 0]


def bisect(motion: Callable[[Tensor], Tensor], pair: Tensor) -> Tensor:
    """
    Return where *motion* changes its sign on the segment between two states, shape (2, d) -> (d,).

    The first coordinate decides. Where motion vanishes at an end, that end is returned.
    """
    low, high = pair[:1], pair[1:]
    start = motion(low)[0, 0].sign()
    if start == 0 or bool((low == high).all()):
        return low[0]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if motion(middle)[0, 0].sign() == start:
            low = middle
        else:
            high = middle
    return high[0]


def exact_row(x: Tensor, index: int) -> tuple[Fraction, ...] | None:
    """Return the exact values of one state of a batch, or None if it is not finite."""
    row = x[index]
    return tuple(map(Fraction, row.tolist())) if bool(row.isfinite().all()) else None
