"""Regions: sets of states with exact rational corners."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, ClassVar, Self

from fpverify.kernel.backend import Backend
from fpverify.kernel.box import Box
from fpverify.kernel.errors import FormatError
from fpverify.kernel.exact import MANY, Number, exact, exact_vector, listed, runs, text
from fpverify.kernel.norm import Norm, norm_from_data


@dataclass(frozen=True, slots=True, kw_only=True)
class Region(ABC):
    """A non-empty set of states; `to_data` and `region_from_data` are inverse to each other."""

    kind: ClassVar[str]

    @property
    @abstractmethod
    def dimension(self) -> int: ...

    @abstractmethod
    def to_data(self) -> dict[str, Any]: ...

    @abstractmethod
    def __str__(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxRegion(Region):
    """
    A closed box: the product of the intervals [lo_j, hi_j].

    Fields:
        lo, hi: exact corners.

    Invariants:
        lo_j <= hi_j for each j; closed, convex, compact and non-empty.
    """

    kind: ClassVar[str] = "box"
    lo: tuple[Fraction, ...]
    hi: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        if not self.lo or len(self.lo) != len(self.hi):
            raise FormatError(f"a box needs as many lower as upper corners; got {len(self.lo)} and {len(self.hi)}")
        for j, (low, high) in enumerate(zip(self.lo, self.hi, strict=True)):
            if low > high:
                raise FormatError(f"coordinate {j} of a box is [{low}, {high}]: the lower end is above the upper")

    @classmethod
    def of(cls, *intervals: Sequence[Number]) -> Self:
        """Return the product of the given pairs (lo, hi), such as `BoxRegion.of(("-1", "1"), ("0", "1/2"))`."""
        pairs = [_pair(interval) for interval in intervals]
        return cls(lo=tuple(low for low, _ in pairs), hi=tuple(high for _, high in pairs))

    @classmethod
    def cube(cls, half_width: Number, *, dimension: int, centre: Number = 0) -> Self:
        """Return the box of all x with |x_j - centre| <= half_width."""
        middle, half = exact(centre), exact(half_width)
        return cls(lo=(middle - half,) * dimension, hi=(middle + half,) * dimension)

    @property
    def dimension(self) -> int:
        return len(self.lo)

    def outer(self, backend: Backend) -> Box:
        """Return a Box that contains the region: what a map is evaluated on."""
        return Box.from_exact(self.lo, self.hi, backend)

    def slack(self, image: Box, margin: Sequence[Fraction] | None = None) -> Fraction:
        """Return how far *image*, enlarged by *margin*, certainly lies inside; negative when it may not."""
        extra = margin if margin is not None else (Fraction(0),) * self.dimension
        low = [corner + more for corner, more in zip(self.lo, extra, strict=True)]
        high = [corner - more for corner, more in zip(self.hi, extra, strict=True)]
        return image.slack_inside(low, high)

    def is_disjoint_from(self, other: "BoxRegion") -> bool:
        return self.distance(other) > 0

    def distance(self, other: "BoxRegion") -> Fraction:
        """Return the exact sup-norm distance of the two boxes; 0 when they meet."""
        gaps = [
            max(their_low - high, low - their_high)
            for low, high, their_low, their_high in zip(self.lo, self.hi, other.lo, other.hi, strict=True)
        ]
        return max(Fraction(0), *gaps)

    def contains(self, point: Sequence[Fraction]) -> bool:
        return all(low <= x <= high for low, x, high in zip(self.lo, point, self.hi, strict=True))

    def to_data(self) -> dict[str, Any]:
        return {"box": [[text(low), text(high)] for low, high in zip(self.lo, self.hi, strict=True)]}

    def __str__(self) -> str:
        hull = f"[{text(min(self.lo))}, {text(max(self.hi))}]^{self.dimension}"
        return _with_powers(_sides(self.lo, self.hi), f"the box that the certificate lists inside of {hull}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeSpace(Region):
    """All of R^d."""

    kind: ClassVar[str] = "whole"
    size: int

    @property
    def dimension(self) -> int:
        return self.size

    def to_data(self) -> dict[str, Any]:
        return {"whole": self.size}

    def __str__(self) -> str:
        return "R" if self.size == 1 else f"R^{self.size}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ball(Region):
    """The closed ball `{x : |x - centre| <= radius}` of a weighted norm; convex and compact."""

    kind: ClassVar[str] = "ball"
    centre: tuple[Fraction, ...]
    radius: Fraction
    norm: Norm

    def __post_init__(self) -> None:
        if self.radius < 0 or len(self.centre) != self.norm.dimension:
            raise FormatError("a ball needs a non-negative radius and one norm weight per coordinate of its centre")

    @property
    def dimension(self) -> int:
        return len(self.centre)

    def bounding_box(self) -> BoxRegion:
        """Return the least box that contains the ball, exactly."""
        reach = self.norm.reach(self.radius)
        low = tuple(c - r for c, r in zip(self.centre, reach, strict=True))
        return BoxRegion(lo=low, hi=tuple(c + r for c, r in zip(self.centre, reach, strict=True)))

    def to_data(self) -> dict[str, Any]:
        centre = [text(c) for c in self.centre]
        return {"ball": {"centre": centre, "radius": text(self.radius), "norm": self.norm.to_data()}}

    def __str__(self) -> str:
        centre = listed([text(c) for c in self.centre])
        return f"the ball of radius {text(self.radius)} around ({centre}) in the {self.norm}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover(Region):
    """A finite union of boxes of one dimension; its parts may touch, so that rules ask for disjointness by name."""

    kind: ClassVar[str] = "cover"
    parts: tuple[BoxRegion, ...]

    def __post_init__(self) -> None:
        if not self.parts or len({part.dimension for part in self.parts}) != 1:
            raise FormatError("a cover needs at least one box, all of one dimension")

    @property
    def dimension(self) -> int:
        return self.parts[0].dimension

    def to_data(self) -> dict[str, Any]:
        return {"cover": [part.to_data()["box"] for part in self.parts]}

    def __str__(self) -> str:
        return " u ".join(str(part) for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRegions(Region):
    """
    The family of all products `I_1 x ... x I_d`, where I_j is one of the intervals of coordinate j.

    Fields:
        intervals: for each coordinate, its closed intervals as pairs (lo, hi).
    """

    kind: ClassVar[str] = "product"
    intervals: tuple[tuple[tuple[Fraction, Fraction], ...], ...]

    def __post_init__(self) -> None:
        if not self.intervals or not all(self.intervals):
            raise FormatError("product regions need at least one interval on each coordinate")
        for j, choices in enumerate(self.intervals):
            if any(low > high for low, high in choices):
                raise FormatError(f"coordinate {j} has an interval whose lower end is above its upper")

    @classmethod
    def power(cls, *intervals: Sequence[Number], dimension: int) -> Self:
        """Return the same intervals on each of *dimension* coordinates."""
        return cls(intervals=(tuple(_pair(interval) for interval in intervals),) * dimension)

    @property
    def dimension(self) -> int:
        return len(self.intervals)

    @property
    def count(self) -> int:
        """The number of products: prod_j k_j."""
        total = 1
        for choices in self.intervals:
            total *= len(choices)
        return total

    def hull(self) -> BoxRegion:
        """Return the product of the hulls U_j of the intervals of each coordinate."""
        low = tuple(min(low for low, _ in choices) for choices in self.intervals)
        return BoxRegion(lo=low, hi=tuple(max(high for _, high in choices) for choices in self.intervals))

    def gaps(self) -> tuple[Fraction | None, ...]:
        """Return, per coordinate, the least distance of two of its intervals (None for a single one)."""
        return tuple(_least_gap(choices) for choices in self.intervals)

    def member(self, choice: Sequence[int]) -> BoxRegion:
        """Return the product that takes interval `choice[j]` on coordinate j."""
        picked = [choices[index] for choices, index in zip(self.intervals, choice, strict=True)]
        return BoxRegion(lo=tuple(low for low, _ in picked), hi=tuple(high for _, high in picked))

    def to_data(self) -> dict[str, Any]:
        return {"product": [[[text(low), text(high)] for low, high in choices] for choices in self.intervals]}

    def __str__(self) -> str:
        sides = [
            "{" + ", ".join(f"[{text(low)}, {text(high)}]" for low, high in choices) + "}" for choices in self.intervals
        ]
        return _with_powers(sides)


@dataclass(frozen=True, slots=True, kw_only=True)
class Punctured(Region):
    """Scalar intervals without one of their points, such as [-1, 0): for statements about sets that are not closed."""

    kind: ClassVar[str] = "punctured"
    parts: tuple[BoxRegion, ...]
    without: Fraction

    def __post_init__(self) -> None:
        if not self.parts or any(part.dimension != 1 or part.lo == part.hi for part in self.parts):
            raise FormatError("punctured regions are made of scalar intervals of positive length")

    @property
    def dimension(self) -> int:
        return 1

    def to_data(self) -> dict[str, Any]:
        parts = [part.to_data()["box"] for part in self.parts]
        return {"punctured": {"parts": parts, "without": text(self.without)}}

    def __str__(self) -> str:
        union = " u ".join(str(part) for part in self.parts)
        return f"({union}) without {text(self.without)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Periodic(Region):
    """
    The scalar set of all `x + n period` with x in *part* and n = 0, 1, 2, ... (or every integer n, if two-sided).

    Fields:
        part: the interval that is repeated.
        period: positive.
        two_sided: whether n may be negative.
    """

    kind: ClassVar[str] = "periodic"
    part: BoxRegion
    period: Fraction
    two_sided: bool = False

    def __post_init__(self) -> None:
        if self.part.dimension != 1 or self.period <= 0:
            raise FormatError("a periodic region repeats a scalar interval with a positive period")

    @property
    def dimension(self) -> int:
        return 1

    @property
    def is_whole_line(self) -> bool:
        return self.two_sided and self.part.hi[0] - self.part.lo[0] >= self.period

    def to_data(self) -> dict[str, Any]:
        part = self.part.to_data()["box"]
        return {"periodic": {"part": part, "period": text(self.period), "two_sided": self.two_sided}}

    def __str__(self) -> str:
        if self.is_whole_line:
            return "R"
        which = "every integer n" if self.two_sided else "n = 0, 1, 2, ..."
        return f"the union of {self.part} + {text(self.period)} n over {which}"


def parts_of(region: Region) -> tuple[BoxRegion, ...]:
    """Return the boxes of a box, a cover, a punctured or (one period of) a periodic region; none for the others."""
    match region:
        case BoxRegion():
            return (region,)
        case Periodic():
            return (region.part,)
        case Cover() | Punctured():
            return region.parts
    return ()


def region_from_data(data: object) -> Region:
    """
    Read a region from its one-key object, such as {"box": [["-1", "1"]]} or {"whole": 2}.

    Raises:
        FormatError: for another shape; the message says what is wrong.
    """
    if not isinstance(data, dict) or len(data) != 1:
        raise FormatError(f"a region is an object with one key; got {data!r:.120}")
    ((kind, body),) = data.items()
    if kind not in _READERS:
        raise FormatError(f"unknown region {kind!r}; known are: {', '.join(_READERS)}")
    try:
        return _READERS[kind](body)
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError(f"region {kind!r} is malformed: {error}") from error


def _read_box(body: Any) -> BoxRegion:
    return BoxRegion.of(*body)


def _read_whole(body: Any) -> WholeSpace:
    if not isinstance(body, int) or isinstance(body, bool) or body < 1:
        raise FormatError(f"the dimension of a whole space is a positive integer; got {body!r}")
    return WholeSpace(size=body)


def _read_ball(body: Any) -> Ball:
    centre = exact_vector(body["centre"])
    return Ball(centre=centre, radius=exact(body["radius"]), norm=norm_from_data(body["norm"], len(centre)))


def _read_product(body: Any) -> ProductRegions:
    return ProductRegions(intervals=tuple(tuple(_pair(interval) for interval in choices) for choices in body))


def _read_punctured(body: Any) -> Punctured:
    return Punctured(parts=tuple(_read_box(part) for part in body["parts"]), without=exact(body["without"]))


def _read_periodic(body: Any) -> Periodic:
    if not isinstance(body["two_sided"], bool):
        raise FormatError("two_sided is true or false")
    return Periodic(part=_read_box(body["part"]), period=exact(body["period"]), two_sided=body["two_sided"])


_READERS: Mapping[str, Callable[[Any], Region]] = {
    "box": _read_box,
    "whole": _read_whole,
    "ball": _read_ball,
    "cover": lambda body: Cover(parts=tuple(_read_box(part) for part in body)),
    "product": _read_product,
    "punctured": _read_punctured,
    "periodic": _read_periodic,
}


def _pair(interval: Sequence[Number]) -> tuple[Fraction, Fraction]:
    if isinstance(interval, str) or len(interval) != 2:
        raise FormatError(f"an interval is a pair [lo, hi]; got {interval!r:.80}")
    low, high = exact_vector(interval)
    return low, high


def _least_gap(choices: Sequence[tuple[Fraction, Fraction]]) -> Fraction | None:
    """Return the least gap between neighbours in increasing order; negative or 0 when two intervals meet."""
    ordered = sorted(choices)
    gaps = [after[0] - before[1] for before, after in pairwise(ordered)]
    return min(gaps) if gaps else None


def _sides(lo: Sequence[Fraction], hi: Sequence[Fraction]) -> list[str]:
    return [f"[{text(low)}, {text(high)}]" for low, high in zip(lo, hi, strict=True)]


def _with_powers(sides: Sequence[str], otherwise: str = "the product that the certificate lists") -> str:
    """Return a product in words, without loss; where that is long, what is said *otherwise*."""
    if len(sides) > 1 and len(set(sides)) == 1:
        return f"{sides[0]}^{len(sides)}"
    if len(sides) <= MANY:
        return " x ".join(sides)
    powers = [side if count == 1 else f"{side}^{count}" for side, count in runs(sides)]
    return " x ".join(powers) if len(powers) <= MANY else otherwise
