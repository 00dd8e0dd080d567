"""Propose the cells of a count by products: where x - g(w x + n) may vanish, for all n that the other coordinates allow."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from fpverify._goal import CountProducts
from fpverify.kernel.activations import Function
from fpverify.kernel.backend import Backend
from fpverify.kernel.box import Box
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.exact import exact, text
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import BoxRegion, Region, WholeSpace
from fpverify.kernel.rules._products import ATTRACTING, OPEN, UNSTABLE
from fpverify.kernel.rules.count_structured import Coordinates, Interval, Piece, cell_pieces, is_of_type
from fpverify.search._proposer import Proposer, backend_of, obligation

_STAGES = 8
_WORTH = Fraction(19, 20)
"""A stage is kept if the range of some input is shorter than this share of what it was."""

_PIECES = (4_000, 500)
"""Budget of pieces: for all, and for each coordinate more."""


def propose(network: Network, region: Region, goal: CountProducts) -> Sequence[Obligation]:
    """Return the one obligation of count_structured."""
    layer = network.looped_layer()
    if layer is None or not isinstance(region, (BoxRegion, WholeSpace)) or region.dimension != network.state_size:
        raise MisuseError("CountProducts needs a looped layer g(W x + b), and a box or R^d of its dimension")
    backend, g, rows = backend_of(goal), layer[1].function, Coordinates.of(layer[0])
    sides = _sides(region, g)
    stages: list[list[Interval]] = []
    if goal.cells is None:
        cells, stages = _found(rows, sides, g, goal, backend)
    else:
        cells = _given(goal.cells, network.state_size)
    typed = _with_types(rows, cells, g, backend)
    most = min(1_000_000, _PIECES[0] + _PIECES[1] * network.state_size) if goal.pieces is None else goal.pieces
    witness: dict[str, Any] = {"cells": typed, "stages": [_texts(stage) for stage in stages], "pieces": most}
    if isinstance(region, WholeSpace):
        witness["box"] = _texts(sides)
    return [obligation(network, region, goal, witness)]


def _sides(region: BoxRegion | WholeSpace, g: Function) -> list[Interval]:
    if isinstance(region, BoxRegion):
        return list(zip(region.lo, region.hi, strict=True))
    span = g.values.everywhere()
    if span is None:
        raise MisuseError(
            "all fixed points in R^d are in a box that is known only for a bounded activation: give a box"
        )
    return [span] * region.dimension


def _given(cells: Sequence[Any], size: int) -> list[list[Interval]]:
    """Read the cells of the goal: pairs for all coordinates, or a list of pairs for each."""
    one_for_all = isinstance(cells[0][0], (str, int, Fraction))
    rows = [cells] * size if one_for_all else cells
    return [[(exact(low), exact(high)) for low, high in row] for row in rows]


def _found(
    rows: Coordinates, sides: list[Interval], g: Function, goal: CountProducts, backend: Backend
) -> tuple[list[list[Interval]], list[list[Interval]]]:
    """Return cells, and stages that shrink the box to their hull as long as that helps."""
    stages: list[list[Interval]] = []
    inputs = rows.inputs(sides)
    while True:
        keys = list(zip(sides, rows.own, inputs, strict=True))
        known = {key: _cells(*key, g, goal.grid, backend) for key in dict.fromkeys(keys)}
        cells = [known[key] for key in keys]
        hulls = [(row[0][0], row[-1][1]) for row in cells]
        finer = rows.inputs(hulls)
        worth = any(_length(after) < _WORTH * _length(before) for after, before in zip(finer, inputs, strict=True))
        if len(stages) == _STAGES or not worth:
            return cells, stages
        stages.append(hulls)
        sides, inputs = hulls, finer


def _length(interval: Interval) -> Fraction:
    return interval[1] - interval[0]


def _cells(side: Interval, own: Interval, others: Interval, g: Function, grid: int, backend: Backend) -> list[Interval]:
    """Return the parts of one side where x - g(w x + n) may vanish, each enlarged by a step of the grid on both ends."""
    step = _length(side) / grid
    places = [side[0] + i * step for i in range(grid + 1)]
    inner = [Piece(place, place, own, others).inner() for place in places]
    image = g.values.range(Box.from_exact([low for low, _ in inner], [high for _, high in inner], backend))
    ends = zip(places, image.lower(), image.upper(), strict=True)
    signs = [int(low > place) - int(high < place) for place, low, high in ends]
    cells: list[Interval] = []
    start = 0
    for i in range(1, grid + 1):
        if signs[i] != 0 or i == grid:
            if signs[start] != signs[i] or i - start > 1:
                cells.append((places[max(0, start - 1)], places[min(grid, i + 1)]))
            start = i
    return _apart(cells) or [side]


def _apart(cells: Sequence[Interval]) -> list[Interval]:
    """Return the cells with those that meet joined."""
    joined: list[Interval] = []
    for low, high in cells:
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], high)
        else:
            joined.append((low, high))
    return joined


def _with_types(rows: Coordinates, cells: list[list[Interval]], g: Function, backend: Backend) -> list[Any]:
    """Return the cells as they stand in a witness, each with a type that holds."""
    plain = [[(cell, OPEN) for cell in row] for row in cells]
    pieces = cell_pieces(rows, plain)
    inner = [piece.inner() for piece in pieces]
    slopes = g.slopes.range(Box.from_exact([low for low, _ in inner], [high for _, high in inner], backend))
    ranges = zip(pieces, slopes.lower(), slopes.upper(), strict=True)
    types = {piece: _type(piece, (low, high), g) for piece, low, high in ranges}
    inputs = rows.inputs([(row[0][0], row[-1][1]) for row in cells])
    known = zip(rows.own, inputs, rows.reaches(), cells, strict=True)
    return [
        [[text(low), text(high), types[Piece(low, high, own, n, reach, OPEN)]] for low, high in row]
        for own, n, reach, row in known
    ]


def _type(piece: Piece, slope: Interval, g: Function) -> str:
    return next((kind for kind in (ATTRACTING, UNSTABLE) if is_of_type(piece, slope, kind, g.smooth)), OPEN)


def _texts(sides: Sequence[Interval]) -> list[list[str]]:
    return [[text(low), text(high)] for low, high in sides]


PROPOSER = Proposer(name="count_structured", propose=propose)
