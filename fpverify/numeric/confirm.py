"""
Violations examined again, rigorously: exact starts, noise and parameters, the kernel's enclosures at 256 bits.

What is decided here is the negation of a claim, so that everything the claim says may be used: if it were true, its fixed
point p would satisfy |p - q| <= |f(q) - q| / (1 - K) for every q of the region, and would lie in every X n f(X) that is
made from an enclosure X of it. If the kernel's enclosures then contradict the stated bound for all such p, the claim is
false: a bug in fpverify. What cannot be decided so stays unconfirmed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, isqrt

from fpverify.kernel.arb import Arb
from fpverify.kernel.box import Box
from fpverify.kernel.errors import NotFiniteError
from fpverify.kernel.network import Network
from fpverify.kernel.norm import Norm, OneNorm, SupNorm
from fpverify.kernel.region import Ball, BoxRegion, Region

BACKEND = Arb(256)
_ROUNDS = 30
_POLISH = 40
_ROOT_SCALE = 2**200

Point = tuple[Fraction, ...]


@dataclass(frozen=True, kw_only=True)
class Promise:
    """
    What is claimed of the orbits in one region: |x^t - p| <= K^t |x^0 - p| + radius (1 - K^t), with p fixed by f0.

    Fields:
        network: f, perhaps with uncertain parameters; f0 has their midpoints.
        rate: K.
        norm: of all distances.
        noise: bound of |e_j| in each step.
        radius: as above; 0 without noise and uncertainty.
        radii: bounds of limsup |x^t_j - p_j| for each coordinate, or ().
    """

    network: Network
    rate: Fraction
    norm: Norm
    noise: Point
    radius: Fraction = Fraction(0)
    radii: Point = ()


@dataclass(frozen=True, kw_only=True)
class Move:
    """One step of an orbit: the exact network that was used, and the noise that was added."""

    network: Network
    noise: Point


def orbit_breaks(promise: Promise, region: Region, near: Point, start: Point, moves: Sequence[Move]) -> bool:
    """
    Return whether the kernel proves that the orbit breaks the promise or leaves the region.

    Args:
        near: an approximate fixed point; the nearer, the sharper the decision.
        start: x^0; moved into the region.
        moves: what was done in each step; noise is cut down to what the promise admits.
    """
    try:
        place = _fixed_point(promise, region, near)
        if place is None:
            return True
        state = Box.point(into(region, start), BACKEND)
        first = norm_up(promise.norm, (state - place).magnitude().upper())
        for time, move in enumerate(moves, start=1):
            noise = tuple(max(-most, min(most, e)) for e, most in zip(move.noise, promise.noise, strict=True))
            state = move.network.enclose(state) + Box.point(noise, BACKEND)
            if is_outside(region, state) or _exceeds(promise, state - place, first, time):
                return True
    except NotFiniteError:
        return False
    return False


def _exceeds(promise: Promise, offset: Box, first: Fraction, time: int) -> bool:
    """Return whether |offset| certainly exceeds the bound after *time* steps from a distance of at most *first*."""
    power, least = promise.rate**time, mignitude(offset)
    bound = power * first + promise.radius * (1 - power)
    if not promise.norm.vector_at_most(least, bound):
        return True
    reach = promise.norm.reach(power * first)
    return any(x > v + r for x, v, r in zip(least, promise.radii, reach, strict=False))


def has_no_fixed_point(promise: Promise, region: Region, near: Point) -> bool:
    """Return whether the kernel proves that f0 has no fixed point in the region that the promise allows."""
    try:
        return _fixed_point(promise, region, near) is None
    except NotFiniteError:
        return False


def holds_none(network: Network, region: BoxRegion) -> bool:
    """Return whether the kernel proves that the network has no fixed point in the box."""
    return proves(lambda: _shrunk(network, region.outer(BACKEND)) is None)


def leaves_for_good(network: Network, region: BoxRegion, steps: int) -> bool:
    """Return whether the kernel proves that no state of the box is in it again after so many steps."""

    def decide() -> bool:
        state = region.outer(BACKEND)
        for _ in range(steps):
            state = network.enclose(state)
        return is_outside(region, state)

    return proves(decide)


def _fixed_point(promise: Promise, region: Region, near: Point) -> Box | None:
    """Enclose the fixed point of which the promise speaks; None if there certainly is none."""
    network = promise.network.nominal()
    place = _around(promise, network, _polished(network, into(region, near)), region)
    if isinstance(region, BoxRegion):
        whole = _shrunk(network, region.outer(BACKEND))
        place = None if whole is None else whole.intersection(place)
    return None if place is None else _shrunk(network, place)


def _around(promise: Promise, network: Network, point: Point, region: Region) -> Box:
    """Return the q +- |f(q) - q| / (1 - K) that holds p, for q in the region."""
    centre = Box.point(into(region, point), BACKEND)
    residual = norm_up(promise.norm, (network.enclose(centre) - centre).magnitude().upper())
    reach = promise.norm.reach(residual / (1 - promise.rate))
    return centre.widen(Box.point(reach, BACKEND))


def _shrunk(network: Network, box: Box) -> Box | None:
    """Return X n f(X), again and again, while it helps: every fixed point in the box stays in it."""
    for _ in range(_ROUNDS):
        rest = box.intersection(network.enclose(box))
        if rest is None or _width(rest) > _width(box) * Fraction(9, 10):
            return rest
        box = rest
    return box


def _polished(network: Network, point: Point) -> Point:
    """Iterate the midpoints of enclosures: where the loop contracts, digits are gained."""
    for _ in range(_POLISH if len(point) <= 8 else 4):
        image = network.enclose(Box.point(point, BACKEND))
        point = tuple((low + high) / 2 for low, high in zip(image.lower(), image.upper(), strict=True))
    return point


# ------------------------------------------------------------------ facts about points


def image_is_outside(network: Network, point: Point, parts: Sequence[Region]) -> bool:
    """Return whether the kernel proves that f(point) lies in none of *parts*."""
    return proves(lambda: all(is_outside(part, _image(network, point)) for part in parts))


def motion_signs(network: Network, points: Sequence[Fraction]) -> list[int]:
    """Return the certain signs of f(x) - x of a scalar network at the given points; 0 where not certain."""
    signs = []
    for x in points:
        image = _image(network, (x,))
        signs.append(int(image.lower()[0] > x) - int(image.upper()[0] < x))
    return signs


def slope_exceeds(network: Network, point: Point, norm: Norm, rate: Fraction, direction: Point) -> bool:
    """Return whether the kernel proves |f'(point) v| > rate |v| for the *direction* v."""

    def decide() -> bool:
        moved = Box.point(direction, BACKEND).affine_image(network.slopes(Box.point(point, BACKEND)))
        return not norm.vector_at_most(mignitude(moved), rate * norm_up(norm, [abs(v) for v in direction]))

    return proves(decide)


def fixed_point_near(network: Network, point: Point) -> Box | None:
    """
    Return an enclosure of a fixed point, whatever its stability, by the Krawczyk operator; None if that fails.

    With C an approximate inverse of I - f'(q), q = *point*, and X a box around q: if q + C (f(q) - q) +
    (I - C (I - f'(X))) (X - q) lies in X, then f has a fixed point there.

    Source:
        A. Neumaier, Interval Methods for Systems of Equations, Theorem 5.1.8.
    """
    try:
        return _krawczyk(network, point)
    except (NotFiniteError, ZeroDivisionError):
        return None


def _krawczyk(network: Network, point: Point) -> Box | None:
    size, centre = len(point), Box.point(point, BACKEND)
    identity = _identity(size)
    inverse = _approximate_inverse(identity - network.slopes(centre))
    step = (network.enclose(centre) - centre).affine_image(inverse)
    radius = [2 * top + Fraction(1, 2**200) for top in step.magnitude().upper()]
    box = centre.widen(Box.point(radius, BACKEND))
    rest = identity - inverse.matrix_product(identity - network.slopes(box))
    image = centre + step + (box - centre).affine_image(rest)
    return image if image.slack_inside(box.lower(), box.upper()) >= 0 else None


def _identity(size: int) -> Box:
    entries = [Fraction(int(i == j)) for i in range(size) for j in range(size)]
    return Box.point(entries, BACKEND, (size, size))


def _approximate_inverse(matrix: Box) -> Box:
    """Invert the midpoints by Gauss-Jordan elimination in rationals of 60 bits; any result is admissible."""
    size = matrix.shape[0]
    middle = [(low + high) / 2 for low, high in zip(matrix.lower(), matrix.upper(), strict=True)]
    rows = [[*map(_short, middle[i * size : (i + 1) * size])] for i in range(size)]
    rows = [row + [Fraction(int(i == j)) for j in range(size)] for i, row in enumerate(rows)]
    for i in range(size):
        pivot = max(range(i, size), key=lambda k: abs(rows[k][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [_short(value / rows[i][i]) for value in rows[i]]
        for k in range(size):
            if k != i:
                factor = rows[k][i]
                rows[k] = [_short(a - factor * b) for a, b in zip(rows[k], rows[i], strict=True)]
    return Box.point([value for row in rows for value in row[size:]], BACKEND, (size, size))


def _short(value: Fraction) -> Fraction:
    return Fraction(round(value * 2**60), 2**60)


# ------------------------------------------------------------------ helpers


def norm_up(norm: Norm, magnitudes: Sequence[Fraction]) -> Fraction:
    """Return an upper bound of the norm of every vector with entries at most *magnitudes*."""
    pairs = list(zip(magnitudes, norm.weights, strict=True))
    if isinstance(norm, SupNorm):
        return max(size / weight for size, weight in pairs)
    if isinstance(norm, OneNorm):
        return sum((size * weight for size, weight in pairs), Fraction(0))
    squares = sum(((size / weight) ** 2 for size, weight in pairs), Fraction(0))
    return Fraction(isqrt(ceil(squares * _ROOT_SCALE**2)) + 1, _ROOT_SCALE)


def mignitude(box: Box) -> Point:
    """Return the least |x| in each entry."""
    return tuple(max(low, -high, Fraction(0)) for low, high in zip(box.lower(), box.upper(), strict=True))


def is_outside(region: Region, box: Box) -> bool:
    """Return whether no point of *box* lies in the box or ball *region*."""
    if isinstance(region, Ball):
        return not region.norm.vector_at_most(mignitude(box - Box.point(region.centre, BACKEND)), region.radius)
    if isinstance(region, BoxRegion):
        ends = zip(box.lower(), box.upper(), region.lo, region.hi, strict=True)
        return any(high < corner_low or low > corner_high for low, high, corner_low, corner_high in ends)
    return False


def into(region: Region, point: Sequence[Fraction]) -> Point:
    """Return the point, moved into the region if it lies outside by rounding."""
    if isinstance(region, BoxRegion):
        return tuple(max(low, min(high, x)) for low, x, high in zip(region.lo, point, region.hi, strict=True))
    if isinstance(region, Ball):
        offset = [x - c for x, c in zip(point, region.centre, strict=True)]
        distance = norm_up(region.norm, [abs(x) for x in offset])
        share = min(Fraction(1), region.radius / distance) if distance else Fraction(1)
        return tuple(c + share * x for c, x in zip(region.centre, offset, strict=True))
    return tuple(point)


def _image(network: Network, point: Point) -> Box:
    return network.enclose(Box.point(point, BACKEND))


def _width(box: Box) -> Fraction:
    return max(high - low for low, high in zip(box.lower(), box.upper(), strict=True))


def proves(decide: Callable[[], bool]) -> bool:
    try:
        return decide()
    except NotFiniteError:
        return False
