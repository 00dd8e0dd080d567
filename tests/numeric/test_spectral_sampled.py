"""Sampled Jacobians: against differences of the network, and the distance to a distribution."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fpverify.kernel.errors import MisuseError
from fpverify.numeric.spectral.functions import Array, values
from fpverify.numeric.spectral.sampled import Sample, input_of_square, jacobian, kolmogorov, sample
from fpverify.numeric.spectral.smoothing import log_density, on_ray, resolvent_of

RNG = np.random.default_rng(2)
WEIGHTS = [RNG.standard_normal((5, 5)) for _ in range(3)]
BIASES = [RNG.standard_normal(5) for _ in range(3)]
X = RNG.uniform(-1, 1, 5)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "erf", "identity"])
def test_a_jacobian_is_the_derivative(activation: str) -> None:
    def f(x: Array) -> Array:
        for weight, bias in zip(WEIGHTS, BIASES, strict=True):
            x = values(activation, weight @ x + bias)
        return x

    J, h = jacobian(activation, (WEIGHTS, BIASES, X)), 1e-6
    differences = np.stack([(f(X + h * e) - f(X - h * e)) / (2 * h) for e in np.eye(5)], axis=1)
    assert pytest.approx(differences, abs=1e-7) == J


def test_what_a_sample_has() -> None:
    """Squared singular values, norm and spectral radius of a matrix that shows them."""
    weight = np.array([[0.0, 4.0], [0.25, 0.0]])
    found = sample("identity", [([weight], [np.zeros(2)], np.zeros(2))], with_radii=True)
    assert found.pooled == pytest.approx([1 / 16, 16])
    assert found.above_one.tolist() == [0.5]
    assert found.log_norms == pytest.approx([np.log10(4)])
    assert found.radii == pytest.approx([1.0])
    assert Sample(squares=found.squares, radii=np.array([0.5, 2.0])).amplifies == 0.5


def test_a_vanishing_jacobian_has_a_norm_to_draw() -> None:
    assert Sample(squares=np.zeros((1, 3)), radii=np.zeros(1)).log_norms.tolist() == [-150]


def test_a_smoothed_density_has_mass_one() -> None:
    """In log lambda, whatever the sample: the density is a mixture of bumps around its points. What is 0 does not show."""
    x = np.geomspace(1e-6, 1e6, 20_001)
    places = on_ray(x, 0.15)
    density = log_density(places, resolvent_of(np.array([[0.5, 2.0, 3.0, 0.0]]), places))
    assert (density >= 0).all()
    assert np.trapezoid(density, np.log(x)) == pytest.approx(3 / 4, abs=1e-5)
    assert x[np.argmax(log_density(places, 1 / (places - 2)))] == pytest.approx(2, rel=0.02)


def test_an_input_has_the_square_that_was_asked_for() -> None:
    x = input_of_square(0.3, 50, np.random.default_rng(0))
    assert x @ x / 50 == pytest.approx(0.3)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_the_distance_to_the_uniform_law(points: list[float]) -> None:
    """It is the largest difference over a fine grid and both sides of every point, and no smaller than 1/2n."""
    data = np.array(points)
    found = kolmogorov(data, lambda x: np.clip(x, 0, 1))
    places = np.concatenate([data, np.linspace(0, 1, 50)])
    right = [abs(float((data <= x).mean()) - x) for x in places]
    left = [abs(float((data < x).mean()) - x) for x in places if x > 0]
    assert found >= max(right + left) - 1e-12
    assert 1 / (2 * len(data)) - 1e-12 <= found <= max([1 / (2 * len(data)), *right, *left]) + 1e-12


def test_a_distance_does_not_look_below_the_least() -> None:
    """Half of the points lie below 0.5 in a way of their own, and as many as expected."""
    data = np.array([0.1, 0.1, 0.1, 0.1, 0.625, 0.75, 0.875, 1.0])
    assert kolmogorov(data, lambda x: np.clip(x, 0, 1)) == pytest.approx(0.4)
    assert kolmogorov(data, lambda x: np.clip(x, 0, 1), least=0.5) == pytest.approx(0.125)


def test_an_empty_sample_is_misuse() -> None:
    with pytest.raises(MisuseError, match="draw at least one"):
        sample("tanh", [])
