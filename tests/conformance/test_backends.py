"""Every backend keeps the contract of `Backend`: directed primitives, and exact ones."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fpverify.kernel.backend import Backend
from tests.conformance import checks
from tests.strategies import BACKENDS, rationals

EVERY_BACKEND = pytest.mark.parametrize("backend", BACKENDS, ids=lambda backend: f"{backend.name}{backend.precision}")
NUMBERS = st.lists(rationals(), min_size=4, max_size=4)


@EVERY_BACKEND
@given(a=NUMBERS, b=NUMBERS)
def test_primitives_are_directed(backend: Backend, a: Any, b: Any) -> None:
    checks.primitives_are_directed(backend, a, b)


@EVERY_BACKEND
def test_primitives_are_directed_where_they_must_round(backend: Backend) -> None:
    points = [low for low, _ in checks.sharp_points(backend)]
    checks.primitives_are_directed(backend, points, points[::-1])


@EVERY_BACKEND
@pytest.mark.parametrize("scale", [Fraction(10**30), Fraction(1, 10**30), Fraction(10**300), Fraction(1, 10**300)])
def test_primitives_are_directed_at_any_scale(backend: Backend, scale: Fraction) -> None:
    values = [scale * Fraction(n, 7) for n in (-3, 1, 5, 22)]
    checks.primitives_are_directed(backend, values, [1 / value for value in values])


@EVERY_BACKEND
def test_functions_are_enclosed_at_points(backend: Backend) -> None:
    """A lower and an upper end for each point; a rational function, which every backend knows."""
    ends = backend.from_exact_up([Fraction(1, 3), Fraction(-2), Fraction(0)])
    points = backend.to_exact(ends)
    low, high = backend.at_points(lambda x, ops: ops.number(Fraction(1, 7)) / (1 + ops.abs(x)), ends)
    truth = [Fraction(1, 7) / (1 + abs(point)) for point in points]
    for bottom, value, top in zip(backend.to_exact(low), truth, backend.to_exact(high), strict=True):
        assert bottom <= value <= top
