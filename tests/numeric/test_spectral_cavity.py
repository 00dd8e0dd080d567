"""The distributional equations for Cauchy weights: limits that are known, seeds, and sampled networks."""

import math

import numpy as np
import pytest

from fpverify.kernel.errors import MisuseError
from fpverify.numeric.spectral import cavity
from fpverify.numeric.spectral.cavity import Effort, Setting, resolvent
from fpverify.numeric.spectral.sampled import Drawn, sample
from fpverify.numeric.spectral.smoothing import log_density, on_ray, resolvent_of

SMALL = Effort(population=400, sweeps=30, averaged=15, seed=3)
PLACES = np.array([0.05, 0.5, 3.0])
POINTS = on_ray(PLACES, 0.15)


def test_without_weights_all_mass_is_at_zero() -> None:
    """g(z) -> 1/z as the gain goes to 0; at a gain of 1e-5 a weight of 0.01 has the probability 6e-4."""
    g, _ = resolvent(Setting(activation="tanh", gain=1e-5, bias=0.5, depth=2), POINTS, SMALL)
    assert g * POINTS == pytest.approx(np.ones(3), abs=2e-2)


def test_far_from_the_axis_the_resolvent_is_that_of_a_law() -> None:
    """z g(z) -> 1, however heavy the tail, and -Im g > 0."""
    z = np.array([1e9j, 1e12j])
    g, _ = resolvent(Setting(activation="tanh", gain=1.0, bias=1.0, depth=1), z, SMALL)
    assert np.abs(z * g - 1)[1] < np.abs(z * g - 1)[0] < 1e-2
    assert (g.imag < 0).all()


def test_a_dense_linear_layer_has_the_law_of_marchenko_and_pastur(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    With all weights among the small ones only their mean square m is left.

    Then a = 1/(1 - m c), c = 1/(z - m a): z g = 1 + M with z M = m (1 + M)^2, as for normal weights of variance m / N.
    """
    monkeypatch.setattr(cavity, "SMALL", 1e9)
    setting = Setting(activation="identity", gain=math.pi / 2e9, bias=0.0, depth=1)
    assert setting.mean_small == pytest.approx(1)
    g, _ = resolvent(setting, POINTS, Effort(population=50, sweeps=400, averaged=10))
    M = POINTS * g - 1
    assert POINTS * M == pytest.approx((1 + M) ** 2, rel=1e-3)


def test_the_same_seed_gives_the_same_numbers() -> None:
    setting = Setting(activation="tanh", gain=0.5, bias=0.3, depth=2)
    short = Effort(population=50, sweeps=4, averaged=2, seed=1)
    first, error = resolvent(setting, POINTS, short)
    again, _ = resolvent(setting, POINTS, short)
    other, _ = resolvent(setting, POINTS, Effort(population=50, sweeps=4, averaged=2, seed=2))
    assert first.tolist() == again.tolist() != other.tolist()
    assert (error > 0).all()


def _sampled(activation: str, gain: float, bias: float, depth: int) -> np.ndarray:
    rng, width = np.random.default_rng(8), 150

    def network() -> Drawn:
        weights = [gain / width * rng.standard_cauchy((width, width)) for _ in range(depth)]
        return weights, [bias * rng.standard_cauchy(width) for _ in range(depth)], rng.uniform(-1, 1, width)

    squares = sample(activation, [network() for _ in range(12)]).squares
    return log_density(POINTS, resolvent_of(squares, POINTS))


@pytest.mark.parametrize("depth", [1, 2])
def test_sampled_networks_follow_the_equations(depth: int) -> None:
    """To the noise of so small a population; half the gain, or no slopes, is farther away."""
    expected = _sampled("tanh", 0.5, 0.3, depth)

    def difference(activation: str, gain: float) -> float:
        g, _ = resolvent(Setting(activation=activation, gain=gain, bias=0.3, depth=depth), POINTS, SMALL)
        return float(np.abs(log_density(POINTS, g) - expected).max())

    assert difference("tanh", 0.5) < 0.012
    assert difference("tanh", 0.25) > 0.02
    assert difference("identity", 0.5) > 0.02


def test_misuse() -> None:
    with pytest.raises(MisuseError, match="a gain above 0"):
        Setting(activation="tanh", gain=0.0, bias=1.0, depth=1)
