"""Deep chains for proposers: their matrices in floating point, boxes that all orbits enter, and factors for witnesses."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor, inf

import numpy as np

from fpverify.kernel.backend import Backend
from fpverify.kernel.box import Box
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.exact import text
from fpverify.kernel.fixed import Fixed
from fpverify.kernel.layers.activation import Activate
from fpverify.kernel.layers.affine import Affine
from fpverify.kernel.network import Network
from fpverify.kernel.obligation import Obligation
from fpverify.kernel.region import BoxRegion, Region, WholeSpace
from fpverify.kernel.rules._chain import Span, affine_layers

Matrix = np.ndarray

PRECISION = 128
_GRID = 2**20
_FACTOR = 2**30
_STALLED = 0.99
_ROOM = 1e-6


def arithmetic(precision: int = PRECISION) -> Backend:
    """Return the arithmetic in which deep chains are decided: the kernel's fastest for many small products."""
    return Fixed(max(precision, PRECISION))


def chain_of(network: Network, goal: str) -> list[Affine]:
    """Return the affine layers of a chain; raises MisuseError, naming the *goal*, for another network."""
    affine = affine_layers(network)
    if not affine:
        raise MisuseError(f"{goal} is about affine layers and activations in turn; {network.name} is no such chain")
    return affine


def require_fit(network: Network, region: Region, goal: str, steps: int = 0) -> None:
    """Raise MisuseError, naming the *goal*, for a region of another dimension, or a negative number of steps."""
    if region.dimension != network.state_size:
        raise MisuseError(f"{goal}: {network.name} has {network.state_size} coordinates, the region {region.dimension}")
    if not isinstance(steps, int) or isinstance(steps, bool) or steps < 0:
        raise MisuseError(f"{goal}: steps = {steps!r}; write a whole number, at least 0")


def matrices(affine: Sequence[Affine]) -> list[Matrix]:
    """Return the weights of the layers, midpoints where they are intervals, as float64."""
    ends = [[np.array([float(x) for x in part]) for part in (layer.weight.lo, layer.weight.hi)] for layer in affine]
    return [((low + high) / 2).reshape(layer.weight.shape) for layer, (low, high) in zip(affine, ends, strict=True)]


def radii(affine: Sequence[Affine]) -> list[Matrix]:
    """Return by how much the weights of the layers may differ from those of `matrices`, rounded up."""
    ends = [[np.array([float(x) for x in part]) for part in (layer.weight.lo, layer.weight.hi)] for layer in affine]
    halves = [(high - low) / 2 * (1 + _ROOM) for low, high in ends]
    return [half.reshape(layer.weight.shape) for layer, half in zip(affine, halves, strict=True)]


def row_sum(radius: Matrix) -> float:
    """Return the largest row sum of a matrix of radii, shape (n, n), and of its transpose."""
    return float(np.max([radius.sum(axis=0), radius.sum(axis=1)]))


def floats(span: Span) -> tuple[Matrix, Matrix]:
    return np.array([float(x) for x in span[0]]), np.array([float(x) for x in span[1]])


def nested(network: Network, region: Region, steps: int) -> Iterator[tuple[int, BoxRegion]]:
    """
    Yield (k, B_k): boxes, the first the region itself or the range of f, each mapped into itself, as the kernel will see.

    F^k(region) lies in B_k, for R^d with F^1(R^d) the range of f. B_(k+1) is F(B_k), rounded outward and cut with B_k;
    F(B_(k+1)) lies in F(B_k), as F is inclusion isotonic, so also in B_(k+1). The sequence ends when it stalls.
    """
    box, first = (region, 0) if isinstance(region, BoxRegion) else (range_of(network, region), 1)
    for step in range(first, first + steps + 1):
        yield step, box
        image = network.enclose(box.outer(arithmetic()))
        if not box.slack(image) >= 0:
            return
        smaller = _rounded(image, box)
        if _size(smaller) > _STALLED * _size(box):
            return
        box = smaller


def range_of(network: Network, region: Region) -> BoxRegion:
    """Return the box of the values of the last layer; raises MisuseError if it is not bounded, or the region unfit."""
    if not isinstance(region, WholeSpace):
        raise MisuseError(f"a box or all of R^d is needed, not {region}")
    last = network.layers[-1]
    span = last.function.values.everywhere() if isinstance(last, Activate) else None
    if span is None:
        raise MisuseError(f"the values of {network.name} are not bounded: name a box instead of R^d")
    return BoxRegion(lo=(span[0],) * last.size, hi=(span[1],) * last.size)


def _rounded(image: Box, within: BoxRegion) -> BoxRegion:
    """Return a box with short corners around *image*, cut with *within*, with an interior if that has one."""
    low = [Fraction(floor(x * _GRID) - 1, _GRID) for x in image.lower()]
    high = [Fraction(ceil(x * _GRID) + 1, _GRID) for x in image.upper()]
    return BoxRegion(
        lo=tuple(max(a, b) for a, b in zip(low, within.lo, strict=True)),
        hi=tuple(min(a, b) for a, b in zip(high, within.hi, strict=True)),
    )


def _size(box: BoxRegion) -> float:
    try:
        return sum(float(high - low) for low, high in zip(box.lo, box.hi, strict=True))
    except OverflowError:
        return inf


def absorbed(inner: Obligation, region: Region, steps: int) -> list[Obligation]:
    """Return *inner*, about a box B_k, and that all orbits from the *region* enter that box; *inner* alone if it is it."""
    if inner.region == region:
        return [inner]
    outer = replace(
        inner, id="o2", rule="absorbing", region=region, witness={"steps": max(steps, 1)}, premises=(inner.id,)
    )
    return [inner, outer]


def factor_text(symmetric: Matrix, radius: float = 0.0) -> str:
    """
    Return C for `is_definite`: C'C is the matrix less half of what its least eigenvalue has beyond *radius*, less that.

    Where the matrix is not positive definite, a factor of a definite one near it is returned: the kernel will refuse it.
    """
    least, room = float(np.linalg.eigvalsh(symmetric)[0]), _ROOM * (1 + float(np.abs(symmetric).max()))
    shift = (least + radius) / 2 if least > max(radius, room) else least - room
    return triangle_text(np.linalg.cholesky(symmetric - shift * np.eye(len(symmetric))).T)


def triangle_text(upper: Matrix) -> str:
    """Return an upper triangular matrix as `upper_triangle` reads it: rows from the diagonal on, over 2^30."""
    scaled = np.rint(upper * _FACTOR)
    return " ".join(str(int(x)) for i, row in enumerate(scaled) for x in row[i:])


def texts(values: Matrix, digits: int = 6) -> list[str]:
    """Return positive numbers as short texts."""
    return [text(Fraction(f"{float(value):.{digits}g}")) for value in values]
