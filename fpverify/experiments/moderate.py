"""
Untrained Cauchy networks of moderate gain: of those that seem to have one fixed point, how many are proved to.

Few large weights dominate each row of a Cauchy matrix, so that little is lost by taking sizes: weighted sup norms, on a box
that all orbits enter, do what products of 2-norms do not.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

from fpverify._finding import Evidence, Finding, Plan
from fpverify.ensembles import Ensemble
from fpverify.experiments.regime import Cell, examine
from fpverify.experiments.sweep import sweep
from fpverify.numeric.bootstrap import Estimate, proportion_interval

SEED = 7
BITS = 24
_STEPS = 300


@dataclass(frozen=True, kw_only=True)
class Grid:
    """
    Fields:
        laws: activation, gain and scale of the Cauchy biases.
        shapes: N and L.
        networks, starts: for each law and shape.
    """

    laws: tuple[tuple[str, float, float], ...]
    shapes: tuple[tuple[int, int], ...]
    networks: int
    starts: int

    def ensembles(self) -> list[Ensemble]:
        return [
            Ensemble(
                activation=activation,
                width=width,
                depth=depth,
                law="cauchy",
                gain=gain,
                bias_law="cauchy",
                bias=bias,
                seed=SEED,
                bits=BITS,
            )
            for (activation, gain, bias), (width, depth) in product(self.laws, self.shapes)
        ]


_LAWS = (("tanh", 0.03, 1.0), ("tanh", 0.1, 1.0), ("tanh", 0.3, 1.0), ("sigmoid", 0.3, 1.0), ("sigmoid", 1.0, 1.0))
_QUICK = Grid(laws=_LAWS[1:], shapes=((10, 1), (30, 3)), networks=8, starts=30)
_FULL = Grid(
    laws=_LAWS, shapes=((10, 1), (10, 5), (30, 1), (30, 3), (30, 10), (100, 1), (100, 5)), networks=10, starts=40
)


def measure_moderate(plan: Plan) -> Finding:
    """
    Search and prove, for Cauchy networks of moderate gain.

    EMPIRICAL if, of the networks whose starts all ended in one fixed point, more than nine in ten are proved to have one.
    """
    grid = _QUICK if plan.is_quick else _FULL
    items = [_item(ensemble, grid) for ensemble in grid.ensembles()]
    rows = sweep(examine, items, folder=plan.folder, workers=plan.workers, progress=plan.progress)
    cells = [Cell(ensemble=Ensemble(**item["ensemble"]), **row) for item, row in zip(items, rows, strict=True)]
    return conclude(cells, grid, quick=plan.is_quick)


def _item(ensemble: Ensemble, grid: Grid) -> dict[str, Any]:
    whole = {"first": 0, "last": grid.networks, "starts": grid.starts, "steps": _STEPS, "device": "cpu"}
    return {"ensemble": asdict(ensemble), **whole}


def conclude(cells: Sequence[Cell], grid: Grid, *, quick: bool) -> Finding:
    """Return the finding of the cells."""
    pairs = [pair for cell in cells for pair in zip(cell.unique, cell.methods, strict=True)]
    seen = [method for unique, method in pairs if unique]
    share = proportion_interval(sum(map(bool, seen)), len(seen)) if seen else None
    norms = sum(method == "norms" for _, method in pairs)
    return Finding(
        evidence=Evidence.EMPIRICAL if share is not None and share.value > 0.9 else Evidence.NOT_REPRODUCED,
        sentence=f"Of {len(pairs)} networks {len(seen)} seemed to have exactly one fixed point"
        + ("" if share is None else f"; of these the share {share} is proved to have exactly one in all of R^N")
        + f". Products of 2-norms do for {norms} networks.",
        regime="untrained networks, Cauchy weights of the scale gain / N, Cauchy biases: "
        + "; ".join(f"{name} with gain {gain:g}, biases of scale {bias:g}" for name, gain, bias in grid.laws)
        + f"; (N, L) = {', '.join(map(str, grid.shapes))}",
        samples=f"{grid.networks} networks for each, {grid.starts} uniform starts each, T = {_STEPS} steps and as many "
        "again; each proof is a certificate that the kernel read back from disk; Wilson intervals of 95 %",
        seed=SEED,
        left_out="the full profile has 10 networks for each, a smaller gain, and (N, L) up to (100, 5)"
        if quick
        else "",
        columns=("networks", "one fixed point seen", "proved", "norms", "contraction", "multipliers"),
        rows=[_row(cell) for cell in cells],
    )


def _row(cell: Cell) -> tuple[str, ...]:
    one, size = cell.ensemble, len(cell.unique)
    name = f"{one.activation}, gain {one.gain:g}, N = {one.width}, L = {one.depth}"
    multipliers = sum(method.endswith("multipliers") for method in cell.methods)
    counts = (cell.methods.count("norms"), cell.methods.count("contraction"), multipliers)
    return (name, str(_share(sum(cell.unique), size)), str(_share(cell.proved, size)), *map(str, counts))


def _share(successes: int, size: int) -> Estimate:
    return proportion_interval(successes, size)
