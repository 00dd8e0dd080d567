"""
Structured counting: prod_j n_j fixed points, and no other, from O(sum_j n_j) scalar checks.

Lemma. Let f(x) = g(W x + b) with W in [W], b in [b]; B = prod_j B_j a box; for each coordinate j let C_{j,1}, ...,
C_{j,n_j} be intervals, the cells, and B = B^0, B^1, ..., B^m boxes, the stages, each inside the one before. For intervals
X_k put N_j(X) = sum_{k != j} [W_jk] X_k + [b_j], and r_j = max sum_{k != j} |W_jk|. Let
    (1) f be a looped layer, g continuous, and B a box of the state space;
    (2) D = B; or D = R^d, and every value of g lie in B;
    (3) the cells of each coordinate be pairwise disjoint and lie in the last stage;
    (4) no x_j in E be equal to g(w x_j + n) for w in [W_jj] and n in N_j(B^i), for every j and
            every part E of B^i_j outside of B^(i+1)_j, for i < m, and
            every part E of B^m_j outside of its cells, for i = m;
    (5) x_j - g(w x_j + n) have strictly opposite signs at the two ends of each C_{j,i}, for all w in [W_jj], n in N_j(H), H
        the product of the hulls of the cells;
    (6) |1 - s w| > |s| r_j with one sign of 1 - s w, for all slopes s of g on Z = [W_jj] C_{j,i} + N_j(H) and w in [W_jj];
    (7) each cell be of the stated type, for all such s and w:
            attracting: |s| (|w| + r_j) < 1;
            unstable: g is continuously differentiable, and s w - |s| r_j > 1 or s w + |s| r_j < -1;
            open: nothing.
Then f has exactly prod_j n_j fixed points in D, one in each product of cells. A product of attracting cells attracts: f
is a contraction near its fixed point, in the sup norm. If no cell is open and f is differentiable, its derivative at a fixed
point has as many eigenvalues outside of the unit circle as there are unstable cells in its product, all others inside.

Proof. Fix W and b. A fixed point x in B^i has x_j = g(W_jj x_j + n) with n in N_j(B^i): by (4), for all j at once, it
lies in B^(i+1), and one in B^m lies in a product of cells. (N_j must be that of the stage: with the hulls of cells, a
fixed point with two coordinates outside of them could escape every check.) By (2) there is none in D outside of B, since
x = f(x) is a value of g. Now let P be a product of cells; P lies in H. There is a fixed point in P, by (5) and Miranda's
theorem. There is only one: for x, y in P, x_j - f_j(x) - y_j + f_j(y) = (x_j - y_j) - s_j (W (x - y))_j with a slope s_j
of g on Z; by (6) this matrix I - diag(s) W is strictly row dominant, hence regular. Stability: if P has attracting cells
only, then |f(x) - f(y)| <= K |x - y| on P for some K < 1, and the fixed point is interior, by (5). Row j of Df(p) =
diag(s) W has a Gershgorin disc around s_j W_jj of radius at most |s_j| r_j: inside of the unit circle for attracting
cells, right of 1 or left of -1 for unstable ones. The discs of the two kinds do not meet, so each union holds as many
eigenvalues as discs.

What is checked is exact but for the ranges of g and of its slope. (6), (7): |s| (.) + s w is convex in s and linear in w,
so that its extremes are at the ends. The parts E are bisected here, within a budget of pieces that the witness names.

Source: Miranda's theorem: A. Neumaier, Interval Methods for Systems of Equations, Theorem 5.3.7; Gershgorin's: R. Varga,
Gersgorin and His Circles, Theorem 1.6.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from fpverify.kernel.activations import Function
from fpverify.kernel.backend import Backend
from fpverify.kernel.box import Box
from fpverify.kernel.claim import Claim
from fpverify.kernel.errors import FormatError
from fpverify.kernel.exact import decimal_text, exact, text
from fpverify.kernel.layers.affine import Affine
from fpverify.kernel.matrix import Tensor
from fpverify.kernel.obligation import Ledger, Obligation, Rule
from fpverify.kernel.region import BoxRegion, WholeSpace
from fpverify.kernel.rules._products import ATTRACTING, OPEN, product_count
from fpverify.kernel.rules._tree import read_box
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "f is a looped layer g(W x + b) with g continuous, and B is a box of the state space",
    "D is B, or it is R^d and every value of g lies in B",
    "the cells of each coordinate are pairwise disjoint and lie in the last stage",
    "no fixed point in B has a coordinate outside of its cells",
    "x - f(x) has strictly opposite signs on opposite faces of each cell",
    "the diagonal dominates the row of I - S, for the slopes S on each cell",
    "each cell is of the stated type",
)
_MOST_PIECES = 1_000_000

Interval = tuple[Fraction, Fraction]


@dataclass(frozen=True, slots=True)
class Piece:
    """
    An interval of x_j, with what the other coordinates do there.

    Fields:
        low, high: x_j lies in [low, high].
        own, others: [W_jj] and N_j.
        reach: r_j.
        type: of a cell.
    """

    low: Fraction
    high: Fraction
    own: Interval
    others: Interval
    reach: Fraction = Fraction(0)
    type: str = OPEN

    def inner(self) -> Interval:
        """Return [W_jj] [low, high] + N_j, exactly."""
        low, high = times(self.own, (self.low, self.high))
        return low + self.others[0], high + self.others[1]

    def between(self, low: Fraction, high: Fraction) -> "Piece":
        return Piece(low, high, self.own, self.others)


@dataclass(frozen=True, slots=True)
class Coordinates:
    """
    A looped layer, row by row.

    Fields:
        own: [W_jj] for each j.
        others: for each j, the other entries of the row that are not 0, each with the columns where it stands.
        bias: [b_j].
    """

    own: tuple[Interval, ...]
    others: tuple[tuple[tuple[Interval, tuple[int, ...]], ...], ...]
    bias: tuple[Interval, ...]

    @classmethod
    def of(cls, affine: Affine) -> "Coordinates":
        weight, size = affine.weight, affine.size
        own = tuple((weight.lo[j * (size + 1)], weight.hi[j * (size + 1)]) for j in range(size))
        others = tuple(_others(weight, j, size) for j in range(size))
        return cls(own, others, tuple(zip(affine.bias.lo, affine.bias.hi, strict=True)))

    def inputs(self, hulls: Sequence[Interval]) -> list[Interval]:
        """Return N_j for each j, exactly."""
        return self._sums(self.bias, hulls)

    def reaches(self) -> list[Fraction]:
        """Return r_j for each j: the upper end of N_j, without the bias, for all x_k in [-1, 1]."""
        zero, unit = (Fraction(0), Fraction(0)), (Fraction(-1), Fraction(1))
        return [high for _, high in self._sums([zero] * len(self.own), [unit] * len(self.own))]

    def _sums(self, start: Sequence[Interval], hulls: Sequence[Interval]) -> list[Interval]:
        """Add [W_jk] X_k over all k != j; equal terms are taken once, with their number."""
        known: dict[Interval, int] = {}
        kinds = [known.setdefault(hull, len(known)) for hull in hulls]
        distinct, sums = [*known], list[Interval]()
        for bias, row in zip(start, self.others, strict=True):
            low, high = bias
            for weight, columns in row:
                for kind, number in Counter(map(kinds.__getitem__, columns)).items():
                    least, most = times(weight, distinct[kind])
                    low, high = low + number * least, high + number * most
            sums.append((low, high))
        return sums


def _others(weight: Tensor, row: int, size: int) -> tuple[tuple[Interval, tuple[int, ...]], ...]:
    """Return the entries of a row that are not 0 and not on the diagonal; those that share their ends are one."""
    low, high = (ends[row * size : (row + 1) * size] for ends in (weight.lo, weight.hi))
    columns: dict[tuple[int, int], list[int]] = {}
    for k, (a, b) in enumerate(zip(low, high, strict=True)):
        if k != row and (a is not b or a):
            columns.setdefault((id(a), id(b)), []).append(k)
    return tuple(((low[where[0]], high[where[0]]), tuple(where)) for where in columns.values())


def times(a: Interval, b: Interval) -> Interval:
    """Return the interval of all products."""
    products = [x * y for x in a for y in b]
    return min(products), max(products)


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    region, layer, backend = obligation.region, obligation.network.looped_layer(), obligation.backend
    ledger.require_scope(layer is not None, Reason.NOT_A_LOOPED_LAYER)
    ledger.require_scope(isinstance(region, (BoxRegion, WholeSpace)), Reason.WRONG_REGION)
    assert layer is not None
    g, box, cells = layer[1].function, _box(obligation), _cells(obligation)
    stages = [box, *(read_box(stage) for stage in obligation.items("stages"))]
    budget = obligation.integer("pieces", 1, _MOST_PIECES)
    fits = {stage.dimension for stage in [*stages, region]} == {obligation.network.state_size}
    ledger.settle_that(fits and g.continuous, Reason.NOT_CONTINUOUS)
    span = g.values.everywhere()
    within = region is box or (span is not None and max(box.lo) <= span[0] and span[1] <= min(box.hi))
    ledger.settle_that(within, Reason.SELF_MAP_UNCERTAIN)
    ledger.settle_that(_are_in_order(stages, cells), Reason.NOT_DISJOINT)
    rows = Coordinates.of(layer[0])
    left = first_left_over(gaps(rows, stages, cells), g, budget, backend)
    ledger.settle_that(left is None, Reason.NOT_EXCLUDED, left or "")
    pieces = cell_pieces(rows, cells)
    ledger.settle_that(_change_sign(pieces, g, backend), Reason.NO_SIGN_CHANGE)
    slopes = _pairs(g.slopes.range(_inner(pieces, backend)))
    dominant = all(dominates(p, slope) for p, slope in zip(pieces, slopes, strict=True))
    ledger.settle_that(dominant, Reason.UNIQUENESS_UNCERTAIN)
    typed = all(is_of_type(p, slope, p.type, g.smooth) for p, slope in zip(pieces, slopes, strict=True))
    ledger.settle_that(typed, Reason.STABILITY_UNCERTAIN if g.smooth else Reason.NOT_SMOOTH)


def _box(obligation: Obligation) -> BoxRegion:
    region = obligation.region
    return region if isinstance(region, BoxRegion) else read_box(obligation.items("box"))


def _cells(obligation: Obligation) -> list[list[tuple[Interval, str]]]:
    """Return the cells of each coordinate, in order, with their types."""
    given = obligation.items("cells")
    if len(given) != obligation.network.state_size or not all(isinstance(row, list) and row for row in given):
        raise FormatError("each coordinate has a list of cells, at least one")
    rows = [[_cell(cell) for cell in row] for row in given]
    return [sorted(row) for row in rows]


def _cell(data: object) -> tuple[Interval, str]:
    match data:
        case [low, high, ("attracting" | "unstable" | "open") as kind]:
            return (exact(low), exact(high)), kind
    raise FormatError(f'a cell is [low, high, "attracting", "unstable" or "open"]; got {data!r:.80}')


def _are_in_order(stages: Sequence[BoxRegion], cells: Sequence[Sequence[tuple[Interval, str]]]) -> bool:
    ends = [[end for cell, _ in row for end in cell] for row in cells]
    apart = all(low < high for row in ends for low, high in pairwise(row))
    corners = [*((stage.lo, stage.hi) for stage in stages[1:]), ([row[0] for row in ends], [row[-1] for row in ends])]
    inside = zip(stages, corners, strict=True)
    return apart and all(stage.contains(low) and stage.contains(high) for stage, (low, high) in inside)


def gaps(
    rows: Coordinates, stages: Sequence[BoxRegion], cells: Sequence[Sequence[tuple[Interval, str]]]
) -> list[Piece]:
    """Return the parts E of (4), each once."""
    kept = [[[side] for side in zip(stage.lo, stage.hi, strict=True)] for stage in stages]
    kept.append([[cell for cell, _ in row] for row in cells])
    found: dict[Piece, None] = {}
    for before, after in pairwise(kept):
        sides = [side for (side,) in before]
        for j, others in enumerate(rows.inputs(sides)):
            ends = [sides[j][0], *(end for interval in after[j] for end in interval), sides[j][1]]
            parts = zip(ends[::2], ends[1::2], strict=True)
            found |= {Piece(low, high, rows.own[j], others): None for low, high in parts if low < high}
    return [*found]


def cell_pieces(rows: Coordinates, cells: Sequence[Sequence[tuple[Interval, str]]]) -> list[Piece]:
    """Return the cells as pieces, with N_j of the hulls of the cells; each once."""
    inputs = rows.inputs([(row[0][0][0], row[-1][0][1]) for row in cells])
    known = zip(rows.own, inputs, rows.reaches(), cells, strict=True)
    return [*{Piece(*cell, own, n, reach, kind): None for own, n, reach, row in known for cell, kind in row}]


def first_left_over(parts: Iterable[Piece], g: Function, budget: int, backend: Backend) -> str | None:
    """Return None if g moves every point of the parts; else words for a piece that was open when the budget ended."""
    pieces = list(parts)
    while pieces:
        budget -= len(pieces)
        if budget < 0:
            low, high = (decimal_text(end, 9) for end in (pieces[0].low, pieces[0].high))
            return f"not excluded within the budget: a coordinate in [{low}, {high}]"
        images = _pairs(g.values.range(_inner(pieces, backend)))
        met = [p for p, (low, high) in zip(pieces, images, strict=True) if not (low > p.high or high < p.low)]
        middles = [(p.low + p.high) / 2 for p in met]
        halves = [(p.between(p.low, m), p.between(m, p.high)) for p, m in zip(met, middles, strict=True)]
        pieces = [half for pair in halves for half in pair]
    return None


def _inner(pieces: Sequence[Piece], backend: Backend) -> Box:
    inner = [piece.inner() for piece in pieces]
    return Box.from_exact([low for low, _ in inner], [high for _, high in inner], backend)


def _pairs(box: Box) -> list[Interval]:
    return list(zip(box.lower(), box.upper(), strict=True))


def _change_sign(cells: Sequence[Piece], g: Function, backend: Backend) -> bool:
    first = _signs([cell.between(cell.low, cell.low) for cell in cells], g, backend)
    last = _signs([cell.between(cell.high, cell.high) for cell in cells], g, backend)
    return all(a * b < 0 for a, b in zip(first, last, strict=True))


def _signs(points: Sequence[Piece], g: Function, backend: Backend) -> list[int]:
    """Return the certain sign of g(w x + n) - x for each point; 0 where it is not certain."""
    images = _pairs(g.values.range(_inner(points, backend)))
    return [int(low > p.low) - int(high < p.low) for p, (low, high) in zip(points, images, strict=True)]


def dominates(cell: Piece, slope: Interval) -> bool:
    """Decide (6) from the range of the slope."""
    ends = _ends(cell, slope)
    return all(s * w + abs(s) * cell.reach < 1 for s, w in ends) or _is_right(cell, slope)


def _is_right(cell: Piece, slope: Interval) -> bool:
    return all(s * w - abs(s) * cell.reach > 1 for s, w in _ends(cell, slope))


def is_of_type(cell: Piece, slope: Interval, kind: str, smooth: bool) -> bool:
    """Decide (7) from the range of the slope."""
    ends = _ends(cell, slope)
    if kind == ATTRACTING:
        return all(abs(s) * (abs(w) + cell.reach) < 1 for s, w in ends)
    is_left = all(s * w + abs(s) * cell.reach < -1 for s, w in ends)
    return kind == OPEN or (smooth and (is_left or _is_right(cell, slope)))


def _ends(cell: Piece, slope: Interval) -> list[Interval]:
    return [(s, w) for s in slope for w in cell.own]


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    cells = _cells(obligation)
    written = [[[text(low), text(high), kind] for (low, high), kind in row] for row in cells]
    return product_count(obligation, [[kind for _, kind in row] for row in cells], cells=written)


RULE = Rule(name="count_structured", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
