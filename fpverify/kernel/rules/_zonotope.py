"""
What the neurons of a chain receive over an ellipsoid: its affine image, and an independent error for each neuron.

For x = c + T y with |y|_2 <= r, the arguments of layer l and the values behind it are enclosed in sets
    {m + A y + G e: |y|_2 <= r, |e_j| <= 1},
first {c + T y}. An affine layer maps m, A and G. Over such a set coordinate i lies within r |A_i|_2 + |G_i|_1 of m_i.
An activation g whose slopes on [l, h] are at least a makes g(t) - a t non-decreasing there, so that it lies between
g(l) - a l and g(h) - a h: g(t) = a t + b + d e with b their middle, |d| half of their distance, |e| <= 1. So
    m becomes a m + b,   A becomes a A,   G becomes a G with one new column d for each neuron.
What is common to the neurons is kept: boxes, which do not know that the coordinates of x belong together, grow with |W|.

m, A and G are sets of matrices (see _matrices), with all their rounding errors; their largest sizes are what counts.

Source: L. H. de Figueiredo and J. Stolfi, Numer. Algorithms 37 (2004) 147-158 (affine arithmetic).
"""

from collections.abc import Sequence
from fractions import Fraction
from math import isqrt

from flint import fmpz_mat

from fpverify.kernel.backend import Backend
from fpverify.kernel.box import Box
from fpverify.kernel.decoration import Decoration
from fpverify.kernel.layers.activation import Activate
from fpverify.kernel.layers.affine import Affine
from fpverify.kernel.network import Network
from fpverify.kernel.rules._chain import Span, weights
from fpverify.kernel.rules._ellipsoid import Ellipsoid
from fpverify.kernel.rules._matrices import BITS, Matrices

_ONE = 1 << BITS


def slope_spans_in(network: Network, affine: Sequence[Affine], shape: Ellipsoid, backend: Backend) -> list[Span] | None:
    """Return the bounds of the slopes of each layer over the ellipsoid; None if f is not certainly continuous there."""
    active = [layer for layer in network.layers if isinstance(layer, Activate)]
    natural = network.trace(shape.box().outer(backend))[1::2]
    middle, linear = Matrices.between(shape.centre, shape.centre, 1), shape.directions()
    errors: Matrices | None = None
    spans: list[Span] = []
    for layer, activate, box in zip(affine, active, natural, strict=True):
        weight, bias = weights(layer), Matrices.between(layer.bias.lo, layer.bias.hi, 1)
        middle, linear = weight * middle + bias, weight * linear
        errors = None if errors is None else weight * errors
        span = _narrowed(box, *_range(middle, linear, errors, shape.reach()))
        values, slopes = activate.function.values.range(span), activate.function.slopes.range(span)
        if values.decoration < Decoration.DAC:
            return None
        spans.append((slopes.lower(), slopes.upper()))
        middle, linear, errors = _through(activate, span, slopes.lower(), (middle, linear, errors))
    return spans


def _range(
    middle: Matrices, linear: Matrices, errors: Matrices | None, reach: Fraction
) -> tuple[list[Fraction], list[Fraction]]:
    """Return bounds of the coordinates over the set, rounded outward."""
    sizes = [0] * middle.size if errors is None else [sum(map(int, row)) for row in errors.magnitude().tolist()]
    low, high = [], []
    for i, row in enumerate(linear.magnitude().tolist()):
        length = isqrt(sum(int(entry) ** 2 for entry in row)) + 1
        spread = reach * length + sizes[i] + int(middle.radius[i, 0])
        low.append((int(middle.middle[i, 0]) - spread) / _ONE)
        high.append((int(middle.middle[i, 0]) + spread) / _ONE)
    return low, high


def _narrowed(box: Box, low: Sequence[Fraction], high: Sequence[Fraction]) -> Box:
    """Return the part of the box between the bounds; both hold all arguments, so that it is not empty."""
    inner = box.intersection(Box.from_exact(low, high, box.backend))
    assert inner is not None
    return inner.with_decoration(box.decoration)


def _through(
    activate: Activate, span: Box, least: Sequence[Fraction], values: tuple[Matrices, Matrices, Matrices | None]
) -> tuple[Matrices, Matrices, Matrices]:
    """Return the set behind the activation, for arguments in *span*, where its slopes are at least *least*."""
    middle, linear, errors = values
    ends = [(activate.function.values.range(Box.point(end, span.backend)), end) for end in (span.lower(), span.upper())]
    low = [value - a * t for value, a, t in zip(ends[0][0].lower(), least, ends[0][1], strict=True)]
    high = [value - a * t for value, a, t in zip(ends[1][0].upper(), least, ends[1][1], strict=True)]
    scale, offset = Matrices.diagonal(least, least), [(x + y) / 2 for x, y in zip(low, high, strict=True)]
    own = Matrices.diagonal(*[[(y - x) / 2 for x, y in zip(low, high, strict=True)]] * 2)
    kept = own if errors is None else _beside(scale * errors, own)
    return scale * middle + Matrices.between(offset, offset, 1), scale * linear, kept


def _beside(left: Matrices, right: Matrices) -> Matrices:
    """Return the matrices with the columns of both."""
    return Matrices(*(_joined(a, b) for a, b in ((left.middle, right.middle), (left.radius, right.radius))))


def _joined(left: fmpz_mat, right: fmpz_mat) -> fmpz_mat:
    rows = [[*a, *b] for a, b in zip(left.tolist(), right.tolist(), strict=True)]
    return fmpz_mat(rows)
