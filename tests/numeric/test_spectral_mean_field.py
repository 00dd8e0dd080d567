"""The mean field: its integrals, its fixed variance, and the line between order and chaos."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fpverify.kernel.errors import UnknownNameError
from fpverify.numeric.spectral.functions import NAMES, slopes, values
from fpverify.numeric.spectral.mean_field import (
    chi,
    critical_gain,
    fixed_variance,
    mean_square,
    mean_square_slope,
    nodes,
    slope_law,
    variances,
)

BIASES = np.array([0.0, 0.1, 0.5, 1.0])
GAINS = st.floats(0.1, 8.0)
SPREADS = st.floats(0.01, 3.0)


@pytest.mark.parametrize("activation", ["tanh", "hardtanh"])
def test_the_rule_has_the_moments_of_the_normal_law(activation: str) -> None:
    """1, 0, 1, 0, 3, ..., also where panels end at the kinks."""
    z, w = nodes(activation, 1.7)
    assert [float(w @ z**k) for k in range(9)] == pytest.approx([1, 0, 1, 0, 3, 0, 15, 0, 105], abs=1e-10)


def test_integrals_agree_with_closed_forms() -> None:
    """E erf(sqrt(q) z)^2 = (2/pi) arcsin(2q/(1+2q)); E erf'^2 = (4/pi) / sqrt(1+4q); hardtanh by the error function."""
    q = np.array([0.1, 1.0, 7.0])
    assert mean_square("erf", q) == pytest.approx(2 / math.pi * np.arcsin(2 * q / (1 + 2 * q)), rel=1e-12)
    assert mean_square_slope("erf", q) == pytest.approx(4 / math.pi / np.sqrt(1 + 4 * q), rel=1e-12)
    assert mean_square_slope("hardtanh", q) == pytest.approx([math.erf(1 / math.sqrt(2 * v)) for v in q], rel=1e-12)


def test_the_line_is_where_it_was_measured() -> None:
    """Constants of an iteration of the variance, 400 steps, by another quadrature."""
    assert critical_gain("tanh", BIASES) == pytest.approx([1.0, 1.193, 1.550, 1.856], abs=6e-4)
    assert critical_gain("sigmoid", BIASES) == pytest.approx([10.149, 10.150, 10.179, 10.265], abs=6e-4)
    assert critical_gain("identity", BIASES) == pytest.approx(np.ones(4), abs=1e-9)
    assert critical_gain("erf", 0.0) == pytest.approx(math.sqrt(math.pi) / 2, rel=1e-9)


@pytest.mark.parametrize("activation", NAMES)
def test_chi_is_one_on_the_line_and_crosses_it_there(activation: str) -> None:
    for bias in (0.1, 1.0):
        gain = float(critical_gain(activation, bias))
        assert chi(activation, gain=gain, bias=bias) == pytest.approx(1, abs=1e-8)
        assert chi(activation, gain=0.99 * gain, bias=bias) < 1 < chi(activation, gain=1.01 * gain, bias=bias)


@given(gain=GAINS, bias=SPREADS)
def test_the_fixed_variance_repeats_itself(gain: float, bias: float) -> None:
    for activation in ("tanh", "sigmoid"):
        q = fixed_variance(activation, gain=gain, bias=bias)
        assert gain**2 * float(mean_square(activation, q)) + bias**2 == pytest.approx(q, rel=1e-10)


def test_variances_approach_the_fixed_one() -> None:
    found = variances("tanh", gain=1.5, bias=0.3, depth=60, square=0.25)
    assert found[0] == pytest.approx(1.5**2 * 0.25 + 0.09)
    assert len(found) == 60
    assert found[-1] == pytest.approx(fixed_variance("tanh", gain=1.5, bias=0.3), rel=1e-9)


def test_without_bias_a_weak_network_forgets() -> None:
    assert fixed_variance("tanh", gain=0.9, bias=0.0) < 1e-30
    assert fixed_variance("tanh", gain=1.2, bias=0.0) > 0.1
    assert fixed_variance("identity", gain=0.5, bias=1.0) == pytest.approx(4 / 3)
    assert math.isinf(fixed_variance("identity", gain=1.0, bias=1.0))


def test_the_law_of_the_slope_is_a_law() -> None:
    """A slope of two values has two points; hardtanh's mass at 0 is that of the saturated."""
    for activation in NAMES:
        points, weights = slope_law(activation, 0.8)
        assert weights.sum() == pytest.approx(1, rel=1e-12)
        assert weights @ points == pytest.approx(float(mean_square_slope(activation, 0.8)), rel=1e-12)
    points, weights = slope_law("hardtanh", 0.8)
    assert points.tolist() == [0, 1]
    assert weights[0] == pytest.approx(math.erfc(1 / math.sqrt(1.6)), rel=1e-12)


def test_functions_keep_the_shape() -> None:
    """Also that of a constant slope."""
    x = np.linspace(-2, 2, 6).reshape(2, 3)
    for name in NAMES:
        assert values(name, x).shape == slopes(name, x).shape == (2, 3)
        assert slopes(name, x) == pytest.approx(slopes(name, -x))


def test_an_activation_without_mean_field_is_misuse() -> None:
    with pytest.raises(UnknownNameError, match="it has: erf, hardtanh"):
        critical_gain("relu", 0.0)
