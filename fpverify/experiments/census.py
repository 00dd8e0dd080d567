"""Census of an ensemble: what the starts of its networks end in, network by network, and in numbers with intervals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from fpverify.ensembles import Ensemble
from fpverify.numeric.bootstrap import Estimate, mean_interval, proportion_interval

CHUNK = 30
"""Networks in one piece of a sweep: enough for the batch, few enough to lose little."""


@dataclass(frozen=True, kw_only=True)
class Survey:
    """
    What is to be counted.

    Fields:
        ensemble: of which networks.
        networks: how many, numbers 0, 1, ...
        starts: from how many starts each.
        steps: T of `fpverify.numeric.attractors.Options`: starts that are late get as many again.
        device: "cpu" or "cuda"; part of the items, since rounding differs between devices.
    """

    ensemble: Ensemble
    networks: int
    starts: int
    steps: int = 250
    device: str = "cpu"

    def items(self) -> list[dict[str, Any]]:
        """Return the pieces for `sweep(count_piece, ...)`: JSON values."""
        first = range(0, self.networks, CHUNK)
        shared = {"starts": self.starts, "steps": self.steps, "device": self.device}
        return [
            {"ensemble": asdict(self.ensemble), "first": k, "last": min(k + CHUNK, self.networks), **shared}
            for k in first
        ]


def count_piece(item: Mapping[str, Any]) -> dict[str, Any]:
    """
    Count what the networks `first`, ..., `last` - 1 of an ensemble have; the work of a sweep.

    Returns:
        {"networks": [...]}, for each network its `basins` (starts per fixed point), `cycles` (pairs of period and starts),
        `apart`, `not_converged` and `late`, as `fpverify.numeric.attractors.Attractors` has them.
    """
    from fpverify.ensembles.batch import stacked, stacked_starts
    from fpverify.numeric.attractors import Options, find_attractors
    from fpverify.numeric.iterate import device_for

    ensemble, device = Ensemble(**item["ensemble"]), device_for(item["device"])
    numbers = range(item["first"], item["last"])
    maps = stacked(ensemble, numbers, device)
    starts = stacked_starts(ensemble, numbers, item["starts"], device)
    found = find_attractors(maps, starts, Options(steps=item["steps"]))
    rows = [
        {
            "basins": list(one.basins),
            "apart": one.apart,
            "cycles": [[cycle.period, cycle.basin] for cycle in one.cycles],
            "not_converged": one.not_converged,
            "late": one.late,
        }
        for one in found
    ]
    return {"networks": rows}


@dataclass(frozen=True, kw_only=True)
class Census:
    """
    The rows of all networks of one survey, and what follows from them; intervals are of 95 %, over the networks.

    Fields:
        rows: as `count_piece` returns them.
        starts: S.
    """

    rows: Sequence[Mapping[str, Any]]
    starts: int

    @classmethod
    def of(cls, pieces: Sequence[Mapping[str, Any]], starts: int) -> "Census":
        """Join the pieces of a survey."""
        return cls(rows=[row for piece in pieces for row in piece["networks"]], starts=starts)

    @cached_property
    def counts(self) -> list[int]:
        """Q of each network: its distinct fixed points found."""
        return [len(row["basins"]) for row in self.rows]

    @property
    def networks(self) -> int:
        return len(self.rows)

    @property
    def most(self) -> int:
        """The largest Q of one network."""
        return max(self.counts)

    @cached_property
    def mean(self) -> Estimate:
        """E[Q]."""
        return mean_interval(self.counts)

    @cached_property
    def several(self) -> Estimate:
        """P(Q >= 2), with Wilson's interval."""
        return proportion_interval(sum(count >= 2 for count in self.counts), self.networks)

    @cached_property
    def unique(self) -> Estimate:
        """The share of networks whose starts all ended in one fixed point, with Wilson's interval."""
        alone = sum(row["basins"] == [self.starts] for row in self.rows)
        return proportion_interval(alone, self.networks)

    @cached_property
    def attractors(self) -> Estimate:
        """A: the mean number of attractors found, fixed points and cycles."""
        return mean_interval([len(row["basins"]) + len(row["cycles"]) for row in self.rows])

    @cached_property
    def in_fixed_points(self) -> Estimate:
        """The mean share of starts that ended in fixed points."""
        return mean_interval(np.array([sum(row["basins"]) for row in self.rows]) / self.starts)

    @cached_property
    def elsewhere(self) -> Estimate:
        """The mean share of starts that did not end in a fixed point."""
        return mean_interval(1 - np.array([sum(row["basins"]) for row in self.rows]) / self.starts)

    @cached_property
    def in_cycles(self) -> Estimate:
        """The mean share of starts that ended in cycles."""
        return mean_interval(np.array([sum(basin for _, basin in row["cycles"]) for row in self.rows]) / self.starts)

    @cached_property
    def not_converged(self) -> Estimate:
        """The mean share of starts that ended in neither."""
        return mean_interval(np.array([row["not_converged"] for row in self.rows]) / self.starts)

    @cached_property
    def late(self) -> float:
        """The share of starts that settled only in the second half of the time."""
        return sum(row["late"] for row in self.rows) / (self.starts * self.networks)

    @cached_property
    def missed(self) -> float:
        """Chao's estimate of how many fixed points the starts missed, on average over the networks."""
        from fpverify.numeric.unseen import unseen

        return sum(unseen(row["basins"]).classes for row in self.rows) / self.networks

    def to_data(self) -> dict[str, Any]:
        """Return the numbers as JSON values."""
        names = (
            "mean",
            "several",
            "attractors",
            "elsewhere",
            "in_fixed_points",
            "in_cycles",
            "not_converged",
            "unique",
        )
        estimates = {name: asdict(getattr(self, name)) for name in names}
        counts = {"networks": self.networks, "starts": self.starts, "most": self.most}
        return {**counts, **estimates, "late": self.late, "missed": self.missed}


def take_census(
    surveys: Mapping[int, Survey], compute: Callable[[list[dict[str, Any]]], Sequence[Mapping[str, Any]]]
) -> dict[int, Census]:
    """
    Return the census of each of the *surveys*, which are named by their depths.

    Args:
        surveys: in the order in which they are wanted.
        compute: from all items to the results of `count_piece`, in the same order, as `sweep` does it; the items of the
            deepest networks, which take longest, come first.
    """
    named = [(depth, item) for depth, survey in sorted(surveys.items(), reverse=True) for item in survey.items()]
    results = list(zip((depth for depth, _ in named), compute([item for _, item in named]), strict=True))
    return {
        depth: Census.of([piece for other, piece in results if other == depth], survey.starts)
        for depth, survey in surveys.items()
    }
