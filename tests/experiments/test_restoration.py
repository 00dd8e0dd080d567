"""Corruptions, the methods of restoration on small examples, and the verdicts on made-up numbers, both ways."""

import pytest
import torch

from fpverify import Evidence
from fpverify.experiments.restoration import (
    CORRUPTIONS,
    Cell,
    advantage,
    conclude,
    gaussian,
    lower_half,
    modern_hopfield,
    nearest,
    restored,
    rival_of,
    salt_and_pepper,
)

IMAGES = torch.tensor([[[0.8, -0.8, 0.0], [-0.8, 0.8, 0.0]]], dtype=torch.float64)


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def _grey(count: int = 40) -> torch.Tensor:
    return torch.zeros(1, count, 64, dtype=torch.float64)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_corruption_leaves_the_images_alone(name: str) -> None:
    """It returns others of the same shape, in [-1, 1]."""
    images = _grey()
    spoilt = CORRUPTIONS[name](images, _generator())
    assert not images.any()
    assert spoilt.shape == images.shape
    assert spoilt.abs().max() <= 1


def test_noise_has_its_size() -> None:
    """Cut at two deviations, a normal law of 0.5 has the deviation 0.48."""
    assert gaussian(_grey(), _generator()).std().item() == pytest.approx(0.48, abs=0.02)


def test_salt_and_pepper_hits_three_pixels_of_ten() -> None:
    spoilt = salt_and_pepper(_grey(), _generator())
    assert set(spoilt.unique().tolist()) == {-0.8, 0.0, 0.8}
    assert (spoilt != 0).double().mean().item() == pytest.approx(0.3, abs=0.03)
    assert (spoilt > 0).double().mean().item() == pytest.approx(0.15, abs=0.03)


def test_the_lower_half_is_blanked() -> None:
    spoilt = lower_half(_grey(1), _generator()).reshape(8, 8)
    assert not spoilt[:4].any()
    assert (spoilt[4:] == -0.8).all()


def test_the_nearest_image_is_returned() -> None:
    spoilt = torch.tensor([[[0.3, -0.1, 0.9], [-0.1, 0.0, 0.0]]], dtype=torch.float64)
    assert torch.equal(nearest(spoilt, IMAGES), IMAGES)


def test_a_sharp_modern_hopfield_network_is_the_nearest_image() -> None:
    spoilt = torch.tensor([[[0.3, -0.1, 0.9], [-0.2, 0.1, 0.0]]], dtype=torch.float64)
    assert torch.allclose(modern_hopfield(spoilt, IMAGES, sharpness=100), IMAGES)


def test_a_dull_modern_hopfield_network_is_the_mean() -> None:
    assert modern_hopfield(IMAGES, IMAGES, sharpness=1e-6).abs().max() < 1e-5


def test_one_wrong_pixel_is_enough() -> None:
    truth = torch.zeros(2, 2, 3)
    result = truth.clone()
    result[0, 1, 2], result[1] = 0.16, 0.14
    assert restored(result, truth).tolist() == [0.5, 1.0]


def _cell(iterated: float, one_pass: float, near: float, *, seen: float | None = None) -> Cell:
    values = {"iterated": iterated, "one pass": one_pass, "nearest": near, "modern Hopfield": near}
    if seen is not None:
        values["nearest visible"] = seen
    success = {method: [value - 0.01, value, value + 0.01] for method, value in values.items()}
    return Cell(m=10, training="noise", corruption="Gaussian noise", success=success)


def test_the_neighbour_of_a_half_image_is_told_by_what_is_seen() -> None:
    assert rival_of(_cell(1, 0, 0.7, seen=1), "nearest") == "nearest visible"
    assert rival_of(_cell(1, 0, 0.7), "nearest") == "nearest"
    assert rival_of(_cell(1, 0, 0.7, seen=1), "one pass") == "one pass"


def test_the_advantage_is_paired() -> None:
    """The seeds differ by 0.01 in both methods: the difference does not."""
    gain = advantage([_cell(0.9, 0.4, 1.0), _cell(0.7, 0.4, 1.0)], "one pass")
    assert (gain.low, gain.value, gain.high) == pytest.approx((0.4, 0.4, 0.4))


@pytest.mark.parametrize(
    ("cell", "over_one_pass", "over_nearest"),
    [
        (_cell(0.9, 0.4, 0.95), Evidence.EMPIRICAL, Evidence.NOT_REPRODUCED),
        (_cell(0.9, 0.4, 0.6), Evidence.EMPIRICAL, Evidence.EMPIRICAL),
        (_cell(0.9, 0.4, 0.6, seen=1.0), Evidence.EMPIRICAL, Evidence.NOT_REPRODUCED),
        (_cell(0.4, 0.4, 0.4), Evidence.NOT_REPRODUCED, Evidence.NOT_REPRODUCED),
    ],
)
def test_the_verdict_follows_the_numbers(cell: Cell, over_one_pass: Evidence, over_nearest: Evidence) -> None:
    assert conclude([cell], [], "one pass", quick=True).evidence is over_one_pass
    assert conclude([cell], [], "nearest", quick=True).evidence is over_nearest
