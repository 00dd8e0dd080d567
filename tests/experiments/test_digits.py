"""Stored digits: Jacobians and fixed points, the slice, the verdict both ways, and the small network with exact weights."""

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch

import fpverify as fp
from fpverify import Evidence
from fpverify._theorem import own_theorems
from fpverify.experiments.digits import Cell, _near, _plane, attract, conclude
from fpverify.experiments.digits_memory import Memory, jacobians, stored
from fpverify.experiments.digits_network import TrainedNetwork, exact_image, exact_pixel, trained_network
from fpverify.experiments.training import Stack, digits, initial


@pytest.fixture(scope="module")
def small() -> TrainedNetwork:
    return trained_network(m=3, hidden=16, bits=8)


def _stack(widths: tuple[int, ...]) -> Stack:
    return initial(widths, 2, torch.Generator().manual_seed(0), gain=1.5, bias=0.3).double()


def test_jacobians_are_those_of_automatic_differentiation() -> None:
    stack = _stack((4, 6, 4))
    x = torch.linspace(-1, 1, 24, dtype=torch.float64).reshape(2, 3, 4)
    ours = jacobians(stack, x)
    for k in range(2):
        for s in range(3):

            def network(point: torch.Tensor, k: int = k) -> torch.Tensor:
                return stack.of([k])(point.reshape(1, 1, 4)).reshape(4)

            expected = torch.autograd.functional.jacobian(network, x[k, s])
            assert torch.allclose(ours[k, s].T, torch.as_tensor(expected), atol=1e-12)


def test_newton_finds_the_fixed_points_of_known_maps() -> None:
    """The map x -> tanh(2x) has a repelling fixed point at 0 and an attracting one at 0.957504."""
    weight = torch.full((1, 1, 1), 2.0, dtype=torch.float64)
    stack = Stack(weights=(weight,), biases=(torch.zeros_like(weight),))
    found = stored(Memory(stack=stack, images=torch.tensor([[[0.01], [0.95], [0.7]]], dtype=torch.float64)))
    assert found.points[0, :2, 0].tolist() == pytest.approx([0, 0.957504], abs=1e-6)
    assert found.is_fixed[0].tolist() == [True, True, False]
    assert found.attracts[0].tolist() == [False, True, False]
    assert found.radii[0, 0].item() == pytest.approx(2)


def test_stored_images_of_the_small_network_attract(small: TrainedNetwork) -> None:
    assert small.stored().attracts.all()


def test_the_exact_weights_are_the_doubles(small: TrainedNetwork) -> None:
    """They are multiples of 2^-8, with rows for outputs."""
    layers = small.network.to_data()["layers"]
    exact = [[Fraction(entry) for entry in row] for row in layers[0]["affine"]["weight"]]
    assert exact == [[Fraction(value) for value in row] for row in small.memory.stack.weights[0][0].T.tolist()]
    assert all((256 * entry).denominator == 1 for row in exact for entry in row)


def test_images_are_exact() -> None:
    assert (exact_pixel(0), exact_pixel(16)) == (Fraction(-4, 5), Fraction(4, 5))
    assert [float(value) for value in exact_image(3)] == pytest.approx(digits()[0][3].tolist(), abs=1e-15)


def test_a_box_around_a_stored_image_is_certified(small: TrainedNetwork) -> None:
    """It holds the image and the fixed point, and the kernel proves that all of it is attracted."""
    box = small.box(0, size=0.02)
    assert all(lo <= pixel <= hi for lo, pixel, hi in zip(box.lo, small.images[0], box.hi, strict=True))
    point = small.stored().points[0, 0].tolist()
    assert all(lo <= value <= hi for lo, value, hi in zip(box.lo, point, box.hi, strict=True))
    assert fp.certify(small.network, box, fp.Unique()).verdict.status is fp.Status.PROVED


def test_a_trained_network_is_written_and_read_back(small: TrainedNetwork) -> None:
    data = json.loads(json.dumps(small.to_data()))
    assert fp.Network.from_data(data["network"]) == small.network
    assert data["images"] == list(small.indices)
    assert fp.BoxRegion.of(*data["boxes"][1]) == small.box(1)


def test_the_committed_network_stores_its_images() -> None:
    """In floating point: each image goes to a fixed point within half a grey level of it, inside the box of the file."""
    data = json.loads((own_theorems() / "data" / "digits.json").read_text(encoding="utf-8"))
    affine = [
        layer["affine"] for layer in fp.Network.from_data(data["network"]).to_data()["layers"] if "affine" in layer
    ]
    weights = [np.array([[float(Fraction(entry)) for entry in row] for row in layer["weight"]]) for layer in affine]
    biases = [np.array([float(Fraction(entry)) for entry in layer["bias"]]) for layer in affine]
    for index, sides in zip(data["images"], data["boxes"], strict=True):
        x = np.array([float(value) for value in exact_image(index)])
        for _ in range(60):
            for weight, bias in zip(weights, biases, strict=True):
                x = np.tanh(weight @ x + bias)
        assert np.abs(x - digits()[0][index]).max() < 0.05
        for value, pixel, (low, high) in zip(x, exact_image(index), sides, strict=True):
            assert Fraction(low) <= pixel <= Fraction(high)
            assert Fraction(low) < value < Fraction(high)


def test_a_plane_keeps_distances() -> None:
    three = np.random.default_rng(0).standard_normal((3, 64))
    origin, axes = _plane(three)
    corners = (three - origin) @ axes.T
    assert axes @ axes.T == pytest.approx(np.eye(2), abs=1e-12)
    assert origin + corners @ axes == pytest.approx(three, abs=1e-12)


def test_limits_near_an_image_are_counted() -> None:
    images = np.array([[0.0, 0.0], [1.0, 1.0]])
    assert _near(np.array([[0.05, -0.05], [0.5, 0.5], [1.0, 0.95]]), images) == 2
    assert _near(np.empty((0, 2)), images) == 0


def _cell(training: str, attracting: list[float]) -> Cell:
    return Cell(
        m=10,
        training=training,
        fixed=[1.0] * 3,
        attracting=attracting,
        radius=[0.1] * 3,
        distance=[0.01] * 3,
        limits=[20] * 3,
        mirrored=[9] * 3,
        spurious=[1] * 3,
        missed=0.0,
    )


@pytest.mark.parametrize(
    ("attracting", "seen"),
    [([1.0, 1.0, 1.0], True), ([0.9, 0.8, 0.9], True), ([0.9, 0.5, 0.7], False), ([0.1, 0.2, 0.1], False)],
)
def test_the_verdict_follows_the_numbers(attracting: list[float], seen: bool) -> None:
    """Training on clean images does not decide."""
    cells = [_cell("clean", [0.1, 0.1, 0.2]), _cell("noise", attracting)]
    assert attract(cells) is seen
    finding = conclude(cells, {}, quick=True)
    assert finding.evidence is (Evidence.EMPIRICAL if seen else Evidence.NOT_REPRODUCED)
    assert "Of the 60 limits" in finding.sentence
    assert "30 are near a stored image, 27 near the negative of one, 3 near neither" in finding.sentence


def test_one_cell_below_a_half_is_enough_against_the_claim() -> None:
    good = _cell("noise", [1.0, 1.0, 1.0])
    assert not attract([good, replace(good, m=20, attracting=[0.5, 0.4, 0.5])])
    assert not attract([])
