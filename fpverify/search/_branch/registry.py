"""The fixed points found so far: where each lies, and the box in which it is the only one."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

_COLUMNS = ("place", "low", "high", "unique_low", "unique_high", "digits", "unique_digits", "index")


class Registry:
    """
    Points by number, in the order in which they were found.

    Columns:
        place: a float approximation.
        low, high: ends of the enclosure, as integers over 10^digits, one *digits* for each point.
        unique_low, unique_high: ends of the box of uniqueness, as integers over 10^unique_digits, one for each coordinate.
        index: sign det(I - J).
    """

    def __init__(self, size: int, tolerance: float, columns: Mapping[str, np.ndarray] | None = None) -> None:
        self._tolerance = tolerance
        generator = torch.Generator().manual_seed(1)
        self._direction = torch.rand(size, dtype=torch.float64, generator=generator) + 0.5
        empty = {
            "place": torch.zeros(0, size, dtype=torch.float64),
            "digits": torch.zeros(0, dtype=torch.int64),
            "index": torch.zeros(0, dtype=torch.int64),
        }
        whole = torch.zeros(0, size, dtype=torch.int64)
        given = {} if columns is None else {key: torch.from_numpy(np.array(columns[key])) for key in _COLUMNS}
        self._columns: dict[str, Tensor] = {key: given.get(key, empty.get(key, whole)) for key in _COLUMNS}
        self._sort()

    def __len__(self) -> int:
        return len(self._columns["place"])

    def __getitem__(self, key: str) -> Tensor:
        return self._columns[key]

    def columns(self) -> dict[str, np.ndarray]:
        return {key: column.numpy() for key, column in self._columns.items()}

    def add(self, **columns: Tensor) -> int:
        """Add points; return the number of the first."""
        first = len(self)
        self._columns = {key: torch.cat((self._columns[key], columns[key])) for key in _COLUMNS}
        self._sort()
        return first

    def unique(self) -> tuple[Tensor, Tensor]:
        """Return the ends of the boxes of uniqueness, to nearest."""
        scale = 10.0 ** self["unique_digits"].double()
        return self["unique_low"] / scale, self["unique_high"] / scale

    def find(self, places: Tensor) -> Tensor:
        """Return for each place the number of the point that lies there, -1 where there is none."""
        return match(places, self["place"], self._order, self._direction, self._tolerance)

    def distinct(self, places: Tensor) -> Tensor:
        """Return the numbers of places such that each place is near one of them, in increasing order."""
        left, chosen = torch.arange(len(places)), []
        while len(left):
            spots = places[left]
            along = spots @ self._direction
            order = torch.argsort(along, stable=True)
            starts = torch.ones(len(left), dtype=torch.bool)
            starts[1:] = along[order].diff() > 2 * self._reach()
            group = torch.empty_like(order)
            group[order] = starts.cumsum(0) - 1
            first = torch.full((int(group.max()) + 1,), len(left)).scatter_reduce(
                0, group, torch.arange(len(left)), "amin"
            )
            chosen.append(left[first])
            left = left[((spots - spots[first[group]]).abs() > self._tolerance).any(1)]
        return torch.cat(chosen).sort().values if chosen else left

    def _reach(self) -> float:
        return self._tolerance * float(self._direction.sum())

    def _sort(self) -> None:
        self._order = torch.argsort(self["place"] @ self._direction, stable=True)


def match(places: Tensor, known: Tensor, order: Tensor, direction: Tensor, tolerance: float) -> Tensor:
    """Return the number of the row of *known* within *tolerance* of each of *places*, -1 where there is none."""
    found = torch.full((len(places),), -1)
    reach = tolerance * float(direction.sum())
    along, sorted_ = places @ direction, (known @ direction)[order]
    place = torch.searchsorted(sorted_, along - reach)
    last = torch.searchsorted(sorted_, along + reach, right=True)
    while bool((active := (found < 0) & (place < last)).any()):
        at = active.nonzero().squeeze(1)
        number = order[place[at]]
        near = ((places[at] - known[number]).abs() <= tolerance).all(1)
        found[at[near]] = number[near]
        place[at] += 1
    return found
