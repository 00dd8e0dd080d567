"""The hammer for the night on arithmetic, powers, and the ranges of every activation and of its slope."""

import pytest

from tests.backends.sledgehammer import ARITHMETIC, POINTS, power, strike, strike_shape
from tests.strategies import CASES

EXPONENTS = [-1000, -7, -3, -2, -1, 0, 1, 2, 3, 4, 5, 8, 13, 127, 1001]
SHAPES = [(case, part) for case in CASES for part in ("values", "slopes")]
EVERY_SHAPE = pytest.mark.parametrize(("case", "part"), SHAPES, ids=str)


def strike_case(case, part, count):
    function = case.function
    if part == "values":
        return strike_shape(function.formula, function.values, count)
    return strike_shape(function.slope, function.slopes, count)


@pytest.mark.slow
@pytest.mark.parametrize("name", ARITHMETIC)
def test_millions_of_points_find_nothing(name):
    report = strike(name, POINTS)
    assert report.violations == []
    assert report.points - report.unbounded >= POINTS * 0.8


@pytest.mark.slow
@pytest.mark.parametrize("exponent", EXPONENTS)
def test_millions_of_powers_find_nothing(exponent):
    """A tenth of the points for each of the exponents."""
    report = strike("pown", POINTS // 10, power(exponent), None, exponent)
    assert report.violations == []
    assert report.points - report.unbounded >= POINTS // 10 * 0.8


@pytest.mark.slow
@EVERY_SHAPE
def test_activations_and_slopes_withstand_many_points(case, part):
    """A twentieth of the points for each range."""
    report = strike_case(case, part, POINTS // 20)
    assert report.violations == []
    assert report.points - report.unbounded >= POINTS // 20 * 0.7


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_some_powers_find_nothing(exponent):
    assert strike("pown", 2000, power(exponent), None, exponent).violations == []


@EVERY_SHAPE
def test_activations_and_slopes_withstand_some_points(case, part):
    assert strike_case(case, part, 1000).violations == []
