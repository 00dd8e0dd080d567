"""Goals: what a user asks to have proved. A goal is a request; the kernel states and decides the claim."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from fpverify.kernel.exact import Number
from fpverify.kernel.network import Network
from fpverify.kernel.region import Ball, BoxRegion, Region


@dataclass(frozen=True, kw_only=True)
class Goal:
    """
    Fields:
        precision: bits of the arithmetic that decides; 0 decides in exact rational arithmetic.
    """

    rule: ClassVar[str]
    precision: int = 128


@dataclass(frozen=True, kw_only=True)
class _Contraction(Goal):
    """
    Fields:
        norm: "sup", "one" or "two".
        weights: positive weights of the norm; None lets the search choose.
        rate: the contraction rate; None lets the search find one.
    """

    norm: str = "sup"
    weights: Sequence[Number] | None = None
    rate: Number | None = None


@dataclass(frozen=True, kw_only=True)
class Unique(_Contraction):
    """Exactly one fixed point in the region, attracting all of it: a box, a ball or all of R^d."""

    rule: ClassVar[str] = "banach"


@dataclass(frozen=True, kw_only=True)
class OneInEach(_Contraction):
    """Exactly one fixed point in each of the disjoint boxes of a cover."""

    rule: ClassVar[str] = "regions"


@dataclass(frozen=True, kw_only=True)
class Robust(_Contraction):
    """
    One fixed point, and a bound for orbits under noise and changing parameters.

    Fields:
        noise: bound of |e_j| in each step: one number for all coordinates, or one for each.
        radii: whether to bound the limit coordinate by coordinate, too.
    """

    rule: ClassVar[str] = "robust"
    noise: Number | Sequence[Number] = 0
    radii: bool = False


@dataclass(frozen=True, kw_only=True)
class OneInEachProduct(_Contraction):
    """
    One fixed point in each of the prod_j k_j products of intervals, for all parameters and with noise.

    Fields:
        noise: as for `Robust`.
    """

    rule: ClassVar[str] = "product"
    noise: Number | Sequence[Number] = 0


@dataclass(frozen=True, kw_only=True)
class Exists(Goal):
    """At least one fixed point in the box."""

    rule: ClassVar[str] = "brouwer"


@dataclass(frozen=True, kw_only=True)
class NoFixedPoint(Goal):
    """
    No fixed point in the region.

    Fields:
        boxes: how many boxes the bisection may examine.
    """

    rule: ClassVar[str] = "exclusion"
    boxes: int = 20_000


@dataclass(frozen=True, kw_only=True)
class AtMostOne(Goal):
    """At most one fixed point on the line."""

    rule: ClassVar[str] = "at_most_one"


@dataclass(frozen=True, kw_only=True)
class Crossing(Goal):
    """
    Exactly one fixed point of a scalar loop in an interval, with bounds of its slope.

    Fields:
        slope: the bounds [s, S]; None lets the search find them.
    """

    rule: ClassVar[str] = "crossing"
    slope: tuple[Number, Number] | None = None


@dataclass(frozen=True, kw_only=True)
class ExistsBySigns(Goal):
    """
    At least one fixed point in the box, which f need not map into itself.

    Fields:
        transform: rows of a matrix by which x - f(x) is multiplied; None lets the search find one.
    """

    rule: ClassVar[str] = "miranda"
    transform: Sequence[Sequence[Number]] | None = None


@dataclass(frozen=True, kw_only=True)
class ExactlyOne(Goal):
    """Exactly one fixed point in the box, of any stability, and a smaller box that holds it."""

    rule: ClassVar[str] = "interval_newton"


@dataclass(frozen=True, kw_only=True)
class AllFixedPoints(Goal):
    """
    Every fixed point in a box, or in all of R^d for a last layer of bounded values: each located, and no others.

    Fields:
        count: how many there are; None lets the search find out.
        stability: whether to prove how many eigenvalues at each point lie outside the unit circle.
        index_sum: whether to prove that their indices sum to 1, as they do where f maps the box into its interior.
        tolerance: boxes whose sides are all shorter than this share of the whole are not examined further.
        boxes: how many boxes the search may examine.
    """

    rule: ClassVar[str] = "cover"
    count: int | None = None
    stability: bool = False
    index_sum: bool = False
    tolerance: Number = Fraction(1, 2**30)
    boxes: int = 200_000


@dataclass(frozen=True, kw_only=True)
class CountProducts(Goal):
    """
    How many fixed points a looped layer has in a box, or in all of R^d, one in each product of cells.

    Fields:
        cells: the cells of each coordinate, as pairs, or one list of cells for all; None lets the search find them.
        grid: parts into which each side of the box is cut by the search.
        pieces: how many parts of the gaps the kernel may examine; None for as many as are usual.
    """

    rule: ClassVar[str] = "count_structured"
    cells: Sequence[Any] | None = None
    grid: int = 1000
    pieces: int | None = None


@dataclass(frozen=True, kw_only=True)
class CountCubic(Goal):
    """Exactly 3^d fixed points in R^d, for the cubic with weights near the identity."""

    rule: ClassVar[str] = "cubic_count"


@dataclass(frozen=True, kw_only=True)
class AttractsAll(Goal):
    """
    Exactly one fixed point, to which every orbit from the region converges: of a deep chain, layer by layer.

    Fields:
        norm: "sup", which suits few large weights, "two", which suits many of a size, or None to try both.
        steps: how often the region, a box or R^d, may be mapped forward before the layers have to contract.
    """

    rule: ClassVar[str] = "layered"
    norm: str | None = None
    steps: int = 30


@dataclass(frozen=True, kw_only=True)
class OnlyOne(Goal):
    """
    Exactly one fixed point of a deep chain in a box or in R^d, whatever its stability, shown by multipliers.

    Fields:
        steps: how often the region may be mapped forward first.
        sweeps: how many improvements of the multipliers are tried.
    """

    rule: ClassVar[str] = "sector"
    steps: int = 8
    sweeps: int = 60


@dataclass(frozen=True, kw_only=True)
class Attracted(Goal):
    """Every orbit from the region, a ball in the 2-norm, converges to one fixed point, at a stated distance at most."""

    rule: ClassVar[str] = "attracts"


@dataclass(frozen=True, kw_only=True)
class ConvergesTo(Goal):
    """
    Every orbit from the region, a box or several, converges to the one fixed point that attracts another region.

    Fields:
        target: a ball in the 2-norm, see `Attracted`, or a box, see `AttractsAll`.
        steps: how many steps an orbit may take to get there; for many of them a higher *precision* may be needed, as
            each costs some of it.
    """

    rule: ClassVar[str] = "arrives"
    target: Ball | BoxRegion
    steps: int = 2_000


@dataclass(frozen=True, kw_only=True)
class OnDiagonal(Goal):
    """
    A fixed point with equal coordinates, and its eigenvalue along the diagonal.

    Fields:
        interval: where the common coordinate lies.
        eigenvalue: bounds; None lets the search find them.
    """

    rule: ClassVar[str] = "diagonal"
    interval: tuple[Number, Number]
    eigenvalue: tuple[Number, Number] | None = None


@dataclass(frozen=True, kw_only=True)
class MapsInto(Goal):
    """f maps the region, which need not be a box, into itself."""

    rule: ClassVar[str] = "maps_into"


@dataclass(frozen=True, kw_only=True)
class Lipschitz(_Contraction):
    """The derivative has norm at most `rate` on the region."""

    rule: ClassVar[str] = "lipschitz"


@dataclass(frozen=True, kw_only=True)
class Alternates(Goal):
    """f swaps the two boxes of the region."""

    rule: ClassVar[str] = "alternates"


@dataclass(frozen=True, kw_only=True)
class OrbitAbove(Goal):
    """
    The orbit from the region (a single state) under constant noise is above a bound after some steps.

    Fields:
        noise: added in every step, exactly.
        steps, coordinate, above: x^steps in this coordinate exceeds *above*.
    """

    rule: ClassVar[str] = "orbit"
    steps: int
    above: Number
    noise: Number | Sequence[Number] = 0
    coordinate: int = 0


@dataclass(frozen=True, kw_only=True)
class AtPoint(Goal):
    """
    Bounds of a value or a slope at the region (a single state).

    Fields:
        entry: (i,) for f_i, (i, j) for df_i/dx_j.
        bounds: at least and at most.
    """

    rule: ClassVar[str] = "at_point"
    entry: tuple[int, ...]
    bounds: tuple[Number, Number]


@dataclass(frozen=True, kw_only=True)
class About:
    """A goal about a region, and about another network than the main one if *network* is given."""

    goal: Goal
    region: Region
    network: Network | None = None


@dataclass(frozen=True, kw_only=True)
class Refutes(Goal):
    """
    A certified counterexample to a printed statement.

    Fields:
        statement: "ke-3.4", "ke-4.1" or "ke-4.2".
        conclusion: which printed conclusion fails: "fixed_points", "convergence" or "radius".
        hypotheses: the printed hypotheses, for this instance.
        failure: what contradicts the conclusion.
        noise, radius: for "radius": the printed bound of the noise and the printed radius.
    """

    rule: ClassVar[str] = "counterexample"
    statement: str
    conclusion: str
    hypotheses: tuple[About, ...]
    failure: About
    noise: Number = 0
    radius: Number = 0
