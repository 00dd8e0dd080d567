"""
Beyond the line of the multipliers: how far proofs of one fixed point reach for Gaussian networks of a larger gain.

Equal multipliers prove it for gain < 1 / (sqrt 2 slope) as the width grows (see the experiment `regime`), and iteration sees
one fixed point far beyond that line. Whether some diagonal multipliers do is a convex problem, and an interior-point solver
for semidefinite programs (Clarabel) decided it as often as the search here, in 277 cases with N = 16; where none do, the
tree of boxes may still count the fixed points of narrow networks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

from fpverify._finding import Evidence, Finding, Plan
from fpverify._goal import AttractsAll, Goal, OnlyOne
from fpverify.ensembles import Ensemble
from fpverify.experiments.census import count_piece
from fpverify.experiments.counting import count
from fpverify.experiments.proofs import is_contradicted, proved_unique
from fpverify.experiments.regime import SLOPES
from fpverify.experiments.sweep import sweep
from fpverify.kernel.errors import SoundnessError
from fpverify.numeric.bootstrap import Estimate, proportion_interval

SEED = 21
BITS = 24
_STEPS = 250
_NARROW = 8
"""Networks of at most this width are handed to the tree of boxes, too."""
_BOXES = 20_000

METHODS: Mapping[str, Goal] = {
    "equal": OnlyOne(steps=0, sweeps=0),
    "optimised": OnlyOne(steps=0),
    "absorbing": OnlyOne(),
    "contraction": AttractsAll(),
}
"""
In the order in which they are tried, so that a network counts for the first that does.

equal, optimised: multipliers on the range of f. absorbing: optimised ones on a box that all orbits enter, with least and
largest slopes there. contraction: of the layers, in the 2-norm or a weighted sup norm, on such a box. Then, for narrow
networks, "counted": all fixed points by the tree of boxes, and there is one.
"""

_WORDS = (*METHODS, "counted")
_FACTORS = (1.06, 1.15, 1.25, 1.35, 1.42, 1.8, 2.3, 2.8)
"""Gains over that of the line of the multipliers."""
_LIMIT = {"tanh": 1.42, "sigmoid": 2.8}
"""The gap ends about there: at the gain 1 for tanh without biases, and near 8 for the sigmoid."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """Networks of one width: depths, scales of the biases, factors of the gain, how many networks and starts for each."""

    width: int
    depths: tuple[int, ...]
    biases: tuple[float, ...]
    factors: tuple[float, ...]
    networks: int
    starts: int = 24

    def items(self) -> list[dict[str, Any]]:
        """Return one item for each ensemble: JSON values."""
        shared = {"first": 0, "last": self.networks, "starts": self.starts, "steps": _STEPS, "device": "cpu"}
        return [{"ensemble": asdict(ensemble), **shared} for ensemble in self.ensembles()]

    def ensembles(self) -> list[Ensemble]:
        """Return the ensembles, each with a seed of its own, so that networks of different gains are independent."""
        places = [
            {"activation": name, "gain": round(factor * line(name), 3), "depth": depth, "bias": bias}
            for name in SLOPES
            for factor in self.factors
            if factor <= _LIMIT[name]
            for depth in self.depths
            for bias in self.biases
        ]
        shared: Any = {"width": self.width, "law": "normal", "bits": BITS}
        return [Ensemble(**place, **shared, seed=SEED + number) for number, place in enumerate(places)]


def line(activation: str) -> float:
    """Return the gain up to which equal multipliers do as the width grows."""
    return 1 / (sqrt(2) * SLOPES[activation])


_QUICK = (
    Part(width=4, depths=(1,), biases=(0.3,), factors=(1.06, 1.25, 1.42, 1.8, 2.8), networks=6),
    Part(width=8, depths=(1,), biases=(0.3,), factors=(1.25, 1.42), networks=2),
    Part(width=16, depths=(1, 3), biases=(0.3,), factors=(1.06, 1.25, 1.42, 2.3), networks=6),
)
_FULL = (
    *(Part(width=width, depths=(1, 3), biases=(0.0, 0.3, 1.0), factors=_FACTORS, networks=10) for width in (4, 16)),
    Part(width=8, depths=(1,), biases=(0.0, 0.3, 1.0), factors=_FACTORS, networks=6),
    Part(width=64, depths=(1, 3), biases=(0.3,), factors=_FACTORS, networks=5),
)


def measure_gap(plan: Plan) -> Finding:
    """
    Measure for how many networks beyond the line of the multipliers one fixed point is proved, and by what.

    EMPIRICAL if in each width it is proved for some networks by better multipliers than equal ones, which did not do; else
    NOT REPRODUCED.
    """
    parts = _QUICK if plan.is_quick else _FULL
    items = [item for part in parts for item in part.items()]
    rows = sweep(examine, items, folder=plan.folder, workers=plan.workers, progress=plan.progress)
    cells = [Cell(ensemble=Ensemble(**item["ensemble"]), **row) for item, row in zip(items, rows, strict=True)]
    return conclude(cells, parts, quick=plan.is_quick)


# ---------------------------------------------------------------------------------- one ensemble


def examine(item: Mapping[str, Any]) -> dict[str, Any]:
    """
    Search and prove, for the networks `first`, ..., `last` - 1 of an ensemble; the work of a sweep.

    Returns:
        {"unique": [...], "methods": [...]}, as the fields of `Cell`.

    Raises:
        SoundnessError: if a network was proved to have one fixed point, and the search found several, or a cycle where all
            orbits were proved to converge.
    """
    ensemble = Ensemble(**item["ensemble"])
    numbers = range(item["first"], item["last"])
    found, methods = count_piece(item)["networks"], [method_of(ensemble, k) for k in numbers]
    for k, row, method in zip(numbers, found, methods, strict=True):
        if method in _WORDS and is_contradicted(method, row):
            raise SoundnessError(f"network {k} of {ensemble} was proved to have one fixed point; a search found {row}")
    return {"unique": [row["basins"] == [item["starts"]] for row in found], "methods": methods}


def method_of(ensemble: Ensemble, number: int) -> str:
    """Return the first of `METHODS` that proves one fixed point, "counted", "several" if more are counted, or ""."""
    method = proved_unique(ensemble.network(number), METHODS)
    if method is not None or ensemble.width > _NARROW:
        return method or ""
    result = count(ensemble, number, _BOXES)
    if not result.success:
        return ""
    return "counted" if result.count == 1 else "several"


# ---------------------------------------------------------------------------------- words


@dataclass(frozen=True, kw_only=True)
class Cell:
    """
    One ensemble.

    Fields:
        ensemble: which.
        unique: for each network, whether all starts ended in one fixed point.
        methods: for each network, how one fixed point was proved, as `method_of` says.
    """

    ensemble: Ensemble
    unique: Sequence[bool]
    methods: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The networks of some cells."""

    cells: Sequence[Cell]

    @property
    def pairs(self) -> list[tuple[bool, str]]:
        return [pair for cell in self.cells for pair in zip(cell.unique, cell.methods, strict=True)]

    def by(self, *methods: str) -> Estimate:
        """Return the share that one of the *methods* proved, with Wilson's interval."""
        return proportion_interval(sum(method in methods for _, method in self.pairs), len(self.pairs))

    @property
    def unique(self) -> Estimate:
        return proportion_interval(sum(unique for unique, _ in self.pairs), len(self.pairs))

    @property
    def open(self) -> int:
        """How many networks were seen to have one fixed point, and neither that nor several is proved."""
        return sum(unique and not method for unique, method in self.pairs)


def conclude(cells: Sequence[Cell], parts: Sequence[Part], *, quick: bool) -> Finding:
    """Return the finding of all cells; EMPIRICAL only if better multipliers than equal ones did for some of each width."""
    widths = _grouped(cells, lambda cell: cell.ensemble.width)
    better = all(mine.by("optimised", "absorbing").value > 0 for mine in widths)
    return Finding(
        evidence=Evidence.EMPIRICAL if better else Evidence.NOT_REPRODUCED,
        sentence="Shares of the networks beyond the line of the multipliers. "
        + " ".join(_sentence(mine) for mine in _grouped(cells, _width)),
        regime="Gaussian weights of the scale gain / sqrt N and biases, gains from the line of the multipliers, "
        f"{line('tanh'):.3g} for tanh and {line('sigmoid'):.3g} for the sigmoid, on; {'; '.join(map(_regime, parts))}",
        samples=f"{', '.join(f'{part.networks} networks of N = {part.width}' for part in parts)} for each gain, depth and "
        f"scale of the biases, {parts[0].starts} uniform starts each, T = {_STEPS} steps and as many again; every proof is "
        "a certificate that the kernel read back from disk, and may be of a fixed point that does not attract; Wilson "
        "intervals of 95 %",
        seed=SEED,
        left_out=_left_out() if quick else "",
        columns=("networks", "number", "one seen", "proved", *_WORDS, "several proved", "open"),
        rows=[_row(mine) for mine in _grouped(cells, _gain)],
        data={"cells": [_data(cell) for cell in cells], "lines": {name: line(name) for name in SLOPES}},
    )


def _width(cell: Cell) -> tuple[str, int]:
    return cell.ensemble.activation, cell.ensemble.width


def _gain(cell: Cell) -> tuple[Any, ...]:
    return *_width(cell), cell.ensemble.depth, cell.ensemble.gain


def _grouped(cells: Sequence[Cell], key: Any) -> list[Sample]:
    """Return the cells of each value of *key*, in its order."""
    return [Sample(cells=[cell for cell in cells if key(cell) == value]) for value in sorted({*map(key, cells)})]


def _sentence(mine: Sample) -> str:
    name, width = _width(mine.cells[0])
    more = f", in {mine.by(*_WORDS)} with counting" if width <= _NARROW else ""
    return (
        f"{name}, N = {width}: one fixed point seen in {mine.unique}, proved in {mine.by('equal')} by equal multipliers, "
        f"in {mine.by('equal', 'optimised')} by the best ones, in {mine.by(*METHODS)} with a smaller box or contraction"
        f"{more}; {_reach(mine)}."
    )


def _reach(mine: Sample) -> str:
    """Say up to which gain all networks that were seen to have one fixed point are proved to, and where it is open."""
    groups = _grouped(mine.cells, lambda cell: cell.ensemble.gain)
    open_at = [group.cells[0].ensemble.gain for group in groups if group.open]
    if not open_at:
        return "none of those seen is open"
    return f"{sum(group.open for group in groups)} of those seen are open, at gains from {min(open_at):.3g} on"


def _regime(part: Part) -> str:
    lists = [", ".join(f"{x:g}" for x in values) for values in (part.depths, part.biases)]
    return f"N = {part.width}: L = {lists[0]}, biases of the scales {lists[1]}"


def _row(mine: Sample) -> tuple[str, ...]:
    name, width, depth, gain = _gain(mine.cells[0])
    counts = [str(sum(method == word for _, method in mine.pairs)) for word in (*_WORDS, "several")]
    place = f"{name}, N = {width}, L = {depth}, gain {gain:.3g}"
    return place, str(len(mine.pairs)), str(mine.unique), str(mine.by(*_WORDS)), *counts, str(mine.open)


def _data(cell: Cell) -> dict[str, Any]:
    one, networks = cell.ensemble, len(cell.unique)
    place = {"activation": one.activation, "width": one.width, "depth": one.depth, "gain": one.gain, "bias": one.bias}
    shares = {word: cell.methods.count(word) / networks for word in (*_WORDS, "several")}
    return {**place, "unique": sum(cell.unique) / networks, "methods": shares}


def _left_out() -> str:
    parts = "; ".join(f"{_regime(part)} ({part.networks} networks for each gain)" for part in _FULL)
    return f"the full profile has {len(_FACTORS)} gains and {parts}"
