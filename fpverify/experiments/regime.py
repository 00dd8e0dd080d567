"""
Uniqueness of Gaussian networks, proved and observed: a map over the gain, the scale of the biases and the depth.

Lines of the map, for width N -> oo: the product of norms proves up to |W|_2 = 2 gain = 1 / slope (Bai and Yin); equal
multipliers up to the largest eigenvalue of the symmetric part, sqrt 2 gain = 1 / slope; chi = 1 parts order from chaos.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from math import sqrt
from typing import Any

from fpverify._finding import Evidence, Finding, Plan
from fpverify.ensembles import Ensemble
from fpverify.experiments.census import count_piece
from fpverify.experiments.proofs import METHODS, is_contradicted, proved_unique
from fpverify.experiments.sweep import sweep
from fpverify.kernel.errors import SoundnessError
from fpverify.numeric.bootstrap import Estimate, proportion_interval

SEED = 11
BITS = 24
SLOPES = {"tanh": 1.0, "sigmoid": 0.25}
"""The largest slope of each activation of the map."""

_STEPS = 250
_GAINS = {
    "tanh": (0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 1.0, 1.25, 1.6, 2.0),
    "sigmoid": (1.0, 1.8, 2.2, 2.6, 3.0, 4.0, 6.0, 9.0, 12.0, 16.0),
}


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Which gains (see `_GAINS`), scales of the biases and depths; how wide; how many networks and starts for each."""

    biases: tuple[float, ...]
    depths: tuple[int, ...]
    width: int
    networks: int
    starts: int

    def ensembles(self, activation: str) -> list[Ensemble]:
        """Return the ensembles of the map, in the order depth, bias, gain."""
        return [
            Ensemble(
                activation=activation,
                width=self.width,
                depth=depth,
                law="normal",
                gain=gain,
                bias=bias,
                seed=SEED,
                bits=BITS,
            )
            for depth, bias, gain in product(self.depths, self.biases, _GAINS[activation])
        ]


_QUICK = Grid(biases=(0.0, 0.3, 1.0), depths=(1, 3), width=16, networks=4, starts=24)
_FULL = Grid(biases=(0.0, 0.3, 1.0), depths=(1, 3, 10), width=30, networks=10, starts=40)


_USUAL = (("tanh", 0.5, 0.0), ("tanh", 1.0, 1.0), ("sigmoid", 1.0, 0.3), ("sigmoid", 4.0, 0.3))
"""Activation, gain and scale of the biases of usual initialisations."""
_SHAPES = ((20, 1), (20, 5), (100, 5), (20, 20), (100, 1), (100, 20))


@dataclass(frozen=True, kw_only=True)
class Cell:
    """
    One ensemble of the map.

    Fields:
        ensemble: which.
        unique: for each network, whether all starts ended in one fixed point.
        methods: for each network, how uniqueness was proved; empty where it was not.
    """

    ensemble: Ensemble
    unique: Sequence[bool]
    methods: Sequence[str]

    @property
    def proved(self) -> int:
        return sum(bool(method) for method in self.methods)


def measure_regime(plan: Plan) -> Finding:
    """
    Map the share of Gaussian networks with one fixed point, observed and proved.

    NOT REPRODUCED for "whatever the gain" if, above the line chi = 1, some network was seen without it.
    """
    grid = _QUICK if plan.is_quick else _FULL
    items = [
        item for activation in SLOPES for ensemble in grid.ensembles(activation) for item in _items(ensemble, grid)
    ]
    rows = sweep(examine, items, folder=plan.folder, workers=plan.workers, progress=plan.progress)
    cells = [Cell(ensemble=Ensemble(**item["ensemble"]), **row) for item, row in zip(items, rows, strict=True)]
    return conclude(cells, grid, quick=plan.is_quick)


def measure_ordered(plan: Plan) -> Finding:
    """
    Count the fixed points of Gaussian networks as they are usually initialised.

    EMPIRICAL if, for each setting, the interval for the share of networks whose starts all end in one reaches to 1.
    """
    shapes = (
        ((20, 1), (20, 5), (100, 5)) if plan.is_quick else ((20, 1), (20, 5), (20, 20), (100, 1), (100, 5), (100, 20))
    )
    networks, starts = (10, 40) if plan.is_quick else (50, 100)
    grid = Grid(biases=(), depths=(), width=0, networks=networks, starts=starts)
    items = [
        item
        for (activation, gain, bias), (width, depth) in product(_USUAL, shapes)
        for item in _items(_usual(activation, gain, bias, width=width, depth=depth), grid)
    ]
    rows = sweep(count_piece, items, folder=plan.folder, workers=plan.workers, progress=plan.progress)
    shares = [proportion_interval(sum(r["basins"] == [starts] for r in row["networks"]), networks) for row in rows]
    ensembles = [Ensemble(**item["ensemble"]) for item in items]
    return Finding(
        evidence=Evidence.EMPIRICAL if all(share.high >= 1 for share in shares) else Evidence.NOT_REPRODUCED,
        sentence=f"All starts of a network ended in one fixed point in these shares of the networks, over "
        f"{len(shares)} "
        f"settings: least {min(shares, key=_value)}, largest {max(shares, key=_value)}.",
        regime="Gaussian weights and biases: tanh with gain 0.5 and no biases, and with gain 1 and biases of scale "
        "1; sigmoid "
        f"with gains 1 and 4 and biases of scale 0.3; (N, L) = {', '.join(map(str, shapes))}",
        samples=f"{networks} networks for each setting, {starts} uniform starts each, T = {_STEPS} steps and as "
        f"many again; "
        "Wilson intervals of 95 %",
        seed=SEED,
        left_out="the full profile has 50 networks for each setting, 100 starts, and (N, L) up to (100, 20)"
        if plan.is_quick
        else "",
        columns=("activation", "gain", "scale of the biases", "N", "L", "share with one fixed point"),
        rows=[
            (e.activation, f"{e.gain:g}", f"{e.bias:g}", str(e.width), str(e.depth), str(share))
            for e, share in zip(ensembles, shares, strict=True)
        ],
        data={"shares": [asdict(share) for share in shares]},
    )


def _value(share: Estimate) -> float:
    return share.value


def _usual(activation: str, gain: float, bias: float, *, width: int, depth: int) -> Ensemble:
    return Ensemble(activation=activation, width=width, depth=depth, law="normal", gain=gain, bias=bias, seed=SEED)


def _items(ensemble: Ensemble, grid: Grid) -> list[dict[str, Any]]:
    whole = {"first": 0, "last": grid.networks, "starts": grid.starts, "steps": _STEPS, "device": "cpu"}
    return [{"ensemble": asdict(ensemble), **whole}]


def examine(item: Mapping[str, Any]) -> dict[str, Any]:
    """
    Search and prove, for the networks `first`, ..., `last` - 1 of an ensemble; the work of a sweep.

    Returns:
        {"unique": [...], "methods": [...]}, as the fields of `Cell`.

    Raises:
        SoundnessError: if a network was proved to have one fixed point, and the search found two, or a cycle where all
            orbits were proved to converge.
    """
    ensemble = Ensemble(**item["ensemble"])
    found = count_piece(item)["networks"]
    methods = [proved_unique(ensemble.network(k)) or "" for k in range(item["first"], item["last"])]
    for k, (row, method) in enumerate(zip(found, methods, strict=True), start=item["first"]):
        if method and is_contradicted(method, row):
            raise SoundnessError(f"network {k} of {ensemble} was proved to have one fixed point; a search found {row}")
    return {"unique": [row["basins"] == [item["starts"]] for row in found], "methods": methods}


# ---------------------------------------------------------------------------------- words


@dataclass(frozen=True, kw_only=True)
class Band:
    """Cells between two lines of the map."""

    words: str
    cells: Sequence[Cell]

    @property
    def networks(self) -> int:
        return sum(len(cell.unique) for cell in self.cells)

    @property
    def unique(self) -> Estimate:
        return proportion_interval(sum(sum(cell.unique) for cell in self.cells), self.networks)

    @property
    def proved(self) -> Estimate:
        return proportion_interval(sum(cell.proved for cell in self.cells), self.networks)

    def by(self, *methods: str) -> int:
        return sum(method in methods for cell in self.cells for method in cell.methods)


def bands(cells: Sequence[Cell]) -> list[Band]:
    """Return the cells of one activation between the lines; the lines for infinite width."""
    from fpverify.numeric.spectral.mean_field import critical_gain

    activation = cells[0].ensemble.activation
    slope = SLOPES[activation]
    norms, multipliers = 1 / (2 * slope), 1 / (sqrt(2) * slope)
    critical = {bias: float(critical_gain(activation, bias)) for bias in {cell.ensemble.bias for cell in cells}}
    sides = {
        f"gain < {norms:.3g}, where norms do": lambda g, line: g < norms,
        f"{norms:.3g} <= gain < {multipliers:.3g}, where multipliers do": lambda g, line: norms <= g < multipliers,
        f"{multipliers:.3g} <= gain, chi < 1": lambda g, line: multipliers <= g < line,
        "chi >= 1": lambda g, line: g >= max(multipliers, line),
    }
    return [
        Band(words=words, cells=[cell for cell in cells if side(cell.ensemble.gain, critical[cell.ensemble.bias])])
        for words, side in sides.items()
    ]


def conclude(cells: Sequence[Cell], grid: Grid, *, quick: bool) -> Finding:
    """Return the finding of a map; EMPIRICAL only if every network above chi = 1, too, seemed to have one fixed point."""
    found = {name: bands([c for c in cells if c.ensemble.activation == name]) for name in SLOPES}
    chaotic = [band for name in SLOPES for band in found[name][3:]]
    always = all(all(cell.unique) for band in chaotic for cell in band.cells)
    return Finding(
        evidence=Evidence.EMPIRICAL if always else Evidence.NOT_REPRODUCED,
        sentence=" ".join(_sentence(name, found[name]) for name in SLOPES),
        regime=f"Gaussian weights of the scale gain / sqrt N and biases, N = {grid.width}, L = "
        f"{', '.join(map(str, grid.depths))}, biases of the scales {', '.join(map(str, grid.biases))}",
        samples=f"{grid.networks} networks for each of {len(cells)} cells, {grid.starts} uniform starts each, T = "
        f"{_STEPS} "
        "steps and as many again; each proof is a certificate that the kernel read back from disk; Wilson "
        "intervals, 95 %",
        seed=SEED,
        left_out=_left_out() if quick else "",
        columns=("networks", "number", "one fixed point seen", "proved", "norms", "contraction", "multipliers"),
        rows=[_row(name, band) for name in SLOPES for band in found[name] if band.cells],
        data={"cells": [_data(cell) for cell in cells], "lines": {name: _lines(name, grid) for name in SLOPES}},
    )


def _sentence(name: str, found: Sequence[Band]) -> str:
    parts = [f"{band.words}: seen in {band.unique} and proved for {band.proved}" for band in found if band.cells]
    beyond = sum(band.by("multipliers", "best multipliers") for band in found[1:])
    return (
        f"{name}, share of networks with exactly one fixed point; {'; '.join(parts)}. {beyond} of the proofs beyond the "
        "line of the norms are by multipliers, where no norm was found to contract."
    )


def _row(name: str, band: Band) -> tuple[str, ...]:
    first = f"{name}: {band.words}"
    counts = (band.by("norms"), band.by("contraction"), band.by("multipliers", "best multipliers"))
    return (first, str(band.networks), str(band.unique), str(band.proved), *map(str, counts))


def _data(cell: Cell) -> dict[str, Any]:
    one, networks = cell.ensemble, len(cell.unique)
    place = {"activation": one.activation, "gain": one.gain, "bias": one.bias, "depth": one.depth}
    shares = {name: cell.methods.count(name) / networks for name in METHODS}
    return {**place, "unique": sum(cell.unique) / networks, "proved": cell.proved / networks, "methods": shares}


def _lines(name: str, grid: Grid) -> dict[str, Any]:
    """Return the lines of the map: gains, the last for each scale of the biases."""
    from fpverify.numeric.spectral.mean_field import critical_gain

    slope = SLOPES[name]
    steps = [i * max(grid.biases) / 20 for i in range(21)]
    critical = [[bias, float(critical_gain(name, bias))] for bias in steps]
    return {"norms": 1 / (2 * slope), "multipliers": 1 / (sqrt(2) * slope), "critical": critical}


def _left_out() -> str:
    return (
        f"the full profile has {_FULL.networks} networks of N = {_FULL.width} for each cell, the depths "
        f"{', '.join(map(str, _FULL.depths))} and the scales {', '.join(map(str, _FULL.biases))} of the biases"
    )
