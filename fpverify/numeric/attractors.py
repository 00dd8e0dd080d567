"""
Attractors by iteration: many starts, of many networks of one shape at once; what they end in, and how often.

Whatever is counted here is a lower bound of what there is: an attractor whose basin has the share v of the starts' cube is
missed by S independent starts with probability (1 - v)^S. Nothing here is proved.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fpverify.kernel.activations import Function
from fpverify.kernel.errors import MisuseError
from fpverify.numeric.iterate import Step
from fpverify.numeric.ops import TorchOps
from fpverify.numeric.unseen import Unseen, unseen

_EVERY = 10
"""Steps between two looks at the residuals: a look costs about as much as the linear part of one layer."""
_WORTH = 0.75
"""Rows are moved together once this share of those in memory, or less, is still in motion."""


class Maps(Protocol):
    """K maps of one shape at once, from states of shape (K, S, N) to states of shape (K, S, N), float64."""

    def __call__(self, x: Tensor) -> Tensor:
        """Return the images; the k-th map takes the rows x[k]."""
        ...

    def take(self, index: Tensor) -> "Maps":
        """Return the maps with the numbers *index*, shape (k,)."""
        ...


@dataclass(frozen=True, eq=False)
class Stack:
    """
    K networks of equal shape: f = f_L ∘ ... ∘ f_1 with f_l(x) = φ(W^l x + b^l), by one batched product per layer.

    Fields:
        weights: for each layer, shape (K, m, n), float64.
        biases: for each layer, shape (K, 1, m).
        activation: φ on tensors.
    """

    weights: Sequence[Tensor]
    biases: Sequence[Tensor]
    activation: Callable[[Tensor], Tensor]

    @classmethod
    def of(
        cls,
        weights: Sequence[NDArray[np.float64]],
        biases: Sequence[NDArray[np.float64]],
        function: Function,
        device: torch.device,
    ) -> Self:
        """Return the networks with these arrays, shapes (K, m, n) and (K, m) for each layer."""

        def moved(array: NDArray[np.float64]) -> Tensor:
            return torch.as_tensor(np.ascontiguousarray(array), dtype=torch.float64, device=device)

        return cls(
            [moved(weight) for weight in weights],
            [moved(bias)[:, None, :] for bias in biases],
            lambda x: torch.as_tensor(function.formula(x, TorchOps), dtype=x.dtype, device=x.device).expand_as(x),
        )

    def __call__(self, x: Tensor) -> Tensor:
        for weight, bias in zip(self.weights, self.biases, strict=True):
            x = self.activation(torch.baddbmm(bias, x, weight.mT))
        return x

    def take(self, index: Tensor) -> "Stack":
        return Stack([weight[index] for weight in self.weights], [bias[index] for bias in self.biases], self.activation)


@dataclass(frozen=True, eq=False)
class One:
    """A single map on batches of shape (S, N), as a stack of one."""

    step: Step

    def __call__(self, x: Tensor) -> Tensor:
        return self.step(x[0])[None]

    def take(self, index: Tensor) -> "One":
        return self


@dataclass(frozen=True, kw_only=True)
class Options:
    """
    Fields:
        steps: T; a start that has not settled after T steps is given T more, which tells slow from aperiodic.
        tolerance: a state x is settled once the sup norm of f^p(x) - x is below this, with p = 1 for a fixed point.
        same: limits closer than this in the sup norm are one; a cycle's points are farther apart than this.
        longest: the longest period that is looked for, at T/2, T and 2T steps, by as many steps, of which only the last
            come on top.

    Error:
        A limit that attracts at the rate r is known to about tolerance/(1 - r): where r is nearly 1, one fixed point may
        be counted more than once. A cycle of a period above *longest* counts as not converged.
    """

    steps: int = 250
    tolerance: float = 1e-10
    same: float = 1e-6
    longest: int = 64

    def __post_init__(self) -> None:
        if not (self.steps >= 2 and self.longest >= 1):
            raise MisuseError(
                f"steps = {self.steps}, longest = {self.longest}: at least 2 steps and period 1 are needed"
            )
        if not 0 < self.tolerance < self.same:
            raise MisuseError(f"tolerance = {self.tolerance} is to be positive and below same = {self.same}")


@dataclass(frozen=True, kw_only=True, eq=False)
class Cycle:
    """
    Fields:
        period: at least 2.
        point: one of its points, shape (N,).
        basin: how many starts ended in it.
    """

    period: int
    point: NDArray[np.float64]
    basin: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Attractors:
    """
    What the starts of one network ended in.

    Fields:
        fixed_points: distinct limits, shape (Q, N), in the order of the starts that found them.
        basins: for each fixed point, how many starts ended in it.
        cycles: distinct cycles of the periods 2, ..., `Options.longest`.
        not_converged: how many starts ended in neither, within 2T steps.
        late: how many of the settled starts needed more than T steps.
        starts: S.

    Invariants:
        The basins of the fixed points and of the cycles, and `not_converged`, sum to S: no start is dropped.
    """

    fixed_points: NDArray[np.float64]
    basins: tuple[int, ...]
    cycles: tuple[Cycle, ...]
    not_converged: int
    late: int
    starts: int

    @property
    def apart(self) -> float:
        """The largest distance of two fixed points in the sup norm; 0 for one or none. Where it is tiny, one was split."""
        points = self.fixed_points
        return float(max((np.abs(points - point).max() for point in points), default=0.0))

    @property
    def count(self) -> int:
        """Q, the number of distinct fixed points that were found."""
        return len(self.basins)

    @property
    def in_cycles(self) -> int:
        """How many starts ended in cycles."""
        return sum(cycle.basin for cycle in self.cycles)

    @property
    def is_unique(self) -> bool:
        """Whether every start ended in one and the same fixed point."""
        return self.basins == (self.starts,)

    @cached_property
    def unseen(self) -> Unseen:
        """What the starts are estimated to have missed, among the fixed points."""
        return unseen(self.basins)


def find_attractors(maps: Maps, starts: Tensor, options: Options | None = None) -> list[Attractors]:
    """
    Iterate every start until it settles, and return for each of the K maps what its starts ended in.

    Args:
        maps: K maps at once.
        starts: shape (K, S, N), float64, on the device of the maps.
        options: how long, and how close is close.

    Raises:
        MisuseError: for starts of another shape or dtype.
    """
    if starts.ndim != 3 or starts.dtype != torch.float64 or 0 in starts.shape:
        raise MisuseError(f"starts are float64 of shape (K, S, N); got {starts.dtype} of shape {tuple(starts.shape)}")
    with torch.no_grad():
        search = _Search(maps, starts, options or Options())
        search.run()
        return _gathered(maps, search)


class _Search:
    """
    The starts that still move, kept together.

    x, shape (k, s, N), holds the states in motion of the maps `live`, shape (k,); `column`, shape (k, s), says which starts
    they are, and `open` which of them count: maps with fewer starts in motion than others are filled up.
    """

    def __init__(self, maps: Maps, starts: Tensor, options: Options) -> None:
        k, s, _ = starts.shape
        self.options = options
        self.period = torch.zeros(k, s, dtype=torch.int64, device=starts.device)
        self.late = torch.zeros(k, s, dtype=torch.bool, device=starts.device)
        self.limit = starts.clone()
        self.maps, self.x = maps, starts
        self.live = torch.arange(k, device=starts.device)
        self.column = torch.arange(s, device=starts.device).repeat(k, 1)
        self.open = torch.ones(k, s, dtype=torch.bool, device=starts.device)

    def run(self) -> None:
        steps = self.options.steps
        done = 0
        for stop in (steps // 2, steps, 2 * steps):
            while done < stop and len(self.live):
                count = min(_EVERY, stop - done)
                self._advance(count, late=done + count > steps)
                done += count
            if len(self.live):
                self._look_for_cycles(late=stop > steps)
                done += self.options.longest

    def _advance(self, count: int, *, late: bool) -> None:
        """Take *count* steps, and set aside the states that the last of them hardly moved."""
        maps, x = self.maps, self.x
        for _ in range(count - 1):
            x = maps(x)
        self.x = maps(x)
        still = (self.x - x).abs_().amax(dim=2) < self.options.tolerance
        self._settle(still & self.open, torch.ones_like(self.column), self.x, late=late)

    def _look_for_cycles(self, *, late: bool) -> None:
        """Find the first p >= 2 with f^p(x) = x; not for an x that f, or an earlier power, moves by less than `same`."""
        x, least = self.x, torch.full_like(self.x[:, :, 0], torch.inf)
        found = torch.zeros_like(self.column)
        for period in range(1, self.options.longest + 1):
            self.x = self.maps(self.x)
            away = (self.x - x).abs_().amax(dim=2)
            if period > 1:
                found[(found == 0) & (away < self.options.tolerance) & (least > self.options.same)] = period
            least = torch.minimum(least, away)
        self._settle((found > 0) & self.open, found, x, late=late)

    def _settle(self, settled: Tensor, period: Tensor, limit: Tensor, *, late: bool) -> None:
        if not settled.any():
            return
        row, place = settled.nonzero(as_tuple=True)
        network, start = self.live[row], self.column[row, place]
        self.period[network, start] = period[row, place]
        self.limit[network, start] = limit[row, place]
        self.late[network, start] = late
        self.open = self.open & ~settled
        self._move_together()

    def _move_together(self) -> None:
        counts = self.open.sum(dim=1)
        rows = counts.nonzero()[:, 0]
        width = int(counts.max())
        if len(rows) * width > _WORTH * self.open.numel():
            return
        order = self.open[rows].to(torch.int8).argsort(dim=1, descending=True, stable=True)[:, :width]
        self.x = self.x[rows[:, None], order]
        self.column, self.open = self.column[rows].gather(1, order), self.open[rows].gather(1, order)
        self.live, self.maps = self.live[rows], self.maps.take(rows)


def _gathered(maps: Maps, search: _Search) -> list[Attractors]:
    """Sort the limits into clusters: the fixed points first, then the cycles of each period."""
    found: list[list[tuple[int, int, int]]] = [[] for _ in search.period]
    for period in search.period.unique().tolist():
        if period > 0:
            for network, start, basin in _clusters(maps, search, period):
                found[network].append((period, start, basin))
    return [_attractors(search, network, clusters) for network, clusters in enumerate(found)]


def _attractors(search: _Search, network: int, clusters: Sequence[tuple[int, int, int]]) -> Attractors:
    limit = search.limit[network].cpu().numpy()
    fixed = [(start, basin) for period, start, basin in clusters if period == 1]
    return Attractors(
        fixed_points=limit[[start for start, _ in fixed]],
        basins=tuple(basin for _, basin in fixed),
        cycles=tuple(Cycle(period=p, point=limit[start], basin=basin) for p, start, basin in clusters if p > 1),
        not_converged=int((search.period[network] == 0).sum()),
        late=int(search.late[network].sum()),
        starts=len(limit),
    )


def _clusters(maps: Maps, search: _Search, period: int) -> Iterator[tuple[int, int, int]]:
    """
    Yield (network, start, size) for each cluster of limits of this *period*.

    The first limit without a cluster leads the next one, and takes in what lies near a point of its cycle; in all networks
    at once, so that there are as many rounds as the richest network has clusters.
    """
    rest = search.period == period
    rows = rest.any(dim=1).nonzero()[:, 0]
    rest, limit, maps = rest[rows], search.limit[rows], maps.take(rows)
    while len(rows):
        numbers = torch.arange(len(rows), device=rows.device)
        first = rest.to(torch.int8).argmax(dim=1)
        near = rest & (_distance(limit, _orbit(maps, limit[numbers, first][:, None], period)) < search.options.same)
        near[numbers, first] = True
        yield from zip(rows.tolist(), first.tolist(), near.sum(dim=1).tolist(), strict=True)
        rest &= ~near
        left = rest.any(dim=1)
        if not left.all():
            kept = left.nonzero()[:, 0]
            rows, rest, limit, maps = rows[kept], rest[kept], limit[kept], maps.take(kept)


def _orbit(maps: Maps, x: Tensor, period: int) -> Tensor:
    """Return x, f(x), ..., shape (K, period, N), from x of shape (K, 1, N)."""
    points = [x]
    for _ in range(period - 1):
        points.append(maps(points[-1]))
    return torch.cat(points, dim=1)


def _distance(limit: Tensor, orbit: Tensor) -> Tensor:
    """Return the sup-norm distance of each limit, shape (K, S, N), to the nearest point of its map's *orbit*."""
    if orbit.shape[1] == 1:
        return (limit - orbit).abs_().amax(dim=2)
    return torch.cdist(limit, orbit, p=torch.inf).amin(dim=2)
