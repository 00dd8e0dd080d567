"""What the neurons receive over an ellipsoid: it holds for points that are computed exactly, and is no box."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fpverify.kernel.network import Network
from fpverify.kernel.rules._chain import affine_layers, slope_spans
from fpverify.kernel.rules._ellipsoid import Ellipsoid
from fpverify.kernel.rules._matrices import upper_triangle
from fpverify.kernel.rules._zonotope import slope_spans_in
from tests.rules.cases import ARB, FIXED, act, affine, chain
from tests.rules.factors import triangle

SLOPES = {
    "tanh": lambda h: 1 - mpmath.tanh(h) ** 2,
    "sigmoid": lambda h: mpmath.exp(-h) / (1 + mpmath.exp(-h)) ** 2,
    "hardtanh": lambda h: mpmath.mpf(abs(h) < 1),
    "sin": mpmath.cos,
}
VALUES = {
    "tanh": mpmath.tanh,
    "sigmoid": lambda h: 1 / (1 + mpmath.exp(-h)),
    "hardtanh": lambda h: max(mpmath.mpf(-1), min(mpmath.mpf(1), h)),
    "sin": mpmath.sin,
}


def ellipsoid(shape: np.ndarray, centre: Sequence[float], radius: float) -> Ellipsoid:
    size = len(centre)
    return Ellipsoid(
        shape=upper_triangle(triangle(shape), size),
        inverse=upper_triangle(triangle(np.linalg.inv(shape)), size),
        centre=tuple(Fraction(c).limit_denominator(2**20) for c in centre),
        radius=Fraction(radius),
    )


def drawn(rng: np.random.Generator, sizes: Sequence[int], names: Sequence[str], gain: float = 1.0) -> Network:
    """Return a chain of the given widths, its weights short rationals."""
    layers = []
    for before, after, name in zip(sizes, sizes[1:], names, strict=False):
        weight = np.round(gain * rng.standard_normal((after, before)) * 64 / before**0.5).astype(int)
        bias = np.round(rng.standard_normal(after) * 32).astype(int)
        rows = [[str(Fraction(int(w), 64)) for w in row] for row in weight]
        layers += [affine(rows, [str(Fraction(int(b), 64)) for b in bias]), act(name)]
    return chain(*layers, size=sizes[0])


def slopes_at(network: Network, names: Sequence[str], point: Sequence[Any]) -> list[list[Any]]:
    """Return the slopes of all neurons at a point, in 80 digits."""
    values, found = list(point), []
    for layer, name in zip(affine_layers(network), names, strict=True):
        rows = [[entry for entry, _ in row] for row in layer.weight.rows()]
        h = [
            mpmath.fsum(mpmath.mpf(w.numerator) / w.denominator * x for w, x in zip(row, values, strict=True))
            + mpmath.mpf(b.numerator) / b.denominator
            for row, b in zip(rows, layer.bias.lo, strict=True)
        ]
        found.append([SLOPES[name](t) for t in h])
        values = [VALUES[name](t) for t in h]
    return found


def inside(shape: Ellipsoid, matrix: np.ndarray, rng: np.random.Generator, count: int) -> list[list[Any]]:
    """Return points on the border and inside of the ellipsoid, a little inside for the sake of rounding."""
    directions = rng.standard_normal((count, len(matrix)))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    directions[::2] *= rng.random((len(directions[::2]), 1))
    offsets = np.linalg.solve(matrix, directions.T).T * float(shape.radius) * (1 - 1e-6)
    centre = [mpmath.mpf(c.numerator) / c.denominator for c in shape.centre]
    return [[c + mpmath.mpf(float(o)) for c, o in zip(centre, offset, strict=True)] for offset in offsets]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([(2, 2), (3, 2, 3), (2, 4, 3, 2)]), st.sampled_from([0.01, 0.2, 1.5]))
def test_the_slopes_of_sampled_points_are_enclosed(seed: int, sizes: tuple[int, ...], radius: float) -> None:
    rng = np.random.default_rng(seed)
    names = [str(name) for name in rng.choice([*SLOPES], len(sizes) - 1)]
    network = drawn(rng, sizes, names)
    matrix = np.triu(rng.standard_normal((sizes[0], sizes[0])), 1) + np.diag(rng.uniform(0.5, 2, sizes[0]))
    shape = ellipsoid(matrix, rng.uniform(-1, 1, sizes[0]).tolist(), radius)
    for backend in (ARB, FIXED):
        spans = slope_spans_in(network, affine_layers(network), shape, backend)
        assert spans is not None
        with mpmath.workdps(80):
            for point in inside(shape, matrix, rng, 12):
                for (low, high), slopes in zip(spans, slopes_at(network, names, point), strict=True):
                    for a, b, s in zip(low, high, slopes, strict=True):
                        assert mpmath.mpf(a.numerator) / a.denominator <= s <= mpmath.mpf(b.numerator) / b.denominator


def test_what_neurons_have_in_common_is_kept() -> None:
    """Eight layers of width 12 around a point: the spans are far narrower than over the box around the ellipsoid."""
    rng = np.random.default_rng(3)
    network = drawn(rng, (12,) * 9, ["tanh"] * 8)
    shape = ellipsoid(np.eye(12), [0.0] * 12, 1e-3)
    narrow = slope_spans_in(network, affine_layers(network), shape, FIXED)
    wide = slope_spans(network, shape.box(), FIXED)
    assert narrow is not None
    assert wide is not None
    widths = [sum(b - a for a, b in zip(*spans[-1], strict=True)) for spans in (narrow, wide)]
    assert widths[0] < widths[1] / 20
    for (a, b), (low, high) in zip(narrow, wide, strict=True):
        assert all(x >= y for x, y in zip(a, low, strict=True))
        assert all(x <= y for x, y in zip(b, high, strict=True))


def test_uncertain_weights_widen_the_spans() -> None:
    """For each choice of them; the sum of two coordinates is not that of their boxes."""
    sure = chain(affine([["1", "1"], ["1", "-1"]], ["0", "0"]), act("tanh"), size=2)
    family = chain(affine([[("9/10", "11/10"), "1"], ["1", "-1"]], ["0", ("-1/10", "1/10")]), act("tanh"), size=2)
    shape = ellipsoid(np.eye(2), [0.5, 0.5], 0.1)
    first, second = (slope_spans_in(network, affine_layers(network), shape, ARB) for network in (sure, family))
    assert first is not None
    assert second is not None
    for (a, b), (low, high) in zip(first, second, strict=True):
        assert all(x >= y for x, y in zip(a, low, strict=True))
        assert all(x <= y for x, y in zip(b, high, strict=True))
    assert second[0][0][0] < first[0][0][0]


@pytest.mark.parametrize(("centre", "continuous"), [(0.5, True), (0.05, False)])
def test_a_jump_in_the_ellipsoid_is_seen(centre: float, continuous: bool) -> None:
    jump = chain(affine([["1"]], ["0"]), act("sign"))
    spans = slope_spans_in(jump, affine_layers(jump), ellipsoid(np.eye(1), [centre], 0.1), ARB)
    assert (spans is not None) is continuous
